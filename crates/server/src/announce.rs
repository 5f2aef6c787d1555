//! A store that says when something was written to it, and which rollouts were measured.
//!
//! Invariant: whoever waits on `written` or for a measurement is woken after the write is durable, and sees it.
//! Deliberately not here: storing.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use tidegate_domain::id::{RolloutId, StreamId};
use tidegate_domain::moment::Steady;
use tidegate_ports::{
    Agenda, AppendError, Appended, Batch, Entry, EventsAfter, Fault, Journal, Lease, Notice, Receipt, Row,
    RowQuery, Sample, SamplesQuery, Store,
};
use tokio::sync::watch;

use crate::measurements::Measurements;

pub(crate) struct Announcing {
    inner: Arc<dyn Store>,
    /// The newest position; sent after every write, also of wake-ups alone.
    written: watch::Sender<u64>,
    measured: Arc<Measurements>,
}

impl Announcing {
    pub async fn over(inner: Arc<dyn Store>) -> Result<Self, Fault> {
        let newest = match inner.append(Batch::default()).await {
            Ok(appended) => appended.position,
            Err(AppendError::Fault(fault)) => return Err(fault),
            // An empty batch names no stream, no lease and no key.
            Err(_) => 0,
        };
        Ok(Self { inner, written: watch::Sender::new(newest), measured: Arc::default() })
    }

    pub fn written(&self) -> watch::Receiver<u64> {
        self.written.subscribe()
    }

    pub fn measured(&self) -> Arc<Measurements> {
        Arc::clone(&self.measured)
    }
}

fn rollouts_of(samples: &[Sample]) -> BTreeSet<RolloutId> {
    let rollout = |sample: &Sample| {
        if let StreamId::Rollout(id) = &sample.stream { Some(id.clone()) } else { None }
    };
    samples.iter().filter_map(rollout).collect()
}

#[async_trait]
impl Journal for Announcing {
    async fn append(&self, batch: Batch) -> Result<Appended, AppendError> {
        let measured = rollouts_of(&batch.samples);
        let appended = self.inner.append(batch).await?;
        for rollout in measured {
            self.measured.note(rollout);
        }
        // Two writers may come back in either order.
        self.written.send_modify(|newest| *newest = appended.position.max(*newest));
        Ok(appended)
    }
    async fn load(&self, stream: &StreamId, after_version: u64) -> Result<Vec<Entry>, Fault> {
        self.inner.load(stream, after_version).await
    }
    async fn events(&self, query: EventsAfter) -> Result<Vec<Entry>, Fault> {
        self.inner.events(query).await
    }
    async fn receipt(&self, key: &str) -> Result<Option<Receipt>, Fault> {
        self.inner.receipt(key).await
    }
    async fn note(&self, stream: &StreamId, name: &str) -> Result<Option<Vec<u8>>, Fault> {
        self.inner.note(stream, name).await
    }
    async fn rows(&self, query: RowQuery) -> Result<Vec<(u64, Row)>, Fault> {
        self.inner.rows(query).await
    }
    async fn row(&self, kind: &str, id: &str) -> Result<Option<Row>, Fault> {
        self.inner.row(kind, id).await
    }
    async fn samples(&self, query: SamplesQuery) -> Result<Vec<Sample>, Fault> {
        self.inner.samples(query).await
    }
}

#[async_trait]
impl Agenda for Announcing {
    async fn claim(&self, holder: &str, now: Steady, limit: u32) -> Result<Vec<Lease>, Fault> {
        self.inner.claim(holder, now, limit).await
    }
    async fn renew(&self, lease: &Lease, now: Steady) -> Result<Option<Lease>, Fault> {
        self.inner.renew(lease, now).await
    }
    async fn release(&self, lease: &Lease, seen_version: u64, next: Option<Steady>) -> Result<(), Fault> {
        self.inner.release(lease, seen_version, next).await
    }
    async fn next_due(&self) -> Result<Option<Steady>, Fault> {
        self.inner.next_due().await
    }
    async fn unsent(&self, limit: u32) -> Result<Vec<Notice>, Fault> {
        self.inner.unsent(limit).await
    }
    async fn sent(&self, notice_id: &str) -> Result<(), Fault> {
        self.inner.sent(notice_id).await
    }
}
