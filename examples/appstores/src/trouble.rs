//! What goes wrong between a store and whoever asks it.

use std::io;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_LENGTH, RETRY_AFTER};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::Shared;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// 429, with so many seconds.
    Busy(u64),
    /// 409, whatever was asked.
    Conflict,
    /// 503.
    Unwell,
    /// It answers, and breaks off in the middle of it.
    HalfABody,
    /// It does what was asked, and breaks off before it has said so.
    HalfABodyAfter,
    /// An answer with a body that is no JSON.
    NoJson,
}

pub(crate) async fn instead(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    // Who may ask is another question.
    let is_token = request.uri().path() == "/token";
    let sends = !matches!(request.method().as_str(), "GET" | "DELETE");
    if sends && !request.headers().contains_key(CONTENT_LENGTH) {
        return StatusCode::LENGTH_REQUIRED.into_response();
    }
    let trouble = if is_token { None } else { shared.shelf().troubles.pop_front().flatten() };
    match trouble {
        None => next.run(request).await,
        Some(Trouble::Busy(seconds)) => {
            (StatusCode::TOO_MANY_REQUESTS, [(RETRY_AFTER, seconds.to_string())]).into_response()
        }
        Some(Trouble::Conflict) => {
            (StatusCode::CONFLICT, r#"{"error": {"code": 409, "message": "somebody else changed it"}}"#)
                .into_response()
        }
        Some(Trouble::Unwell) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        Some(Trouble::HalfABody) => broken_off(),
        Some(Trouble::HalfABodyAfter) => {
            drop(next.run(request).await);
            broken_off()
        }
        Some(Trouble::NoJson) => "<html>".into_response(),
    }
}

fn broken_off() -> Response {
    let pieces = [Ok(r#"{"data": ["#), Err(io::Error::other("broken off"))];
    let body = Body::from_stream(futures_util::stream::iter(pieces));
    ([(CONTENT_LENGTH, "1000")], body).into_response()
}
