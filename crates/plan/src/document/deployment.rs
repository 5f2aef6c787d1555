//! How it goes out: the window, what happens to the database, and the way back.

use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deployment {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<Window>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_downtime_seconds: Option<u64>,
    /// By the name that the catalog gives it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strategy: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<RunbookStep>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub database_steps: Vec<RunbookStep>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rollback: Vec<RunbookStep>,
    /// When even the way back does not work.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contingency: Vec<RunbookStep>,
}

/// Local times in the zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    pub from: DateTime,
    pub until: DateTime,
    /// Of the IANA database.
    pub zone: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunbookStep {
    pub id: String,
    pub text: String,
    /// What is run for it, where something can be; people read it before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
}

impl Deployment {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
