//! Keys that make a request happen once however often it is sent.
//!
//! Invariant: a key belongs to one method, path, body and actor; with anything else it is refused. Deliberately not
//! here: keeping answers (the store's receipts).

use http::HeaderMap;
use sha2::{Digest, Sha256};
use tidegate_api::IDEMPOTENCY_KEY_HEADER;
use tidegate_engine::Key;

use crate::problem::Trouble;

const CHARS_MAX: usize = 200;

/// What a key is bound to.
pub(crate) struct Bound<'a> {
    pub method: &'a str,
    pub path: &'a str,
    pub body: &'a [u8],
    pub actor: &'a str,
}

pub(crate) fn key(headers: &HeaderMap, bound: &Bound<'_>) -> Result<Option<Key>, Trouble> {
    let Some(given) = headers.get(IDEMPOTENCY_KEY_HEADER) else { return Ok(None) };
    let text = given.to_str().unwrap_or("").trim();
    if text.is_empty() || text.len() > CHARS_MAX {
        return Err(Trouble::bad_request(format!("the header {IDEMPOTENCY_KEY_HEADER} holds no key"))
            .help(format!("send 1 to {CHARS_MAX} printable ASCII characters, new for each new request")));
    }
    Ok(Some(Key { text: text.to_owned(), digest: digest(bound) }))
}

/// Each part goes in with its length, so that no two requests look the same.
fn digest(bound: &Bound<'_>) -> String {
    let mut hash = Sha256::new();
    for part in [bound.method.as_bytes(), bound.path.as_bytes(), bound.body, bound.actor.as_bytes()] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    crate::wire::hex(&hash.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_request_has_another_digest() {
        let bound = |path, body, actor| digest(&Bound { method: "POST", path, body, actor });
        let one = bound("/a", b"{}", "ann");
        assert_eq!(one, bound("/a", b"{}", "ann"));
        for other in [bound("/b", b"{}", "ann"), bound("/a", b"{ }", "ann"), bound("/a", b"{}a", "nn")] {
            assert_ne!(one, other);
        }
    }
}
