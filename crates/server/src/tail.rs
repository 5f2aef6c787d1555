//! The log of events from a position on, as it grows.
//!
//! Invariant: every event above the position comes once and in order; a slow reader holds up nobody, because events
//! wait in the store and not in a queue. Deliberately not here: how they are sent (`routes::events`).

use std::sync::Arc;

use tidegate_domain::id::StreamId;
use tidegate_ports::{Entry, EventsAfter, Fault};
use tokio::sync::watch;

use crate::app::App;

const BATCH: u32 = 200;

pub(crate) struct Tail {
    app: Arc<App>,
    written: watch::Receiver<u64>,
    stopping: watch::Receiver<bool>,
    position: u64,
    stream: Option<StreamId>,
    waiting: std::collections::VecDeque<Entry>,
}

impl Tail {
    pub fn new(app: Arc<App>, position: u64, stream: Option<StreamId>) -> Self {
        let (written, stopping) = (app.written.clone(), app.stopping.clone());
        Self { app, written, stopping, position, stream, waiting: std::collections::VecDeque::new() }
    }

    /// None when the server ends.
    pub async fn next(&mut self) -> Option<Result<Entry, Fault>> {
        loop {
            if let Some(entry) = self.waiting.pop_front() {
                return Some(Ok(entry));
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
            }
        }
    }

    async fn read(&mut self, newest: u64) -> Result<(), Fault> {
        let query = EventsAfter { position: self.position, stream: self.stream.clone(), limit: BATCH };
        let found = self.app.store.events(query).await?;
        // A short page of one stream means that nothing else of it stands up to `newest`.
        let short = found.len() < BATCH as usize;
        let last = found.last().map_or(0, |entry| entry.position);
        self.position = if short { newest.max(last) } else { last };
        self.waiting.extend(found);
        Ok(())
    }
}
