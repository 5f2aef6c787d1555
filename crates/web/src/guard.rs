//! What every answer tells the browser to keep from others.
//!
//! Sources: Fetch (cross-origin resource policy), HTML (cross-origin opener policy), Permissions Policy. Invariant: the
//! same for files and pages. Deliberately not here: the content security policy (`page`).

use bytes::Bytes;
use http::header::{REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS};
use http::{HeaderName, HeaderValue, Response};

const GUARDS: [(HeaderName, &str); 6] = [
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (X_FRAME_OPTIONS, "DENY"),
    // Paths name releases and people; they are nobody else's business.
    (REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), microphone=(), geolocation=()"),
];

pub(crate) fn guarded(mut response: Response<Bytes>) -> Response<Bytes> {
    for (name, value) in GUARDS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
