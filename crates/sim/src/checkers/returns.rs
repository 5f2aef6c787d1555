//! A rollback is final: once a rollout goes back it goes nowhere else, and what serves then is the last verified version.

use std::collections::BTreeSet;

use tidegate_domain::id::{RolloutId, SlotId};
use tidegate_domain::rollout::{Phase, RolloutEvent};
use tidegate_domain::slot::SlotEvent;
use tidegate_domain::weight::Weight;

use super::{Checker, Verdict, View, endpoints, require};
use crate::fact::{Fact, Record, Routed};
use crate::shadow::Event;
use crate::world::router::weight;

#[derive(Default)]
pub struct ReturnsAreFinal {
    returning: BTreeSet<RolloutId>,
    drifted: BTreeSet<SlotId>,
}

impl Checker for ReturnsAreFinal {
    fn property(&self) -> &'static str {
        "a rollback is final and ends on the last verified version"
    }

    fn see(&mut self, fact: &Fact, view: &View<'_>) -> Verdict {
        match fact {
            Fact::Recorded(record) => self.record(record, view),
            Fact::Drifted { slot } => {
                self.drifted.insert(slot.clone());
                Ok(())
            }
            Fact::Routed(routed) if routed.accepted => {
                let drifted = self.drifted.remove(&routed.intent.slot);
                if drifted { Ok(()) } else { never_grows(routed, view) }
            }
            _ => Ok(()),
        }
    }
}

impl ReturnsAreFinal {
    fn record(&mut self, record: &Record, view: &View<'_>) -> Verdict {
        match &record.event {
            Event::Rollout(event) => self.rollout(record, event, view),
            Event::Slot(SlotEvent::Promoted { rollout, .. }) => {
                require(!self.returning.contains(rollout), || {
                    format!("{rollout} was promoted after it went back")
                })
            }
            _ => Ok(()),
        }
    }

    fn rollout(&mut self, record: &Record, event: &RolloutEvent, view: &View<'_>) -> Verdict {
        let Some(rollout) = record.after.rollout() else { return Ok(()) };
        let id = &rollout.id;
        let known = self.returning.contains(id);
        match event {
            RolloutEvent::Returning { .. } => {
                require(!known, || format!("{id} goes back twice"))?;
                self.returning.insert(id.clone());
            }
            RolloutEvent::StepEntered { .. }
            | RolloutEvent::Skipped { .. }
            | RolloutEvent::LegPromoted { .. }
            | RolloutEvent::Succeeded
            | RolloutEvent::Cancelled { .. }
            | RolloutEvent::Began => {
                require(!known, || format!("{id} goes back, then {}", event.kind()))?;
            }
            RolloutEvent::RolledBack { .. } => {
                require(known, || format!("{id} was rolled back without going back"))?;
                for (index, leg) in rollout.plan.legs.iter().enumerate() {
                    let stands = view.shadow.slot(&rollout.slot(index)).and_then(|slot| slot.stable.as_ref());
                    let same = stands.map(tidegate_domain::placed::Placed::version)
                        == leg.stable.as_ref().map(tidegate_domain::placed::Placed::version);
                    require(same, || format!("{} is not what it was before {id}", rollout.slot(index)))?;
                }
            }
            _ => {}
        }
        Ok(())
    }
}

/// Going back gives the candidate no more than it had, unless nobody else can answer.
fn never_grows(routed: &Routed, view: &View<'_>) -> Verdict {
    let Some((rollout, leg)) = view.shadow.leg_of(routed.generation, &routed.intent.slot) else {
        return Ok(());
    };
    if !matches!(rollout.phase, Phase::Returning { .. }) {
        return Ok(());
    }
    let plan = &rollout.plan.legs[leg];
    let candidate = plan.candidate.version();
    let before = routed.before.as_ref().map_or(Weight::NONE, |serving| weight(serving, candidate));
    let after = weight(&routed.intent.serving, candidate);
    let alone =
        plan.stable.as_ref().is_none_or(|s| endpoints(&routed.intent.serving, s.version()).is_empty());
    // What the candidate had before some of its instances failed is not more than it had.
    let had = rollout.legs[leg].base.as_ref().map_or(Weight::NONE, |base| base.traffic.candidate());
    require(after <= before.max(had) || alone, || {
        format!("{} goes from {before} to {after} on the way back", routed.intent.slot)
    })
}
