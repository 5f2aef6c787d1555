//! Migrations as text for people: findings, history, what was run.
//!
//! Invariant: each finding says where, what would happen, and what to do instead. Not here: the JSON form (the command).

use std::fmt::Write as _;

use tidegate_database::history::point_of_no_return;
use tidegate_database::lint::{Effect, Severity};
use tidegate_database::{Applied as Row, Finding, Report, Set, State};
use tidegate_migrator::{Applied, Rehearsed, Told};

use super::piece::printable;
use crate::paint::{Paint, Tone};

pub fn report(report: &Report, paint: Paint) -> String {
    let mut text = String::new();
    for finding in &report.findings {
        one(&mut text, finding, paint);
    }
    let refusing = report.findings.iter().filter(|finding| finding.is_refusing()).count();
    let allowed = report.findings.iter().filter(|finding| finding.allowed_because.is_some()).count();
    let _infallible = writeln!(
        text,
        "{} in {}: {refusing} to mend, {allowed} allowed",
        counted(report.statements, "statement"),
        counted(report.migrations, "file"),
    );
    text
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

fn one(text: &mut String, finding: &Finding, paint: Paint) {
    let (tone, word) = match (&finding.allowed_because, finding.severity) {
        (Some(_), _) => (Tone::Quiet, "allowed"),
        (None, Severity::Tell) => (Tone::Warning, "note"),
        (None, Severity::Refuse) => (Tone::Bad, effect(finding.effect)),
    };
    let Finding { file, line, column, rule, .. } = finding;
    let subject =
        if finding.subject.is_empty() { String::new() } else { format!(": {}", printable(&finding.subject)) };
    let _infallible = writeln!(text, "{file}:{line}:{column}: {} {rule}{subject}", paint.apply(tone, word));
    let _infallible = writeln!(text, "  happens: {}", finding.happens);
    let _infallible = match &finding.allowed_because {
        Some(reason) => writeln!(text, "  because: {}", printable(reason)),
        None => writeln!(text, "  instead: {}", finding.instead),
    };
}

fn effect(effect: Effect) -> &'static str {
    match effect {
        Effect::Lock => "locks",
        Effect::Breaks => "breaks",
        Effect::Form => "cannot run",
        Effect::Unknown => "unknown",
    }
}

pub fn told(told: Told<'_>) -> String {
    match told {
        Told::Backup(file) => format!("backup before it: {}\n", file.display()),
        Told::Applied(one) => applied(one),
    }
}

fn applied(one: &Applied) -> String {
    let mut text = line(&one.file, one.phase.word(), &format!("applied in {} ms", one.took_ms));
    if one.continued {
        text.push_str("  a run before was killed within it; this one went on\n");
    }
    text
}

fn line(file: &str, phase: &str, what: &str) -> String {
    format!("{file:<40} {phase:<8} {what}\n")
}

pub fn done(count: usize, report: &Report, paint: Paint) -> String {
    let mut text = String::new();
    for finding in &report.findings {
        one(&mut text, finding, paint);
    }
    let _infallible = writeln!(text, "{} applied", counted(count, "migration"));
    text
}

pub fn rehearsed(rehearsed: &Rehearsed) -> String {
    let mut text = format!("copied in {} ms\n", rehearsed.copied_in_ms);
    for one in &rehearsed.applied {
        text.push_str(&line(&one.file, one.phase.word(), &format!("took {} ms", one.took_ms)));
        for lock in &one.locks {
            let _infallible = writeln!(text, "  kept waiting: {}", printable(lock));
        }
    }
    let _infallible = writeln!(
        text,
        "{} rehearsed; the copy is gone, the database is as it was",
        counted(rehearsed.applied.len(), "migration")
    );
    text
}

pub fn status(address: &str, set: &Set, history: &[Row]) -> String {
    let mut text = format!("{}\n", printable(address));
    for one in set.all() {
        let row = history.iter().find(|row| row.number == one.number);
        let what = match row {
            Some(row) if row.state == State::Applied => {
                format!("applied {} by {}, {} ms", row.at, printable(&row.by), row.took_ms)
            }
            Some(row) => format!("begun {} by {}: it runs, or was killed", row.at, printable(&row.by)),
            None => "pending".to_owned(),
        };
        text.push_str(&line(&one.file, one.phase.word(), &what));
    }
    match point_of_no_return(history) {
        Some(row) => {
            let _infallible = writeln!(
                text,
                "no way back: {} {} took away what the version before needs ({}, {})",
                row.number,
                printable(&row.name),
                row.at,
                printable(&row.by)
            );
        }
        None => text.push_str("there is a way back: nothing was contracted\n"),
    }
    text
}
