//! The rules: what each finds, what would happen, and what to do instead.
//!
//! Invariant: the words of a rule stand here alone; the reference (`docs/reference/database-rules.md`) is made of them.

use serde::Serialize;

use super::{Finding, Severity};
use crate::Dialect;

/// What a statement would do to those who use the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// Others wait for it longer than they should.
    Lock,
    /// The running version fails, or loses what it wrote.
    Breaks,
    /// Tidegate cannot run it safely, or cannot go on after a kill.
    Form,
    /// It cannot be read.
    Unknown,
}

#[derive(Debug, Clone, Copy)]
pub struct Rule {
    pub code: &'static str,
    pub effect: Effect,
    pub severity: Severity,
    /// Whether a team may say that it is meant.
    pub is_allowable: bool,
    pub happens: &'static str,
    pub instead: &'static str,
    /// Other words where the dialect differs: what happens, and what to do.
    pub in_sqlite: Option<(&'static str, &'static str)>,
}

const fn rule(code: &'static str, effect: Effect, happens: &'static str, instead: &'static str) -> Rule {
    Rule { code, effect, severity: Severity::Refuse, is_allowable: true, happens, instead, in_sqlite: None }
}
const fn form(code: &'static str, happens: &'static str, instead: &'static str) -> Rule {
    Rule { is_allowable: false, ..rule(code, Effect::Form, happens, instead) }
}
const fn told(rule: Rule) -> Rule {
    Rule { severity: Severity::Tell, ..rule }
}
const fn sqlite(rule: Rule, happens: &'static str, instead: &'static str) -> Rule {
    Rule { in_sqlite: Some((happens, instead)), ..rule }
}

pub const RULES: &[Rule] = &[
    // locks
    sqlite(
        rule(
            "index-blocks-writes",
            Effect::Lock,
            "every write to the table waits until the whole index is built",
            "CREATE INDEX CONCURRENTLY, alone in its file",
        ),
        "every write to the database waits until the whole table was read",
        "rehearse it for its duration, give the service a longer busy timeout, then allow it",
    ),
    rule(
        "index-drop-blocks",
        Effect::Lock,
        "reads and writes of the table wait until the drop has its lock, behind whatever runs there",
        "DROP INDEX CONCURRENTLY, alone in its file",
    ),
    rule(
        "constraint-scans",
        Effect::Lock,
        "writes wait until every row was checked",
        "ADD CONSTRAINT … NOT VALID, and VALIDATE CONSTRAINT in a later file",
    ),
    rule(
        "constraint-builds-index",
        Effect::Lock,
        "reads and writes wait until a whole index is built",
        "CREATE UNIQUE INDEX CONCURRENTLY first, then ADD CONSTRAINT … USING INDEX",
    ),
    rule(
        "validate-holds-lock",
        Effect::Lock,
        "the lock that adding the constraint took is kept while every row is checked",
        "put VALIDATE CONSTRAINT into a file of its own",
    ),
    rule(
        "column-rewrites",
        Effect::Lock,
        "reads and writes wait until every row was written again with a value of its own",
        "add the column without that default, set the default, then fill rows in portions from the service",
    ),
    rule(
        "type-rewrites",
        Effect::Lock,
        "reads and writes wait until every row and index was written again",
        "add a column of the new type, write both from the service, move the reads, drop the old one later",
    ),
    rule(
        "not-null-scans",
        Effect::Lock,
        "reads and writes wait until every row was looked at",
        "ADD CONSTRAINT … CHECK (column IS NOT NULL) NOT VALID, VALIDATE it in a later file, then SET NOT NULL",
    ),
    sqlite(
        rule(
            "table-rewrites",
            Effect::Lock,
            "reads and writes wait until the whole table was written again",
            "let autovacuum do its work, or use a tool that rewrites beside the table",
        ),
        "every write to the database waits until the whole table was written again",
        "rehearse it for its duration, give the service a longer busy timeout, then allow it",
    ),
    rule(
        "table-locked",
        Effect::Lock,
        "others wait for the table until the migration ends",
        "leave LOCK TABLE out: each statement takes the lock that it needs",
    ),
    rule(
        "reindex-blocks",
        Effect::Lock,
        "writes wait, and reads that would use the index, until it is built again",
        "build another index with CREATE INDEX CONCURRENTLY, then drop this one with DROP INDEX CONCURRENTLY",
    ),
    rule(
        "lock-kept",
        Effect::Lock,
        "reads or writes of a table that was changed before it in this file wait until it has ended, for a file is one \
         transaction",
        "put it into a file of its own",
    ),
    rule(
        "partition-locks",
        Effect::Lock,
        "reads and writes of the whole table wait for it, and, where there is a default partition, until that was read",
        "make the table by itself, and ATTACH PARTITION in a later file, rehearsed and allowed",
    ),
    rule(
        "whole-table-write",
        Effect::Lock,
        "every row is written in one transaction: writers of these rows wait for all of it, and the table grows",
        "fill rows in portions from the service or a job; or name the rows in WHERE",
    ),
    // what the running version does not survive
    rule(
        "drops-table",
        Effect::Breaks,
        "the running version still reads and writes it",
        "stop using it in a release, and drop it in a later `.contract.sql`",
    ),
    rule(
        "drops-column",
        Effect::Breaks,
        "the running version still names the column",
        "stop using it in a release, and drop it in a later `.contract.sql`",
    ),
    rule(
        "drops-other",
        Effect::Breaks,
        "the running version may still use it",
        "drop it in a later `.contract.sql`",
    ),
    rule(
        "renames-table",
        Effect::Breaks,
        "the running version knows only the old name",
        "make the new one beside it (or a view of that name), and drop the old one in a later `.contract.sql`",
    ),
    rule(
        "renames-column",
        Effect::Breaks,
        "the running version knows only the old name",
        "add a column of the new name, write both, and drop the old one in a later `.contract.sql`",
    ),
    rule(
        "not-null-without-default",
        Effect::Breaks,
        "the running version does not fill the column, and its inserts are refused",
        "give it a DEFAULT, or leave NOT NULL to a later `.contract.sql`",
    ),
    rule(
        "not-null-set",
        Effect::Breaks,
        "the running version may still write null, and is refused",
        "do it in a later `.contract.sql`, when every instance fills the column",
    ),
    rule(
        "type-changed",
        Effect::Breaks,
        "the running version may write values that do not fit, or read what it does not expect",
        "add a column of the new type, write both, and drop the old one in a later `.contract.sql`",
    ),
    rule(
        "default-dropped",
        Effect::Breaks,
        "the running version relies on it: its inserts write null or are refused",
        "do it in a later `.contract.sql`",
    ),
    rule(
        "default-changed",
        Effect::Breaks,
        "rows that the running version inserts get another value than it expects",
        "do it in a later `.contract.sql`, or write the value from the new version",
    ),
    rule(
        "constraint-new",
        Effect::Breaks,
        "the running version may write rows that it refuses; NOT VALID holds for new rows too",
        "let the new version keep to it first, and add it in a later `.contract.sql`",
    ),
    rule(
        "index-dropped",
        Effect::Breaks,
        "the running version may rely on it: an upsert that needs a unique index is refused, and doubles come in",
        "drop it in a later `.contract.sql`",
    ),
    rule(
        "constraint-dropped",
        Effect::Breaks,
        "the running version may rely on it: an upsert that names it is refused, and rows come in that it does not expect",
        "do it in a later `.contract.sql`",
    ),
    rule(
        "rows-removed",
        Effect::Breaks,
        "the running version still reads these rows",
        "remove them in a later `.contract.sql`",
    ),
    rule(
        "rights-removed",
        Effect::Breaks,
        "the running version may need the right",
        "take it away in a later `.contract.sql`",
    ),
    rule(
        "security-changed",
        Effect::Breaks,
        "the running version may no longer see or write rows that it needs",
        "switch it on in a later `.contract.sql`, when the new version works under its policies",
    ),
    // form
    form(
        "own-transaction",
        "it would end the transaction that Tidegate keeps the migration and its record in",
        "leave it out: each file is one transaction",
    ),
    form(
        "not-alone",
        "it cannot run in a transaction, and a kill between it and the others could not be continued",
        "give it a file of its own",
    ),
    form(
        "index-unnamed",
        "after a kill nobody could tell whether it is this index that is half done",
        "name the index",
    ),
    form(
        "outside-unsupported",
        "it cannot run in a transaction, and Tidegate does not know how to continue it after a kill",
        "run it by hand, or by a command of your own",
    ),
    form(
        "exception-unclear",
        "the exception is not understood",
        "write `-- tidegate: allow RULE because REASON`",
    ),
    form(
        "exception-unknown",
        "there is no such rule, or it cannot be allowed",
        "take a rule from docs/reference/database-rules.md",
    ),
    told(form(
        "exception-unused",
        "nothing was found that it allows",
        "take it out, or put it before its statement",
    )),
    told(form(
        "nothing-in-it",
        "the file has no statement",
        "write one, or take the file out before it was applied",
    )),
    // what cannot be judged
    rule(
        "unknown-statement",
        Effect::Unknown,
        "what it locks and breaks cannot be told by reading it",
        "write it as plain statements; or rehearse it, look at the locks, and allow it",
    ),
    rule(
        "unreadable-statement",
        Effect::Unknown,
        "it could not be parsed, so nothing is known of it",
        "mend it; where the database does understand it, rehearse it, look at the locks, and allow it",
    ),
    form("unended-statement", "what is opened here does not end before the file does", "close it"),
];

/// None only for a rule that nobody wrote down, which a test keeps from happening.
pub(super) fn finding(code: &str, dialect: Dialect, subject: String) -> Option<Finding> {
    let rule = RULES.iter().find(|rule| rule.code == code)?;
    let own = rule.in_sqlite.filter(|_| dialect == Dialect::Sqlite);
    let (happens, instead) = own.unwrap_or((rule.happens, rule.instead));
    Some(Finding {
        rule: rule.code,
        effect: rule.effect,
        severity: rule.severity,
        file: String::new(),
        line: 0,
        column: 0,
        subject,
        happens: happens.to_owned(),
        instead: instead.to_owned(),
        allowed_because: None,
    })
}
