//! Whether a rollout gets anywhere: complete, progressing, or stalled past its deadline.
//!
//! Invariant: progress is measured against the best ever seen, so a crash loop whose ready count goes up and down
//! makes none after its first turn. Deliberately not here: any clock, and which time counts (holds for a person,
//! windows and gates do not); the caller passes the milliseconds in which the rollout could move.

use serde::{Deserialize, Serialize};

/// All replicas of a component, of whatever version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Headcount {
    pub current: u32,
    /// Those that run the candidate.
    pub updated: u32,
    pub ready: u32,
    /// Ready for at least the minimum time.
    pub available: u32,
}

impl Headcount {
    /// Every replica wanted runs the candidate and is available, and none else is left.
    pub fn is_complete(self, desired: u32) -> bool {
        self.updated == desired && self.current == desired && self.available == desired
    }

    fn outdated(self) -> u32 {
        self.current.saturating_sub(self.updated)
    }
}

/// The best of each count that a rollout has reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgressMarks {
    updated_most: u32,
    outdated_least: u32,
    ready_most: u32,
    available_most: u32,
}

impl ProgressMarks {
    pub fn of(now: Headcount) -> Self {
        Self {
            updated_most: now.updated,
            outdated_least: now.outdated(),
            ready_most: now.ready,
            available_most: now.available,
        }
    }

    /// Whether any count is better than it ever was.
    pub fn are_beaten_by(self, now: Headcount) -> bool {
        now.updated > self.updated_most
            || now.outdated() < self.outdated_least
            || now.ready > self.ready_most
            || now.available > self.available_most
    }

    #[must_use]
    pub fn raised_by(self, now: Headcount) -> Self {
        Self {
            updated_most: self.updated_most.max(now.updated),
            outdated_least: self.outdated_least.min(now.outdated()),
            ready_most: self.ready_most.max(now.ready),
            available_most: self.available_most.max(now.available),
        }
    }
}

/// `stalled_ms` is the time since the last progress in which the rollout could move. Exactly at the deadline is not
/// late yet; a complete rollout never is, and without a deadline none is.
pub fn stalled_too_long(stalled_ms: u64, deadline_ms: Option<u64>, is_complete: bool) -> bool {
    !is_complete && deadline_ms.is_some_and(|deadline_ms| stalled_ms > deadline_ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flapping_crash_loop_is_no_progress() {
        let at = |ready| Headcount { current: 4, updated: 1, ready, available: 3 };
        let mut marks = ProgressMarks::of(at(3));
        assert!(marks.are_beaten_by(at(4)), "the first time a replica becomes ready counts");
        marks = marks.raised_by(at(4));
        for ready in [3, 4, 3, 4, 2, 4] {
            assert!(!marks.are_beaten_by(at(ready)));
            marks = marks.raised_by(at(ready));
        }
    }

    #[test]
    fn a_stall_is_late_only_past_its_deadline() {
        for (stalled_ms, deadline_ms, is_complete, late) in [
            (10_000, Some(10_000), false, false),
            (10_001, Some(10_000), false, true),
            (u64::MAX, Some(10_000), true, false),
            (u64::MAX, None, false, false),
        ] {
            assert_eq!(stalled_too_long(stalled_ms, deadline_ms, is_complete), late, "{stalled_ms}");
        }
    }
}
