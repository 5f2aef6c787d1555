//! hyperfine's JSON: times of commands.
//!
//! Source: hyperfine's manual page, `--export-json`, and its `BenchmarkResult` (times in seconds). Invariant: a command
//! that failed was not measured; the first command is the baseline of the others, and `ratio` is the worst of them.
//! Not here: single runs, and the second schema of the 2.0 previews.

use serde_json::Value;

use crate::bad_report::BadReport;
use crate::draft::Draft;
use crate::json::{Shapes, number_at, text};
use crate::measure::Unit;

pub(super) fn read(document: &Value, draft: &mut Draft, shapes: &Shapes) -> Result<(), BadReport> {
    if let Some(version) = number_at(document, &["schema_version"]) {
        return Err(shapes.version(&version.to_string(), "the one of hyperfine 1"));
    }
    let mut baseline: Option<f64> = None;
    let mut slowest: Option<f64> = None;
    let mut worst: Option<f64> = None;
    for result in shapes.required_list(document, "results")? {
        let command = text(result, "command").ok_or_else(|| shapes.wrong("command", "missing"))?;
        let mean = number_at(result, &["mean"]).ok_or_else(|| shapes.wrong("mean", "missing"))?;
        draft.target(Some(command));
        draft.scanned(1);
        read_statistics(result, command, draft);
        doubt_exit(result, command, draft, shapes)?;
        slowest = slowest.into_iter().chain([mean]).reduce(f64::max);
        match baseline {
            None => baseline = Some(mean),
            Some(baseline) => {
                let ratio = mean / baseline;
                draft.measure(format!("ratio.{command}"), ratio, Unit::Ratio);
                worst = worst.into_iter().chain([ratio]).reduce(f64::max);
            }
        }
    }
    if let Some(slowest) = slowest {
        draft.measure("mean", slowest * 1000.0, Unit::Milliseconds);
    }
    if let Some(worst) = worst {
        draft.measure("ratio", worst, Unit::Ratio);
    }
    Ok(())
}

fn read_statistics(result: &Value, command: &str, draft: &mut Draft) {
    for statistic in ["mean", "median", "stddev", "min", "max", "user", "system"] {
        if let Some(seconds) = number_at(result, &[statistic]) {
            draft.measure(format!("{command}.{statistic}"), seconds * 1000.0, Unit::Milliseconds);
        }
    }
}

/// With `--ignore-failure` a command that fails at once looks fast; null is a command that a signal ended.
fn doubt_exit(result: &Value, command: &str, draft: &mut Draft, shapes: &Shapes) -> Result<(), BadReport> {
    let codes = shapes.list(result, "exit_codes")?;
    let failed = codes.iter().filter(|code| code.as_i64() != Some(0)).count();
    if failed > 0 {
        draft.doubt(&format!("command-failed:{command}"), format!("{failed} of {} runs failed", codes.len()));
    }
    Ok(())
}
