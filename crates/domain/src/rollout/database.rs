//! When something is run on the database of a component, and what its outcome means for the rollout.
//!
//! Invariant: nothing of a new version runs before its database was expanded; a database is contracted only once every
//! component of the rollout stands everywhere, and once that has begun nothing goes back. Deliberately not here: running it.

use super::state::{Leg, Rollout, Stage};
use super::{Cause, LegPlan, Observation, RolloutEvent, RolloutRefusal, SmokeDue};
use crate::smoke::{SmokePhase, SmokeResult, SmokeTest, SmokeVerdict};

/// Whether the database of a leg is still to be expanded before anything of it starts.
pub(super) fn expands(plan: &LegPlan, leg: &Leg) -> bool {
    let asked = plan.database.expand.is_some() && leg.stage == Stage::Raising;
    asked && verdict(leg, SmokePhase::Expand) != Some(SmokeVerdict::Passed)
}

/// Whether a database may have to be contracted in the end.
pub(super) fn contracts(rollout: &Rollout) -> bool {
    rollout.plan.legs.iter().any(|plan| plan.database.contract.is_some())
}

/// What is to be run now, if anything is.
pub(super) fn due(rollout: &Rollout) -> Option<SmokeDue<'_>> {
    let (plan, leg) = rollout.leg();
    if let Some(step) = plan.database.expand.as_ref().filter(|_| expands(plan, leg)) {
        return Some(SmokeDue { leg: rollout.current, phase: SmokePhase::Expand, test: step });
    }
    match open(rollout)? {
        (_, Contraction::Asks(SmokePhase::Contract, _)) if !rollout.past_return => None,
        (leg, Contraction::Asks(phase, test)) => Some(SmokeDue { leg, phase, test }),
        (_, Contraction::Failed | Contraction::Over) => None,
    }
}

/// Where the contraction of one component's database stands.
enum Contraction<'a> {
    /// There was nothing to do, or it is done.
    Over,
    Asks(SmokePhase, &'a SmokeTest),
    /// Nobody said yet that it is to be tried once more.
    Failed,
}

fn contraction<'a>(plan: &'a LegPlan, leg: &Leg) -> Contraction<'a> {
    let Some(contract) = &plan.database.contract else { return Contraction::Over };
    match (&plan.database.contracted, verdict(leg, SmokePhase::Contracted)) {
        (Some(_), Some(SmokeVerdict::Passed)) => return Contraction::Over,
        (Some(_), Some(SmokeVerdict::Faulted)) => return Contraction::Failed,
        (Some(step), None) => return Contraction::Asks(SmokePhase::Contracted, step),
        (Some(_), Some(SmokeVerdict::Failed)) | (None, _) => {}
    }
    match verdict(leg, SmokePhase::Contract) {
        None => Contraction::Asks(SmokePhase::Contract, contract),
        Some(SmokeVerdict::Passed) => Contraction::Over,
        Some(SmokeVerdict::Failed | SmokeVerdict::Faulted) => Contraction::Failed,
    }
}

/// The first component whose database is not over with it, once every component stands.
fn open(rollout: &Rollout) -> Option<(usize, Contraction<'_>)> {
    if !rollout.is_finishing() {
        return None;
    }
    let legs = rollout.plan.legs.iter().zip(&rollout.legs).enumerate();
    let mut all = legs.map(|(index, (plan, leg))| (index, contraction(plan, leg)));
    all.find(|(_, contraction)| !matches!(contraction, Contraction::Over))
}

fn verdict(leg: &Leg, phase: SmokePhase) -> Option<SmokeVerdict> {
    leg.smoke.iter().rev().find(|done| done.phase == phase).map(|done| done.result.verdict)
}

/// Every component stands: what follows from how far the databases are.
pub(super) fn onward(rollout: &Rollout, observation: &Observation) -> Vec<RolloutEvent> {
    match open(rollout) {
        None if rollout.hold.is_none() => vec![RolloutEvent::Succeeded],
        Some((leg, Contraction::Asks(SmokePhase::Contract, _)))
            if !rollout.past_return && !rollout.is_stopped() && is_alone(rollout, observation) =>
        {
            vec![RolloutEvent::PointOfNoReturn { leg }]
        }
        None | Some(_) => Vec::new(),
    }
}

/// Nothing runs any more that needs what is about to go.
fn is_alone(rollout: &Rollout, observation: &Observation) -> bool {
    let legs = (0..rollout.legs.len()).filter(|leg| rollout.clears(*leg));
    let seen = |leg: usize| observation.legs.iter().find(|seen| seen.leg == leg);
    let alone = |leg| seen(leg).is_some_and(|seen| seen.others == 0 && seen.stable.instances == 0);
    legs.into_iter().all(alone)
}

/// A database that could not be contracted stands between two versions of its form: a person looks.
pub(super) fn follows(
    rollout: &Rollout,
    (leg, phase): (usize, SmokePhase),
    result: &SmokeResult,
) -> Option<RolloutEvent> {
    let component = &rollout.plan.legs[leg].candidate.component.name;
    (has_failed(phase, result.verdict) && rollout.hold.is_none()).then(|| RolloutEvent::Held {
        by: "tidegate".to_owned(),
        reason: format!("the database of {component} could not be contracted: {}", result.seen),
    })
}

/// Whether a person's word is awaited before it is tried once more.
pub(super) fn has_failed(phase: SmokePhase, verdict: SmokeVerdict) -> bool {
    match (phase, verdict) {
        (SmokePhase::Contract, verdict) => verdict != SmokeVerdict::Passed,
        (SmokePhase::Contracted, verdict) => verdict == SmokeVerdict::Faulted,
        (SmokePhase::Expand | SmokePhase::Before | SmokePhase::After, _) => false,
    }
}

/// Back, where there is a way; else a person is told, once.
pub(super) fn back_or_alarm(rollout: &Rollout, cause: Cause) -> Vec<RolloutEvent> {
    if !rollout.past_return {
        return vec![RolloutEvent::Returning { cause }];
    }
    let reason = format!("{cause}; nothing goes back, because {}", rollout.no_return());
    if rollout.alarmed { Vec::new() } else { vec![RolloutEvent::Alarmed { reason }] }
}

impl Rollout {
    /// Whether whatever else still runs of this component is to stop, because its database may be contracted.
    pub fn clears(&self, leg: usize) -> bool {
        self.is_finishing() && self.plan.legs[leg].database.contract.is_some()
    }

    /// Whether the database of this component lost what earlier versions need.
    pub fn has_contracted(&self, leg: usize) -> bool {
        verdict(&self.legs[leg], SmokePhase::Contract) == Some(SmokeVerdict::Passed)
    }

    /// Why nothing of it goes back any more.
    pub fn no_return(&self) -> RolloutRefusal {
        let legs = self.plan.legs.iter().zip(&self.legs);
        let needed = legs.filter(|(plan, leg)| {
            let nothing = verdict(leg, SmokePhase::Contracted) == Some(SmokeVerdict::Passed);
            plan.database.contract.is_some() && !nothing
        });
        let names: Vec<String> = needed.map(|(plan, _)| plan.candidate.component.name.to_string()).collect();
        RolloutRefusal::PastReturn {
            id: self.id.clone(),
            components: names.join(", "),
            release: self.plan.release.clone(),
            environment: self.plan.environment.clone(),
        }
    }
}
