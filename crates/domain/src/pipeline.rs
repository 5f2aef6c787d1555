//! The ordered stages a release goes through.
//!
//! Invariant: an environment stands in at most one stage. Deliberately not here: the gates between stages, which come
//! with governed promotion.

use serde::{Deserialize, Serialize};
use tidegate_analysis::Parameters;

use crate::gate::GateSpec;
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
    /// Absent where nothing is judged by default (an environment without traffic). Who owns the shares is planning's to
    /// say: of a schedule here only the rungs of a ladder are taken.
    pub analysis: Option<Parameters>,
    /// The stage itself says that nothing is judged, whatever the strategy; it holds for one given for one time, too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub analysis_off: bool,
    /// How often the counters are read.
    pub scrape_interval_ms: u64,
    /// How long a rollout may be unable to move before it goes back.
    pub progress_deadline_seconds: u64,
    /// What lets a verified release in from the stage before.
    pub promotion: Promotion,
    /// What must be so before a release enters, besides what the calendar says.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gates: Vec<GateSpec>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Promotion {
    /// As soon as the stage before has verified it.
    Automatic,
    /// When somebody promotes it.
    Manual,
}

impl StageSpec {
    /// The parameters for a rollout by this strategy, which may be another than the stage's; none where nothing is judged.
    /// A stage without an analysis whose own strategy would have one has switched it off.
    pub fn analysis_for(&self, strategy: &Strategy) -> Option<Parameters> {
        let off = self.analysis_off || self.strategy.is_judged_by_default();
        let fitting = || (!off && strategy.is_judged_by_default()).then(Parameters::default);
        self.analysis.clone().or_else(fitting)
    }
}

impl PipelineSpec {
    pub fn stage(&self, environment: &EnvironmentName) -> Option<(usize, &StageSpec)> {
        self.stages.iter().enumerate().find(|(_, stage)| stage.environment == *environment)
    }
    pub fn after(&self, index: usize) -> Option<&StageSpec> {
        self.stages.get(index + 1)
    }
}
