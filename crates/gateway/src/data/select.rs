//! Which version answers a request: matches first, then the session's cookie, then the walk.
//!
//! Invariant: a session stays with its version exactly while that version has weight; a version without
//! weight gets only what a match sends it.
//! Not here: the walk itself (`choose`).

use crate::choose::{place, version_at};
use crate::table::compiled::{CompiledCondition, CompiledRoute};
use http::{HeaderMap, header};
use std::sync::atomic::Ordering;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Selection {
    pub version: usize,
    /// The session is new, or moved: it gets the cookie.
    pub set_cookie: bool,
}

pub(crate) fn select(route: &CompiledRoute, headers: &HeaderMap) -> Option<Selection> {
    if let Some(rule) = route.matches.iter().find(|rule| holds(&rule.when, headers)) {
        return Some(Selection { version: rule.version, set_cookie: false });
    }
    let sticky = route.route.sticky.as_ref();
    if let Some(sticky) = sticky
        && let Some(version) = session_version(route, headers, &sticky.cookie)
    {
        return Some(Selection { version, set_cookie: false });
    }
    let n = route.meter.sequence.fetch_add(1, Ordering::Relaxed);
    let version = version_at(&route.cuts, place(n))?;
    Some(Selection { version, set_cookie: sticky.is_some() })
}

/// Whether the n-th mirrorable request is copied.
pub(crate) fn is_mirrored(route: &CompiledRoute, share: u16) -> bool {
    share > 0 && place(route.meter.mirror_sequence.fetch_add(1, Ordering::Relaxed)) < share
}

fn holds(condition: &CompiledCondition, headers: &HeaderMap) -> bool {
    match condition {
        CompiledCondition::Header(name, text) => {
            headers.get_all(name).iter().any(|value| text.holds(value.as_bytes()))
        }
        CompiledCondition::Cookie(name, text) => cookies(headers, name).any(|value| text.holds(value)),
    }
}

fn session_version(route: &CompiledRoute, headers: &HeaderMap, cookie: &str) -> Option<usize> {
    let value = cookies(headers, cookie).next()?;
    route.versions.iter().position(|version| version.weight > 0 && version.name.as_bytes() == value)
}

/// The values of a cookie; HTTP/2 clients may send several `Cookie` fields (RFC 9113 section 8.2.3).
fn cookies<'a>(headers: &'a HeaderMap, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
    let pairs =
        headers.get_all(header::COOKIE).into_iter().flat_map(|line| line.as_bytes().split(|b| *b == b';'));
    pairs.filter_map(move |pair| {
        let (key, value) = split_once(pair.trim_ascii(), b'=')?;
        (key == name.as_bytes()).then(|| unquoted(value))
    })
}

fn split_once(bytes: &[u8], at: u8) -> Option<(&[u8], &[u8])> {
    let index = bytes.iter().position(|byte| *byte == at)?;
    Some((&bytes[..index], &bytes[index + 1..]))
}

fn unquoted(value: &[u8]) -> &[u8] {
    value.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\"")).unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn cookies_are_found_among_others_in_any_number_of_fields() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("a=1; tide=2.0.0;b=x=y"));
        headers.append(header::COOKIE, HeaderValue::from_static("tide=\"3.0.0\""));
        let found = |name| {
            cookies(&headers, name).map(|v| String::from_utf8_lossy(v).into_owned()).collect::<Vec<_>>()
        };
        assert_eq!(found("tide"), ["2.0.0", "3.0.0"]);
        assert_eq!(found("b"), ["x=y"]);
        assert_eq!(found("ide"), Vec::<String>::new());
    }
}
