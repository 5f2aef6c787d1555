//! When automation stops talking to itself and asks for a person.
//!
//! Invariant: a rollout writes a bounded number of events between two acts of people, and one that can neither move nor
//! end waits for a person. Deliberately not here: deadlines of stages that move (`advance`), and the way back, which
//! nothing ends but its end.

use super::state::{Phase, Rollout, Stage};
use super::{Judgement, Observation, RolloutEvent, smoke};
use crate::moment::Steady;

/// Observations and verdicts that are written down before a person is asked.
const TOLD_MAX: u32 = 400;

/// Nothing more is told, but for what moves the rollout.
pub(super) fn is_spent(rollout: &Rollout) -> bool {
    rollout.told >= TOLD_MAX
}

/// A hold, where nothing else comes of what is seen.
pub(super) fn ask(rollout: &Rollout, observation: &Observation, now: Steady) -> Option<RolloutEvent> {
    if rollout.phase != Phase::Advancing || rollout.waits_for_person() {
        return None;
    }
    if observation.needs_person {
        return Some(RolloutEvent::Held { by: "tidegate".to_owned(), reason: observation.fault.clone() });
    }
    if let Some(reason) = smoke::overdue(rollout, now) {
        return Some(RolloutEvent::Held { by: "tidegate".to_owned(), reason });
    }
    let reason = if is_spent(rollout) {
        format!("what is seen of it has changed {TOLD_MAX} times and it did not come further")
    } else {
        undecided(rollout, now)?
    };
    Some(RolloutEvent::Held { by: "the analysis".to_owned(), reason })
}

/// The rung's time is over, and so is the analysis's, without a word that lets it go.
fn undecided(rollout: &Rollout, now: Steady) -> Option<String> {
    let (_, leg) = rollout.leg();
    let parameters = rollout.plan.analysis.as_ref().filter(|_| rollout.is_judged(rollout.current))?;
    if leg.judgement.is_none() && rollout.is_preview(rollout.current) {
        return None;
    }
    if leg.stage != Stage::Dwelling || leg.judgement.as_ref().is_some_and(|word| lets_go(rollout, word)) {
        return None;
    }
    let wait = match leg.judgement {
        Some(_) => parameters.timeout_seconds.saturating_add(parameters.hold_seconds_max),
        None => parameters.no_data_wait_seconds_max,
    };
    let seconds = rollout.step().leave.dwell_seconds.saturating_add(wait);
    let over = rollout.clock.spent_at(now) >= seconds.saturating_mul(1000);
    let why = leg.judgement.as_ref().map_or("nothing could be measured", |word| &word.explanation);
    over.then(|| format!("no verdict that lets it go on in {seconds} s: {why}"))
}

fn lets_go(rollout: &Rollout, word: &Judgement) -> bool {
    word.lets_go(rollout.step().leave.judged, rollout.next_share(rollout.current))
}

/// Whether a better word may wait until the rung could be left: until then it would change nothing, and could be taken
/// back many times.
pub(super) fn can_wait(rollout: &Rollout, leg: usize, word: &Judgement, now: Steady) -> bool {
    let Some(before) = &rollout.legs[leg].judgement else { return false };
    if leg != rollout.current {
        return word.speaks_for_it();
    }
    let (step, since) = (rollout.step(), rollout.legs[leg].since);
    let early = now.since_ms(since) < step.leave.dwell_seconds.saturating_mul(1000);
    let bound = early || rollout.waits_for_person() || rollout.legs[leg].stage != Stage::Dwelling;
    bound && !lets_go(rollout, before) && lets_go(rollout, word)
}
