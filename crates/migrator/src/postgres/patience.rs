//! How long a migration waits for what others hold.
//!
//! Invariant: only waiting counts; and what works long each time is not begun again for ever.

use std::time::Duration;

use super::{ATTEMPT, PAUSE};

/// What worked longer than an attempt waits, and then did not get its lock, is not begun again for ever.
const LONG_ATTEMPTS_MAX: u32 = 5;

/// How long is still to be waited for locks. Work of one's own is not waiting.
pub(super) struct Patience {
    most: Duration,
    waited: Duration,
    long: u32,
}

impl Patience {
    pub(super) fn new(most: Duration) -> Self {
        Self { most, waited: Duration::ZERO, long: 0 }
    }

    /// Never more than was allowed, though there is a little between two attempts.
    pub(super) fn waited(&self) -> Duration {
        self.waited.min(self.most)
    }

    /// After an attempt that took so long and whose last statement waited in vain.
    pub(super) fn has_more_after(&mut self, took: Duration) -> bool {
        let waited = took.min(ATTEMPT).min(self.most);
        self.waited += waited;
        self.long += u32::from(took.saturating_sub(waited) > ATTEMPT);
        let has_more = self.waited < self.most && self.long < LONG_ATTEMPTS_MAX;
        if has_more {
            self.waited += PAUSE;
        }
        has_more
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{LONG_ATTEMPTS_MAX, Patience};

    #[test]
    fn work_of_its_own_is_not_waiting() {
        let second = Duration::from_secs(1);
        let mut patience = Patience::new(second * 3);
        let attempts = (0..100).take_while(|_| patience.has_more_after(second)).count();
        assert_eq!(attempts, 2, "each waits a second, and a little between");
        let mut patience = Patience::new(second * 30);
        assert!(patience.has_more_after(second * 60), "it worked a minute, and waited a second");
        let attempts = (0..100).take_while(|_| patience.has_more_after(second * 60)).count();
        assert_eq!(attempts + 2, LONG_ATTEMPTS_MAX as usize);
        assert!(!Patience::new(second / 2).has_more_after(second / 2));
    }
}
