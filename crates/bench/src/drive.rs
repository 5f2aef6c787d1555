//! Moves what is due, by the same loop as the server's drive (which is private to the server): at most 256 ticks side by
//! side, woken by what is written, by the next due time and every half second.
//!
//! Invariant: a tick that fails ends the benchmark, because nothing here may fail. Deliberately not here: holding a
//! rollout whose tick had a bug.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Result;
use tidegate_domain::moment::Moment;
use tidegate_engine::Engine;
use tidegate_ports::{Fault, Lease};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::watched::Watched;

const TICKS_MAX: usize = 256;
const CLAIM_MIN: usize = TICKS_MAX / 4;
const POLL: Duration = Duration::from_millis(500);
/// Notices that come together are sent together.
const GATHER: Duration = Duration::from_millis(20);

pub type Clock = Arc<dyn Fn() -> Moment + Send + Sync>;

#[derive(Clone)]
pub struct Drive {
    pub engine: Arc<Engine>,
    pub store: Arc<Watched>,
    pub clock: Clock,
    pub ticks: Arc<AtomicU64>,
}

impl Drive {
    pub fn new(engine: Arc<Engine>, store: Arc<Watched>, clock: Clock) -> Self {
        Self { engine, store, clock, ticks: Arc::default() }
    }

    /// Until told to stop; ticks under way are let finish.
    pub async fn run(self, mut stopping: watch::Receiver<bool>) -> Result<()> {
        let mut running: JoinSet<Result<(), Fault>> = JoinSet::new();
        let mut written = self.store.written();
        while !*stopping.borrow() {
            written.mark_unchanged();
            let sleep = self.start_due(&mut running).await.map_err(told)?;
            tokio::select! {
                Some(ended) = running.join_next() => ended?.map_err(told)?,
                _ = written.changed(), if TICKS_MAX - running.len() >= CLAIM_MIN => {}
                _ = stopping.changed() => {}
                () = tokio::time::sleep(sleep) => {}
            }
            while let Some(ended) = running.try_join_next() {
                ended?.map_err(told)?;
            }
        }
        while let Some(ended) = running.join_next().await {
            ended?.map_err(told)?;
        }
        Ok(())
    }

    async fn start_due(&self, running: &mut JoinSet<Result<(), Fault>>) -> Result<Duration, Fault> {
        let room = TICKS_MAX.saturating_sub(running.len());
        if room < CLAIM_MIN {
            return Ok(POLL);
        }
        let now = (self.clock)().steady;
        let Some(next) = tidegate_ports::Agenda::next_due(&*self.store).await? else { return Ok(POLL) };
        if next > now {
            return Ok(POLL.min(Duration::from_millis(next.since_ms(now))));
        }
        let claimed = self.engine.due(now, room as u32).await?;
        let more = claimed.len() == room;
        for lease in claimed {
            running.spawn(self.clone().tick(lease, more));
        }
        Ok(if more { POLL } else { Duration::ZERO })
    }

    async fn tick(self, lease: Lease, others_wait: bool) -> Result<(), Fault> {
        self.ticks.fetch_add(1, Ordering::Relaxed);
        if others_wait {
            self.engine.tick_once(&lease, &*self.clock).await
        } else {
            self.engine.tick(&lease, &*self.clock).await
        }
    }

    /// Sends what waits in the outbox, for as long as it is polled.
    pub async fn send_notices(self) -> Result<()> {
        let mut written = self.store.written();
        loop {
            written.mark_unchanged();
            if self.engine.send_notices().await.map_err(told)? == 0 {
                written.changed().await?;
                tokio::time::sleep(GATHER).await;
            }
        }
    }
}

pub fn told(fault: Fault) -> anyhow::Error {
    let code = fault.code;
    anyhow::Error::new(fault).context(code)
}
