//! The store of the simulation and of tests: everything in ordered maps behind one lock.
//!
//! Invariant: the same calls give the same answers (no clock, no randomness, no hashing order), and every future
//! completes when first polled, so no runtime is needed. Deliberately not here: surviving the process.

mod state;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use tidegate_domain::id::StreamId;
use tidegate_domain::moment::Steady;
use tidegate_ports::{
    Agenda, AppendError, Appended, Batch, Entry, EventsAfter, Fault, Journal, Lease, Notice, Receipt, Row,
    RowQuery, Sample, SamplesQuery,
};

use crate::audit::Audit;
use state::State;

/// A handle; clones share the same data, as two engines on one database do.
#[derive(Debug, Clone, Default)]
pub struct MemoryStore {
    state: Arc<Mutex<State>>,
}

impl MemoryStore {
    pub fn new() -> Self {
        Self::default()
    }
    /// What opening a database again does: all leases given out so far are void.
    pub fn restart(&self) {
        self.state().restart();
    }
    /// Works the audit tree out again.
    pub fn audit(&self) -> Audit {
        self.state().audit()
    }
    /// A copy that goes its own way from here: to try something and compare.
    #[must_use]
    pub fn fork(&self) -> Self {
        let state = self.state().clone();
        Self { state: Arc::new(Mutex::new(state)) }
    }
    /// A panic of another holder of the lock leaves whole batches only: they are checked first, then written.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Journal for MemoryStore {
    async fn append(&self, batch: Batch) -> Result<Appended, AppendError> {
        self.state().append(batch)
    }
    async fn load(&self, stream: &StreamId, after_version: u64) -> Result<Vec<Entry>, Fault> {
        Ok(self.state().load(stream, after_version))
    }
    async fn events(&self, query: EventsAfter) -> Result<Vec<Entry>, Fault> {
        Ok(self.state().events(&query))
    }
    async fn receipt(&self, key: &str) -> Result<Option<Receipt>, Fault> {
        Ok(self.state().receipt(key))
    }
    async fn note(&self, stream: &StreamId, name: &str) -> Result<Option<Vec<u8>>, Fault> {
        Ok(self.state().note(stream, name))
    }
    async fn rows(&self, query: RowQuery) -> Result<Vec<(u64, Row)>, Fault> {
        Ok(self.state().rows(&query))
    }
    async fn row(&self, kind: &str, id: &str) -> Result<Option<Row>, Fault> {
        Ok(self.state().row(kind, id))
    }
    async fn samples(&self, query: SamplesQuery) -> Result<Vec<Sample>, Fault> {
        Ok(self.state().samples(&query))
    }
}

#[async_trait]
impl Agenda for MemoryStore {
    async fn claim(&self, holder: &str, now: Steady, limit: u32) -> Result<Vec<Lease>, Fault> {
        Ok(self.state().claim(holder, now, limit))
    }
    async fn renew(&self, lease: &Lease, now: Steady) -> Result<Option<Lease>, Fault> {
        Ok(self.state().renew(lease, now))
    }
    async fn release(&self, lease: &Lease, seen_version: u64, next: Option<Steady>) -> Result<(), Fault> {
        self.state().release(lease, seen_version, next);
        Ok(())
    }
    async fn next_due(&self) -> Result<Option<Steady>, Fault> {
        Ok(self.state().next_due())
    }
    async fn unsent(&self, limit: u32) -> Result<Vec<Notice>, Fault> {
        Ok(self.state().unsent(limit))
    }
    async fn sent(&self, notice_id: &str) -> Result<(), Fault> {
        self.state().sent(notice_id);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::task::{Context, Poll, Waker};

    use super::*;

    #[test]
    fn futures_complete_when_first_polled() {
        let store = MemoryStore::new();
        let mut context = Context::from_waker(Waker::noop());
        let mut append = store.append(Batch::default());
        assert!(matches!(append.as_mut().poll(&mut context), Poll::Ready(Ok(Appended { position: 0 }))));
        let mut claim = store.claim("a", Steady(1), 1);
        assert!(matches!(claim.as_mut().poll(&mut context), Poll::Ready(Ok(_))));
    }
}
