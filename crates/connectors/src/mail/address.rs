//! An address that a letter can go to.
//!
//! Invariant: what is one holds no space, control, quote or angle, so it can stand in an envelope and in a header as it is.
//! Source: the dot-atom form of RFC 5321, 4.1.2. Deliberately not here: whether anybody reads it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::letter::LetterRefusal;

/// `ada@example.org`. The domain is in lower case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MailAddress {
    text: String,
    at: usize,
}

impl MailAddress {
    pub fn as_str(&self) -> &str {
        &self.text
    }
    pub fn domain(&self) -> &str {
        &self.text[self.at + 1..]
    }
}

impl FromStr for MailAddress {
    type Err = LetterRefusal;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (local, domain) = text.trim().rsplit_once('@').ok_or(LetterRefusal::Address)?;
        if text.len() > 254 || local.len() > 64 || !is_dot_atom(local) || !is_domain(domain) {
            return Err(LetterRefusal::Address);
        }
        Ok(Self { at: local.len(), text: format!("{local}@{}", domain.to_ascii_lowercase()) })
    }
}

fn is_dot_atom(local: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte);
    local.split('.').all(|atom| !atom.is_empty() && atom.bytes().all(allowed))
}

pub(super) fn is_domain(domain: &str) -> bool {
    let is_label = |label: &str| {
        let plain = label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        (1..=63).contains(&label.len()) && plain && !label.starts_with('-') && !label.ends_with('-')
    };
    domain.len() <= 253 && domain.split('.').all(is_label)
}

impl fmt::Display for MailAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}
impl TryFrom<String> for MailAddress {
    type Error = LetterRefusal;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}
impl From<MailAddress> for String {
    fn from(address: MailAddress) -> Self {
        address.text
    }
}
