//! What one seed stands for: a configuration, releases good and bad, people with plans, and weather.
//!
//! Invariant: everything is drawn here, before anything runs, so that a scenario can be read (`--verbose`) and replayed.
//! Deliberately not here: carrying it out.

use std::collections::BTreeMap;

use tidegate_domain::catalog::Catalog;
use tidegate_domain::name::{ComponentName, EnvironmentName, Version};
use tidegate_engine::NewRelease;

use crate::people::Act;
use crate::weather::Weather;
use crate::world::target::Behaviour;

#[derive(Debug, Clone)]
pub struct Scenario {
    pub catalog: Catalog,
    pub releases: Vec<NewRelease>,
    pub behaviours: BTreeMap<(ComponentName, Version), Behaviour>,
    pub acts: Vec<Act>,
    pub disturbances: Vec<Disturbance>,
    pub weather: Weather,
    pub requests_per_second: f64,
    pub latencies: bool,
    /// One control plane that owns its store, or two replicas on a shared one.
    pub replicas: bool,
    /// Of requests of those whom a flag is shown, so many fail.
    pub harm: f64,
    pub deaths_per_mille: u64,
    pub deaths: u32,
}

/// Something that happens to the machine or the world at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Disturbance {
    pub at_ms: u64,
    pub what: Trouble,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// A signal stops one control plane and lets it go on later.
    Pause {
        ms: u64,
    },
    WallClock {
        by_ms: i64,
    },
    /// The machine of the control planes starts anew, with its wall clock moved.
    Reboot {
        down_ms: u64,
        by_ms: i64,
    },
    Drift,
    Kill,
}

impl Scenario {
    pub fn environments(&self) -> Vec<EnvironmentName> {
        self.catalog.environments.iter().map(|environment| environment.name.clone()).collect()
    }

    /// When the last of what was planned has begun.
    pub fn ends_ms(&self) -> u64 {
        let acts = self.acts.iter().map(|act| act.at_ms).max().unwrap_or(0);
        acts.max(self.weather.calm_from_ms)
    }
}
