//! "Rolled back" is said only when the router really gives the candidate nothing.

use std::collections::BTreeSet;

use tidegate_domain::id::SlotId;
use tidegate_domain::rollout::{RolloutEvent, Stage};

use super::{Checker, Verdict, View, require};
use crate::fact::Fact;
use crate::shadow::Event;
use crate::world::router::weight;

#[derive(Default)]
pub struct ReadBack {
    drifted: BTreeSet<SlotId>,
}

impl Checker for ReadBack {
    fn property(&self) -> &'static str {
        "rolled back is never said without reading back a weight of 0"
    }

    fn see(&mut self, fact: &Fact, view: &View<'_>) -> Verdict {
        match fact {
            Fact::Drifted { slot } => {
                self.drifted.insert(slot.clone());
            }
            Fact::Routed(routed) if routed.accepted => {
                self.drifted.remove(&routed.intent.slot);
            }
            Fact::Recorded(record) => {
                let Event::Rollout(RolloutEvent::RolledBack { .. }) = &record.event else { return Ok(()) };
                let Some(rollout) = record.after.rollout() else { return Ok(()) };
                for (index, leg) in rollout.plan.legs.iter().enumerate() {
                    let slot = rollout.slot(index);
                    let touched =
                        rollout.legs[index].stage == Stage::Returned && !self.drifted.contains(&slot);
                    let candidate = leg.candidate.version();
                    let other = leg.stable.as_ref().is_none_or(|stable| stable.version() != candidate);
                    let share = view.world.router.serving(&slot).map(|serving| weight(serving, candidate));
                    require(
                        !touched || !other || share.is_none_or(tidegate_domain::weight::Weight::is_none),
                        || format!("{} is rolled back, and {slot} still gives it {share:?}", rollout.id),
                    )?;
                }
            }
            _ => {}
        }
        Ok(())
    }
}
