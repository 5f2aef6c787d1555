//! One measurement of a rollout, and what the analysis made of it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::rollout::Verdict;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Sample {
    pub at_ms: u64,
    /// Index into the rollout's legs.
    pub leg: usize,
    /// The candidate's share when it was measured, in basis points.
    pub weight: u16,
    /// Upper edges of the latency buckets, without the last (infinite) one.
    pub edges_ms: Vec<f64>,
    pub stable: ArmCounters,
    pub candidate: ArmCounters,
    /// Over everything judged so far.
    pub rates: ArmRates,
    pub verdict: Verdict,
    pub evidence: Evidence,
    /// In words and numbers.
    pub explanation: String,
}

/// Counted since the counting process started: the difference of two samples is what happened between them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct ArmCounters {
    pub requests: u64,
    pub errors: u64,
    /// Requests at most as slow as each edge; the last counts all.
    pub buckets: Vec<u64>,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ToSchema)]
pub struct ArmRates {
    pub judged_seconds: u64,
    pub candidate_requests: u64,
    pub candidate_errors: u64,
    /// Failed requests as a share of all (0 to 1); absent before the first request.
    pub candidate_error_rate: Option<f64>,
    pub stable_requests: u64,
    pub stable_errors: u64,
    pub stable_error_rate: Option<f64>,
    /// Both versions together, smoothed over a minute.
    pub requests_per_second: f64,
}

/// As odds against chance.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ToSchema)]
pub struct Evidence {
    /// That the candidate does harm.
    pub harm: f64,
    /// Rolled back at these odds.
    pub rollback_at: f64,
    /// That it is within the margins.
    pub promotion: f64,
    /// Promoted at these odds.
    pub promotion_at: f64,
}
