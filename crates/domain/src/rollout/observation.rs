//! What was seen of the world after the effects were performed.
//!
//! Invariant: an observation was made after every event the state holds, so it may move the rollout on.

use serde::{Deserialize, Serialize};

use crate::strategy::Traffic;

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Observation {
    /// One for each leg that effects were asked for, by its index.
    pub legs: Vec<LegObservation>,
    /// What failed outside, in words; empty when nothing did.
    pub fault: String,
    /// Whether trying again will not help until a person does something about it.
    pub needs_person: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LegObservation {
    pub leg: usize,
    pub candidate: VersionObservation,
    pub stable: VersionObservation,
    /// None where the component has no route, or the router could not be asked.
    pub route: Option<RouteObservation>,
    /// Instances of versions from before both, looked at where a database is about to be contracted.
    #[serde(default, skip_serializing_if = "is_none")]
    pub others: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
fn is_none(count: &u32) -> bool {
    *count == 0
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct VersionObservation {
    /// Addresses (or names, for workers) of the ready instances.
    pub ready: Vec<String>,
    /// Instances that exist, ready or not.
    pub instances: u32,
    pub restarts: u32,
    /// Why the first unready one is not ready.
    pub reason: String,
}

impl VersionObservation {
    pub fn ready_count(&self) -> u32 {
        self.ready.len() as u32
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteObservation {
    pub traffic: Traffic,
    /// Whether matches, mirror and endpoints read back as they were set.
    pub as_set: bool,
    /// Requests under way on each side.
    pub candidate_in_flight: u64,
    pub stable_in_flight: u64,
}
