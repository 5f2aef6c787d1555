//! How risky a release stands, as one number, and what its risk register is worth.
//!
//! Invariant: the score is between 0 and 100, and is 0 when there is nothing left to go wrong; more work closed, fewer breaches and
//! more days left never raise it. The formula is that of the release stage form of ServiceNow's Digital Product Release.

use serde::{Deserialize, Serialize};

use crate::document::{Risk, RiskState};

/// What the score is worked out from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Pieces of work: scope items and activities that are not cancelled.
    pub work_total: u64,
    pub work_closed: u64,
    /// Policies that were evaluated (gates, required tests, required evidence), and those that were not kept.
    pub policies_completed: u64,
    pub policies_broken: u64,
    /// Until the readiness date; negative after it; absent where there is none.
    pub days_left: Option<i64>,
    /// Done or cancelled.
    pub over: bool,
}

/// The score with its four parts, each between 0 and 1, and the weights that were used.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Score {
    pub score: u8,
    pub work: f64,
    pub policy: f64,
    pub progress: f64,
    pub time: Option<f64>,
}

/// Below this share of closed work, a release has hardly begun.
const BEGUN: f64 = 0.2;
/// Two weeks before the readiness date, time begins to count.
const DAYS: f64 = 14.0;

pub fn score(standing: &Standing) -> Score {
    let ratio = |part: u64, whole: u64| part.min(whole) as f64 / whole as f64;
    // Where there is no work at all, none of it is open.
    let closed =
        if standing.work_total == 0 { 1.0 } else { ratio(standing.work_closed, standing.work_total) };
    let work = 1.0 - closed;
    let broken = standing.policies_broken;
    let policy =
        if standing.policies_completed == 0 { 0.0 } else { ratio(broken, standing.policies_completed) };
    let progress = (1.0 - closed / BEGUN).max(0.0);
    let time = standing.days_left.map(|days| (1.0 - days as f64 / DAYS).clamp(0.0, 1.0));
    let risk = match time {
        Some(time) => 0.3 * work + 0.4 * policy + 0.1 * progress + 0.2 * time,
        None => 0.5 * work + 0.4 * policy + 0.1 * progress,
    };
    let score = if standing.over { 0 } else { (100.0 * risk).round().clamp(0.0, 100.0) as u8 };
    Score { score, work, policy, progress, time }
}

/// What the register is worth: probability × impact, over all that may still happen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Exposure {
    pub open: u32,
    pub occurred: u32,
    pub closed: u32,
    pub total: u32,
    /// Of one risk, 1 to 25.
    pub highest: u32,
    /// Open risks by probability (rows, 1 to 5) and impact (columns, 1 to 5).
    pub matrix: [[u32; 5]; 5],
    /// Open risks, the worst first.
    pub order: Vec<Exposed>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Exposed {
    pub id: String,
    pub exposure: u32,
    /// Nobody has it, nothing is done against it, or nothing is said for the case that it happens.
    pub missing: Vec<&'static str>,
}

pub fn exposure(risks: &[Risk]) -> Exposure {
    let count = |state: RiskState| risks.iter().filter(|risk| risk.state == state).count() as u32;
    let worth = |risk: &Risk| u32::from(risk.probability) * u32::from(risk.impact);
    let mut matrix = [[0; 5]; 5];
    let mut order = Vec::new();
    for risk in risks.iter().filter(|risk| risk.state == RiskState::Open) {
        let place = |level: u8| usize::from(level.clamp(1, 5)) - 1;
        matrix[place(risk.probability)][place(risk.impact)] += 1;
        order.push(Exposed { id: risk.id.clone(), exposure: worth(risk), missing: missing(risk) });
    }
    order.sort_by(|one, other| other.exposure.cmp(&one.exposure).then_with(|| one.id.cmp(&other.id)));
    Exposure {
        open: count(RiskState::Open),
        occurred: count(RiskState::Occurred),
        closed: count(RiskState::Closed),
        total: order.iter().map(|risk| risk.exposure).sum(),
        highest: order.first().map_or(0, |risk| risk.exposure),
        matrix,
        order,
    }
}

fn missing(risk: &Risk) -> Vec<&'static str> {
    let lacks = [
        ("owner", risk.owner.is_none()),
        ("mitigation", risk.mitigation.is_empty() && risk.bound.is_none()),
        ("trigger", risk.trigger.is_empty()),
        ("contingency", risk.contingency.is_empty()),
    ];
    lacks.iter().filter(|(_, lacking)| *lacking).map(|(word, _)| *word).collect()
}
