//! What a rollout means for the feature flags that it moves, and what switching one off means for its rollout.
//!
//! Invariant: a flag is shown only where all else of its rung stands, and on a way back everything is taken back in the
//! same transaction that decides to turn, before any traffic moves. Deliberately not here: what a flag refuses (`flag`).

use super::Consequence;
use crate::flag::{Flag, FlagEvent, ForRollout, Wish};
use crate::rollout::{FlagPlan, Rollout, RolloutEvent, RolloutKind, Stage};

pub(super) fn of_rollout(rollout: &Rollout, event: &RolloutEvent) -> Vec<Consequence> {
    let wishes = rollout.plan.flags.iter().filter_map(|flag| Some((flag, wish(rollout, event, flag)?)));
    let of = match &rollout.plan.kind {
        RolloutKind::Rollback { of } => of,
        RolloutKind::Release | RolloutKind::Hotfix => &rollout.id,
    };
    let asked = |wish| {
        let (environment, rollout) = (rollout.plan.environment.clone(), of.clone());
        ForRollout { environment, rollout, wish }
    };
    wishes.map(|(flag, wish)| Consequence::Flag(flag.key.clone(), asked(wish))).collect()
}

fn wish(rollout: &Rollout, event: &RolloutEvent, flag: &FlagPlan) -> Option<Wish> {
    let back = matches!(rollout.plan.kind, RolloutKind::Rollback { .. });
    match (event, &flag.variant) {
        (RolloutEvent::Started { .. }, Some(_)) if back => Some(Wish::TakeBack),
        (RolloutEvent::Started { .. }, None) if back => Some(Wish::Switch { on: false }),
        (RolloutEvent::Started { .. }, Some(variant)) => Some(claim(rollout, variant)),
        (RolloutEvent::StageEntered { leg, stage: Stage::Dwelling }, Some(_)) if !back => {
            rollout.exposure(*leg).cloned().map(Wish::Show)
        }
        (RolloutEvent::StageEntered { leg, stage: Stage::Dwelling }, None) if !back => {
            let last = leg + 1 == rollout.legs.len()
                && rollout.legs[*leg].step + 1 == rollout.plan.legs[*leg].steps.len();
            last.then_some(Wish::Switch { on: true })
        }
        (RolloutEvent::Returning { .. }, Some(_)) => Some(Wish::TakeBack),
        (RolloutEvent::Returning { .. }, None) => Some(Wish::Switch { on: false }),
        (
            RolloutEvent::Succeeded | RolloutEvent::RolledBack { .. } | RolloutEvent::Cancelled { .. },
            Some(_),
        ) if !back => Some(Wish::Release),
        _ => None,
    }
}

fn claim(rollout: &Rollout, variant: &str) -> Wish {
    let steps = rollout.plan.legs.iter().flat_map(|leg| &leg.steps);
    let exposures = steps.filter_map(|step| step.exposure.clone()).collect();
    Wish::Claim { variant: variant.to_owned(), exposures }
}

/// Whoever switches off what a rollout shows says that it is bad. `flag` is the state after the event.
pub fn of_flag(flag: &Flag, event: &FlagEvent) -> Option<Consequence> {
    let FlagEvent::Switched { environment, on: false, said, .. } = event else { return None };
    let showing = flag.environments.get(environment)?.showing.as_ref()?;
    let because = if said.reason.is_empty() { String::new() } else { format!(": {}", said.reason) };
    let reason = format!("the flag {} was switched off{because}", flag.key);
    Some(Consequence::RollBack(showing.rollout.clone(), reason))
}
