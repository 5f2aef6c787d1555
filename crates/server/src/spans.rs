//! The spans of the server's own work: requests, turns of streams, and what they ask of target and router.
//!
//! Invariant: names and attributes say where and how, never what somebody wrote: a path may hold a secret, its route does not.
//! Where nobody takes traces, no span is made. Deliberately not here: effects (the engine), requests to others (`connectors`).

use axum::extract::{MatchedPath, Request};
use http::StatusCode;
use tidegate_domain::id::{SlotId, StreamId};
use tidegate_domain::name::{ProjectName, Version};
use tidegate_ports::Fault;
use tidegate_traces::{Spot, TARGET};
use tracing::field::Empty;
use tracing::{Instrument, Span, info_span};

/// Of a request to this server, which goes on with the trace of whoever asks. What one project passes on to another stays one.
pub(crate) fn request(request: &Request, id: &str, project: &ProjectName) -> Span {
    let is_first = Span::current().is_none();
    let method = request.method().as_str();
    let span = info_span!(
        target: TARGET,
        "request",
        otel.name = Empty,
        otel.kind = if is_first { "server" } else { "internal" },
        http.request.method = method,
        http.route = Empty,
        http.response.status_code = Empty,
        tidegate.request_id = id,
        tidegate.project = %project,
        error.type = Empty,
        otel.status_code = Empty,
    );
    if span.is_disabled() {
        return span;
    }
    // A page of the web interface has no route: its name is its method alone.
    if let Some(route) = request.extensions().get::<MatchedPath>() {
        span.record("http.route", route.as_str()).record("otel.name", format!("{method} {}", route.as_str()));
    } else {
        span.record("otel.name", method);
    }
    if let Some(spot) = Spot::of(request.headers()).filter(|_| is_first) {
        spot.begets(&span);
    }
    span
}

pub(crate) fn answered(span: &Span, status: StatusCode) {
    span.record("http.response.status_code", status.as_u16());
    if status.is_server_error() {
        span.record("otel.status_code", "ERROR");
    }
}

/// Of one stream.
pub(crate) fn turn(stream: &StreamId) -> Span {
    info_span!(
        target: TARGET,
        parent: None,
        "turn",
        tidegate.stream = %stream,
        error.type = Empty,
        otel.status_code = Empty,
    )
}

pub(crate) fn target(what: &'static str, slot: &SlotId, wanted: Option<(&Version, u32)>) -> Span {
    info_span!(
        target: TARGET,
        "target",
        otel.name = what,
        tidegate.component = %slot.component,
        tidegate.environment = %slot.environment,
        tidegate.version = wanted.map(|(version, _)| version.as_str()),
        tidegate.replicas = wanted.map(|(_, replicas)| replicas),
        error.type = Empty,
        otel.status_code = Empty,
    )
}

/// Of the gateway, over its admin API.
pub(crate) fn router(what: &'static str, slot: &SlotId) -> Span {
    info_span!(
        target: TARGET,
        "router",
        otel.name = what,
        otel.kind = "client",
        tidegate.component = %slot.component,
        tidegate.environment = %slot.environment,
        error.type = Empty,
        otel.status_code = Empty,
    )
}

/// Done within a span, which tells whether it failed.
pub(crate) async fn traced<T>(span: Span, doing: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
    let done = doing.instrument(span.clone()).await;
    if let Err(fault) = &done {
        span.record("error.type", fault.code).record("otel.status_code", "ERROR");
    }
    done
}
