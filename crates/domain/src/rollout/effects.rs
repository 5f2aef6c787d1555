//! What the world should look like now.
//!
//! Invariant: asking twice gives the same answer; every effect can be repeated. Deliberately not here: how a target or
//! a router gets there, and which instances are ready at this moment.

use super::state::{Leg, Phase, Rollout, Stage};
use super::{LegPlan, Wanted, wanted};
use crate::moment::Steady;
use crate::name::{FlagKey, Version};
use crate::placed::Placed;
use crate::strategy::Traffic;
use crate::weight::Weight;

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Effects<'a> {
    /// In the order of the plan.
    pub legs: Vec<Effect<'a>>,
}

/// One leg as it should be. The target is asked first, then the router, so that only what is ready is routed.
#[derive(Debug, Clone, PartialEq)]
pub struct Effect<'a> {
    pub leg: usize,
    pub candidate: &'a Placed,
    pub stable: Option<&'a Placed>,
    pub wanted: Wanted,
    /// Whether the router is to be told (a component without a route, or nothing to route to yet, is not).
    pub routed: bool,
    /// What to compare, where there is something to judge.
    pub measure: Option<Arms<'a>>,
}

/// Whose requests are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arms<'a> {
    Versions {
        stable: &'a Version,
        candidate: &'a Version,
    },
    /// Of those whom the flag gives this variant with the others.
    Variants {
        flag: &'a FlagKey,
        variant: &'a str,
    },
}

pub fn effects(rollout: &Rollout) -> Effects<'_> {
    match rollout.phase {
        Phase::Waiting { .. } | Phase::Done(_) => Effects::default(),
        Phase::Advancing | Phase::Returning { .. } => {
            Effects { legs: (0..rollout.legs.len()).filter_map(|index| effect(rollout, index)).collect() }
        }
    }
}

fn effect(rollout: &Rollout, index: usize) -> Option<Effect<'_>> {
    let (plan, leg) = (&rollout.plan.legs[index], &rollout.legs[index]);
    if leg.stage == Stage::Pending && plan.stable.is_none() {
        return None;
    }
    let wanted = wanted(rollout, index);
    Some(Effect {
        leg: index,
        candidate: &plan.candidate,
        stable: plan.stable.as_ref(),
        routed: plan.routed() && has_something_to_route(plan, &wanted),
        wanted,
        measure: measure(rollout, plan, leg, index),
    })
}

fn has_something_to_route(plan: &LegPlan, wanted: &Wanted) -> bool {
    plan.stable.is_some() || wanted.traffic != Traffic::Candidate(Weight::NONE)
}

fn measure<'a>(rollout: &'a Rollout, plan: &'a LegPlan, leg: &Leg, index: usize) -> Option<Arms<'a>> {
    let on_the_way_out = rollout.phase == Phase::Advancing && leg.stage != Stage::Pending;
    let watched = on_the_way_out || leg.way_back.is_some();
    if !watched || !rollout.is_judged(index) {
        return None;
    }
    if rollout.exposure(index).is_some() {
        return rollout.plan.shown().map(|(flag, variant)| Arms::Variants { flag, variant });
    }
    let stable = plan.stable.as_ref()?.version();
    Some(Arms::Versions { stable, candidate: plan.candidate.version() })
}

/// How often a moving rollout looks at the world.
const MOVING_MS: u64 = 200;
/// How often a rollout that only waits for its clock looks after its instances.
const DWELLING_MS: u64 = 5_000;

/// When the rollout next wants attention; none when only somebody else's act can move it.
pub fn wake_at(rollout: &Rollout, now: Steady) -> Option<Steady> {
    match rollout.phase {
        Phase::Waiting { .. } | Phase::Done(_) => None,
        Phase::Returning { .. } => Some(now.plus_ms(MOVING_MS)),
        Phase::Advancing => {
            let (_, leg) = rollout.leg();
            if leg.stage != Stage::Dwelling {
                return Some(now.plus_ms(MOVING_MS));
            }
            let mut at = now.plus_ms(DWELLING_MS);
            if (0..=rollout.current).any(|index| rollout.is_judged(index)) {
                at = at.min(now.plus_ms(rollout.plan.scrape_interval_ms));
            }
            let end = leg.since.plus_seconds(rollout.step().leave.dwell_seconds);
            Some(if end > now { at.min(end) } else { at })
        }
    }
}
