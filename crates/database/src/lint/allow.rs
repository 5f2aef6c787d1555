//! A team's deliberate exception: `-- tidegate: allow RULE because REASON`, before the statement it is for.
//!
//! Invariant: an exception without reason, of no rule, or for nothing is told; none counts for another statement.

use crate::statement::{Comment, Place};

use super::rules;

struct One {
    at: Place,
    rule: String,
    reason: String,
    is_used: bool,
}

pub struct Allowed {
    all: Vec<One>,
    wrong: Vec<(Place, &'static str, String)>,
}

impl Allowed {
    pub fn of(comments: &[Comment]) -> Self {
        let mut this = Self { all: Vec::new(), wrong: Vec::new() };
        for comment in comments {
            let said = comment.text.trim_start_matches(['-', '/', '*', ' ', '\t']);
            let Some(said) = said.strip_prefix("tidegate:") else { continue };
            let said = said.trim_end_matches(['*', '/', ' ', '\r']).trim();
            let mut words = said.splitn(4, char::is_whitespace);
            match (words.next(), words.next(), words.next(), words.next().map(str::trim)) {
                (Some("allow"), Some(rule), Some("because"), Some(reason)) if !reason.is_empty() => {
                    if rules::RULES.iter().any(|known| known.code == rule && known.is_allowable) {
                        let (rule, reason) = (rule.to_owned(), reason.to_owned());
                        this.all.push(One { at: comment.at, rule, reason, is_used: false });
                    } else {
                        this.wrong.push((comment.at, "exception-unknown", rule.to_owned()));
                    }
                }
                _ => this.wrong.push((comment.at, "exception-unclear", said.chars().take(60).collect())),
            }
        }
        this
    }

    pub fn reason(&mut self, rule: &str) -> Option<String> {
        let one = self.all.iter_mut().find(|one| one.rule == rule)?;
        one.is_used = true;
        Some(one.reason.clone())
    }

    /// Those that cannot be meant as they stand.
    pub fn wrong(self) -> Vec<(Place, &'static str, String)> {
        let unused = self.all.into_iter().filter(|one| !one.is_used);
        let unused = unused.map(|one| (one.at, "exception-unused", one.rule));
        self.wrong.into_iter().chain(unused).collect()
    }
}
