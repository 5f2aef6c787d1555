//! `pipeline:` as it is written.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::analysis::AnalysisText;
use super::form::{At, Form};
use super::gates::GateText;
use super::quantities::Seconds;
use super::scalar::Scalar;
use super::strategy::StrategyText;
use super::texts::{EnvironmentKind, TitleKind};
use super::words::PromotionWord;

/// The stages a release goes through.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Pipeline")]
pub struct PipelineText {
    /// For people; "release pipeline" unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Scalar<TitleKind>>,
    /// In order.
    #[schemars(required)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stages: Option<Vec<At<StageText>>>,
}

/// One environment, and how a release enters it.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Stage")]
pub struct StageText {
    #[schemars(required)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<Scalar<EnvironmentKind>>,
    /// How a release replaces what stands.
    #[schemars(required)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strategy: Option<At<Form<StrategyText>>>,
    /// The rule that judges the rollout; on for canary and blue-green, off for recreate and rolling unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub analysis: Option<At<Form<AnalysisText>>>,
    /// How long a rollout may be unable to move before it goes back; 10m unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub progress_deadline: Option<Scalar<Seconds>>,
    /// What lets a verified release in from the stage before; manual unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub promotion: Option<Scalar<PromotionWord>>,
    /// What must be so before a release enters, and before each of its steps; nothing unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gates: Option<Vec<At<Form<GateText>>>>,
}
