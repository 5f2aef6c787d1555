//! Releases: named, frozen sets of component versions.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ChangeType;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateReleaseRequest {
    #[schema(example = "1.2.0")]
    pub version: String,
    #[serde(default)]
    pub kind: ReleaseKind,
    /// By component name; at least one, or none with `bundle`.
    #[serde(default)]
    pub components: BTreeMap<String, NewArtifact>,
    /// The digest of a bundle that was uploaded: its programs are the components of their names, and its notes, reports and
    /// bills of materials come along. Its version is the release's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 100)]
    pub bundle: Option<String>,
    #[serde(default)]
    pub notes: Vec<String>,
    /// What is new in it, by when each was authored: lead times are measured from there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 5000)]
    pub commits: Vec<NewCommit>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCommit {
    /// As git calls it; each once.
    #[schema(min_length = 1, max_length = 100)]
    pub id: String,
    #[serde(deserialize_with = "crate::whole::whole")]
    pub authored_ms: u64,
    /// The pull request that brought it, by number or address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 200)]
    pub pull_request: Option<String>,
    /// Its message: the issues and requests that it names are kept, and its first line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 10000)]
    pub message: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ReleaseKind {
    #[default]
    Planned,
    /// An urgent fix: it may take over from a rollout that waits for a person.
    Hotfix,
}

/// What a component of the release runs from: either `path` or `command: true`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewArtifact {
    /// A directory, or a `.tar.gz` or `.tar.zst`, on the server's machine; absolute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Nothing to bring in: the component's `run` names a program that is there already.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub command: bool,
    /// `sha256:…`, where the artifact must be exactly this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// Of the component, where it differs from the release's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Release {
    pub version: String,
    pub kind: ReleaseKind,
    /// How much consent it needs.
    #[serde(default)]
    pub change: ChangeType,
    pub author: String,
    pub created_ms: u64,
    pub changed_ms: u64,
    pub notes: Vec<String>,
    /// By component name.
    pub components: BTreeMap<String, ReleaseArtifact>,
    /// How many commits it brings, as far as was said.
    #[serde(default)]
    pub commits: u64,
    /// By environment name; absent where it has not been.
    pub standings: BTreeMap<String, Standing>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReleaseArtifact {
    pub version: String,
    /// Absent for a command, which has no content.
    pub digest: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Standing {
    pub state: StandingState,
    /// The rollout that brought it there.
    pub rollout: String,
    /// Why it went back.
    pub reason: Option<String>,
    /// Whether automation must not bring it there again.
    pub barred: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StandingState {
    Underway,
    Verified,
    GoneBack,
}

/// Lifts the bar that a rollback left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AllowRequest {
    pub environment: String,
}
