//! The commits that a release brings, with when each was authored.
//!
//! Invariant: each stands once, with an id and texts that fit in a line, and how many there may be has a limit; a copy of the
//! list costs nothing, since a release is copied wherever it is decided on. Deliberately not here: lead times (`tidegate-measures`).

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use tidegate_plan::tracked::references;

use super::ReleaseRefusal;
use crate::name::Version;

pub const COMMITS_MAX: usize = 5_000;
const ID_CHARS_MAX: usize = 100;
const PULL_REQUEST_CHARS_MAX: usize = 200;
/// The end of the year 8999.
const AUTHORED_MS_MAX: u64 = 221_845_392_000_000;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseCommit {
    /// As git calls it.
    pub id: String,
    pub authored_ms: u64,
    /// The pull request that brought it, by number or address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pull_request: Option<String>,
    /// The first line of its message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The issues and requests that its message names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Commits(Arc<Vec<ReleaseCommit>>);

impl Commits {
    pub fn checked(commits: Vec<ReleaseCommit>, version: &Version) -> Result<Self, ReleaseRefusal> {
        if commits.len() > COMMITS_MAX {
            return Err(ReleaseRefusal::TooManyCommits { version: version.clone(), most: COMMITS_MAX });
        }
        let mut seen = BTreeSet::new();
        for (index, commit) in commits.iter().enumerate() {
            let wrong = commit.wrong().or_else(|| (!seen.insert(&commit.id)).then_some("stands there twice"));
            if let Some(why) = wrong {
                return Err(ReleaseRefusal::Commit { version: version.clone(), number: index + 1, why });
            }
        }
        Ok(Self(Arc::new(commits)))
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn as_slice(&self) -> &[ReleaseCommit] {
        &self.0
    }
}

const TITLE_CHARS_MAX: usize = 120;

impl ReleaseCommit {
    /// With what its message says.
    #[must_use]
    pub fn saying(self, message: &str) -> Self {
        let line = message.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
        let plain = line.chars().filter(|letter| !letter.is_control());
        let title = Some(plain.take(TITLE_CHARS_MAX).collect()).filter(|title: &String| !title.is_empty());
        Self { title, references: references(message), ..self }
    }

    fn wrong(&self) -> Option<&'static str> {
        let fits = |text: &str, most: usize| {
            let plain = |letter: char| !letter.is_control() && !letter.is_whitespace();
            !text.is_empty() && text.chars().count() <= most && text.chars().all(plain)
        };
        if !fits(&self.id, ID_CHARS_MAX) {
            return Some("has an id that is empty, too long or more than a word");
        }
        if self.authored_ms > AUTHORED_MS_MAX {
            return Some("was authored thousands of years ahead");
        }
        let request = self.pull_request.as_deref().is_none_or(|text| fits(text, PULL_REQUEST_CHARS_MAX));
        (!request).then_some("has a pull request that is empty, too long or more than a word")
    }
}

impl Serialize for Commits {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(to)
    }
}

impl<'de> Deserialize<'de> for Commits {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Vec::deserialize(from).map(|commits| Self(Arc::new(commits)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::refusal::Refuse;

    fn commit(id: &str) -> ReleaseCommit {
        ReleaseCommit {
            id: id.to_owned(),
            authored_ms: 1,
            pull_request: Some("#7".to_owned()),
            title: None,
            references: Vec::new(),
        }
    }

    #[test]
    fn what_is_no_commit_is_refused_by_its_number() {
        let version: Version = "1.0.0".parse().unwrap();
        let check = |commits: Vec<ReleaseCommit>, expect: &str| {
            let refused = Commits::checked(commits, &version).unwrap_err();
            assert_eq!(format!("{}: {refused}", refused.code()), expect);
        };
        check(vec![commit("a"), commit("a")], "bad-commit: commit 2 of 1.0.0 stands there twice");
        let id = "bad-commit: commit 1 of 1.0.0 has an id that is empty, too long or more than a word";
        for bad in ["", "a b", "a\u{7}", &"a".repeat(101)] {
            check(vec![commit(bad)], id);
        }
        let late = ReleaseCommit { authored_ms: u64::MAX, ..commit("a") };
        check(vec![late], "bad-commit: commit 1 of 1.0.0 was authored thousands of years ahead");
        let request = ReleaseCommit { pull_request: Some(String::new()), ..commit("a") };
        check(
            vec![commit("b"), request],
            "bad-commit: commit 2 of 1.0.0 has a pull request that is empty, too long or more than a word",
        );
        let many = (0..=COMMITS_MAX).map(|number| commit(&number.to_string())).collect();
        check(many, "too-many-commits: the release 1.0.0 has more than 5000 commits");
        assert_eq!(Commits::checked(vec![commit("a"), commit("b")], &version).unwrap().as_slice().len(), 2);
    }
}
