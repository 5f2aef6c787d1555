//! What an event in one history means for others: the same transaction carries both.
//!
//! Invariant: pure; each consequence is a command that its own aggregate decides on. Deliberately not here: loading,
//! storing, and commands that people give.

mod flags;

pub use flags::of_flag;

use crate::flag::ForRollout;
use crate::id::{RolloutId, SlotId, StreamId};
use crate::moment::Steady;
use crate::name::{EnvironmentName, FlagKey, Version};
use crate::pipeline::{OnFailure, PipelineSpec};
use crate::release::{Release, ReleaseCommand, ReleaseEvent, Standing};
use crate::release_plan::{self, Turn};
use crate::review::is_owed_for;
use crate::rollout::{Cause, Plan, Rollout, RolloutCommand, RolloutEvent, RolloutKind, wanted};
use crate::slot::{Previous, SlotCommand, SlotEvent};

#[derive(Debug, Clone, PartialEq)]
pub enum Consequence {
    Release(Version, ReleaseCommand),
    Slot(SlotId, SlotCommand),
    Rollout(RolloutId, RolloutCommand),
    /// Goes back if it is still on its way out, for this reason.
    CallBack(RolloutId, String),
    /// The same, because it is bad.
    RollBack(RolloutId, String),
    Flag(FlagKey, ForRollout),
    /// The plan by which a release goes, where there is one.
    Plan(Version, Turn),
}

impl Consequence {
    pub fn stream(&self) -> StreamId {
        match self {
            Self::Release(version, _) => StreamId::Release(version.clone()),
            Self::Slot(slot, _) => StreamId::Slot(slot.clone()),
            Self::Rollout(id, _) | Self::CallBack(id, _) | Self::RollBack(id, _) => {
                StreamId::Rollout(id.clone())
            }
            Self::Flag(key, _) => StreamId::Flag(key.clone()),
            Self::Plan(version, _) => StreamId::Plan(version.clone()),
        }
    }
}

/// `rollout` is the state after the event.
pub fn of_rollout(rollout: &Rollout, event: &RolloutEvent, now: Steady) -> Vec<Consequence> {
    let mut all = flags::of_rollout(rollout, event);
    match event {
        RolloutEvent::Succeeded => all.extend(promoted(rollout, now)),
        RolloutEvent::RolledBack { cause } | RolloutEvent::Cancelled { cause } => {
            all.extend(ended(rollout, cause));
        }
        RolloutEvent::Started { .. }
        | RolloutEvent::SlotGained { .. }
        | RolloutEvent::Began
        | RolloutEvent::StepEntered { .. }
        | RolloutEvent::StageEntered { .. }
        | RolloutEvent::Seen { .. }
        | RolloutEvent::Judged { .. }
        | RolloutEvent::SmokeTested { .. }
        | RolloutEvent::Confirmed { .. }
        | RolloutEvent::Held { .. }
        | RolloutEvent::GatesClosed { .. }
        | RolloutEvent::GatesOpened
        | RolloutEvent::Resumed { .. }
        | RolloutEvent::Skipped { .. }
        | RolloutEvent::Promoted { .. }
        | RolloutEvent::LegPromoted { .. }
        | RolloutEvent::PointOfNoReturn { .. }
        | RolloutEvent::Returning { .. }
        | RolloutEvent::Paced { .. }
        | RolloutEvent::ShareLowered { .. }
        | RolloutEvent::LegReturned { .. }
        | RolloutEvent::FaultSeen { .. }
        | RolloutEvent::Alarmed { .. } => {}
    }
    all
}

/// A slot that was waited for is free now.
pub fn of_slot(event: &SlotEvent, waiting: Option<&RolloutId>) -> Vec<Consequence> {
    let SlotEvent::Claimed { slot, rollout } = event else { return Vec::new() };
    if waiting != Some(rollout) {
        return Vec::new();
    }
    let gain = RolloutCommand::GainSlot { slot: slot.clone() };
    vec![Consequence::Rollout(rollout.clone(), gain)]
}

/// What the end of a rollout means for its release and the others of its stage. `release` is the state after the event.
pub fn of_release(
    release: &Release,
    event: &ReleaseEvent,
    pipeline: &PipelineSpec,
    now_ms: u64,
) -> Vec<Consequence> {
    let mut all = called_back(release, event, pipeline);
    all.extend(review_owed(release, event, pipeline, now_ms));
    all
}

/// What it means for the plan by which the release goes; of several only the one that names it as its candidate follows.
pub fn of_release_for_plans(
    release: &Release,
    event: &ReleaseEvent,
    pipeline: Option<&PipelineSpec>,
) -> Vec<Consequence> {
    let Some(turn) = release_plan::turn(release, event, pipeline) else { return Vec::new() };
    let plans = release_plan::plans_of(&release.version).into_iter();
    plans.map(|plan| Consequence::Plan(plan, turn.clone())).collect()
}

fn review_owed(
    release: &Release,
    event: &ReleaseEvent,
    pipeline: &PipelineSpec,
    now_ms: u64,
) -> Option<Consequence> {
    let (ReleaseEvent::Verified { environment, rollout }
    | ReleaseEvent::WentBack { environment, rollout, .. }) = event
    else {
        return None;
    };
    let (_, stage) = pipeline.stage(environment)?;
    let owed = release.emergencies.contains(rollout) && is_owed_for(stage);
    let (environment, rollout) = (environment.clone(), rollout.clone());
    let due_ms = now_ms.saturating_add(pipeline.review.within_seconds.saturating_mul(1000));
    let command = ReleaseCommand::OweReview { environment, rollout, ended_ms: now_ms, due_ms };
    owed.then(|| Consequence::Release(release.version.clone(), command))
}

/// One environment of a stage has gone back: where the stage says so, the others do, too.
fn called_back(release: &Release, event: &ReleaseEvent, pipeline: &PipelineSpec) -> Vec<Consequence> {
    let ReleaseEvent::WentBack { environment, reason, .. } = event else { return Vec::new() };
    let Some((_, stage)) = pipeline.stage(environment) else { return Vec::new() };
    let gone =
        |name: &&EnvironmentName| matches!(release.standings.get(*name), Some(Standing::GoneBack { .. }));
    let left = stage.environments().filter(|name| !gone(name)).count();
    let over = match stage.on_failure {
        OnFailure::GoOn => false,
        OnFailure::GoBackWhenLost => left < stage.needed(),
        OnFailure::GoBackAtOnce => true,
    };
    let under_way = stage.environments().filter_map(|name| match release.standings.get(name) {
        Some(Standing::Underway { rollout }) => Some(rollout.clone()),
        Some(Standing::Verified { .. } | Standing::GoneBack { .. }) | None => None,
    });
    let reason = format!("it went back from {environment}, which stands in the same stage: {reason}");
    under_way.filter(|_| over).map(|rollout| Consequence::CallBack(rollout, reason.clone())).collect()
}

fn promoted(rollout: &Rollout, now: Steady) -> Vec<Consequence> {
    let slots = rollout.plan.slots().enumerate().map(|(index, slot)| {
        let leg = &rollout.plan.legs[index];
        let kept = wanted(rollout, index).stable;
        let drain = leg.stable.as_ref().map_or(0, |stable| stable.component.stop.drain_seconds);
        let previous = leg.stable.clone().map(|placed| {
            let until = now.plus_seconds(rollout.plan.keep_stable_seconds.max(drain));
            Box::new(Previous { placed, kept, until })
        });
        let stable = Box::new(leg.candidate.clone());
        let contracted = rollout.has_contracted(index);
        let command = SlotCommand::Promote { rollout: rollout.id.clone(), stable, previous, contracted };
        Consequence::Slot(slot, command)
    });
    let verified =
        ReleaseCommand::Verify { environment: rollout.plan.environment.clone(), rollout: rollout.id.clone() };
    slots.chain(release_of(&rollout.plan).map(|version| Consequence::Release(version, verified))).collect()
}

fn ended(rollout: &Rollout, cause: &Cause) -> Vec<Consequence> {
    let slots = rollout.plan.slots().map(|slot| {
        let command = SlotCommand::Return { rollout: rollout.id.clone() };
        Consequence::Slot(slot, command)
    });
    let back = ReleaseCommand::GoBack {
        environment: rollout.plan.environment.clone(),
        rollout: rollout.id.clone(),
        reason: cause.to_string(),
        barred: cause.bars(),
    };
    let release = release_of(&rollout.plan).map(|version| Consequence::Release(version, back));
    slots.chain(release).collect()
}

/// A rollback changes slots, not the standing of the release that it left.
fn release_of(plan: &Plan) -> Option<Version> {
    match plan.kind {
        RolloutKind::Release | RolloutKind::Hotfix => Some(plan.release.clone()),
        RolloutKind::Rollback { .. } => None,
    }
}
