//! `environments:` as it is written.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::entries::Entries;
use super::form::At;
use super::kinds::{Count, Switch};
use super::quantities::Seconds;
use super::scalar::Scalar;
use super::texts::{
    CookieKind, EnvironmentKind, HostKind, ListenKind, PathKind, SecretKind, TenantKind, TextKind, TitleKind,
};
use super::words::{TargetWord, TierWord};

/// Where users are.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Environment")]
pub struct EnvironmentText {
    #[schemars(required)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Scalar<EnvironmentKind>>,
    /// Takes everything that is not given here from this environment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inherits: Option<Scalar<EnvironmentKind>>,
    /// Whether it is only there to be inherited from, so that nothing runs in it; off unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub r#abstract: Option<Scalar<Switch>>,
    /// How near to users it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tier: Option<Scalar<TierWord>>,
    /// Whom to ask about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<Scalar<TitleKind>>,
    /// Whether shipping here takes the right for protected environments; off unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub protected: Option<Scalar<Switch>>,
    /// For whom it runs, so that they can be frozen; for everybody unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenants: Option<Vec<Scalar<TenantKind>>>,
    /// What runs the versions; process unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<Scalar<TargetWord>>,
    /// Environment variables of every instance here, over those of the component.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variables: Option<Entries<Scalar<TextKind>>>,
    /// Secrets that every instance here gets; `tidegate secret set` gives them their values.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secrets: Option<Vec<Scalar<SecretKind>>>,
    /// What runs here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub components: Option<Entries<Option<PlacementText>>>,
    /// Known by its name only: nothing runs here yet, so `components` is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub planned: Option<Scalar<Switch>>,
}

/// One component in one environment.
#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Placement")]
pub struct PlacementText {
    /// How many instances; 1 unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replicas: Option<Scalar<Count>>,
    /// How requests reach it; leave it out for a worker that nobody calls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub route: Option<At<RouteText>>,
    /// Secrets that only this component gets here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secrets: Option<Vec<Scalar<SecretKind>>>,
}

/// How requests reach a component.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Route")]
pub struct RouteText {
    /// The gateway's address; needed, here or where it is inherited from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listen: Option<Scalar<ListenKind>>,
    /// Requests under this path; all of them unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<Scalar<PathKind>>,
    /// Whether `path` is cut off before the request goes on; false unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strip_path: Option<Scalar<Switch>>,
    /// Host names that are answered; all of them unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hosts: Option<Vec<Scalar<HostKind>>>,
    /// Keeps a client on the version that first answered it.
    #[serde(default, deserialize_with = "super::form::given")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sticky: Option<StickyText>,
}

/// Keeps a client on the version that first answered it.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Sticky")]
pub struct StickyText {
    /// The cookie's name; tidegate unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cookie: Option<Scalar<CookieKind>>,
    /// How long the cookie is kept; 1h unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_age: Option<Scalar<Seconds>>,
}
