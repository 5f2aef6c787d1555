//! cargo-audit's JSON: a `Cargo.lock` against the RustSec database.
//!
//! Source: the types of `rustsec::report`, which this JSON is. Invariant: an advisory is rated by its CVSS vector,
//! and unknown without one; an advisory that the settings ignore is shown as suppressed. Not here: dependency trees.

use serde_json::Value;

use crate::bad_report::BadReport;
use crate::draft::{Draft, finding, versioned};
use crate::json::{Shapes, count_at, text, text_at};
use crate::report::{Category, Finding};
use crate::severity::Severity;

pub(super) fn read(document: &Value, draft: &mut Draft, shapes: &Shapes) -> Result<(), BadReport> {
    draft.report.rates_findings = true;
    draft.database_built(text_at(document, &["database", "last-updated"]));
    let advisories = count_at(document, &["database", "advisory-count"]);
    if advisories == Some(0) {
        draft.doubt("database-empty", "the advisory database held nothing to compare with");
    }
    draft.report.scanned = count_at(document, &["lockfile", "dependency-count"]).unwrap_or(0);
    shapes.required_object(document, "vulnerabilities")?;
    let weaknesses = document.get("vulnerabilities").unwrap_or(&Value::Null);
    let listed = shapes.required_list(weaknesses, "list")?;
    for one in listed {
        draft.find(read_weakness(one));
    }
    let counted = count_at(weaknesses, &["count"]).unwrap_or(0);
    if counted > listed.len() as u64 {
        draft.doubt("list-missing", format!("it counts {counted} and lists {}", listed.len()));
    }
    for (kind, _) in shapes.object(document, "warnings")?.into_iter().flatten() {
        for one in shapes.list(document.get("warnings").unwrap_or(&Value::Null), kind)? {
            draft.find(read_warning(kind, one));
        }
    }
    read_ignored(document, draft, shapes)
}

fn read_ignored(document: &Value, draft: &mut Draft, shapes: &Shapes) -> Result<(), BadReport> {
    let settings = document.get("settings").unwrap_or(&Value::Null);
    for id in shapes.list(settings, "ignore")? {
        let mut found = finding(Category::Tool, id.as_str().unwrap_or_default(), Severity::Info);
        found.title = "ignored by the settings of cargo-audit".into();
        found.suppressed = true;
        draft.find(found);
    }
    Ok(())
}

fn read_weakness(one: &Value) -> Finding {
    let vector = text_at(one, &["advisory", "cvss"]);
    let severity = vector.map_or(Severity::Unknown, Severity::from_cvss_vector);
    let mut found =
        finding(Category::Weakness, text_at(one, &["advisory", "id"]).unwrap_or_default(), severity);
    found.title = text_at(one, &["advisory", "title"]).unwrap_or_default().into();
    found.location = package(one);
    let patched = one.get("versions").and_then(|versions| versions.get("patched"));
    let patched: Vec<&str> =
        patched.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    found.fix = (!patched.is_empty()).then(|| patched.join(", "));
    found
}

/// Unsound code and yanked versions are weaknesses in waiting; that something has no maintainer is a note.
fn read_warning(kind: &str, one: &Value) -> Finding {
    let severity = match kind {
        "unsound" | "yanked" => Severity::Low,
        "unmaintained" | "notice" => Severity::Info,
        _ => Severity::Unknown,
    };
    let package = package(one);
    let id = text_at(one, &["advisory", "id"]).map_or_else(|| format!("{kind}:{package}"), str::to_owned);
    let mut found = finding(Category::Weakness, &id, severity);
    found.title = text_at(one, &["advisory", "title"]).unwrap_or(kind).into();
    found.location = package;
    found
}

fn package(one: &Value) -> String {
    versioned(
        one.get("package").and_then(|package| text(package, "name")),
        one.get("package").and_then(|package| text(package, "version")),
    )
}
