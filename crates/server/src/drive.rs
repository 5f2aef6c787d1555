//! Moves what is due: claims leases, runs ticks side by side, sleeps until the next is due or something is written.
//!
//! Invariant: no stream is driven twice at once, at most [`TICKS_MAX`] are driven together, when more are due everybody's
//! next step comes before anybody's second, and a bug in one tick holds that rollout and nothing else. Deliberately not
//! here: what a tick does (the engine).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tidegate_domain::id::{RolloutId, StreamId};
use tidegate_engine::{Act, Command, Request};
use tidegate_ports::{Fault, Lease};
use tokio::sync::watch;
use tokio::task::{Id, JoinError, JoinSet};

use crate::app::{App, count};
use crate::spans::{self, traced};

/// Streams driven side by side: as many as the store writes in one transaction.
const TICKS_MAX: usize = 256;
/// What is due is claimed together, because a claim is a write: not before there is room for this part of the most.
const CLAIM_PART: usize = 4;
/// The longest sleep: should a wake-up ever be missed, it costs this much.
const POLL: Duration = Duration::from_millis(500);
const PAUSE_AFTER_FAULT: Duration = Duration::from_millis(500);
const LET_GO_EVERY: Duration = Duration::from_secs(1);
/// How long ticks may take to end when the server ends.
const STOP_MAX: Duration = Duration::from_secs(10);

pub(crate) struct Drive {
    app: Arc<App>,
    ticks_max: usize,
    running: JoinSet<Result<(), Fault>>,
    /// What each task drives.
    leases: BTreeMap<Id, Lease>,
    /// Claimed anew because their lease ended while they were still being driven; they go on after that.
    again: Vec<Lease>,
    letting_go: JoinSet<()>,
}

impl Drive {
    pub fn new(app: Arc<App>) -> Self {
        Self {
            app,
            ticks_max: TICKS_MAX,
            running: JoinSet::new(),
            leases: BTreeMap::new(),
            again: Vec::new(),
            letting_go: JoinSet::new(),
        }
    }

    /// Until the server is asked to end; then ticks under way are let finish.
    pub async fn run(mut self, mut stopping: watch::Receiver<bool>) {
        let mut written = self.app.written.clone();
        while !*stopping.borrow() {
            written.mark_unchanged();
            let sleep = match self.start_due().await {
                Ok(sleep) => sleep,
                Err(fault) => {
                    tracing::error!(code = fault.code, %fault, "cannot look for what is due");
                    PAUSE_AFTER_FAULT
                }
            };
            tokio::select! {
                Some(ended) = self.running.join_next_with_id() => self.ended(ended).await,
                // The sender lives in the store, which the app holds.
                _ = written.changed(), if self.room() > 0 => {}
                _ = stopping.changed() => {}
                () = tokio::time::sleep(sleep) => {}
            }
            while let Some(ended) = self.running.try_join_next_with_id() {
                self.ended(ended).await;
            }
        }
        self.finish().await;
    }

    /// How many more can be driven; none before it is worth a claim.
    fn room(&self) -> usize {
        let room = self.ticks_max.saturating_sub(self.running.len());
        if room < self.ticks_max.div_ceil(CLAIM_PART) { 0 } else { room }
    }

    /// Starts what is due and answers how long nothing else will be.
    async fn start_due(&mut self) -> Result<Duration, Fault> {
        let room = self.room();
        if room == 0 {
            return Ok(POLL);
        }
        let now = self.app.clock.now().steady;
        let Some(next) = self.app.store.next_due().await? else { return Ok(POLL) };
        if next > now {
            return Ok(POLL.min(Duration::from_millis(next.since_ms(now))));
        }
        let claimed = self.app.engine.due(now, room as u32).await?;
        let more = claimed.len() == room;
        for lease in claimed {
            self.start(lease, more);
        }
        // Nothing taken although something is due should not be; it must not become a busy loop.
        let soon = if self.running.is_empty() { PAUSE_AFTER_FAULT } else { Duration::ZERO };
        Ok(if more { POLL } else { soon })
    }

    /// `others_wait`: more is due than can be driven at once.
    fn start(&mut self, lease: Lease, others_wait: bool) {
        if let Some(driven) = self.leases.values().find(|driven| driven.stream == lease.stream) {
            // Else it has just given its lease back, and its end was not looked at yet.
            if driven.until <= self.app.clock.now().steady {
                tracing::warn!(stream = %lease.stream, "a tick outlasted its lease");
            }
            self.again.push(lease);
            return;
        }
        let (app, driven) = (Arc::clone(&self.app), lease.clone());
        let span = spans::turn(&lease.stream);
        self.app.origins.lead_to(&span, &lease.stream);
        let turn = async move {
            let clock = Arc::clone(&app.clock);
            let now = move || clock.now();
            if others_wait {
                app.engine.tick_once(&driven, &now).await
            } else {
                app.engine.tick(&driven, &now).await
            }
        };
        let task = self.running.spawn(traced(span, turn));
        self.leases.insert(task.id(), lease);
        self.app.counts.ticks_running.store(self.running.len() as u64, Ordering::Relaxed);
    }

    async fn ended(&mut self, ended: Result<(Id, Result<(), Fault>), JoinError>) {
        let counts = &self.app.counts;
        count(&counts.ticks);
        counts.ticks_running.store(self.running.len() as u64, Ordering::Relaxed);
        let id = ended.as_ref().map_or_else(JoinError::id, |(id, _)| *id);
        let Some(lease) = self.leases.remove(&id) else { return };
        match ended {
            Ok((_, Ok(()))) => {}
            Ok((_, Err(fault))) => {
                count(&counts.tick_faults);
                tracing::warn!(stream = %lease.stream, code = fault.code, %fault, "a tick could not finish");
                self.letting_go.spawn(let_go(Arc::clone(&self.app), lease.clone()));
            }
            Err(error) => {
                count(&counts.tick_panics);
                rest(&self.app, &lease, &error).await;
            }
        }
        if let Some(at) = self.again.iter().position(|again| again.stream == lease.stream) {
            let again = self.again.swap_remove(at);
            self.start(again, false);
        }
    }

    async fn finish(mut self) {
        let ending = async {
            while let Some(ended) = self.running.join_next_with_id().await {
                self.ended(ended).await;
            }
        };
        if tokio::time::timeout(STOP_MAX, ending).await.is_err() {
            tracing::warn!("ticks were cut off; they are driven again after the next start");
        }
    }
}

/// A store that cannot write cannot take a lease back either. Once it can, the stream is due at once, instead of when
/// the lease ends; where it was taken back already, this changes nothing.
async fn let_go(app: Arc<App>, lease: Lease) {
    while app.clock.now().steady < lease.until {
        tokio::time::sleep(LET_GO_EVERY).await;
        if app.store.release(&lease, 0, None).await.is_ok() {
            return;
        }
    }
}

/// A bug costs the rollout its automation: it is held for a person. Its lease is kept, so that the stream rests until
/// that ends.
async fn rest(app: &Arc<App>, lease: &Lease, error: &JoinError) {
    tracing::error!(stream = %lease.stream, %error, "a bug in Tidegate: please report it with this log");
    if let StreamId::Rollout(id) = &lease.stream {
        // In a task of its own: holding it may meet the same bug.
        let (app, id) = (Arc::clone(app), id.clone());
        if tokio::spawn(async move { hold(&app, id).await }).await.is_err() {
            tracing::error!(stream = %lease.stream, "it could not be held");
        }
    }
}

async fn hold(app: &App, id: RolloutId) {
    let reason = "a bug in Tidegate stopped it; the server's log has the details".to_owned();
    let request = Request {
        actor: "tidegate".to_owned(),
        origin: None,
        by_person: false,
        key: None,
        command: Command::Rollout { id, act: Act::Hold { reason } },
        seen: None,
        dry_run: false,
    };
    if let Err(error) = app.engine.submit(&request, app.clock.now()).await {
        tracing::warn!(%error, "a rollout stopped by a bug could not be held");
    }
}

#[cfg(test)]
mod tests;
