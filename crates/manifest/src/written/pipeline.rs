//! `pipeline:` as it is written.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::analysis::AnalysisText;
use super::form::{At, Form};
use super::gates::GateText;
use super::kinds::Succeed;
use super::quantities::Seconds;
use super::scalar::Scalar;
use super::strategy::StrategyText;
use super::texts::{EnvironmentKind, TitleKind};
use super::words::{OnFailureWord, OverdueWord, PromotionWord};

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
    /// What an emergency owes afterwards.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub emergency_review: Option<At<ReviewText>>,
}

/// Until when somebody looks back at an emergency.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "EmergencyReview")]
pub struct ReviewText {
    /// After its rollout has ended; 72h unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub within: Option<Scalar<Seconds>>,
    /// What an overdue one does: closes (the next emergency waits for it) unless given, or tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overdue: Option<Scalar<OverdueWord>>,
}

/// One for each kind of release.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Pipelines")]
pub struct PipelinesText {
    /// For every release that has no other.
    #[schemars(required)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<At<PipelineText>>,
    /// For hotfixes; the default unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hotfix: Option<At<PipelineText>>,
}

/// One environment, and how a release enters it.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Stage")]
pub struct StageText {
    /// Where; or several in `environments`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<Scalar<EnvironmentKind>>,
    /// All of these at once, a rollout in each.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environments: Option<Vec<Scalar<EnvironmentKind>>>,
    /// In how many of them it has to succeed before it goes on: all, or a number; all unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub succeed: Option<Scalar<Succeed>>,
    /// What the others do when one has gone back; go_on unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_failure: Option<Scalar<OnFailureWord>>,
    /// How long it has to be verified in the stage before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub soak: Option<Scalar<Seconds>>,
    /// How a release replaces what stands.
    #[schemars(required)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strategy: Option<At<Form<StrategyText>>>,
    /// The rule that judges the rollout; on for canary, blue-green, phased and shadow, off for recreate and rolling unless given.
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
