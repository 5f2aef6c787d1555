//! A store that says when something was written to it, and which rollouts were measured.
//!
//! Invariant: whoever waits on `written` or for a measurement is woken after the write is durable, and sees it.
//! Deliberately not here: storing.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use tidegate_domain::id::{RolloutId, StreamId};
use tidegate_ports::{AppendError, Appended, Around, Batch, Fault, Sample, Store};
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
impl Around for Announcing {
    fn inner(&self) -> &dyn Store {
        &*self.inner
    }
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
}
