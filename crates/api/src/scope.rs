//! Sources of scope: where issues and pull requests are tracked, and what was read of them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::plan::{PlanDecision, PlanFixRisk, PlanSeverity};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ScopeSourceKind {
    Github,
    Gitlab,
    /// Tables that people bring.
    Csv,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ScopeSourceState {
    /// Pages are being read.
    Reading,
    /// The tracker asked for a pause.
    Waiting,
    /// Somebody has to do something; `stop` says what.
    Stopped,
    /// Everything was read.
    Whole,
}

/// The secret of an environment that holds the token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScopeToken {
    #[schema(pattern = "^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$")]
    pub environment: String,
    #[schema(min_length = 1, max_length = 128)]
    pub secret: String,
}

/// Where its label or milestone fits, the rest is what that means.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScopeRule {
    /// A label without regard to case, or its beginning with `*` after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The same of a milestone's title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub milestone: Option<String>,
    /// The plan's version; `*` stands for what the pattern's `*` took in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// `bug`, `feature`, `improvement`, `security`, `documentation` or `task`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// `trivial`, `minor`, `major` or `critical`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<String>,
    /// `low`, `medium` or `high`: how much of the product the fix could break.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix_risk: Option<String>,
    /// Whose hours its estimate takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skill: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub component: Option<String>,
    /// Whether it is a new feature, for which tests are required.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feature: Option<bool>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetScopeSourceRequest {
    pub kind: ScopeSourceKind,
    /// Of the tracker's API; the public one where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 300)]
    pub base: Option<String>,
    /// `owner/repository` at GitHub, `group/project` at GitLab; absent for tables.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 200)]
    pub project: Option<String>,
    /// Only what has this milestone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 200)]
    pub milestone: Option<String>,
    /// Only what has all of these labels.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 20)]
    pub labels: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<ScopeToken>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 200)]
    pub rules: Vec<ScopeRule>,
    /// Between looks; 15 where absent, 0 to look only when somebody asks.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "crate::whole::maybe_small"
    )]
    #[schema(maximum = 10080)]
    pub every_minutes: Option<u32>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ScopeSource {
    pub name: String,
    pub kind: ScopeSourceKind,
    /// Absent where it is the public one.
    pub base: Option<String>,
    pub project: Option<String>,
    pub milestone: Option<String>,
    pub labels: Vec<String>,
    pub token: Option<ScopeToken>,
    pub rules: Vec<ScopeRule>,
    pub every_minutes: u32,
    pub state: ScopeSourceState,
    /// How many issues and pull requests it holds.
    pub count: u64,
    /// Of them, those that it no longer lists.
    pub gone: u64,
    /// Pages that were kept.
    pub pages: u64,
    /// Of the last page.
    pub read_ms: Option<u64>,
    /// Until when the tracker asked for a pause, and why.
    pub pause_until_ms: Option<u64>,
    pub pause_why: Option<String>,
    pub stop: Option<ScopeStop>,
    /// For `If-Match`; each page that is read is a new one.
    pub edition: u64,
}

/// Why nothing more is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ScopeStop {
    pub code: String,
    pub why: String,
    pub help: String,
    pub at_ms: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TrackedItem {
    /// `acme/shop#12`, `acme/shop!7`, `PAY-3`.
    pub key: String,
    pub title: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// `bug`, `feature`, `improvement`, `security`, `documentation` or `task`.
    pub kind: String,
    /// `open`, `closed` or `merged`.
    pub state: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub milestone: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_ms: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_ms: Option<u64>,
    /// Closed or merged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_ms: Option<u64>,
    /// A pull request, or a merge request.
    #[serde(default)]
    pub is_change: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours_hundredths: Option<u32>,
    /// The issues that it closes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub closes: Vec<String>,
    /// Since when its source no longer lists it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gone_ms: Option<u64>,
}

/// In the order of their keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TrackedItems {
    pub entries: Vec<TrackedItem>,
    /// Passed as `after` for the next page; absent on the last one.
    pub next: Option<String>,
    pub total: u64,
}

/// What became of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ScopeImported {
    pub source: ScopeSource,
    /// Rows that were read.
    pub rows: u64,
    /// Rows that say nothing that can be kept, with their lines; the first thousand.
    pub troubles: Vec<ScopeRowTrouble>,
    /// All of them.
    pub left_out: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ScopeRowTrouble {
    pub line: u64,
    pub message: String,
}

/// What a tracker has, and a plan has not decided on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UntriagedItem {
    pub source: String,
    pub item: TrackedItem,
    /// `mapped`: its milestone or a label belongs to this version; `filed`: it is open, and newer than the plan.
    pub reason: String,
    /// It was merged or closed after the freeze.
    pub late: bool,
    pub severity: Option<PlanSeverity>,
    pub fix_risk: Option<PlanFixRisk>,
    /// What the matrix of severity and risk says, where both are known.
    pub advice: Option<PlanDecision>,
    pub advice_why: Option<String>,
}

/// In the order of their keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UntriagedItems {
    pub entries: Vec<UntriagedItem>,
    /// Passed as `after` for the next page; absent on the last one.
    pub next: Option<String>,
    pub total: u64,
    /// Of them, those that came after the freeze.
    pub late: u64,
    /// Since when changes are late: since the plan was frozen, or since its `freeze_on`; absent before.
    pub frozen_ms: Option<u64>,
    /// What stands in the plan's scope and is no longer listed by its source.
    pub gone: Vec<TrackedItem>,
}

/// What a release holds by its commits, beside what its plan wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanComparison {
    /// The release whose commits were read.
    pub release: String,
    pub commits: u64,
    pub planned_in: Vec<ComparedItem>,
    pub planned_not_in: Vec<ComparedItem>,
    pub in_not_planned: Vec<ComparedItem>,
    /// Commits that name nothing that is known, the first hundred.
    pub unnamed: Vec<ComparedCommit>,
    /// All of them.
    pub unnamed_count: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ComparedItem {
    pub id: String,
    pub title: String,
    pub url: Option<String>,
    /// It was merged or closed after the freeze.
    pub late: bool,
    /// The plan says that it is not in.
    pub left_out: bool,
    /// Those that bring it, the first twenty.
    pub commits: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ComparedCommit {
    pub id: String,
    pub title: Option<String>,
}
