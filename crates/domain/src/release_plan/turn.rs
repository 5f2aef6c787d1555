//! What a rollout of the plan's release means for the plan.
//!
//! Invariant: only the last stage of the release's pipeline counts; a release without a pipeline counts wherever it goes. What went
//! back because it was bad is held until a person looked, and a hold is never undone here.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use tidegate_plan::document::Window;

use super::{Phase, PlanEvent, ReleasePlan, Said};
use crate::id::RolloutId;
use crate::name::EnvironmentName;
use crate::pipeline::PipelineSpec;
use crate::release::{Release, ReleaseEvent, Standing};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    pub release: crate::name::Version,
    pub environment: EnvironmentName,
    pub rollout: RolloutId,
    pub what: What,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    Entered,
    /// It stands wherever the last stage needs it.
    Arrived,
    WentBack {
        reason: String,
        /// It was bad, rather than only taken back.
        bad: bool,
    },
}

/// `release` is the state after the event.
pub(crate) fn turn(release: &Release, event: &ReleaseEvent, pipeline: Option<&PipelineSpec>) -> Option<Turn> {
    let (ReleaseEvent::Entered { environment, rollout }
    | ReleaseEvent::Verified { environment, rollout }
    | ReleaseEvent::WentBack { environment, rollout, .. }) = event
    else {
        return None;
    };
    let last = pipeline.and_then(|pipeline| pipeline.stages.last());
    if last.is_some_and(|stage| stage.environments().all(|name| name != environment)) {
        return None;
    }
    let what = if let ReleaseEvent::WentBack { reason, barred, .. } = event {
        let gone =
            |name: &&EnvironmentName| matches!(release.standings.get(*name), Some(Standing::GoneBack { .. }));
        let lost =
            last.is_none_or(|stage| stage.environments().filter(|name| !gone(name)).count() < stage.needed());
        lost.then(|| What::WentBack { reason: reason.clone(), bad: *barred })?
    } else if matches!(event, ReleaseEvent::Verified { .. }) {
        last.is_none_or(|stage| release.verified_in_stage(stage)).then_some(What::Arrived)?
    } else {
        What::Entered
    };
    let (environment, rollout) = (environment.clone(), rollout.clone());
    Some(Turn { release: release.version.clone(), environment, rollout, what })
}

impl ReleasePlan {
    /// Total: what happened is not refused.
    pub(super) fn follow(&self, turn: Turn, said: Said) -> Vec<PlanEvent> {
        let Turn { release, environment, rollout, what } = turn;
        if !self.is_about(&release) || self.phase == Phase::Cancelled {
            return Vec::new();
        }
        let (to, note, bad) = match (what, self.phase) {
            (What::Entered, Phase::Released | Phase::RollingOut) | (What::Arrived, Phase::Released) => {
                return Vec::new();
            }
            (What::Entered, _) => {
                let without = self.go().is_none().then(|| "without a go of its plan".to_owned());
                let told: Vec<String> = without.into_iter().chain(self.out_of_window(said.at_ms)).collect();
                (Phase::RollingOut, told.join(", "), false)
            }
            (What::Arrived, _) => {
                (Phase::Released, self.out_of_window(said.at_ms).unwrap_or_default(), false)
            }
            (What::WentBack { reason, bad }, Phase::RollingOut | Phase::Released) => {
                (Phase::Frozen, reason, bad)
            }
            (What::WentBack { .. }, _) => return Vec::new(),
        };
        let said = Said { note, ..said };
        let held = (bad && self.hold.is_none()).then(|| PlanEvent::Held { said: said.clone() });
        let followed = PlanEvent::Followed { to, rollout, environment, said };
        std::iter::once(followed).chain(held).collect()
    }

    /// In words, where the plan names a window for its deployment and it is not then.
    fn out_of_window(&self, at_ms: u64) -> Option<String> {
        let Window { from, until, zone } = self.document.deployment.window.as_ref()?;
        let instant = Timestamp::from_millisecond(i64::try_from(at_ms).ok()?).ok()?;
        let here = instant.to_zoned(TimeZone::get(zone).ok()?).datetime();
        let how = if here < *from {
            "before"
        } else if here > *until {
            "after"
        } else {
            return None;
        };
        let clock = |at: &DateTime| at.strftime("%Y-%m-%d %H:%M").to_string();
        Some(format!("{how} the window of its plan, {} to {} in {zone}", clock(from), clock(until)))
    }
}
