//! Stores that stand around another one, to notice or to hinder what passes through them.
//!
//! Invariant: what such a store does not say itself, the inner one answers unchanged. Deliberately not here: stores that keep
//! something of their own.

use async_trait::async_trait;
use tidegate_domain::id::StreamId;
use tidegate_domain::moment::Steady;

use crate::{
    Agenda, AppendError, Appended, Batch, Entry, EventsAfter, Fault, Journal, Lease, Notice, Receipt, Row,
    RowQuery, Sample, SamplesQuery, Store,
};

/// Reading passes through untouched; what writes can be said anew.
#[async_trait]
pub trait Around: Send + Sync {
    fn inner(&self) -> &dyn Store;

    async fn append(&self, batch: Batch) -> Result<Appended, AppendError> {
        self.inner().append(batch).await
    }
    async fn claim(&self, holder: &str, now: Steady, limit: u32) -> Result<Vec<Lease>, Fault> {
        self.inner().claim(holder, now, limit).await
    }
    async fn release(&self, lease: &Lease, seen_version: u64, next: Option<Steady>) -> Result<(), Fault> {
        self.inner().release(lease, seen_version, next).await
    }
    async fn sent(&self, notice_id: &str) -> Result<(), Fault> {
        self.inner().sent(notice_id).await
    }
}

#[async_trait]
impl<S: Around> Journal for S {
    async fn append(&self, batch: Batch) -> Result<Appended, AppendError> {
        Around::append(self, batch).await
    }
    async fn load(&self, stream: &StreamId, after_version: u64) -> Result<Vec<Entry>, Fault> {
        self.inner().load(stream, after_version).await
    }
    async fn events(&self, query: EventsAfter) -> Result<Vec<Entry>, Fault> {
        self.inner().events(query).await
    }
    async fn receipt(&self, key: &str) -> Result<Option<Receipt>, Fault> {
        self.inner().receipt(key).await
    }
    async fn note(&self, stream: &StreamId, name: &str) -> Result<Option<Vec<u8>>, Fault> {
        self.inner().note(stream, name).await
    }
    async fn rows(&self, query: RowQuery) -> Result<Vec<(u64, Row)>, Fault> {
        self.inner().rows(query).await
    }
    async fn row(&self, kind: &str, id: &str) -> Result<Option<Row>, Fault> {
        self.inner().row(kind, id).await
    }
    async fn samples(&self, query: SamplesQuery) -> Result<Vec<Sample>, Fault> {
        self.inner().samples(query).await
    }
}

#[async_trait]
impl<S: Around> Agenda for S {
    async fn claim(&self, holder: &str, now: Steady, limit: u32) -> Result<Vec<Lease>, Fault> {
        Around::claim(self, holder, now, limit).await
    }
    async fn renew(&self, lease: &Lease, now: Steady) -> Result<Option<Lease>, Fault> {
        self.inner().renew(lease, now).await
    }
    async fn release(&self, lease: &Lease, seen_version: u64, next: Option<Steady>) -> Result<(), Fault> {
        Around::release(self, lease, seen_version, next).await
    }
    async fn next_due(&self) -> Result<Option<Steady>, Fault> {
        self.inner().next_due().await
    }
    async fn unsent(&self, limit: u32) -> Result<Vec<Notice>, Fault> {
        self.inner().unsent(limit).await
    }
    async fn sent(&self, notice_id: &str) -> Result<(), Fault> {
        Around::sent(self, notice_id).await
    }
}
