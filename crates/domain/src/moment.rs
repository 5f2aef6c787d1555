//! Time as an argument: when something happened, for people and for timers.
//!
//! Invariant: timers compare only steady time, which never runs backwards and never jumps with the wall clock;
//! wall time is for people and calendars. Deliberately not here: reading any clock.

use serde::{Deserialize, Serialize};

/// Milliseconds on the installation's own timeline: it goes on across restarts and ignores jumps of the wall clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Steady(pub u64);

impl Steady {
    #[must_use]
    pub fn plus_ms(self, ms: u64) -> Self {
        Self(self.0.saturating_add(ms))
    }
    #[must_use]
    pub fn plus_seconds(self, seconds: u64) -> Self {
        self.plus_ms(seconds.saturating_mul(1000))
    }
    /// Milliseconds since `earlier`; none when it lies ahead.
    pub fn since_ms(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// The two clocks read together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Moment {
    /// Milliseconds since 1970-01-01 UTC, for people and calendars.
    pub wall_ms: u64,
    pub steady: Steady,
}
