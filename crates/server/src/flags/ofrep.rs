//! OFREP: evaluating flags over HTTP for any OpenFeature client (github.com/open-feature/protocol, openapi.yaml 0.3.0).
//!
//! Invariant: a key opens the flags of its environment and nothing else; pages of any site may ask with it, since nothing
//! but the key proves anything here (no cookie is looked at). A changed context never gets "not modified", and neither
//! does a changed flag. Deliberately not here: evaluating, people (`routes::ofrep`).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, AUTHORIZATION, CACHE_CONTROL,
    X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use tidegate_domain::flag_keys::FlagKeyKind;
use tidegate_flags::{Context, ErrorCode};
use tidegate_sdk::outcomes::{EDGES_MS, Report};
use tidegate_sdk::usage::UseSeen;

use super::answer::{self, Outcome, Staleness};
use super::outcomes::problem;
use super::reply::{is_known, json, later, not_yet, payload, tagged, told_stale, unchanged, unproved};
use super::{Bundle, Key, Place, Served, Serving, Where, export, now_ms, seconds, stream};
use crate::problem::Trouble;

/// A subject has some dozens of attributes.
const BODY_BYTES_MAX: usize = 256 << 10;
/// Ten thousand flags with a few variants each.
const USAGE_BYTES_MAX: usize = 4 << 20;
const API_KEY: HeaderName = HeaderName::from_static("x-api-key");
const LAST_EVENT_ID: &str = "last-event-id";
/// How long a hidden page keeps its stream; OFREP's own default.
const INACTIVITY_SECONDS: u32 = 120;

pub(crate) fn router(serving: Arc<Serving>) -> Router {
    let routes = Router::new()
        .route("/ofrep/v1/evaluate/flags", post(bulk))
        .route("/ofrep/v1/evaluate/flags/{key}", post(one))
        .route("/ofrep/v1/events", get(events))
        .route("/ofrep/v1/definitions", get(definitions))
        .route("/ofrep/v1/relay", get(relay))
        .route("/ofrep/v1/usage", post(usage))
        .route("/ofrep/v1/outcomes", post(outcomes));
    routes.layer(from_fn_with_state(Arc::clone(&serving), frame)).with_state(serving)
}

/// Any page may ask, and is told so; whatever breaks is an answer.
async fn frame(State(serving): State<Arc<Serving>>, request: Request, next: Next) -> Response {
    if request.method() == Method::OPTIONS {
        return preflight();
    }
    let mut response =
        if serving.is_ready() { crate::finish::caught(next.run(request)).await } else { not_yet() };
    if let Some(trouble) = response.extensions_mut().remove::<Trouble>() {
        tracing::error!(code = trouble.code, "{}", trouble.detail);
        let body = serde_json::json!({ "errorDetails": trouble.detail }).to_string();
        response = json(trouble.status, body.into_bytes());
    }
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    let exposed = HeaderValue::from_static("etag, retry-after, tidegate-flags-stale");
    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

fn preflight() -> Response {
    let allowed = "authorization, x-api-key, content-type, if-none-match, cache-control, last-event-id";
    let headers = [
        (ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, OPTIONS"),
        (ACCESS_CONTROL_ALLOW_HEADERS, allowed),
        (ACCESS_CONTROL_MAX_AGE, "7200"),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}

async fn one(State(serving): State<Arc<Serving>>, Path(name): Path<String>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let key = match opened(&serving, &head.headers) {
        Ok(key) => key,
        Err(refused) => return *refused,
    };
    evaluate_one(&serving, &key.place, &name, body).await
}

async fn bulk(State(serving): State<Arc<Serving>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let key = match opened(&serving, &head.headers) {
        Ok(key) => key,
        Err(refused) => return *refused,
    };
    evaluate_all(&serving, (&key.place, Some(&key)), &head.headers, body).await
}

/// One flag for the subject in the body.
pub(crate) async fn evaluate_one(serving: &Serving, place: &Place, name: &str, body: Body) -> Response {
    let now_ms = now_ms();
    let context = match read(body).await.and_then(|bytes| context(&bytes, now_ms)) {
        Ok(context) => context,
        Err(bad) => return bad.answer(Some(name)),
    };
    serving.evaluations.fetch_add(1, Ordering::Relaxed);
    let stale = serving.stale_seconds().map(|seconds| Staleness { seconds });
    let served = place.served();
    let details = served.set.evaluate(name, &context);
    let status = match answer::outcome(&details) {
        Outcome::Value { .. } => StatusCode::OK,
        Outcome::Failure { code: ErrorCode::FlagNotFound, .. } => {
            let message = format!("there is no flag `{name}` here");
            let body = answer::failure(Some(name), ErrorCode::FlagNotFound, &message);
            return told_stale(json(StatusCode::NOT_FOUND, body), stale);
        }
        Outcome::Failure { .. } => StatusCode::BAD_REQUEST,
    };
    answer::note(&place.uses, (name, &details), now_ms);
    let mut out = Vec::with_capacity(256);
    answer::write(&mut out, name, &details, stale);
    told_stale(json(status, out), stale)
}

/// All flags for the subject in the body, unless nothing changed for it.
pub(crate) async fn evaluate_all(
    serving: &Serving,
    (place, key): (&Place, Option<&Key>),
    headers: &HeaderMap,
    body: Body,
) -> Response {
    let now_ms = now_ms();
    let bytes = match read(body).await {
        Ok(bytes) => bytes,
        Err(bad) => return bad.answer(None),
    };
    let context = match context(&bytes, now_ms) {
        Ok(context) => context,
        Err(bad) => return bad.answer(None),
    };
    serving.evaluations.fetch_add(1, Ordering::Relaxed);
    let stale = serving.stale_seconds().map(|seconds| Staleness { seconds });
    let served = place.served();
    let tag = tag(&served, &bytes, now_ms);
    if !served.reads_time() && is_known(headers, &tag) {
        return told_stale(unchanged(&tag), stale);
    }
    let mut out = Vec::with_capacity(64 + served.set.len() * 128);
    answer::write_all(&mut out, (&served, &place.uses), (&context, now_ms), stale);
    let tag = if served.reads_time() { format!("{tag}-{}", digest(&out)) } else { tag };
    if is_known(headers, &tag) {
        return told_stale(unchanged(&tag), stale);
    }
    if let Some(key) = key {
        let stream = event_stream(key);
        out.extend_from_slice(b",\"eventStreams\":");
        out.extend_from_slice(stream.to_string().as_bytes());
    }
    out.push(b'}');
    told_stale(tagged(payload(serving, out), &tag), stale)
}

/// The address is the same as long as the key is, so that clients keep their connection. It is relative to wherever this
/// was asked: behind a balancer, through a proxy, at an edge.
fn event_stream(key: &Key) -> Value {
    let uri = format!("/ofrep/v1/events?key={}&ticket={}", key.id, key.ticket);
    serde_json::json!([{
        "type": "sse", "endpoint": { "requestUri": uri }, "inactivityDelaySec": INACTIVITY_SECONDS,
    }])
}

/// Versions, what schedules began, and the body as it came: the same for every server that serves the same.
fn tag(served: &Served, body: &[u8], now_ms: u64) -> String {
    let turn = served.turn(seconds(now_ms));
    format!("{}.{turn}-{}", served.version, digest(body))
}

/// 96 bits are enough to tell one's own contexts apart.
fn digest(bytes: &[u8]) -> String {
    crate::wire::hex(&Sha256::digest(bytes)[..12])
}

#[derive(Deserialize)]
struct Follow {
    key: Option<String>,
    ticket: Option<String>,
}

async fn events(
    State(serving): State<Arc<Serving>>,
    headers: HeaderMap,
    Query(Follow { key, ticket }): Query<Follow>,
) -> Response {
    let keys = serving.keys();
    let found = match (key, ticket) {
        (Some(key), Some(ticket)) => keys.followed_by(&key, &ticket).map(Arc::clone),
        _ => presented(&headers).and_then(|text| keys.opened_by(text)).map(Arc::clone),
    };
    let Some(key) = found else { return unproved() };
    let last_id = headers.get(LAST_EVENT_ID).and_then(|id| id.to_str().ok());
    stream::follow(&serving, &key, last_id).unwrap_or_else(|| later(5))
}

/// What definitions are written in.
#[derive(Deserialize)]
struct Form {
    #[serde(default)]
    form: FormName,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
enum FormName {
    /// As flagd and its providers read it.
    #[default]
    Flagd,
    /// With everything that flagd has no words for, its place and its version.
    Tidegate,
}

async fn definitions(
    State(serving): State<Arc<Serving>>,
    headers: HeaderMap,
    asked: Result<Query<Form>, QueryRejection>,
) -> Response {
    let key = match opened_by_server(&serving, &headers) {
        Ok(key) => key,
        Err(refused) => return *refused,
    };
    match asked {
        Ok(Query(Form { form: FormName::Flagd })) => exported(&serving, &key.place, &headers),
        Ok(Query(Form { form: FormName::Tidegate })) => in_own_words(&serving, &key.at, &headers),
        Err(_) => {
            let bad = Bad(ErrorCode::ParseError, "`form` is `flagd` or `tidegate`".to_owned());
            bad.answer(None)
        }
    }
}

/// Programs that evaluate for themselves as this server does.
fn in_own_words(serving: &Serving, at: &Where, headers: &HeaderMap) -> Response {
    let stale = serving.stale_seconds().map(|seconds| Staleness { seconds });
    let place = serving.place(at);
    let served = place.served();
    let tag = format!("{}-{}", served.version, served.changed_ms);
    if is_known(headers, &tag) {
        return told_stale(unchanged(&tag), stale);
    }
    let bundle = Bundle::without_keys(serving, at);
    // Something may have changed since: the tag must be of what is answered.
    let tag = format!("{}-{}", bundle.version, bundle.changed_ms);
    let body = serde_json::to_vec(&bundle).unwrap_or_default();
    told_stale(tagged(payload(serving, body), &tag), stale)
}

/// An environment's flags in flagd's format, unless the asker has them.
pub(crate) fn exported(serving: &Serving, place: &Place, headers: &HeaderMap) -> Response {
    let stale = serving.stale_seconds().map(|seconds| Staleness { seconds });
    let served = place.served();
    let tag = served.version.to_string();
    if is_known(headers, &tag) {
        return told_stale(unchanged(&tag), stale);
    }
    told_stale(tagged(payload(serving, export(&served.set)), &tag), stale)
}

async fn relay(State(serving): State<Arc<Serving>>, headers: HeaderMap) -> Response {
    let key = match opened_by_server(&serving, &headers) {
        Ok(key) => key,
        Err(refused) => return *refused,
    };
    let bundle = Bundle::of(&serving, &key.at);
    let body = serde_json::to_vec(&bundle).unwrap_or_default();
    let tag = format!("{}-{}", bundle.version, digest(&body));
    let stale = serving.stale_seconds().map(|seconds| Staleness { seconds });
    if is_known(&headers, &tag) {
        return told_stale(unchanged(&tag), stale);
    }
    told_stale(tagged(payload(&serving, body), &tag), stale)
}

/// What an edge gave, or a program that evaluates for itself, by flag.
async fn usage(State(serving): State<Arc<Serving>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let key = match opened_by_server(&serving, &head.headers) {
        Ok(key) => key,
        Err(refused) => return *refused,
    };
    let bytes = to_bytes(body, USAGE_BYTES_MAX).await.unwrap_or_default();
    let Ok(given) = serde_json::from_slice::<BTreeMap<String, UseSeen>>(&bytes) else {
        let bad = Bad(ErrorCode::ParseError, "the body is no report of what was given".to_owned());
        return bad.answer(None);
    };
    let now_ms = now_ms();
    for (flag, seen) in &given {
        key.place.uses.add(flag, seen, now_ms);
    }
    StatusCode::NO_CONTENT.into_response()
}

/// How requests went, by flag and variant.
async fn outcomes(State(serving): State<Arc<Serving>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let key = match opened_by_server(&serving, &head.headers) {
        Ok(key) => key,
        Err(refused) => return *refused,
    };
    let bytes = to_bytes(body, USAGE_BYTES_MAX).await.unwrap_or_default();
    let report =
        serde_json::from_slice::<Report>(&bytes).map_err(|why| format!("the body is no report: {why}"));
    let report = report.and_then(|report| problem(&report).map_or(Ok(report), Err));
    let report = match report {
        Ok(report) => report,
        Err(why) => return Bad(ErrorCode::ParseError, why).answer(None),
    };
    let served = key.place.served();
    let known = |flag: &str| served.set.definition(flag).is_some();
    let unknown = key.place.outcomes.take(report, known, now_ms());
    let body = serde_json::json!({ "edges_ms": EDGES_MS, "unknown": unknown }).to_string();
    json(StatusCode::OK, body.into_bytes())
}

/// The key that this request shows, once it has taken its room.
fn opened(serving: &Serving, headers: &HeaderMap) -> Result<Arc<Key>, Box<Response>> {
    let keys = serving.keys();
    let key = presented(headers).and_then(|text| keys.opened_by(text)).ok_or_else(|| Box::new(unproved()))?;
    key.take().map_err(|wait| Box::new(later(wait.as_millis().div_ceil(1_000).max(1) as u64)))?;
    Ok(Arc::clone(key))
}

fn opened_by_server(serving: &Serving, headers: &HeaderMap) -> Result<Arc<Key>, Box<Response>> {
    let key = opened(serving, headers)?;
    match key.kind {
        FlagKeyKind::Server => Ok(key),
        FlagKeyKind::Client => {
            let body = answer::failure(
                None,
                ErrorCode::General,
                "a client key is answered values, never definitions",
            );
            Err(Box::new(json(StatusCode::FORBIDDEN, body)))
        }
    }
}

/// `Authorization: Bearer tdk_…`, or `X-API-Key: tdk_…`.
fn presented(headers: &HeaderMap) -> Option<&str> {
    if let Some(given) = headers.get(AUTHORIZATION) {
        let (scheme, text) = given.to_str().ok()?.split_once(' ')?;
        return scheme.eq_ignore_ascii_case("bearer").then(|| text.trim());
    }
    headers.get(API_KEY)?.to_str().ok().map(str::trim)
}

async fn read(body: Body) -> Result<Bytes, Bad> {
    to_bytes(body, BODY_BYTES_MAX).await.map_err(|_| {
        Bad(
            ErrorCode::InvalidContext,
            format!("the body broke off, or is longer than {BODY_BYTES_MAX} bytes"),
        )
    })
}

/// Why a request cannot be evaluated.
struct Bad(ErrorCode, String);

impl Bad {
    fn answer(self, key: Option<&str>) -> Response {
        json(StatusCode::BAD_REQUEST, answer::failure(key, self.0, &self.1))
    }
}

fn context(bytes: &[u8], now_ms: u64) -> Result<Context, Bad> {
    let body: Value = serde_json::from_slice(bytes)
        .map_err(|why| Bad(ErrorCode::ParseError, format!("the body is no JSON: {why}")))?;
    let Value::Object(mut members) = body else {
        return Err(Bad(ErrorCode::ParseError, "the body is no JSON object".to_owned()));
    };
    let Some(Value::Object(given)) = members.remove("context") else {
        return Err(Bad(ErrorCode::InvalidContext, "`context` is missing, or no object".to_owned()));
    };
    Context::from_json(given, seconds(now_ms)).map_err(|why| Bad(ErrorCode::InvalidContext, why.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_context_is_told_by_its_code() {
        let check = |body: &str, expect: ErrorCode| match context(body.as_bytes(), 0) {
            Err(Bad(code, _)) => assert_eq!(code, expect, "{body}"),
            Ok(_) => panic!("{body}"),
        };
        check("", ErrorCode::ParseError);
        check("[]", ErrorCode::ParseError);
        check("{", ErrorCode::ParseError);
        check("{}", ErrorCode::InvalidContext);
        check(r#"{"context": null}"#, ErrorCode::InvalidContext);
        check(r#"{"context": []}"#, ErrorCode::InvalidContext);
        check(r#"{"context": {"targetingKey": 7}}"#, ErrorCode::InvalidContext);
        assert!(context(br#"{"context": {}}"#, 0).is_ok());
    }

    #[test]
    fn a_key_is_shown_in_either_header() {
        let shown = |name: &'static str, value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(name, HeaderValue::from_static(value));
            presented(&headers).map(str::to_owned)
        };
        assert_eq!(shown("authorization", "bearer  tdk_1").as_deref(), Some("tdk_1"));
        assert_eq!(shown("x-api-key", "tdk_1").as_deref(), Some("tdk_1"));
        assert_eq!(shown("authorization", "Basic x"), None);
        assert_eq!(shown("authorization", "tdk_1"), None);
    }
}
