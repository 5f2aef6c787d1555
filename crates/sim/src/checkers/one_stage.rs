//! One observation moves a rollout by one stage at most: between two effects stands a recorded intent.

use super::{Checker, Verdict, View, require};
use crate::fact::Fact;
use crate::shadow::Event;
use tidegate_domain::id::RolloutId;
use tidegate_domain::rollout::RolloutEvent;

#[derive(Default)]
pub struct OneStage {
    batch: u64,
    moved: Vec<RolloutId>,
}

impl Checker for OneStage {
    fn property(&self) -> &'static str {
        "one batch moves a rollout by one stage at most"
    }

    fn see(&mut self, fact: &Fact, _: &View<'_>) -> Verdict {
        let Fact::Recorded(record) = fact else { return Ok(()) };
        if record.batch != self.batch {
            (self.batch, self.moved) = (record.batch, Vec::new());
        }
        let (Event::Rollout(event), Some(rollout)) = (&record.event, record.after.rollout()) else {
            return Ok(());
        };
        let moves = matches!(
            event,
            RolloutEvent::StageEntered { .. }
                | RolloutEvent::StepEntered { .. }
                | RolloutEvent::Skipped { .. }
                | RolloutEvent::Returning { .. }
        );
        if moves {
            require(!self.moved.contains(&rollout.id), || format!("{} moved twice at once", rollout.id))?;
            self.moved.push(rollout.id.clone());
        }
        Ok(())
    }
}
