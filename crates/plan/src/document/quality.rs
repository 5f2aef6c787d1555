//! Checklists and manual test cases. Results of runs are no part of a plan: they are history.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChecklistItem {
    pub id: String,
    pub text: String,
    /// Such as `final-testing`, `release-candidate`, `environment-and-data`, or the team's own.
    pub area: String,
    /// For whom this has to be ready; nobody in particular where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audience: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    #[serde(default, skip_serializing_if = "super::is_false")]
    pub done: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TestCase {
    pub id: String,
    pub title: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<String>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub expected: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assignee: Option<String>,
    /// The team's own sets that it belongs to, beside `regression` and `acceptance`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sets: Vec<String>,
    /// Run for each release, whatever is new in it.
    #[serde(default, skip_serializing_if = "super::is_false")]
    pub regression: bool,
    /// Users sign it off.
    #[serde(default, skip_serializing_if = "super::is_false")]
    pub acceptance: bool,
    /// The scope item that it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feature: Option<String>,
}

impl TestCase {
    /// Whether a gate that asks for this set asks for this case.
    pub fn is_in(&self, set: &str) -> bool {
        (self.regression && set == REGRESSION)
            || (self.acceptance && set == ACCEPTANCE)
            || self.sets.iter().any(|name| name == set)
    }
}

/// The sets that have a member of their own.
pub const REGRESSION: &str = "regression";
pub const ACCEPTANCE: &str = "acceptance";
