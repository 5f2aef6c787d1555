//! Who divides requests between versions.
//!
//! Invariant: `apply` sets, then reads back, and answers what was read; an older generation is refused. Weights of a
//! split sum to 10 000. A route that serves but is not stored is told apart, not refused: taking requests off a bad
//! version must not wait for a disk. Deliberately not here: which weight is right.

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use tidegate_domain::environment::RouteSpec;
use tidegate_domain::id::SlotId;
use tidegate_domain::matching::Match;
use tidegate_domain::name::Version;
use tidegate_domain::weight::Weight;

use crate::Generation;
use crate::fault::Fault;

/// How requests for one component in one environment should be divided.
#[derive(Debug, Clone, PartialEq)]
pub struct RouteIntent {
    pub slot: SlotId,
    pub route: RouteSpec,
    pub serving: Serving,
    /// Requests that carry this reach this version whatever the weights.
    pub matches: Option<(Match, Version)>,
    /// What is copied, and to whom.
    pub mirror: Option<Copying>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copying {
    pub share: Weight,
    pub version: Version,
    /// Whether the answers are compared with those that users get, by status and body.
    pub compare_body: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Serving {
    Offline { reason: String },
    Split(Vec<Backend>),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backend {
    pub version: Version,
    pub weight: Weight,
    /// `127.0.0.1:40123`
    pub endpoints: Vec<String>,
}

/// What the router says it does now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteSeen {
    pub generation: Generation,
    pub serving: Serving,
    /// Requests under way, by version, also of versions no longer in the split.
    pub in_flight: BTreeMap<Version, u64>,
    /// The same by the instance's address; one that is not named has none. Absent where the router cannot tell.
    #[serde(default)]
    pub in_flight_at: Option<BTreeMap<String, u64>>,
    /// Whether the router would do the same after a restart of its own. Where it would not, it serves all the same.
    pub durable: bool,
}

impl RouteSeen {
    /// The share that `version` gets.
    pub fn weight_of(&self, version: &Version) -> Weight {
        match &self.serving {
            Serving::Offline { .. } => Weight::NONE,
            Serving::Split(backends) => {
                backends.iter().find(|backend| backend.version == *version).map_or(Weight::NONE, |b| b.weight)
            }
        }
    }
}

#[async_trait]
pub trait TrafficRouter: Send + Sync {
    async fn apply(&self, generation: Generation, intent: &RouteIntent) -> Result<RouteSeen, Fault>;
    /// None when the router knows no such route.
    async fn read(&self, slot: &SlotId) -> Result<Option<RouteSeen>, Fault>;
}
