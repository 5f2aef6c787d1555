//! What stands in the way of a stretch of time, and when the next one of the same length is free.
//!
//! Invariant: pure; a time that is called free touches none of what holds it, and lies within what was looked at. Deliberately not
//! here: what holds time (calendars, other plans, rollouts), which whoever asks gathers.

use serde::Serialize;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Hold {
    /// Milliseconds since 1970; its end is outside of it.
    pub from_ms: u64,
    pub until_ms: u64,
    /// `freeze`, `outside-windows`, `plan` or `rollout`.
    pub kind: &'static str,
    /// The name of the freeze, the version of the plan, the id of the rollout.
    pub who: String,
    /// Where, if it holds in one place only.
    pub environment: Option<String>,
    /// Why, as a sentence's part.
    pub why: String,
}

impl Hold {
    fn touches(&self, (from_ms, until_ms): (u64, u64)) -> bool {
        self.from_ms < until_ms && from_ms < self.until_ms
    }
}

/// In the order of their beginnings.
pub fn conflicts(window: (u64, u64), holds: &[Hold]) -> Vec<&Hold> {
    let mut found: Vec<&Hold> = holds.iter().filter(|hold| hold.touches(window)).collect();
    found.sort();
    found
}

/// The earliest beginning, not before the window's own and not before `now_ms`, from which a window of this length is held by nobody;
/// none before `horizon_ms`.
pub fn next_free(window: (u64, u64), holds: &[Hold], (now_ms, horizon_ms): (u64, u64)) -> Option<u64> {
    let lasts_ms = window.1.saturating_sub(window.0);
    let first = window.0.max(now_ms);
    let mut sorted: Vec<&Hold> = holds.iter().filter(|hold| hold.until_ms > first).collect();
    sorted.sort();
    let mut at = first;
    // By their beginnings: what was passed never holds a later beginning anew but by its end, which `at` is behind already.
    for hold in sorted {
        if hold.from_ms >= at.saturating_add(lasts_ms) {
            break;
        }
        at = at.max(hold.until_ms);
    }
    (at.checked_add(lasts_ms)? <= horizon_ms).then_some(at)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn hold((from_ms, lasts_ms): (u64, u64)) -> Hold {
        let (kind, who, why) = ("freeze", "x".to_owned(), String::new());
        Hold { from_ms, until_ms: from_ms + lasts_ms, kind, who, environment: None, why }
    }

    #[test]
    fn the_next_free_time_comes_after_what_holds_this_one() {
        let holds = [hold((10, 10)), hold((25, 5)), hold((18, 4))];
        assert_eq!(conflicts((19, 24), &holds).len(), 2);
        assert_eq!(conflicts((20, 21), &holds).len(), 1);
        assert_eq!(next_free((12, 15), &holds, (0, 100)), Some(22));
        assert_eq!(next_free((12, 17), &holds, (0, 100)), Some(30));
        assert_eq!(next_free((12, 17), &holds, (0, 34)), None);
        assert_eq!(next_free((12, 15), &holds, (50, 100)), Some(50));
        assert_eq!(next_free((30, 40), &holds, (0, 100)), Some(30));
    }

    proptest! {
        #[test]
        fn what_is_free_is_held_by_nobody_and_nothing_before_it_is(
            holds in prop::collection::vec((0_u64..60, 1_u64..10), 0..8), from in 0_u64..50, lasts in 1_u64..10,
        ) {
            let holds: Vec<Hold> = holds.into_iter().map(hold).collect();
            let free = |at: u64| conflicts((at, at + lasts), &holds).is_empty();
            let found = next_free((from, from + lasts), &holds, (0, 1_000)).unwrap();
            prop_assert!(free(found));
            prop_assert!((from..found).all(|at| !free(at)));
        }
    }
}
