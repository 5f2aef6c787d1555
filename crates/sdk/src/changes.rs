//! Being told when flags change, or when they may be old.
//!
//! Invariant: whoever is slow is told of everything at once, and nothing is kept for them meanwhile. Deliberately not here:
//! what changes without a change, by a schedule or a rule that looks at the time.

use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::sync::watch;

use crate::definitions::Held;
use crate::shared::Shared;

/// What became another since it was last told.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Change {
    /// Flags that are defined in another way, that are new, or that are gone, in order.
    pub flags: Vec<String>,
    /// Whether what is known may be old.
    pub stale: bool,
}

/// From [`Client::changes`](crate::Client::changes).
pub struct Changes {
    shared: Arc<Shared>,
    /// The client's, which has timers.
    runtime: Handle,
    told: watch::Receiver<u64>,
    seen: Arc<Held>,
    was_stale: bool,
}

impl Changes {
    pub(crate) fn from_now(shared: &Arc<Shared>, runtime: Handle) -> Self {
        let told = shared.told.subscribe();
        let was_stale = shared.freshness.stale_for().is_some();
        Self { shared: Arc::clone(shared), runtime, told, seen: shared.held.load_full(), was_stale }
    }

    /// The next one; none once the client was stopped.
    pub async fn next(&mut self) -> Option<Change> {
        loop {
            // Marked before it is looked at, so that nothing between the two is missed.
            self.told.mark_unchanged();
            if let Some(change) = self.look() {
                return Some(change);
            }
            if self.shared.has_ended() {
                return None;
            }
            self.told.changed().await.ok()?;
        }
    }

    /// What became another until now, without waiting.
    pub fn look(&mut self) -> Option<Change> {
        let held = self.shared.held.load_full();
        let flags: Vec<String> = if Arc::ptr_eq(&held, &self.seen) {
            Vec::new()
        } else {
            held.set.differing(&self.seen.set).into_iter().map(str::to_owned).collect()
        };
        self.seen = held;
        let stale = self.shared.freshness.stale_for().is_some();
        let turned = std::mem::replace(&mut self.was_stale, stale) != stale;
        (turned || !flags.is_empty()).then_some(Change { flags, stale })
    }

    /// As [`next`](Self::next), for threads: none where nothing came within that time, too.
    pub fn wait(&mut self, within: Duration) -> Option<Change> {
        let until = Instant::now() + within;
        loop {
            self.told.mark_unchanged();
            if let Some(change) = self.look() {
                return Some(change);
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() || self.shared.has_ended() {
                return None;
            }
            let ((tell, heard), mut told) = (mpsc::channel(), self.told.clone());
            self.runtime.spawn(async move {
                let _in_time = tokio::time::timeout(left, told.changed()).await;
                let _heard = tell.send(());
            });
            let _told_or_not = heard.recv_timeout(left);
        }
    }
}
