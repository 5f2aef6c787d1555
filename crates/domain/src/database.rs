//! What is run on the database of a component while a new version of it is brought out.
//!
//! Invariant: a step is one command that can be run again. Deliberately not here: when it is run and what follows
//! (`rollout::database`), and what it does (a command of the team's choice, `tidegate database` among them).

use serde::{Deserialize, Serialize};

use crate::name::EnvironmentName;
use crate::smoke::{SmokePhase, SmokeTest};

/// Each is asked for as a smoke test is, under a name of its own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatabaseSteps {
    /// Before anything of the new version runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expand: Option<SmokeTest>,
    /// Succeeds where nothing is left to contract, so that no point of no return is passed for nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contracted: Option<SmokeTest>,
    /// Once nothing but the new version runs: from its beginning there is no way back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract: Option<SmokeTest>,
}

impl DatabaseSteps {
    pub fn is_empty(&self) -> bool {
        self.expand.is_none() && self.contracted.is_none() && self.contract.is_none()
    }

    /// Those that are run there.
    #[must_use]
    pub fn asked_in(&self, environment: &EnvironmentName) -> Self {
        let there = |step: &Option<SmokeTest>| step.clone().filter(|step| step.is_asked_in(environment));
        Self {
            expand: there(&self.expand),
            contracted: there(&self.contracted),
            contract: there(&self.contract),
        }
    }

    /// In the order in which they are run.
    pub fn all(&self) -> impl Iterator<Item = (SmokePhase, &SmokeTest)> {
        let expand = self.expand.iter().map(|step| (SmokePhase::Expand, step));
        let contracted = self.contracted.iter().map(|step| (SmokePhase::Contracted, step));
        let contract = self.contract.iter().map(|step| (SmokePhase::Contract, step));
        expand.chain(contracted).chain(contract)
    }
}
