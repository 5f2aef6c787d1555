//! A stretch of time with one weight, and what both arms counted in it: the unit that evidence is fed.
//!
//! Invariant: both arms' counts in a block cover the same time, and the weight did not change in it, so
//! no change of mix can look like a change of quality (Simpson's paradox). Not here: how blocks are cut.

use crate::counters::ArmCounters;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    /// Judged time at the end of the block; see `intake`.
    pub end_ms: u64,
    pub length_ms: u64,
    pub weight_basis_points: u16,
    pub stable: ArmCounters,
    pub candidate: ArmCounters,
}

impl Block {
    pub fn seconds(&self) -> f64 {
        self.length_ms as f64 / 1_000.0
    }

    pub fn is_informative(&self) -> bool {
        self.stable.requests > 0 && self.candidate.requests > 0
    }

    pub fn errors(&self) -> Tally {
        Tally {
            candidate_requests: self.candidate.requests as f64,
            candidate_events: self.candidate.errors as f64,
            stable_requests: self.stable.requests as f64,
            stable_events: self.stable.errors as f64,
        }
    }

    /// Requests slower than a bucket edge.
    pub fn slow(&self, edge: usize) -> Tally {
        Tally {
            candidate_requests: self.candidate.timed() as f64,
            candidate_events: self.candidate.slower_than(edge) as f64,
            stable_requests: self.stable.timed() as f64,
            stable_events: self.stable.slower_than(edge) as f64,
        }
    }

    pub fn append(&mut self, later: &Block) {
        self.end_ms = later.end_ms;
        self.length_ms += later.length_ms;
        self.stable.add(&later.stable);
        self.candidate.add(&later.candidate);
    }
}

/// Paired counts of one channel: requests (n) and events (x) of candidate (c) and stable (b).
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Tally {
    pub candidate_requests: f64,
    pub candidate_events: f64,
    pub stable_requests: f64,
    pub stable_events: f64,
}

impl Tally {
    /// Without requests in both arms nothing can be compared.
    pub fn is_paired(&self) -> bool {
        self.candidate_requests > 0.0 && self.stable_requests > 0.0
    }

    pub fn events(&self) -> f64 {
        self.candidate_events + self.stable_events
    }

    pub fn ratio(&self) -> f64 {
        self.candidate_requests / self.stable_requests
    }
}
