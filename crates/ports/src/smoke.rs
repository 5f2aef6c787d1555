//! Asking a new version whether it works.
//!
//! Invariant: attending is not waiting: an outcome comes back as a command, and saying the same again changes nothing.
//! Deliberately not here: how a test is asked, and what its outcome means.

use std::collections::{BTreeMap, BTreeSet};

use tidegate_domain::component::Artifact;
use tidegate_domain::id::{RolloutId, SlotId};
use tidegate_domain::name::{SecretName, Version};
use tidegate_domain::smoke::{SmokePhase, SmokeResult, SmokeTest};

/// One test of one leg of a rollout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmokeQuestion {
    pub rollout: RolloutId,
    pub leg: usize,
    pub phase: SmokePhase,
    pub test: SmokeTest,
    /// Where the version runs.
    pub slot: SlotId,
    pub version: Version,
    /// What its instances get, without secrets.
    pub variables: BTreeMap<String, String>,
    /// Of what is run on a database: nothing of the version needs to run for it.
    pub with: Option<SmokeGround>,
}

/// What a command gets that works for a version that may not run yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmokeGround {
    pub artifact: Artifact,
    /// As instances get them.
    pub secrets: BTreeSet<SecretName>,
}

/// What came of it, and what it wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmokeOutcome {
    pub result: SmokeResult,
    /// Bounded, and without values of secrets.
    pub output: Vec<u8>,
}

pub trait SmokeTester: Send + Sync {
    /// What the rollout waits for now: it is asked soon, unless it is being asked; whatever else is being asked for this
    /// rollout ends. May forget it: whoever wants an outcome says so again.
    fn attend(&self, rollout: &RolloutId, wanted: Option<SmokeQuestion>);
}
