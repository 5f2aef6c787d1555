//! Why a source of scope cannot be set, read or found.

use super::SourceKind;
use crate::name::ScopeSourceName;
use crate::refusal::Refuse;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScopeSourceRefusal {
    #[error("there is no source of scope `{name}`")]
    Unknown { name: ScopeSourceName },
    #[error("there are {most} sources of scope already")]
    TooMany { most: usize },
    #[error("rule {number} {why}")]
    Rule { number: usize, why: &'static str },
    #[error("`{name}` is read from {}, and {}", kind.words(), asked.words())]
    OtherKind { name: ScopeSourceName, kind: SourceKind, asked: Wanted },
    #[error("`{name}` would hold more than {most} items")]
    Full { name: ScopeSourceName, most: usize },
}

/// What was asked of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    Refresh,
    Table,
}

impl SourceKind {
    pub fn words(self) -> &'static str {
        match self {
            Self::Github => "GitHub",
            Self::Gitlab => "GitLab",
            Self::Csv => "tables that people bring",
        }
    }
}

impl Wanted {
    fn words(self) -> &'static str {
        match self {
            Self::Refresh => "a table cannot be asked for again",
            Self::Table => "takes no table",
        }
    }
}

impl Refuse for ScopeSourceRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "unknown-scope-source",
            Self::TooMany { .. } | Self::Full { .. } => "scope-too-large",
            Self::Rule { .. } => "scope-rule-unusable",
            Self::OtherKind { .. } => "scope-source-other-kind",
        }
    }

    fn help(&self) -> String {
        match self {
            Self::Unknown { .. } => "see which there are with `tidegate scope source list`".to_owned(),
            Self::TooMany { .. } => {
                "remove one that nobody needs with `tidegate scope source remove NAME`".to_owned()
            }
            Self::Rule { .. } => "mend that rule and set the source again; nothing was changed".to_owned(),
            Self::OtherKind { name, asked: Wanted::Refresh, .. } => {
                format!("bring the table as it is now: `tidegate scope import FILE.csv --source {name}`")
            }
            Self::OtherKind { .. } => {
                "set a source of its own for the table: `tidegate scope source add NAME --kind csv`"
                    .to_owned()
            }
            Self::Full { .. } => {
                "let the source read fewer: name a milestone or labels when you set it".to_owned()
            }
        }
    }

    fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown { .. })
    }
    fn is_invalid(&self) -> bool {
        matches!(self, Self::Rule { .. })
    }
}
