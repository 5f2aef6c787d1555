//! The store in memory, behind a disk that can be slow, full, or silent about what it wrote.
//!
//! Invariant: a batch is written whole or not at all; an answer that is lost does not undo it.

use async_trait::async_trait;
use tidegate_domain::id::StreamId;
use tidegate_domain::moment::Steady;
use tidegate_ports::{
    Agenda, AppendError, Appended, Batch, Entry, EventsAfter, Fault, Journal, Lease, Notice, Receipt, Row,
    RowQuery, Sample, SamplesQuery,
};
use tidegate_store::memory::MemoryStore;

use crate::env::Env;
use crate::fact::{Fact, ProcessId};
use crate::weather::{Mishap, Port};

/// What a broken store would do, to show that somebody notices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Defects {
    pub lies_about_smoke: bool,
    /// Answers kept under idempotency keys are lost.
    pub forgets_receipts: bool,
    pub forgets_time: bool,
    /// Notices are not kept.
    pub loses_notices: bool,
}

pub struct Disk {
    pub env: Env,
    pub by: ProcessId,
    pub memory: MemoryStore,
    pub defects: Defects,
}

impl Disk {
    async fn reach(&self, port: Port) -> Result<Option<Mishap>, Fault> {
        let (mishap, delay_ms) = self.env.with(|inner| {
            let (now_ms, most) = (inner.now_ms, inner.weather.delay_ms_max / 4);
            (inner.weather.mishap(port, now_ms, &mut inner.random), inner.random.up_to(most))
        });
        self.env.pause(delay_ms).await;
        match mishap {
            Some(Mishap::Before) => Err(Fault::retry("disk-full", "no space to write the log")),
            other => Ok(other),
        }
    }

    async fn write(&self, mut batch: Batch) -> Result<Appended, AppendError> {
        let mishap = self.reach(Port::Write).await?;
        if self.defects.forgets_receipts {
            batch.receipt = None;
        }
        if self.defects.loses_notices {
            batch.outbox.clear();
        }
        let events = batch.appends.iter().any(|append| !append.events.is_empty());
        let answer = self.memory.append(batch).await;
        if answer.is_ok() {
            self.env.with(|inner| {
                inner.rung = true;
                if events {
                    inner.facts.push(Fact::Appended { by: self.by });
                }
            });
        }
        self.env.pause(0).await;
        match mishap {
            Some(_) => Err(AppendError::Fault(Fault::retry("store-busy", "the answer of the disk was lost"))),
            None => answer,
        }
    }
}

#[async_trait]
impl Journal for Disk {
    async fn append(&self, batch: Batch) -> Result<Appended, AppendError> {
        self.write(batch).await
    }
    async fn load(&self, stream: &StreamId, after_version: u64) -> Result<Vec<Entry>, Fault> {
        self.reach(Port::Read).await?;
        self.memory.load(stream, after_version).await
    }
    async fn events(&self, query: EventsAfter) -> Result<Vec<Entry>, Fault> {
        self.reach(Port::Read).await?;
        self.memory.events(query).await
    }
    async fn receipt(&self, key: &str) -> Result<Option<Receipt>, Fault> {
        self.reach(Port::Read).await?;
        self.memory.receipt(key).await
    }
    async fn note(&self, stream: &StreamId, name: &str) -> Result<Option<Vec<u8>>, Fault> {
        self.reach(Port::Read).await?;
        self.memory.note(stream, name).await
    }
    async fn rows(&self, query: RowQuery) -> Result<Vec<(u64, Row)>, Fault> {
        self.reach(Port::Read).await?;
        self.memory.rows(query).await
    }
    async fn row(&self, kind: &str, id: &str) -> Result<Option<Row>, Fault> {
        self.reach(Port::Read).await?;
        self.memory.row(kind, id).await
    }
    async fn samples(&self, query: SamplesQuery) -> Result<Vec<Sample>, Fault> {
        self.reach(Port::Read).await?;
        self.memory.samples(query).await
    }
}

#[async_trait]
impl Agenda for Disk {
    async fn claim(&self, holder: &str, now: Steady, limit: u32) -> Result<Vec<Lease>, Fault> {
        self.reach(Port::Write).await?;
        self.memory.claim(holder, now, limit).await
    }
    async fn renew(&self, lease: &Lease, now: Steady) -> Result<Option<Lease>, Fault> {
        self.reach(Port::Write).await?;
        self.memory.renew(lease, now).await
    }
    async fn release(&self, lease: &Lease, seen_version: u64, next: Option<Steady>) -> Result<(), Fault> {
        self.reach(Port::Write).await?;
        self.memory.release(lease, seen_version, next).await
    }
    async fn next_due(&self) -> Result<Option<Steady>, Fault> {
        self.reach(Port::Read).await?;
        self.memory.next_due().await
    }
    async fn unsent(&self, limit: u32) -> Result<Vec<Notice>, Fault> {
        self.reach(Port::Read).await?;
        self.memory.unsent(limit).await
    }
    async fn sent(&self, notice_id: &str) -> Result<(), Fault> {
        self.reach(Port::Write).await?;
        self.memory.sent(notice_id).await
    }
}
