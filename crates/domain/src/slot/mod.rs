//! A slot: one component's place in one environment. Who serves there, and which rollout may change it.
//!
//! Invariant: at most one rollout holds a slot; while one does, the slot itself does nothing. Between rollouts the slot
//! keeps what was verified running and routed. Deliberately not here: how a rollout moves.

mod refusal;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use refusal::SlotRefusal;

use crate::environment::RouteSpec;
use crate::id::{RolloutId, SlotId};
use crate::moment::Steady;
use crate::name::Version;
use crate::placed::Placed;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Slot {
    pub id: SlotId,
    /// The last verified version.
    pub stable: Option<Placed>,
    /// What served before it, and until when its instances are kept for an instant return.
    pub previous: Option<Previous>,
    /// Versions from before that, of which instances may still run; they are to stop.
    pub leftovers: Vec<Placed>,
    /// Size and route that the configuration asked for while a rollout held the slot.
    pub adjusted: Option<(u32, Option<RouteSpec>)>,
    pub rollout: Option<RolloutId>,
    /// Waits for the one that holds the slot to go back.
    pub next: Option<RolloutId>,
    pub seen: SlotSeen,
    /// The version for which the database lost what earlier ones need.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contracted: Option<Version>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Previous {
    pub placed: Placed,
    /// Instances that still run.
    pub kept: u32,
    pub until: Steady,
}

/// What was last seen of a slot between rollouts.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SlotSeen {
    /// Addresses of the ready instances of stable.
    pub ready: Vec<String>,
    pub previous_instances: u32,
    /// Instances of the leftovers.
    #[serde(default)]
    pub leftover_instances: u32,
    /// Whether the router says what it should.
    pub routed: bool,
    /// What is wrong outside, in words; empty when nothing is.
    pub fault: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum SlotEvent {
    Claimed {
        slot: SlotId,
        rollout: RolloutId,
    },
    /// Another rollout waits for this slot.
    Queued {
        rollout: RolloutId,
    },
    /// A rollout that waited no longer does.
    Unqueued {
        rollout: RolloutId,
    },
    /// The rollout ended well: its candidate is stable now.
    Promoted {
        rollout: RolloutId,
        stable: Box<Placed>,
        previous: Option<Box<Previous>>,
        /// Its database lost on the way what earlier versions need.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        contracted: bool,
    },
    /// The rollout ended and stable is what it was.
    Returned {
        rollout: RolloutId,
    },
    Adjusted {
        replicas: u32,
        route: Option<RouteSpec>,
    },
    Seen(SlotSeen),
}

impl SlotEvent {
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Claimed { .. } => "slot.claimed",
            Self::Queued { .. } => "slot.queued",
            Self::Unqueued { .. } => "slot.unqueued",
            Self::Promoted { .. } => "slot.promoted",
            Self::Returned { .. } => "slot.returned",
            Self::Adjusted { .. } => "slot.adjusted",
            Self::Seen(_) => "slot.seen",
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub enum SlotCommand {
    /// `supersede`: wait for the present holder to go back instead of being refused.
    Claim {
        rollout: RolloutId,
        supersede: bool,
    },
    Promote {
        rollout: RolloutId,
        stable: Box<Placed>,
        previous: Option<Box<Previous>>,
        contracted: bool,
    },
    /// A rollout that holds the slot, or waits for it, lets it go as it was.
    Return {
        rollout: RolloutId,
    },
    /// The configuration changed: how many, and reached how.
    Adjust {
        replicas: u32,
        route: Option<RouteSpec>,
    },
    Observe(SlotSeen),
}

impl Slot {
    pub fn empty(id: SlotId) -> Self {
        let seen = SlotSeen::default();
        Self {
            id,
            stable: None,
            previous: None,
            leftovers: Vec::new(),
            adjusted: None,
            rollout: None,
            next: None,
            seen,
            contracted: None,
        }
    }
}

pub fn decide(state: &Slot, command: SlotCommand) -> Result<Vec<SlotEvent>, SlotRefusal> {
    match command {
        SlotCommand::Claim { rollout, supersede } => claim(state, rollout, supersede),
        SlotCommand::Promote { rollout, stable, previous, contracted } => {
            held_by(state, &rollout)?;
            let promoted = SlotEvent::Promoted { rollout, stable, previous, contracted };
            Ok(std::iter::once(promoted).chain(next_claim(state)).collect())
        }
        SlotCommand::Return { rollout } => Ok(let_go(state, rollout)),
        SlotCommand::Adjust { replicas, route } => Ok(adjust(state, replicas, route)),
        SlotCommand::Observe(seen) if state.rollout.is_none() && seen != state.seen => {
            Ok(vec![SlotEvent::Seen(seen)])
        }
        SlotCommand::Observe(_) => Ok(Vec::new()),
    }
}

fn claim(state: &Slot, rollout: RolloutId, supersede: bool) -> Result<Vec<SlotEvent>, SlotRefusal> {
    match (&state.rollout, &state.next) {
        (None, _) => Ok(vec![SlotEvent::Claimed { slot: state.id.clone(), rollout }]),
        (Some(holder), _) if *holder == rollout => Ok(Vec::new()),
        (Some(_), Some(waiting)) if *waiting == rollout => Ok(Vec::new()),
        (Some(_), None) if supersede => Ok(vec![SlotEvent::Queued { rollout }]),
        (Some(_), Some(waiting)) if supersede => {
            Err(SlotRefusal::QueueTaken { slot: state.id.clone(), waiting: waiting.clone() })
        }
        (Some(holder), _) => Err(SlotRefusal::Busy { slot: state.id.clone(), holder: holder.clone() }),
    }
}

fn let_go(state: &Slot, rollout: RolloutId) -> Vec<SlotEvent> {
    if state.next.as_ref() == Some(&rollout) {
        return vec![SlotEvent::Unqueued { rollout }];
    }
    if state.rollout.as_ref() != Some(&rollout) {
        return Vec::new();
    }
    let next = next_claim(state);
    std::iter::once(SlotEvent::Returned { rollout }).chain(next).collect()
}

fn held_by(state: &Slot, rollout: &RolloutId) -> Result<(), SlotRefusal> {
    if state.rollout.as_ref() == Some(rollout) {
        return Ok(());
    }
    Err(SlotRefusal::NotHeld { slot: state.id.clone(), rollout: rollout.clone() })
}

fn next_claim(state: &Slot) -> Option<SlotEvent> {
    state.next.clone().map(|rollout| SlotEvent::Claimed { slot: state.id.clone(), rollout })
}

/// While a rollout holds the slot, what it brings was planned before: the change is kept for it too.
fn adjust(state: &Slot, replicas: u32, route: Option<RouteSpec>) -> Vec<SlotEvent> {
    let differs = |stable: &Placed| stable.replicas != replicas || stable.route != route;
    let stable = state.stable.as_ref().is_some_and(differs);
    let known = state.adjusted.as_ref().is_some_and(|(size, way)| *size == replicas && *way == route);
    let coming = state.rollout.is_some() && !known;
    if stable || coming { vec![SlotEvent::Adjusted { replicas, route }] } else { Vec::new() }
}

pub fn evolve(mut state: Slot, event: &SlotEvent) -> Slot {
    match event {
        SlotEvent::Claimed { rollout, .. } => {
            if state.next.as_ref() == Some(rollout) {
                state.next = None;
            }
            state.rollout = Some(rollout.clone());
        }
        SlotEvent::Queued { rollout } => state.next = Some(rollout.clone()),
        SlotEvent::Unqueued { .. } => state.next = None,
        SlotEvent::Promoted { stable, previous, contracted, .. } => {
            if *contracted {
                state.contracted = Some(stable.version().clone());
            }
            let before = std::mem::replace(&mut state.previous, previous.as_deref().cloned());
            state.leftovers.extend(before.filter(|before| before.kept > 0).map(|before| before.placed));
            let previous = state.previous.as_ref().map(|previous| previous.placed.version());
            let used = |version: &Version| version == stable.version() || Some(version) == previous;
            state.leftovers.retain(|placed| !used(placed.version()));
            let mut stable = (**stable).clone();
            if let Some((replicas, route)) = state.adjusted.take() {
                (stable.replicas, stable.route) = (replicas, route);
            }
            state.stable = Some(stable);
            state.rollout = None;
            state.seen = SlotSeen::default();
        }
        SlotEvent::Returned { .. } => {
            state.adjusted = None;
            state.rollout = None;
            state.seen = SlotSeen::default();
        }
        SlotEvent::Adjusted { replicas, route } => {
            state.adjusted = state.rollout.is_some().then(|| (*replicas, route.clone()));
            if let Some(stable) = &mut state.stable {
                stable.replicas = *replicas;
                stable.route.clone_from(route);
            }
        }
        SlotEvent::Seen(seen) => {
            if seen.previous_instances == 0 {
                let kept = |previous: Previous| Previous { kept: 0, ..previous };
                state.previous = state.previous.map(kept);
            }
            if seen.leftover_instances == 0 {
                state.leftovers.clear();
            }
            state.seen = seen.clone();
        }
    }
    state
}

/// What a slot wants of the world between rollouts.
#[derive(Debug, Clone, PartialEq)]
pub struct Keep<'a> {
    pub stable: &'a Placed,
    /// The version before, and how many of it should still run.
    pub previous: Option<(&'a Placed, u32)>,
    /// None of these should run.
    pub leftovers: &'a [Placed],
}

/// Nothing while a rollout holds the slot, or before the first version came.
pub fn effects(state: &Slot, now: Steady) -> Option<Keep<'_>> {
    let stable = state.stable.as_ref().filter(|_| state.rollout.is_none())?;
    let count = |previous: &Previous| if now < previous.until { previous.kept } else { 0 };
    let previous = state.previous.as_ref().filter(|p| p.kept > 0 && p.placed.version() != stable.version());
    let previous = previous.map(|previous| (&previous.placed, count(previous)));
    Some(Keep { stable, previous, leftovers: &state.leftovers })
}

/// When the slot's own clock next matters.
pub fn wake_at(state: &Slot, now: Steady) -> Option<Steady> {
    let previous = state.previous.as_ref().filter(|p| p.kept > 0 && state.rollout.is_none())?;
    (previous.until > now).then_some(previous.until)
}
