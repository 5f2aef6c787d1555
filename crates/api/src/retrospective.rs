//! Looking back at a release: what the record says, and what people say.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::plan::PlanSaid;

/// Filled from the record of its plan, its candidates and their rollouts, with what people said of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Retrospective {
    /// The version of the plan.
    pub release: String,
    /// Of the plan; `If-Match` names it.
    pub edition: u64,
    /// `planned`, `hotfix` or `rollback`.
    pub kind: String,
    /// The plan's phase, or `on-hold`.
    pub state: String,
    /// Times are told in it where the retrospective is printed.
    pub zone: String,
    pub summary: String,
    /// The earliest first; 1000 lines at most.
    pub timeline: Vec<LookedLine>,
    /// How long it stood before each gate, the longest first.
    pub waits: Vec<LookedWait>,
    pub rollbacks: Vec<LookedRollback>,
    /// Those that are linked to one of its rollouts.
    pub incidents: Vec<LookedIncident>,
    pub measures: Vec<LookedMeasure>,
    /// The releases that its measures are compared with, the newest first.
    pub compared_with: Vec<String>,
    /// What users said; absent where nobody did.
    pub feedback: Option<LookedFeedback>,
    pub went_well: Vec<String>,
    pub to_improve: Vec<String>,
    pub actions: Vec<LookedAction>,
    /// Who wrote the words last; absent until somebody did.
    pub said: Option<PlanSaid>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LookedLine {
    pub at_ms: u64,
    pub what: String,
    pub who: Option<String>,
    /// Where it happened, if it happened somewhere.
    pub environment: Option<String>,
    pub rollout: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LookedWait {
    pub gate: String,
    /// Or `plan`, for the final call and for holds.
    pub environment: String,
    pub waited_ms: u64,
    /// Still closed.
    #[serde(default)]
    pub open: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LookedRollback {
    /// When it turned back.
    pub at_ms: u64,
    pub environment: String,
    pub why: String,
    /// Until everybody was on the version before; absent where it was undone after it had succeeded.
    pub took_ms: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LookedIncident {
    pub at_ms: u64,
    pub what: String,
    pub resolved_ms: Option<u64>,
}

/// A measure of this release beside those of the last five before it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LookedMeasure {
    pub measure: String,
    /// `deployments`, `hours` or `percent`.
    pub unit: String,
    /// Absent where there was nothing to measure.
    pub this: Option<f64>,
    /// One for each of `compared_with`.
    pub before: Vec<Option<f64>>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LookedFeedback {
    pub count: u64,
    /// Of ratings from 1 (bad) to 5 (good).
    pub average: Option<f64>,
}

/// Something to do, by somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LookedAction {
    #[schema(max_length = 64)]
    pub id: String,
    #[schema(max_length = 300)]
    pub text: String,
    /// A role or a person; an action of nobody is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 300)]
    pub owner: Option<String>,
    /// The day by which it has to be done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "2027-01-15")]
    pub due: Option<String>,
    #[serde(default)]
    pub done: bool,
}

/// What people say, the whole of it; what is left out is taken away.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WriteRetrospectiveRequest {
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schema(max_length = 10000)]
    pub summary: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 100)]
    pub went_well: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 100)]
    pub to_improve: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 200)]
    pub actions: Vec<LookedAction>,
    /// Why it was changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 10000)]
    pub note: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RetrospectiveFormat {
    Json,
    /// To be read, and put where a team keeps such things.
    Markdown,
}
