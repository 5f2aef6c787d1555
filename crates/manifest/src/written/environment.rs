//! `environments:` as it is written.

use schemars::JsonSchema;
use serde::Deserialize;

use super::entries::Entries;
use super::form::At;
use super::kinds::{Count, Switch};
use super::quantities::Seconds;
use super::scalar::Scalar;
use super::texts::{CookieKind, EnvironmentKind, HostKind, ListenKind, PathKind, TextKind};
use super::words::TargetWord;

/// Where users are.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Environment")]
pub struct EnvironmentText {
    #[schemars(required)]
    pub name: Option<Scalar<EnvironmentKind>>,
    /// What runs the versions; process unless given.
    pub target: Option<Scalar<TargetWord>>,
    /// Environment variables of every instance here, over those of the component.
    pub variables: Option<Entries<Scalar<TextKind>>>,
    /// What runs here.
    #[schemars(required)]
    pub components: Option<Entries<Option<PlacementText>>>,
}

/// One component in one environment.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Placement")]
pub struct PlacementText {
    /// How many instances; 1 unless given.
    pub replicas: Option<Scalar<Count>>,
    /// How requests reach it; leave it out for a worker that nobody calls.
    pub route: Option<At<RouteText>>,
}

/// How requests reach a component.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Route")]
pub struct RouteText {
    /// The gateway's address.
    #[schemars(required)]
    pub listen: Option<Scalar<ListenKind>>,
    /// Requests under this path; all of them unless given.
    pub path: Option<Scalar<PathKind>>,
    /// Whether `path` is cut off before the request goes on; false unless given.
    pub strip_path: Option<Scalar<Switch>>,
    /// Host names that are answered; all of them unless given.
    pub hosts: Option<Vec<Scalar<HostKind>>>,
    /// Keeps a client on the version that first answered it.
    #[serde(default, deserialize_with = "super::form::given")]
    pub sticky: Option<StickyText>,
}

/// Keeps a client on the version that first answered it.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Sticky")]
pub struct StickyText {
    /// The cookie's name; tidegate unless given.
    pub cookie: Option<Scalar<CookieKind>>,
    /// How long the cookie is kept; 1h unless given.
    pub max_age: Option<Scalar<Seconds>>,
}
