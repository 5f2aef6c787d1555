//! The ordered stages a release goes through.
//!
//! Invariant: an environment stands in at most one stage. Deliberately not here: the gates between stages, which come
//! with governed promotion.

use serde::{Deserialize, Serialize};
use tidegate_analysis::Parameters;

use crate::name::EnvironmentName;
use crate::strategy::Strategy;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PipelineSpec {
    pub name: String,
    pub stages: Vec<StageSpec>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StageSpec {
    pub environment: EnvironmentName,
    pub strategy: Strategy,
    /// Absent where nothing is judged (an environment without traffic).
    pub analysis: Option<Parameters>,
    /// How often the counters are read.
    pub scrape_interval_ms: u64,
    /// How long a rollout may be unable to move before it goes back.
    pub progress_deadline_seconds: u64,
    /// What lets a verified release in from the stage before.
    pub promotion: Promotion,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Promotion {
    /// As soon as the stage before has verified it.
    Automatic,
    /// When somebody promotes it.
    Manual,
}

impl PipelineSpec {
    pub fn stage(&self, environment: &EnvironmentName) -> Option<(usize, &StageSpec)> {
        self.stages.iter().enumerate().find(|(_, stage)| stage.environment == *environment)
    }
    pub fn after(&self, index: usize) -> Option<&StageSpec> {
        self.stages.get(index + 1)
    }
}
