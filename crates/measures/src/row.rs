//! What the measures are worked out from: deployments that are over, and incidents.
//!
//! Invariant: a row is known by its id; of two with one id, the later revision counts. All times are milliseconds since 1970
//! UTC. Deliberately not here: how rows belong together (`index`).

use serde::{Deserialize, Serialize};

/// A rollout that is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deployment {
    pub id: String,
    /// What was rolled out: `2.1.0`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub release: String,
    pub environment: String,
    pub components: Vec<String>,
    /// Whose components these were then.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub teams: Vec<String>,
    pub kind: Kind,
    pub started_ms: u64,
    /// When the first user could meet it; none where nobody did, and then it counts in no measure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reached_ms: Option<u64>,
    /// When it turned back, where it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turned_ms: Option<u64>,
    pub finished_ms: u64,
    pub outcome: Outcome,
    /// The deployments that it fixes or undoes; empty for a planned one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recovers: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub commits: Vec<Commit>,
}

/// Recorded by what was asked for, never guessed from time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    Planned,
    Hotfix,
    /// Brings the version before back after another had succeeded.
    Rollback,
}

impl Kind {
    pub fn word(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Hotfix => "hotfix",
            Self::Rollback => "rollback",
        }
    }
    pub fn is_unplanned(self) -> bool {
        self != Self::Planned
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    Succeeded,
    /// It went back by itself, or was sent back, before it had succeeded.
    RolledBack,
}

impl Outcome {
    pub fn word(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::RolledBack => "rolled-back",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commit {
    pub id: String,
    pub authored_ms: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pull_request: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    pub id: String,
    pub detected_ms: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved_ms: Option<u64>,
    /// The deployments that it is linked to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deployments: Vec<String>,
}
