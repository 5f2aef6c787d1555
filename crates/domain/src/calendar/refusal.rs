//! Why a freeze or a window cannot be set.

use tidegate_calendar::BadPeriod;

use crate::name::GateName;
use crate::refusal::Refuse;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CalendarRefusal {
    #[error("`{name}` cannot be set: {why}")]
    Bad { name: GateName, why: BadPeriod },
    #[error("a freeze or window needs a reason of at most {most} characters")]
    NoReason { most: usize },
    #[error("there is no freeze or window `{name}`")]
    Unknown { name: GateName, known: Vec<String> },
    #[error("`{name}` was set by hand, so a feed cannot take its place")]
    Taken { name: GateName },
    #[error("that would be more than {most} freezes and windows")]
    TooMany { most: usize },
}

impl Refuse for CalendarRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Bad { why, .. } => why.code(),
            Self::NoReason { .. } => "calendar-without-reason",
            Self::Unknown { .. } => "unknown-calendar-entry",
            Self::Taken { .. } => "calendar-name-taken",
            Self::TooMany { .. } => "calendar-full",
        }
    }

    fn help(&self) -> String {
        match self {
            Self::Bad { why, .. } => why.help().to_owned(),
            Self::NoReason { .. } => {
                "say why, for whoever is stopped by it: --reason \"year-end close\"".into()
            }
            Self::Unknown { known, .. } if known.is_empty() => {
                "there are none; set one with `tidegate freeze add`".into()
            }
            Self::Unknown { known, .. } => format!("there are: {}", known.join(", ")),
            Self::Taken { name } => format!("remove it first: `tidegate freeze remove {name}`"),
            Self::TooMany { .. } => "remove those that are over: `tidegate freeze list`".into(),
        }
    }

    fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown { .. })
    }

    fn is_invalid(&self) -> bool {
        matches!(self, Self::Bad { .. } | Self::NoReason { .. } | Self::TooMany { .. })
    }
}
