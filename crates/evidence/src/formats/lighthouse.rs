//! Lighthouse's result object: scores by category, and the audits behind them.
//!
//! Source: Lighthouse's documentation, "Understanding the Results", and "Accessibility score" (the weights 10, 7, 3
//! and 1 stand for axe's impacts). Invariant: a category without a score failed; it is never left out of `score`.
//! Not here: audits that carry no weight.

use serde_json::Value;

use crate::bad_report::BadReport;
use crate::draft::{Draft, finding};
use crate::json::{Shapes, at, number_at, text, text_at};
use crate::measure::Unit;
use crate::report::Category;
use crate::severity::Severity;

pub(super) fn read(document: &Value, draft: &mut Draft, shapes: &Shapes) -> Result<(), BadReport> {
    draft.tool(Some("lighthouse"), text(document, "lighthouseVersion"));
    draft.created(text(document, "fetchTime"));
    draft.target(text(document, "finalDisplayedUrl").or(text(document, "requestedUrl")));
    let failed = text_at(document, &["runtimeError", "code"]).filter(|code| *code != "NO_ERROR");
    if let Some(code) = failed {
        let said = text_at(document, &["runtimeError", "message"]).unwrap_or_default();
        draft.doubt("tool-failed", format!("{code}: {said}"));
    }
    let categories = shapes.required_object(document, "categories")?;
    let mut lowest = Some(1.0);
    for (id, category) in categories {
        let score = number_at(category, &["score"]).filter(|score| (0.0..=1.0).contains(score));
        match score {
            Some(score) => draft.measure(format!("score.{id}"), score, Unit::Ratio),
            None => draft.doubt(&format!("score-missing:{id}"), format!("{id} has no score")),
        }
        lowest = lowest.zip(score).map(|(lowest, score): (f64, f64)| lowest.min(score));
        read_audits(document, id, category, draft, shapes)?;
    }
    if let Some(lowest) = lowest.filter(|_| !categories.is_empty()) {
        draft.measure("score", lowest, Unit::Ratio);
    }
    draft.report.rates_findings = categories.contains_key("accessibility");
    read_metrics(document, draft);
    Ok(())
}

fn read_audits(
    document: &Value,
    id: &str,
    category: &Value,
    draft: &mut Draft,
    shapes: &Shapes,
) -> Result<(), BadReport> {
    for reference in shapes.list(category, "auditRefs")? {
        let weight = number_at(reference, &["weight"]).unwrap_or(0.0);
        let name = text(reference, "id").unwrap_or_default();
        let Some(audit) = at(document, &["audits", name]).filter(|_| weight > 0.0) else { continue };
        let mode = text(audit, "scoreDisplayMode").unwrap_or_default();
        if mode == "error" {
            let said = text(audit, "errorMessage").unwrap_or_default();
            draft.doubt(&format!("audit-failed:{name}"), said.to_owned());
            continue;
        }
        // Manual, informative and not applicable audits have no score, and none is expected.
        let Some(score) = number_at(audit, &["score"]) else { continue };
        draft.scanned(1);
        if id == "accessibility" && score < 1.0 {
            let mut found = finding(Category::Accessibility, name, by_weight(weight));
            found.title = text(audit, "title").unwrap_or_default().into();
            found.location = text(document, "finalDisplayedUrl").unwrap_or_default().into();
            draft.find(found);
        }
    }
    Ok(())
}

fn by_weight(weight: f64) -> Severity {
    match weight {
        weight if weight >= 10.0 => Severity::Critical,
        weight if weight >= 7.0 => Severity::High,
        weight if weight >= 3.0 => Severity::Medium,
        _ => Severity::Low,
    }
}

/// The page's own figures, by the ids Lighthouse gives them (`largest-contentful-paint`).
fn read_metrics(document: &Value, draft: &mut Draft) {
    let audits = at(document, &["audits"]).and_then(Value::as_object);
    for (name, audit) in audits.into_iter().flatten() {
        let unit = match text(audit, "numericUnit") {
            Some("millisecond") => Unit::Milliseconds,
            Some("byte") => Unit::Bytes,
            Some("unitless") => Unit::Plain,
            Some(_) | None => continue,
        };
        if let Some(value) = number_at(audit, &["numericValue"]) {
            draft.measure(name.clone(), value, unit);
        }
    }
}
