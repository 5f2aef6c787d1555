//! axe-core's results: one page, or a list of pages as `axe --save` writes them.
//!
//! Source: axe-core's documentation, "API: Results Object". Invariant: a rule whose result is incomplete did not
//! pass: it is unknown until somebody looks. Not here: every single element; a rule's elements are one finding.

use serde_json::Value;

use crate::bad_report::BadReport;
use crate::draft::{Draft, finding};
use crate::json::{Shapes, text, text_at};
use crate::report::{Category, Finding};
use crate::severity::Severity;

pub(super) fn read(document: &Value, draft: &mut Draft, shapes: &Shapes) -> Result<(), BadReport> {
    draft.report.rates_findings = true;
    let pages = match document {
        Value::Array(pages) => pages.as_slice(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
            std::slice::from_ref(document)
        }
    };
    for page in pages {
        read_page(page, draft, shapes)?;
    }
    Ok(())
}

fn read_page(page: &Value, draft: &mut Draft, shapes: &Shapes) -> Result<(), BadReport> {
    draft.tool(text_at(page, &["testEngine", "name"]), text_at(page, &["testEngine", "version"]));
    draft.created(text(page, "timestamp"));
    let address = text(page, "url").unwrap_or_default();
    draft.target(Some(address));
    let violations = shapes.required_list(page, "violations")?;
    let incomplete = shapes.list(page, "incomplete")?;
    let passes = shapes.list(page, "passes")?;
    draft.scanned((violations.len() + incomplete.len() + passes.len()) as u64);
    for rule in violations {
        let severity = text(rule, "impact").map_or(Severity::Unknown, Severity::from_word);
        draft.find(read_rule(rule, severity, address));
    }
    for rule in incomplete {
        let mut found = read_rule(rule, Severity::Unknown, address);
        found.title = format!("could not tell: {}", found.title);
        draft.find(found);
    }
    Ok(())
}

fn read_rule(rule: &Value, severity: Severity, address: &str) -> Finding {
    let mut found = finding(Category::Accessibility, text(rule, "id").unwrap_or_default(), severity);
    found.title = text(rule, "help").or(text(rule, "description")).unwrap_or_default().into();
    let nodes = rule.get("nodes").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let first = nodes.first().and_then(|node| node.get("target")?.get(0)?.as_str()).unwrap_or_default();
    let others = nodes.len().saturating_sub(1);
    let more = if others > 0 { format!(" and {others} more") } else { String::new() };
    found.location = format!("{address} {first}{more}").trim().into();
    found.fix = text(rule, "helpUrl").map(str::to_owned);
    found
}
