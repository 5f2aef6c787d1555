//! Since when it is not known that what is held is the newest there is.
//!
//! Invariant: reading takes no lock. It follows from what was heard last, so that it holds also where nobody follows any
//! more: after a fork, or on a machine that slept.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::{Duration, Instant};

use crate::follow::SILENCE;

/// Where nothing was ever known.
const NEVER: i64 = i64::MIN;
/// A follower that said nothing for so long does not follow.
const SILENCE_MAX_MS: i64 = SILENCE.as_millis() as i64 * 3 / 2;

pub(crate) struct Freshness {
    /// What times are counted from.
    began: Instant,
    /// When what is held was last known to be the newest, in milliseconds since then; before it, where a file knew.
    newest_ms: AtomicI64,
    well: AtomicBool,
}

impl Freshness {
    pub fn new() -> Self {
        Self { began: Instant::now(), newest_ms: AtomicI64::new(NEVER), well: AtomicBool::new(false) }
    }

    /// Whether that was otherwise before.
    pub fn newest(&self) -> bool {
        self.newest_ms.fetch_max(self.now_ms(), Ordering::Relaxed);
        !self.well.swap(true, Ordering::Relaxed)
    }

    pub fn stale(&self, since: Duration) -> bool {
        let since_ms = i64::try_from(since.as_millis()).unwrap_or(i64::MAX);
        self.newest_ms.fetch_max(self.now_ms().saturating_sub(since_ms), Ordering::Relaxed);
        self.cut_off()
    }

    pub fn cut_off(&self) -> bool {
        self.well.swap(false, Ordering::Relaxed)
    }

    pub fn stale_for(&self) -> Option<Duration> {
        let newest_ms = self.newest_ms.load(Ordering::Relaxed);
        let since_ms = self.now_ms().saturating_sub(newest_ms.max(-i64::MAX / 2));
        if self.well.load(Ordering::Relaxed) && since_ms <= SILENCE_MAX_MS {
            return None;
        }
        let since_ms = if newest_ms == NEVER { self.now_ms() } else { since_ms };
        Some(Duration::from_millis(since_ms.max(0).cast_unsigned()))
    }

    fn now_ms(&self) -> i64 {
        i64::try_from(self.began.elapsed().as_millis()).unwrap_or(i64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_old_says_for_how_long() {
        let fresh = Freshness::new();
        assert!(fresh.stale_for().is_some(), "nothing is known");
        assert!(!fresh.stale(Duration::from_secs(100)));
        assert!(fresh.stale_for().unwrap() >= Duration::from_secs(100), "a file knew");
        assert!(fresh.newest());
        assert!(!fresh.newest(), "it was well already");
        assert_eq!(fresh.stale_for(), None);
        assert!(fresh.cut_off());
        assert!(fresh.stale_for().unwrap() < Duration::from_secs(100));
        fresh.stale(Duration::from_hours(1));
        assert!(fresh.stale_for().unwrap() < Duration::from_secs(100), "somebody else knows less");
    }
}
