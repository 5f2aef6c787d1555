//! CycloneDX as JSON: a bill of materials.
//!
//! Source: OWASP, "CycloneDX JSON reference", versions 1.2 to 1.7. Invariant: nested components count as the others
//! do; a component without a licence says so by an empty list. Not here: XML and Protobuf, signatures, formulation.

use serde_json::Value;

use crate::bad_report::BadReport;
use crate::draft::{Draft, finding};
use crate::json::{Shapes, at, number_at, text, text_at};
use crate::measure::Unit;
use crate::report::{Category, Component};
use crate::severity::Severity;

const VERSIONS: [&str; 6] = ["1.2", "1.3", "1.4", "1.5", "1.6", "1.7"];

pub(super) fn read(document: &Value, draft: &mut Draft, shapes: &Shapes) -> Result<(), BadReport> {
    let version = text(document, "specVersion").ok_or_else(|| shapes.wrong("specVersion", "missing"))?;
    if !VERSIONS.contains(&version) {
        return Err(shapes.version(version, "1.2 to 1.7"));
    }
    if let Some(metadata) = at(document, &["metadata"]) {
        read_metadata(metadata, draft, shapes)?;
    }
    read_components(document, draft, shapes)?;
    for weakness in shapes.list(document, "vulnerabilities")? {
        read_weakness(weakness, draft, shapes)?;
    }
    let count = draft.report.components.len();
    draft.report.scanned = count as u64;
    draft.measure("components", count as f64, Unit::Plain);
    Ok(())
}

fn read_metadata(metadata: &Value, draft: &mut Draft, shapes: &Shapes) -> Result<(), BadReport> {
    draft.created(text(metadata, "timestamp"));
    // A list until 1.4, an object with components since 1.5.
    let tools = at(metadata, &["tools", "components"]).or_else(|| at(metadata, &["tools"]));
    if let Some(tool) = tools.and_then(|tools| tools.get(0)) {
        draft.tool(text(tool, "name"), text(tool, "version"));
    }
    let Some(subject) = at(metadata, &["component"]) else { return Ok(()) };
    draft.target(text(subject, "name"));
    draft.subject(text(subject, "version"));
    draft.subject(text(subject, "purl").map(|purl| purl.replace("%3A", ":")).as_deref());
    for hash in shapes.list(subject, "hashes")? {
        if text(hash, "alg") == Some("SHA-256") {
            draft.subject_hex(text(hash, "content"));
        }
    }
    Ok(())
}

/// The document's reader bounds how deep components nest.
fn read_components(holder: &Value, draft: &mut Draft, shapes: &Shapes) -> Result<(), BadReport> {
    for component in shapes.list(holder, "components")? {
        let mut licences = Vec::new();
        for choice in shapes.list(component, "licenses")? {
            let own = text(choice, "expression")
                .or_else(|| text_at(choice, &["license", "id"]))
                .or_else(|| text_at(choice, &["license", "name"]));
            licences.extend(own.map(str::to_owned));
        }
        draft.component(Component {
            name: text(component, "name").unwrap_or_default().to_owned(),
            version: text(component, "version").map(str::to_owned),
            purl: text(component, "purl").map(str::to_owned),
            licences,
        });
        read_components(component, draft, shapes)?;
    }
    Ok(())
}

/// Rated by the worst of its ratings; what the analysis put aside is suppressed.
fn read_weakness(weakness: &Value, draft: &mut Draft, shapes: &Shapes) -> Result<(), BadReport> {
    let mut severity = Severity::Unknown;
    for rating in shapes.list(weakness, "ratings")? {
        let word = text(rating, "severity").map(Severity::from_word);
        let score = number_at(rating, &["score"]).map(Severity::from_score);
        severity = severity.max(word.or(score).unwrap_or(Severity::Unknown));
    }
    let mut found = finding(Category::Weakness, text(weakness, "id").unwrap_or_default(), severity);
    found.title = text(weakness, "description").unwrap_or_default().into();
    let state = text_at(weakness, &["analysis", "state"]);
    found.suppressed =
        matches!(state, Some("resolved" | "resolved_with_pedigree" | "false_positive" | "not_affected"));
    draft.find(found);
    draft.report.rates_findings = true;
    Ok(())
}
