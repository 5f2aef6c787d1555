//! pa11y's list of issues, and pa11y-ci's results by page.
//!
//! Source: pa11y's documentation, "Reporters" and "JavaScript interface", and pa11y-ci's "JSON report". Invariant: a
//! page that could not be tested is unknown; a list without issues does not show that a page was tested. Not here:
//! the HTML around an issue.

use serde_json::Value;

use crate::bad_report::BadReport;
use crate::draft::{Draft, finding};
use crate::json::{Shapes, count_at, text, text_at};
use crate::report::{Category, Finding};
use crate::severity::Severity;

pub(super) fn read(document: &Value, draft: &mut Draft, shapes: &Shapes) -> Result<(), BadReport> {
    draft.report.rates_findings = true;
    if let Value::Array(issues) = document {
        draft.report.scanned = u64::from(!issues.is_empty());
        for issue in issues {
            // Only pa11y-ci has errors of a page among its issues.
            text(issue, "code").ok_or_else(|| shapes.wrong("code", "missing in an issue"))?;
            draft.find(read_issue(issue, ""));
        }
        return Ok(());
    }
    if let Some(pages) = shapes.object(document, "results")? {
        draft.report.scanned = count_at(document, &["total"]).unwrap_or(0).min(pages.len() as u64);
        for address in pages.keys() {
            draft.target(Some(address));
            let issues = shapes.list(document.get("results").unwrap_or(&Value::Null), address)?;
            for issue in issues {
                draft.find(read_issue(issue, address));
            }
        }
        return Ok(());
    }
    let address = text(document, "pageUrl").unwrap_or_default();
    draft.target(Some(address));
    let issues = shapes.required_list(document, "issues")?;
    draft.report.scanned = 1;
    for issue in issues {
        draft.find(read_issue(issue, address));
    }
    Ok(())
}

fn read_issue(issue: &Value, address: &str) -> Finding {
    let Some(code) = text(issue, "code") else {
        // pa11y-ci puts the error of a page in the place of its issues.
        let mut found = finding(Category::Tool, "page-not-tested", Severity::Unknown);
        found.title = text(issue, "message").unwrap_or("the page could not be tested").into();
        found.location = address.into();
        return found;
    };
    let mut found = finding(Category::Accessibility, code, severity_of(issue));
    found.title = text(issue, "message").unwrap_or_default().into();
    found.location = format!("{address} {}", text(issue, "selector").unwrap_or_default()).trim().into();
    found
}

/// The impact where axe ran underneath; else the type, as HTML CodeSniffer gives it.
fn severity_of(issue: &Value) -> Severity {
    if let Some(impact) = text_at(issue, &["runnerExtras", "impact"]) {
        return Severity::from_word(impact);
    }
    match text(issue, "type") {
        Some("error") => Severity::High,
        Some("warning") => Severity::Medium,
        Some("notice") => Severity::Info,
        Some(_) | None => Severity::Unknown,
    }
}
