//! A person's word that something may stand, for a while.
//!
//! Invariant: counts only with who, why and an end that has not come; names one finding, never all of them. Not here:
//! who may give one, and where they are kept.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::report::Finding;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiver {
    pub waives: Waived,
    pub who: String,
    pub why: String,
    /// Milliseconds since 1970; from then on it does not count.
    pub expires_ms: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum Waived {
    /// Every place of the finding of this id.
    Finding(String),
    MissingSuites,
}

const MISSING_SUITES: &str = "missing suites";

impl FromStr for Waived {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self::from(text.to_owned()))
    }
}

impl From<String> for Waived {
    fn from(text: String) -> Self {
        if text.trim() == MISSING_SUITES {
            Self::MissingSuites
        } else {
            Self::Finding(text.trim().to_owned())
        }
    }
}

impl From<Waived> for String {
    fn from(waived: Waived) -> Self {
        waived.to_string()
    }
}

impl fmt::Display for Waived {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Finding(id) => out.write_str(id),
            Self::MissingSuites => out.write_str(MISSING_SUITES),
        }
    }
}

impl Waiver {
    pub fn counts(&self, now_ms: u64) -> bool {
        now_ms < self.expires_ms && !self.who.trim().is_empty() && !self.why.trim().is_empty()
    }
}

/// A finding that would have decided, and the waiver that stood before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaivedFinding {
    pub finding: Finding,
    pub waiver: Waiver,
}

/// The waivers that count now, by what they name.
pub(crate) struct Waivers<'a>(BTreeMap<&'a Waived, &'a Waiver>);

impl<'a> Waivers<'a> {
    pub(crate) fn at(waivers: &'a [Waiver], now_ms: u64) -> Self {
        Self(waivers.iter().filter(|one| one.counts(now_ms)).map(|one| (&one.waives, one)).collect())
    }

    pub(crate) fn of(&self, id: &str) -> Option<&'a Waiver> {
        self.0.get(&Waived::Finding(id.to_owned())).copied()
    }

    pub(crate) fn missing_suites(&self) -> bool {
        self.0.contains_key(&Waived::MissingSuites)
    }
}
