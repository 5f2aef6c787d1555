//! Turns samples into blocks: judged time, differences per instance, no interval across a weight change.
//!
//! Invariant: every request is counted at most once, whatever the order, spacing or gaps of samples.
//! Judged time never runs backwards and never counts time it cannot place. Not here: any statistics.

use crate::block::Block;
use crate::counters::Snapshot;
use crate::guard::NoData;
use crate::sample::{Reading, Sample};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Intake {
    last_at_ms: Option<u64>,
    judged_ms: u64,
    /// The clock stepped back: the next sample only starts anew.
    start_anew: bool,
    weight_basis_points: u16,
    /// Since when, on the samples' clock, the weight has been what it is.
    weight_since_ms: u64,
    /// Where the snapshots stand, on the samples' clock and in judged time.
    snapshot_at: Option<(u64, u64)>,
    stable: Snapshot,
    candidate: Snapshot,
    open: Option<Block>,
}

/// What one sample brought.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Accepted {
    pub blocks: Vec<Block>,
    /// What was counted since the sample before, however short that is; it is part of a block, now or later.
    pub piece: Option<Block>,
    pub missing: Option<NoData>,
    /// The clock did not advance; no counts were taken from this sample.
    pub ignored: bool,
}

impl Intake {
    pub fn judged_ms(&self) -> u64 {
        self.judged_ms
    }

    pub fn weight_since_ms(&self) -> u64 {
        self.weight_since_ms
    }

    pub fn weight_basis_points(&self) -> u16 {
        self.weight_basis_points
    }

    /// What has been gathered since the last block that was handed out.
    pub fn open(&self) -> Option<&Block> {
        self.open.as_ref()
    }

    /// Ends the block being gathered, and hands it out.
    pub fn close(&mut self) -> Option<Block> {
        self.open.take()
    }

    /// The weight changes at this instant; an interval that contains it will be dropped.
    pub fn weight_changed(&mut self, at_ms: u64) {
        self.weight_since_ms = self.weight_since_ms.max(at_ms);
    }

    pub fn accept(&mut self, sample: &Sample, block_ms: u64) -> Accepted {
        let Some(previous_at) = self.advance_clock(sample.at_ms) else {
            let missing = worst(&sample.stable, &sample.candidate);
            return Accepted { ignored: true, missing, ..Accepted::default() };
        };
        let mut accepted = Accepted::default();
        if sample.weight_basis_points != self.weight_basis_points {
            self.weight_basis_points = sample.weight_basis_points;
            self.weight_since_ms = self.weight_since_ms.max(previous_at);
            accepted.blocks.extend(self.open.take());
        }
        match (&sample.stable, &sample.candidate) {
            (Reading::Counters(_), Reading::Counters(_)) => {
                let piece = self.difference(sample);
                accepted.piece.clone_from(&piece);
                accepted.blocks.extend(self.gather(piece, block_ms));
                self.weight_since_ms = self.weight_since_ms.min(sample.at_ms);
            }
            (stable, candidate) => accepted.missing = worst(stable, candidate),
        }
        accepted
    }

    /// The time of the previous sample, or `None` if this one has to be ignored.
    fn advance_clock(&mut self, at_ms: u64) -> Option<u64> {
        let previous = self.last_at_ms.unwrap_or(at_ms);
        let first = self.last_at_ms.is_none();
        if !first && at_ms <= previous {
            if at_ms < previous {
                self.last_at_ms = Some(at_ms);
                self.start_anew = true;
                self.weight_since_ms = self.weight_since_ms.min(at_ms);
            }
            return None;
        }
        if self.start_anew {
            self.start_anew = false;
            self.snapshot_at = None;
        } else {
            self.judged_ms = self.judged_ms.saturating_add(at_ms - previous);
        }
        self.last_at_ms = Some(at_ms);
        Some(previous)
    }

    /// Counts since the snapshots, or `None` where they cannot be used; moves the snapshots here.
    fn difference(&mut self, sample: &Sample) -> Option<Block> {
        let (Reading::Counters(stable), Reading::Counters(candidate)) = (&sample.stable, &sample.candidate)
        else {
            return None;
        };
        let usable = self.snapshot_at.filter(|(at, _)| *at >= self.weight_since_ms);
        self.snapshot_at = Some((sample.at_ms, self.judged_ms));
        let stable = self.stable.advance(stable);
        let candidate = self.candidate.advance(candidate);
        let (_, from_ms) = usable?;
        Some(Block {
            end_ms: self.judged_ms,
            length_ms: self.judged_ms - from_ms,
            weight_basis_points: self.weight_basis_points,
            stable,
            candidate,
        })
    }

    /// Adds to the open block, and hands it out when it is long enough (a tenth short is scrape jitter)
    /// or when an unusable interval ends it.
    fn gather(&mut self, piece: Option<Block>, block_ms: u64) -> Option<Block> {
        let Some(piece) = piece else { return self.open.take() };
        match &mut self.open {
            Some(open) => open.append(&piece),
            None => self.open = Some(piece),
        }
        self.open.take_if(|open| open.length_ms * 10 >= block_ms * 9)
    }
}

fn worst(stable: &Reading, candidate: &Reading) -> Option<NoData> {
    let reason = |reading: &Reading| match reading {
        Reading::Missing(reason) => Some(*reason),
        Reading::Counters(_) => None,
    };
    reason(stable).max(reason(candidate))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::counters::ArmCounters;

    fn counted(requests: u64) -> Reading {
        Reading::whole(ArmCounters { requests, errors: 0, buckets: vec![] })
    }

    fn sample(at_ms: u64, weight: u16, candidate: u64) -> Sample {
        Sample {
            at_ms,
            weight_basis_points: weight,
            stable: counted(candidate * 9),
            candidate: counted(candidate),
        }
    }

    fn requests(intake: &mut Intake, samples: &[Sample]) -> Vec<u64> {
        let accepted = samples.iter().map(|sample| intake.accept(sample, 5_000));
        accepted.flat_map(|one| one.blocks).map(|block| block.candidate.requests).collect()
    }

    #[test]
    fn short_scrapes_are_gathered_and_long_ones_kept() {
        let mut intake = Intake::default();
        let every_second: Vec<_> = (0..=10).map(|i| sample(i * 1_000, 500, i * 10)).collect();
        assert_eq!(requests(&mut intake, &every_second), [50, 50]);
        assert_eq!(requests(&mut intake, &[sample(25_000, 500, 130)]), [30]);
        assert_eq!(intake.judged_ms(), 25_000);
    }

    #[test]
    fn jitter_does_not_double_a_block() {
        let mut intake = Intake::default();
        let times = [0, 4_990, 10_010, 14_980];
        let samples: Vec<_> = times.iter().zip(0..).map(|(at, i): (&u64, u64)| sample(*at, 500, i)).collect();
        assert_eq!(requests(&mut intake, &samples), [1, 1, 1]);
    }

    #[test]
    fn a_weight_change_at_a_sample_closes_the_block() {
        let mut intake = Intake::default();
        let samples =
            [sample(0, 500, 0), sample(3_000, 500, 7), sample(6_000, 2_500, 20), sample(9_000, 2_500, 40)];
        assert_eq!(requests(&mut intake, &samples), [7, 33]);
    }

    #[test]
    fn an_interval_with_a_weight_change_inside_is_dropped() {
        let mut intake = Intake::default();
        assert!(requests(&mut intake, &[sample(0, 500, 0)]).is_empty());
        intake.weight_changed(2_000);
        assert!(requests(&mut intake, &[sample(5_000, 2_500, 999)]).is_empty());
        assert_eq!(requests(&mut intake, &[sample(10_000, 2_500, 1_009)]), [10]);
    }

    #[test]
    fn a_sample_at_the_change_splits_instead() {
        let mut intake = Intake::default();
        requests(&mut intake, &[sample(0, 500, 0), sample(2_000, 500, 4)]);
        intake.weight_changed(2_000);
        assert_eq!(requests(&mut intake, &[sample(7_000, 2_500, 30)]), [4, 26]);
    }

    #[test]
    fn a_gap_keeps_the_snapshot() {
        let mut intake = Intake::default();
        requests(&mut intake, &[sample(0, 500, 0)]);
        let missing =
            Sample { candidate: Reading::Missing(NoData::SourceUnreachable), ..sample(5_000, 500, 0) };
        assert_eq!(intake.accept(&missing, 5_000).missing, Some(NoData::SourceUnreachable));
        assert_eq!(requests(&mut intake, &[sample(10_000, 500, 20)]), [20]);
    }

    #[test]
    fn a_gap_with_a_weight_change_in_it_is_dropped() {
        let mut intake = Intake::default();
        requests(&mut intake, &[sample(0, 500, 0)]);
        let missing = Sample { stable: Reading::Missing(NoData::NoSample), ..sample(5_000, 500, 0) };
        intake.accept(&missing, 5_000);
        assert!(requests(&mut intake, &[sample(10_000, 2_500, 20)]).is_empty());
    }

    #[test]
    fn a_clock_that_stands_or_steps_back_counts_nothing_twice() {
        let mut intake = Intake::default();
        let samples = [
            sample(0, 500, 0),
            sample(5_000, 500, 5),
            sample(5_000, 500, 5),
            sample(1_000, 500, 1),
            sample(10_000, 500, 10),
            sample(15_000, 500, 15),
        ];
        assert_eq!(requests(&mut intake, &samples), [5, 5]);
        assert_eq!(intake.judged_ms(), 10_000, "time that cannot be placed is not counted");
    }
}
