//! Passwords, hashed with Argon2id.
//!
//! Invariant: cost and salt stand in the hash, so that hashes of other costs still verify; a person who is not known
//! costs as long as one who is. Deliberately not here: where hashes are kept, and how many are worked out at once (each
//! takes 19 MiB; the server bounds that).

use argon2::password_hash::phc;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};

use crate::Secret;

/// OWASP Password Storage Cheat Sheet, Argon2id: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;

/// NIST SP 800-63B, 3.1.1.2: at least 8, better 15, where a password is all there is; no rules on which signs.
pub const PASSWORD_CHARS_MIN: usize = 12;
const PASSWORD_BYTES_MAX: usize = 512;

/// Of no password that anybody has; checked where there is no hash to check.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// A hash in PHC form: `$argon2id$v=19$…`.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }
    pub fn as_stored(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for PasswordHash {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("PasswordHash(…)")
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadPassword {
    #[error("the password has fewer than {PASSWORD_CHARS_MIN} characters")]
    TooShort,
    #[error("the password has more than {PASSWORD_BYTES_MAX} bytes")]
    TooLong,
    #[error("the password is the name, or one sign again and again")]
    TooPlain,
    #[error("the password could not be hashed")]
    NotHashed,
}

impl BadPassword {
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooShort => "password-too-short",
            Self::TooLong => "password-too-long",
            Self::TooPlain => "password-too-plain",
            Self::NotHashed => "password-not-hashed",
        }
    }
}

/// `salt` is 16 random bytes.
pub fn hash_password(name: &str, password: &Secret, salt: &[u8; 16]) -> Result<PasswordHash, BadPassword> {
    let text = password.expose();
    if text.chars().count() < PASSWORD_CHARS_MIN {
        return Err(BadPassword::TooShort);
    }
    if text.len() > PASSWORD_BYTES_MAX {
        return Err(BadPassword::TooLong);
    }
    let first = text.chars().next();
    if text.eq_ignore_ascii_case(name) || text.chars().all(|sign| Some(sign) == first) {
        return Err(BadPassword::TooPlain);
    }
    let hashed = hasher().and_then(|hasher| hasher.hash_password_with_salt(text.as_bytes(), salt).ok());
    hashed.map(|hash: phc::PasswordHash| PasswordHash(hash.to_string())).ok_or(BadPassword::NotHashed)
}

/// Whether this is the password. Without a hash it is not, after as long.
pub fn verify_password(password: &Secret, hash: Option<&PasswordHash>) -> bool {
    let text = password.expose();
    // What could never have been set is not worth a long look, whoever it is for.
    if text.len() > PASSWORD_BYTES_MAX {
        return false;
    }
    let stored = hash.map_or(NOBODY, |hash| hash.0.as_str());
    let Ok(parsed) = phc::PasswordHash::new(stored) else { return false };
    let fits = hasher().is_some_and(|hasher| hasher.verify_password(text.as_bytes(), &parsed).is_ok());
    fits && hash.is_some()
}

fn hasher() -> Option<Argon2<'static>> {
    let params = Params::new(MEMORY_KIB, PASSES, 1, None).ok()?;
    Some(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}
