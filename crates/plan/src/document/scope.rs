//! What ships: issues, pull requests and other pieces of work, and the components they change.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScopeItem {
    /// The key by which commits and trackers name it, such as `shop#12` or `PAY-7`.
    pub id: String,
    pub title: String,
    /// Where it was read from: `github`, `gitlab`, `csv`, or the team's own word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    #[serde(default)]
    pub state: ScopeState,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub component: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// How much of the product the fix could break.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix_risk: Option<FixRisk>,
    /// What triage said; who said it and why stands in the history.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<Decision>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub estimates: Vec<Estimate>,
    /// The higher, the sooner it is kept when something has to be dropped; 0 where nobody said.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub priority: u8,
    /// A new feature, for which tests are required.
    #[serde(default, skip_serializing_if = "super::is_false")]
    pub feature: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tests: Vec<TestNeed>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
fn is_zero(number: &u8) -> bool {
    *number == 0
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ScopeState {
    /// Filed, and nobody has said yet whether it is in.
    #[default]
    New,
    In,
    Done,
    /// Looked at and left out.
    Out,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    Trivial,
    Minor,
    Major,
    Critical,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FixRisk {
    Low,
    Medium,
    High,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    FixNow,
    FixNext,
    KnownIssue,
    StopRelease,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Estimate {
    pub skill: String,
    pub hours: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TestNeed {
    Unit,
    EndToEnd,
    Manual,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Component {
    /// As the catalog names it.
    pub id: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub change: String,
}
