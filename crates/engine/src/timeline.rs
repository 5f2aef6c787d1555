//! The installation's own timeline: it goes on across restarts and does not follow jumps of the wall clock.
//!
//! Invariant: never runs backwards. Within one boot of the machine it follows the time since boot; across boots it
//! follows the wall clock, but never back, and never before what was recorded. Deliberately not here: reading any clock.

use serde::{Deserialize, Serialize};
use tidegate_domain::moment::{Moment, Steady};
use tidegate_ports::{EventsAfter, Fault, Journal};

/// What the machine's clocks say at one instant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// Names this boot of the machine.
    pub boot: String,
    /// Milliseconds since that boot, also counting sleep.
    pub since_boot_ms: u64,
    pub wall_ms: u64,
}

/// Of the newest events, how many are looked at for the latest: what is committed together was drawn up side by side.
const NEWEST_LOOKED_AT: u32 = 4_000;

/// The latest time that stands in the log; the beginning of time for an empty one.
pub async fn latest(journal: &dyn Journal) -> Result<Steady, Fault> {
    let after = |position, limit| journal.events(EventsAfter { position, stream: None, limit });
    let (mut some, mut none) = (0, 1);
    while !after(none, 1).await?.is_empty() {
        (some, none) = (none, none.saturating_mul(2));
    }
    while none - some > 1 {
        let middle = some + (none - some) / 2;
        if after(middle, 1).await?.is_empty() { none = middle } else { some = middle }
    }
    let newest = after(none.saturating_sub(u64::from(NEWEST_LOOKED_AT)), NEWEST_LOOKED_AT).await?;
    Ok(newest.iter().map(|entry| entry.at.steady).max().unwrap_or_default())
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

    /// Never before what stands in the log: the kept timeline may be a little older than the newest event, or lost.
    #[must_use]
    pub fn not_before(self, latest: Steady) -> Self {
        Self { steady: self.steady.max(latest), ..self }
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

    #[test]
    fn it_is_never_before_the_newest_event() {
        let kept = Timeline::begin(reading("a", 1_000, 50 * DAY_MS));
        // The power went 1.5 s after it was last kept, and the wall clock came back a day early.
        let newest = Steady(50 * DAY_MS + 1_500);
        let now = reading("b", 5, 49 * DAY_MS);
        let started = kept.resume(now.clone()).not_before(newest);
        assert_eq!(started.at(&now).steady, newest);
        assert_eq!(started.at(&reading("b", 1_005, 0)).steady, newest.plus_seconds(1));
        let lost = Timeline::begin(now.clone()).not_before(newest);
        assert_eq!(lost.at(&now).steady, newest, "a lost file loses no time");
        let ahead = Timeline::begin(reading("b", 5, 60 * DAY_MS)).not_before(newest);
        assert_eq!(ahead.at(&now).steady, Steady(60 * DAY_MS));
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
