//! Issues and pull requests as their trackers have them, and what they mean for a plan.
//!
//! Invariant: everything follows from the items, the rules of their source and the plan; nothing here asks a tracker. Deliberately
//! not here: reading trackers (`tidegate-connectors`), and where items are kept (`domain::scope_source`).

mod comparison;
mod mapping;
mod references;
mod sifting;

pub use comparison::{Change, Compared, Comparison, Known, compare};
pub use mapping::{Meaning, Rule, RuleProblem, check_rules, meaning};
pub use references::{REFERENCES_MAX, closing, references};
pub use sifting::{Asking, Reason, Waiting, is_late, scope_item, waits};

use serde::{Deserialize, Serialize};

/// The same thing at every reading by its key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrackedItem {
    /// As people write it: `acme/shop#12`, `acme/shop!7`, `PAY-3`.
    pub key: String,
    pub title: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    #[serde(default)]
    pub kind: TrackedKind,
    #[serde(default)]
    pub state: TrackedState,
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
    #[serde(default, skip_serializing_if = "crate::document::is_false")]
    pub is_change: bool,
    /// In hundredths of an hour; none where nobody estimated it in hours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours_hundredths: Option<u32>,
    /// The issues that a pull request closes, by their keys.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub closes: Vec<String>,
    /// Since when its source no longer lists it, by its milestone or its labels; it is kept for the record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gone_ms: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TrackedKind {
    Bug,
    Feature,
    Improvement,
    Security,
    Documentation,
    #[default]
    Task,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TrackedState {
    #[default]
    Open,
    Closed,
    Merged,
}
