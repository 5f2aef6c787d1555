//! Why a subscription cannot be set or is not there.

use crate::name::WebhookName;
use crate::refusal::Refuse;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WebhookRefusal {
    #[error("there is no webhook `{name}`")]
    Unknown { name: WebhookName, known: Vec<String> },
    #[error("there is a webhook `{name}` already")]
    Exists { name: WebhookName },
    #[error("that would be more than {most} webhooks")]
    TooMany { most: usize },
    #[error("a webhook has 1 to {most} patterns of events")]
    Patterns { most: usize },
    #[error("`{pattern}` is no pattern of events")]
    Pattern { pattern: String },
}

impl Refuse for WebhookRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "unknown-webhook",
            Self::Exists { .. } => "webhook-exists",
            Self::TooMany { .. } => "webhooks-full",
            Self::Patterns { .. } | Self::Pattern { .. } => "webhook-pattern-malformed",
        }
    }

    fn help(&self) -> String {
        match self {
            Self::Unknown { known, .. } if known.is_empty() => {
                "there are none; add one with `tidegate webhook add URL --events 'rollout.*'`".into()
            }
            Self::Unknown { known, .. } => format!("there are: {}", known.join(", ")),
            Self::Exists { name } => {
                format!("take another --name, or remove it first: `tidegate webhook remove {name}`")
            }
            Self::TooMany { .. } => "remove those that nobody reads: `tidegate webhook list`".into(),
            Self::Patterns { .. } | Self::Pattern { .. } => {
                "name kinds of events as `tidegate events` shows them, with * at the end: rollout.*, release.created".into()
            }
        }
    }

    fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown { .. })
    }

    fn is_invalid(&self) -> bool {
        matches!(self, Self::TooMany { .. } | Self::Patterns { .. } | Self::Pattern { .. })
    }
}
