//! The log of events from a position on, as it grows, and what is told beside it.
//!
//! Invariant: every event above the position comes once and in order; a slow reader holds up nobody, because events
//! wait in the store and not in a queue. Deliberately not here: how they are sent (`routes::events`).

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tidegate_domain::id::{RolloutId, StreamId};
use tidegate_ports::{EventsAfter, Fault};
use tokio::sync::watch;
use tokio::time::{Interval, MissedTickBehavior};

use crate::app::App;
use crate::measurements::Looking;
use crate::recent::{BATCH, Told};

/// How often it is said that nothing broke.
const HEARTBEAT: Duration = Duration::from_secs(10);

/// What comes next.
pub(crate) enum Said {
    Event(Arc<Told>),
    /// Samples of it were written since this was last said.
    Measured(RolloutId),
    /// First at once, then regularly.
    Alive,
}

pub(crate) struct Tail {
    app: Arc<App>,
    written: watch::Receiver<u64>,
    stopping: watch::Receiver<bool>,
    looking: Looking,
    beat: Interval,
    position: u64,
    stream: Option<StreamId>,
    waiting: VecDeque<Said>,
}

impl Tail {
    pub fn new(app: Arc<App>, position: u64, stream: Option<StreamId>) -> Self {
        let (written, stopping) = (app.written.clone(), app.stopping.clone());
        let mut beat = tokio::time::interval(HEARTBEAT);
        beat.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let looking = app.measured.look();
        Self { app, written, stopping, looking, beat, position, stream, waiting: VecDeque::new() }
    }

    /// None when the server ends.
    pub async fn next(&mut self) -> Option<Result<Said, Fault>> {
        loop {
            if let Some(said) = self.waiting.pop_front() {
                return Some(Ok(said));
            }
            if *self.stopping.borrow() {
                return None;
            }
            let newest = *self.written.borrow_and_update();
            if newest > self.position {
                match self.read(newest).await {
                    Ok(()) => continue,
                    Err(fault) => return Some(Err(fault)),
                }
            }
            tokio::select! {
                _ = self.stopping.changed() => {}
                changed = self.written.changed() => changed.ok()?,
                () = self.looking.changed() => self.look(),
                _ = self.beat.tick() => return Some(Ok(Said::Alive)),
            }
        }
    }

    fn look(&mut self) {
        let measured = self.looking.take(&self.app.measured);
        let wanted = |id: &RolloutId| match &self.stream {
            None => true,
            Some(stream) => *stream == StreamId::Rollout(id.clone()),
        };
        self.waiting.extend(measured.into_iter().filter(wanted).map(Said::Measured));
    }

    async fn read(&mut self, newest: u64) -> Result<(), Fault> {
        let (position, store) = (self.position, &*self.app.store);
        let Some(told) = self.app.recent.above(store, position, newest).await? else {
            return self.read_store(newest).await;
        };
        self.position = told.last().map_or(newest, |told| told.position);
        let wanted = |told: &Arc<Told>| self.stream.as_ref().is_none_or(|stream| *stream == told.stream);
        self.waiting.extend(told.into_iter().filter(wanted).map(Said::Event));
        Ok(())
    }

    async fn read_store(&mut self, newest: u64) -> Result<(), Fault> {
        let query = EventsAfter { position: self.position, stream: self.stream.clone(), limit: BATCH };
        let found = self.app.store.events(query).await?;
        // A short page of one stream means that nothing else of it stands up to `newest`.
        let short = found.len() < BATCH as usize;
        let last = found.last().map_or(0, |entry| entry.position);
        self.position = if short { newest.max(last) } else { last };
        self.waiting.extend(found.into_iter().map(|entry| Said::Event(Arc::new(Told::new(entry)))));
        Ok(())
    }
}
