//! A rollout of several components goes in the order of its plan and comes back in reverse, all of it.

use tidegate_domain::rollout::{Phase, RolloutEvent, RolloutKind, Stage};

use super::{Checker, Verdict, View, require};
use crate::fact::Fact;
use crate::shadow::Event;

pub struct InOrder;

impl Checker for InOrder {
    fn property(&self) -> &'static str {
        "several components go in order and come back in reverse"
    }

    fn see(&mut self, fact: &Fact, _: &View<'_>) -> Verdict {
        let Fact::Recorded(record) = fact else { return Ok(()) };
        let (Event::Rollout(event), Some(before)) = (&record.event, record.before.rollout()) else {
            return Ok(());
        };
        let stage = |leg: usize| before.legs[leg].stage;
        let id = &before.id;
        match event {
            RolloutEvent::StepEntered { leg, .. } => {
                require((0..*leg).all(|done| stage(done) == Stage::Promoted), || {
                    format!("leg {leg} of {id} moves before those it follows")
                })?;
                let needs = &before.plan.legs[*leg].candidate.component.depends_on;
                let later = before.plan.legs[*leg..]
                    .iter()
                    .any(|other| needs.contains(&other.candidate.component.name));
                // What comes back after a rollout had ended comes in reverse.
                let back = matches!(before.plan.kind, RolloutKind::Rollback { .. });
                require(!later || back, || format!("leg {leg} of {id} moves before what it depends on"))
            }
            RolloutEvent::LegReturned { leg } => {
                let untouched = |leg: usize| matches!(stage(leg), Stage::Returned | Stage::Pending);
                require((leg + 1..before.legs.len()).all(untouched), || {
                    format!("leg {leg} of {id} returned before a later one")
                })
            }
            RolloutEvent::RolledBack { .. } => {
                let done =
                    (0..before.legs.len()).all(|leg| matches!(stage(leg), Stage::Returned | Stage::Pending));
                let returning = matches!(before.phase, Phase::Returning { .. });
                require(done && returning, || format!("{id} is rolled back in part"))
            }
            RolloutEvent::Succeeded => {
                let done = (0..before.legs.len()).all(|leg| stage(leg) == Stage::Promoted);
                require(done, || format!("{id} succeeded in part"))
            }
            _ => Ok(()),
        }
    }
}
