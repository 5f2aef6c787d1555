//! The newest events as they are sent, read and written out once for all who follow.
//!
//! Invariant: what is kept has no gaps and takes bounded memory; whoever asks for older events asks the store.
//! Deliberately not here: waiting (`tail`).

use std::collections::VecDeque;
use std::sync::Arc;

use tidegate_domain::id::StreamId;
use tidegate_ports::{Entry, EventsAfter, Fault, Store};
use tokio::sync::Mutex;

use crate::wire;

const KEPT_MAX: usize = 1_000;
const BYTES_MAX: usize = 8 << 20;
/// Events handed out, and read, at once.
pub(crate) const BATCH: u32 = 200;

/// An event, ready to be sent.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Told {
    pub position: u64,
    pub stream: StreamId,
    /// JSON text.
    pub data: String,
}

impl Told {
    pub fn new(entry: Entry) -> Self {
        let (position, stream) = (entry.position, entry.stream.clone());
        // The wire's types always have a JSON form.
        Self { position, stream, data: serde_json::to_string(&wire::event(entry)).unwrap_or_default() }
    }
}

#[derive(Debug, Default)]
pub(crate) struct Recent {
    ring: Mutex<Ring>,
}

/// Every event with a position above `after`, up to `upto`.
#[derive(Debug, Default)]
struct Ring {
    told: VecDeque<Arc<Told>>,
    after: u64,
    upto: u64,
    bytes: usize,
}

impl Recent {
    /// A batch of what stands above `position`; none when that is not kept any more.
    pub async fn above(
        &self,
        store: &dyn Store,
        position: u64,
        newest: u64,
    ) -> Result<Option<Vec<Arc<Told>>>, Fault> {
        let mut ring = self.ring.lock().await;
        ring.extend(store, newest).await?;
        Ok((position >= ring.after).then(|| ring.above(position)))
    }
}

impl Ring {
    async fn extend(&mut self, store: &dyn Store, newest: u64) -> Result<(), Fault> {
        if newest.saturating_sub(self.upto) > KEPT_MAX as u64 {
            let after = newest - KEPT_MAX as u64;
            *self = Self { after, upto: after, ..Self::default() };
        }
        while self.upto < newest {
            let query = EventsAfter { position: self.upto, stream: None, limit: BATCH };
            let found = store.events(query).await?;
            if found.is_empty() {
                break;
            }
            for entry in found {
                self.push(Told::new(entry));
            }
        }
        Ok(())
    }

    fn push(&mut self, told: Told) {
        self.upto = told.position;
        self.bytes += told.data.len();
        self.told.push_back(Arc::new(told));
        while self.told.len() > KEPT_MAX || self.bytes > BYTES_MAX {
            let Some(oldest) = self.told.pop_front() else { return };
            self.after = oldest.position;
            self.bytes -= oldest.data.len();
        }
    }

    fn above(&self, position: u64) -> Vec<Arc<Told>> {
        let start = self.told.partition_point(|told| told.position <= position);
        self.told.iter().skip(start).take(BATCH as usize).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use tidegate_ports::{Batch, Journal, NewEvent, StreamAppend};
    use tidegate_store::memory::MemoryStore;

    use super::*;

    async fn store_with(count: u64, body_bytes: usize) -> MemoryStore {
        let store = MemoryStore::new();
        for version in 0..count {
            let body = format!("\"{}\"", "x".repeat(body_bytes));
            let event = NewEvent { kind: "k".to_owned(), body };
            let stream = StreamId::Catalog;
            let append = StreamAppend { stream, expected_version: version, events: vec![event] };
            store.append(Batch { appends: vec![append], ..Batch::default() }).await.unwrap();
        }
        store
    }

    fn positions(told: &[Arc<Told>]) -> Vec<u64> {
        told.iter().map(|told| told.position).collect()
    }

    #[tokio::test]
    async fn what_is_kept_comes_in_order_and_what_is_not_is_said() {
        let store = store_with(1_500, 1).await;
        let recent = Recent::default();
        let first = recent.above(&store, 1_300, 1_500).await.unwrap().unwrap();
        assert_eq!(positions(&first), (1_301..=1_500).collect::<Vec<_>>());
        assert_eq!(recent.above(&store, 400, 1_500).await.unwrap(), None, "the store has it");
        let oldest = recent.above(&store, 500, 1_500).await.unwrap().unwrap();
        assert_eq!(positions(&oldest), (501..=700).collect::<Vec<_>>());
        assert!(recent.above(&store, 1_500, 1_500).await.unwrap().unwrap().is_empty());
    }

    #[tokio::test]
    async fn long_events_are_kept_up_to_a_limit() {
        let store = store_with(12, 1 << 20).await;
        let recent = Recent::default();
        assert_eq!(recent.above(&store, 0, 12).await.unwrap(), None);
        assert_eq!(positions(&recent.above(&store, 10, 12).await.unwrap().unwrap()), [11, 12]);
        assert!(recent.ring.lock().await.bytes <= BYTES_MAX);
    }
}
