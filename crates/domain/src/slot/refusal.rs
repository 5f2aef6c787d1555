//! Why a slot cannot be taken.

use crate::id::{RolloutId, SlotId};
use crate::refusal::Refuse;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SlotRefusal {
    #[error("{slot} is being changed by {holder}")]
    Busy { slot: SlotId, holder: RolloutId },
    #[error("{waiting} already waits to take {slot} over")]
    QueueTaken { slot: SlotId, waiting: RolloutId },
    #[error("{slot} is not held by {rollout}")]
    NotHeld { slot: SlotId, rollout: RolloutId },
}

impl Refuse for SlotRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Busy { .. } => "rollout-in-progress",
            Self::QueueTaken { .. } => "takeover-in-progress",
            Self::NotHeld { .. } => "slot-not-held",
        }
    }

    fn help(&self) -> String {
        match self {
            Self::Busy { holder, .. } => format!(
                "watch it with `tidegate rollout watch {holder}`, or deploy with --supersede: it goes back to stable first"
            ),
            Self::QueueTaken { waiting, .. } => {
                format!("wait for it, or end it with `tidegate rollout abort {waiting}`")
            }
            Self::NotHeld { rollout, .. } => format!("see what happened: `tidegate rollout show {rollout}`"),
        }
    }
}
