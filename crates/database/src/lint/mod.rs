//! What a migration would do to a database in use: which statements take long locks, and which break the running version.
//!
//! Invariant: a statement is known to be harmless, or it has a finding; one that cannot be read is *unknown*. An exception that
//! a team made stays in the report. Not here: the rules' words ([`rules`]), statements of one dialect.

mod allow;
mod kept;
mod known;
mod nulls;
mod read;
pub mod rules;
mod statements;
mod tables;

use serde::Serialize;

use crate::statement::{Place, statements as split};
use crate::{Dialect, Migration, Set};
use known::Known;
pub use rules::{Effect, RULES, Rule};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// It is told, and nothing else.
    Tell,
    /// It is not run until it is changed or allowed.
    Refuse,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    pub rule: &'static str,
    pub effect: Effect,
    pub severity: Severity,
    pub file: String,
    pub line: u32,
    pub column: u32,
    /// What of the statement it is about: a table, a column, an index.
    pub subject: String,
    /// What would happen.
    pub happens: String,
    /// What to do instead.
    pub instead: String,
    /// Why the team wants it nevertheless; it is told and no longer refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed_because: Option<String>,
}

impl Finding {
    pub fn is_refusing(&self) -> bool {
        self.severity == Severity::Refuse && self.allowed_because.is_none()
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    pub migrations: usize,
    pub statements: usize,
    pub findings: Vec<Finding>,
}

impl Report {
    pub fn is_refusing(&self) -> bool {
        self.findings.iter().any(Finding::is_refusing)
    }
}

/// Of the chosen migrations. Those before them are read too: what they made is known to those that follow, and, as they were
/// applied, to the running version.
pub fn lint(set: &Set, dialect: Dialect, chosen: impl Fn(&Migration) -> bool) -> Report {
    let mut known = Known::default();
    let mut report = Report::default();
    for migration in set.all() {
        let is_chosen = chosen(migration);
        known.begin(migration.phase, is_chosen);
        let (statements, findings) = one(migration, dialect, &mut known);
        if is_chosen {
            report.migrations += 1;
            report.statements += statements;
            report.findings.extend(findings);
        }
    }
    report
}

fn one(migration: &Migration, dialect: Dialect, known: &mut Known) -> (usize, Vec<Finding>) {
    let (statements, behind) = split(&migration.text, dialect);
    let mut found = Vec::new();
    let mut told = |place: Place, rule: &'static str, subject: String, because: Option<String>| {
        found.extend(rules::finding(rule, dialect, subject).map(|finding| Finding {
            file: migration.file.clone(),
            line: place.line,
            column: place.column,
            allowed_because: because,
            ..finding
        }));
    };
    if statements.is_empty() {
        told(Place { line: 1, column: 1 }, "nothing-in-it", migration.file.clone(), None);
    }
    let are_many = statements.len() > 1;
    for statement in &statements {
        let mut allowed = allow::Allowed::of(&statement.comments);
        let mut hits = statements::hits(statement, dialect, migration.phase, known);
        if are_many && read::outside(statement, dialect).is_some() {
            hits.push(("not-alone", String::new()));
        }
        for (rule, subject) in hits {
            told(statement.at, rule, subject, allowed.reason(rule));
        }
        for (place, rule, subject) in allowed.wrong() {
            told(place, rule, subject, None);
        }
    }
    for (place, rule, subject) in allow::Allowed::of(&behind).wrong() {
        told(place, rule, subject, None);
    }
    (statements.len(), found)
}

pub use read::{Outside, outside};
