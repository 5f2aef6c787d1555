//! Every effect follows from a recorded intent: its generation names an event, and it asks for exactly what the state
//! after that event wants.

use tidegate_domain::moment::Steady;
use tidegate_domain::rollout::wanted;
use tidegate_domain::slot::{self, Slot};
use tidegate_domain::strategy::Traffic;
use tidegate_domain::weight::Weight;
use tidegate_ports::Serving;

use super::{Checker, Verdict, View, endpoints, require};
use crate::fact::{Ensured, Fact, Routed};
use crate::shadow::Aggregate;
use crate::world::router::weight;

pub struct Recorded;

impl Checker for Recorded {
    fn property(&self) -> &'static str {
        "no effect without a recorded intent"
    }

    fn see(&mut self, fact: &Fact, view: &View<'_>) -> Verdict {
        match fact {
            Fact::Ensured(ensured) => instances(ensured, view),
            Fact::Routed(routed) => traffic(routed, view),
            _ => Ok(()),
        }
    }
}

fn instances(ensured: &Ensured, view: &View<'_>) -> Verdict {
    let (version, asked) = (&ensured.version, ensured.replicas);
    let right = match view.shadow.at_position.get(&ensured.generation.position) {
        Some(Aggregate::Slot(slot)) => slot.id == ensured.slot && slot_wants(slot, ensured),
        Some(Aggregate::Rollout(_)) => {
            view.shadow.leg_of(ensured.generation, &ensured.slot).is_some_and(|(rollout, index)| {
                let (plan, wanted) = (&rollout.plan.legs[index], wanted(rollout, index));
                let candidate = plan.candidate.version() == version && wanted.candidate == asked;
                let stable = plan.stable.as_ref().is_some_and(|stable| stable.version() == version);
                // Whatever else runs stops before a database is contracted.
                let others =
                    asked == 0 && rollout.clears(index) && plan.candidate.version() != version && !stable;
                candidate || (stable && wanted.stable == asked) || others
            })
        }
        _ => false,
    };
    require(right, || {
        let generation = ensured.generation;
        format!(
            "{asked} of {version} in {} were asked for by {generation}, which no event wants",
            ensured.slot
        )
    })
}

fn slot_wants(slot: &Slot, ensured: &Ensured) -> bool {
    let Some(keep) = slot::effects(slot, Steady(0)) else { return false };
    let stable = keep.stable.version() == &ensured.version && keep.stable.replicas == ensured.replicas;
    let previous = keep.previous.is_some_and(|(placed, kept)| {
        placed.version() == &ensured.version && (ensured.replicas == 0 || ensured.replicas == kept)
    });
    let leftover = keep.leftovers.iter().any(|placed| placed.version() == &ensured.version);
    stable || previous || (leftover && ensured.replicas == 0)
}

fn traffic(routed: &Routed, view: &View<'_>) -> Verdict {
    let slot = &routed.intent.slot;
    let right = match view.shadow.at_position.get(&routed.generation.position) {
        Some(Aggregate::Slot(slot)) => slot.id == routed.intent.slot && slot.rollout.is_none(),
        Some(Aggregate::Rollout(_)) => {
            view.shadow.leg_of(routed.generation, slot).is_some_and(|(rollout, index)| {
                let candidate = rollout.plan.legs[index].candidate.version();
                match (wanted(rollout, index).traffic, &routed.intent.serving) {
                    (_, Serving::Offline { .. }) => true,
                    (Traffic::Offline, Serving::Split(_)) => false,
                    (Traffic::Candidate(share), serving) => may_be(serving, candidate, share, rollout, index),
                }
            })
        }
        _ => false,
    };
    require(right, || {
        format!("{slot} was routed by {} as no event wants: {:?}", routed.generation, routed.intent.serving)
    })
}

/// The share, or less where not enough of the candidate is ready, or all where stable is not.
fn may_be(
    serving: &Serving,
    candidate: &tidegate_domain::name::Version,
    share: Weight,
    rollout: &tidegate_domain::rollout::Rollout,
    index: usize,
) -> bool {
    let stable = rollout.plan.legs[index].stable.as_ref();
    let nobody = stable.is_none_or(|stable| endpoints(serving, stable.version()).is_empty());
    weight(serving, candidate) <= share || nobody
}
