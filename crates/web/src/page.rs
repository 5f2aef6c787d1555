//! The page in which the application runs; it finds out from the path what to show.
//!
//! Invariant: each answer has a number of its own, of 128 random bits, in the page and in its policy (Content Security
//! Policy Level 3, nonce-source), so it is kept by nobody. Deliberately not here: what the page does.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::header::{ACCEPT, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Response};
use rust_embed::RustEmbed;

pub(crate) const INDEX: &str = "index.html";
/// What stands for the number in the page as it was built.
const NONCE: &str = "__NONCE__";
/// Of a program that was built without the web interface.
const ABSENT: &str = include_str!("absent.html");

pub(crate) fn page<Files: RustEmbed>(fresh: [u8; 16]) -> Response<Bytes> {
    let index = Files::get(INDEX).and_then(|file| String::from_utf8(file.data.into_owned()).ok());
    let nonce = BASE64_STANDARD.encode(fresh);
    let text = index.as_deref().unwrap_or(ABSENT).replace(NONCE, &nonce);
    let mut response = Response::new(Bytes::from(text));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.extend(HeaderValue::from_str(&policy(&nonce)).map(|policy| (CONTENT_SECURITY_POLICY, policy)));
    response
}

/// Styles that the application makes as it runs carry the number; scripts are files, never text in the page.
fn policy(nonce: &str) -> String {
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; \
         font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; \
         frame-ancestors 'none'"
    )
}

/// Whether a browser goes there, rather than a program that would take a page for an answer.
pub(crate) fn is_accepted(headers: &HeaderMap) -> bool {
    let lines = headers.get_all(ACCEPT).iter().filter_map(|line| line.to_str().ok());
    let kinds = lines.flat_map(|line| line.split(',')).map(|kind| kind.split(';').next().unwrap_or(""));
    kinds.into_iter().any(|kind| kind.trim().eq_ignore_ascii_case("text/html"))
}
