//! What happened to a rollout, in the past tense; this is what stands in the log.
//!
//! Invariant: a kind is never edited, only added to (a golden file for each holds that).

use serde::{Deserialize, Serialize};

use super::state::Stage;
use super::{Cause, Judgement, LegObservation, Plan};
use crate::gate::GateStatus;
use crate::id::{RolloutId, SlotId};
use crate::name::GateName;
use crate::smoke::{SmokePhase, SmokeResult};
use crate::weight::Weight;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum RolloutEvent {
    /// `waiting_for`: slots that others hold; empty when it begins at once.
    Started {
        id: RolloutId,
        plan: Box<Plan>,
        by: String,
        waiting_for: Vec<SlotId>,
    },
    SlotGained {
        slot: SlotId,
    },
    Began,
    StepEntered {
        leg: usize,
        step: usize,
    },
    StageEntered {
        leg: usize,
        stage: Stage,
    },
    Seen {
        observation: LegObservation,
    },
    Judged {
        leg: usize,
        judgement: Judgement,
    },
    /// What came of a smoke test; its output stands beside the log.
    SmokeTested {
        leg: usize,
        phase: SmokePhase,
        test: GateName,
        result: SmokeResult,
    },
    Confirmed {
        by: String,
    },
    Held {
        by: String,
        reason: String,
    },
    Resumed {
        by: String,
    },
    /// No step forward until they open; what is under way stays as it is.
    GatesClosed {
        gates: Vec<GateStatus>,
    },
    GatesOpened,
    /// A person skips the rungs that are left.
    Skipped {
        by: String,
        leg: usize,
        step: usize,
    },
    /// A person promoted it; said before what follows from that.
    Promoted {
        by: String,
    },
    LegPromoted {
        leg: usize,
    },
    /// The database of this component is about to lose what earlier versions need: from here on nothing goes back.
    PointOfNoReturn {
        leg: usize,
    },
    Returning {
        cause: Cause,
    },
    /// The way back takes its shares in even steps over this time; 0: at once from here on.
    Paced {
        over_seconds: u64,
    },
    /// The next step of a paced way back.
    ShareLowered {
        leg: usize,
        share: Weight,
    },
    LegReturned {
        leg: usize,
    },
    /// Empty text: it has passed.
    FaultSeen {
        fault: String,
    },
    /// A person should look, because it cannot be brought to its end.
    Alarmed {
        reason: String,
    },
    Succeeded,
    RolledBack {
        cause: Cause,
    },
    Cancelled {
        cause: Cause,
    },
}

impl RolloutEvent {
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Started { .. } => "rollout.started",
            Self::SlotGained { .. } => "rollout.slot-gained",
            Self::Began => "rollout.began",
            Self::StepEntered { .. } => "rollout.step-entered",
            Self::StageEntered { .. } => "rollout.stage-entered",
            Self::Seen { .. } => "rollout.seen",
            Self::Judged { .. } => "rollout.judged",
            Self::SmokeTested { .. } => "rollout.smoke-tested",
            Self::Confirmed { .. } => "rollout.confirmed",
            Self::Held { .. } => "rollout.held",
            Self::Resumed { .. } => "rollout.resumed",
            Self::GatesClosed { .. } => "rollout.gates-closed",
            Self::GatesOpened => "rollout.gates-opened",
            Self::Skipped { .. } => "rollout.skipped",
            Self::Promoted { .. } => "rollout.promoted",
            Self::LegPromoted { .. } => "rollout.leg-promoted",
            Self::PointOfNoReturn { .. } => "rollout.point-of-no-return",
            Self::Returning { .. } => "rollout.returning",
            Self::Paced { .. } => "rollout.paced",
            Self::ShareLowered { .. } => "rollout.share-lowered",
            Self::LegReturned { .. } => "rollout.leg-returned",
            Self::FaultSeen { .. } => "rollout.fault-seen",
            Self::Alarmed { .. } => "rollout.alarmed",
            Self::Succeeded => "rollout.succeeded",
            Self::RolledBack { .. } => "rollout.rolled-back",
            Self::Cancelled { .. } => "rollout.cancelled",
        }
    }
}
