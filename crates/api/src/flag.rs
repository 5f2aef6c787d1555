//! Feature flags: what they are for, how they stand in each environment, and what waits for a second person.
//!
//! Definitions are JSON in flagd's format (flagd.dev/reference/flag-definitions); values have whatever type their
//! variants have.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::session::Hidden;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FlagKind {
    /// Separates deploying from releasing; meant to be removed.
    #[default]
    Release,
    /// Compares variants; meant to be removed.
    Experiment,
    /// A switch for whoever operates it.
    Operations,
    /// Who may use what.
    Permission,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Flag {
    pub key: String,
    pub kind: FlagKind,
    /// Whom to ask: a person or a team.
    pub owner: Option<String>,
    pub description: Option<String>,
    /// When it should be gone from the code.
    pub remove_by_ms: Option<u64>,
    /// The release that it belongs to.
    pub release: Option<String>,
    /// Archived flags are served nowhere.
    pub archived: bool,
    /// Those that it has a definition in.
    pub environments: Vec<FlagEnvironment>,
    /// Changes that wait for a second person; absent in lists, where `waiting` counts them.
    pub proposals: Option<Vec<FlagProposal>>,
    pub waiting: usize,
    /// Why it looks as if nobody needed it any more.
    pub stale: Option<String>,
    pub created_ms: u64,
    pub changed_ms: u64,
}

/// How a flag stands in one environment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FlagEnvironment {
    pub environment: String,
    /// 1, 2, 3 …, one more with each change there.
    pub edition: u64,
    /// Whether its rules are asked; else everybody gets its off variant.
    pub on: bool,
    /// In flagd's format; absent in lists.
    #[schema(value_type = Option<Object>)]
    pub definition: Option<Value>,
    pub changed_by: String,
    /// The second person, where one was needed.
    pub approved_by: Option<String>,
    pub changed_ms: u64,
    pub reason: Option<String>,
    /// When it was last asked for; absent where it never was.
    pub evaluated_ms: Option<u64>,
    /// What was given, since it is counted.
    pub served: Vec<FlagServed>,
    /// Why it looks as if nobody needed it here any more.
    pub stale: Option<String>,
    /// That shows it step by step now, and alone changes it; absent in lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollout: Option<String>,
    /// What its definition most likely does not mean so; it is served all the same. Empty in lists.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<FlagWarning>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FlagWarning {
    /// A JSON pointer (RFC 6901) into the definition.
    pub path: String,
    pub why: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FlagServed {
    pub variant: String,
    pub count: u64,
    pub last_ms: u64,
}

/// What was given of a flag over time, in equal steps; every count stands in exactly one of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FlagExposure {
    pub from_ms: u64,
    pub until_ms: u64,
    pub step_ms: u64,
    /// Those that were given in this time, in order.
    pub variants: Vec<String>,
    /// Oldest first.
    pub points: Vec<FlagExposurePoint>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FlagExposurePoint {
    /// Its end.
    pub at_ms: u64,
    /// How often each of `variants` was given in this step.
    pub given: Vec<u64>,
}

/// A change that waits for a second person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FlagProposal {
    pub id: u64,
    pub environment: String,
    /// The edition that stood there; 0 for none.
    pub against: u64,
    /// Whether something changed there since, so that it can no longer be approved.
    pub stale: bool,
    /// What it would be, where it is a new definition.
    #[schema(value_type = Option<Object>)]
    pub definition: Option<Value>,
    /// On or off, where that is all.
    pub on: Option<bool>,
    /// The earlier edition, where it goes back.
    pub edition: Option<u64>,
    pub by: String,
    pub at_ms: u64,
    pub reason: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateFlagRequest {
    /// As code asks for it.
    #[schema(example = "new-checkout")]
    pub key: String,
    #[serde(default)]
    pub kind: FlagKind,
    #[serde(default)]
    #[schema(max_length = 200)]
    pub owner: Option<String>,
    #[serde(default)]
    #[schema(max_length = 2000)]
    pub description: Option<String>,
    #[serde(default, deserialize_with = "crate::whole::maybe")]
    pub remove_by_ms: Option<u64>,
    #[serde(default)]
    pub release: Option<String>,
    /// In flagd's format, for `environments`; none of them may be protected.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    pub definition: Option<Value>,
    #[serde(default)]
    pub environments: Vec<String>,
    #[serde(default)]
    pub reason: Option<String>,
}

/// Replaces everything that people say about it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DescribeFlagRequest {
    #[serde(default)]
    pub kind: FlagKind,
    #[serde(default)]
    #[schema(max_length = 200)]
    pub owner: Option<String>,
    #[serde(default)]
    #[schema(max_length = 2000)]
    pub description: Option<String>,
    #[serde(default, deserialize_with = "crate::whole::maybe")]
    pub remove_by_ms: Option<u64>,
    #[serde(default)]
    pub release: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetFlagRequest {
    /// In flagd's format.
    #[schema(value_type = Object)]
    pub definition: Value,
    #[serde(default)]
    pub reason: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SwitchFlagRequest {
    pub on: bool,
    #[serde(default)]
    pub reason: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RevertFlagRequest {
    /// The earlier edition; the one before where absent.
    #[serde(default, deserialize_with = "crate::whole::maybe")]
    pub edition: Option<u64>,
    #[serde(default)]
    pub reason: Option<String>,
}

/// Exactly one of `definition`, `on` and `edition`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProposeFlagRequest {
    /// In flagd's format.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub definition: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<bool>,
    /// The earlier edition to go back to.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "crate::whole::maybe")]
    pub edition: Option<u64>,
    #[serde(default)]
    pub reason: Option<String>,
}

/// One event of a flag's history.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FlagChange {
    /// In the log.
    pub position: u64,
    /// `flag.configured`, `flag.switched` …
    pub kind: String,
    pub by: String,
    pub approved_by: Option<String>,
    pub at_ms: u64,
    pub reason: Option<String>,
    pub environment: Option<String>,
    /// The edition that it made.
    pub edition: Option<u64>,
    pub proposal: Option<u64>,
    /// What became another, or, of a proposal, would: by JSON pointer.
    pub differences: Vec<FlagDifference>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FlagDifference {
    /// A JSON pointer: `/targeting/if/0`.
    pub path: String,
    /// Absent where nothing stood.
    pub before: Option<Value>,
    /// Absent where nothing stands any more.
    pub after: Option<Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FlagFormat {
    #[default]
    Flagd,
    /// What Unleash gives to clients, or exports.
    Unleash,
    /// What LaunchDarkly gives to SDKs for one environment.
    Launchdarkly,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportFlagsRequest {
    #[serde(default)]
    pub format: FlagFormat,
    /// The whole export.
    #[schema(value_type = Object)]
    pub document: Value,
    /// Only say what would happen.
    #[serde(default)]
    pub dry_run: bool,
    /// Of flags that are new.
    #[serde(default)]
    pub kind: FlagKind,
    #[serde(default)]
    #[schema(max_length = 200)]
    pub owner: Option<String>,
    #[serde(default)]
    pub reason: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct FlagsImported {
    /// Keys, as they came to be or would.
    pub created: Vec<String>,
    pub changed: Vec<String>,
    pub unchanged: Vec<String>,
    pub refused: Vec<FlagNotImported>,
    /// What was taken with less than it meant.
    pub advice: Vec<FlagNotImported>,
    pub dry_run: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FlagNotImported {
    /// Absent where it is about the whole document.
    pub key: Option<String>,
    /// A JSON pointer into the document.
    pub path: String,
    pub why: String,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EvaluateFlagsRequest {
    /// One flag; all of them where absent.
    #[serde(default)]
    pub key: Option<String>,
    /// Who is asked for: `targetingKey` and whatever rules look at.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    pub context: Option<Value>,
    /// Many, in place of `context`; `key` says of which flag, and the answers come in their order.
    #[serde(default)]
    #[schema(value_type = Vec<Object>, max_items = 1000)]
    pub contexts: Vec<Value>,
    /// Not how it stands but how it would with this definition; `key` says which flag.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    pub definition: Option<Value>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FlagEvaluations {
    pub items: Vec<FlagEvaluation>,
    /// Of the definitions that were asked.
    pub version: u64,
}

/// In OpenFeature's words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FlagEvaluation {
    pub key: String,
    /// Absent where the caller's own default holds.
    pub value: Option<Value>,
    pub variant: Option<String>,
    /// `STATIC`, `TARGETING_MATCH`, `DEFAULT`, `DISABLED`, `ERROR`
    pub reason: String,
    pub error_code: Option<String>,
    pub message: Option<String>,
    #[schema(value_type = Object)]
    pub metadata: Value,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FlagKeyKind {
    /// For pages and apps that anybody can read: it is answered values, never rules.
    Client,
    /// For our own programs, which may read definitions too.
    Server,
}

/// By what programs prove that they may ask for the flags of one environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FlagKey {
    /// The part that may be seen: `tdk_` and this begin the key.
    #[schema(example = "0f1e2d3c4b5a6978")]
    pub id: String,
    pub environment: String,
    pub kind: FlagKeyKind,
    pub label: String,
    pub issued_by: String,
    pub issued_ms: u64,
    /// Absent where it does not end by itself.
    pub expires_ms: Option<u64>,
    pub revoked: bool,
    /// Whether it opens anything now.
    pub valid: bool,
    /// Since the server started; absent where it was not.
    pub last_used_ms: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IssueFlagKeyRequest {
    pub kind: FlagKeyKind,
    /// What it is for: one line, without spaces at its ends.
    #[schema(
        example = "shop",
        max_length = 100,
        pattern = r"^[^\x00-\x20\x7f-\xa0]([^\x00-\x1f\x7f-\x9f]*[^\x00-\x20\x7f-\xa0])?$"
    )]
    pub label: String,
    /// It does not end by itself where absent.
    #[serde(default, deserialize_with = "crate::whole::maybe")]
    #[schema(minimum = 1, maximum = 315_360_000)]
    pub expires_seconds: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FlagKeyIssued {
    pub key: FlagKey,
    /// `tdk_…`, shown this once and kept nowhere.
    pub secret: Hidden,
}
