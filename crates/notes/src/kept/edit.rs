//! What people write: the whole of the notes, as they should be.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{DETAILS_CHARS_MAX, Kept, LINES_MAX, Line, TEXT_CHARS_MAX, Words};

/// A note as somebody wants it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// None for one that is new.
    pub id: Option<String>,
    pub words: Words,
    /// What the source said meanwhile was seen; so it is also where the words are others than before.
    pub settled: bool,
}

/// What cannot be taken, and where it stands in what was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    pub path: String,
    pub says: String,
}

impl Kept {
    /// All of `given`, in this order, and nothing else; what is not among them is left out from now on. Nothing is taken where anything is
    /// wrong.
    pub fn written(&self, given: Vec<Given>) -> Result<Self, Vec<Problem>> {
        let problems = self.problems(&given);
        if !problems.is_empty() {
            return Err(problems);
        }
        let mut known: BTreeMap<&str, &Line> =
            self.lines.iter().map(|line| (line.id.as_str(), line)).collect();
        let mut left_out = self.left_out.clone();
        let mut number = self.lines.iter().filter_map(|line| own_number(&line.id)).max().unwrap_or(0);
        let mut lines = Vec::with_capacity(given.len());
        for Given { id, words, settled } in given {
            let before = id.as_deref().and_then(|id| known.remove(id));
            let id = id.unwrap_or_else(|| {
                number += 1;
                format!("h.{number}")
            });
            left_out.remove(&id);
            lines.push(match before {
                Some(before) => {
                    let is_settled = settled || before.words != words;
                    Line { words, meanwhile: before.meanwhile && !is_settled, ..before.clone() }
                }
                None => Line {
                    id,
                    words,
                    issues: Vec::new(),
                    pull_requests: Vec::new(),
                    commit: None,
                    source: None,
                    meanwhile: false,
                },
            });
        }
        // One that was written here has no source that could bring it back.
        left_out.extend(known.into_keys().filter(|id| own_number(id).is_none()).map(str::to_owned));
        Ok(Self { lines, left_out })
    }

    fn problems(&self, given: &[Given]) -> Vec<Problem> {
        let mut problems = Vec::new();
        if given.len() > LINES_MAX {
            let says = format!("{} notes are more than {LINES_MAX}", given.len());
            problems.push(Problem { path: "/lines".to_owned(), says });
            return problems;
        }
        let known: BTreeSet<&str> = self.lines.iter().map(|line| line.id.as_str()).collect();
        let mut seen = BTreeSet::new();
        for (index, Given { id, words, .. }) in given.iter().enumerate() {
            let mut wrong = |member: &str, says: String| {
                problems.push(Problem { path: format!("/lines/{index}/{member}"), says });
            };
            if let Some(id) = id {
                if !known.contains(id.as_str()) && !self.left_out.contains(id) {
                    let id = id.escape_debug();
                    wrong("id", format!("no note is called `{id}`; leave `id` out of a new one"));
                } else if !seen.insert(id) {
                    wrong("id", format!("the note `{}` stands twice", id.escape_debug()));
                }
            }
            if words.text.trim().is_empty() {
                wrong("text", "a note says something".to_owned());
            } else if words.text.chars().any(char::is_control) {
                wrong("text", "it is one line; what else there is to say belongs into `details`".to_owned());
            } else if words.text.chars().count() > TEXT_CHARS_MAX {
                wrong("text", format!("has more than {TEXT_CHARS_MAX} characters"));
            }
            let is_odd = |letter: char| letter.is_control() && !matches!(letter, '\n' | '\t');
            if words.details.chars().any(is_odd) {
                wrong("details", "holds characters that are no text".to_owned());
            } else if words.details.chars().count() > DETAILS_CHARS_MAX {
                wrong("details", format!("has more than {DETAILS_CHARS_MAX} characters"));
            }
            let scope = words.scope.as_deref().unwrap_or("-");
            if scope.is_empty() || scope.chars().count() > 100 || scope.chars().any(char::is_control) {
                wrong("scope", "is a word or a few, of at most 100 characters".to_owned());
            }
            if words.audiences.is_empty() {
                wrong("audiences", "somebody has to read it: users, operators or support".to_owned());
            }
        }
        problems
    }
}

/// Of `h.7` seven.
fn own_number(id: &str) -> Option<u64> {
    id.strip_prefix("h.")?.parse().ok()
}
