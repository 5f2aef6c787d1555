//! A hold stops every step forward until a person ends it.

use tidegate_domain::rollout::{Phase, RolloutEvent, Stage};
use tidegate_domain::strategy::Traffic;
use tidegate_domain::weight::Weight;
use tidegate_ports::Serving;

use super::{Checker, Verdict, View, endpoints, require};
use crate::fact::{Fact, Record, Routed};
use crate::shadow::Event;
use crate::world::router::weight;

const AUTOMATION: &str = "tidegate";

#[derive(Default)]
pub struct Held {
    drifted: std::collections::BTreeSet<tidegate_domain::id::SlotId>,
}

impl Checker for Held {
    fn property(&self) -> &'static str {
        "a hold stops forward steps until a person ends it"
    }

    fn see(&mut self, fact: &Fact, view: &View<'_>) -> Verdict {
        match fact {
            Fact::Recorded(record) => decided(record),
            Fact::Drifted { slot } => {
                self.drifted.insert(slot.clone());
                Ok(())
            }
            Fact::Routed(routed) if routed.accepted => {
                let drifted = self.drifted.remove(&routed.intent.slot);
                if drifted { Ok(()) } else { performed(routed, view) }
            }
            _ => Ok(()),
        }
    }
}

fn decided(record: &Record) -> Verdict {
    let (Event::Rollout(event), Some(rollout)) = (&record.event, record.before.rollout()) else {
        return Ok(());
    };
    let person = record.entry.actor != AUTOMATION;
    match event {
        RolloutEvent::Resumed { .. }
        | RolloutEvent::Confirmed { .. }
        | RolloutEvent::Skipped { .. }
        | RolloutEvent::Promoted { .. } => {
            require(person, || format!("{} was let go by automation", rollout.id))
        }
        // Climbing down for another look is no step forward.
        RolloutEvent::StepEntered { leg, step }
            if *leg == rollout.current && *step <= rollout.legs[*leg].step =>
        {
            Ok(())
        }
        RolloutEvent::StepEntered { .. }
        | RolloutEvent::LegPromoted { .. }
        | RolloutEvent::PointOfNoReturn { .. }
        | RolloutEvent::Succeeded => {
            require(rollout.hold.is_none(), || format!("{} is held, then {}", rollout.id, event.kind()))
        }
        RolloutEvent::StageEntered { leg, stage: Stage::Shifting } => {
            let step = &rollout.plan.legs[*leg].steps[rollout.legs[*leg].step];
            let had = rollout.legs[*leg].traffic.unwrap_or(Traffic::Candidate(Weight::NONE));
            // To answer again where nobody does is no step forward.
            let forward = had != Traffic::Offline && step.traffic.candidate() > had.candidate();
            require(rollout.hold.is_none() || !forward, || format!("{} is held, then shifts", rollout.id))
        }
        _ => Ok(()),
    }
}

/// What was decided before the hold may still be under way, so only calls that know of the hold count.
fn performed(routed: &Routed, view: &View<'_>) -> Verdict {
    let Some((rollout, leg)) = view.shadow.leg_of(routed.generation, &routed.intent.slot) else {
        return Ok(());
    };
    if rollout.hold.is_none() || rollout.phase != Phase::Advancing {
        return Ok(());
    }
    let plan = &rollout.plan.legs[leg];
    let candidate = plan.candidate.version();
    let before = routed.before.as_ref().map_or(Weight::NONE, |serving| weight(serving, candidate));
    let after = weight(&routed.intent.serving, candidate);
    let alone =
        plan.stable.as_ref().is_none_or(|s| endpoints(&routed.intent.serving, s.version()).is_empty());
    // What it had before some of its instances failed it may have again.
    let had = rollout.legs[leg].traffic.map_or(Weight::NONE, tidegate_domain::strategy::Traffic::candidate);
    let repaired =
        rollout.legs[leg].stage != Stage::Shifting || matches!(routed.before, Some(Serving::Offline { .. }));
    require(after <= before.max(had) || alone || repaired, || {
        format!("{} goes from {before} to {after} although {} is held", routed.intent.slot, rollout.id)
    })
}
