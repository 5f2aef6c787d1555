//! k6's summary: what `handleSummary` is given, and what `--summary-export` writes.
//!
//! Source: k6's documentation, "Custom summary" and "Thresholds", and its issue 1498: in `--summary-export` the
//! boolean of a threshold is true when it *failed*; `handleSummary` has `{"ok": true}` when it held. Invariant: the
//! two are told apart by their shape, value by value. Not here: single samples.

use serde_json::{Map, Value};

use crate::bad_report::BadReport;
use crate::draft::{Draft, finding};
use crate::json::{Shapes, count_at, number, number_at, text};
use crate::measure::Unit;
use crate::report::{Category, Counts, Suite, Tests};
use crate::severity::Severity;

pub(super) fn read(document: &Value, draft: &mut Draft, shapes: &Shapes) -> Result<(), BadReport> {
    let metrics = shapes.required_object(document, "metrics")?;
    let mut thresholds = Counts::default();
    for (name, metric) in metrics {
        read_values(name, metric, draft);
        for (condition, outcome) in shapes.object(metric, "thresholds")?.into_iter().flatten() {
            thresholds.add(read_threshold(name, condition, outcome, draft));
        }
    }
    let mut checks = Counts::default();
    if let Some(group) = document.get("root_group") {
        read_group(group, &mut checks, draft);
    }
    if checks.total == 0 {
        // Newer summaries may leave the groups out; the metric of all checks stays.
        checks =
            metrics.get("checks").map_or(Counts::default(), |metric| read_check(metric, "checks", draft));
    }
    draft.report.scanned = samples(metrics);
    draft.target(document.get("root_group").and_then(|group| text(group, "name")));
    alias(draft);
    let mut all = thresholds;
    all.add(checks);
    let named = |name: &str, counts| Suite { name: name.to_owned(), counts };
    let suites = vec![named("thresholds", thresholds), named("checks", checks)];
    draft.report.tests = Some(Tests { all, suites });
    Ok(())
}

/// Of the values, some stand under `values` (`handleSummary`), some beside the thresholds (`--summary-export`).
fn values(metric: &Value) -> Option<&Map<String, Value>> {
    metric.get("values").unwrap_or(metric).as_object()
}

fn value(metric: &Value, key: &str) -> Option<f64> {
    values(metric)?.get(key).and_then(number)
}

fn read_values(name: &str, metric: &Value, draft: &mut Draft) {
    let trend = unit_of_trend(name, metric);
    let shares = text(metric, "type") == Some("rate") || value(metric, "passes").is_some();
    for (key, found) in values(metric).into_iter().flatten() {
        let Some(found) = number(found) else { continue };
        let key = key.replace(['(', ')'], "");
        let unit = match key.as_str() {
            "passes" | "fails" | "count" => Unit::Plain,
            // A share has one number, which the export calls `value`.
            "rate" | "value" if shares => Unit::Ratio,
            "rate" => Unit::PerSecond,
            _ => trend,
        };
        let key = if shares && key == "value" { "rate".to_owned() } else { key };
        draft.measure(format!("{name}.{key}"), found, unit);
    }
}

/// Times are always milliseconds in a summary. The export does not say which metrics are times; k6's own are known.
fn unit_of_trend(name: &str, metric: &Value) -> Unit {
    const OWN_TIMES: [&str; 7] = [
        "http_req_",
        "iteration_duration",
        "group_duration",
        "grpc_req_duration",
        "ws_",
        "browser_",
        "webvital",
    ];
    match text(metric, "contains") {
        Some("time") => Unit::Milliseconds,
        Some("data") => Unit::Bytes,
        Some(_) => Unit::Plain,
        None if OWN_TIMES.iter().any(|own| name.starts_with(own)) => Unit::Milliseconds,
        None => Unit::Plain,
    }
}

fn read_threshold(name: &str, condition: &str, outcome: &Value, draft: &mut Draft) -> Counts {
    let held = match outcome {
        Value::Bool(failed) => Some(!failed),
        Value::Object(outcome) => outcome.get("ok").and_then(Value::as_bool),
        Value::Null | Value::Number(_) | Value::String(_) | Value::Array(_) => None,
    };
    let label = format!("{name} {condition}");
    match held {
        Some(true) => Counts { total: 1, ..Counts::default() },
        Some(false) => {
            draft.find(finding(Category::Test, &label, Severity::High));
            Counts { total: 1, failed: 1, ..Counts::default() }
        }
        None => {
            draft.doubt(&label, "the threshold says neither that it held nor that it failed");
            Counts { total: 1, errored: 1, ..Counts::default() }
        }
    }
}

/// Groups nest as lists (`handleSummary`) or as objects by name (`--summary-export`); the reader bounds the depth.
fn read_group(group: &Value, counts: &mut Counts, draft: &mut Draft) {
    for check in entries(group.get("checks")) {
        let name = text(check, "name").unwrap_or_default();
        counts.add(read_check(check, name, draft));
    }
    for inner in entries(group.get("groups")) {
        read_group(inner, counts, draft);
    }
}

fn entries(value: Option<&Value>) -> Vec<&Value> {
    match value {
        Some(Value::Array(list)) => list.iter().collect(),
        Some(Value::Object(object)) => object.values().collect(),
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) | None => Vec::new(),
    }
}

/// 0 of 0 is no pass: such a check never ran.
fn read_check(check: &Value, name: &str, draft: &mut Draft) -> Counts {
    let inner = check.get("values").unwrap_or(check);
    let (passes, fails) = (count_at(inner, &["passes"]), count_at(inner, &["fails"]));
    let (passes, fails) = (passes.unwrap_or(0), fails.unwrap_or(0));
    if fails > 0 {
        let mut found = finding(Category::Test, name, Severity::High);
        found.title = format!("{fails} of {} did not hold", passes.saturating_add(fails));
        draft.find(found);
    }
    Counts {
        total: 1,
        failed: u64::from(fails > 0),
        skipped: u64::from(passes == 0 && fails == 0),
        errored: 0,
    }
}

/// Iterations that ran to their end, else requests.
fn samples(metrics: &Map<String, Value>) -> u64 {
    let count = |name: &str| {
        let metric = metrics.get(name)?;
        number_at(metric.get("values").unwrap_or(metric), &["count"])
    };
    count("iterations").or_else(|| count("http_reqs")).or_else(|| count("grpc_reqs")).unwrap_or(0.0) as u64
}

/// Short names for what is asked most: `p95` and `error_rate` of all HTTP requests.
fn alias(draft: &mut Draft) {
    let known = draft.report.measures.clone();
    for (name, measure) in known {
        if let Some(statistic) = name.strip_prefix("http_req_duration.") {
            draft.measure(statistic, measure.value, measure.unit);
        } else if name == "http_req_failed.rate" {
            draft.measure("error_rate", measure.value, measure.unit);
        }
    }
}
