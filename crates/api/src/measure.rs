//! The five measures of software delivery, by DORA's names of 2024.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Measures {
    /// The name of the time zone in which days begin.
    pub zone: String,
    pub period: MeasurePeriod,
    /// The first day of the first period, and the last of the last.
    pub from: String,
    pub to: String,
    /// The environments whose rollouts are counted.
    pub environments: Vec<String>,
    /// By what levels are told.
    pub table: MeasureTable,
    /// All five.
    pub measures: Vec<Measure>,
    /// The earliest first.
    pub periods: Vec<MeasuredPeriod>,
    /// Of all periods together.
    pub total: MeasureFigures,
    /// Days with at least one deployment in each whole week that is over; absent where there is none.
    pub active_days: Option<ActiveDays>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MeasurePeriod {
    Day,
    /// From Monday to Sunday.
    #[default]
    Week,
    Month,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MeasureName {
    DeploymentFrequency,
    ChangeLeadTime,
    ChangeFailRate,
    /// `mean-time-to-recovery` asks for it, too.
    #[serde(alias = "mean-time-to-recovery")]
    FailedDeploymentRecoveryTime,
    DeploymentReworkRate,
}

/// Of which measure rows are asked for, or for those that are in none because their times contradict each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MeasuredRows {
    DeploymentFrequency,
    ChangeLeadTime,
    ChangeFailRate,
    #[serde(alias = "mean-time-to-recovery")]
    FailedDeploymentRecoveryTime,
    DeploymentReworkRate,
    Errors,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MeasureUnit {
    PerDay,
    Milliseconds,
    /// From 0 to 1.
    Share,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MeasureLevel {
    Elite,
    High,
    Medium,
    Low,
}

/// The source of levels: a newer report gets a table of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MeasureTable {
    pub version: String,
    pub source: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Measure {
    pub name: MeasureName,
    pub unit: MeasureUnit,
    /// What is counted, in a sentence.
    pub definition: String,
    /// Of all periods together; a time is a median. Absent where there is nothing to measure.
    pub value: Option<f64>,
    pub level: Option<MeasureLevel>,
    /// Of as many periods right before.
    pub before: Option<f64>,
    /// By which part it changed: 0.25 is a quarter more.
    pub change: Option<f64>,
    pub is_better: Option<bool>,
    pub more_is_better: bool,
    /// The same of each period, the earliest first.
    pub by_period: Vec<MeasureAt>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MeasureAt {
    /// `2026-11-22`, `2026-W47`, `2026-11`
    pub period: String,
    pub value: Option<f64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MeasuredPeriod {
    /// `2026-11-22`, `2026-W47`, `2026-11`
    pub name: String,
    pub first: String,
    pub last: String,
    /// Whether nothing can be added by a deployment that is yet to end.
    pub is_over: bool,
    pub figures: MeasureFigures,
}

/// What the measures are worked out from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MeasureFigures {
    /// Rollouts that reached users and are over.
    pub deployments: u64,
    /// How many days of it have begun, and on how many of them at least one deployment ended.
    pub days: u64,
    pub days_with_one: u64,
    pub failed: u64,
    /// Hotfixes and rollbacks.
    pub unplanned: u64,
    /// Failed ones after which service is not restored yet.
    pub unrecovered: u64,
    /// Spans that would end before they begin; they count nowhere else.
    pub errors: u64,
    pub lead_of_commits: Option<MeasureSpread>,
    pub lead_of_pull_requests: Option<MeasureSpread>,
    pub recovery: Option<MeasureSpread>,
}

/// Percentiles are interpolated between the closest ranks.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MeasureSpread {
    pub count: u64,
    pub mean_ms: f64,
    /// The median.
    pub p50_ms: f64,
    pub p75_ms: f64,
    pub p90_ms: f64,
    pub p95_ms: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ActiveDays {
    pub weeks: u64,
    pub mean: f64,
    pub median: f64,
}

/// The newest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MeasureRows {
    pub items: Vec<MeasureRow>,
    /// Passed as `after` to get the next page; absent on the last one.
    pub next: Option<String>,
}

/// A deployment, and what it counts for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MeasureRow {
    pub rollout: String,
    pub release: String,
    pub environment: String,
    pub components: Vec<String>,
    pub teams: Vec<String>,
    pub kind: MeasuredKind,
    pub outcome: MeasuredOutcome,
    pub finished_ms: u64,
    /// Why it counts as failed; empty where it does not.
    pub failed: Vec<MeasureCause>,
    pub restored: Option<MeasureRestored>,
    /// Times that contradict each other, in sentences.
    pub errors: Vec<String>,
    /// The lead times of what it brought first, the shortest first.
    pub commits_ms: Vec<u64>,
    pub pull_requests_ms: Vec<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MeasuredKind {
    Planned,
    Hotfix,
    Rollback,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MeasuredOutcome {
    Succeeded,
    RolledBack,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MeasureCause {
    pub kind: MeasureCauseKind,
    /// The rollout or the incident.
    pub id: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MeasureCauseKind {
    /// It went back before it had succeeded.
    WentBack,
    /// A hotfix followed.
    Hotfixed,
    /// A rollback undid it.
    Undone,
    Incident,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MeasureRestored {
    pub by: MeasureCause,
    pub at_ms: u64,
    /// Since the failure.
    pub after_ms: u64,
}
