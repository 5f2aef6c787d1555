//! `gates:` as it is written: a kind behind each dash, with its knobs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::form::{At, Form, ShortForm, given};
use super::kinds::{Count, Switch};
use super::quantities::Seconds;
use super::scalar::{Kind as _, Scalar};
use super::texts::{ComponentKind, EnvironmentKind, SecretKind};
use super::words_of_gates::{
    EvidenceKind, GateNameKind, PlanWordKind, ScoreKind, SetKind, SignerKind, ThresholdText, UrlKind,
    VersionKind,
};

pub const GATES: [&str; 9] =
    ["approval", "manual_test", "uat", "evidence", "soak", "needs", "expression", "webhook", "plan"];

/// One thing that must be so before a release enters, and before each of its steps.
#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Gate", extend("minProperties" = 1, "maxProperties" = 1))]
pub struct GateText {
    /// People consent.
    #[serde(default, deserialize_with = "given")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approval: Option<SignText>,
    /// People have tested by hand.
    #[serde(default, deserialize_with = "given")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manual_test: Option<SignText>,
    /// Users have accepted it.
    #[serde(default, deserialize_with = "given")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uat: Option<SignText>,
    /// A report meets its threshold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evidence: Option<At<EvidenceText>>,
    /// It has been verified in the stage before for so long.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub soak: Option<Scalar<Seconds>>,
    /// Another release or component is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub needs: Option<At<NeedsText>>,
    /// A condition in CEL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expression: Option<At<Form<ExpressionText>>>,
    /// Another system says yes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub webhook: Option<At<WebhookText>>,
    /// The plan of the release says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<At<Form<PlanText>>>,
}

impl ShortForm for GateText {
    const NAME: &'static str = "GateForm";
    const EXPECTED: &'static str = "a gate like {approval: {count: 2}} or {soak: 30m}";
    fn short_schema() -> Value {
        json!({ "enum": ["approval", "manual_test", "uat"] })
    }
}

/// Who signs, and how many of them.
#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Sign")]
pub struct SignText {
    /// The kind unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Scalar<GateNameKind>>,
    /// Roles, and groups as `group:NAME`; who is in any of them counts. Anybody unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Vec<Scalar<SignerKind>>>,
    /// How many different people; 1 unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<Scalar<Count>>,
    /// How many for an emergency; 1 unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub emergency_count: Option<Scalar<Count>>,
    /// Whether the author of the release may sign; off unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author_counts: Option<Scalar<Switch>>,
    /// How long a word counts; 72h unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<Scalar<Seconds>>,
}

/// Which reports are wanted, and what is asked of them.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "EvidenceGate")]
pub struct EvidenceText {
    /// The kind, with hyphens, unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Scalar<GateNameKind>>,
    #[schemars(required)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<Scalar<EvidenceKind>>,
    /// The kind's own unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threshold: Option<Scalar<ThresholdText>>,
    /// Suites of tests that must have run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suites: Option<Vec<Scalar<super::texts::TextKind>>>,
    /// How old a scanner's database may be, where its report says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database_age: Option<Scalar<Seconds>>,
    /// Whether it closes; without that it only tells. On unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub required: Option<Scalar<Switch>>,
    /// Whether each artifact of the release needs a report; off unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub every_artifact: Option<Scalar<Switch>>,
}

/// Either `release` or `component` with `version`.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Needs")]
pub struct NeedsText {
    /// `needs` unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Scalar<GateNameKind>>,
    /// That is verified there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub release: Option<Scalar<VersionKind>>,
    /// That serves there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub component: Option<Scalar<ComponentKind>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<Scalar<VersionKind>>,
    #[schemars(required)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub r#in: Option<Scalar<EnvironmentKind>>,
}

/// A condition under a name.
#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Expression")]
pub struct ExpressionText {
    /// `expression` unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Scalar<GateNameKind>>,
    /// In CEL, over `release`, `environment` and `rollout`.
    #[schemars(required)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holds: Option<Scalar<super::texts::TextKind>>,
}

impl ShortForm for ExpressionText {
    const NAME: &'static str = "ExpressionForm";
    const EXPECTED: &'static str = "a condition like \"release.kind == 'hotfix'\"";
    fn short_schema() -> Value {
        json!({ "type": ["string", "boolean"] })
    }
}

/// What the plan of the release has to say: one of `asks`, `risk` and `tests`.
#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "PlanGate")]
pub struct PlanText {
    /// `go-no-go`, `manual-tests`, `acceptance`, `feature-tests`, `risk-ceiling` or `test-set` unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Scalar<GateNameKind>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asks: Option<Scalar<PlanWordKind>>,
    /// The most that the risk score may be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub risk: Option<Scalar<ScoreKind>>,
    /// Of which set every manual test case has passed: `regression`, `acceptance`, or one of the team's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tests: Option<Scalar<SetKind>>,
}

impl ShortForm for PlanText {
    const NAME: &'static str = "PlanForm";
    const EXPECTED: &'static str = "`go`, `manual_tests`, `acceptance`, `feature_tests`, a ceiling like {risk: 40}, or {tests: regression}";
    fn short_schema() -> Value {
        PlanWordKind::schema()
    }
}

/// Which system is asked.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "WebhookGate")]
pub struct WebhookText {
    /// `webhook` unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Scalar<GateNameKind>>,
    /// Gets a signed POST, and answers `{"open": true}` or `{"open": false, "reason": "…"}`.
    #[schemars(required)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<Scalar<UrlKind>>,
    /// The environment's secret that signs, a `whsec_…` of Standard Webhooks.
    #[schemars(required)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<Scalar<SecretKind>>,
    /// How long it may take to answer; 10s unless given, 20s at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Scalar<Seconds>>,
    /// How long an answer counts before it is asked again; 5m unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holds: Option<Scalar<Seconds>>,
}
