//! Where a plan stands on its way, and which steps people may take.
//!
//! Invariant: no step of a person leads to `Go`, `RollingOut` or `Released`. Deliberately not here: holds, which lie over a phase.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    Draft,
    Planned,
    /// What is in stays in, and nothing else comes in but by triage.
    Frozen,
    /// A release with fixed artifacts is looked at.
    Candidate,
    /// The named person said so.
    Go,
    /// In the last stage of its pipeline.
    RollingOut,
    Released,
    Cancelled,
}

impl Phase {
    pub const ALL: [Self; 8] = [
        Self::Draft,
        Self::Planned,
        Self::Frozen,
        Self::Candidate,
        Self::Go,
        Self::RollingOut,
        Self::Released,
        Self::Cancelled,
    ];

    pub fn word(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Planned => "planned",
            Self::Frozen => "frozen",
            Self::Candidate => "candidate",
            Self::Go => "go",
            Self::RollingOut => "rolling-out",
            Self::Released => "released",
            Self::Cancelled => "cancelled",
        }
    }

    /// Where a person may bring it from here.
    pub fn steps(self) -> &'static [Self] {
        match self {
            Self::Draft => &[Self::Planned, Self::Cancelled],
            Self::Planned => &[Self::Draft, Self::Frozen, Self::Cancelled],
            Self::Frozen => &[Self::Planned, Self::Candidate, Self::Cancelled],
            Self::Candidate => &[Self::Frozen, Self::Candidate, Self::Cancelled],
            Self::Go => &[Self::Frozen, Self::Cancelled],
            Self::RollingOut | Self::Released | Self::Cancelled => &[],
        }
    }

    /// Whether the scope stands, and who decides.
    pub fn is_frozen(self) -> bool {
        matches!(self, Self::Frozen | Self::Candidate | Self::Go | Self::RollingOut)
    }

    /// A step away from what was agreed takes a reason.
    pub fn takes_reason(self, to: Self) -> bool {
        to == Self::Cancelled || to < self
    }
}

impl std::fmt::Display for Phase {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(self.word())
    }
}
