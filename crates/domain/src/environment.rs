//! Where users are: environments, and what of each component stands in them.
//!
//! Invariant: a placement says everything a target and a router need. Deliberately not here: what stands there now
//! (`slot`).

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::name::{ComponentName, EnvironmentName, SecretName, TenantName};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnvironmentSpec {
    pub name: EnvironmentName,
    pub target: TargetKind,
    /// Set for every instance in this environment, over those of the component.
    pub variables: BTreeMap<String, String>,
    pub placements: BTreeMap<ComponentName, Placement>,
    /// How near to users it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<Tier>,
    /// Whom to ask about it: a person or a team.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Whoever ships here needs the right for protected environments.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub protected: bool,
    /// For whom it runs; none where it is for everybody.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub tenants: BTreeSet<TenantName>,
    /// Secrets that every instance here gets, by name; their values stand nowhere in a catalog.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub secrets: BTreeSet<SecretName>,
    /// Which environment, or base, each inherited value was written at, by its path: `variables.LOG`,
    /// `components.api.replicas`. What is not here was written at the environment itself.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub origins: BTreeMap<String, EnvironmentName>,
}

impl EnvironmentSpec {
    /// With nothing in it yet.
    pub fn new(name: EnvironmentName) -> Self {
        Self {
            name,
            target: TargetKind::Process,
            variables: BTreeMap::new(),
            placements: BTreeMap::new(),
            tier: None,
            owner: None,
            protected: false,
            tenants: BTreeSet::new(),
            secrets: BTreeSet::new(),
            origins: BTreeMap::new(),
        }
    }

    /// What instances of a component get here: the environment's and its own.
    pub fn secrets_of(&self, component: &ComponentName) -> BTreeSet<SecretName> {
        let own = self.placements.get(component).into_iter().flat_map(|placement| &placement.secrets);
        self.secrets.iter().chain(own).cloned().collect()
    }

    /// All that anything here gets.
    pub fn all_secrets(&self) -> BTreeSet<SecretName> {
        let placed = self.placements.values().flat_map(|placement| &placement.secrets);
        self.secrets.iter().chain(placed).cloned().collect()
    }
}

/// As the DORA measures tell environments apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tier {
    Development,
    Testing,
    Staging,
    Production,
}

impl Tier {
    pub const ALL: [Self; 4] = [Self::Development, Self::Testing, Self::Staging, Self::Production];

    pub fn word(self) -> &'static str {
        match self {
            Self::Development => "development",
            Self::Testing => "testing",
            Self::Staging => "staging",
            Self::Production => "production",
        }
    }
}

/// What runs the versions there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum TargetKind {
    /// Operating-system processes on this machine.
    Process,
}

/// One component in one environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placement {
    pub replicas: u32,
    /// Absent for a worker that nobody calls.
    pub route: Option<RouteSpec>,
    /// Secrets that only this component gets, besides those of the environment.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub secrets: BTreeSet<SecretName>,
}

impl Placement {
    pub fn new(replicas: u32, route: Option<RouteSpec>) -> Self {
        Self { replicas, route, secrets: BTreeSet::new() }
    }
}

/// How requests reach a component.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteSpec {
    /// The gateway's address: `127.0.0.1:8080`.
    pub listen: String,
    /// Host names answered; all where empty.
    pub hosts: Vec<String>,
    pub path_prefix: String,
    /// Whether the prefix is cut before the request goes on.
    pub strip_prefix: bool,
    /// Keeps a client on the version that first answered it.
    pub sticky: Option<Sticky>,
    /// Where a candidate in preview is met; at other times nobody is asked there: `127.0.0.1:8081`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preview: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sticky {
    pub cookie: String,
    pub max_age_seconds: u64,
}
