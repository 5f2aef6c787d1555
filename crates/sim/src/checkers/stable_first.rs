//! On the way back, traffic moves to stable only after stable is ready at full size, and the candidate stops only after
//! that.

use std::collections::{BTreeMap, BTreeSet};

use tidegate_domain::id::SlotId;
use tidegate_domain::name::Version;
use tidegate_domain::rollout::{Phase, RolloutEvent, Stage};
use tidegate_domain::weight::Weight;

use super::{Checker, Verdict, View, endpoints, require};
use crate::fact::{Arrival, Fact, Record, Routed};
use crate::shadow::Event;
use crate::world::router::weight;

#[derive(Default)]
pub struct StableFirst {
    ready: BTreeMap<(SlotId, Version), usize>,
    drifted: BTreeSet<SlotId>,
}

impl Checker for StableFirst {
    fn property(&self) -> &'static str {
        "traffic returns to stable only when stable is ready at full size"
    }

    fn see(&mut self, fact: &Fact, view: &View<'_>) -> Verdict {
        match fact {
            Fact::Ensured(ensured) if ensured.accepted && ensured.call.arrival == Arrival::InTime => {
                let key = (ensured.slot.clone(), ensured.version.clone());
                self.ready.insert(key, ensured.truly_ready.len());
                Ok(())
            }
            Fact::Drifted { slot } => {
                self.drifted.insert(slot.clone());
                Ok(())
            }
            Fact::Looked(looked) if looked.call.arrival == Arrival::InTime => {
                for (version, ready) in &looked.truly_ready {
                    self.ready.insert((looked.slot.clone(), version.clone()), ready.len());
                }
                Ok(())
            }
            Fact::Recorded(record) => self.restored(record),
            Fact::Routed(routed) if routed.accepted => {
                let drifted = self.drifted.remove(&routed.intent.slot);
                if drifted { Ok(()) } else { not_early(routed, view) }
            }
            _ => Ok(()),
        }
    }
}

impl StableFirst {
    fn restored(&self, record: &Record) -> Verdict {
        let Event::Rollout(RolloutEvent::StageEntered { leg, stage }) = &record.event else { return Ok(()) };
        let Some(rollout) = record.before.rollout() else { return Ok(()) };
        let from = rollout.legs[*leg].stage;
        if from != Stage::Restoring || *stage == Stage::Restoring {
            return Ok(());
        }
        let Some(stable) = &rollout.plan.legs[*leg].stable else { return Ok(()) };
        let ready = self.ready.get(&(rollout.slot(*leg), stable.version().clone())).copied().unwrap_or(0);
        require(ready >= stable.replicas as usize, || {
            format!("{} leaves {from} with {ready} of {} ready", rollout.slot(*leg), stable.replicas)
        })
    }
}

/// While stable is being restored, the candidate keeps what it has as long as it can serve it.
fn not_early(routed: &Routed, view: &View<'_>) -> Verdict {
    let Some((rollout, leg)) = view.shadow.leg_of(routed.generation, &routed.intent.slot) else {
        return Ok(());
    };
    let returning = matches!(rollout.phase, Phase::Returning { .. });
    if !returning || rollout.legs[leg].stage != Stage::Restoring {
        return Ok(());
    }
    let plan = &rollout.plan.legs[leg];
    let candidate = plan.candidate.version();
    let before = routed.before.as_ref().map_or(Weight::NONE, |serving| weight(serving, candidate));
    let after = weight(&routed.intent.serving, candidate);
    let ready = endpoints(&routed.intent.serving, candidate).len();
    let carries = ready >= before.replicas_needed(plan.candidate.replicas) as usize;
    let wanted = rollout.legs[leg].base.as_ref().map_or(Weight::NONE, |base| base.traffic.candidate());
    require(after >= before.min(wanted) || !carries, || {
        format!("{} goes from {before} to {after} while stable is restored", routed.intent.slot)
    })
}
