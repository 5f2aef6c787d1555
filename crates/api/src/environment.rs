//! What stands where.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Environment {
    pub name: String,
    /// What runs versions there: `process`.
    pub target: String,
    /// Its place in the pipeline, from 1.
    pub stage: Option<usize>,
    /// One for each component placed there, by name.
    pub slots: Vec<Slot>,
}

/// One component's place in one environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Slot {
    pub component: String,
    /// Verified there; absent before the first.
    pub version: Option<String>,
    pub digest: Option<String>,
    /// What stood there before.
    pub previous: Option<String>,
    /// Wanted of `version`.
    pub replicas: u32,
    /// Addresses of the ready instances of `version`, as last seen.
    pub ready: Vec<String>,
    /// Where the gateway takes requests for it.
    pub listen: Option<String>,
    pub path: Option<String>,
    /// The rollout that changes it now.
    pub rollout: Option<String>,
    /// What is wrong outside, in words.
    pub fault: Option<String>,
    /// How what runs differs from what should, in words.
    pub drift: Option<String>,
    /// Everything that runs there now, by version and ordinal.
    pub instances: Vec<Instance>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Instance {
    /// `api-1.2.0-0`
    pub name: String,
    pub version: String,
    pub ordinal: u32,
    pub state: InstanceState,
    /// Where it listens.
    pub address: Option<String>,
    /// Starts that ended by themselves.
    pub restarts: u32,
    /// Why it is not ready.
    pub reason: Option<String>,
    pub process_id: Option<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum InstanceState {
    Starting,
    Ready,
    /// Was ready, its probe fails now.
    Unready,
    /// Ended by itself; waits before the next start.
    BackingOff,
    Stopping,
}
