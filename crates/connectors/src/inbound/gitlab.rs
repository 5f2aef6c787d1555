//! GitLab's webhooks: the secret token in `X-Gitlab-Token`, or a signing token by Standard Webhooks.
//!
//! Invariant: a hook that is set to be signed is never let in by a token. Deliberately not here: memory of ids.

use reqwest::header::HeaderMap;
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::{Delivery, Refused, one, optional};
use crate::hex::hex;
use crate::standard_webhooks::{self, VerifyingKey};

const TOKEN: &str = "x-gitlab-token";

/// How this hook is set up in GitLab.
#[derive(Debug, Clone)]
pub enum Hook {
    /// The secret token, sent as it is.
    Token(Vec<SecretString>),
    /// The signing token (`whsec_…`): `webhook-id`, `webhook-timestamp`, `webhook-signature`.
    Signed(Vec<VerifyingKey>),
}

pub fn verify(hook: &Hook, headers: &HeaderMap, body: &[u8], now_seconds: u64) -> Result<Delivery, Refused> {
    let event = one(headers, "x-gitlab-event")?.to_owned();
    match hook {
        Hook::Signed(keys) => {
            let verified = standard_webhooks::verify(keys, headers, body, now_seconds)?;
            Ok(Delivery { id: verified.id.as_str().to_owned(), event })
        }
        Hook::Token(tokens) => {
            let given = one(headers, TOKEN)?;
            if !tokens.iter().any(|token| same(token.expose_secret(), given)) {
                return Err(Refused::Secret);
            }
            Ok(Delivery { id: id(headers, &event, body)?, event })
        }
    }
}

/// `Idempotency-Key` stays the same when GitLab tries again; older ones send an id of the event, or nothing.
fn id(headers: &HeaderMap, event: &str, body: &[u8]) -> Result<String, Refused> {
    for name in ["idempotency-key", "x-gitlab-event-uuid"] {
        if let Some(id) = optional(headers, name)? {
            return Ok(id.to_owned());
        }
    }
    let digest = Sha256::new().chain_update(event).chain_update([0]).chain_update(body).finalize();
    Ok(hex(&digest))
}

/// By their hashes, so that not even the length is told by time.
fn same(expected: &str, given: &str) -> bool {
    let (expected_hash, given_hash) = (Sha256::digest(expected), Sha256::digest(given));
    !expected.is_empty() && bool::from(expected_hash[..].ct_eq(&given_hash[..]))
}
