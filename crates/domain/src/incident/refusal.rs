//! Why an incident cannot be told, linked or ended.

use crate::id::{IncidentId, RolloutId};
use crate::name::{EnvironmentName, Version};
use crate::refusal::Refuse;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IncidentRefusal {
    #[error("there is no incident {id}")]
    Unknown { id: IncidentId },
    #[error("{id} is over already")]
    Resolved { id: IncidentId },
    #[error("{id} is not over")]
    Open { id: IncidentId },
    #[error("{id} would end before it began")]
    EndsFirst { id: IncidentId },
    #[error("its {what} would lie ahead")]
    Ahead { what: &'static str },
    #[error("its {what} is empty, has more than {most} characters, or holds some that cannot be shown")]
    Text { what: &'static str, most: usize },
    #[error("{id} has {most} {what} already")]
    Full { id: IncidentId, what: &'static str, most: usize },
    #[error("{id} is not linked to {rollout}")]
    NotLinked { id: IncidentId, rollout: RolloutId },
    #[error("{rollout} is not in {environment}, where {id} is")]
    Elsewhere { id: IncidentId, rollout: RolloutId, environment: EnvironmentName },
    #[error("{release} has not been in {environment}")]
    NotThere { release: Version, environment: EnvironmentName },
}

impl Refuse for IncidentRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "unknown-incident",
            Self::Resolved { .. } => "incident-resolved",
            Self::Open { .. } => "incident-open",
            Self::EndsFirst { .. } => "incident-ends-first",
            Self::Ahead { .. } => "incident-ahead",
            Self::Text { .. } => "incident-text",
            Self::Full { .. } => "incident-full",
            Self::NotLinked { .. } | Self::Elsewhere { .. } | Self::NotThere { .. } => "incident-not-linked",
        }
    }

    fn help(&self) -> String {
        match self {
            Self::Unknown { .. } => "list them with `tidegate incident list --all`".into(),
            Self::Resolved { id } => {
                format!("if it was not over: `tidegate incident reopen {id}`, then resolve it again")
            }
            Self::Open { id } => format!("end it: `tidegate incident resolve {id}`"),
            Self::EndsFirst { id } => {
                format!("see when it began with `tidegate incident show {id}`, and give a later end")
            }
            Self::Ahead { .. } => "leave the time out for now, or give one that has passed".into(),
            Self::Text { most, .. } => format!("write 1 to {most} characters that can be shown"),
            Self::Full { .. } => "open another one for what is new".into(),
            Self::NotLinked { id, .. } => {
                format!("see what it is linked to: `tidegate incident show {id}`")
            }
            Self::Elsewhere { environment, .. } => {
                format!("link it to a rollout there: `tidegate rollout list --environment {environment}`")
            }
            Self::NotThere { release, .. } => {
                format!(
                    "see where it has been with `tidegate release show {release}`, or name the rollout: `tidegate incident link INCIDENT --rollout rol_…`"
                )
            }
        }
    }

    fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown { .. })
    }

    fn is_invalid(&self) -> bool {
        matches!(self, Self::EndsFirst { .. } | Self::Ahead { .. } | Self::Text { .. })
    }
}
