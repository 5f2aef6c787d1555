//! Gathers everything that is wrong with a file, so that one run tells all of it.
//!
//! Invariant: at most `PROBLEMS_MAX` are kept, in the order of the file; the rest are counted.

use crate::codes::codes;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::place::Place;

const PROBLEMS_MAX: usize = 20;

/// What is wrong, without saying where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    pub code: &'static str,
    pub message: String,
    pub suggestion: String,
}

impl Wrong {
    pub fn new(code: &'static str, message: impl Into<String>, suggestion: impl Into<String>) -> Self {
        debug_assert!(codes().any(|(known, _)| known == code), "{code} is not among the codes");
        Self { code, message: message.into(), suggestion: suggestion.into() }
    }
}

#[derive(Debug, Default)]
pub struct Problems {
    found: Vec<(Place, Wrong)>,
    omitted: usize,
}

impl Problems {
    /// What several environments inherit is read for each of them, and told once.
    pub fn add(&mut self, place: Place, wrong: Wrong) {
        if self.found.contains(&(place, wrong.clone())) {
            return;
        }
        if self.found.len() < PROBLEMS_MAX {
            self.found.push((place, wrong));
        } else {
            self.omitted += 1;
        }
    }

    /// Keeps the value of a good result and notes what is wrong with a bad one.
    pub fn take<T>(&mut self, place: Place, result: Result<T, Wrong>) -> Option<T> {
        result.map_err(|wrong| self.add(place, wrong)).ok()
    }

    /// The value of a key that must be there and not be empty; `place` is that of the mapping.
    pub fn required<'a, T>(&mut self, place: Place, example: &str, value: Option<&'a T>) -> Option<&'a T> {
        if value.is_none() {
            let key = example.split(':').next().unwrap_or(example);
            let message = format!("`{key}` is missing, or has no value");
            self.add(place, Wrong::new("missing-key", message, format!("add `{example}`")));
        }
        value
    }

    /// Those of another reading, as far as they are of this kind.
    pub fn adopt(&mut self, others: Self, wanted: impl Fn(&Wrong) -> bool) {
        for (place, wrong) in others.found.into_iter().filter(|(_, wrong)| wanted(wrong)) {
            self.add(place, wrong);
        }
    }

    pub fn count(&self) -> usize {
        self.found.len() + self.omitted
    }

    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    pub fn into_diagnostics(mut self, file: &str, text: &str) -> Diagnostics {
        self.found.sort_by_key(|(place, _)| *place);
        let entries = self.found.iter().map(|(place, wrong)| Diagnostic::new(*place, wrong, text)).collect();
        Diagnostics { file: file.to_owned(), entries, omitted: self.omitted }
    }
}
