//! The forms of answers: JSON, tags, "come back later".
//!
//! Invariant: a large answer keeps one of a bounded number of places until it is sent; whatever opens nothing is answered
//! in one way. Deliberately not here: what is in them (`answer`).

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as Waking, Poll};

use axum::body::{Body, HttpBody};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header::{CONTENT_TYPE, ETAG, IF_NONE_MATCH, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use tidegate_flags::ErrorCode;
use tokio::sync::OwnedSemaphorePermit;

use super::Serving;
use super::answer::{self, Staleness};

/// From here on an answer takes one of the places of large ones.
const LARGE_BYTES: usize = 64 << 10;
/// Seconds since the answers were last known to be the newest ones.
pub(crate) const STALE: HeaderName = HeaderName::from_static("tidegate-flags-stale");

/// RFC 9110, 13.1.2: a list of tags, weak ones too.
pub(super) fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    let lines = headers.get_all(IF_NONE_MATCH).iter().filter_map(|line| line.to_str().ok());
    let tags = lines.flat_map(|line| line.split(',')).map(str::trim);
    tags.map(|given| given.strip_prefix("W/").unwrap_or(given).trim_matches('"')).any(|given| given == tag)
}

pub(super) fn unchanged(tag: &str) -> Response {
    tagged(StatusCode::NOT_MODIFIED.into_response(), tag)
}

pub(super) fn tagged(mut response: Response, tag: &str) -> Response {
    if response.status() == StatusCode::TOO_MANY_REQUESTS {
        return response;
    }
    if let Ok(value) = HeaderValue::from_str(&format!("\"{tag}\"")) {
        response.headers_mut().insert(ETAG, value);
    }
    response
}

pub(super) fn told_stale(mut response: Response, stale: Option<Staleness>) -> Response {
    if let Some(Staleness { seconds }) = stale {
        response.headers_mut().insert(STALE, HeaderValue::from(seconds));
    }
    response
}

pub(super) fn json(status: StatusCode, body: Vec<u8>) -> Response {
    (status, [(CONTENT_TYPE, "application/json")], body).into_response()
}

/// A large answer keeps its place until it is sent; where there is none, the asker comes back in a moment.
pub(super) fn payload(serving: &Serving, body: Vec<u8>) -> Response {
    if body.len() < LARGE_BYTES {
        return json(StatusCode::OK, body);
    }
    let Ok(permit) = Arc::clone(&serving.payloads).try_acquire_owned() else {
        return later(1 + u64::from(rand::random::<u8>() % 4));
    };
    let body = Body::new(Placed { bytes: Some(Bytes::from(body)), _permit: permit });
    (StatusCode::OK, [(CONTENT_TYPE, "application/json")], body).into_response()
}

/// A body that holds a place.
struct Placed {
    bytes: Option<Bytes>,
    _permit: OwnedSemaphorePermit,
}

impl HttpBody for Placed {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Waking<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, Self::Error>>> {
        Poll::Ready(self.bytes.take().map(|bytes| Ok(http_body::Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_none()
    }

    fn size_hint(&self) -> http_body::SizeHint {
        http_body::SizeHint::with_exact(self.bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
    }
}

/// One answer for every text that opens nothing: whoever tries keys learns nothing.
pub(super) fn unproved() -> Response {
    let why = "this needs a flag key of this environment that is not revoked and has not ended: \
               `Authorization: Bearer tdk_…`";
    let body = answer::failure(None, ErrorCode::General, why);
    let mut response = json(StatusCode::UNAUTHORIZED, body);
    response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    response
}

/// An edge that never reached its control plane: clients come back, and do not take it for a refusal.
pub(super) fn not_yet() -> Response {
    let body = br#"{"errorDetails":"no flags were learnt yet"}"#.to_vec();
    let mut response = json(StatusCode::SERVICE_UNAVAILABLE, body);
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(1));
    response
}

pub(super) fn later(seconds: u64) -> Response {
    let body = answer::failure(None, ErrorCode::General, "asked too often, or too many ask at once");
    let mut response = json(StatusCode::TOO_MANY_REQUESTS, body);
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_known_as_the_standard_writes_lists() {
        let check = |lines: &[&'static str], expect: bool| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(IF_NONE_MATCH, HeaderValue::from_static(line));
            }
            assert_eq!(is_known(&headers, "7.0-ab"), expect, "{lines:?}");
        };
        check(&[], false);
        check(&["\"7.0-ab\""], true);
        check(&["7.0-ab"], true);
        check(&["\"1\", W/\"7.0-ab\""], true);
        check(&["\"1\"", "\"7.0-ab\""], true);
        check(&["\"7.0-a\""], false);
        check(&["*"], false);
    }
}
