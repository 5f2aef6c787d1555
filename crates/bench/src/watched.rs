//! A store that announces what was written, as the server's does, and counts it.
//!
//! Invariant: what is counted is durable; counting changes nothing. Deliberately not here: storing.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use tidegate_domain::moment::Steady;
use tidegate_ports::{AppendError, Appended, Around, Batch, Fault, Lease, Store};
use tokio::sync::{mpsc, watch};

/// A rollout's row was written: its id and its state.
pub struct Changed {
    pub rollout: String,
    pub state: String,
    pub at: Instant,
}

#[derive(Debug, Default)]
pub struct Counts {
    /// Batches with something in them.
    pub steps: AtomicU64,
    pub events: AtomicU64,
    /// Leases that were taken, and those given back.
    leased: AtomicU64,
    releases: AtomicU64,
    /// From the call of append to its durable answer.
    times: Mutex<Vec<Duration>>,
}

impl Counts {
    /// The times since the last time this was asked.
    pub fn take_times(&self) -> Vec<Duration> {
        std::mem::take(&mut *self.times.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

pub struct Watched {
    inner: Arc<dyn Store>,
    written: watch::Sender<u64>,
    pub counts: Counts,
    changed: Option<mpsc::UnboundedSender<Changed>>,
    /// Batches are kept here until there are so many.
    recorded: Mutex<Vec<Batch>>,
    record_max: usize,
}

impl Watched {
    pub fn over(
        inner: Arc<dyn Store>,
        changed: Option<mpsc::UnboundedSender<Changed>>,
        record_max: usize,
    ) -> Arc<Self> {
        let (counts, recorded) = (Counts::default(), Mutex::default());
        Arc::new(Self { inner, written: watch::Sender::new(0), counts, changed, recorded, record_max })
    }

    pub fn written(&self) -> watch::Receiver<u64> {
        self.written.subscribe()
    }

    pub fn take_recorded(&self) -> Vec<Batch> {
        std::mem::take(&mut *self.recorded.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether no lease is out.
    pub fn idle(&self) -> bool {
        self.counts.leased.load(Ordering::Relaxed) == self.counts.releases.load(Ordering::Relaxed)
    }

    fn record(&self, batch: &Batch) {
        if self.record_max > 0 {
            let mut recorded = self.recorded.lock().unwrap_or_else(PoisonError::into_inner);
            if recorded.len() < self.record_max {
                recorded.push(batch.clone());
            }
        }
    }

    /// Rollouts whose rows a batch writes; they go to whoever listens once it is durable.
    fn rollouts(&self, batch: &Batch) -> Vec<(String, String)> {
        if self.changed.is_none() {
            return Vec::new();
        }
        let rows = batch.rows.iter().filter(|row| row.kind == "rollout");
        rows.map(|row| (row.id.clone(), row.state.clone())).collect()
    }

    fn tell(&self, rollouts: Vec<(String, String)>) {
        let Some(changed) = &self.changed else { return };
        let at = Instant::now();
        for (rollout, state) in rollouts {
            // Nobody listens once the round has ended.
            let _ = changed.send(Changed { rollout, state, at });
        }
    }
}

#[async_trait]
impl Around for Watched {
    fn inner(&self) -> &dyn Store {
        &*self.inner
    }
    async fn append(&self, batch: Batch) -> Result<Appended, AppendError> {
        self.record(&batch);
        let rollouts = self.rollouts(&batch);
        let events: usize = batch.appends.iter().map(|append| append.events.len()).sum();
        let counts = events > 0 || !batch.notes.is_empty();
        let started = Instant::now();
        let appended = self.inner.append(batch).await?;
        if counts {
            self.counts.steps.fetch_add(1, Ordering::Relaxed);
            self.counts.events.fetch_add(events as u64, Ordering::Relaxed);
            self.counts.times.lock().unwrap_or_else(PoisonError::into_inner).push(started.elapsed());
        }
        self.written.send_modify(|newest| *newest = appended.position.max(*newest));
        self.tell(rollouts);
        Ok(appended)
    }
    async fn claim(&self, holder: &str, now: Steady, limit: u32) -> Result<Vec<Lease>, Fault> {
        let leases = self.inner.claim(holder, now, limit).await?;
        self.counts.leased.fetch_add(leases.len() as u64, Ordering::Relaxed);
        Ok(leases)
    }
    async fn release(&self, lease: &Lease, seen_version: u64, next: Option<Steady>) -> Result<(), Fault> {
        self.inner.release(lease, seen_version, next).await?;
        self.counts.releases.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}
