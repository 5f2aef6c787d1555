//! A feature flag: what it is for, how it stands in each environment, and what waits for a second person.
//!
//! Invariant: in an environment there is one live definition, and each change of it has the next number; where the
//! environment is protected, nothing but switching off happens on one person's word, and a word counts only for the
//! edition it was given about. Deliberately not here: evaluating (`tidegate-flags`), who may (the server).

mod decide;
mod definition;
mod difference;
mod evolve;
mod import;
mod refusal;
mod showing;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

pub use decide::{Asking, decide};
pub use definition::{DEFINITION_BYTES_MAX, Definition};
pub use difference::{Difference, differences};
pub use evolve::evolve;
pub use import::{Imported, from_flagd};
pub use refusal::FlagRefusal;
pub use showing::{ForRollout, Showing, Shown, Wish};

use crate::id::RolloutId;
use crate::name::{EnvironmentName, FlagKey, Version};
use crate::strategy::Exposure;

/// Of each environment, that one can go back to.
pub const EDITIONS_KEPT_MAX: usize = 50;
/// That wait at once, for one flag.
const PROPOSALS_MAX: usize = 50;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flag {
    pub key: FlagKey,
    pub life: Life,
    pub archived: Option<Archived>,
    pub environments: BTreeMap<EnvironmentName, Standing>,
    /// By their number, those that nobody decided on yet.
    pub proposals: BTreeMap<u64, Proposal>,
    /// The last one ever given.
    last_proposal: u64,
}

/// What people say about it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Life {
    pub kind: FlagKind,
    /// Whom to ask: a person or a team.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub owner: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// When it should be gone from the code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remove_by_ms: Option<u64>,
    /// The release that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<Version>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FlagKind {
    /// Separates deploying from releasing; short-lived.
    #[default]
    Release,
    Experiment,
    /// A switch for whoever operates it; long-lived.
    Operations,
    /// Who may use what; long-lived.
    Permission,
}

impl FlagKind {
    pub const ALL: [Self; 4] = [Self::Release, Self::Experiment, Self::Operations, Self::Permission];

    pub fn word(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Experiment => "experiment",
            Self::Operations => "operations",
            Self::Permission => "permission",
        }
    }

    /// Whether it is meant to be taken out of the code again.
    pub fn is_temporary(self) -> bool {
        matches!(self, Self::Release | Self::Experiment)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Archived {
    pub by: String,
    pub at_ms: u64,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

/// One environment's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    pub current: Edition,
    /// The oldest first.
    pub earlier: VecDeque<Edition>,
    /// The rollout that has it now.
    pub showing: Option<Showing>,
    pub shown: Option<Shown>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edition {
    /// 1, 2, 3 … in its environment.
    pub number: u64,
    pub definition: Definition,
    pub said: Said,
}

/// Who wanted it, when and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    pub by: String,
    /// The second person, where one was needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved_by: Option<String>,
    pub at_ms: u64,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

/// Of how a flag stands in one environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Change {
    Configure {
        definition: Definition,
    },
    Switch {
        on: bool,
    },
    /// To an earlier edition.
    Revert {
        to: u64,
    },
}

impl Change {
    /// Whoever may stop anything may do this, at once and everywhere.
    pub fn only_stops(&self) -> bool {
        matches!(self, Self::Switch { on: false })
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    pub environment: EnvironmentName,
    pub change: Change,
    /// The edition that stood there; 0 for none.
    pub against: u64,
    pub said: Said,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum FlagEvent {
    Created {
        key: FlagKey,
        life: Life,
    },
    Described {
        life: Life,
    },
    Configured {
        environment: EnvironmentName,
        edition: Edition,
    },
    /// The definition stays; its rules are asked, or everybody gets its off variant.
    Switched {
        environment: EnvironmentName,
        on: bool,
        number: u64,
        said: Said,
    },
    /// The edition has the earlier one's definition, and the next number.
    Reverted {
        environment: EnvironmentName,
        to: u64,
        edition: Edition,
    },
    Archived(Archived),
    Restored,
    /// A rollout has it there from now on.
    Claimed {
        environment: EnvironmentName,
        rollout: RolloutId,
        variant: String,
    },
    Shown {
        environment: EnvironmentName,
        rollout: RolloutId,
        exposure: Exposure,
        edition: Edition,
    },
    /// Everybody gets what was the default before.
    TakenBack {
        environment: EnvironmentName,
        rollout: RolloutId,
        edition: Edition,
    },
    /// The rollout has ended; the definition stays.
    Released {
        environment: EnvironmentName,
        rollout: RolloutId,
    },
    ChangeProposed {
        id: u64,
        proposal: Proposal,
    },
    /// What it changes follows in the same transaction.
    ChangeApproved {
        id: u64,
        said: Said,
    },
    ChangeRejected {
        id: u64,
        said: Said,
    },
    ChangeWithdrawn {
        id: u64,
    },
}

impl FlagEvent {
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Created { .. } => "flag.created",
            Self::Described { .. } => "flag.described",
            Self::Configured { .. } => "flag.configured",
            Self::Switched { .. } => "flag.switched",
            Self::Reverted { .. } => "flag.reverted",
            Self::Archived(_) => "flag.archived",
            Self::Restored => "flag.restored",
            Self::Claimed { .. } => "flag.claimed",
            Self::Shown { .. } => "flag.shown",
            Self::TakenBack { .. } => "flag.taken-back",
            Self::Released { .. } => "flag.released",
            Self::ChangeProposed { .. } => "flag.change-proposed",
            Self::ChangeApproved { .. } => "flag.change-approved",
            Self::ChangeRejected { .. } => "flag.change-rejected",
            Self::ChangeWithdrawn { .. } => "flag.change-withdrawn",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FlagCommand {
    Create { key: FlagKey, life: Life },
    Describe { life: Life },
    Change { environment: EnvironmentName, change: Change },
    Propose { environment: EnvironmentName, change: Change },
    Approve { id: u64 },
    Reject { id: u64 },
    Withdraw { id: u64 },
    Archive,
    Restore,
    ForRollout(ForRollout),
}

impl FlagCommand {
    /// The environment that must be there for it.
    pub fn environment(&self) -> Option<&EnvironmentName> {
        match self {
            Self::Change { environment, .. } | Self::Propose { environment, .. } => Some(environment),
            Self::Create { .. }
            | Self::Describe { .. }
            | Self::Approve { .. }
            | Self::Reject { .. }
            | Self::Withdraw { .. }
            | Self::Archive
            | Self::Restore
            // A rollout ends also where its environment is gone.
            | Self::ForRollout(_) => None,
        }
    }
}

impl Flag {
    /// What is served there; nothing of an archived flag.
    pub fn served(&self, environment: &EnvironmentName) -> Option<&Definition> {
        let standing = self.environments.get(environment).filter(|_| self.archived.is_none());
        standing.map(|standing| &standing.current.definition)
    }

    /// The number of the edition that stands there; 0 for none.
    pub fn edition(&self, environment: &EnvironmentName) -> u64 {
        self.environments.get(environment).map_or(0, |standing| standing.current.number)
    }

    /// Whether the environment changed since it was proposed.
    pub fn is_stale(&self, proposal: &Proposal) -> bool {
        self.edition(&proposal.environment) != proposal.against
    }
}

impl Standing {
    pub fn edition(&self, number: u64) -> Option<&Edition> {
        std::iter::once(&self.current).chain(&self.earlier).find(|edition| edition.number == number)
    }
}
