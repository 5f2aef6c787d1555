//! Where the issues and pull requests of a project are tracked, and all of them as they were last read.
//!
//! Invariant: an item stands once, by its key, in the newest state that was read of it, also once its source no longer lists it; each page is kept together with the cursor to
//! go on from. Deliberately not here: asking trackers and what a cursor means (the server), what an item means for a plan
//! (`tidegate_plan::tracked`).

mod decide;
mod event;
mod refusal;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tidegate_plan::tracked::Rule;
pub use tidegate_plan::tracked::{TrackedItem, TrackedKind, TrackedState, closing};

pub use decide::{ITEMS_MAX, ITEMS_OF_A_PAGE_MAX, ScopeCommand, decide, evolve};
pub use event::ScopeSourceEvent;
pub use refusal::ScopeSourceRefusal;

use crate::name::{EnvironmentName, ScopeSourceName, SecretName};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SourceKind {
    Github,
    Gitlab,
    /// Tables that people bring.
    Csv,
}

/// What is read, and what its words mean.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Definition {
    pub kind: SourceKind,
    /// Of the tracker's API; the public one where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<String>,
    /// `owner/repository`, or `group/project`; empty for tables.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub project: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub milestone: Option<String>,
    /// An item has all of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<TokenPlace>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<Rule>,
    /// How long after a look the next one is; 0 where it is read when somebody asks.
    pub every_minutes: u32,
}

/// The secret that proves who asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenPlace {
    pub environment: EnvironmentName,
    pub name: SecretName,
}

/// The tracker answers nothing before that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    pub until_ms: u64,
    pub why: String,
}

/// A person has to do something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stop {
    pub code: String,
    pub why: String,
    pub help: String,
    pub at_ms: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScopeSource {
    pub name: ScopeSourceName,
    pub definition: Arc<Definition>,
    pub set_by: String,
    pub items: BTreeMap<String, Arc<TrackedItem>>,
    /// Where the next page is asked for; none before the first.
    pub cursor: Option<String>,
    /// Everything was read once, from the first page to the last, since it was last asked for.
    pub whole: bool,
    /// Pages that were kept.
    pub pages: u64,
    pub pause: Option<Pause>,
    pub stop: Option<Stop>,
    /// Of the last page.
    pub read_ms: Option<u64>,
    /// When somebody last asked for it to be read.
    pub asked_ms: u64,
}

impl ScopeSource {
    /// Whether a walk is under way that nothing stopped.
    pub fn is_reading(&self) -> bool {
        !self.whole && self.stop.is_none() && self.definition.kind != SourceKind::Csv
    }

    /// `reading`, `waiting`, `stopped` or `whole`.
    pub fn word(&self) -> &'static str {
        match (self.is_reading(), &self.stop, &self.pause) {
            (_, Some(_), _) => "stopped",
            (true, None, Some(_)) => "waiting",
            (true, None, None) => "reading",
            (false, None, _) => "whole",
        }
    }
}

impl Definition {
    /// Whether a part of what the tracker has is listed, which things may leave.
    pub fn is_narrow(&self) -> bool {
        self.milestone.is_some() || !self.labels.is_empty()
    }

    /// Whether the tracker lists it for this.
    pub fn lists(&self, item: &TrackedItem) -> bool {
        let same = |one: &str, other: &str| one.to_lowercase() == other.to_lowercase();
        let in_milestone = |wanted: &String| item.milestone.as_deref().is_some_and(|its| same(its, wanted));
        self.milestone.as_ref().is_none_or(in_milestone)
            && self.labels.iter().all(|wanted| item.labels.iter().any(|label| same(label, wanted)))
    }

    /// Whether the same items are read as by another one.
    pub fn reads_as(&self, other: &Self) -> bool {
        (self.kind, &self.base, &self.project, &self.milestone, &self.labels)
            == (other.kind, &other.base, &other.project, &other.milestone, &other.labels)
    }
}

#[cfg(test)]
mod tests;
