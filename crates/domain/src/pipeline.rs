//! The ordered stages a release goes through.
//!
//! Invariant: an environment stands in at most one stage of a pipeline. Deliberately not here: what the gates between stages
//! say (`gate`), and how a release stands (`release`).

use serde::{Deserialize, Serialize};
use tidegate_analysis::Parameters;

use crate::gate::GateSpec;
use crate::name::EnvironmentName;
use crate::review::ReviewRule;
use crate::strategy::Strategy;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PipelineSpec {
    pub name: String,
    pub stages: Vec<StageSpec>,
    /// What emergencies owe afterwards.
    #[serde(default, skip_serializing_if = "ReviewRule::is_default")]
    pub review: ReviewRule,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StageSpec {
    /// The only one, or the first of those that a release enters together.
    pub environment: EnvironmentName,
    /// The others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub beside: Vec<EnvironmentName>,
    /// In how many of them it has to succeed; in all where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub succeed: Option<u32>,
    #[serde(default, skip_serializing_if = "OnFailure::is_default")]
    pub on_failure: OnFailure,
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

/// What the others of a stage do when one has gone back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum OnFailure {
    /// They go on; the stage is verified if enough of them succeed.
    #[default]
    GoOn,
    /// They go back as soon as not enough of them can succeed any more.
    GoBackWhenLost,
    /// They go back.
    GoBackAtOnce,
}

impl OnFailure {
    pub fn is_default(&self) -> bool {
        *self == Self::GoOn
    }
}

impl StageSpec {
    /// For one environment, with everything as it is where nothing is said.
    pub fn new(environment: EnvironmentName, strategy: Strategy) -> Self {
        Self {
            environment,
            beside: Vec::new(),
            succeed: None,
            on_failure: OnFailure::GoOn,
            strategy,
            analysis: None,
            analysis_off: false,
            scrape_interval_ms: 1_000,
            progress_deadline_seconds: 600,
            promotion: Promotion::Manual,
            gates: Vec::new(),
        }
    }

    pub fn environments(&self) -> impl Iterator<Item = &EnvironmentName> + Clone {
        std::iter::once(&self.environment).chain(&self.beside)
    }

    /// At least 1, and never more than there are.
    pub fn needed(&self) -> usize {
        let all = 1 + self.beside.len();
        self.succeed.map_or(all, |wanted| (wanted as usize).clamp(1, all))
    }

    /// The parameters for a rollout by this strategy, which may be another than the stage's; none where nothing is judged.
    /// A stage without an analysis whose own strategy would have one has switched it off.
    pub fn analysis_for(&self, strategy: &Strategy) -> Option<Parameters> {
        let off = self.analysis_off || self.strategy.is_judged_by_default();
        let fitting = || (!off && strategy.is_judged_by_default()).then(Parameters::default);
        self.analysis.clone().or_else(fitting)
    }
}

impl PipelineSpec {
    pub fn new(name: impl Into<String>, stages: Vec<StageSpec>) -> Self {
        Self { name: name.into(), stages, review: ReviewRule::default() }
    }

    pub fn stage(&self, environment: &EnvironmentName) -> Option<(usize, &StageSpec)> {
        self.stages.iter().enumerate().find(|(_, stage)| stage.environments().any(|name| name == environment))
    }
    pub fn after(&self, index: usize) -> Option<&StageSpec> {
        self.stages.get(index + 1)
    }
}
