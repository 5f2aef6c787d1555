//! What probes add up to: when an instance counts as ready, and when no longer.
//!
//! Invariant: pure; an instance becomes ready only after `min_ready_seconds` of unbroken success. Deliberately not
//! here: asking (`probe`), ending and starting again (`instance`).

use std::time::{Duration, Instant};

use tidegate_ports::InstanceState;

use super::probe::Failure;

/// One slow answer under load must not take capacity away just when it is short.
const FAILURES_UNTIL_UNREADY: u32 = 3;

#[derive(Debug, Clone)]
pub(crate) struct Health {
    min_ready: Duration,
    passing_since: Option<Instant>,
    failures: u32,
    pub(crate) ready_since: Option<Instant>,
    was_ready: bool,
}

impl Health {
    /// `ready` for an instance that was found running and was ready when it was last seen.
    pub(crate) fn new(min_ready_seconds: u64, ready: bool, now: Instant) -> Self {
        let since = ready.then_some(now);
        Self {
            min_ready: Duration::from_secs(min_ready_seconds),
            passing_since: since,
            failures: 0,
            ready_since: since,
            was_ready: ready,
        }
    }

    pub(crate) fn note(&mut self, outcome: Result<(), Failure>, now: Instant) -> (InstanceState, String) {
        match outcome {
            Ok(()) => {
                self.failures = 0;
                let passing = now.saturating_duration_since(*self.passing_since.get_or_insert(now));
                if self.ready_since.is_some() || passing >= self.min_ready {
                    self.ready_since.get_or_insert(now);
                    self.was_ready = true;
                    return (InstanceState::Ready, String::new());
                }
                let (done, all) = (passing.as_secs(), self.min_ready.as_secs());
                (self.not_ready(), format!("answers since {done} s of the {all} s that are asked for"))
            }
            Err(failure) => {
                self.failures += 1;
                if self.ready_since.is_some() && self.failures < FAILURES_UNTIL_UNREADY && !failure.refused {
                    return (InstanceState::Ready, failure.reason);
                }
                self.passing_since = None;
                self.ready_since = None;
                (self.not_ready(), failure.reason)
            }
        }
    }

    /// How long until the next probe is worth it.
    pub(crate) fn next_probe(&self, interval: Duration, now: Instant) -> Duration {
        match self.passing_since {
            Some(since) if self.ready_since.is_none() => {
                let left = self.min_ready.saturating_sub(now.saturating_duration_since(since));
                interval.min(left.max(Duration::from_millis(1)))
            }
            _ => interval,
        }
    }

    fn not_ready(&self) -> InstanceState {
        if self.was_ready { InstanceState::Unready } else { InstanceState::Starting }
    }
}

/// The pause before start number `crashes` + 1: 1 s, 2 s, 4 s … 5 min.
pub(crate) fn back_off(crashes_in_a_row: u32) -> Duration {
    const LONGEST_SECONDS: u64 = 300;
    let doublings = crashes_in_a_row.saturating_sub(1).min(16);
    Duration::from_secs((1 << doublings).min(LONGEST_SECONDS))
}

/// This long in good health, and earlier crashes are forgotten.
pub(crate) const FORGIVEN_AFTER: Duration = Duration::from_mins(10);

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(refused: bool) -> Result<(), Failure> {
        Err(Failure { reason: "no".to_owned(), refused })
    }

    /// Outcomes one second apart: `+` passes, `-` fails, `x` is refused. States: s, r, u.
    fn check(min_ready_seconds: u64, found_ready: bool, given: &str, expect: &str) {
        let start = Instant::now();
        let mut health = Health::new(min_ready_seconds, found_ready, start);
        let seen: String = (0_u64..)
            .zip(given.chars())
            .map(|(second, outcome)| {
                let outcome = if outcome == '+' { Ok(()) } else { failure(outcome == 'x') };
                match health.note(outcome, start + Duration::from_secs(second)).0 {
                    InstanceState::Starting => 's',
                    InstanceState::Ready => 'r',
                    InstanceState::Unready => 'u',
                    InstanceState::BackingOff | InstanceState::Stopping => '?',
                }
            })
            .collect();
        assert_eq!(seen, expect, "{given}");
    }

    #[test]
    fn ready_comes_late_and_goes_after_three_failures() {
        check(0, false, "x-+", "ssr");
        check(3, false, "+++++", "sssrr");
        check(3, false, "++-++++", "ssssssr");
        check(0, false, "+--+--+---+", "rrrrrrrrrur");
        check(2, false, "+++x+++", "ssruuur");
        check(3, true, "+", "r");
        check(3, true, "---+", "rruu");
        check(3, true, "x", "u");
    }

    #[test]
    fn the_pause_doubles_up_to_five_minutes() {
        let pauses: Vec<u64> = (1..12).map(|crashes| back_off(crashes).as_secs()).collect();
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
        assert_eq!(back_off(u32::MAX).as_secs(), 300);
    }

    #[test]
    fn the_last_probe_of_the_waiting_time_is_not_a_whole_interval_late() {
        let start = Instant::now();
        let mut health = Health::new(3, false, start);
        health.note(Ok(()), start);
        let at = start + Duration::from_millis(2_900);
        assert_eq!(health.next_probe(Duration::from_secs(10), at), Duration::from_millis(100));
        assert_eq!(
            Health::new(0, false, start).next_probe(Duration::from_secs(10), at),
            Duration::from_secs(10)
        );
    }
}
