//! People, service accounts, groups, and what they may do.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::openid::Link;
use crate::session::Hidden;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    Viewer,
    Developer,
    Approver,
    ReleaseManager,
    Admin,
}

/// What a role lets somebody do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Right {
    Read,
    ReadLogs,
    ReadAudit,
    CreateRelease,
    AddEvidence,
    Deploy,
    /// Where the environment is protected.
    DeployProtected,
    Stop,
    Sign,
    /// Say how a flag should change where it takes a second person.
    Propose,
    /// Approve what was proposed by somebody who may not ship there.
    Approve,
    Waive,
    OverrideFreeze,
    EditCalendar,
    Configure,
    WriteSecrets,
    EditWebhooks,
    Grant,
    Administer,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PersonKind {
    #[default]
    Person,
    /// A program: it has tokens and no password, and signs no gates.
    Service,
}

/// A role, and where it is held.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    pub role: Role,
    /// Every project where absent.
    #[serde(default)]
    #[schema(example = "default")]
    pub project: Option<String>,
    /// Every environment where absent.
    #[serde(default)]
    #[schema(example = "production")]
    pub environment: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Person {
    #[schema(example = "ann")]
    pub name: String,
    pub kind: PersonKind,
    /// How they are called on pages.
    #[schema(example = "Ann Lee")]
    pub display: String,
    /// Given to them.
    pub grants: Vec<Grant>,
    pub groups: Vec<String>,
    /// What they may do now: their own grants and those of their groups; none while they are disabled.
    pub effective: Vec<Grant>,
    pub has_password: bool,
    /// Identity providers that know them.
    pub providers: Vec<String>,
    /// Who they are there.
    #[serde(default)]
    pub links: Vec<Link>,
    /// Why they may do nothing any more.
    pub disabled: Option<String>,
    pub added_ms: u64,
    pub changed_ms: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddPersonRequest {
    #[schema(example = "ann", pattern = "^[a-z0-9][a-z0-9._:@-]{0,63}$")]
    pub name: String,
    #[serde(default)]
    pub kind: PersonKind,
    /// The name where absent.
    #[serde(default)]
    #[schema(example = "Ann Lee", max_length = 100, pattern = r"^[^\x00-\x1f\x7f-\x9f]*$")]
    pub display: Option<String>,
    #[serde(default)]
    pub grants: Vec<Grant>,
}

/// In the place of all that was granted before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GrantsRequest {
    pub grants: Vec<Grant>,
}

/// In the place of all groups before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupsRequest {
    pub groups: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DisableRequest {
    #[schema(example = "left the company", min_length = 1, pattern = "\\S")]
    pub reason: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordRequest {
    pub password: Hidden,
    /// The one before, for who sets their own.
    #[serde(default)]
    pub current: Option<Hidden>,
}

/// A group, and what its members may do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Group {
    #[schema(example = "ops")]
    pub name: String,
    pub grants: Vec<Grant>,
    /// Who is in it.
    pub people: Vec<String>,
}
