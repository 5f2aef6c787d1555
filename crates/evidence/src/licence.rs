//! Whether a licence, or an expression of several, is among those that are allowed.
//!
//! Source: SPDX specification 2.3, annex D (licence expressions). Invariant: of `OR` one side is enough, of `AND` both
//! are needed; an exception (`WITH`) only adds rights; what is no expression is compared as a name. Not here: what a
//! licence means.

use std::collections::BTreeSet;

const DEPTH_MAX: usize = 32;
const WORDS_MAX: usize = 500;

/// Allowed licences, compared without regard to case as SPDX asks.
pub(crate) struct Allowed(BTreeSet<String>);

impl Allowed {
    pub(crate) fn new(licences: &[String]) -> Self {
        Self(licences.iter().map(|licence| licence.to_lowercase()).collect())
    }

    pub(crate) fn holds(&self, stated: &str) -> bool {
        self.has(stated.trim()) || self.expression(stated).unwrap_or(false)
    }

    fn has(&self, licence: &str) -> bool {
        self.0.contains(&licence.to_lowercase())
    }

    fn expression(&self, text: &str) -> Option<bool> {
        let spaced = text.replace('(', " ( ").replace(')', " ) ");
        let words: Vec<&str> = spaced.split_whitespace().take(WORDS_MAX + 1).collect();
        if words.len() > WORDS_MAX {
            return None;
        }
        let mut reader = Reader { allowed: self, words: &words };
        let held = reader.any(0)?;
        reader.words.is_empty().then_some(held)
    }
}

struct Reader<'a> {
    allowed: &'a Allowed,
    words: &'a [&'a str],
}

impl Reader<'_> {
    fn take_word(&mut self, word: &str) -> bool {
        let Some((first, rest)) = self.words.split_first() else { return false };
        let there = first.eq_ignore_ascii_case(word);
        if there {
            self.words = rest;
        }
        there
    }

    fn any(&mut self, depth: usize) -> Option<bool> {
        let mut held = self.all(depth)?;
        while self.take_word("OR") {
            held |= self.all(depth)?;
        }
        Some(held)
    }

    fn all(&mut self, depth: usize) -> Option<bool> {
        let mut held = self.one(depth)?;
        while self.take_word("AND") {
            held &= self.one(depth)?;
        }
        Some(held)
    }

    fn one(&mut self, depth: usize) -> Option<bool> {
        if depth > DEPTH_MAX {
            return None;
        }
        if self.take_word("(") {
            let held = self.any(depth + 1)?;
            return self.take_word(")").then_some(held);
        }
        let (licence, rest) = self.words.split_first()?;
        if matches!(*licence, ")" | "OR" | "AND" | "WITH") {
            return None;
        }
        self.words = rest;
        let held = self.allowed.has(licence);
        if !self.take_word("WITH") {
            return Some(held);
        }
        let (exception, rest) = self.words.split_first()?;
        self.words = rest;
        Some(held || self.allowed.has(&format!("{licence} WITH {exception}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_judged_by_their_meaning() {
        let allowed =
            ["MIT", "Apache-2.0", "GPL-2.0-only WITH Classpath-exception-2.0", "Zope Public License"];
        let allowed = Allowed::new(&allowed.map(str::to_owned));
        let table = [
            ("MIT", true),
            ("mit", true),
            ("GPL-3.0-only", false),
            ("MIT OR GPL-3.0-only", true),
            ("MIT AND GPL-3.0-only", false),
            ("GPL-3.0-only OR (MIT AND Apache-2.0)", true),
            ("(GPL-3.0-only OR MIT) AND LGPL-2.1-only", false),
            ("Apache-2.0 WITH LLVM-exception", true),
            ("GPL-2.0-only WITH Classpath-exception-2.0", true),
            ("GPL-2.0-only WITH Bison-exception-2.2", false),
            ("Zope Public License", true),
            ("MIT OR", false),
            ("(MIT", false),
            ("MIT Apache-2.0", false),
            ("", false),
        ];
        for (stated, expect) in table {
            assert_eq!(allowed.holds(stated), expect, "{stated}");
        }
        assert!(!allowed.holds(&format!("{}MIT{}", "(".repeat(200), ")".repeat(200))));
    }
}
