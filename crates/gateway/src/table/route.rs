//! The wire form of a route, the contract between the control plane and the gateway.
//!
//! Invariant: unknown fields are refused, not ignored, so that a newer control plane never believes an
//! older gateway does something it has never heard of; enums are externally tagged.
//! Not here: whether the values make sense together (`validate`).

use super::settings::{Limits, Mirror, Retries, Sticky, Timeouts};
use super::weight::Weight;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;

/// How new a route is, and who wrote it. The order is lexicographic in the order of the fields, and an older
/// generation never replaces a newer one: `position` rises with every recorded intent, `fence` with each
/// holder of the lease, `attempt` with each write for the same intent (its endpoints changed).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Generation {
    pub position: u64,
    pub fence: u64,
    #[serde(default)]
    pub attempt: u64,
}

impl std::fmt::Display for Generation {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}.{}.{}", self.position, self.fence, self.attempt)
    }
}

/// The body of `PUT /v1/routes/{id}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RouteUpdate {
    pub generation: Generation,
    pub route: Route,
}

/// The body of `DELETE /v1/routes/{id}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RouteDelete {
    pub generation: Generation,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// Names the route for ever: `environment/component` by convention, any `[A-Za-z0-9._/-]` by rule.
    pub id: String,
    /// The address users connect to; several routes may share it. Port 0 asks the system for a port.
    pub listen: SocketAddr,
    /// Exact names or `*.suffix`; empty means every host.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<String>,
    /// Matches whole path segments: `/shop` takes `/shop` and `/shop/1`, never `/shopping`.
    #[serde(default = "root_path")]
    pub path_prefix: String,
    /// Whether the prefix is cut off before the request goes to the service.
    #[serde(default, skip_serializing_if = "is_false")]
    pub strip_prefix: bool,
    /// Whether `X-Forwarded-*` of the caller are kept and added to; otherwise they are replaced.
    #[serde(default, skip_serializing_if = "is_false")]
    pub trust_forwarded: bool,
    pub serving: Serving,
    /// Looked at before the split, first match wins.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub matches: Vec<MatchRule>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sticky: Option<Sticky>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mirror: Option<Mirror>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preview: Option<Preview>,
    #[serde(default)]
    pub limits: Limits,
    #[serde(default)]
    pub timeouts: Timeouts,
    #[serde(default)]
    pub retries: Retries,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Serving {
    /// Requests are divided among versions.
    Split(Split),
    /// Every request is answered 503 by the gateway (the *recreate* strategy between two versions).
    Offline(Offline),
}

/// A second address, for whoever wants to see a version before users do: whatever comes in there under the route's
/// path goes to `version`, for any host and whatever the weights; 503 with a reason while there is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preview {
    /// No other route's address, and no address of this one's own.
    pub listen: SocketAddr,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Split {
    pub versions: Vec<VersionRoute>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VersionRoute {
    pub version: String,
    /// 0 is allowed: the version then serves only what `matches` or `mirror` send to it.
    pub weight: Weight,
    pub endpoints: Vec<SocketAddr>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Offline {
    /// Shown to users in the answer's `detail`.
    pub reason: String,
    pub retry_after_seconds: u32,
}

/// A request for which `when` holds goes to `version` whatever its weight.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MatchRule {
    pub when: Condition,
    pub version: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    Header(HeaderMatch),
    Cookie(CookieMatch),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeaderMatch {
    pub name: String,
    pub value: TextMatch,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CookieMatch {
    pub name: String,
    pub value: TextMatch,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextMatch {
    Exact(String),
    Prefix(String),
}

impl TextMatch {
    pub fn holds(&self, value: &[u8]) -> bool {
        match self {
            TextMatch::Exact(text) => value == text.as_bytes(),
            TextMatch::Prefix(text) => value.starts_with(text.as_bytes()),
        }
    }
}

impl Route {
    /// Everywhere it listens.
    pub fn listens(&self) -> impl Iterator<Item = SocketAddr> {
        std::iter::once(self.listen).chain(self.preview.as_ref().map(|preview| preview.listen))
    }

    /// The versions of the split; none while the route is offline.
    pub fn versions(&self) -> &[VersionRoute] {
        match &self.serving {
            Serving::Split(split) => &split.versions,
            Serving::Offline(_) => &[],
        }
    }
}

fn root_path() -> String {
    "/".to_owned()
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde asks for a reference
fn is_false(value: &bool) -> bool {
    !*value
}
