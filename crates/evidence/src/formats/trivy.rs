//! Trivy's JSON, schema 2: weaknesses, misconfigurations, secrets and licences of an image, a tree or a bill of
//! materials.
//!
//! Source: Trivy's documentation, "Reporting", and the names of its `types.Report`. Invariant: all four lists of a
//! result decide; a leaked token stands only under `Secrets`. Not here: packages without findings, and the age of the
//! database, which this format does not state.

use serde_json::Value;

use crate::bad_report::BadReport;
use crate::draft::{Draft, finding, versioned};
use crate::json::{Shapes, at, count_at, number_at, text, text_at};
use crate::report::{Category, Component, Finding};
use crate::severity::Severity;

pub(super) fn read(document: &Value, draft: &mut Draft, shapes: &Shapes) -> Result<(), BadReport> {
    match number_at(document, &["SchemaVersion"]) {
        Some(2.0) => {}
        Some(other) => return Err(shapes.version(&other.to_string(), "2")),
        None => return Err(shapes.wrong("SchemaVersion", "missing")),
    }
    draft.report.rates_findings = true;
    draft.tool(Some("trivy"), text_at(document, &["Trivy", "Version"]));
    draft.target(text(document, "ArtifactName"));
    draft.created(text(document, "CreatedAt"));
    if let Some(metadata) = at(document, &["Metadata"]) {
        draft.subject(text(metadata, "ImageID"));
        for digest in shapes.list(metadata, "RepoDigests")? {
            draft.subject(digest.as_str());
        }
        // No fixes are published for it any more, so that nothing found means nothing (Trivy says the same).
        if at(metadata, &["OS", "EOSL"]) == Some(&Value::Bool(true)) {
            draft.doubt("os-end-of-life", "the operating system gets no security updates any more");
        }
    }
    for result in shapes.list(document, "Results")? {
        read_result(result, draft, shapes)?;
    }
    Ok(())
}

fn read_result(result: &Value, draft: &mut Draft, shapes: &Shapes) -> Result<(), BadReport> {
    let target = text(result, "Target").unwrap_or_default();
    let packages = shapes.list(result, "Packages")?.len();
    let checks = count_at(result, &["MisconfSummary", "Successes"]).unwrap_or(0);
    draft.scanned((packages as u64).saturating_add(checks).max(1));
    for one in shapes.list(result, "Vulnerabilities")? {
        draft.find(weakness(one, target));
    }
    for one in shapes.list(result, "Misconfigurations")? {
        draft.report.findings.extend(misconfiguration(one, target));
    }
    for one in shapes.list(result, "Secrets")? {
        draft.find(secret(one, target));
    }
    for one in shapes.list(result, "Licenses")? {
        draft.find(licence(one, target));
        draft.component(component(one));
    }
    for one in shapes.list(result, "ExperimentalModifiedFindings")? {
        draft.find(modified(one, target));
    }
    Ok(())
}

fn severity(one: &Value) -> Severity {
    text(one, "Severity").map_or(Severity::Unknown, Severity::from_word)
}

fn weakness(one: &Value, target: &str) -> Finding {
    let mut found =
        finding(Category::Weakness, text(one, "VulnerabilityID").unwrap_or_default(), severity(one));
    found.title = text(one, "Title").or(text(one, "Description")).unwrap_or_default().into();
    let package = versioned(text(one, "PkgName"), text(one, "InstalledVersion"));
    found.location = format!("{package} in {target}");
    found.fix = text(one, "FixedVersion").filter(|fix| !fix.is_empty()).map(str::to_owned);
    found
}

/// `PASS` and `EXCEPTION` are no findings; a status that is not known is taken for `FAIL`.
fn misconfiguration(one: &Value, target: &str) -> Option<Finding> {
    if matches!(text(one, "Status"), Some("PASS" | "EXCEPTION")) {
        return None;
    }
    let id = text(one, "AVDID").or(text(one, "ID")).unwrap_or_default();
    let mut found = finding(Category::Misconfiguration, id, severity(one));
    found.title = text(one, "Title").or(text(one, "Message")).unwrap_or_default().into();
    found.location = line_of(target, number_at(one, &["CauseMetadata", "StartLine"]));
    found.fix = text(one, "Resolution").map(str::to_owned);
    Some(found)
}

fn secret(one: &Value, target: &str) -> Finding {
    let mut found = finding(Category::Secret, text(one, "RuleID").unwrap_or_default(), severity(one));
    // `Match` holds the line around the secret: it stays out of what is kept.
    found.title = text(one, "Title").unwrap_or_default().into();
    found.location = line_of(target, number_at(one, &["StartLine"]));
    found
}

fn licence(one: &Value, target: &str) -> Finding {
    let name = text(one, "Name").unwrap_or_default();
    let holder = text(one, "PkgName").filter(|name| !name.is_empty()).or(text(one, "FilePath"));
    let mut found = finding(Category::Licence, &format!("licence:{name}"), severity(one));
    found.title = format!("{name} ({})", text(one, "Category").unwrap_or("no category"));
    found.location = format!("{} in {target}", holder.unwrap_or_default());
    found
}

fn component(one: &Value) -> Component {
    let holder = text(one, "PkgName").filter(|name| !name.is_empty()).or(text(one, "FilePath"));
    Component {
        name: holder.unwrap_or_default().to_owned(),
        version: None,
        purl: None,
        licences: text(one, "Name").filter(|name| !name.is_empty()).map(str::to_owned).into_iter().collect(),
    }
}

/// What an ignore file or a VEX statement took out: still shown, and still open while it is being looked into.
fn modified(one: &Value, target: &str) -> Finding {
    let inner = one.get("Finding").unwrap_or(&Value::Null);
    let mut found = match text(one, "Type") {
        Some("secret") => secret(inner, target),
        Some("license") => licence(inner, target),
        Some("misconfiguration") => {
            misconfiguration(inner, target).unwrap_or_else(|| weakness(inner, target))
        }
        Some(_) | None => weakness(inner, target),
    };
    found.suppressed = matches!(text(one, "Status"), Some("ignored" | "not_affected" | "fixed"));
    found
}

fn line_of(target: &str, line: Option<f64>) -> String {
    line.map_or_else(|| target.to_owned(), |line| format!("{target}:{line}"))
}
