//! What could go wrong, what is done against it, and what to do when it does.

use serde::{Deserialize, Serialize};

use super::RunbookStep;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Risk {
    pub id: String,
    pub description: String,
    /// 1 (hardly) to 5 (almost surely).
    pub probability: u8,
    /// 1 (nobody notices) to 5 (the business stands still).
    pub impact: u8,
    #[serde(default)]
    pub state: RiskState,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub mitigation: String,
    /// What executes the mitigation, where something does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bound: Option<Bound>,
    /// What is seen when it has happened.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub trigger: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contingency: Vec<RunbookStep>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RiskState {
    #[default]
    Open,
    Occurred,
    Closed,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bound {
    pub kind: BoundKind,
    /// The flag's key, the rule's metric, or the gate's name.
    pub name: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BoundKind {
    Flag,
    RollbackRule,
    Gate,
}
