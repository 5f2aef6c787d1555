//! The whole of a plan, and the small entries that belong to no other part.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{
    Activity, Announcement, Audience, ChecklistItem, Component, Deployment, Material, Matrix, Meeting,
    Person, Risk, Role, ScopeItem, TestCase,
};

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    pub title: String,
    #[serde(default)]
    pub kind: Kind,
    /// The template it was made from, and which version of it was applied last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<TemplateUse>,
    /// Of the IANA database; local times of the plan are told in it.
    #[serde(default = "utc")]
    pub zone: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub overview: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub objectives: Vec<Objective>,
    /// From this day on, what is added to the scope is late.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub freeze_on: Option<Date>,
    /// The day on which everything has to be ready; the risk score counts the days to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ready_on: Option<Date>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scope: Vec<ScopeItem>,
    /// The team's own table of what is done about a bug; Tidegate's where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub triage: Option<Matrix>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub components: Vec<Component>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<Role>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub people: Vec<Person>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub activities: Vec<Activity>,
    /// What has to be done before the release may go.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub readiness: Vec<ChecklistItem>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub test_cases: Vec<TestCase>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub risks: Vec<Risk>,
    #[serde(default)]
    pub deployment: Deployment,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub audiences: Vec<Audience>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub announcements: Vec<Announcement>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub materials: Vec<Material>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub meetings: Vec<Meeting>,
    /// What has to be done once it is out: verification, monitoring, telling users.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub afterwards: Vec<ChecklistItem>,
    /// What earlier retrospectives asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<Action>,
    /// Text of an imported plan that belongs to no other member, by its heading.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
}

fn utc() -> String {
    "UTC".to_owned()
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    #[default]
    Planned,
    /// An intermediate release with a short pipeline of its own.
    Hotfix,
    /// Back to something that was out before.
    Rollback,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TemplateUse {
    pub name: String,
    pub version: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Objective {
    pub id: String,
    pub text: String,
}

/// Something that a retrospective asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Action {
    pub id: String,
    pub text: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Date>,
    /// The release whose retrospective asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    #[serde(default, skip_serializing_if = "super::is_false")]
    pub done: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Note {
    pub heading: String,
    pub text: String,
}

impl Plan {
    /// With a title and nothing else.
    pub fn new(title: &str, kind: Kind) -> Self {
        Self { title: title.to_owned(), kind, zone: utc(), ..Self::default() }
    }

    /// By which triage is advised.
    pub fn matrix(&self) -> Matrix {
        self.triage.unwrap_or_default()
    }

    /// When the day begins from which additions are late, by the plan's clocks.
    pub fn freeze_ms(&self) -> Option<u64> {
        let begins = self.freeze_on?.to_zoned(crate::zone::zone(&self.zone)?).ok()?;
        u64::try_from(begins.timestamp().as_millisecond()).ok()
    }
}
