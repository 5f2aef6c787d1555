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
    Minted::of(PREFIX, id, secret)
}

impl Minted {
    pub(crate) fn of(prefix: &str, id: [u8; 8], secret: [u8; 32]) -> Self {
        let (id, secret) = (hex(&id), hex(&secret));
        Self { hash: digest(&secret), token: Secret::new(format!("{prefix}_{id}_{secret}")), id }
    }
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
    let (id, secret) = parts(PREFIX, text)?;
    Ok(PresentedToken { id: id.to_owned(), secret: Secret::new(secret) })
}

/// The id and the secret of what begins so.
pub(crate) fn parts<'a>(wanted: &str, text: &'a str) -> Result<(&'a str, &'a str), BadToken> {
    let mut parts = text.trim().split('_');
    let (prefix, id, secret, more) = (parts.next(), parts.next(), parts.next(), parts.next());
    let digits = |text: &str, count| text.len() == count && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    match (prefix, id, secret, more) {
        (Some(prefix), Some(id), Some(secret), None)
            if prefix == wanted && digits(id, ID_DIGITS) && digits(secret, SECRET_DIGITS) =>
        {
            Ok((id, secret))
        }
        _ => Err(BadToken),
    }
}

impl PresentedToken {
    pub fn matches(&self, hash: &str) -> bool {
        same(&digest(self.secret.expose()), hash)
    }
}
