//! A digest of what somebody saw when they made the final call, that can say which part of it changed since.
//!
//! Invariant: two digests are equal only where everything that was seen is equal; the parts only serve to name the difference.
//! Deliberately not here: what goes into it (the engine gathers it).

use serde::{Deserialize, Serialize};

/// What is seen, in the order of the digest's parts.
pub const PARTS: [&str; 8] = [
    "the plan itself",
    "the candidate",
    "the activities",
    "the readiness checklist",
    "the manual tests",
    "the risks",
    "the votes",
    "the gates",
];
const WHOLE_CHARS: usize = 32;
const PART_CHARS: usize = 4;

/// 32 hexadecimal digits over everything, a full stop, and 4 for each part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Seen(String);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no digest of what was seen: it looks like 0f1e2d3c4b5a69788796a5b4c3d2e1f0.00112233445566778899aabbccddeeff"
)]
pub struct BadSeen(String);

impl Seen {
    pub const PATTERN: &'static str = "^[0-9a-f]{32}[.][0-9a-f]{32}$";

    /// Of the hexadecimal SHA-256 of everything, and of each part.
    pub fn new(whole: &str, parts: &[String; PARTS.len()]) -> Self {
        let cut = |text: &str, chars: usize| text.chars().take(chars).collect::<String>();
        let parts: String = parts.iter().map(|part| cut(part, PART_CHARS)).collect();
        Self(format!("{}.{parts}", cut(whole, WHOLE_CHARS)))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// In words, what differs; everything where the difference shows in no part.
    pub fn changed(&self, other: &Self) -> Vec<&'static str> {
        let part = |seen: &Self, index: usize| {
            let from = WHOLE_CHARS + 1 + index * PART_CHARS;
            seen.0.get(from..from + PART_CHARS).map(str::to_owned)
        };
        let differ = |index: &usize| part(self, *index) != part(other, *index);
        let named: Vec<_> =
            (0..PARTS.len()).filter(differ).filter_map(|index| PARTS.get(index).copied()).collect();
        if named.is_empty() && self != other { vec!["what was seen"] } else { named }
    }
}

impl std::fmt::Display for Seen {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.0)
    }
}

impl TryFrom<String> for Seen {
    type Error = BadSeen;
    fn try_from(text: String) -> Result<Self, BadSeen> {
        let is_hex = |part: &str, chars: usize| {
            part.len() == chars && part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        };
        match text.split_once('.') {
            Some((whole, parts)) if is_hex(whole, WHOLE_CHARS) && is_hex(parts, PARTS.len() * PART_CHARS) => {
                Ok(Self(text))
            }
            _ => Err(BadSeen(text)),
        }
    }
}

impl std::str::FromStr for Seen {
    type Err = BadSeen;
    fn from_str(text: &str) -> Result<Self, BadSeen> {
        Self::try_from(text.to_owned())
    }
}

impl From<Seen> for String {
    fn from(seen: Seen) -> Self {
        seen.0
    }
}
