//! The installation's own timeline: it goes on across restarts and does not follow jumps of the wall clock.
//!
//! Invariant: never runs backwards. Within one boot of the machine it follows the time since boot; across boots it
//! follows the wall clock, but never back. Deliberately not here: reading any clock.

use serde::{Deserialize, Serialize};
use tidegate_domain::moment::{Moment, Steady};

/// What the machine's clocks say at one instant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// Names this boot of the machine.
    pub boot: String,
    /// Milliseconds since that boot, also counting sleep.
    pub since_boot_ms: u64,
    pub wall_ms: u64,
}

/// Where the timeline stood at one reading; kept in a file so that a restart goes on from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timeline {
    anchor: Reading,
    steady: Steady,
}

impl Timeline {
    /// The first start of an installation: the timeline begins at the wall clock.
    pub fn begin(now: Reading) -> Self {
        let steady = Steady(now.wall_ms);
        Self { anchor: now, steady }
    }

    /// Goes on from a kept timeline, with `now` as the new anchor.
    #[must_use]
    pub fn resume(self, now: Reading) -> Self {
        let steady = self.steady_at(&now);
        Self { anchor: now, steady }
    }

    pub fn at(&self, now: &Reading) -> Moment {
        Moment { wall_ms: now.wall_ms, steady: self.steady_at(now) }
    }

    fn steady_at(&self, now: &Reading) -> Steady {
        let passed = if now.boot == self.anchor.boot {
            now.since_boot_ms.saturating_sub(self.anchor.since_boot_ms)
        } else {
            now.wall_ms.saturating_sub(self.anchor.wall_ms)
        };
        self.steady.plus_ms(passed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn reading(boot: &str, since_boot_ms: u64, wall_ms: u64) -> Reading {
        Reading { boot: boot.to_owned(), since_boot_ms, wall_ms }
    }

    const DAY_MS: u64 = 86_400_000;

    #[test]
    fn a_jump_of_the_wall_clock_moves_no_timer() {
        let timeline = Timeline::begin(reading("a", 1_000, 50 * DAY_MS));
        for wall_ms in [51 * DAY_MS, 49 * DAY_MS, 50 * DAY_MS + 3_600_000] {
            let moment = timeline.at(&reading("a", 3_000, wall_ms));
            assert_eq!(moment, Moment { wall_ms, steady: Steady(50 * DAY_MS + 2_000) });
        }
    }

    #[test]
    fn a_restart_goes_on_from_the_recorded_time() {
        let kept = Timeline::begin(reading("a", 1_000, 50 * DAY_MS));
        let jumped = kept.clone().resume(reading("a", 61_000, 52 * DAY_MS));
        assert_eq!(jumped.at(&reading("a", 61_000, 52 * DAY_MS)).steady, Steady(50 * DAY_MS + 60_000));
        let rebooted = kept.resume(reading("b", 5, 50 * DAY_MS + 90_000));
        assert_eq!(rebooted.at(&reading("b", 5, 0)).steady, Steady(50 * DAY_MS + 90_000));
    }

    proptest! {
        #[test]
        fn it_never_runs_backwards(steps in prop::collection::vec((any::<bool>(), 0u64..10_000, 0u64..u64::from(u32::MAX)), 1..40)) {
            let (mut boot, mut since) = (0, 0);
            let mut timeline = Timeline::begin(reading("0", 0, 1_000_000));
            let mut last = Steady(0);
            for (reboot, passed, wall_ms) in steps {
                if reboot {
                    (boot, since) = (boot + 1, 0);
                }
                since += passed;
                timeline = timeline.resume(reading(&boot.to_string(), since, wall_ms));
                let now = timeline.at(&reading(&boot.to_string(), since, wall_ms)).steady;
                prop_assert!(now >= last);
                last = now;
            }
        }
    }
}
