//! Files that are given back as they were kept.
//!
//! Invariant: whatever is in a file, no browser shows it or runs it in this place: it is bytes, to be saved, under a name that is no
//! path. Deliberately not here: who may have which file.

use std::fmt::Write as _;

use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderValue, StatusCode};

use crate::problem::Trouble;

pub(crate) fn attachment(name: &str, bytes: Vec<u8>) -> Response {
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox; default-src 'none'"));
    let named = HeaderValue::from_str(&disposition(name));
    headers.insert(CONTENT_DISPOSITION, named.unwrap_or(HeaderValue::from_static("attachment")));
    response
}

/// With the name twice: in ASCII for everybody, and as it is for whoever reads RFC 8187.
fn disposition(name: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_. ".contains(letter);
    let ascii: String = name.chars().map(|letter| if plain(letter) { letter } else { '_' }).collect();
    let mut whole = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.".contains(&byte) {
            whole.push(char::from(byte));
        } else {
            let _infallible = write!(whole, "%{byte:02X}");
        }
    }
    format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{whole}")
}

pub(crate) fn file_changed() -> Trouble {
    let detail = "what is kept of this file is not what was sent";
    Trouble::new(StatusCode::NOT_FOUND, "file-changed", detail)
        .help("have the store looked at: `tidegate audit verify`; a backup from before holds the file")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_does_no_harm_in_a_header() {
        let told = disposition("a\"b\r\nSet-Cookie: x/\u{e4}.png");
        assert_eq!(
            told,
            "attachment; filename=\"a_b__Set-Cookie_ x__.png\"; filename*=UTF-8''a%22b%0D%0ASet-Cookie%3A%20x%2F%C3%A4.png"
        );
        assert!(HeaderValue::from_str(&told).is_ok());
    }
}
