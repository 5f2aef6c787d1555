//! What a rollout will do, frozen when it starts.
//!
//! Invariant: nothing in a plan changes while the rollout runs; what it needs of the configuration was copied in.

use serde::{Deserialize, Serialize};
use tidegate_analysis::Parameters;

use crate::database::DatabaseSteps;
use crate::gate::GateSpec;
use crate::id::{RolloutId, SlotId};
use crate::name::{EnvironmentName, FlagKey, Version};
use crate::placed::Placed;
use crate::smoke::{SmokePhase, SmokeTest};
use crate::strategy::{Prometheus, Step};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    pub release: Version,
    pub environment: EnvironmentName,
    pub kind: RolloutKind,
    /// `canary`, `rolling` …
    pub strategy: String,
    /// One for each component that changes, in the order they go.
    pub legs: Vec<LegPlan>,
    pub analysis: Option<Parameters>,
    pub scrape_interval_ms: u64,
    pub progress_deadline_seconds: u64,
    /// How long the old instances stay for an instant return after success.
    pub keep_stable_seconds: u64,
    /// Asked when it starts, and again at each step forward.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gates: Vec<GateSpec>,
    /// Feature flags that it moves.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<FlagPlan>,
    /// Of release, environment and stage as they were when it started; approvals are bound to it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub digest: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum RolloutKind {
    Release,
    Hotfix,
    /// Brings the version before back after that rollout had ended.
    Rollback {
        of: RolloutId,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlagPlan {
    pub key: FlagKey,
    /// Shown by the steps; none for one that belongs to the release, which is switched on once everybody has the code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    /// Where the counters of its variants are; with Tidegate where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prometheus: Option<Prometheus>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LegPlan {
    pub candidate: Placed,
    /// What stands there now; none for the first version.
    pub stable: Option<Placed>,
    pub steps: Vec<Step>,
    /// Asked of the candidate before it gets traffic, and again once it has all of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub smoke: Vec<SmokeTest>,
    /// Run on its database before, and after.
    #[serde(default, skip_serializing_if = "DatabaseSteps::is_empty")]
    pub database: DatabaseSteps,
}

impl Plan {
    /// The flag that its steps show, with what they get whom it is shown.
    pub fn shown(&self) -> Option<(&FlagKey, &str)> {
        self.flags.iter().find_map(|flag| flag.variant.as_deref().map(|variant| (&flag.key, variant)))
    }

    /// Where the counters of the flag's variants are, where programs do not report them.
    pub fn prometheus(&self) -> Option<&Prometheus> {
        self.flags.iter().find(|flag| flag.variant.is_some()).and_then(|flag| flag.prometheus.as_ref())
    }

    pub fn slots(&self) -> impl Iterator<Item = SlotId> {
        self.legs.iter().map(|leg| SlotId {
            environment: self.environment.clone(),
            component: leg.candidate.component.name.clone(),
        })
    }
}

impl LegPlan {
    /// Everything that is asked for, in the order in which it is.
    pub fn asked(&self) -> impl Iterator<Item = (SmokePhase, &SmokeTest)> {
        let (first, last): (Vec<_>, Vec<_>) =
            self.database.all().partition(|(phase, _)| *phase < SmokePhase::Before);
        let tests = [SmokePhase::Before, SmokePhase::After];
        let tests = tests.into_iter().flat_map(|phase| self.smoke.iter().map(move |test| (phase, test)));
        first.into_iter().chain(tests).chain(last)
    }

    pub fn routed(&self) -> bool {
        self.candidate.route.is_some()
    }
    /// Instances of stable at full size.
    pub fn stable_replicas(&self) -> u32 {
        self.stable.as_ref().map_or(0, |stable| stable.replicas)
    }
}
