//! What both services share: health, version, and how a version's behaviour falls on its requests.
//!
//! Invariant: every answer carries the version; no request but health and version is served before the service is
//! ready; every failed request leaves one line. Deliberately not here: what a request is for (`api.rs`, `web.rs`).

use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;
use tokio::time::Instant;

use crate::behaviour::Behaviour;
use crate::catalogue::{OrderBook, Product, products};
use crate::web::ApiClient;
use crate::{api, log, web};

pub static VERSION_HEADER: HeaderName = HeaderName::from_static("x-shop-version");
const BODY_BYTES_MAX: usize = 16 * 1024;
/// Longer paths are cut in the log.
const PATH_LOGGED_MAX: usize = 120;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    Api,
    Web,
}

impl fmt::Display for Role {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Api => "api",
            Self::Web => "web",
        })
    }
}

pub struct Service {
    pub role: Role,
    pub behaviour: Behaviour,
    pub products: Vec<Product>,
    pub orders: Mutex<OrderBook>,
    /// Only web has one.
    pub api: Option<ApiClient>,
    in_flight: AtomicU32,
    started: Instant,
}

pub type Shared = Arc<Service>;

impl Service {
    pub fn new(role: Role, behaviour: Behaviour, api: Option<ApiClient>) -> Shared {
        Arc::new(Self {
            role,
            behaviour,
            products: products(),
            orders: Mutex::default(),
            api,
            in_flight: AtomicU32::new(0),
            started: Instant::now(),
        })
    }

    /// Who speaks, at the start of every line: `shop api 1.2.0`.
    pub fn title(&self) -> String {
        format!("shop {} {}", self.role, self.behaviour.version)
    }

    fn is_ready(&self) -> bool {
        self.started.elapsed() >= Duration::from_millis(self.behaviour.warm_up_ms)
    }
}

pub fn router(service: Shared) -> Router {
    let work = match service.role {
        Role::Api => api::routes(),
        Role::Web => web::routes(),
    };
    work.layer(from_fn_with_state(service.clone(), behave))
        .route("/healthz", get(health))
        .route("/version", get(version))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(from_fn_with_state(service.clone(), sign))
        .with_state(service)
}

async fn health(State(service): State<Shared>) -> Response {
    let in_flight = service.in_flight.load(Ordering::Relaxed);
    if service.is_ready() {
        Json(json!({"status": "ok", "in_flight": in_flight})).into_response()
    } else {
        let body = json!({"status": "warming up", "in_flight": in_flight});
        (StatusCode::SERVICE_UNAVAILABLE, Json(body)).into_response()
    }
}

async fn version(State(service): State<Shared>) -> Response {
    Json(json!({"service": service.role.to_string(), "version": service.behaviour.version})).into_response()
}

/// An answer that says in words what is wrong with the request.
pub fn problem(status: StatusCode, words: &str) -> Response {
    (status, Json(json!({"error": words}))).into_response()
}

/// Why an answer failed, handed to `sign` for the log.
#[derive(Clone)]
struct Reason(String);

/// An answer for which the service is to blame.
pub fn failure(status: StatusCode, reason: String) -> Response {
    let mut response = problem(status, &reason);
    response.extensions_mut().insert(Reason(reason));
    response
}

/// Counts a request for as long as it lives, also when its client goes away half-way.
struct InFlight(Shared);

impl InFlight {
    fn enter(service: &Shared) -> Self {
        service.in_flight.fetch_add(1, Ordering::Relaxed);
        Self(service.clone())
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Takes the time, and fails the share, that this version's behaviour says.
async fn behave(State(service): State<Shared>, request: Request, next: Next) -> Response {
    if !service.is_ready() {
        return failure(StatusCode::SERVICE_UNAVAILABLE, "still warming up".into());
    }
    let _in_flight = InFlight::enter(&service);
    let draw = service.behaviour.draw();
    tokio::time::sleep(draw.service_time).await;
    if draw.fails {
        return failure(StatusCode::INTERNAL_SERVER_ERROR, "the till is jammed".into());
    }
    next.run(request).await
}

/// Puts the version on every answer and a line in the log for every failed one.
async fn sign(State(service): State<Shared>, request: Request, next: Next) -> Response {
    let (method, path) = (request.method().clone(), shortened(request.uri().path()));
    let begun = Instant::now();
    let mut response = next.run(request).await;
    if let Some(Reason(reason)) = response.extensions().get::<Reason>() {
        log::say(&format!(
            "{} failed {method} {path} with {} after {} ms: {reason}",
            service.title(),
            response.status().as_u16(),
            begun.elapsed().as_millis(),
        ));
    }
    if let Ok(version) = HeaderValue::from_str(&service.behaviour.version) {
        response.headers_mut().insert(&VERSION_HEADER, version);
    }
    response
}

fn shortened(path: &str) -> String {
    path.chars().take(PATH_LOGGED_MAX).collect()
}
