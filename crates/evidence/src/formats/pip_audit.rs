//! pip-audit's JSON: the packages of a Python environment, each audited or skipped.
//!
//! Source: pip-audit's documentation, "Usage", and its `JsonFormat`; before version 2 the list stood alone.
//! Invariant: this format has no severities, so every weakness is unknown and closes until it is waived; a skipped
//! package was not scanned. Not here: what `--fix` did.

use serde_json::Value;

use crate::bad_report::BadReport;
use crate::draft::{Draft, finding, versioned};
use crate::json::{Shapes, text};
use crate::report::{Category, Finding};
use crate::severity::Severity;

pub(super) fn read(document: &Value, draft: &mut Draft, shapes: &Shapes) -> Result<(), BadReport> {
    draft.report.rates_findings = true;
    let packages = match document {
        Value::Array(list) => list.as_slice(),
        Value::Object(_) => shapes.required_list(document, "dependencies")?,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            return Err(shapes.wrong("dependencies", "missing"));
        }
    };
    for package in packages {
        let name = versioned(text(package, "name"), text(package, "version"));
        if let Some(reason) = text(package, "skip_reason") {
            draft.find(skipped(&name, reason));
            continue;
        }
        // A package that is neither skipped nor has its list was not audited either.
        let weaknesses = shapes.required_list(package, "vulns")?;
        draft.scanned(1);
        for weakness in weaknesses {
            draft.find(read_weakness(weakness, &name));
        }
    }
    Ok(())
}

fn skipped(name: &str, reason: &str) -> Finding {
    let mut found = finding(Category::Tool, &format!("skipped:{name}"), Severity::Info);
    found.title = reason.into();
    found.location = name.into();
    found
}

fn read_weakness(weakness: &Value, name: &str) -> Finding {
    let mut found = finding(Category::Weakness, text(weakness, "id").unwrap_or_default(), Severity::Unknown);
    found.title = text(weakness, "description").unwrap_or("pip-audit gives no severity").into();
    found.location = name.into();
    let fixes = weakness.get("fix_versions").and_then(Value::as_array).into_iter().flatten();
    let fixes: Vec<&str> = fixes.filter_map(Value::as_str).collect();
    found.fix = (!fixes.is_empty()).then(|| fixes.join(", "));
    found
}
