//! Cumulative counters of one arm, and the difference between two readings of them.
//!
//! Invariant: a difference never holds more events than requests, never a histogram that falls, and
//! never counts a request twice. Not here: rates; dividing happens where a formula asks for it.

use crate::sample::Instance;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Instances of one arm that are followed at a time; those beyond it are left out of the sum, which
/// makes a smaller sample and not a wrong one.
pub const INSTANCES_MAX: usize = 512;

/// Counters since the start of an instance, as a histogram in the style of Prometheus exposes them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ArmCounters {
    pub requests: u64,
    pub errors: u64,
    /// Requests not slower than each bucket edge, cumulative over the edges; the last is `+Inf`.
    /// Empty where latency is not measured.
    #[serde(default)]
    pub buckets: Vec<u64>,
}

impl ArmCounters {
    /// What was counted since `earlier`. A counter that went back started again from zero.
    pub fn since(&self, earlier: &ArmCounters) -> ArmCounters {
        let restarted = self.requests < earlier.requests;
        let requests = if restarted { self.requests } else { self.requests - earlier.requests };
        let errors = if restarted || self.errors < earlier.errors {
            self.errors
        } else {
            self.errors - earlier.errors
        };
        let histogram_restarted = restarted
            || self.buckets.len() != earlier.buckets.len()
            || self.buckets.iter().zip(&earlier.buckets).any(|(now, then)| now < then);
        let buckets = if histogram_restarted {
            self.buckets.clone()
        } else {
            self.buckets.iter().zip(&earlier.buckets).map(|(now, then)| now - then).collect()
        };
        ArmCounters { requests, errors, buckets }.mended()
    }

    /// A scrape torn between two counters can show more failures than requests, or a falling histogram.
    fn mended(mut self) -> ArmCounters {
        self.errors = self.errors.min(self.requests);
        let mut floor = 0;
        for count in &mut self.buckets {
            floor = floor.max(*count);
            *count = floor;
        }
        self
    }

    /// Adds counts of the same instant from another instance. Histograms of different shape add up to
    /// none: a sum over half the instances would be blamed on the other half.
    pub fn add(&mut self, other: &ArmCounters) {
        self.requests = self.requests.saturating_add(other.requests);
        self.errors = self.errors.saturating_add(other.errors);
        if self.buckets.is_empty() {
            self.buckets.clone_from(&other.buckets);
        } else if self.buckets.len() == other.buckets.len() {
            for (sum, more) in self.buckets.iter_mut().zip(&other.buckets) {
                *sum = sum.saturating_add(*more);
            }
        } else {
            self.buckets.iter_mut().for_each(|sum| *sum = 0);
        }
    }

    /// Requests whose latency was measured.
    pub fn timed(&self) -> u64 {
        self.buckets.last().copied().unwrap_or(0)
    }

    /// Requests slower than the bucket edge of this index.
    pub fn slower_than(&self, edge: usize) -> u64 {
        self.timed().saturating_sub(self.buckets.get(edge).copied().unwrap_or(0))
    }
}

/// The last accepted counters of every instance of one arm.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Snapshot {
    instances: BTreeMap<Instance, ArmCounters>,
}

impl Snapshot {
    /// Sums what each known instance counted since the last call, and remembers the new readings.
    ///
    /// An instance that was not in the last reading only starts to be followed: how long its counts
    /// took is unknown, and counts of another period are a confounder.
    pub fn advance(&mut self, now: &BTreeMap<Instance, ArmCounters>) -> ArmCounters {
        let mut sum = ArmCounters::default();
        for (instance, counters) in now {
            if let Some(earlier) = self.instances.get(instance) {
                sum.add(&counters.since(earlier));
            }
        }
        self.remember(now);
        sum
    }

    /// Starts again from these readings, counting nothing.
    pub fn remember(&mut self, now: &BTreeMap<Instance, ArmCounters>) {
        let known = now.iter().filter(|(instance, _)| self.instances.contains_key(*instance));
        let new = now.iter().filter(|(instance, _)| !self.instances.contains_key(*instance));
        let kept =
            known.chain(new).take(INSTANCES_MAX).map(|(name, counters)| (name.clone(), counters.clone()));
        self.instances = kept.collect();
    }

    pub fn len(&self) -> usize {
        self.instances.len()
    }

    pub fn is_empty(&self) -> bool {
        self.instances.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counters(requests: u64, errors: u64, buckets: &[u64]) -> ArmCounters {
        ArmCounters { requests, errors, buckets: buckets.to_vec() }
    }

    #[test]
    fn differences() {
        let table = [
            ("plain", counters(10, 1, &[4, 10]), counters(30, 2, &[9, 30]), counters(20, 1, &[5, 20])),
            ("restart", counters(900, 9, &[5, 900]), counters(7, 2, &[3, 7]), counters(7, 2, &[3, 7])),
            ("restart that overtook", counters(5, 4, &[]), counters(8, 1, &[]), counters(3, 1, &[])),
            ("torn", counters(10, 0, &[]), counters(12, 5, &[]), counters(2, 2, &[])),
            ("falling buckets", counters(0, 0, &[0, 0]), counters(5, 0, &[5, 3]), counters(5, 0, &[5, 5])),
            ("bounds changed", counters(5, 0, &[5]), counters(9, 0, &[1, 9]), counters(4, 0, &[1, 9])),
        ];
        for (name, earlier, now, expect) in table {
            assert_eq!(now.since(&earlier), expect, "{name}");
        }
    }

    #[test]
    fn resets_are_handled_per_instance_before_summing() {
        let read = |a: u64, b: u64| {
            BTreeMap::from([
                (Instance::from("a"), counters(a, 0, &[])),
                (Instance::from("b"), counters(b, 0, &[])),
            ])
        };
        let mut arm = Snapshot::default();
        assert_eq!(arm.advance(&read(1_000, 500)).requests, 0, "the first reading is only a start");
        // One instance restarts: the sum falls from 1 500 to 530, yet 50 requests were served.
        assert_eq!(arm.advance(&read(20, 530)).requests, 50);
    }

    #[test]
    fn an_instance_that_was_away_starts_again() {
        let both = BTreeMap::from([
            (Instance::from("a"), counters(10, 0, &[])),
            (Instance::from("b"), counters(10, 0, &[])),
        ]);
        let one = BTreeMap::from([(Instance::from("a"), counters(20, 0, &[]))]);
        let back = BTreeMap::from([
            (Instance::from("a"), counters(30, 0, &[])),
            (Instance::from("b"), counters(90, 80, &[])),
        ]);
        let mut arm = Snapshot::default();
        arm.advance(&both);
        arm.advance(&one);
        assert_eq!(arm.advance(&back), counters(10, 0, &[]));
    }

    #[test]
    fn followed_instances_are_limited() {
        let crowd = |from: usize| {
            (from..from + 2 * INSTANCES_MAX)
                .map(|i| (Instance(format!("i{i:05}")), counters(1, 0, &[])))
                .collect::<BTreeMap<_, _>>()
        };
        let mut arm = Snapshot::default();
        arm.advance(&crowd(0));
        arm.advance(&crowd(5));
        assert_eq!(arm.len(), INSTANCES_MAX);
    }
}
