//! A team's own ways of planning: templates, whose turn it is, what is still to be done; and a plan's past.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::plan::PlanSaid;
use crate::plan_views::PlanLate;

/// Plans to begin with, Tidegate's own and the team's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanTemplates {
    pub templates: Vec<PlanTemplateBrief>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanTemplateBrief {
    pub name: String,
    /// `planned`, `hotfix` or `rollback`.
    pub kind: String,
    /// The newest edition.
    pub version: u32,
    /// What is new in it.
    pub change: String,
    /// Whether it is the team's own.
    pub own: bool,
    /// Who wrote it; absent for Tidegate's own.
    pub said: Option<PlanSaid>,
    /// The template that it was made from.
    pub based_on: Option<PlanTemplateUse>,
    /// The newest edition of that one, where it is newer; `POST …/update` brings it in.
    pub newer: Option<u32>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanTemplateUse {
    pub name: String,
    pub version: u32,
}

/// One edition of a template.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PlanTemplate {
    pub name: String,
    pub version: u32,
    /// Those that can be looked at, the oldest first.
    pub versions: Vec<u32>,
    pub change: String,
    pub own: bool,
    #[schema(value_type = Object)]
    pub document: Value,
    /// When its activities are, in days from the one on which all is ready.
    pub days: Vec<PlanTemplateDays>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanTemplateDays {
    pub activity: String,
    /// Negative before that day.
    #[schema(minimum = -100_000, maximum = 100_000)]
    #[serde(deserialize_with = "day")]
    pub from: i32,
    #[schema(minimum = -100_000, maximum = 100_000)]
    #[serde(deserialize_with = "day")]
    pub until: i32,
}

/// A whole number, which JSON may write as 5.0.
fn day<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<i32, D::Error> {
    let number = f64::deserialize(deserializer)?;
    if number.fract() != 0.0 || !(-100_000.0..=100_000.0).contains(&number) {
        return Err(serde::de::Error::custom("a whole number of days, at most 100000, was expected"));
    }
    #[expect(clippy::cast_possible_truncation, reason = "it was just looked at")]
    Ok(number as i32)
}

/// Either a document, or a plan that is taken as one.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WritePlanTemplateRequest {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub document: Option<Value>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub days: Vec<PlanTemplateDays>,
    /// The version of a plan; what belongs to that release alone (scope, states, dates, people) stays out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
    /// What is new in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 2000)]
    pub change: Option<String>,
}

/// A plan that is begun from a template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BeginPlanRequest {
    #[schema(example = "planned")]
    pub template: String,
    /// Its edition; the newest where absent.
    #[serde(
        default,
        deserialize_with = "crate::whole::maybe_small",
        skip_serializing_if = "Option::is_none"
    )]
    pub edition: Option<u32>,
    /// `Release VERSION` where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 300)]
    pub title: Option<String>,
    /// The day on which everything has to be ready; activities get their dates from it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "2026-12-01")]
    pub ready_on: Option<String>,
    /// Actions of earlier retrospectives that it carries, each as `RELEASE/ID`; `all` for all that are open.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 200)]
    pub carry: Vec<String>,
}

/// What was brought in of a newer edition, and where what stood was kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PlanTemplateApplied {
    pub from: u32,
    pub to: u32,
    /// Where both changed the same; what the team wrote stands.
    pub conflicts: Vec<PlanTemplateConflict>,
    /// What else was done so that it still fits together.
    pub says: Vec<String>,
    /// The edition of the plan, or of the team's template, after it.
    pub edition: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PlanTemplateConflict {
    /// A JSON pointer, with ids instead of indexes.
    pub path: String,
    pub template: Value,
}

/// What retrospectives asked for and nobody has done yet, the most urgent first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanActions {
    pub actions: Vec<PlanOpenAction>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanOpenAction {
    /// The release whose retrospective asked for it.
    pub from: String,
    pub id: String,
    pub text: String,
    pub owner: Option<String>,
    pub due: Option<String>,
    /// The plans that carry it.
    pub carried_by: Vec<String>,
}

/// Every edition of a plan, the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanHistory {
    pub editions: Vec<PlanHistoryEntry>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanHistoryEntry {
    pub edition: u64,
    /// Of the event: `plan.written`, `plan.marked` and so on.
    pub kind: String,
    pub by: String,
    pub at_ms: u64,
    pub note: Option<String>,
    /// Places of the document that it changed, at most 20.
    pub places: Vec<String>,
}

/// What two documents say otherwise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PlanDifference {
    /// `edition 3`, or `planned, edition 2`.
    pub from: String,
    pub to: String,
    pub changes: Vec<PlanChange>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PlanChange {
    /// A JSON pointer, with ids instead of indexes.
    pub path: String,
    /// `added`, `removed` or `changed`.
    pub how: String,
    pub before: Option<Value>,
    pub after: Option<Value>,
    /// Who changed it last, of editions of one plan.
    pub said: Option<PlanSaid>,
}

/// How far the work was on each day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanProgress {
    /// In the plan's zone.
    pub today: String,
    /// In days of work: a long activity counts more than a short one.
    pub total_days: u32,
    /// What should be done by today, and what is.
    pub planned_days: u32,
    pub done_days: u32,
    pub points: Vec<PlanPoint>,
    /// One for each day on which something was said of the plan.
    pub days: Vec<PlanDay>,
    pub late: Vec<PlanLateItem>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanPoint {
    pub day: String,
    pub planned: u32,
    /// Absent in the future.
    pub done: Option<u32>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanDay {
    pub day: String,
    pub scope: u32,
    pub scope_done: u32,
    pub tests: u32,
    pub tests_passed: u32,
    pub activities: u32,
    pub activities_done: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanLateItem {
    pub id: String,
    pub name: String,
    pub owner: Option<String>,
    pub late: PlanLate,
}

/// Whose turn it is to manage a release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanRotation {
    /// Of those who take turns, whoever is known to nobody here.
    #[serde(default)]
    pub strangers: Vec<String>,
    /// The role's id in plans.
    pub role: String,
    /// In the order in which they begin; empty where nobody said.
    pub people: Vec<String>,
    pub away: BTreeMap<String, Vec<PlanDaysOff>>,
    /// Who had the role in the plans so far, the newest first, at most 20.
    pub before: Vec<String>,
    /// Who is next; absent where nobody is there.
    pub next: Option<String>,
    pub passed_over: Vec<PlanPassedOver>,
    pub why: String,
    pub said: Option<PlanSaid>,
}

/// Both days are off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanDaysOff {
    #[schema(example = "2026-12-24")]
    pub from: String,
    #[schema(example = "2027-01-02")]
    pub until: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanPassedOver {
    pub person: String,
    pub away: PlanDaysOff,
}

/// The whole of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WritePlanRotationRequest {
    /// `release-manager` where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 64)]
    pub role: Option<String>,
    #[schema(max_items = 100)]
    pub people: Vec<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub away: BTreeMap<String, Vec<PlanDaysOff>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 10000)]
    pub note: Option<String>,
}
