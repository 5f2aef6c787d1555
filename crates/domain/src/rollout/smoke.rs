//! When a smoke test is to be asked, and what its outcome means for the rollout.
//!
//! Invariant: nothing of a component gets traffic before all of its smoke tests have passed, and it is not called done before
//! they have passed again; an outcome counts only for the test that is awaited, so none counts twice. Deliberately not
//! here: asking.

use serde::{Deserialize, Serialize};

use super::state::{Leg, Phase, Rollout, Stage};
use super::{Cause, LegPlan, RolloutEvent, database};
use crate::moment::Steady;
use crate::name::GateName;
use crate::smoke::{SmokePhase, SmokeResult, SmokeTest, SmokeVerdict};

/// How long the outcome of a test is waited for beyond the time that its attempts can take.
const ANSWER_SECONDS: u64 = 60;

/// A test that was asked in one leg.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Smoked {
    pub phase: SmokePhase,
    pub test: GateName,
    pub result: SmokeResult,
}

/// The test whose outcome the rollout waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SmokeDue<'a> {
    pub leg: usize,
    pub phase: SmokePhase,
    pub test: &'a SmokeTest,
}

/// One after the other, in the order in which they are written: the first that has not passed.
pub fn smoke_due(rollout: &Rollout) -> Option<SmokeDue<'_>> {
    if rollout.phase != Phase::Advancing {
        return None;
    }
    if let Some(due) = database::due(rollout) {
        return Some(due);
    }
    let (plan, leg) = rollout.leg();
    let phase = awaited_phase(plan, leg)?;
    let there = leg.candidate.ready_count() >= plan.steps[leg.step].candidate;
    let test = outstanding(plan, leg, phase).filter(|_| phase == SmokePhase::After || there)?;
    Some(SmokeDue { leg: rollout.current, phase, test })
}

/// Whether the current stage must not be left yet.
pub(super) fn keeps(rollout: &Rollout) -> bool {
    let (plan, leg) = rollout.leg();
    database::expands(plan, leg)
        || awaited_phase(plan, leg).is_some_and(|phase| outstanding(plan, leg, phase).is_some())
}

fn awaited_phase(plan: &LegPlan, leg: &Leg) -> Option<SmokePhase> {
    match leg.stage {
        Stage::Raising if plan.steps[leg.step].candidate > 0 => Some(SmokePhase::Before),
        Stage::Dwelling if leg.step + 1 == plan.steps.len() => Some(SmokePhase::After),
        Stage::Pending
        | Stage::Raising
        | Stage::Shifting
        | Stage::Draining
        | Stage::Lowering
        | Stage::Dwelling
        | Stage::Promoted
        | Stage::Restoring
        | Stage::ShiftingBack
        | Stage::Emptying
        | Stage::Removing
        | Stage::Returned => None,
    }
}

fn outstanding<'a>(plan: &'a LegPlan, leg: &Leg, phase: SmokePhase) -> Option<&'a SmokeTest> {
    plan.smoke.iter().find(|test| !leg.smoke.iter().any(|done| done.phase == phase && done.test == test.name))
}

/// What came of the test that is awaited; of any other it is no news.
pub(super) fn smoked(
    rollout: &Rollout,
    (leg, phase, test): (usize, SmokePhase, GateName),
    result: SmokeResult,
) -> Vec<RolloutEvent> {
    let awaited = smoke_due(rollout);
    if awaited.is_none_or(|due| due.leg != leg || due.phase != phase || due.test.name != test) {
        return Vec::new();
    }
    let result = result.small();
    let component = rollout.plan.legs[leg].candidate.component.name.to_string();
    let ends = !matches!(phase, SmokePhase::Contracted | SmokePhase::Contract);
    let held = database::follows(rollout, (leg, phase), &result);
    let follows = (ends && result.verdict != SmokeVerdict::Passed).then(|| RolloutEvent::Returning {
        cause: Cause::Smoke {
            component,
            test: test.clone(),
            phase,
            expected: result.expected.clone(),
            seen: result.seen.clone(),
            faulted: result.verdict == SmokeVerdict::Faulted,
        },
    });
    let told = RolloutEvent::SmokeTested { leg, phase, test, result };
    std::iter::once(told).chain(follows).chain(held).collect()
}

/// How much later than without smoke tests a stage that waits for them is called overdue.
pub(super) fn patience_seconds(rollout: &Rollout) -> u64 {
    let Some(due) = smoke_due(rollout) else { return 0 };
    let (plan, _) = rollout.leg();
    let tests = plan.smoke.iter().map(SmokeTest::longest_ms).fold(0, u64::saturating_add);
    let longest = if due.phase.is_of_database() { due.test.longest_ms() } else { tests };
    longest.div_ceil(1_000).saturating_add(ANSWER_SECONDS)
}

/// Nobody answered in all that time: that is no word on the version, and no pass.
pub(super) fn unanswered(rollout: &Rollout, seconds: u64) -> Option<Cause> {
    let SmokeDue { leg, phase, test } = smoke_due(rollout)?;
    Some(Cause::Smoke {
        component: rollout.plan.legs[leg].candidate.component.name.to_string(),
        test: test.name.clone(),
        phase,
        expected: test.expects(),
        seen: format!("no outcome in {seconds} s"),
        faulted: true,
    })
}

/// The same where the rollout waits in its last step: a person decides, because everybody has the version.
pub(super) fn overdue(rollout: &Rollout, now: Steady) -> Option<String> {
    let due = smoke_due(rollout).filter(|due| due.phase > SmokePhase::Before)?;
    let dwell = if rollout.is_finishing() { 0 } else { rollout.step().leave.dwell_seconds };
    let what = if due.phase.is_of_database() { "database step" } else { "smoke test" };
    let seconds = rollout.plan.progress_deadline_seconds.saturating_add(patience_seconds(rollout));
    let over = rollout.clock.spent_at(now) >= dwell.saturating_add(seconds).saturating_mul(1_000);
    over.then(|| format!("the {what} `{}` has had no outcome in {seconds} s", due.test.name))
}
