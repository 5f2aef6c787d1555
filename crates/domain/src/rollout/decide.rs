//! What follows from a command.
//!
//! Invariant: pure; the state is not changed here, and what is decided is told as events or refused with a reason. Of two
//! people who want opposite things, the one whose word was recorded first wins, and the other is told what happened:
//! whoever turned it back bars every later word, and a promotion bars an abort until it is carried out or held. Only a
//! rollback is never refused on the way out.

use super::state::{Outcome, Phase, Rollout, Stage};
use super::{
    Action, Cause, Judgement, RolloutCommand, RolloutEvent, RolloutRefusal, advance, database, patience,
    smoke,
};
use crate::gate::GateStatus;
use crate::id::SlotId;
use crate::moment::Steady;
use crate::strategy::Judged;
use crate::weight::Weight;

type Decision = Result<Vec<RolloutEvent>, RolloutRefusal>;

/// `actor` is who asks; `now` is when.
pub fn decide(state: Option<&Rollout>, command: RolloutCommand, actor: &str, now: Steady) -> Decision {
    let Some(rollout) = state else {
        return start(command, actor);
    };
    match command {
        RolloutCommand::Start { .. } => Err(RolloutRefusal::Exists),
        RolloutCommand::GainSlot { slot } => Ok(gain(rollout, slot)),
        RolloutCommand::Observe(observation) => Ok(advance::observe(rollout, &observation, now)),
        RolloutCommand::Judge { leg, judgement } => Ok(judge(rollout, leg, judgement, now)),
        RolloutCommand::Smoked { leg, phase, test, result } => {
            Ok(smoke::smoked(rollout, (leg, phase, test), result))
        }
        RolloutCommand::Gates { closed } => Ok(gates(rollout, closed)),
        RolloutCommand::Hold { reason } => hold(rollout, reason, actor),
        RolloutCommand::Resume => resume(rollout, actor),
        RolloutCommand::Promote => promote(rollout, actor),
        RolloutCommand::Abort { reason } => abort(rollout, reason, actor),
        RolloutCommand::RollBack { reason, over_seconds } => {
            roll_back(rollout, Cause::Person { by: actor.to_owned(), reason }, over_seconds)
        }
        RolloutCommand::Supersede { by } => match rollout.phase {
            Phase::Returning { .. } | Phase::Done(_) => Ok(Vec::new()),
            Phase::Waiting { .. } | Phase::Advancing => turn(rollout, Cause::Superseded { by }),
        },
    }
}

fn start(command: RolloutCommand, actor: &str) -> Decision {
    let RolloutCommand::Start { id, plan, waiting_for } = command else {
        return Err(RolloutRefusal::NothingStarted);
    };
    let begins = waiting_for.is_empty();
    let started = RolloutEvent::Started { id, plan, by: actor.to_owned(), waiting_for };
    Ok(std::iter::once(started).chain(begins.then(begin).into_iter().flatten()).collect())
}

fn begin() -> Vec<RolloutEvent> {
    vec![RolloutEvent::Began, RolloutEvent::StepEntered { leg: 0, step: 0 }]
}

fn gain(rollout: &Rollout, slot: SlotId) -> Vec<RolloutEvent> {
    let Phase::Waiting { slots } = &rollout.phase else { return Vec::new() };
    if !slots.contains(&slot) {
        return Vec::new();
    }
    let last = slots.len() == 1;
    let gained = RolloutEvent::SlotGained { slot };
    std::iter::once(gained).chain(last.then(begin).into_iter().flatten()).collect()
}

fn judge(rollout: &Rollout, leg: usize, judgement: Judgement, now: Steady) -> Vec<RolloutEvent> {
    if leg > rollout.current {
        return Vec::new();
    }
    if rollout.phase != Phase::Advancing {
        return hurry(rollout, leg, judgement.action);
    }
    let explanation = judgement.explanation.clone();
    let (action, allowed) = (judgement.action, judgement.allowed);
    let next = rollout.next_share(leg);
    let before = rollout.legs[leg].judgement.as_ref();
    let known = before.is_some_and(|before| before.means_the_same_as(&judgement, next));
    let silent = known || patience::can_wait(rollout, leg, &judgement, now);
    let follows = match action {
        Action::RollBack | Action::StepDown if rollout.past_return => {
            database::back_or_alarm(rollout, Cause::Analysis { explanation }).pop()
        }
        Action::Hold | Action::Stay if rollout.is_finishing() => None,
        Action::RollBack => Some(RolloutEvent::Returning { cause: Cause::Analysis { explanation } }),
        Action::StepDown => Some(RolloutEvent::Returning { cause: Cause::Inconclusive { explanation } }),
        Action::Hold if rollout.hold.is_none() && !known => {
            Some(RolloutEvent::Held { by: "the analysis".to_owned(), reason: explanation })
        }
        Action::Stay => lower_rung(rollout, leg, allowed).map(|step| RolloutEvent::StepEntered { leg, step }),
        Action::Hold | Action::Continue | Action::Promote => None,
    };
    let silent = silent || (patience::is_spent(rollout) && follows.is_none());
    let told = (!silent).then_some(RolloutEvent::Judged { leg, judgement });
    told.into_iter().chain(follows).collect()
}

/// Only on the way out: nothing keeps a way back. Which gates are closed is news; how long they still are is not.
fn gates(rollout: &Rollout, closed: Vec<GateStatus>) -> Vec<RolloutEvent> {
    if rollout.phase != Phase::Advancing || !rollout.gates_are_news(&closed) {
        return Vec::new();
    }
    vec![if closed.is_empty() {
        RolloutEvent::GatesOpened
    } else {
        RolloutEvent::GatesClosed { gates: closed }
    }]
}

/// Where the analysis owns the weights, it may want to look again with less traffic: the highest rung within `allowed`.
fn lower_rung(rollout: &Rollout, leg: usize, allowed: Weight) -> Option<usize> {
    let (plan, at) = (&rollout.plan.legs[leg], rollout.legs[leg].step);
    let owned = plan.steps[at].leave.judged == Judged::AllowsNext;
    let above = plan.steps[at].traffic.candidate() > allowed;
    if leg != rollout.current || !owned || !above {
        return None;
    }
    plan.steps[..at].iter().rposition(|step| step.traffic.candidate() <= allowed)
}

fn hold(rollout: &Rollout, reason: String, actor: &str) -> Decision {
    movable(rollout)?;
    match &rollout.hold {
        Some(hold) => Err(RolloutRefusal::HeldAlready { id: rollout.id.clone(), by: hold.by.clone() }),
        None => Ok(vec![RolloutEvent::Held { by: actor.to_owned(), reason }]),
    }
}

fn resume(rollout: &Rollout, actor: &str) -> Decision {
    movable(rollout)?;
    let by = actor.to_owned();
    if rollout.hold.is_some() {
        return Ok(vec![RolloutEvent::Resumed { by }]);
    }
    if rollout.waits_for_person() {
        return Ok(vec![RolloutEvent::Confirmed { by }]);
    }
    Err(RolloutRefusal::NotHeld { id: rollout.id.clone() })
}

fn promote(rollout: &Rollout, actor: &str) -> Decision {
    movable(rollout)?;
    let by = actor.to_owned();
    let (plan, leg) = rollout.leg();
    let last = plan.steps.len() - 1;
    let resumed = rollout.hold.is_some().then(|| RolloutEvent::Resumed { by: by.clone() });
    let onward = if leg.step < last {
        Some(RolloutEvent::Skipped { by, leg: rollout.current, step: last })
    } else {
        let waits = leg.stage == Stage::Dwelling && plan.steps[last].leave.confirm && !leg.confirmed;
        waits.then_some(RolloutEvent::Confirmed { by })
    };
    let follows: Vec<_> = resumed.into_iter().chain(onward).collect();
    if !follows.is_empty() {
        let promoted = RolloutEvent::Promoted { by: actor.to_owned() };
        return Ok(std::iter::once(promoted).chain(follows).collect());
    }
    Err(match rollout.promotion_under_way() {
        Some(by) => promoted(rollout, by),
        None => RolloutRefusal::NotHeld { id: rollout.id.clone() },
    })
}

/// An abort takes back a start, not another person's promotion: that takes a rollback, which says so.
fn abort(rollout: &Rollout, reason: String, actor: &str) -> Decision {
    match rollout.promotion_under_way() {
        Some(by) => Err(promoted(rollout, by)),
        None => turn(rollout, Cause::Aborted { by: actor.to_owned(), reason }),
    }
}

/// The most that a way back in steps may take.
pub const RETURN_SECONDS_MAX: u64 = 24 * 3600;

fn roll_back(rollout: &Rollout, cause: Cause, over_seconds: Option<u64>) -> Decision {
    let over_seconds = over_seconds.unwrap_or(0);
    if over_seconds > RETURN_SECONDS_MAX {
        return Err(RolloutRefusal::ReturnTooLong { seconds: over_seconds, most: RETURN_SECONDS_MAX });
    }
    let returning = matches!(rollout.phase, Phase::Returning { .. });
    if returning && rollout.pace_seconds.is_some() && over_seconds == 0 {
        return Ok(vec![RolloutEvent::Paced { over_seconds: 0 }]);
    }
    let paced = (over_seconds > 0 && rollout.phase == Phase::Advancing && !rollout.past_return)
        .then_some(RolloutEvent::Paced { over_seconds });
    Ok(paced.into_iter().chain(turn(rollout, cause)?).collect())
}

/// On a way back in steps, evidence against the candidate ends the patience with it.
fn hurry(rollout: &Rollout, leg: usize, action: Action) -> Vec<RolloutEvent> {
    let paced = rollout.legs[leg].way_back.is_some();
    let against = matches!(action, Action::RollBack | Action::StepDown);
    (paced && against).then_some(RolloutEvent::Paced { over_seconds: 0 }).into_iter().collect()
}

fn promoted(rollout: &Rollout, by: &str) -> RolloutRefusal {
    let (_, leg) = rollout.leg();
    RolloutRefusal::Promoted { id: rollout.id.clone(), by: by.to_owned(), stage: leg.stage.to_string() }
}

fn turn(rollout: &Rollout, cause: Cause) -> Decision {
    match &rollout.phase {
        Phase::Waiting { .. } => Ok(vec![RolloutEvent::Cancelled { cause }]),
        Phase::Advancing if rollout.past_return => Err(rollout.no_return()),
        Phase::Advancing => Ok(vec![RolloutEvent::Returning { cause }]),
        Phase::Returning { .. } | Phase::Done(_) => movable(rollout).map(|()| Vec::new()),
    }
}

/// Only a rollout on its way out takes a person's word; the others say what happened instead.
fn movable(rollout: &Rollout) -> Result<(), RolloutRefusal> {
    let id = rollout.id.clone();
    match &rollout.phase {
        Phase::Advancing => Ok(()),
        Phase::Waiting { slots } => {
            let slots = slots.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            Err(RolloutRefusal::StillWaiting { id, slots })
        }
        Phase::Returning { cause } => Err(RolloutRefusal::GoingBack { id, cause: cause.to_string() }),
        Phase::Done(outcome) => {
            let outcome = match outcome {
                Outcome::Succeeded => "it succeeded".to_owned(),
                Outcome::RolledBack { cause } => format!("it was rolled back: {cause}"),
                Outcome::Cancelled { cause } => format!("it was cancelled: {cause}"),
            };
            Err(RolloutRefusal::Ended { id, outcome })
        }
    }
}
