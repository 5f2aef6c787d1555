//! npm audit's JSON: version 2 (npm 7 and later), and the one with `advisories` (npm 6, pnpm).
//!
//! Source: npm's documentation, "npm audit", and "Auditing package dependencies for security vulnerabilities".
//! Invariant: each advisory is one finding at the package it stands for, however many packages depend on it; an
//! answer that is only an error is refused. Not here: the tree of dependents.

use serde_json::{Map, Value};

use crate::bad_report::BadReport;
use crate::draft::{Draft, finding};
use crate::json::{Shapes, count_at, text, text_at};
use crate::report::{Category, Finding};
use crate::severity::Severity;

pub(super) fn read(document: &Value, draft: &mut Draft, shapes: &Shapes) -> Result<(), BadReport> {
    if let Some(error) = document.get("error").filter(|error| !error.is_null()) {
        let why = text(error, "summary").or(text(error, "code")).or(error.as_str());
        let why = why.unwrap_or("it does not say why").chars().take(200).collect();
        return Err(BadReport::ToolFailed { format: shapes.0, why });
    }
    draft.report.rates_findings = true;
    draft.tool(Some("npm"), None);
    let metadata = |path: &[&str]| count_at(document.get("metadata")?, path);
    let scanned = metadata(&["dependencies", "total"]).or_else(|| metadata(&["totalDependencies"]));
    draft.report.scanned = scanned.unwrap_or(0);
    let listed = match shapes.object(document, "advisories")? {
        Some(advisories) => {
            for advisory in advisories.values() {
                draft.find(read_advisory(advisory));
            }
            advisories.len()
        }
        None => read_packages(shapes.required_object(document, "vulnerabilities")?, draft),
    };
    let counted = ["info", "low", "moderate", "high", "critical"]
        .into_iter()
        .filter_map(|severity| metadata(&["vulnerabilities", severity]))
        .fold(0, u64::saturating_add);
    if counted > 0 && listed == 0 {
        draft.doubt("list-missing", format!("npm counts {counted} vulnerable packages and lists none"));
    }
    Ok(())
}

/// Each `via` is an advisory, or the name of another entry that has it.
fn read_packages(packages: &Map<String, Value>, draft: &mut Draft) -> usize {
    for (name, package) in packages {
        let via = package.get("via").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let elsewhere = |one: &Value| one.as_str().is_some_and(|other| packages.contains_key(other));
        for advisory in via.iter().filter(|one| one.is_object()) {
            draft.find(read_via(advisory, package, name));
        }
        if !via.iter().any(|one| one.is_object() || elsewhere(one)) {
            draft.find(read_via(&Value::Null, package, name));
        }
    }
    packages.len()
}

fn read_via(advisory: &Value, package: &Value, name: &str) -> Finding {
    let word = text(advisory, "severity").or(text(package, "severity"));
    let id = advisory_id(advisory).unwrap_or_else(|| name.to_owned());
    let mut found = finding(Category::Weakness, &id, word.map_or(Severity::Unknown, Severity::from_word));
    found.title = text(advisory, "title").unwrap_or_default().into();
    let range = text(advisory, "range").or(text(package, "range")).unwrap_or_default();
    found.location = format!("{name} {range}");
    found.fix = match package.get("fixAvailable") {
        Some(Value::Bool(true)) => Some("npm audit fix".to_owned()),
        Some(fix @ Value::Object(_)) => Some(format!(
            "{} {}",
            text(fix, "name").unwrap_or(name),
            text(fix, "version").unwrap_or_default()
        )),
        Some(_) | None => None,
    };
    found
}

fn read_advisory(advisory: &Value) -> Finding {
    let severity = text(advisory, "severity").map_or(Severity::Unknown, Severity::from_word);
    let mut found = finding(Category::Weakness, &advisory_id(advisory).unwrap_or_default(), severity);
    found.title = text(advisory, "title").unwrap_or_default().into();
    let package = text(advisory, "module_name").unwrap_or_default();
    found.location = format!("{package} {}", text(advisory, "vulnerable_versions").unwrap_or_default());
    found.fix = text(advisory, "patched_versions").map(str::to_owned);
    found
}

/// The advisory's public id, which ends its address; else npm's own number.
fn advisory_id(advisory: &Value) -> Option<String> {
    let named = text(advisory, "github_advisory_id").map(str::to_owned);
    let from_url = || text_at(advisory, &["url"])?.rsplit('/').find(|part| part.starts_with("GHSA-"));
    let number = || count_at(advisory, &["source"]).or_else(|| count_at(advisory, &["id"]));
    named.or_else(|| from_url().map(str::to_owned)).or_else(|| number().map(|id| format!("npm-{id}")))
}
