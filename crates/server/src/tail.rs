//! The log of events from a position on, as it grows.
//!
//! Invariant: every event above the position comes once and in order; a slow reader holds up nobody, because events
//! wait in the store and not in a queue. Deliberately not here: how they are sent (`routes::events`).

use std::collections::VecDeque;
use std::sync::Arc;

use tidegate_domain::id::StreamId;
use tidegate_ports::{EventsAfter, Fault};
use tokio::sync::watch;

use crate::app::App;
use crate::recent::{BATCH, Told};

pub(crate) struct Tail {
    app: Arc<App>,
    written: watch::Receiver<u64>,
    stopping: watch::Receiver<bool>,
    position: u64,
    stream: Option<StreamId>,
    waiting: VecDeque<Arc<Told>>,
}

impl Tail {
    pub fn new(app: Arc<App>, position: u64, stream: Option<StreamId>) -> Self {
        let (written, stopping) = (app.written.clone(), app.stopping.clone());
        Self { app, written, stopping, position, stream, waiting: VecDeque::new() }
    }

    /// None when the server ends.
    pub async fn next(&mut self) -> Option<Result<Arc<Told>, Fault>> {
        loop {
            if let Some(told) = self.waiting.pop_front() {
                return Some(Ok(told));
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
        let (position, store) = (self.position, &*self.app.store);
        let Some(told) = self.app.recent.above(store, position, newest).await? else {
            return self.read_store(newest).await;
        };
        self.position = told.last().map_or(newest, |told| told.position);
        let wanted = |told: &Arc<Told>| self.stream.as_ref().is_none_or(|stream| *stream == told.stream);
        self.waiting.extend(told.into_iter().filter(wanted));
        Ok(())
    }

    async fn read_store(&mut self, newest: u64) -> Result<(), Fault> {
        let query = EventsAfter { position: self.position, stream: self.stream.clone(), limit: BATCH };
        let found = self.app.store.events(query).await?;
        // A short page of one stream means that nothing else of it stands up to `newest`.
        let short = found.len() < BATCH as usize;
        let last = found.last().map_or(0, |entry| entry.position);
        self.position = if short { newest.max(last) } else { last };
        self.waiting.extend(found.into_iter().map(|entry| Arc::new(Told::new(entry))));
        Ok(())
    }
}
