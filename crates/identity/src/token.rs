//! API tokens: `tdg_<id>_<secret>`, shown once.
//!
//! Invariant: the id finds the token and proves nothing; the secret is 256 random bits, kept as SHA-256 only, and
//! compared in constant time. Deliberately not here: scope and end (`domain::person`).

use crate::Secret;
use crate::secret::{digest, hex, same};

/// What scanners for leaked secrets look for.
const PREFIX: &str = "tdg";
const ID_DIGITS: usize = 16;
const SECRET_DIGITS: usize = 64;

pub struct Minted {
    pub id: String,
    /// To be shown once, to whom it is for.
    pub token: Secret,
    /// To be kept.
    pub hash: String,
}

/// Both parts are random.
pub fn mint(id: [u8; 8], secret: [u8; 32]) -> Minted {
    let (id, secret) = (hex(&id), hex(&secret));
    Minted { hash: digest(&secret), token: Secret::new(format!("{PREFIX}_{id}_{secret}")), id }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this is not a token of Tidegate: those look like {PREFIX}_…_…")]
pub struct BadToken;

/// A token that somebody sent.
#[derive(Debug)]
pub struct PresentedToken {
    pub id: String,
    secret: Secret,
}

/// Reads a token without knowing whether it is anybody's.
pub fn present(text: &str) -> Result<PresentedToken, BadToken> {
    let mut parts = text.trim().split('_');
    let (prefix, id, secret, more) = (parts.next(), parts.next(), parts.next(), parts.next());
    let digits = |text: &str, count| text.len() == count && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    match (prefix, id, secret, more) {
        (Some(PREFIX), Some(id), Some(secret), None)
            if digits(id, ID_DIGITS) && digits(secret, SECRET_DIGITS) =>
        {
            Ok(PresentedToken { id: id.to_owned(), secret: Secret::new(secret) })
        }
        _ => Err(BadToken),
    }
}

impl PresentedToken {
    pub fn matches(&self, hash: &str) -> bool {
        same(&digest(self.secret.expose()), hash)
    }
}
