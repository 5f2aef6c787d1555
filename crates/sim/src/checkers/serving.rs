//! Nobody is turned away while somebody could answer: a route is taken offline only where the strategy says so, or
//! where no instance of what should serve is ready.

use std::collections::BTreeMap;

use tidegate_domain::id::SlotId;
use tidegate_domain::name::Version;
use tidegate_domain::rollout::wanted;
use tidegate_domain::strategy::Traffic;
use tidegate_ports::Serving;

use super::{Checker, Verdict, View, require};
use crate::fact::{Arrival, Fact, Routed};
use crate::shadow::Aggregate;

#[derive(Default)]
pub struct KeepsServing {
    /// What the last answer in time called ready.
    ready: BTreeMap<(u32, SlotId, Version), usize>,
}

impl Checker for KeepsServing {
    fn property(&self) -> &'static str {
        "a route goes offline only where it must"
    }

    fn see(&mut self, fact: &Fact, view: &View<'_>) -> Verdict {
        match fact {
            Fact::Ensured(ensured) if ensured.call.arrival == Arrival::InTime && ensured.accepted => {
                let key = (ensured.call.by, ensured.slot.clone(), ensured.version.clone());
                self.ready.insert(key, ensured.said_ready.len());
                Ok(())
            }
            Fact::Looked(looked) if looked.call.arrival == Arrival::InTime => {
                for (version, ready) in &looked.truly_ready {
                    let key = (looked.call.by, looked.slot.clone(), version.clone());
                    self.ready.insert(key, ready.len());
                }
                Ok(())
            }
            Fact::Routed(routed) if routed.accepted && routed.call.arrival == Arrival::InTime => {
                self.check(routed, view)
            }
            _ => Ok(()),
        }
    }
}

impl KeepsServing {
    fn check(&self, routed: &Routed, view: &View<'_>) -> Verdict {
        if !matches!(routed.intent.serving, Serving::Offline { .. }) {
            return Ok(());
        }
        let slot = &routed.intent.slot;
        let ready = |version: &Version| {
            self.ready.get(&(routed.call.by, slot.clone(), version.clone())).copied().unwrap_or(0)
        };
        let may = match view.shadow.at_position.get(&routed.generation.position) {
            Some(Aggregate::Slot(slot)) => {
                slot.stable.as_ref().is_none_or(|stable| ready(stable.version()) == 0)
            }
            Some(Aggregate::Rollout(Some(rollout))) => {
                let leg = (0..rollout.legs.len()).find(|index| rollout.slot(*index) == *slot).unwrap_or(0);
                let stable = rollout.plan.legs[leg].stable.as_ref();
                wanted(rollout, leg).traffic == Traffic::Offline
                    || stable.is_none_or(|stable| ready(stable.version()) == 0)
            }
            _ => false,
        };
        require(may, || {
            format!("{slot} was taken offline by {} although somebody is ready", routed.generation)
        })
    }
}
