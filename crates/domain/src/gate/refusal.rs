//! Why something cannot move, or a word at a gate cannot be taken.

use super::GateStatus;
use crate::name::{EnvironmentName, GateName, PersonName, Version};
use crate::refusal::Refuse;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GateRefusal {
    #[error("{version} may not enter {environment}: {}", told(.closed))]
    Closed { version: Version, environment: EnvironmentName, closed: Vec<GateStatus> },
    #[error("{environment} has no gate `{gate}`")]
    Unknown { environment: EnvironmentName, gate: GateName, known: Vec<GateName> },
    #[error("the gate `{gate}` is not one that people sign")]
    NotSigned { gate: GateName, kind: &'static str },
    #[error("several gates of {environment} are for people to sign")]
    Which { environment: EnvironmentName, gates: Vec<GateName> },
    #[error("no gate of {environment} is for people to sign")]
    NoneToSign { environment: EnvironmentName },
    #[error("{person} made this release, and the gate `{gate}` wants somebody else")]
    Author { person: PersonName, gate: GateName },
    #[error("{person} may not sign the gate `{gate}`: it wants {}", wanted(.from))]
    MayNotSign { person: PersonName, gate: GateName, from: Vec<String> },
    #[error("no freeze or window keeps {version} from {environment} now")]
    NothingToOverride { version: Version, environment: EnvironmentName },
    #[error("`{name}` is not what keeps it back: that is `{holds}`")]
    OtherHolds { name: String, holds: String },
    #[error("`{given}` is no name that can stand under a decision")]
    Nameless { given: String },
    #[error("this needs a reason")]
    NoReason,
}

fn told(closed: &[GateStatus]) -> String {
    let each = closed.iter().map(|gate| format!("`{}` is closed ({})", gate.gate, gate.why));
    each.collect::<Vec<_>>().join("; ")
}

fn wanted(from: &[String]) -> String {
    if from.is_empty() { "a person".to_owned() } else { from.join(" or ") }
}

fn names(gates: &[GateName]) -> String {
    gates.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

impl Refuse for GateRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Closed { .. } => "gates-closed",
            Self::Unknown { .. } => "unknown-gate",
            Self::NotSigned { .. } => "gate-not-signed",
            Self::Which { .. } => "which-gate",
            Self::NoneToSign { .. } => "no-gate-to-sign",
            Self::Author { .. } => "author-may-not-sign",
            Self::MayNotSign { .. } => "may-not-sign",
            Self::NothingToOverride { .. } => "nothing-to-override",
            Self::OtherHolds { .. } => "other-freeze-holds",
            Self::Nameless { .. } => "nameless",
            Self::NoReason => "reason-missing",
        }
    }

    fn help(&self) -> String {
        match self {
            // The first one's command opens it; the others follow.
            Self::Closed { closed, .. } => closed.first().map_or_else(String::new, |gate| {
                format!("{} can open `{}`: {}", gate.who, gate.gate, gate.command)
            }),
            Self::Unknown { known, .. } if known.is_empty() => {
                "it has none; they stand in tidegate.yaml".into()
            }
            Self::Unknown { known, .. } => format!("it has: {}", names(known)),
            Self::NotSigned { kind, .. } => {
                format!(
                    "it is of the kind {kind}; `tidegate gate list VERSION --to ENVIRONMENT` says what opens it"
                )
            }
            Self::Which { gates, .. } => {
                format!("name one: --gate {}", names(gates).replace(", ", " or --gate "))
            }
            Self::NoneToSign { environment } => {
                format!("see what there is: `tidegate gate list VERSION --to {environment}`")
            }
            Self::Author { .. } => {
                "ask somebody else who may sign it: `tidegate gate list VERSION --to ENVIRONMENT` says who"
                    .into()
            }
            Self::MayNotSign { .. } => {
                "`tidegate gate list VERSION --to ENVIRONMENT` says who may; `tidegate whoami` says what you are".into()
            }
            Self::NothingToOverride { version, environment } => {
                format!("see what keeps it: `tidegate gate why {version} --to {environment}`")
            }
            Self::OtherHolds { holds, .. } => format!("name that one: --name {holds}"),
            Self::Nameless { .. } => "say who you are: --actor NAME, or TIDEGATE_ACTOR".into(),
            Self::NoReason => "say why, for the record: --reason \"…\"".into(),
        }
    }

    fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown { .. })
    }

    fn is_invalid(&self) -> bool {
        matches!(self, Self::NoReason | Self::Nameless { .. })
    }
}
