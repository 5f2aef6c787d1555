//! The state after an event.
//!
//! Invariant: total; what was recorded is never refused here, and the same events give the same state.

use super::state::{Clock, Hold, Leg, Outcome, Phase, Rollout, Stage, WayBack};
use super::wanted::turned;
use super::{LegObservation, RolloutEvent, Smoked, database, patience, wanted};
use crate::moment::Steady;

pub fn evolve(state: Option<Rollout>, event: &RolloutEvent, at: Steady) -> Option<Rollout> {
    if let RolloutEvent::Started { id, plan, by, waiting_for } = event {
        return Some(Rollout {
            id: id.clone(),
            started_by: by.clone(),
            phase: Phase::Waiting { slots: waiting_for.clone() },
            current: 0,
            legs: plan.legs.iter().map(|_| Leg::pending()).collect(),
            plan: (**plan).clone(),
            hold: None,
            closed: Vec::new(),
            promoted: None,
            pace_seconds: None,
            clock: Clock::default(),
            fault: String::new(),
            alarmed: false,
            past_return: false,
            told: 0,
        });
    }
    let mut rollout = state?;
    count(&mut rollout, event);
    apply(&mut rollout, event, at);
    Some(rollout)
}

/// How long automation has been talking without anybody answering.
fn count(rollout: &mut Rollout, event: &RolloutEvent) {
    match event {
        RolloutEvent::Seen { .. } | RolloutEvent::Judged { .. } | RolloutEvent::FaultSeen { .. } => {
            rollout.told = rollout.told.saturating_add(1);
        }
        RolloutEvent::Resumed { .. } | RolloutEvent::Confirmed { .. } | RolloutEvent::Skipped { .. } => {
            if patience::is_spent(rollout) {
                // What was thought meanwhile was not written down.
                rollout.legs.iter_mut().for_each(|leg| leg.judgement = None);
            }
            rollout.told = 0;
        }
        RolloutEvent::Returning { .. } => rollout.told = 0,
        RolloutEvent::Started { .. }
        | RolloutEvent::SlotGained { .. }
        | RolloutEvent::Began
        | RolloutEvent::StepEntered { .. }
        | RolloutEvent::StageEntered { .. }
        | RolloutEvent::SmokeTested { .. }
        | RolloutEvent::Held { .. }
        | RolloutEvent::GatesClosed { .. }
        | RolloutEvent::GatesOpened
        | RolloutEvent::Promoted { .. }
        | RolloutEvent::LegPromoted { .. }
        | RolloutEvent::PointOfNoReturn { .. }
        | RolloutEvent::Paced { .. }
        | RolloutEvent::ShareLowered { .. }
        | RolloutEvent::LegReturned { .. }
        | RolloutEvent::Alarmed { .. }
        | RolloutEvent::Succeeded
        | RolloutEvent::RolledBack { .. }
        | RolloutEvent::Cancelled { .. } => {}
    }
}

fn apply(rollout: &mut Rollout, event: &RolloutEvent, at: Steady) {
    match event {
        RolloutEvent::Started { .. } => {}
        RolloutEvent::SlotGained { slot } => {
            if let Phase::Waiting { slots } = &mut rollout.phase {
                slots.retain(|waiting| waiting != slot);
            }
        }
        RolloutEvent::Began => rollout.phase = Phase::Advancing,
        RolloutEvent::StepEntered { leg, step } | RolloutEvent::Skipped { leg, step, .. } => {
            enter_step(rollout, *leg, *step, at);
        }
        RolloutEvent::StageEntered { leg, stage } => enter_stage(rollout, *leg, *stage, at),
        RolloutEvent::Seen { observation } => see(rollout, observation, at),
        RolloutEvent::Judged { leg, judgement } => rollout.legs[*leg].judgement = Some(judgement.clone()),
        RolloutEvent::SmokeTested { leg, phase, test, result } => {
            let done = Smoked { phase: *phase, test: test.clone(), result: result.clone() };
            rollout.legs[*leg].smoke.push(done);
            if phase.is_of_database() {
                restart(rollout, at);
            }
        }
        RolloutEvent::Confirmed { .. } => {
            let current = rollout.current;
            rollout.legs[current].confirmed = true;
        }
        RolloutEvent::Held { by, reason } => {
            rollout.hold = Some(Hold { by: by.clone(), reason: reason.clone() });
            rollout.clock = rollout.clock.stopped(at);
        }
        RolloutEvent::Resumed { .. } => {
            rollout.hold = None;
            // What went wrong with a database is tried once more.
            rollout.legs.iter_mut().for_each(|leg| {
                leg.smoke.retain(|done| !database::has_failed(done.phase, done.result.verdict));
            });
            go_on(rollout, at);
        }
        RolloutEvent::GatesClosed { gates } => {
            rollout.closed.clone_from(gates);
            rollout.clock = rollout.clock.stopped(at);
        }
        RolloutEvent::GatesOpened => {
            rollout.closed.clear();
            go_on(rollout, at);
        }
        RolloutEvent::Promoted { by } => rollout.promoted = Some(by.clone()),
        RolloutEvent::LegPromoted { leg } => {
            rollout.legs[*leg].stage = Stage::Promoted;
            rollout.promoted = None;
            if database::contracts(rollout) {
                restart(rollout, at);
            }
        }
        RolloutEvent::PointOfNoReturn { .. } => rollout.past_return = true,
        RolloutEvent::Returning { cause } => {
            rollout.phase = Phase::Returning { cause: cause.clone() };
            rollout.hold = None;
            rollout.closed.clear();
            enter_stage(rollout, rollout.current, Stage::Restoring, at);
        }
        RolloutEvent::Paced { over_seconds } => {
            rollout.pace_seconds = Some(*over_seconds).filter(|seconds| *seconds > 0);
            if rollout.pace_seconds.is_none() {
                rollout.legs.iter_mut().for_each(|leg| leg.way_back = None);
            }
        }
        RolloutEvent::ShareLowered { leg, share } => {
            let leg = &mut rollout.legs[*leg];
            leg.way_back = leg.way_back.map(|way| WayBack { share: *share, ..way });
            leg.way_back = leg.way_back.filter(|way| !way.share.is_none());
            leg.since = at;
        }
        RolloutEvent::LegReturned { leg } => rollout.legs[*leg].stage = Stage::Returned,
        RolloutEvent::FaultSeen { fault } => rollout.fault.clone_from(fault),
        RolloutEvent::Alarmed { .. } => rollout.alarmed = true,
        RolloutEvent::Succeeded => rollout.phase = Phase::Done(Outcome::Succeeded),
        RolloutEvent::RolledBack { cause } => {
            rollout.phase = Phase::Done(Outcome::RolledBack { cause: cause.clone() });
        }
        RolloutEvent::Cancelled { cause } => {
            rollout.phase = Phase::Done(Outcome::Cancelled { cause: cause.clone() });
        }
    }
}

/// The clock runs again when nothing stops the rollout any more.
fn go_on(rollout: &mut Rollout, at: Steady) {
    if rollout.is_stopped() {
        return;
    }
    let (_, leg) = rollout.leg();
    // Watching has no deadline; its clock says how long nobody came to a verdict.
    let watching = leg.stage == Stage::Dwelling;
    rollout.clock = if watching { Clock::started(at) } else { rollout.clock.resumed(at) };
}

/// What comes next has the whole of its time.
fn restart(rollout: &mut Rollout, at: Steady) {
    rollout.clock = if rollout.is_stopped() { Clock::default() } else { Clock::started(at) };
}

fn enter_step(rollout: &mut Rollout, index: usize, step: usize, at: Steady) {
    let base = wanted(rollout, index);
    rollout.current = index;
    let leg = &mut rollout.legs[index];
    leg.base = Some(base);
    leg.step = step;
    leg.confirmed = false;
    enter_stage(rollout, index, Stage::Raising, at);
}

fn enter_stage(rollout: &mut Rollout, index: usize, stage: Stage, at: Steady) {
    if stage == Stage::Restoring {
        let base = turned(rollout, index);
        rollout.legs[index].base = Some(base);
        rollout.alarmed = false;
    }
    let way_back = if stage == Stage::ShiftingBack { first_step_back(rollout, index) } else { None };
    rollout.current = index;
    let leg = &mut rollout.legs[index];
    leg.way_back = way_back;
    leg.stage = stage;
    leg.since = at;
    if stage == Stage::Dwelling {
        // A verdict counts for a rung only when it was reached with the rung's traffic in place.
        leg.judgement = None;
    }
    restart(rollout, at);
}

/// Of what the candidate really has, the first step goes at once.
fn first_step_back(rollout: &Rollout, index: usize) -> Option<WayBack> {
    let (plan, leg) = (&rollout.plan.legs[index], &rollout.legs[index]);
    rollout.pace_seconds.filter(|_| plan.stable.is_some())?;
    let from = leg.share();
    let share = WayBack { from, share: from }.next();
    (!share.is_none()).then_some(WayBack { from, share })
}

fn see(rollout: &mut Rollout, seen: &LegObservation, at: Steady) {
    let plan = &rollout.plan.legs[seen.leg];
    let leg = &mut rollout.legs[seen.leg];
    leg.candidate = seen.candidate.clone();
    leg.stable = seen.stable.clone();
    leg.traffic = seen.route.as_ref().map(|route| route.traffic);
    let short = leg.candidate.ready_count() < leg.needed(plan);
    leg.short_since = if short { leg.short_since.or(Some(at)) } else { None };
}
