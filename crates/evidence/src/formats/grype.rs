//! Grype's JSON: packages of an image, a directory or a bill of materials, matched with known weaknesses.
//!
//! Source: Grype's documentation, "Output formats", and the names of its `models.Document`. Invariant: a run that
//! names no source scanned nothing. Not here: how a match was made.

use serde_json::Value;

use crate::bad_report::BadReport;
use crate::draft::{Draft, finding, versioned};
use crate::json::{Shapes, at, text, text_at};
use crate::report::{Category, Finding};
use crate::severity::Severity;

pub(super) fn read(document: &Value, draft: &mut Draft, shapes: &Shapes) -> Result<(), BadReport> {
    draft.report.rates_findings = true;
    let matches = shapes.required_list(document, "matches")?;
    draft.tool(text_at(document, &["descriptor", "name"]), text_at(document, &["descriptor", "version"]));
    draft.created(text_at(document, &["descriptor", "timestamp"]).filter(|time| !time.is_empty()));
    read_database(document, draft);
    let source = at(document, &["source"]).filter(|source| text(source, "type").is_some());
    draft.report.scanned = (matches.len() as u64).max(u64::from(source.is_some()));
    if let Some(source) = source {
        read_source(source, draft, shapes)?;
    }
    for one in matches {
        draft.find(read_match(one));
    }
    for one in shapes.list(document, "ignoredMatches")? {
        draft.find(Finding { suppressed: true, ..read_match(one) });
    }
    Ok(())
}

/// Since version 0.88 the state stands under `status`; before, beside `built`.
fn read_database(document: &Value, draft: &mut Draft) {
    let Some(database) = at(document, &["descriptor", "db"]) else { return };
    let state = at(database, &["status"]).unwrap_or(database);
    draft.database_built(text(state, "built"));
    let broken = state.get("valid") == Some(&Value::Bool(false));
    let error = text(state, "error").filter(|error| !error.is_empty());
    if broken || error.is_some() {
        let said = error.unwrap_or("it does not say why");
        draft.doubt("database-invalid", format!("the database was not valid: {said}"));
    }
}

/// For images the target is an object; for files and directories a path.
fn read_source(source: &Value, draft: &mut Draft, shapes: &Shapes) -> Result<(), BadReport> {
    let Some(target) = at(source, &["target"]) else { return Ok(()) };
    if target.is_string() {
        draft.target(target.as_str());
        return Ok(());
    }
    draft.target(text(target, "userInput"));
    draft.subject(text(target, "imageID"));
    draft.subject(text(target, "manifestDigest"));
    for digest in shapes.list(target, "repoDigests")? {
        draft.subject(digest.as_str());
    }
    Ok(())
}

fn read_match(one: &Value) -> Finding {
    let inner = |key| text_at(one, &["vulnerability", key]);
    let severity = inner("severity").map_or(Severity::Unknown, Severity::from_word);
    let mut found = finding(Category::Weakness, inner("id").unwrap_or_default(), severity);
    found.title = inner("description").unwrap_or_default().into();
    found.location = versioned(text_at(one, &["artifact", "name"]), text_at(one, &["artifact", "version"]));
    let versions = at(one, &["vulnerability", "fix", "versions"]).and_then(Value::as_array);
    let first = versions.and_then(|versions| versions.first()).and_then(Value::as_str);
    // `not-fixed`, `wont-fix` and `unknown` say as much as a version does.
    let state = text_at(one, &["vulnerability", "fix", "state"]).filter(|state| *state != "fixed");
    found.fix = first.or(state).map(str::to_owned);
    found
}
