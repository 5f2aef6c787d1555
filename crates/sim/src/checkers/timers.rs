//! No step is left before its time, by the recorded clock and by the true one; a deadline does not come early.

use tidegate_domain::rollout::{Cause, RolloutEvent, Stage};

use super::{Checker, Verdict, View, require};
use crate::env::WALL_BEGINS_MS;
use crate::fact::{Fact, Record};
use crate::scenario::Trouble;
use crate::shadow::Event;

pub struct Timers;

impl Checker for Timers {
    fn property(&self) -> &'static str {
        "timers never fire early"
    }

    fn see(&mut self, fact: &Fact, view: &View<'_>) -> Verdict {
        let Fact::Recorded(record) = fact else { return Ok(()) };
        on_time(record, view)?;
        let (Event::Rollout(event), Some(before)) = (&record.event, record.before.rollout()) else {
            return Ok(());
        };
        let (now, (_, leg)) = (record.entry.at.steady, before.leg());
        let (name, spent_ms, needed_ms) = match event {
            // Climbing down for another look needs no patience.
            RolloutEvent::StepEntered { leg: at, step } if *at == before.current && *step <= leg.step => {
                return Ok(());
            }
            RolloutEvent::StepEntered { .. } | RolloutEvent::LegPromoted { .. }
                if leg.stage == Stage::Dwelling =>
            {
                ("left its step", now.since_ms(leg.since), before.step().leave.dwell_seconds * 1_000)
            }
            RolloutEvent::Returning { cause: Cause::Deadline { seconds, .. } } => {
                ("met its deadline", before.clock.spent_at(now), seconds * 1_000)
            }
            _ => return Ok(()),
        };
        require(spent_ms >= needed_ms, || format!("{} {name} after {spent_ms} of {needed_ms} ms", before.id))
    }
}

/// Recorded time never runs ahead of true time, where the machine kept count of it: over a reboot it can only take the
/// wall clock's word.
fn on_time(record: &Record, view: &View<'_>) -> Verdict {
    let reboots = view.scenario.disturbances.iter().any(|one| matches!(one.what, Trouble::Reboot { .. }));
    let recorded_ms = record.entry.at.steady.0.saturating_sub(WALL_BEGINS_MS);
    require(reboots || recorded_ms <= record.true_ms, || {
        format!(
            "event {} is recorded at {recorded_ms} ms, {} ms are over",
            record.entry.position, record.true_ms
        )
    })
}
