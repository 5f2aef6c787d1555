//! What of a rollout is told outside: to receivers of messages, and in announcements.
//!
//! Invariant: each event is a milestone or is none, said here once for all who tell. Deliberately not here: in which words.

use super::{Cause, RolloutEvent};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Milestone<'a> {
    /// It may still wait for its places.
    Started,
    /// It has all its places.
    Began,
    /// The first is 0.
    Entered {
        step: usize,
    },
    Held {
        reason: &'a str,
    },
    Resumed,
    Promoted,
    Alarmed {
        reason: &'a str,
    },
    Returning(&'a Cause),
    RolledBack(&'a Cause),
    /// Before it had begun.
    Cancelled(&'a Cause),
    Succeeded,
}

impl RolloutEvent {
    pub fn milestone(&self) -> Option<Milestone<'_>> {
        Some(match self {
            Self::Started { .. } => Milestone::Started,
            Self::Began => Milestone::Began,
            Self::StepEntered { step, .. } => Milestone::Entered { step: *step },
            Self::Held { reason, .. } => Milestone::Held { reason },
            Self::Resumed { .. } => Milestone::Resumed,
            Self::Promoted { .. } => Milestone::Promoted,
            Self::Alarmed { reason } => Milestone::Alarmed { reason },
            Self::Returning { cause } => Milestone::Returning(cause),
            Self::RolledBack { cause } => Milestone::RolledBack(cause),
            Self::Cancelled { cause } => Milestone::Cancelled(cause),
            Self::Succeeded => Milestone::Succeeded,
            Self::SlotGained { .. }
            | Self::StageEntered { .. }
            | Self::Seen { .. }
            | Self::Judged { .. }
            | Self::SmokeTested { .. }
            | Self::Confirmed { .. }
            | Self::GatesClosed { .. }
            | Self::GatesOpened
            | Self::Skipped { .. }
            | Self::LegPromoted { .. }
            | Self::PointOfNoReturn { .. }
            | Self::Paced { .. }
            | Self::ShareLowered { .. }
            | Self::LegReturned { .. }
            | Self::FaultSeen { .. } => return None,
        })
    }
}
