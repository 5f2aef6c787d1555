//! Why a source of deliveries cannot be set or is not there.

use crate::name::InboundName;
use crate::refusal::Refuse;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InboundRefusal {
    #[error("there is no inbound source `{name}`")]
    Unknown { name: InboundName, known: Vec<String> },
    #[error("there is an inbound source `{name}` already")]
    Exists { name: InboundName },
    #[error("that would be more than {most} inbound sources")]
    TooMany { most: usize },
    #[error("`{name}` would do something about alerts, and only Alertmanager sends some")]
    NoAlerts { name: InboundName },
}

impl Refuse for InboundRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "unknown-inbound",
            Self::Exists { .. } => "inbound-exists",
            Self::TooMany { .. } => "inbound-full",
            Self::NoAlerts { .. } => "inbound-without-alerts",
        }
    }

    fn help(&self) -> String {
        match self {
            Self::Unknown { known, .. } if known.is_empty() => {
                "there are none; add one with `tidegate inbound add github --name ci`".into()
            }
            Self::Unknown { known, .. } => format!("there are: {}", known.join(", ")),
            Self::Exists { name } => {
                format!("take another --name, or remove it first: `tidegate inbound remove {name}`")
            }
            Self::TooMany { .. } => "remove those that nothing sends to: `tidegate inbound list`".into(),
            Self::NoAlerts { .. } => "leave --on-alert out, or add an alertmanager".into(),
        }
    }

    fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown { .. })
    }

    fn is_invalid(&self) -> bool {
        matches!(self, Self::TooMany { .. } | Self::NoAlerts { .. })
    }
}
