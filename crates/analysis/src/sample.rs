//! What the judge is given: counters of both arms at one instant, or the reason why there are none.
//!
//! Invariant: counters are cumulative and belong to one instance, so that a restarted instance is seen
//! as such. Not here: scraping, parsing and rates.

use crate::{counters::ArmCounters, guard::NoData};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The name of one running instance of an arm, for example a pod or a process.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Instance(pub String);

impl From<&str> for Instance {
    fn from(name: &str) -> Self {
        Instance(name.to_owned())
    }
}

/// One arm at one instant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reading {
    Counters(BTreeMap<Instance, ArmCounters>),
    Missing(NoData),
}

impl Reading {
    /// An arm whose counters are already one sum, for example those of a gateway.
    pub fn whole(counters: ArmCounters) -> Self {
        Reading::Counters(BTreeMap::from([(Instance::from(""), counters)]))
    }

    pub fn instances(instances: impl IntoIterator<Item = (Instance, ArmCounters)>) -> Self {
        let by_name: BTreeMap<_, _> = instances.into_iter().collect();
        if by_name.is_empty() { Reading::Missing(NoData::NoSample) } else { Reading::Counters(by_name) }
    }
}

impl From<Option<ArmCounters>> for Reading {
    fn from(counters: Option<ArmCounters>) -> Self {
        counters.map_or(Reading::Missing(NoData::NoSample), Reading::whole)
    }
}

/// Both arms at one instant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// Milliseconds on any one clock. A clock that stands still or steps back costs data, never truth.
    pub at_ms: u64,
    /// The candidate's share of traffic in the interval that ends here, in basis points (0 to 10 000).
    pub weight_basis_points: u16,
    pub stable: Reading,
    pub candidate: Reading,
}
