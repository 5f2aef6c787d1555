//! What the world should look like for one leg, from where the leg is.
//!
//! Invariant: on the way out the candidate is raised before traffic moves and stable is lowered after; on the way back
//! stable is raised before traffic moves and the candidate is lowered after. Traffic and capacity never cross.

use serde::{Deserialize, Serialize};

use super::state::{Leg, Stage};
use super::{LegPlan, Rollout, database};
use crate::matching::Match;
use crate::strategy::{Step, Traffic};
use crate::weight::Weight;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    pub candidate: u32,
    pub stable: u32,
    pub traffic: Traffic,
    pub matches: Option<Match>,
    pub mirror: Weight,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub compare_body: bool,
    /// Of the ready stable instances, only this many (lowest first) get requests: the others are about to stop.
    pub stable_routed: u32,
}

impl Wanted {
    /// Before a rollout touches anything: stable at full size has it all.
    pub fn untouched(plan: &LegPlan) -> Self {
        Self {
            candidate: 0,
            stable: plan.stable_replicas(),
            traffic: Traffic::Candidate(Weight::NONE),
            matches: None,
            mirror: Weight::NONE,
            compare_body: false,
            stable_routed: plan.stable_replicas(),
        }
    }
}

pub fn wanted(rollout: &Rollout, index: usize) -> Wanted {
    let (plan, leg) = (&rollout.plan.legs[index], &rollout.legs[index]);
    let base = leg.base.clone().unwrap_or_else(|| Wanted::untouched(plan));
    match leg.stage {
        Stage::Pending => base,
        // New code may need what the database does not have yet.
        Stage::Raising if database::expands(plan, leg) => base,
        Stage::Raising => Wanted { candidate: base.candidate.max(plan.steps[leg.step].candidate), ..base },
        Stage::Shifting if rollout.is_stopped() => held(leg, base, &plan.steps[leg.step]),
        Stage::Shifting | Stage::Draining => shifted(&base, &plan.steps[leg.step]),
        Stage::Lowering | Stage::Dwelling | Stage::Promoted => {
            let step = &plan.steps[leg.step];
            Wanted { stable: step.stable.min(base.stable), ..shifted(&base, step) }
        }
        Stage::Restoring => {
            Wanted { stable: plan.stable_replicas(), stable_routed: plan.stable_replicas(), ..base }
        }
        Stage::ShiftingBack | Stage::Emptying => match leg.way_back {
            Some(way) => Wanted { traffic: Traffic::Candidate(way.share), ..returned(plan, base.candidate) },
            None => returned(plan, base.candidate),
        },
        Stage::Removing | Stage::Returned => returned(plan, 0),
    }
}

/// What it has where it turns back: a share that was to move and did not is not given any more.
pub(super) fn turned(rollout: &Rollout, index: usize) -> Wanted {
    let (plan, leg) = (&rollout.plan.legs[index], &rollout.legs[index]);
    match &leg.base {
        Some(base) if leg.stage == Stage::Shifting => held(leg, base.clone(), &plan.steps[leg.step]),
        Some(_) | None => wanted(rollout, index),
    }
}

fn shifted(base: &Wanted, step: &Step) -> Wanted {
    Wanted {
        candidate: base.candidate.max(step.candidate),
        stable: base.stable,
        traffic: step.traffic,
        matches: step.matches.clone(),
        mirror: step.mirror,
        compare_body: step.compare_body,
        stable_routed: step.stable.min(base.stable),
    }
}

/// A hold, or a way back, came while traffic was to move: the candidate gets no more than it has. To answer again where nobody does is no
/// step forward, and goes on.
fn held(leg: &Leg, base: Wanted, step: &Step) -> Wanted {
    let had = match leg.traffic.unwrap_or(base.traffic) {
        Traffic::Candidate(had) => had,
        Traffic::Offline => return shifted(&base, step),
    };
    let traffic = match step.traffic {
        Traffic::Candidate(share) => Traffic::Candidate(share.min(had)),
        Traffic::Offline => Traffic::Candidate(had),
    };
    Wanted { candidate: base.candidate.max(step.candidate), traffic, ..base }
}

fn returned(plan: &LegPlan, candidate: u32) -> Wanted {
    let traffic = if plan.stable.is_some() { Traffic::Candidate(Weight::NONE) } else { Traffic::Offline };
    Wanted { candidate, traffic, ..Wanted::untouched(plan) }
}

impl Leg {
    /// Candidate instances that its share of requests needs: the one it has, or the one it is being given.
    pub fn needed(&self, plan: &LegPlan) -> u32 {
        let step = &plan.steps[self.step];
        let given = match self.stage {
            Stage::Shifting | Stage::Draining | Stage::Lowering | Stage::Dwelling | Stage::Promoted => {
                step.traffic.candidate()
            }
            Stage::Pending
            | Stage::Raising
            | Stage::Restoring
            | Stage::ShiftingBack
            | Stage::Emptying
            | Stage::Removing
            | Stage::Returned => Weight::NONE,
        };
        let share = self.share().max(given);
        // Rolling divides by instances, so what is routed needs one ready instance; a share beside a full-size
        // stable needs its part of the full size.
        share.replicas_needed(plan.candidate.replicas).min(step.candidate.max(1))
    }

    /// The share last read back.
    pub fn share(&self) -> Weight {
        self.traffic.map_or(Weight::NONE, Traffic::candidate)
    }
}
