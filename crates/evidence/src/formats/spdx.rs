//! SPDX 2 as JSON: a bill of materials.
//!
//! Source: "The Software Package Data Exchange (SPDX) Specification" 2.3, clauses 6 (creation), 7 (package), 11
//! (relationships). Invariant: what was concluded outweighs what was declared; `NOASSERTION` and `NONE` are no licence.
//! Not here: files and snippets, tag-value form, SPDX 3.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::bad_report::BadReport;
use crate::draft::Draft;
use crate::json::{Shapes, text, text_at};
use crate::measure::Unit;
use crate::report::Component;

pub(super) fn read(document: &Value, draft: &mut Draft, shapes: &Shapes) -> Result<(), BadReport> {
    let version = text(document, "spdxVersion").ok_or_else(|| shapes.wrong("spdxVersion", "missing"))?;
    if !matches!(version, "SPDX-2.2" | "SPDX-2.3") {
        return Err(shapes.version(version, "SPDX-2.2 or SPDX-2.3"));
    }
    draft.created(text_at(document, &["creationInfo", "created"]));
    let creation = document.get("creationInfo").unwrap_or(&Value::Null);
    for creator in shapes.list(creation, "creators")? {
        let tool = creator.as_str().and_then(|creator| creator.strip_prefix("Tool: "));
        draft.tool(tool, None);
    }
    draft.target(text(document, "name"));
    let described = described(document, shapes)?;
    for package in shapes.list(document, "packages")? {
        read_package(package, &described, draft, shapes)?;
    }
    let count = draft.report.components.len();
    draft.report.scanned = count as u64;
    draft.measure("components", count as f64, Unit::Plain);
    Ok(())
}

/// What the document is about, by either of the two ways to say so.
fn described<'a>(document: &'a Value, shapes: &Shapes) -> Result<BTreeSet<&'a str>, BadReport> {
    let mut ids: BTreeSet<&str> =
        shapes.list(document, "documentDescribes")?.iter().filter_map(Value::as_str).collect();
    for relationship in shapes.list(document, "relationships")? {
        let from_document = text(relationship, "spdxElementId") == Some("SPDXRef-DOCUMENT");
        if from_document && text(relationship, "relationshipType") == Some("DESCRIBES") {
            ids.extend(text(relationship, "relatedSpdxElement"));
        }
    }
    Ok(ids)
}

fn read_package(
    package: &Value,
    described: &BTreeSet<&str>,
    draft: &mut Draft,
    shapes: &Shapes,
) -> Result<(), BadReport> {
    let mut purl = None;
    for reference in shapes.list(package, "externalRefs")? {
        if text(reference, "referenceType") == Some("purl") {
            purl = text(reference, "referenceLocator");
        }
    }
    if text(package, "SPDXID").is_some_and(|id| described.contains(id)) {
        draft.subject(text(package, "versionInfo"));
        draft.subject(purl.map(|purl| purl.replace("%3A", ":")).as_deref());
        for checksum in shapes.list(package, "checksums")? {
            if text(checksum, "algorithm") == Some("SHA256") {
                draft.subject_hex(text(checksum, "checksumValue"));
            }
        }
    }
    let stated = |key| text(package, key).filter(|licence| !matches!(*licence, "NOASSERTION" | "NONE" | ""));
    let licence = stated("licenseConcluded").or_else(|| stated("licenseDeclared"));
    draft.component(Component {
        name: text(package, "name").unwrap_or_default().to_owned(),
        version: text(package, "versionInfo").map(str::to_owned),
        purl: purl.map(str::to_owned),
        licences: licence.map(str::to_owned).into_iter().collect(),
    });
    Ok(())
}
