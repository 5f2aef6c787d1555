//! Criterion: the messages of cargo-criterion, or one `estimates.json`.
//!
//! Source: Criterion.rs' book, "External Tools" (messages, one per line), and the `Estimates` of criterion 0.5
//! (times in nanoseconds; in `change/estimates.json` shares, 0.05 being 5 % slower). Invariant: `ratio` is the worst
//! upper bound of all benchmarks that were compared, so that noise never looks faster. Not here: throughput.

use serde_json::Value;

use crate::bad_report::BadReport;
use crate::draft::Draft;
use crate::format::Format;
use crate::json::{at, number_at, text, text_at};
use crate::measure::Unit;

pub(super) fn read(messages: &[Value], draft: &mut Draft) -> Result<(), BadReport> {
    if let [value] = messages
        && at(value, &["mean", "point_estimate"]).is_some()
    {
        read_estimates(value, draft);
        return Ok(());
    }
    let mut worst: Option<f64> = None;
    let mut compared = true;
    for message in messages {
        match text(message, "reason") {
            Some("benchmark-complete") => {
                let ratio = read_benchmark(message, draft)?;
                compared &= ratio.is_some();
                worst = worst.into_iter().chain(ratio).reduce(f64::max);
            }
            Some(_) => {}
            None => return Err(shape("reason", "missing")),
        }
    }
    // One benchmark without its baseline would hide behind the others.
    if let Some(worst) = worst.filter(|_| compared) {
        draft.measure("ratio", worst, Unit::Ratio);
    }
    Ok(())
}

/// Gives its ratio to the run before, if it was compared.
fn read_benchmark(message: &Value, draft: &mut Draft) -> Result<Option<f64>, BadReport> {
    let id = text(message, "id").ok_or_else(|| shape("id", "missing"))?;
    draft.target(Some(id));
    draft.scanned(1);
    for statistic in ["typical", "mean", "median", "slope"] {
        let Some(estimate) = number_at(message, &[statistic, "estimate"]) else { continue };
        let (value, unit) = in_unit(estimate, text_at(message, &[statistic, "unit"]));
        draft.measure(format!("{id}.{statistic}"), value, unit);
    }
    let Some(change) = number_at(message, &["change", "mean", "upper_bound"]) else { return Ok(None) };
    let ratio = 1.0 + change;
    draft.measure(format!("ratio.{id}"), ratio, Unit::Ratio);
    Ok(Some(ratio))
}

fn in_unit(value: f64, unit: Option<&str>) -> (f64, Unit) {
    match unit {
        Some("ns") => (value / 1_000_000.0, Unit::Milliseconds),
        Some("us" | "µs") => (value / 1000.0, Unit::Milliseconds),
        Some("ms") => (value, Unit::Milliseconds),
        Some("s") => (value * 1000.0, Unit::Milliseconds),
        Some(_) | None => (value, Unit::Plain),
    }
}

/// Only the file of a run of its own has a spread; the file of a change does not.
fn read_estimates(value: &Value, draft: &mut Draft) {
    draft.report.scanned = 1;
    if at(value, &["std_dev"]).is_none() {
        if let Some(change) = number_at(value, &["mean", "confidence_interval", "upper_bound"]) {
            draft.measure("ratio", 1.0 + change, Unit::Ratio);
        }
        return;
    }
    for statistic in ["mean", "median", "slope", "std_dev"] {
        if let Some(nanoseconds) = number_at(value, &[statistic, "point_estimate"]) {
            draft.measure(statistic, nanoseconds / 1_000_000.0, Unit::Milliseconds);
        }
    }
}

fn shape(key: &str, why: &'static str) -> BadReport {
    BadReport::Shape { format: Format::Criterion, place: format!("`{key}`"), why }
}
