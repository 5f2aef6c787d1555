//! Gates: what must be so before a release enters an environment, and what people say at them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Role;

/// Every gate between a release and an environment, as it is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Gates {
    pub release: String,
    pub environment: String,
    /// Whether all of them are open.
    pub open: bool,
    /// Of what would go out: artifacts, environment, strategy and gates. What people say counts for this digest only.
    pub digest: String,
    /// A freeze or window that closes first, then those of the stage in their order.
    pub gates: Vec<Gate>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Gate {
    pub name: String,
    /// `approval`, `manual-test`, `uat`, `evidence`, `soak`, `dependency`, `expression`, `webhook`, `freeze`,
    /// `window`, `emergency-review`.
    pub kind: String,
    pub open: bool,
    pub why: String,
    /// Since when it is so, where that is known.
    pub since_ms: Option<u64>,
    /// When it opens by itself, where it does.
    pub opens_ms: Option<u64>,
    /// Who can open it; empty when it is open.
    pub who: String,
    /// What they type; empty when it is open.
    pub command: String,
    /// Of a gate that people sign.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signing: Option<Signing>,
}

/// Whom a gate asks for their word, and who gave it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Signing {
    /// How many have to say yes.
    pub needed: u32,
    /// Whose yes counts now.
    pub yes: Vec<String>,
    /// Whose no keeps it closed; only they can take it back.
    pub no: Option<String>,
    /// Whose word counts: who holds one of these roles there, or is in one of these groups. Anybody who may sign there
    /// where both are empty.
    pub roles: Vec<Role>,
    pub groups: Vec<String>,
    /// Whether the author of the release may sign it.
    pub author_counts: bool,
}

/// A word at a gate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VoteRequest {
    pub release: String,
    /// May be absent where only one gate is for people to sign.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gate: Option<String>,
    pub choice: Choice,
    #[serde(default)]
    pub reason: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Choice {
    Yes,
    No,
    /// Takes the person's earlier word back.
    Withdrawn,
}

/// Lets a release through a freeze, or outside of its windows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OverrideRequest {
    pub release: String,
    /// The freeze that is meant, or `window`; whatever holds where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    pub reason: String,
    /// Eight hours where absent; at most thirty days.
    #[serde(default, deserialize_with = "crate::whole::maybe", skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 2_592_000)]
    pub for_seconds: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeRequest {
    pub change: ChangeType,
}

/// How much consent a release needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeType {
    /// Done often and agreed once for all: approvals are given.
    Standard,
    #[default]
    Normal,
    /// Cannot wait: fewer approvals now, and a review afterwards.
    Emergency,
}
