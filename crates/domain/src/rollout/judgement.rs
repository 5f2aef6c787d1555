//! What the analysis said, as far as a rollout obeys it.
//!
//! Invariant: nothing is computed here; the numbers stand in the explanation.

use serde::{Deserialize, Serialize};
use tidegate_analysis::Verdict;

use crate::strategy::Judged;
use crate::weight::Weight;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    pub verdict: Verdict,
    pub action: Action,
    /// The share that the evidence allows.
    pub allowed: Weight,
    /// For roll back, as odds against chance.
    pub evidence: f64,
    pub explanation: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Action {
    /// Nothing against going on.
    Continue,
    /// Stay in this rung for now (amber, no data yet).
    Stay,
    /// A person must look.
    Hold,
    RollBack,
    /// Go back without blame: no verdict in time, or both versions suffer.
    StepDown,
    /// Enough evidence for all traffic.
    Promote,
}

impl Judgement {
    /// Nothing against going on.
    pub fn speaks_for_it(&self) -> bool {
        matches!(self.action, Action::Continue | Action::Promote)
    }

    /// Whether a rung may be left for a share of `next`.
    pub fn lets_go(&self, judged: Judged, next: Weight) -> bool {
        self.speaks_for_it()
            && match judged {
                Judged::NotAgainst => true,
                Judged::Pass => self.verdict == Verdict::Pass,
                Judged::AllowsNext => {
                    self.action == Action::Promote || (self.allowed >= next && !next.is_all())
                }
            }
    }

    /// Whether it changes nothing for a rung after which `next` comes. Numbers move at every scrape; only what they
    /// mean is worth an event.
    pub fn means_the_same_as(&self, other: &Self, next: Weight) -> bool {
        let meaning = |word: &Self| (word.verdict, word.action, word.allowed >= next);
        meaning(self) == meaning(other)
    }
}
