//! Measurements.

use serde::Deserialize;
use tidegate_analysis::{Finding, Verdict as Said};
use tidegate_api::{ArmCounters, ArmRates, Evidence, Sample, Verdict};
use tidegate_ports::Fault;

use super::{finite, unreadable};

/// As the engine keeps it.
#[derive(Deserialize)]
struct Kept {
    leg: usize,
    weight: u16,
    edges_ms: Vec<f64>,
    stable: ArmCounters,
    candidate: ArmCounters,
    finding: Finding,
}

pub(crate) fn sample(kept: &tidegate_ports::Sample) -> Result<Sample, Fault> {
    let body: Kept = serde_json::from_str(&kept.body).map_err(unreadable)?;
    let (numbers, evidence) = (body.finding.numbers, body.finding.evidence);
    Ok(Sample {
        at_ms: kept.at.wall_ms,
        leg: body.leg,
        weight: body.weight,
        edges_ms: body.edges_ms,
        stable: body.stable,
        candidate: body.candidate,
        rates: ArmRates {
            judged_seconds: numbers.judged_seconds,
            candidate_requests: numbers.candidate_requests,
            candidate_errors: numbers.candidate_errors,
            candidate_error_rate: numbers.candidate_error_rate,
            stable_requests: numbers.stable_requests,
            stable_errors: numbers.stable_errors,
            stable_error_rate: numbers.stable_error_rate,
            requests_per_second: finite(numbers.requests_per_second),
        },
        verdict: match body.finding.verdict {
            Said::Pass => Verdict::Pass,
            Said::Fail => Verdict::Fail,
            Said::Inconclusive => Verdict::Inconclusive,
        },
        evidence: Evidence {
            harm: finite(evidence.harm),
            rollback_at: finite(evidence.rollback_at),
            promotion: finite(evidence.promotion),
            promotion_at: finite(evidence.promotion_at),
        },
        explanation: body.finding.explanation,
    })
}
