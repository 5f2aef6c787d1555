//! Smoke tests: what each new version of a component is asked after it was deployed, and what came of it.
//!
//! Invariant: a test has a name of its own in its component, and what is kept of an outcome is small. Deliberately not
//! here: when it is asked and what follows (`rollout::smoke`), and asking it (the target).

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::name::{EnvironmentName, GateName};

/// Of what a test expected and saw, so much is kept in the log; the whole output stands beside it.
const TOLD_CHARS_MAX: usize = 500;
/// Between two attempts at one test.
pub const RETRY_PAUSE_MS: u64 = 1_000;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SmokeTest {
    pub name: GateName,
    pub ask: SmokeAsk,
    /// One attempt may take this long.
    pub timeout_ms: u64,
    /// Attempts after the first.
    pub retries: u32,
    /// Where it is asked; everywhere when empty.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub environments: BTreeSet<EnvironmentName>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum SmokeAsk {
    /// GET of each ready instance, past the gateway.
    Http {
        path: String,
        /// Any 2xx where absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        status: Option<u16>,
        /// Stands in the body.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        contains: Option<String>,
        /// Each is there, and its value has this in it.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        headers: BTreeMap<String, String>,
    },
    /// A program and its arguments, found as the component's own is; it passes when it ends with status 0.
    Run { command: Vec<String> },
}

impl SmokeTest {
    pub fn is_asked_in(&self, environment: &EnvironmentName) -> bool {
        self.environments.is_empty() || self.environments.contains(environment)
    }

    /// The longest that all of its attempts can take.
    pub fn longest_ms(&self) -> u64 {
        let attempt_ms = self.timeout_ms.saturating_add(RETRY_PAUSE_MS);
        attempt_ms.saturating_mul(u64::from(self.retries) + 1)
    }

    /// What it takes to pass, in words.
    pub fn expects(&self) -> String {
        let SmokeAsk::Http { path, status, contains, headers } = &self.ask else {
            return "exit status 0".to_owned();
        };
        let status = status.map_or_else(|| "2xx".to_owned(), |status| status.to_string());
        let body = contains.iter().map(|text| format!("`{text}` in the body"));
        let headers = headers.iter().map(|(name, value)| format!("`{value}` in the header {name}"));
        let more: Vec<String> = headers.chain(body).collect();
        let with = if more.is_empty() { String::new() } else { format!(" with {}", more.join(" and ")) };
        format!("GET {path} answers {status}{with}")
    }
}

/// A smoke test is asked twice: while nobody is sent to the new version yet, where the strategy allows, and once everybody
/// is. What is run on a database is asked for in the same way, in phases of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum SmokePhase {
    /// The database gets what both versions can live with; nothing of the new one runs before.
    Expand,
    Before,
    After,
    /// Whether nothing is left to take away from the database: it passes where that is so.
    Contracted,
    /// The database loses what only versions before this one needed.
    Contract,
}

impl SmokePhase {
    pub fn word(self) -> &'static str {
        match self {
            Self::Expand => "expand",
            Self::Before => "before-traffic",
            Self::After => "with-all-traffic",
            Self::Contracted => "contracted",
            Self::Contract => "contract",
        }
    }

    /// Whether it is about a database, and not a smoke test.
    pub fn is_of_database(self) -> bool {
        match self {
            Self::Expand | Self::Contracted | Self::Contract => true,
            Self::Before | Self::After => false,
        }
    }
}

impl std::fmt::Display for SmokePhase {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(match self {
            Self::Expand => "before anything of it ran",
            Self::Before => "before it had traffic",
            Self::After => "with all traffic on it",
            Self::Contracted | Self::Contract => "once nothing else ran",
        })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SmokeVerdict {
    Passed,
    Failed,
    /// It could not be asked, which is no word on the version, and no pass.
    Faulted,
}

impl SmokeVerdict {
    pub fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Faulted => "faulted",
        }
    }
}

/// What came of a test after its last attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SmokeResult {
    pub verdict: SmokeVerdict,
    pub attempts: u32,
    pub took_ms: u64,
    pub expected: String,
    pub seen: String,
    /// Of the output that is kept beside the log: SHA-256, hexadecimal; empty where there is none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub output_digest: String,
}

impl SmokeResult {
    /// With no more words than the log keeps.
    #[must_use]
    pub fn small(self) -> Self {
        Self { expected: short(&self.expected), seen: short(&self.seen), ..self }
    }
}

fn short(text: &str) -> String {
    match text.char_indices().nth(TOLD_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn http(status: Option<u16>, contains: Option<&str>, headers: &[(&str, &str)]) -> SmokeTest {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let contains = contains.map(str::to_owned);
        SmokeTest {
            name: "answers".parse().unwrap(),
            ask: SmokeAsk::Http { path: "/cart".to_owned(), status, contains, headers },
            timeout_ms: 2_000,
            retries: 2,
            environments: BTreeSet::new(),
        }
    }

    #[test]
    fn what_is_expected_is_said_in_words() {
        assert_eq!(http(None, None, &[]).expects(), "GET /cart answers 2xx");
        let all = http(Some(404), Some("empty"), &[("content-type", "json")]);
        let words = "GET /cart answers 404 with `json` in the header content-type and `empty` in the body";
        assert_eq!(all.expects(), words);
        assert_eq!(all.longest_ms(), 9_000);
    }

    #[test]
    fn it_is_asked_where_it_is_for() {
        let (here, there) = ("staging".parse().unwrap(), "production".parse().unwrap());
        let mut test = http(None, None, &[]);
        assert!(test.is_asked_in(&here) && test.is_asked_in(&there));
        test.environments.insert(here);
        assert!(!test.is_asked_in(&there) && test.is_asked_in(&"staging".parse().unwrap()));
    }

    #[test]
    fn long_words_are_cut_between_characters() {
        let text = "ä".repeat(TOLD_CHARS_MAX + 1);
        assert_eq!(short(&text).chars().count(), TOLD_CHARS_MAX + 1);
        assert_eq!(short("ä"), "ä");
    }
}
