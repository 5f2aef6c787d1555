//! What is wrong with a document, and where.
//!
//! Invariant: a problem names a place in the document it was found in. Deliberately not here: what to do about it.

use std::fmt;

/// Something in a document that is not served as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// A JSON pointer (RFC 6901) into the document: `/flags/checkout/targeting/if/0`.
    pub path: String,
    /// The flag it is about; none where it is about the whole set.
    pub flag: Option<String>,
    pub detail: String,
    /// The flag (or, without one, the document or the member named) is not served. Otherwise it is, and this is advice.
    pub refused: bool,
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.path, self.detail)
    }
}

/// Where one is in a document: a JSON pointer that grows on the way down and is cut on the way up.
#[derive(Debug, Default)]
pub(crate) struct Path(String);

impl Path {
    pub(crate) fn root() -> Self {
        Self::default()
    }

    /// Runs `inside` one member further down.
    pub(crate) fn at<T>(&mut self, member: &str, inside: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.enter(member);
        let answer = inside(self);
        self.leave(before);
        answer
    }

    /// Goes one member down; what this gives, [`leave`](Self::leave) takes to come back.
    pub(crate) fn enter(&mut self, member: &str) -> usize {
        let before = self.0.len();
        self.0.push('/');
        for letter in member.chars() {
            match letter {
                '~' => self.0.push_str("~0"),
                '/' => self.0.push_str("~1"),
                other => self.0.push(other),
            }
        }
        before
    }

    pub(crate) fn leave(&mut self, before: usize) {
        self.0.truncate(before);
    }

    /// Goes somewhere else in the document. What this gives is where one was, for [`back`](Self::back).
    pub(crate) fn elsewhere(&mut self, members: [&str; 2]) -> Self {
        let was = std::mem::take(self);
        for member in members {
            self.enter(member);
        }
        was
    }

    pub(crate) fn back(&mut self, was: Self) {
        *self = was;
    }

    pub(crate) fn here(&self, detail: impl Into<String>) -> Found {
        Found { path: self.0.clone(), detail: detail.into(), refused: true }
    }

    pub(crate) fn advice(&self, detail: impl Into<String>) -> Found {
        Found { refused: false, ..self.here(detail) }
    }
}

/// A problem that does not know yet whose it is.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) path: String,
    pub(crate) detail: String,
    pub(crate) refused: bool,
}

impl Found {
    pub(crate) fn of_flag(self, flag: &str) -> Problem {
        Problem { flag: Some(flag.to_owned()), ..self.of_set() }
    }

    pub(crate) fn of_set(self) -> Problem {
        Problem { path: self.path, flag: None, detail: self.detail, refused: self.refused }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_escapes_as_rfc_6901_says_and_comes_back() {
        let mut path = Path::root();
        let found = path.at("flags", |path| path.at("a/b~c", |path| path.at("3", |path| path.here("no"))));
        assert_eq!(found.path, "/flags/a~1b~0c/3");
        assert_eq!(path.here("").path, "");
    }
}
