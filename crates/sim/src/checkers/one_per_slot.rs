//! One rollout at a time changes a slot.

use std::collections::BTreeMap;

use tidegate_domain::id::{RolloutId, SlotId};
use tidegate_domain::rollout::{Rollout, RolloutEvent};

use super::{Checker, Verdict, View, require};
use crate::fact::{Arrival, Fact};
use crate::shadow::Event;

#[derive(Default)]
pub struct OnePerSlot {
    holders: BTreeMap<SlotId, RolloutId>,
}

impl Checker for OnePerSlot {
    fn property(&self) -> &'static str {
        "one rollout at a time changes a slot"
    }

    fn see(&mut self, fact: &Fact, view: &View<'_>) -> Verdict {
        match fact {
            Fact::Recorded(record) => {
                let (Event::Rollout(event), Some(rollout)) = (&record.event, record.after.rollout()) else {
                    return Ok(());
                };
                match event {
                    RolloutEvent::Began => self.begin(rollout),
                    RolloutEvent::Succeeded | RolloutEvent::RolledBack { .. } => {
                        self.holders.retain(|_, holder| *holder != rollout.id);
                        Ok(())
                    }
                    _ => Ok(()),
                }
            }
            // What arrives late follows from an older intent, and the next call undoes it.
            Fact::Ensured(ensured) if ensured.accepted && ensured.call.arrival == Arrival::InTime => {
                let Some((rollout, _)) = view.shadow.leg_of(ensured.generation, &ensured.slot) else {
                    return Ok(());
                };
                let holder = self.holders.get(&ensured.slot);
                require(holder.is_none_or(|holder| *holder == rollout.id), || {
                    format!("{} changes {}, which {holder:?} holds", rollout.id, ensured.slot)
                })
            }
            _ => Ok(()),
        }
    }
}

impl OnePerSlot {
    fn begin(&mut self, rollout: &Rollout) -> Verdict {
        for slot in rollout.plan.slots() {
            let before = self.holders.insert(slot.clone(), rollout.id.clone());
            require(before.is_none(), || format!("{} begins in {slot}, which {before:?} holds", rollout.id))?;
        }
        Ok(())
    }
}
