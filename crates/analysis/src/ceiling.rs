//! Absolute ceilings: watches one [`Trigger`] over a rolling window of both arms.
//!
//! Invariant: nothing fires before the whole duration was watched, at the threshold, or on a few chance
//! failures; in attributed mode a breach that stable shares never blames the candidate. Not here: the
//! e-process; ceilings are the part of the rule without a proof of their false-alarm rate.

use crate::block::Block;
use crate::counters::ArmCounters;
use crate::exact;
use crate::trigger::{CeilingMode, Trigger};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// A window is kept in at most about this many cells, however long it is.
const CELLS: u64 = 48;
/// Chernoff exponent below which an excess may be chance: e^-5.3 is 0.5 %.
const CHANCE_NATS: f64 = 5.3;
/// How much worse than stable the candidate must be to be blamed.
const BLAME_RATIO: f64 = 1.5;

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Window {
    watched_since_ms: Option<u64>,
    cells: VecDeque<Cell>,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Cell {
    end_ms: u64,
    length_ms: u64,
    candidate: Counted,
    stable: Counted,
}

#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
struct Counted {
    #[serde(with = "exact")]
    requests: f64,
    #[serde(with = "exact")]
    events: f64,
}

impl Counted {
    fn add(&mut self, other: Counted) {
        self.requests += other.requests;
        self.events += other.events;
    }

    fn exceeds(self, share: f64) -> bool {
        self.requests > 0.0 && self.events > share * self.requests
    }

    fn rate(self) -> f64 {
        if self.requests > 0.0 { self.events / self.requests } else { 0.0 }
    }
}

/// A trigger that is exceeded.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Breach {
    pub trigger: Trigger,
    /// Over the window: share of failed or too slow requests, or requests a second.
    pub candidate_value: f64,
    /// The same of stable, weighted by the candidate's traffic; `None` if stable served nothing.
    pub stable_value: Option<f64>,
    /// The candidate is to blame.
    pub attributed: bool,
}

impl Window {
    pub fn observe(&mut self, trigger: &Trigger, block: &Block, bounds_ms: &[f64]) {
        self.watched_since_ms.get_or_insert(block.end_ms.saturating_sub(block.length_ms));
        let duration_ms = trigger.duration_seconds * 1_000;
        let cell = Cell {
            end_ms: block.end_ms,
            length_ms: block.length_ms,
            candidate: count(trigger, &block.candidate, bounds_ms),
            stable: count(trigger, &block.stable, bounds_ms),
        };
        match self.cells.back_mut() {
            Some(last) if last.length_ms + cell.length_ms <= duration_ms / CELLS => {
                last.end_ms = cell.end_ms;
                last.length_ms += cell.length_ms;
                last.candidate.add(cell.candidate);
                last.stable.add(cell.stable);
            }
            _ => self.cells.push_back(cell),
        }
        while self.cells.len() > 2 * CELLS as usize || self.front_has_left(duration_ms) {
            self.cells.pop_front();
        }
    }

    /// Most of the oldest cell lies before the window, and the others reach back to its beginning without it. Where the
    /// cells are as long as the window or longer, the newest is all there is to see, and stays.
    fn front_has_left(&self, duration_ms: u64) -> bool {
        let (Some(front), Some(next), Some(last)) =
            (self.cells.front(), self.cells.get(1), self.cells.back())
        else {
            return false;
        };
        let now_ms = last.end_ms;
        let outside = now_ms.saturating_sub(front.end_ms) >= duration_ms;
        let reach_ms = now_ms.saturating_sub(next.end_ms) + next.length_ms;
        outside || (age_ms(front, now_ms) >= duration_ms && reach_ms * 10 >= duration_ms * 9)
    }

    /// Whether the trigger is exceeded now, and by whose fault.
    pub fn breach(&self, trigger: &Trigger, mode: CeilingMode) -> Option<Breach> {
        let now_ms = self.cells.back()?.end_ms;
        let duration_ms = trigger.duration_seconds * 1_000;
        if now_ms.saturating_sub(self.watched_since_ms?) < duration_ms {
            return None;
        }
        let Some(share) = trigger.share() else { return self.throughput_breach(trigger) };
        let stable_value = self.stable_rate();
        let candidate_value = self.total().rate();
        let literal = mode == CeilingMode::Strict || stable_value.is_none();
        let exceeded = if literal {
            self.every_third(duration_ms, |cells| cells.iter().all(|cell| cell.candidate.exceeds(share)))
        } else {
            self.clearly_exceeds(share)
                && self.every_third(duration_ms, |cells| sum(cells.iter()).exceeds(share))
        };
        let attributed = literal
            || stable_value.is_some_and(|rate| rate <= share && candidate_value >= BLAME_RATIO * rate);
        exceeded.then_some(Breach { trigger: *trigger, candidate_value, stable_value, attributed })
    }

    fn throughput_breach(&self, trigger: &Trigger) -> Option<Breach> {
        let rate = |cell: &Cell| cell.candidate.requests * 1_000.0 / cell.length_ms.max(1) as f64;
        let exceeded = self.cells.iter().all(|cell| rate(cell) > trigger.threshold);
        let length_ms: u64 = self.cells.iter().map(|cell| cell.length_ms).sum();
        let candidate_value = self.total().requests * 1_000.0 / length_ms.max(1) as f64;
        exceeded.then_some(Breach {
            trigger: *trigger,
            candidate_value,
            stable_value: None,
            attributed: true,
        })
    }

    fn total(&self) -> Counted {
        sum(self.cells.iter())
    }

    fn clearly_exceeds(&self, share: f64) -> bool {
        let total = self.total();
        let expected = share * total.requests;
        let nats = total.events * (total.events / expected).ln() - (total.events - expected);
        total.exceeds(share) && nats >= CHANCE_NATS
    }

    /// What stable would show with the candidate's traffic over time: sum n_c,i (x_b/n_b)_i / sum n_c,i.
    fn stable_rate(&self) -> Option<f64> {
        let paired = || self.cells.iter().filter(|cell| cell.stable.requests > 0.0);
        let requests: f64 = paired().map(|cell| cell.candidate.requests).sum();
        let events: f64 = paired().map(|cell| cell.candidate.requests * cell.stable.rate()).sum();
        (requests > 0.0).then(|| events / requests)
    }

    /// Holds for the cells with candidate traffic in each third of the window, none of them empty. A third in which no
    /// cell has its middle is judged by the one that spans it.
    fn every_third(&self, duration_ms: u64, holds: impl Fn(&[Cell]) -> bool) -> bool {
        let Some(now_ms) = self.cells.back().map(|cell| cell.end_ms) else { return false };
        (0..3).all(|third| {
            let within = |cell: &&Cell| {
                cell.candidate.requests > 0.0 && age_ms(cell, now_ms) * 3 / duration_ms == third
            };
            let mut cells: Vec<Cell> = self.cells.iter().filter(within).copied().collect();
            if cells.is_empty() {
                let at_ms = duration_ms * (2 * third + 1) / 6;
                let spans = |cell: &&Cell| cell.candidate.requests > 0.0 && spans(cell, now_ms, at_ms);
                cells.extend(self.cells.iter().filter(spans));
            }
            !cells.is_empty() && holds(&cells)
        })
    }
}

fn sum<'a>(cells: impl Iterator<Item = &'a Cell>) -> Counted {
    cells.fold(Counted::default(), |mut sum, cell| {
        sum.add(cell.candidate);
        sum
    })
}

/// How long ago the middle of a cell was.
fn age_ms(cell: &Cell, now_ms: u64) -> u64 {
    now_ms.saturating_sub(cell.end_ms) + cell.length_ms / 2
}

/// Whether the cell contains the instant that lies this long ago.
fn spans(cell: &Cell, now_ms: u64, ago_ms: u64) -> bool {
    let end_ms = now_ms.saturating_sub(cell.end_ms);
    (end_ms..end_ms + cell.length_ms).contains(&ago_ms)
}

fn count(trigger: &Trigger, counters: &ArmCounters, bounds_ms: &[f64]) -> Counted {
    if trigger.metric.slower_share().is_none() {
        return Counted { requests: counters.requests as f64, events: counters.errors as f64 };
    }
    let timed = counters.timed() as f64;
    Counted { requests: timed, events: slower_than(trigger.threshold, counters, bounds_ms) }
}

/// Requests slower than a threshold, with a straight line between the two edges around it, as Prometheus
/// draws it for quantiles.
fn slower_than(threshold_ms: f64, counters: &ArmCounters, bounds_ms: &[f64]) -> f64 {
    let upper = bounds_ms.partition_point(|bound| *bound < threshold_ms);
    if upper >= bounds_ms.len() || counters.buckets.len() != bounds_ms.len() + 1 {
        return 0.0;
    }
    let (low_ms, low) = match upper.checked_sub(1) {
        Some(edge) => (bounds_ms[edge], counters.slower_than(edge) as f64),
        None => (0.0, counters.timed() as f64),
    };
    let high = counters.slower_than(upper) as f64;
    low + (high - low) * (threshold_ms - low_ms) / (bounds_ms[upper] - low_ms)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trigger::Metric;

    const ERRORS: Trigger = Trigger { metric: Metric::ErrorRate, threshold: 0.05, duration_seconds: 60 };

    fn arm(requests: u64, errors: u64) -> ArmCounters {
        ArmCounters { requests, errors, buckets: vec![] }
    }

    fn block(number: u64, stable: (u64, u64), candidate: (u64, u64)) -> Block {
        Block {
            end_ms: (number + 1) * 5_000,
            length_ms: 5_000,
            weight_basis_points: 1_000,
            stable: arm(stable.0, stable.1),
            candidate: arm(candidate.0, candidate.1),
        }
    }

    /// The block at which it first fires, and whether the candidate is blamed.
    fn fires(
        mode: CeilingMode,
        trigger: &Trigger,
        blocks: impl Iterator<Item = Block>,
    ) -> Option<(u64, bool)> {
        let mut window = Window::default();
        for block in blocks {
            window.observe(trigger, &block, &[]);
            if let Some(breach) = window.breach(trigger, mode) {
                return Some((block.end_ms / 1_000, breach.attributed));
            }
        }
        None
    }

    #[test]
    fn table() {
        use CeilingMode::{Attributed, Strict};
        type Blocks = fn(u64) -> Block;
        let cases: [(&str, CeilingMode, Blocks, Option<(u64, bool)>); 9] = [
            ("over, for the whole minute", Strict, |i| block(i, (100, 0), (100, 6)), Some((60, true))),
            ("exactly at the threshold", Strict, |i| block(i, (100, 0), (100, 5)), None),
            ("one good block", Strict, |i| block(i, (100, 0), (100, if i % 11 == 9 { 0 } else { 50 })), None),
            ("blamed", Attributed, |i| block(i, (100, 1), (100, 10)), Some((60, true))),
            ("shared", Attributed, |i| block(i, (100, 30), (100, 30)), Some((60, false))),
            ("shared, taken literally", Strict, |i| block(i, (100, 30), (100, 30)), Some((60, true))),
            ("too few to tell", Attributed, |i| block(i, (100, 0), (1, u64::from(i % 10 == 0))), None),
            (
                "a burst in one third",
                Attributed,
                |i| block(i, (100, 0), (100, if i % 12 == 3 { 100 } else { 0 })),
                None,
            ),
            ("no stable left to compare", Attributed, |i| block(i, (0, 0), (100, 10)), Some((60, true))),
        ];
        for (name, mode, blocks, expect) in cases {
            assert_eq!(fires(mode, &ERRORS, (0..40).map(blocks)), expect, "{name}");
        }
    }

    #[test]
    fn the_window_rolls() {
        let late = |i| block(i, (100, 0), (100, if i >= 30 { 20 } else { 0 }));
        assert_eq!(fires(CeilingMode::Strict, &ERRORS, (0..60).map(late)), Some((210, true)));
    }

    /// When a trigger of this many seconds fires on scrapes this long.
    fn coarse(duration_seconds: u64, scrape_seconds: u64) -> Option<(u64, bool)> {
        let trigger = Trigger { duration_seconds, ..ERRORS };
        let blocks = (0..40).map(|i| Block {
            end_ms: (i + 1) * scrape_seconds * 1_000,
            length_ms: scrape_seconds * 1_000,
            ..block(i, (100, 0), (100, 20))
        });
        fires(CeilingMode::Attributed, &trigger, blocks)
    }

    #[test]
    fn scrapes_longer_than_a_third_of_the_window_count_for_all_that_they_span() {
        let table = [
            ((1, 5), 5),
            ((2, 5), 5),
            ((5, 5), 5),
            ((7, 5), 10),
            ((10, 5), 10),
            ((14, 5), 15),
            ((60, 30), 60),
            ((60, 45), 90),
            ((60, 300), 300),
            ((2, 1), 2),
            ((3, 1), 3),
        ];
        for ((duration, scrape), expect) in table {
            assert_eq!(
                coarse(duration, scrape),
                Some((expect, true)),
                "{duration} s by scrapes of {scrape} s"
            );
        }
    }

    #[test]
    fn a_short_window_forgets_too() {
        let brief = Trigger { duration_seconds: 7, ..ERRORS };
        let early = |i| block(i, (100, 0), (100, if i == 0 { 100 } else { 0 }));
        assert_eq!(
            fires(CeilingMode::Attributed, &brief, (0..20).map(early)),
            None,
            "one bad block of five seconds"
        );
        let mut window = Window::default();
        for i in 0..1_000 {
            window.observe(&brief, &block(i, (100, 0), (100, 20)), &[]);
            assert!(window.cells.len() <= 3, "{}", window.cells.len());
        }
    }

    #[test]
    fn requests_per_second() {
        let busy = Trigger { metric: Metric::RequestsPerSecond, threshold: 20.0, duration_seconds: 10 };
        let blocks = |per_block: u64| (0..10).map(move |i| block(i, (0, 0), (per_block, 0)));
        assert_eq!(fires(CeilingMode::Attributed, &busy, blocks(100)), None, "at the threshold");
        assert_eq!(fires(CeilingMode::Attributed, &busy, blocks(101)), Some((10, true)));
    }

    #[test]
    fn latency_between_edges() {
        let counters = ArmCounters { requests: 100, errors: 0, buckets: vec![50, 90, 100] };
        let bounds = [100.0, 200.0];
        let table = [(100.0, 50.0), (150.0, 30.0), (200.0, 10.0), (50.0, 75.0), (250.0, 0.0)];
        for (threshold_ms, expect) in table {
            assert_eq!(slower_than(threshold_ms, &counters, &bounds), expect, "{threshold_ms}");
        }
    }

    #[test]
    fn long_windows_stay_small() {
        let hour = Trigger { duration_seconds: 3_600, ..ERRORS };
        let mut window = Window::default();
        for i in 0..10_000 {
            window.observe(&hour, &block(i, (100, 0), (100, 6)), &[]);
            assert!(window.cells.len() <= 2 * CELLS as usize);
        }
        assert!(window.breach(&hour, CeilingMode::Strict).is_some());
    }
}
