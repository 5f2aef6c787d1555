//! After a rollback no instance of the candidate is left.

use tidegate_domain::rollout::{RolloutEvent, Stage};

use super::{Checker, Verdict, View, require};
use crate::fact::Fact;
use crate::shadow::Event;

pub struct Gone;

impl Checker for Gone {
    fn property(&self) -> &'static str {
        "the candidate's instances are gone after a rollback"
    }

    fn see(&mut self, fact: &Fact, view: &View<'_>) -> Verdict {
        let Fact::Recorded(record) = fact else { return Ok(()) };
        let Event::Rollout(RolloutEvent::RolledBack { .. }) = &record.event else { return Ok(()) };
        let Some(rollout) = record.after.rollout() else { return Ok(()) };
        for (index, leg) in rollout.plan.legs.iter().enumerate() {
            let candidate = leg.candidate.version();
            let other = leg.stable.as_ref().is_none_or(|stable| stable.version() != candidate);
            let left = view.world.target.census(&rollout.slot(index)).get(candidate).copied().unwrap_or(0);
            let touched = rollout.legs[index].stage == Stage::Returned;
            require(!touched || !other || left == 0, || {
                format!("{left} of {candidate} still run in {} after {}", rollout.slot(index), rollout.id)
            })?;
        }
        Ok(())
    }
}
