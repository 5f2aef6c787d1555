//! One migration: a file of plain SQL, whose name says its number and its phase.
//!
//! Invariant: `NUMBER_name.sql` and `NUMBER_name.expand.sql` are of the phase expand, `NUMBER_name.contract.sql` of the phase
//! contract, and no other name is a migration's. Not here: which numbers go together ([`crate::set`]).

use std::fmt;

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::Refusal;

/// What a migration may do to the version that runs while it is applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Only adds; the version before goes on running.
    Expand,
    /// Takes away what only the version before used; from then on there is no way back to it.
    Contract,
}

impl Phase {
    pub fn word(self) -> &'static str {
        match self {
            Self::Expand => "expand",
            Self::Contract => "contract",
        }
    }
    pub fn of(word: &str) -> Option<Self> {
        [Self::Expand, Self::Contract].into_iter().find(|phase| phase.word() == word)
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(self.word())
    }
}

/// One file may hold this much: data is loaded by other means.
pub const FILE_BYTES_MAX: usize = 4 << 20;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migration {
    pub number: u64,
    /// How many digits the number was written with.
    pub digits: usize,
    pub name: String,
    pub phase: Phase,
    pub file: String,
    /// Of the file's bytes, in hexadecimal.
    pub sha256: String,
    pub text: String,
}

impl Migration {
    pub fn of(file: &str, bytes: Vec<u8>) -> Result<Self, Refusal> {
        let named = |why| Refusal::Name { file: file.to_owned(), why };
        let stem = file.strip_suffix(".sql").ok_or(named("it does not end in `.sql`"))?;
        let (stem, phase) = match stem.rsplit_once('.') {
            None => (stem, Phase::Expand),
            Some((_, "down" | "undo")) => {
                return Err(named("there are no migrations back: the way back is the backup, or a new one"));
            }
            Some((stem, word)) => (stem, Phase::of(word).ok_or(named("a phase is `expand` or `contract`"))?),
        };
        let (digits, name) = stem.split_once('_').ok_or(named("a number, `_` and a name are expected"))?;
        if digits.is_empty() || digits.len() > 18 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(named("it does not begin with a number of at most 18 digits"));
        }
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        if name.is_empty() || name.len() > 100 || !name.bytes().all(fits) {
            return Err(named("the name is 1 to 100 letters, digits, `-` and `_`"));
        }
        if bytes.len() > FILE_BYTES_MAX {
            return Err(Refusal::TooLarge { file: file.to_owned() });
        }
        let sha256 = HEXLOWER.encode(&Sha256::digest(&bytes));
        let text = String::from_utf8(bytes).map_err(|_| Refusal::NotText { file: file.to_owned() })?;
        if text.contains('\0') {
            return Err(Refusal::NotText { file: file.to_owned() });
        }
        Ok(Self {
            number: digits.parse().unwrap_or_default(),
            digits: digits.len(),
            name: name.to_owned(),
            phase,
            file: file.to_owned(),
            sha256,
            text,
        })
    }
}
