//! What a report is about, or a release is made of: a SHA-256.
//!
//! Invariant: always `sha256:` and 64 lower-case hexadecimal digits. Not here: computing one.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

const PREFIX: &str = "sha256:";
const DIGITS: usize = 64;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest(String);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a SHA-256 digest")]
pub struct BadDigest(String);

impl BadDigest {
    pub fn code(&self) -> &'static str {
        "evidence-digest-malformed"
    }

    pub fn help(&self) -> &'static str {
        "write `sha256:` and 64 hexadecimal digits, as `sha256sum` prints them"
    }
}

impl Digest {
    /// Bare hexadecimal digits, as the hash lists of CycloneDX, SPDX and SARIF write them.
    pub(crate) fn from_hex(digits: &str) -> Option<Self> {
        let fits = digits.len() == DIGITS && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        fits.then(|| Self(format!("{PREFIX}{}", digits.to_ascii_lowercase())))
    }

    /// The digest within a reference such as `registry.example/shop@sha256:…`.
    pub(crate) fn within(text: &str) -> Option<Self> {
        let (_, after) = text.split_once(PREFIX)?;
        Self::from_hex(after.get(..DIGITS)?)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Digest {
    type Err = BadDigest;

    fn from_str(text: &str) -> Result<Self, BadDigest> {
        let digits = text.strip_prefix(PREFIX).unwrap_or(text);
        Self::from_hex(digits).ok_or_else(|| BadDigest(text.chars().take(100).collect()))
    }
}

impl TryFrom<String> for Digest {
    type Error = BadDigest;

    fn try_from(text: String) -> Result<Self, BadDigest> {
        text.parse()
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_found_within_references_and_never_half() {
        let hex = "A".repeat(64);
        let whole = format!("sha256:{}", "a".repeat(64));
        assert_eq!(Digest::within(&format!("shop@sha256:{hex}")).map(String::from), Some(whole.clone()));
        assert_eq!(Digest::within(&format!("sha256:{}", "a".repeat(63))), None);
        assert_eq!(Digest::within("sha256:ää"), None);
        assert_eq!(hex.parse::<Digest>().map(String::from), Ok(whole));
        assert!("sha256:".parse::<Digest>().is_err());
    }
}
