//! What follows from an observation on the way out.
//!
//! Invariant: one observation enters at most one stage, so the next effects follow from a recorded intent; nothing
//! moves on what could not be seen. Deliberately not here: the way back (`returning`).

use super::state::{Leg, Phase, Rollout, Stage};
use super::{
    Cause, LegObservation, LegPlan, Observation, RolloutEvent, database, patience, returning, smoke,
};
use crate::moment::Steady;
use crate::strategy::{Judged, Step, Traffic};
use crate::weight::Weight;

/// Starts of the candidate that end by themselves before it is given up.
const RESTARTS_MAX: u32 = 5;
/// How long fewer candidate instances than needed may be ready.
const SHORT_SECONDS_MAX: u64 = 30;

pub(super) fn observe(rollout: &Rollout, observation: &Observation, now: Steady) -> Vec<RolloutEvent> {
    let follows = match rollout.phase {
        Phase::Waiting { .. } | Phase::Done(_) => return Vec::new(),
        Phase::Advancing => onward(rollout, observation, now),
        Phase::Returning { .. } => returning::onward(rollout, observation, now),
    };
    let told = if follows.is_empty() && patience::is_spent(rollout) {
        Vec::new()
    } else {
        told(rollout, observation)
    };
    let asked = if follows.is_empty() { patience::ask(rollout, observation, now) } else { None };
    told.into_iter().chain(follows).chain(asked).collect()
}

/// What is new in it, for the record.
fn told(rollout: &Rollout, observation: &Observation) -> Vec<RolloutEvent> {
    let fault = observation.fault.clone();
    let faults = (fault != rollout.fault).then_some(RolloutEvent::FaultSeen { fault });
    let new = |seen: &&LegObservation| {
        let leg = &rollout.legs[seen.leg];
        let traffic = seen.route.as_ref().map(|route| route.traffic);
        leg.candidate != seen.candidate || leg.stable != seen.stable || leg.traffic != traffic
    };
    let seen = observation.legs.iter().filter(new);
    let seen = seen.map(|leg| RolloutEvent::Seen { observation: leg.clone() });
    faults.into_iter().chain(seen).collect()
}

fn onward(rollout: &Rollout, observation: &Observation, now: Steady) -> Vec<RolloutEvent> {
    if let Some(cause) = sick(rollout, observation, now) {
        let told = database::back_or_alarm(rollout, cause);
        if !told.is_empty() {
            return told;
        }
    }
    if rollout.is_finishing() {
        return database::onward(rollout, observation);
    }
    // Progress that is seen counts before the deadline is judged: whoever looks late (a frozen machine, a long outage of
    // ours) must not blame the release for it.
    let progress = progress(rollout, observation, now);
    if !progress.is_empty() {
        return progress;
    }
    overdue(rollout, now).map(|cause| RolloutEvent::Returning { cause }).into_iter().collect()
}

/// The next stage, where what it waits for is there.
fn progress(rollout: &Rollout, observation: &Observation, now: Steady) -> Vec<RolloutEvent> {
    let Some(seen) = observation.legs.iter().find(|seen| seen.leg == rollout.current) else {
        return Vec::new();
    };
    let (plan, leg) = rollout.leg();
    let step = rollout.step();
    let enter = |stage| vec![RolloutEvent::StageEntered { leg: rollout.current, stage }];
    match leg.stage {
        Stage::Raising if raised(rollout, seen) && !smoke::keeps(rollout) => {
            enter(after_raising(plan, step, seen))
        }
        Stage::Shifting if shifted(step, seen) => enter(after_shifting(step, seen)),
        Stage::Draining if drained(plan, leg, seen, now) => enter(Stage::Lowering),
        Stage::Lowering if seen.stable.instances <= step.stable => enter(Stage::Dwelling),
        Stage::Dwelling if may_leave(rollout, now) && stands(plan, leg, seen) => leave(rollout),
        // The match names every stage so that a new one must say what it waits for.
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
        | Stage::Returned => Vec::new(),
    }
}

/// Whether a candidate that carries requests, or tries to start, has failed by itself.
fn sick(rollout: &Rollout, observation: &Observation, now: Steady) -> Option<Cause> {
    observation.legs.iter().filter(|seen| seen.leg <= rollout.current).find_map(|seen| {
        let (plan, leg) = (&rollout.plan.legs[seen.leg], &rollout.legs[seen.leg]);
        let ready = seen.candidate.ready_count();
        let looping = seen.candidate.restarts >= RESTARTS_MAX && leg.stage != Stage::Pending;
        let needed = leg.needed(plan);
        // One that ended by itself under requests is bad; one that was stopped with the whole machine comes back.
        let gone = !leg.share().is_none() && ready == 0 && seen.candidate.restarts > leg.candidate.restarts;
        let short = ready < needed
            && leg.short_since.is_some_and(|since| now.since_ms(since) >= SHORT_SECONDS_MAX * 1000);
        (looping || gone || short).then(|| Cause::Unready {
            component: plan.candidate.component.name.to_string(),
            reason: if seen.candidate.reason.is_empty() {
                format!("{ready} of {} instances are ready", needed.max(1))
            } else {
                seen.candidate.reason.clone()
            },
        })
    })
}

fn overdue(rollout: &Rollout, now: Steady) -> Option<Cause> {
    let (_, leg) = rollout.leg();
    let seconds = rollout.plan.progress_deadline_seconds.saturating_add(smoke::patience_seconds(rollout));
    let moving = !matches!(leg.stage, Stage::Dwelling | Stage::Promoted);
    let over = moving && rollout.clock.spent_at(now) >= seconds.saturating_mul(1000);
    over.then(|| {
        if let Some(cause) = smoke::unanswered(rollout, seconds) {
            return cause;
        }
        let why = &leg.candidate.reason;
        let stage = if why.is_empty() { leg.stage.to_string() } else { format!("{} ({why})", leg.stage) };
        Cause::Deadline { stage, seconds }
    })
}

/// Enough candidate instances are ready; a hold keeps more traffic from moving to them, unless nobody answers at all.
fn raised(rollout: &Rollout, seen: &LegObservation) -> bool {
    let step = rollout.step();
    let now = seen.route.as_ref().map_or(Traffic::Candidate(Weight::NONE), |route| route.traffic);
    let forward = now != Traffic::Offline && step.traffic.candidate() > now.candidate();
    seen.candidate.ready_count() >= step.candidate && !(rollout.is_stopped() && forward)
}

fn after_raising(plan: &LegPlan, step: &Step, seen: &LegObservation) -> Stage {
    if plan.routed() { Stage::Shifting } else { after_shifting(step, seen) }
}

fn shifted(step: &Step, seen: &LegObservation) -> bool {
    seen.route.as_ref().is_some_and(|route| route.as_set && route.traffic == step.traffic)
}

fn after_shifting(step: &Step, seen: &LegObservation) -> Stage {
    if seen.stable.instances > step.stable { Stage::Draining } else { Stage::Dwelling }
}

/// No request is under way on the instances that are to stop, or they had their time. They go on answering for a while
/// where those that stay are not ready.
fn drained(plan: &LegPlan, leg: &Leg, seen: &LegObservation, now: Steady) -> bool {
    let quiet = seen.route.as_ref().is_none_or(|route| route.stable_in_flight == 0);
    let stop = plan.stable.as_ref().map_or(0, |stable| stable.component.stop.drain_seconds);
    let spent_ms = now.since_ms(leg.since);
    let replaced = seen.route.as_ref().is_none_or(|route| route.as_set);
    let patience_ms = stop.saturating_add(SHORT_SECONDS_MAX).saturating_mul(1000);
    (quiet || spent_ms >= stop.saturating_mul(1000)) && (replaced || spent_ms >= patience_ms)
}

/// The rung is still what it should be: enough instances are ready, and requests go where they should.
fn stands(plan: &LegPlan, leg: &Leg, seen: &LegObservation) -> bool {
    let ready = seen.candidate.ready_count() >= leg.needed(plan);
    ready && seen.route.as_ref().is_none_or(|route| route.as_set)
}

fn may_leave(rollout: &Rollout, now: Steady) -> bool {
    let (_, leg) = rollout.leg();
    let step = rollout.step();
    let stayed = now.since_ms(leg.since) >= step.leave.dwell_seconds.saturating_mul(1000);
    let confirmed = leg.confirmed || !step.leave.confirm;
    let current = rollout.current;
    let judged = match &leg.judgement {
        _ if !rollout.is_judged(current) => true,
        Some(word) => word.lets_go(step.leave.judged, rollout.next_share(current)),
        None => rollout.is_preview(current),
    };
    !rollout.is_stopped() && !smoke::keeps(rollout) && stayed && confirmed && judged
}

impl Rollout {
    /// Whether the analysis has something to compare on this leg: both versions, and requests on the candidate, be they
    /// a share of all or those that ask for it; or subjects with and without what a flag shows.
    pub fn is_judged(&self, leg: usize) -> bool {
        let (plan, state) = (&self.plan.legs[leg], &self.legs[leg]);
        if self.exposure(leg).is_some() {
            return self.plan.analysis.is_some();
        }
        let reached = !state.share().is_none() || self.is_previewed(leg) || self.is_shadowed(leg);
        self.plan.analysis.is_some() && plan.routed() && plan.stable.is_some() && reached
    }

    /// Whether only copies of requests reach the candidate.
    pub fn is_shadowed(&self, leg: usize) -> bool {
        let (plan, state) = (&self.plan.legs[leg], &self.legs[leg]);
        let stands = !matches!(state.stage, Stage::Pending | Stage::Raising | Stage::Shifting);
        stands && state.share().is_none() && !plan.steps[state.step].mirror.is_none()
    }

    /// Whether the answers to those copies are compared with those of stable.
    pub fn is_compared(&self, leg: usize) -> bool {
        self.is_shadowed(leg) && self.plan.legs[leg].steps[self.legs[leg].step].compare_body
    }

    /// The part of what both versions answer that the candidate does, copies among them where these are all it gets. Copies
    /// never count for as much as the first share of users: that one is still to be allowed.
    pub fn observed_share(&self, leg: usize) -> Weight {
        let (plan, state) = (&self.plan.legs[leg], &self.legs[leg]);
        if let Some(exposure) = self.exposure(leg) {
            return exposure.share;
        }
        if !self.is_shadowed(leg) {
            return state.share();
        }
        let ahead = plan.steps[state.step..].iter().map(|step| step.traffic.candidate());
        let first = ahead.filter(|share| !share.is_none()).min().unwrap_or(Weight::ALL);
        plan.steps[state.step].observed_share().min(first.less_one())
    }

    /// Whether this rung lets requests that ask for it reach the candidate, and it stands there.
    fn is_previewed(&self, leg: usize) -> bool {
        let (plan, state) = (&self.plan.legs[leg], &self.legs[leg]);
        let stands = !matches!(state.stage, Stage::Pending | Stage::Raising);
        stands && plan.steps[state.step].matches.is_some()
    }

    /// Whether the analysis can only say no in this rung: nobody is sent to the candidate who does not ask for it, so few
    /// requests or none are no reason to wait. A rung that asks for a pass waits for one all the same.
    pub fn is_preview(&self, leg: usize) -> bool {
        let (plan, state) = (&self.plan.legs[leg], &self.legs[leg]);
        let share = self.exposure(leg).map_or(state.share(), |exposure| exposure.share);
        share.is_none() && plan.steps[state.step].leave.judged == Judged::NotAgainst
    }
}

fn leave(rollout: &Rollout) -> Vec<RolloutEvent> {
    let (plan, leg) = rollout.leg();
    let current = rollout.current;
    if leg.step + 1 < plan.steps.len() {
        return vec![RolloutEvent::StepEntered { leg: current, step: leg.step + 1 }];
    }
    let promoted = RolloutEvent::LegPromoted { leg: current };
    let next = if current + 1 < rollout.legs.len() {
        RolloutEvent::StepEntered { leg: current + 1, step: 0 }
    } else if database::contracts(rollout) {
        return vec![promoted];
    } else {
        RolloutEvent::Succeeded
    };
    vec![promoted, next]
}
