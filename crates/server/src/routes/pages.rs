//! What is no route of the API: the web interface, or nothing.
//!
//! Invariant: a page is no secret and is answered to whoever reaches the server by its own name; under `/api` nothing but
//! the API answers, whatever a browser accepts. Deliberately not here: the files (`tidegate-web`), the guard of the name
//! (`finish`).

use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::{Method, StatusCode, Uri};
use tidegate_web::{Asked, answer};

use crate::problem::Trouble;

pub(super) async fn show(request: Request) -> Response {
    let path = request.uri().path();
    let asked = Asked { path, headers: request.headers(), fresh: rand::random() };
    let page = if is_page(request.method(), path) { answer(&asked) } else { None };
    page.map_or_else(|| unknown(request.uri()).into_response(), |page| page.map(Body::from))
}

/// Whether anything but a route of the API could be meant.
pub(crate) fn is_page(method: &Method, path: &str) -> bool {
    let is_route = path == "/metrics" || path == "/api" || path.starts_with("/api/");
    method.is_safe() && method != Method::OPTIONS && !is_route
}

fn unknown(uri: &Uri) -> Trouble {
    Trouble::new(StatusCode::NOT_FOUND, "unknown-route", format!("there is nothing at {}", uri.path()))
        .help("GET /api/v1/openapi.json lists every route")
}
