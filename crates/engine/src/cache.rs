//! Folded states, kept so that a step does not read its whole history again.
//!
//! Invariant: a cached state is a prefix of its history; where others write too, it is caught up before every use.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tidegate_domain::id::StreamId;
use tidegate_domain::moment::Moment;
use tidegate_ports::{Fault, Store};

use crate::codec::{Event, State};

/// Entries beyond this are forgotten, all at once: refilling costs less than keeping an order.
const ENTRIES_MAX: usize = 100_000;

/// A stream folded up to `version`.
#[derive(Debug, Clone)]
pub struct Loaded {
    pub state: State,
    pub version: u64,
    /// Of the newest event in the whole log; 0 for none.
    pub position: u64,
    /// When its first and its newest event happened.
    pub began: Moment,
    pub ended: Moment,
}

pub struct Cache {
    store: Arc<dyn Store>,
    exclusive: bool,
    entries: Mutex<BTreeMap<StreamId, Arc<Loaded>>>,
}

impl Cache {
    pub fn new(store: Arc<dyn Store>, exclusive: bool) -> Self {
        Self { store, exclusive, entries: Mutex::default() }
    }

    pub fn is_exclusive(&self) -> bool {
        self.exclusive
    }

    pub async fn load(&self, stream: &StreamId) -> Result<Arc<Loaded>, Fault> {
        match self.get(stream) {
            Some(loaded) if self.exclusive => Ok(loaded),
            known => self.catch_up(stream, known).await,
        }
    }

    /// Reads what came since, whoever wrote it.
    pub async fn refresh(&self, stream: &StreamId) -> Result<Arc<Loaded>, Fault> {
        self.catch_up(stream, self.get(stream)).await
    }

    /// Keeps the newer of two: answers of the store may arrive in another order than they were given.
    pub fn put(&self, stream: &StreamId, loaded: Arc<Loaded>) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.get(stream).is_some_and(|known| known.version > loaded.version) {
            return;
        }
        if entries.len() >= ENTRIES_MAX {
            entries.clear();
        }
        entries.insert(stream.clone(), loaded);
    }

    pub fn forget(&self, stream: &StreamId) {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).remove(stream);
    }

    fn get(&self, stream: &StreamId) -> Option<Arc<Loaded>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).get(stream).cloned()
    }

    async fn catch_up(&self, stream: &StreamId, known: Option<Arc<Loaded>>) -> Result<Arc<Loaded>, Fault> {
        let base = known.unwrap_or_else(|| {
            let state = State::empty(stream);
            let (began, ended) = (Moment::default(), Moment::default());
            Arc::new(Loaded { state, version: 0, position: 0, began, ended })
        });
        let entries = self.store.load(stream, base.version).await?;
        if entries.is_empty() {
            return Ok(base);
        }
        let mut loaded = (*base).clone();
        for entry in &entries {
            let event = Event::decode(entry)?;
            loaded.state = loaded.state.evolve(&event, entry.at.steady);
            if loaded.version == 0 {
                loaded.began = entry.at;
            }
            (loaded.version, loaded.position, loaded.ended) = (entry.version, entry.position, entry.at);
        }
        let loaded = Arc::new(loaded);
        self.put(stream, Arc::clone(&loaded));
        Ok(loaded)
    }
}
