//! OSV-Scanner's JSON: packages of lock files, trees and images, with the entries of osv.dev that concern them.
//!
//! Source: OSV-Scanner's documentation, "Output", and the OSV schema. Invariant: each weakness of each package is a
//! finding, rated by its group's highest score; one without a score is unknown, and malware is critical. Not here:
//! the licence summary, and call analysis (a weakness that is not called still counts).

use std::collections::BTreeMap;

use serde_json::Value;

use crate::bad_report::BadReport;
use crate::draft::{Draft, finding, versioned};
use crate::json::{Shapes, number_at, text, text_at};
use crate::report::{Category, Finding};
use crate::severity::Severity;

pub(super) fn read(document: &Value, draft: &mut Draft, shapes: &Shapes) -> Result<(), BadReport> {
    draft.report.rates_findings = true;
    for source in shapes.required_list(document, "results")? {
        let path = text_at(source, &["source", "path"]);
        draft.target(path);
        for package in shapes.list(source, "packages")? {
            draft.scanned(1);
            read_package(package, path.unwrap_or_default(), draft, shapes)?;
        }
    }
    Ok(())
}

fn read_package(package: &Value, path: &str, draft: &mut Draft, shapes: &Shapes) -> Result<(), BadReport> {
    let name = versioned(text_at(package, &["package", "name"]), text_at(package, &["package", "version"]));
    let mut scores = BTreeMap::new();
    for group in shapes.list(package, "groups")? {
        let ids = shapes.list(group, "ids")?.iter().filter_map(Value::as_str);
        let score = number_at(group, &["max_severity"]);
        scores.extend(ids.filter_map(|id| Some((id, score?))));
    }
    for weakness in shapes.list(package, "vulnerabilities")? {
        let mut found = read_weakness(weakness, &scores);
        found.location = format!("{name} in {path}");
        draft.find(found);
    }
    Ok(())
}

fn read_weakness(weakness: &Value, scores: &BTreeMap<&str, f64>) -> Finding {
    let id = text(weakness, "id").unwrap_or_default();
    let mut found = finding(Category::Weakness, id, severity_of(weakness, id, scores));
    found.title = text(weakness, "summary").or(text(weakness, "details")).unwrap_or_default().into();
    found.fix = fixed_in(weakness);
    found
}

fn severity_of(weakness: &Value, id: &str, scores: &BTreeMap<&str, f64>) -> Severity {
    // Entries of the malicious-packages project carry no score: there is no mild form of them.
    if id.starts_with("MAL-") {
        return Severity::Critical;
    }
    if let Some(score) = scores.get(id) {
        return Severity::from_score(*score);
    }
    let word = text_at(weakness, &["database_specific", "severity"]);
    let vectors = weakness.get("severity").and_then(Value::as_array).into_iter().flatten();
    let by_vector = vectors.filter_map(|one| text(one, "score")).map(Severity::from_cvss_vector).max();
    by_vector
        .filter(|severity| *severity != Severity::Unknown)
        .or_else(|| word.map(Severity::from_word))
        .unwrap_or(Severity::Unknown)
}

/// The first version that an affected range names as fixed.
fn fixed_in(weakness: &Value) -> Option<String> {
    let affected = weakness.get("affected")?.as_array()?.iter();
    let ranges = affected.filter_map(|one| one.get("ranges")?.as_array()).flatten();
    let mut events = ranges.filter_map(|range| range.get("events")?.as_array()).flatten();
    events.find_map(|event| text(event, "fixed")).map(str::to_owned)
}
