//! Incidents: for a while, something was wrong for users.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Incident {
    /// `inc_…`
    pub id: String,
    pub title: String,
    /// In the words of whoever told it: `critical`.
    pub severity: Option<String>,
    /// Where; absent where that is not known.
    pub environment: Option<String>,
    pub component: Option<String>,
    pub state: IncidentState,
    pub detected_ms: u64,
    /// When it ended; absent while it is open.
    pub resolved_ms: Option<u64>,
    /// Who told it: a person, or `inbound/alerts`.
    pub by: String,
    /// The rollouts that it is linked to: each counts as failed.
    pub rollouts: Vec<String>,
    /// How many notes it has.
    pub note_count: u64,
    /// What people and alerts said since, the earliest first; empty in lists.
    pub notes: Vec<IncidentNote>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum IncidentState {
    Open,
    Resolved,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct IncidentNote {
    pub by: String,
    pub at_ms: u64,
    pub text: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenIncidentRequest {
    /// In a line.
    #[schema(min_length = 1, max_length = 300)]
    pub title: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 40)]
    pub severity: Option<String>,
    /// Where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// In what; takes an environment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub component: Option<String>,
    /// When it began; now where absent.
    #[serde(default, deserialize_with = "crate::whole::maybe", skip_serializing_if = "Option::is_none")]
    pub detected_ms: Option<u64>,
    /// A rollout to link it to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollout: Option<String>,
    /// A release to link it to: to its newest rollout in that environment, or in each that counts as production.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<String>,
}

/// Either a rollout, or a release.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkIncidentRequest {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollout: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<String>,
    /// Where the release was; the incident's own, or each that counts as production, where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UnlinkIncidentRequest {
    pub rollout: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResolveIncidentRequest {
    /// When it ended; now where absent.
    #[serde(default, deserialize_with = "crate::whole::maybe", skip_serializing_if = "Option::is_none")]
    pub at_ms: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NoteIncidentRequest {
    #[schema(min_length = 1, max_length = 2000)]
    pub text: String,
}
