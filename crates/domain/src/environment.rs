//! Where users are: environments, and what of each component stands in them.
//!
//! Invariant: a placement says everything a target and a router need. Deliberately not here: what stands there now
//! (`slot`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::name::{ComponentName, EnvironmentName};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnvironmentSpec {
    pub name: EnvironmentName,
    pub target: TargetKind,
    /// Set for every instance in this environment, over those of the component.
    pub variables: BTreeMap<String, String>,
    pub placements: BTreeMap<ComponentName, Placement>,
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
