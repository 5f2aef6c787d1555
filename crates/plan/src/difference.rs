//! What was planned against what commits brought.
//!
//! Invariant: each planned key and each mentioned key falls in exactly one list. Deliberately not here: reading a repository.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::document::{Plan, ScopeItem, ScopeState};

/// A commit between the last release and this one, and the keys that its message names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mention {
    pub commit: String,
    pub at_ms: u64,
    pub keys: Vec<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Difference {
    pub planned_and_in: Vec<Found>,
    /// Planned, and no commit names it.
    pub missing: Vec<Missing>,
    /// A commit names it, and it was not planned: unknown to the plan, left out of it, or not triaged yet.
    pub unplanned: Vec<Found>,
    /// Commits that name no key at all.
    pub unnamed: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Found {
    /// As the plan writes it, else as the commit does.
    pub key: String,
    pub title: Option<String>,
    /// Of the scope item; absent where the plan does not know it.
    pub state: Option<ScopeState>,
    pub commits: Vec<String>,
    /// Commits that came after the code was frozen.
    pub late: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Missing {
    pub key: String,
    pub title: String,
    pub state: ScopeState,
}

/// `frozen_ms` is when the code was frozen, where it was. The order of the commits changes nothing but the order they are named in.
pub fn difference(plan: &Plan, mentions: &[Mention], frozen_ms: Option<u64>) -> Difference {
    let ids = Ids::new(plan);
    let items: BTreeMap<&str, &ScopeItem> = plan.scope.iter().map(|item| (item.id.as_str(), item)).collect();
    let mut found: BTreeMap<String, Found> = BTreeMap::new();
    let mut unnamed = Vec::new();
    for mention in mentions {
        if mention.keys.is_empty() {
            unnamed.push(mention.commit.clone());
        }
        let known: BTreeSet<String> = mention.keys.iter().map(|key| ids.canonical(key)).collect();
        for key in known {
            let item = items.get(key.as_str());
            let entry = found.entry(key.clone()).or_insert_with(|| Found {
                key,
                title: item.map(|item| item.title.clone()),
                state: item.map(|item| item.state),
                commits: Vec::new(),
                late: Vec::new(),
            });
            entry.commits.push(mention.commit.clone());
            if frozen_ms.is_some_and(|frozen| mention.at_ms >= frozen) {
                entry.late.push(mention.commit.clone());
            }
        }
    }
    let planned = |state: ScopeState| matches!(state, ScopeState::In | ScopeState::Done);
    let missing = plan.scope.iter().filter(|item| planned(item.state) && !found.contains_key(&item.id));
    let missing =
        missing.map(|item| Missing { key: item.id.clone(), title: item.title.clone(), state: item.state });
    let missing = missing.collect();
    let (planned_and_in, unplanned) =
        found.into_values().partition(|found: &Found| found.state.is_some_and(planned));
    Difference { planned_and_in, missing, unplanned, unnamed }
}

/// Which id a key means: written in other letters, or without the repository where only one has that number.
struct Ids<'a> {
    whole: BTreeMap<String, &'a str>,
    numbers: BTreeMap<String, Option<&'a str>>,
}

impl<'a> Ids<'a> {
    fn new(plan: &'a Plan) -> Self {
        let mut ids = Self { whole: BTreeMap::new(), numbers: BTreeMap::new() };
        for item in &plan.scope {
            ids.whole.entry(item.id.to_lowercase()).or_insert(&item.id);
            if let Some(number) = number(&item.id) {
                // Two repositories with the same number: the number alone says nothing.
                ids.numbers.entry(number).and_modify(|id| *id = None).or_insert(Some(&item.id));
            }
        }
        ids
    }

    fn canonical(&self, key: &str) -> String {
        let lower = key.to_lowercase();
        if let Some(id) = self.whole.get(&lower) {
            return (*id).to_owned();
        }
        let bare = lower.starts_with(['#', '!']);
        match self.numbers.get(&lower).copied().flatten().filter(|_| bare) {
            Some(id) => id.to_owned(),
            None => key.to_owned(),
        }
    }
}

/// `#12` of `acme/shop#12`.
fn number(id: &str) -> Option<String> {
    let at = id.rfind(['#', '!'])?;
    Some(id[at..].to_lowercase()).filter(|_| at > 0)
}

/// Keys in the message of a commit: `#12`, `!12`, `acme/shop#12`, `PAY-7`; each once, in their order.
pub fn keys(message: &str) -> Vec<String> {
    let mut keys = Vec::new();
    let inside = |letter: char| letter.is_ascii_alphanumeric() || "#!-_/.".contains(letter);
    for word in message.split(|letter: char| !inside(letter)) {
        let word = word.trim_matches(['.', '/', '-', '_']);
        let key = hash_key(word).or_else(|| letter_key(word));
        if let Some(key) = key.filter(|key| !keys.iter().any(|known| known == key)) {
            keys.push(key.to_owned());
        }
    }
    keys
}

fn hash_key(word: &str) -> Option<&str> {
    let at = word.find(['#', '!'])?;
    let digits = &word[at + 1..];
    let length = digits.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(digits.len());
    let before = &word[..at];
    let repository = before.is_empty() || before.split('/').all(|part| !part.is_empty());
    (length > 0 && length < 10 && repository).then(|| &word[..at + 1 + length])
}

fn letter_key(word: &str) -> Option<&str> {
    let (project, number) = word.split_once('-')?;
    let letters = project.starts_with(|letter: char| letter.is_ascii_uppercase())
        && project.len() >= 2
        && project.chars().all(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit());
    let length = number.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(number.len());
    let whole = number[length..].is_empty() || number[length..].starts_with(['.', '/', '_']);
    // These look like keys and are names of standards.
    let standard = matches!(project, "UTF" | "SHA" | "ISO" | "RFC" | "CVE" | "HTTP" | "AES");
    (letters && length > 0 && length < 10 && whole && !standard).then(|| &word[..project.len() + 1 + length])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_found_where_they_stand_and_nowhere_else() {
        let check = |message: &str, expect: &[&str]| assert_eq!(keys(message), expect, "{message}");
        check("fix: pay twice (#12, PAY-7)", &["#12", "PAY-7"]);
        check("Merge acme/shop!45 and shop#3. Closes #3.", &["acme/shop!45", "shop#3", "#3"]);
        check("PAY-7: PAY-7 again; pay-7 is no key", &["PAY-7"]);
        check("use UTF-8, SHA-256 and a-1, C-3, see # 4, #x, #, !", &[]);
        check("", &[]);
        check("feature/PAY-77_totals", &[]);
        check("bump to 2.1.0-rc.1", &[]);
    }
}
