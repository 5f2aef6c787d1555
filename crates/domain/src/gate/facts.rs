//! What is known when gates are asked.
//!
//! Invariant: plain values, gathered at one instant; a gate without its fact stays closed. Deliberately not here:
//! gathering them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tidegate_calendar::Status;

use super::answer::Inquiries;
use super::sign::{Vote, Voter};
use super::spec::ChangeType;
use crate::name::{ComponentName, EnvironmentName, GateName, PersonName, Version};

#[derive(Debug, Clone)]
pub struct Facts<'a> {
    pub now_ms: u64,
    pub release: &'a Version,
    pub environment: &'a EnvironmentName,
    pub author: &'a str,
    pub change: ChangeType,
    /// Of release, environment and plan as they are now.
    pub digest: &'a str,
    pub votes: &'a [Vote],
    pub voters: &'a BTreeMap<PersonName, Voter>,
    pub overrides: &'a [Override],
    pub calendar: &'a Status,
    /// Keeps an emergency out.
    pub overdue: Option<&'a OverdueReview>,
    /// Since when the release is verified in the stage before.
    pub verified_before_ms: Option<u64>,
    pub dues: &'a Dues,
    /// What reports and expressions said, by gate.
    pub findings: &'a BTreeMap<GateName, Finding>,
    /// What other systems were asked, by gate.
    pub inquiries: &'a BTreeMap<GateName, Inquiries>,
}

/// An emergency before this one that nobody has looked back at in time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OverdueReview {
    pub release: Version,
    pub environment: EnvironmentName,
    pub due_ms: u64,
}

/// What other releases and components must be where.
#[derive(Debug, Clone, Default)]
pub struct Dues {
    pub verified: Vec<(Version, EnvironmentName)>,
    pub serving: Vec<(ComponentName, Version, EnvironmentName)>,
}

/// What was found out about one gate outside of this crate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    pub open: bool,
    pub why: String,
    pub since_ms: Option<u64>,
    /// What to type where it is closed.
    pub command: String,
    /// Who does that; whoever provides what is missing where nothing is said.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub who: String,
}

/// A person let a release through a freeze, or outside of its windows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Override {
    /// Of the freeze, or `window`.
    pub name: String,
    pub by: PersonName,
    pub reason: String,
    pub digest: String,
    pub at_ms: u64,
    pub until_ms: u64,
}
