//! The frame of every request: its id, its problem written out, its line in the log.
//!
//! Invariant: no request ends without an answer: a panic in a handler is a problem with code `bug`. Only a browser
//! page of this machine may ask (the Host and Origin headers name loopback), or, where others can ask, of this very
//! host, so that no web page reaches the API by a name that leads here. A link on another site may lead to a page of ours,
//! which is no answer to that site. Deliberately not here: what went wrong (`problem`).

use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

use axum::Json;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use http::header::{
    ACCEPT, CACHE_CONTROL, CONTENT_TYPE, HOST, ORIGIN, RETRY_AFTER, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS,
};
use http::uri::Authority;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use tidegate_api::{BASE_PATH, Problem, REQUEST_ID_HEADER};
use tracing::Instrument;

use crate::app::{App, count};
use crate::identity::same_site;
use crate::origin::Peer;
use crate::pace::Room;
use crate::page::{Line, page};
use crate::problem::Trouble;
use crate::routes::pages::is_page;
use crate::spans;

const SEC_FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");

pub(crate) async fn finish(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    count(&app.counts.requests);
    let began = Instant::now();
    let id = format!("req_{:016x}", rand::random::<u64>());
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    if let Some(client) = forwarded(&request).filter(|_| app.identity.behind_proxy) {
        request.extensions_mut().insert(client);
    }
    let returning = comes_back(&request);
    let as_page = returning && takes_pages(request.headers());
    let arriving = goes(request.headers()) && is_page(request.method(), request.uri().path());
    let site = if (returning || arriving) && app.identity.is_public {
        Ok(())
    } else {
        known_site(request.headers(), app.identity.is_public)
    };
    let span = spans::request(&request, &id, app.engine.project());
    let mut response = match site {
        Ok(()) => caught(next.run(request)).instrument(span.clone()).await,
        Err(trouble) => trouble.into_response(),
    };
    let room = response.extensions_mut().remove::<Room>();
    if let Some(trouble) = response.extensions_mut().remove::<Trouble>() {
        log(&trouble, &id, &format!("{method} {path}"));
        span.record("error.type", trouble.code);
        response = if as_page { shown(&trouble, &id) } else { written(trouble, &id) };
    }
    spans::answered(&span, response.status());
    let took = began.elapsed();
    app.counts.answered(response.status().as_u16(), took);
    let took_ms = took.as_millis() as u64;
    tracing::debug!(request_id = %id, %method, %path, status = response.status().as_u16(), took_ms, "answered");
    // What another project answered has its own.
    let named = response.headers().contains_key(REQUEST_ID_HEADER);
    if let Some(value) = HeaderValue::from_str(&id).ok().filter(|_| !named) {
        response.headers_mut().insert(HeaderName::from_static(REQUEST_ID_HEADER), value);
    }
    if let Some(room) = room {
        room.tell(response.headers_mut());
    }
    response.headers_mut().insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response.headers_mut().entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// What was half done when it panicked is gone with its future; what others share is behind locks that survive.
pub(crate) async fn caught(running: impl Future<Output = Response>) -> Response {
    let ended = AssertUnwindSafe(running).catch_unwind().await;
    ended.unwrap_or_else(|_| Trouble::bug().into_response())
}

fn log(trouble: &Trouble, id: &str, what: &str) {
    let (code, detail, causes) = (trouble.code, &trouble.detail, trouble.causes.join(": "));
    if trouble.status.is_server_error() {
        tracing::error!(request_id = %id, %what, %code, %causes, "{detail}");
    } else {
        tracing::info!(request_id = %id, %what, %code, "{detail}");
    }
}

/// A browser on its way back from an identity provider comes from another site, and this is the one thing that it may ask
/// then: what it brings along proves that it was sent there from here.
fn comes_back(request: &Request) -> bool {
    let path = request.uri().path();
    let below = path.strip_prefix(BASE_PATH).and_then(|path| path.strip_prefix("/session/oidc/"));
    let is_callback =
        below.and_then(|rest| rest.strip_suffix("/callback")).is_some_and(|name| !name.contains('/'));
    is_callback && goes(request.headers()) && request.method() == Method::GET
}

/// Whether a browser goes there, rather than that a page asks.
fn goes(headers: &HeaderMap) -> bool {
    headers.get(SEC_FETCH_MODE).is_none_or(|mode| mode == "navigate")
}

fn takes_pages(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    accepted.flat_map(|value| value.split(',')).any(|kind| kind.trim().starts_with("text/html"))
}

fn shown(trouble: &Trouble, id: &str) -> Response {
    let code = format!("{} (request {id})", trouble.code);
    let lines = [Line::text(&trouble.detail), Line::text(&trouble.help), Line::text(&code)];
    page(trouble.status, ("Not signed in", &lines), None)
}

fn written(trouble: Trouble, id: &str) -> Response {
    let problem = Problem {
        kind: format!("urn:tidegate:{}", trouble.code),
        title: trouble.status.canonical_reason().unwrap_or("Error").to_owned(),
        status: trouble.status.as_u16(),
        detail: trouble.detail,
        code: trouble.code.to_owned(),
        help: trouble.help,
        request_id: id.to_owned(),
        diagnostics: trouble.diagnostics.map(|found| *found),
        pointer: trouble.pointer.map(String::from),
    };
    let mut response = (trouble.status, Json(problem)).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    if trouble.status == StatusCode::UNAUTHORIZED {
        let error = if trouble.code == "token-invalid" { r#", error="invalid_token""# } else { "" };
        let value = HeaderValue::from_str(&format!(r#"Bearer realm="tidegate"{error}"#));
        headers.extend(value.ok().map(|value| (WWW_AUTHENTICATE, value)));
    }
    if let Some(seconds) = trouble.retry_after_seconds {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// The client of a proxy, which puts it last.
fn forwarded(request: &Request) -> Option<Peer> {
    let last = request.headers().get_all("x-forwarded-for").iter().next_back()?;
    last.to_str().ok()?.rsplit(',').next()?.trim().parse().ok().map(Peer)
}

/// Where others can ask, nobody is answered without a proof that no browser sends by itself or that belongs to one host;
/// there, any name of the host will do.
fn known_site(headers: &HeaderMap, is_public: bool) -> Result<(), Trouble> {
    if is_public {
        return same_site(headers);
    }
    local(headers)
}

fn local(headers: &HeaderMap) -> Result<(), Trouble> {
    let text = |name| headers.get(name).map(|value: &HeaderValue| value.to_str().unwrap_or(""));
    if !text(HOST).is_some_and(is_loopback) {
        let detail = "the Host header does not name this machine's loopback";
        return Err(Trouble::new(StatusCode::MISDIRECTED_REQUEST, "host-not-loopback", detail)
            .help("ask at the address that `tidegate up` printed, for example http://127.0.0.1:7070"));
    }
    let origin = text(ORIGIN).map(|origin| origin.split_once("://").map_or("", |(_, rest)| rest));
    if origin.is_some_and(|origin| !is_loopback(origin)) {
        return Err(Trouble::new(StatusCode::FORBIDDEN, "cross-site", "a page of another site may not ask")
            .help("use the command line, or a page served from this machine"));
    }
    Ok(())
}

fn is_loopback(authority: &str) -> bool {
    let Ok(authority) = authority.parse::<Authority>() else { return false };
    let host = authority.host().trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_answered_as_a_bug() {
        let response = caught(async { panic!("this is what the test is about") }).await;
        assert_eq!(response.extensions().get::<Trouble>().unwrap().code, "bug");
    }

    #[test]
    fn only_this_machine_is_answered() {
        for (host, expected) in [
            ("127.0.0.1:7000", true),
            ("localhost", true),
            ("LOCALHOST:1", true),
            ("[::1]:7000", true),
            ("127.0.0.1.example:7000", false),
            ("rebound.example", false),
            ("10.0.0.1:7000", false),
            ("", false),
        ] {
            assert_eq!(is_loopback(host), expected, "{host}");
        }
    }
}
