//! The knobs of a route and their defaults: limits, timeouts, retries, sticky sessions, mirroring.
//!
//! Invariant: every knob has a default here and a bound in `validate`; nothing in the data path is
//! unlimited except the length of a response body and the life of a stream that keeps moving.
//! Not here: what happens when a limit is met (`data`).

use super::weight::Weight;
use serde::{Deserialize, Serialize};

/// The gateway's own ceiling for a request's head; a route's limit is at most this.
pub const REQUEST_HEAD_BYTES_CEILING: u32 = 64 * 1024;
pub const RESPONSE_HEAD_BYTES_CEILING: u32 = 256 * 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Names and values of all request headers together; more is 431.
    pub request_header_bytes_max: u32,
    /// More is 413, before a byte is sent on when the length is declared.
    pub request_body_bytes_max: u64,
    /// More is 502.
    pub response_header_bytes_max: u32,
    /// `None`: as long as the service sends.
    pub response_body_bytes_max: Option<u64>,
    /// Requests of this route under way at once in this gateway; more is 503.
    pub in_flight_max: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            request_header_bytes_max: 32 * 1024,
            request_body_bytes_max: 16 * 1024 * 1024,
            response_header_bytes_max: 64 * 1024,
            response_body_bytes_max: None,
            in_flight_max: 10_000,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Timeouts {
    /// From a request's first byte to the end of its head; 408. The smallest on a listener holds.
    pub request_header_ms: u32,
    /// Between two pieces of a request's body; 408.
    pub request_body_idle_ms: u32,
    /// A client's connection without a request. The smallest on a listener holds.
    pub client_idle_ms: u32,
    /// A client that does not take the response for this long is cut off.
    pub response_write_idle_ms: u32,
    /// 504.
    pub upstream_connect_ms: u32,
    /// From the last byte of the request sent to the head of the response; 504.
    pub upstream_response_ms: u32,
    /// Between two pieces of a response's body; the response is cut off.
    pub upstream_body_idle_ms: u32,
    /// An upgraded connection (WebSocket) on which nothing moves.
    pub tunnel_idle_ms: u32,
}

impl Default for Timeouts {
    fn default() -> Self {
        Timeouts {
            request_header_ms: 10_000,
            request_body_idle_ms: 30_000,
            client_idle_ms: 75_000,
            response_write_idle_ms: 60_000,
            upstream_connect_ms: 2_000,
            upstream_response_ms: 60_000,
            upstream_body_idle_ms: 300_000,
            tunnel_idle_ms: 3_600_000,
        }
    }
}

/// How often a request may be tried again on the same version. What is safe to try again is not a knob:
/// a connection that was never made, or an idempotent request without a body that got no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Retries {
    pub retries_max: u8,
}

impl Default for Retries {
    fn default() -> Self {
        Retries { retries_max: 2 }
    }
}

/// Sessions keep their version by a cookie that holds its name, while that version has weight.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sticky {
    pub cookie: String,
    pub max_age_seconds: u32,
}

/// A share of requests is sent a second time to `version`; its answers are counted and thrown away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mirror {
    pub version: String,
    pub share: Weight,
    /// Also methods that change something (POST, PUT, …). Off unless asked.
    #[serde(default)]
    pub all_methods: bool,
    /// Mirrored requests under way at once; a further one is dropped and counted.
    #[serde(default = "mirror_concurrency")]
    pub concurrency_max: u32,
    /// A request with a longer body is not mirrored; counted as dropped.
    #[serde(default = "mirror_body")]
    pub body_bytes_max: u32,
    /// Answers are compared with those that users got, by status and body. Off unless asked.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub compare_body: bool,
}

fn mirror_concurrency() -> u32 {
    128
}

fn mirror_body() -> u32 {
    64 * 1024
}
