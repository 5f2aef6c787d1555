//! What the judge answers: a verdict, what to do, and the numbers and words behind it.
//!
//! Invariant: the verdict follows from the action alone, and only `Promote` and `MayAdvance` are a Pass.
//! Not here: doing it.

use crate::guard::NoData;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Pass,
    Fail,
    /// Not known (yet).
    Inconclusive,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum Action {
    /// Go on as before; a ladder may have climbed, see `Finding::weight_basis_points`.
    Continue,
    /// A person's plan may leave its step.
    MayAdvance,
    /// No step forward for now.
    Hold {
        why: HoldReason,
    },
    Rollback {
        why: RollbackReason,
    },
    Promote,
    /// End without a verdict: traffic back to stable, blame not assigned.
    Inconclusive {
        why: InconclusiveReason,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum HoldReason {
    /// Evidence of harm is in sight, but not enough to act on.
    Amber,
    /// A latency alarm while latency still warms up: measured again on fresh data.
    WarmUp,
    /// Both arms exceed a ceiling.
    SharedBreach { ceiling: usize },
    NoData {
        kind: NoData,
        seconds: u64,
        /// It lasted so long that a person should look.
        needs_person: bool,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum RollbackReason {
    /// The evidence of harm reached 1/alpha; the channel that carries most of it.
    Evidence {
        channel: ChannelName,
    },
    /// The candidate exceeds this ceiling (its index in `Parameters::ceilings`).
    Ceiling {
        ceiling: usize,
    },
    SourceDown,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum InconclusiveReason {
    /// The time is over and the candidate is not shown to be harmless.
    Timeout,
    /// Both arms exceeded a ceiling for too long.
    SharedBreach { ceiling: usize },
    /// A hold outlasted the timeout.
    HeldTooLong,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChannelName {
    Errors,
    LatencyP50,
    LatencyP90,
    LatencyP99,
}

impl ChannelName {
    pub const ALL: [ChannelName; 4] =
        [ChannelName::Errors, ChannelName::LatencyP50, ChannelName::LatencyP90, ChannelName::LatencyP99];
}

impl Action {
    pub fn verdict(&self) -> Verdict {
        match self {
            Action::Promote | Action::MayAdvance => Verdict::Pass,
            Action::Rollback { .. } => Verdict::Fail,
            Action::Continue | Action::Hold { .. } | Action::Inconclusive { .. } => Verdict::Inconclusive,
        }
    }

    /// Nothing that is seen later changes it.
    pub fn is_final(&self) -> bool {
        match self {
            Action::Promote | Action::Rollback { .. } | Action::Inconclusive { .. } => true,
            Action::Continue | Action::MayAdvance | Action::Hold { .. } => false,
        }
    }
}

/// The answer to one sample.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    pub verdict: Verdict,
    #[serde(flatten)]
    pub action: Action,
    /// For a ladder, the weight to set now; for a person's plan, the most that the evidence allows.
    pub weight_basis_points: u16,
    pub evidence: Evidence,
    pub numbers: Numbers,
    /// One sentence in words and numbers.
    pub explanation: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// Odds that the candidate does harm, all channels together.
    pub harm: f64,
    /// Rollback at these odds (1/alpha).
    pub rollback_at: f64,
    /// Odds, in the least certain channel, that the candidate is within the margins.
    pub promotion: f64,
    /// Promotion at these odds (1/beta).
    pub promotion_at: f64,
    /// Shown: the share of failing requests is at most this much higher than stable's.
    pub error_points_bound: Option<f64>,
    pub channels: Vec<ChannelEvidence>,
}

impl Evidence {
    /// The channel that speaks loudest for harm.
    pub fn leading(&self) -> Option<&ChannelEvidence> {
        self.channels.iter().max_by(|a, b| a.share_of_harm.total_cmp(&b.share_of_harm))
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChannelEvidence {
    pub channel: ChannelName,
    pub harm: f64,
    /// Its part in `Evidence::harm`.
    pub share_of_harm: f64,
    pub non_inferiority: f64,
    /// A latency channel counts requests slower than this.
    pub edge_ms: Option<f64>,
    /// How much noisier than counting alone; 1 is plain.
    pub dispersion: f64,
    /// What was seen since the evidence last stood at nothing.
    pub seconds: f64,
    pub candidate_requests: u64,
    pub candidate_rate: Option<f64>,
    pub stable_rate: Option<f64>,
}

/// Totals since the first sample.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Numbers {
    pub judged_seconds: u64,
    pub candidate_requests: u64,
    pub stable_requests: u64,
    pub candidate_errors: u64,
    pub stable_errors: u64,
    pub candidate_error_rate: Option<f64>,
    /// Stable's error rate, weighted by when the candidate had its traffic.
    pub stable_error_rate: Option<f64>,
    /// Both arms together, smoothed over a minute.
    pub requests_per_second: f64,
}
