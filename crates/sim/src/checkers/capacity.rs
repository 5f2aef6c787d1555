//! The candidate's share grows only as far as its ready instances carry it, and only after they were ready.

use std::collections::BTreeMap;

use tidegate_domain::id::SlotId;
use tidegate_domain::name::Version;
use tidegate_domain::rollout::{Rollout, RolloutEvent, Stage, wanted};
use tidegate_domain::weight::Weight;

use super::{Checker, Verdict, View, endpoints, require};
use crate::fact::{Arrival, Fact, Record, Routed};
use crate::shadow::Event;
use crate::world::router::weight;

#[derive(Default)]
pub struct Capacity {
    ready: BTreeMap<(SlotId, Version), usize>,
}

impl Checker for Capacity {
    fn property(&self) -> &'static str {
        "weight never exceeds what ready capacity serves"
    }

    fn see(&mut self, fact: &Fact, view: &View<'_>) -> Verdict {
        match fact {
            Fact::Ensured(ensured) if ensured.accepted && ensured.call.arrival == Arrival::InTime => {
                let key = (ensured.slot.clone(), ensured.version.clone());
                self.ready.insert(key, ensured.truly_ready.len());
                Ok(())
            }
            Fact::Looked(looked) if looked.call.arrival == Arrival::InTime => {
                for (version, ready) in &looked.truly_ready {
                    self.ready.insert((looked.slot.clone(), version.clone()), ready.len());
                }
                Ok(())
            }
            Fact::Recorded(record) => self.raised(record),
            Fact::Routed(routed) if routed.accepted => grown(routed, view),
            _ => Ok(()),
        }
    }
}

impl Capacity {
    /// Traffic is asked to move only when the rung's instances are ready.
    fn raised(&self, record: &Record) -> Verdict {
        let Event::Rollout(RolloutEvent::StageEntered { leg, stage: Stage::Shifting }) = &record.event else {
            return Ok(());
        };
        let Some(rollout) = record.before.rollout() else { return Ok(()) };
        let plan = &rollout.plan.legs[*leg];
        let key = (rollout.slot(*leg), plan.candidate.version().clone());
        let (ready, needed) =
            (self.ready.get(&key).copied().unwrap_or(0), plan.steps[rollout.legs[*leg].step].candidate);
        require(ready >= needed as usize, || {
            format!("traffic of {} moves with {ready} of {needed} ready", rollout.slot(*leg))
        })
    }
}

fn grown(routed: &Routed, view: &View<'_>) -> Verdict {
    let Some((rollout, leg)) = view.shadow.leg_of(routed.generation, &routed.intent.slot) else {
        return Ok(());
    };
    let plan = &rollout.plan.legs[leg];
    let candidate = plan.candidate.version();
    let before = routed.before.as_ref().map_or(Weight::NONE, |serving| weight(serving, candidate));
    let after = weight(&routed.intent.serving, candidate);
    let alone = plan
        .stable
        .as_ref()
        .is_none_or(|stable| endpoints(&routed.intent.serving, stable.version()).is_empty());
    let (ready, needs) = (endpoints(&routed.intent.serving, candidate).len(), needed(rollout, leg, after));
    // Of a larger share, as much as the ready part of its instances carries.
    let whole = wanted(rollout, leg).traffic.candidate();
    let part = after <= whole.carried_by(ready as u32, needed(rollout, leg, whole) as u32);
    require(after <= before || alone || ready >= needs || part, || {
        format!("{} has {after} on {ready} ready instances, needs {needs}", routed.intent.slot)
    })
}

/// Rolling divides by instances and may run with fewer; otherwise a share needs its part of the full size.
fn needed(rollout: &Rollout, leg: usize, share: Weight) -> usize {
    let plan = &rollout.plan.legs[leg];
    share.replicas_needed(plan.candidate.replicas).min(plan.steps[rollout.legs[leg].step].candidate.max(1))
        as usize
}
