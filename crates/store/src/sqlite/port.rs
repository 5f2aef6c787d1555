//! The ports, answered by the writer and the readers.
//!
//! Invariant: whatever changes something goes to the writer, whatever only asks to a reader. Deliberately not here:
//! anything else.

use async_trait::async_trait;
use tidegate_domain::id::StreamId;
use tidegate_domain::moment::Steady;
use tidegate_ports::{
    Agenda, AppendError, Appended, Batch, Entry, EventsAfter, Fault, Journal, Lease, Notice, Receipt, Row,
    RowQuery, Sample, SamplesQuery,
};

use super::{SqliteStore, read};
use crate::limits::{PAGE_MAX, check_size};

#[async_trait]
impl Journal for SqliteStore {
    async fn append(&self, batch: Batch) -> Result<Appended, AppendError> {
        check_size(&batch)?;
        self.write(move |unit| unit.append(&batch)).await?
    }
    async fn load(&self, stream: &StreamId, after_version: u64) -> Result<Vec<Entry>, Fault> {
        let stream = stream.clone();
        self.read(move |connection| read::load(connection, &stream, after_version)).await
    }
    async fn events(&self, query: EventsAfter) -> Result<Vec<Entry>, Fault> {
        self.read(move |connection| read::events(connection, &query)).await
    }
    async fn receipt(&self, key: &str) -> Result<Option<Receipt>, Fault> {
        let key = key.to_owned();
        self.read(move |connection| read::receipt(connection, &key)).await
    }
    async fn note(&self, stream: &StreamId, name: &str) -> Result<Option<Vec<u8>>, Fault> {
        let (stream, name) = (stream.clone(), name.to_owned());
        self.read(move |connection| read::note(connection, &stream, &name)).await
    }
    async fn rows(&self, query: RowQuery) -> Result<Vec<(u64, Row)>, Fault> {
        self.read(move |connection| read::rows(connection, &query)).await
    }
    async fn row(&self, kind: &str, id: &str) -> Result<Option<Row>, Fault> {
        let (kind, id) = (kind.to_owned(), id.to_owned());
        self.read(move |connection| read::row(connection, &kind, &id)).await
    }
    async fn samples(&self, query: SamplesQuery) -> Result<Vec<Sample>, Fault> {
        self.read(move |connection| read::samples(connection, &query)).await
    }
}

#[async_trait]
impl Agenda for SqliteStore {
    async fn claim(&self, holder: &str, now: Steady, limit: u32) -> Result<Vec<Lease>, Fault> {
        let holder = holder.to_owned();
        self.write(move |unit| unit.claim(&holder, now, limit.min(PAGE_MAX))).await
    }
    async fn renew(&self, lease: &Lease, now: Steady) -> Result<Option<Lease>, Fault> {
        let lease = lease.clone();
        self.write(move |unit| unit.renew(&lease, now)).await
    }
    async fn release(&self, lease: &Lease, seen_version: u64, next: Option<Steady>) -> Result<(), Fault> {
        let lease = lease.clone();
        self.write(move |unit| unit.release(&lease, seen_version, next)).await
    }
    async fn next_due(&self) -> Result<Option<Steady>, Fault> {
        self.read(read::next_due).await
    }
    async fn unsent(&self, limit: u32) -> Result<Vec<Notice>, Fault> {
        self.read(move |connection| read::unsent(connection, limit)).await
    }
    async fn sent(&self, notice_id: &str) -> Result<(), Fault> {
        let notice_id = notice_id.to_owned();
        self.write(move |unit| unit.mark_sent(&notice_id)).await
    }
}
