//! What the admin API says: counters, routes as they are in force, health.
//!
//! Invariant: these types are read by a control plane of another build, so fields are added, never
//! renamed or given another meaning.
//! Not here: how the numbers come about (`counters`), HTTP (`admin`).

use crate::table::{Generation, Route};
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;

pub const BUCKET_COUNT: usize = 12;

/// The upper bounds that Prometheus clients use by default, in seconds; the twelfth bucket is +Inf.
pub const BUCKET_SECONDS: [f64; BUCKET_COUNT - 1] =
    [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

pub(crate) const BUCKET_MICROS: [u64; BUCKET_COUNT - 1] =
    [5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000];

/// `GET /v1/counters`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CountersReport {
    /// Changes when the gateway is started again: the counters then begin at zero.
    pub instance_id: String,
    /// On the gateway's own clock.
    pub uptime_ms: u64,
    pub bucket_bounds_seconds: Vec<f64>,
    pub routes: Vec<RouteCounters>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteCounters {
    pub id: String,
    pub versions: Vec<VersionCounters>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionCounters {
    pub version: String,
    /// Requests that users waited for.
    pub live: Meters,
    /// Copies made by a mirror; nobody got their answers.
    pub mirror: Meters,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Meters {
    /// Answered, by the service or by the gateway on its behalf; equal to the last bucket.
    pub requests: u64,
    /// 5xx from the service or from the gateway on its behalf, and responses broken off midway.
    pub errors: u64,
    /// 1xx (upgrades), 2xx, 3xx, 4xx, 5xx.
    pub classes: [u64; 5],
    /// Cumulative counts of the time from the request's head to the response's head.
    pub buckets: [u64; BUCKET_COUNT],
    pub duration_micros_sum: u64,
    /// Requests whose response has not ended, upgraded connections among them.
    pub in_flight: u64,
    pub retries: u64,
    /// Requests that this version failed at least once: `errors`, and those that a further attempt saved. What a
    /// version is judged by, for users should not be what shields it.
    #[serde(default)]
    pub failures: u64,
    /// Attempts that got no usable answer from the service (refused, closed, malformed, too late).
    #[serde(default)]
    pub attempts_failed: u64,
    /// The client went away before an answer; not among `requests`.
    pub aborted: u64,
    /// Mirror only: copies not sent for want of room.
    pub dropped: u64,
    /// Mirror only, where answers are compared: those like the users' answer, by status and body.
    #[serde(default)]
    pub same: u64,
    /// Mirror only: those unlike the users' answer; not among `errors`.
    #[serde(default)]
    pub different: u64,
    /// Mirror only: those of which nobody can say: too long, compressed in their own way, or cut short by the user.
    #[serde(default)]
    pub uncompared: u64,
}

/// One element of `GET /v1/routes`, and `GET /v1/routes/{id}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteState {
    pub generation: Generation,
    pub route: Route,
    pub listener: ListenerState,
    /// Of the address for previews, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preview_listener: Option<ListenerState>,
    /// Every version that was ever in this route and is remembered, also those no longer in the split:
    /// a version may be stopped when it has no weight and `in_flight` is 0.
    pub in_flight: Vec<VersionInFlight>,
    /// Whether the table in force is in the state file.
    pub persisted: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListenerState {
    /// Where it listens, which differs from the route's address when that asks for port 0.
    pub bound: Option<SocketAddr>,
    /// Why it does not listen; it is tried again each second.
    pub failure: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionInFlight {
    pub version: String,
    pub live: u64,
    pub mirror: u64,
    /// Of both kinds, by address, also of addresses no longer in the split while anything is under way there. One
    /// that is not listed has nothing. An instance may be stopped when a change that took its address away is
    /// confirmed and its `in_flight` is 0. None from a gateway that did not tell them apart.
    #[serde(default)]
    pub endpoints: Option<Vec<EndpointInFlight>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndpointInFlight {
    pub address: SocketAddr,
    pub in_flight: u64,
}

/// `GET /v1/routes`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoutesReport {
    pub instance_id: String,
    pub routes: Vec<RouteState>,
}

/// The answer to `PUT` and `DELETE`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeReport {
    pub id: String,
    pub generation: Generation,
    /// False for a repeated call: nothing was to be done.
    pub changed: bool,
    /// Every worker thread has the new table: no request begins on the old one after this answer, and
    /// all that began are in `in_flight`.
    pub confirmed: bool,
    /// The table is in the state file. When false (a full disk) it serves all the same and is written as
    /// soon as that works.
    pub persisted: bool,
    pub bound: Option<SocketAddr>,
}

/// `GET /v1/health`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthReport {
    pub build: String,
    pub instance_id: String,
    pub process_id: u32,
    pub uptime_ms: u64,
    pub workers: usize,
    pub routes: usize,
    pub connections: u64,
    pub persisted: bool,
}
