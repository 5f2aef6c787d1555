//! Why nothing is announced, or by no such way.

use super::AnnouncementId;
use crate::name::{AudienceName, ChannelName};
use crate::refusal::Refuse;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AnnouncementRefusal {
    #[error("there is no announcement {id}")]
    Unknown { id: AnnouncementId },
    #[error("there is no channel `{name}`")]
    UnknownChannel { name: ChannelName, known: Vec<String> },
    #[error("there is no audience `{name}`")]
    UnknownAudience { name: AudienceName, known: Vec<String> },
    #[error("the channel `{name}` is used by {by}")]
    InUse { name: ChannelName, by: String },
    #[error("there is a public page already: `{other}`")]
    SecondPage { other: ChannelName },
    #[error("that would be more than {most} {what}")]
    TooMany { what: &'static str, most: usize },
    #[error("{why}")]
    Unfit { why: &'static str },
}

impl Refuse for AnnouncementRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "unknown-announcement",
            Self::UnknownChannel { .. } => "unknown-channel",
            Self::UnknownAudience { .. } => "unknown-audience",
            Self::InUse { .. } => "channel-in-use",
            Self::SecondPage { .. } => "second-page",
            Self::TooMany { .. } => "announcements-full",
            Self::Unfit { .. } => "members-unfit",
        }
    }

    fn help(&self) -> String {
        match self {
            Self::Unknown { .. } => "see which there are: `tidegate announce list`".into(),
            Self::UnknownChannel { known, .. } if known.is_empty() => {
                "there are none; add one, for example with `tidegate channel slack NAME`".into()
            }
            Self::UnknownAudience { known, .. } if known.is_empty() => {
                "there are none; add one: `tidegate announce audience set NAME --channel CHANNEL`".into()
            }
            Self::UnknownChannel { known, .. } | Self::UnknownAudience { known, .. } => {
                format!("there are: {}", known.join(", "))
            }
            Self::InUse { .. } => "let whoever uses it take another first".into(),
            Self::SecondPage { other } => {
                format!("a project has one; change it, or remove it first: `tidegate channel remove {other}`")
            }
            Self::TooMany { .. } => "remove what nobody needs any more".into(),
            Self::Unfit { .. } => "GET /api/v1/openapi.json says what each member means".into(),
        }
    }

    fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown { .. } | Self::UnknownChannel { .. } | Self::UnknownAudience { .. })
    }

    fn is_invalid(&self) -> bool {
        matches!(self, Self::TooMany { .. } | Self::Unfit { .. })
    }
}
