//! What follows from an observation on the way back: leg by leg, newest first.
//!
//! Invariant: stable is ready at full size before traffic returns, traffic has been read back before the candidate
//! stops, and "rolled back" is said only after that. Nothing ends a return but its end; a paced one can only become faster.

use super::state::{Leg, Phase, Rollout, Stage, WayBack};
use super::{LegObservation, LegPlan, Observation, RolloutEvent};
use crate::moment::Steady;
use crate::strategy::Traffic;
use crate::weight::Weight;

/// A return that stands still for this long is told to a person.
const ALARM_SECONDS: u64 = 60;
/// Into how many even steps a paced way back is cut.
const STEPS_BACK: u16 = 10;

pub(super) fn onward(rollout: &Rollout, observation: &Observation, now: Steady) -> Vec<RolloutEvent> {
    let (plan, leg) = rollout.leg();
    let seen = observation.legs.iter().find(|seen| seen.leg == rollout.current);
    let mut events = seen.map(|seen| next(rollout, seen, now)).unwrap_or_default();
    let step_ms = leg.way_back.map_or(0, |_| step_ms(rollout));
    let stuck = now.since_ms(leg.since) >= (ALARM_SECONDS * 1000).saturating_add(step_ms);
    if events.is_empty() && stuck && !rollout.alarmed {
        events.push(RolloutEvent::Alarmed { reason: alarm(plan, leg, &observation.fault) });
    }
    events
}

fn next(rollout: &Rollout, seen: &LegObservation, now: Steady) -> Vec<RolloutEvent> {
    let (plan, leg) = rollout.leg();
    let enter = |stage| vec![RolloutEvent::StageEntered { leg: rollout.current, stage }];
    match leg.stage {
        Stage::Restoring if seen.stable.ready_count() >= plan.stable_replicas() => {
            enter(if plan.routed() { Stage::ShiftingBack } else { Stage::Emptying })
        }
        Stage::ShiftingBack if leg.way_back.is_some() => step_back(rollout, seen, now),
        Stage::ShiftingBack if traffic_is_back(plan, seen) => enter(Stage::Emptying),
        Stage::Emptying if emptied(plan, leg, seen, now) => enter(Stage::Removing),
        Stage::Removing if seen.candidate.instances == 0 => returned(rollout),
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

/// The next even step when its time has come and the one before was read back; at once when what is left of the candidate
/// cannot carry its share any more.
fn step_back(rollout: &Rollout, seen: &LegObservation, now: Steady) -> Vec<RolloutEvent> {
    let (plan, leg) = rollout.leg();
    let Some(way) = leg.way_back else { return Vec::new() };
    let most = leg.base.as_ref().map_or(0, |base| base.candidate);
    let needed = way.share.replicas_needed(plan.candidate.replicas).min(most);
    if seen.candidate.ready_count() < needed.max(1) {
        return vec![RolloutEvent::Paced { over_seconds: 0 }];
    }
    let there =
        seen.route.as_ref().is_some_and(|route| route.as_set && route.traffic.candidate() == way.share);
    let due = now.since_ms(leg.since) >= step_ms(rollout);
    let lowered = RolloutEvent::ShareLowered { leg: rollout.current, share: way.next() };
    (there && due).then_some(lowered).into_iter().collect()
}

/// The first step goes at once, so the last lands when the time is over.
fn step_ms(rollout: &Rollout) -> u64 {
    rollout.pace_seconds.unwrap_or(0).saturating_mul(1000) / u64::from(STEPS_BACK - 1)
}

impl WayBack {
    /// What the next step leaves; the last one leaves nothing.
    pub fn next(self) -> Weight {
        let step = self.from.basis_points().div_ceil(STEPS_BACK);
        Weight::from_basis_points(self.share.basis_points().saturating_sub(step)).unwrap_or(Weight::NONE)
    }
}

fn traffic_is_back(plan: &LegPlan, seen: &LegObservation) -> bool {
    let home = if plan.stable.is_some() { Traffic::Candidate(Weight::NONE) } else { Traffic::Offline };
    seen.route.as_ref().is_some_and(|route| route.as_set && route.traffic == home)
}

fn emptied(plan: &LegPlan, leg: &Leg, seen: &LegObservation, now: Steady) -> bool {
    let quiet = seen.route.as_ref().is_none_or(|route| route.candidate_in_flight == 0);
    let drain = plan.candidate.component.stop.drain_seconds;
    quiet || now.since_ms(leg.since) >= drain.saturating_mul(1000)
}

fn returned(rollout: &Rollout) -> Vec<RolloutEvent> {
    let back = RolloutEvent::LegReturned { leg: rollout.current };
    let onward = match (rollout.current.checked_sub(1), &rollout.phase) {
        (Some(before), _) => Some(RolloutEvent::StageEntered { leg: before, stage: Stage::Restoring }),
        (None, Phase::Returning { cause }) => Some(RolloutEvent::RolledBack { cause: cause.clone() }),
        (None, Phase::Waiting { .. } | Phase::Advancing | Phase::Done(_)) => None,
    };
    std::iter::once(back).chain(onward).collect()
}

fn alarm(plan: &LegPlan, leg: &Leg, fault: &str) -> String {
    let why = if fault.is_empty() { leg.stable.reason.as_str() } else { fault };
    let name = &plan.candidate.component.name;
    let colon = if why.is_empty() { "" } else { ": " };
    format!("{name} is still {} after {ALARM_SECONDS} s{colon}{why}", leg.stage)
}
