//! One answer of a list: its items, and where the next one is.
//!
//! Invariant: a next address is one of the tracker that was asked, or there is a refusal. Deliberately not here: what a
//! tracker calls things (`github`, `gitlab`).

use jiff::Timestamp;
use reqwest::header::{ETAG, HeaderMap, LINK};
use serde::de::DeserializeOwned;
use tidegate_domain::scope_source::TrackedItem;

use super::query::Query;
use super::refusal::ScopeRefusal;

pub(super) struct Page {
    pub items: Vec<TrackedItem>,
    pub next: Option<String>,
    pub tag: Option<String>,
}

impl Page {
    /// Nothing changed since.
    pub fn empty(tag: Option<String>) -> Self {
        Self { items: Vec::new(), next: None, tag }
    }

    /// By their changes. A tracker that does not sort is followed page by page.
    pub fn is_ascending(&self) -> bool {
        self.items.iter().all(|item| item.updated_ms.is_some())
            && self.items.is_sorted_by_key(|item| item.updated_ms)
    }
    pub fn newest_ms(&self) -> Option<u64> {
        self.items.iter().filter_map(|item| item.updated_ms).max()
    }
}

pub(super) fn tag(headers: &HeaderMap) -> Option<String> {
    let tag = headers.get(ETAG)?.to_str().ok()?;
    (tag.len() <= 200).then(|| tag.to_owned())
}

pub(super) fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

/// The whole body as a list; one that ends too early is told from one of another form.
pub(super) fn list<T: DeserializeOwned>(body: &[u8]) -> Result<Vec<T>, Unread> {
    serde_json::from_slice(body).map_err(|why| {
        if why.is_eof() {
            return Unread::CutOff;
        }
        // What serde says may quote the answer.
        let (line, column) = (why.line(), why.column());
        Unread::Other(match why.classify() {
            serde_json::error::Category::Data => format!("not the expected fields, at {line}:{column}"),
            serde_json::error::Category::Io
            | serde_json::error::Category::Syntax
            | serde_json::error::Category::Eof => format!("not JSON, at {line}:{column}"),
        })
    })
}

pub(super) enum Unread {
    /// The body ended before the value did.
    CutOff,
    Other(String),
}

/// Of a `Link` header (RFC 8288): the target of `rel="next"`.
pub(super) fn next_link(query: &Query, headers: &HeaderMap) -> Result<Option<String>, ScopeRefusal> {
    let found =
        headers.get_all(LINK).iter().filter_map(|value| value.to_str().ok()).find_map(of_relation_next);
    found.map(|target| same_place(query, target)).transpose()
}

fn of_relation_next(value: &str) -> Option<&str> {
    let mut rest = value;
    while let Some((_, from)) = rest.split_once('<') {
        let (target, after) = from.split_once('>')?;
        let end = after.find('<').unwrap_or(after.len());
        let is_next = |parameter: &str| {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            let value = value.trim().trim_end_matches(',').trim().trim_matches('"');
            name.trim().eq_ignore_ascii_case("rel") && value.split(' ').any(|word| word == "next")
        };
        if after[..end].split(';').any(is_next) {
            return Some(target);
        }
        rest = &after[end..];
    }
    None
}

/// Where the token may go: the same server, below the same base.
pub(super) fn same_place(query: &Query, target: &str) -> Result<String, ScopeRefusal> {
    let root = query.root()?;
    let url = root.join(target).map_err(|_| ScopeRefusal::Redirect)?;
    let below = url.path().starts_with(root.path().trim_end_matches('/'));
    let plain = url.username().is_empty() && url.password().is_none();
    if url.origin() == root.origin() && below && plain && url.as_str().len() <= 2_000 {
        Ok(url.into())
    } else {
        Err(ScopeRefusal::Redirect)
    }
}

/// RFC 3339, as both trackers write it.
pub(super) fn instant_ms(text: Option<&str>) -> Option<u64> {
    let at: Timestamp = text?.parse().ok()?;
    u64::try_from(at.as_millisecond()).ok()
}

/// For a query, in seconds, which both trackers take.
pub(super) fn instant(ms: u64) -> String {
    let at = Timestamp::from_second(i64::try_from(ms / 1_000).unwrap_or(i64::MAX));
    at.map_or_else(|_| "1970-01-01T00:00:00Z".to_owned(), |at| at.to_string())
}
