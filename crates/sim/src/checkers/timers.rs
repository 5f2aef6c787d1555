//! No step is left before its time, by the recorded clock and by the true one; a deadline does not come early.

use std::collections::BTreeMap;

use tidegate_domain::id::RolloutId;
use tidegate_domain::rollout::{Cause, Rollout, RolloutEvent, Stage};

use super::{Checker, Verdict, View, require};
use crate::fact::{Fact, Record};
use crate::scenario::Trouble;
use crate::shadow::Event;

#[derive(Default)]
pub struct Timers {
    /// When each rollout truly entered the stage it is in.
    entered: BTreeMap<RolloutId, u64>,
}

impl Checker for Timers {
    fn property(&self) -> &'static str {
        "timers never fire early"
    }

    fn see(&mut self, fact: &Fact, view: &View<'_>) -> Verdict {
        let Fact::Recorded(record) = fact else { return Ok(()) };
        let (Event::Rollout(event), Some(after)) = (&record.event, record.after.rollout()) else {
            return Ok(());
        };
        match event {
            RolloutEvent::StepEntered { .. } | RolloutEvent::LegPromoted { .. } => {
                self.left(record, view)?;
                self.entered.insert(after.id.clone(), record.true_ms);
            }
            RolloutEvent::StageEntered { .. } | RolloutEvent::Skipped { .. } => {
                self.entered.insert(after.id.clone(), record.true_ms);
            }
            RolloutEvent::Returning { cause: Cause::Deadline { seconds, .. } } => {
                return self.passed(after, record, *seconds, view);
            }
            _ => {}
        }
        Ok(())
    }
}

impl Timers {
    fn left(&self, record: &Record, view: &View<'_>) -> Verdict {
        let Some(before) = record.before.rollout() else { return Ok(()) };
        let (_, leg) = before.leg();
        if leg.stage != Stage::Dwelling {
            return Ok(());
        }
        let dwell_ms = before.step().leave.dwell_seconds * 1_000;
        let steady_ms = record.entry.at.steady.since_ms(leg.since);
        require(steady_ms >= dwell_ms, || {
            format!("{} left its step after {steady_ms} of {dwell_ms} ms", before.id)
        })?;
        self.passed(before, record, before.step().leave.dwell_seconds, view)
    }

    /// True time, where the machine kept count of it (a reboot takes the wall clock's word).
    fn passed(&self, rollout: &Rollout, record: &Record, seconds: u64, view: &View<'_>) -> Verdict {
        let reboots = view.scenario.disturbances.iter().any(|one| matches!(one.what, Trouble::Reboot { .. }));
        let Some(entered) = self.entered.get(&rollout.id).filter(|_| !reboots) else { return Ok(()) };
        let passed_ms = record.true_ms - entered;
        // An event is written some time after its clock was read.
        let slack_ms = 20 * view.scenario.weather.delay_ms_max * 100;
        require(passed_ms + slack_ms.min(8_000) >= seconds * 1_000, || {
            format!("{} waited {passed_ms} ms of {seconds} s", rollout.id)
        })
    }
}
