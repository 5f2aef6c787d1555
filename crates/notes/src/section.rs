//! The sections of the notes, in their order, and who reads them.
//!
//! Invariant: every entry stands in exactly one section; the order of the variants is the order on the page.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Section {
    Breaking,
    Features,
    Improvements,
    Fixes,
    Performance,
    KnownIssues,
    Upgrade,
    Rollback,
    Other,
}

impl Section {
    pub const ALL: [Self; 9] = [
        Self::Breaking,
        Self::Features,
        Self::Improvements,
        Self::Fixes,
        Self::Performance,
        Self::KnownIssues,
        Self::Upgrade,
        Self::Rollback,
        Self::Other,
    ];

    /// As configuration, markers and JSON write it.
    pub fn key(self) -> &'static str {
        match self {
            Self::Breaking => "breaking",
            Self::Features => "features",
            Self::Improvements => "improvements",
            Self::Fixes => "fixes",
            Self::Performance => "performance",
            Self::KnownIssues => "known-issues",
            Self::Upgrade => "upgrade",
            Self::Rollback => "rollback",
            Self::Other => "other",
        }
    }

    pub fn title(self) -> &'static str {
        match self {
            Self::Breaking => "Breaking changes",
            Self::Features => "New features",
            Self::Improvements => "Improvements",
            Self::Fixes => "Fixes",
            Self::Performance => "Performance",
            Self::KnownIssues => "Known issues",
            Self::Upgrade => "Upgrade notes",
            Self::Rollback => "Rollback notes",
            Self::Other => "Other changes",
        }
    }

    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|section| section.key() == key)
    }

    /// Whether it tells what is otherwise now; the others tell what to know or to do besides.
    pub fn is_change(self) -> bool {
        !matches!(self, Self::KnownIssues | Self::Upgrade | Self::Rollback)
    }

    /// What a change of this section asks for, where nothing else is said.
    pub fn bump(self) -> Bump {
        match self {
            Self::Breaking => Bump::Major,
            Self::Features => Bump::Minor,
            Self::Improvements | Self::Fixes | Self::Performance => Bump::Patch,
            Self::KnownIssues | Self::Upgrade | Self::Rollback | Self::Other => Bump::None,
        }
    }

    /// Who is told, where nothing else is said.
    pub fn audiences(self) -> &'static [Audience] {
        match self {
            Self::Breaking | Self::KnownIssues => &Audience::ALL,
            Self::Features | Self::Improvements | Self::Fixes | Self::Performance => {
                &[Audience::Users, Audience::Support]
            }
            Self::Upgrade => &[Audience::Operators, Audience::Support],
            Self::Rollback | Self::Other => &[Audience::Operators],
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Audience {
    Users,
    Operators,
    Support,
}

impl Audience {
    pub const ALL: [Self; 3] = [Self::Users, Self::Operators, Self::Support];

    pub fn key(self) -> &'static str {
        match self {
            Self::Users => "users",
            Self::Operators => "operators",
            Self::Support => "support",
        }
    }

    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|audience| audience.key() == key.trim())
    }
}

/// How far a change moves the version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Bump {
    #[default]
    None,
    Patch,
    Minor,
    Major,
}

impl Bump {
    pub fn key(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Patch => "patch",
            Self::Minor => "minor",
            Self::Major => "major",
        }
    }
}

/// The types that are known without being configured, by [Conventional Commits](https://www.conventionalcommits.org)
/// and by what teams write besides.
pub fn of_type(kind: &str) -> Option<Section> {
    Some(match kind {
        "feat" | "feature" => Section::Features,
        "fix" | "bugfix" | "security" => Section::Fixes,
        "perf" => Section::Performance,
        "improvement" | "improve" | "enhance" | "enhancement" => Section::Improvements,
        "known-issue" | "known-issues" => Section::KnownIssues,
        "upgrade" => Section::Upgrade,
        "rollback" => Section::Rollback,
        "docs" | "doc" | "style" | "refactor" | "test" | "tests" | "build" | "ci" | "chore" | "deps"
        | "release" => Section::Other,
        _ => return None,
    })
}
