//! A store whose disk can be full: what writes fails then, what reads goes on.

use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use tidegate_domain::moment::Steady;
use tidegate_ports::{Agenda, AppendError, Appended, Around, Batch, Fault, Journal, Lease, Store};
use tidegate_store::memory::MemoryStore;

/// A disk that can be full.
pub(super) struct Disk {
    pub inner: MemoryStore,
    pub full: AtomicBool,
}

impl Disk {
    fn check(&self) -> Result<(), Fault> {
        let full = self.full.load(Ordering::SeqCst);
        if full { Err(Fault::retry("disk-full", "no space")) } else { Ok(()) }
    }
}

#[async_trait]
impl Around for Disk {
    fn inner(&self) -> &dyn Store {
        &self.inner
    }
    async fn append(&self, batch: Batch) -> Result<Appended, AppendError> {
        self.check()?;
        self.inner.append(batch).await
    }
    async fn claim(&self, holder: &str, now: Steady, limit: u32) -> Result<Vec<Lease>, Fault> {
        self.check()?;
        self.inner.claim(holder, now, limit).await
    }
    async fn release(&self, lease: &Lease, seen_version: u64, next: Option<Steady>) -> Result<(), Fault> {
        self.check()?;
        self.inner.release(lease, seen_version, next).await
    }
}
