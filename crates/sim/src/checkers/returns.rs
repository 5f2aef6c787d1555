//! A rollback is final: once a rollout goes back it goes nowhere else, and what serves then is the last verified version.

use std::collections::{BTreeMap, BTreeSet};

use tidegate_domain::id::{RolloutId, SlotId};
use tidegate_domain::name::Version;
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
    /// The most that each rollout has given its candidate on the way out.
    most: BTreeMap<(RolloutId, SlotId), Weight>,
}

impl Checker for ReturnsAreFinal {
    fn property(&self) -> &'static str {
        "a rollback is final and ends on the last verified version"
    }

    fn see(&mut self, fact: &Fact, view: &View<'_>) -> Verdict {
        match fact {
            Fact::Recorded(record) => self.record(record, view),
            Fact::Routed(routed) if routed.accepted => self.never_grows(routed, view),
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
            | RolloutEvent::PointOfNoReturn { .. }
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

    /// Going back gives the candidate no more than it had, unless nobody else can answer.
    fn never_grows(&mut self, routed: &Routed, view: &View<'_>) -> Verdict {
        let slot = &routed.intent.slot;
        let Some((rollout, leg)) = view.shadow.leg_of(routed.generation, slot) else { return Ok(()) };
        let plan = &rollout.plan.legs[leg];
        let share = weight(&routed.intent.serving, plan.candidate.version());
        let most = self.most.entry((rollout.id.clone(), slot.clone())).or_insert(Weight::NONE);
        if !matches!(rollout.phase, Phase::Returning { .. }) {
            *most = share.max(*most);
            return Ok(());
        }
        let answers = |version: &Version| !endpoints(&routed.intent.serving, version).is_empty();
        let alone = !plan.stable.as_ref().is_some_and(|stable| answers(stable.version()));
        require(share <= *most || alone, || {
            format!("{slot} gives {share} on the way back; it was {most} at most on the way out")
        })
    }
}
