//! What can be asked of a rollout: by people, by timers, by the analysis, by other rollouts.

use super::{Judgement, Observation, Plan};
use crate::gate::GateStatus;
use crate::id::{RolloutId, SlotId};
use crate::name::GateName;
use crate::smoke::{SmokePhase, SmokeResult};

#[derive(Debug, Clone, PartialEq)]
pub enum RolloutCommand {
    Start {
        id: RolloutId,
        plan: Box<Plan>,
        waiting_for: Vec<SlotId>,
    },
    GainSlot {
        slot: SlotId,
    },
    Observe(Observation),
    Judge {
        leg: usize,
        judgement: Judgement,
    },
    /// What came of a smoke test.
    Smoked {
        leg: usize,
        phase: SmokePhase,
        test: GateName,
        result: SmokeResult,
    },
    /// What the gates say now: those that are closed.
    Gates {
        closed: Vec<GateStatus>,
    },
    Hold {
        reason: String,
    },
    /// Ends a hold, or lets a rung go that waits for a person.
    Resume,
    /// Skips the rungs that are left of the component that moves; the analysis goes on watching.
    Promote,
    /// Stop and go back; says nothing about the release. Refused while somebody's promotion is being carried out: hold
    /// that first, or roll back.
    Abort {
        reason: String,
    },
    /// Go back because the release is bad; always possible on the way out. The share goes back at once, or in even steps
    /// over this time; asked again without a time, a return in steps becomes one at once.
    RollBack {
        reason: String,
        over_seconds: Option<u64>,
    },
    Supersede {
        by: RolloutId,
    },
}
