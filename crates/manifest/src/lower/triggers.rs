//! The ceilings: `{metric, threshold, duration_seconds}`.

use tidegate_analysis::{Metric, Parameters, Trigger};

use super::analysis::Knobs;
use crate::problems::{Problems, Wrong};
use crate::written::analysis::{AnalysisText, TriggerText};
use crate::written::entries::too_many;
use crate::written::form::At;
use crate::written::kinds::{Number, Share};
use crate::written::quantities::Milliseconds;
use crate::written::scalar::{Kind, Scalar};
use crate::written::texts::ThresholdKind;

const TRIGGERS_MAX: usize = 16;

pub fn triggers(text: &AnalysisText, parameters: &mut Parameters, knobs: &mut Knobs<'_>) {
    let list = match (&text.rollback_when, &text.trigger_conditions) {
        (None, None) => return,
        (Some(list), None) | (None, Some(list)) => list,
        (Some(list), Some(second)) => {
            if let Some(At { place, .. }) = second.first() {
                let message = "`trigger_conditions` is another name for `rollback_when`, and both are here";
                knobs.problems.add(*place, Wrong::new("bad-analysis", message, "put them into one list"));
            }
            list
        }
    };
    if let Some(first) = list.get(TRIGGERS_MAX) {
        knobs.problems.add(first.place, too_many(list.len(), TRIGGERS_MAX, "triggers"));
    }
    parameters.ceilings.clear();
    for (index, text) in list.iter().take(TRIGGERS_MAX).enumerate() {
        let At { place, value } = text;
        let threshold = value.threshold.as_ref().map_or(*place, |scalar| scalar.place);
        knobs.note((&format!("ceilings[{index}].threshold"), "threshold"), threshold);
        let duration = value.duration_seconds.as_ref().map(|scalar| scalar.place);
        let duration = duration.or(value.duration.as_ref().map(|scalar| scalar.place)).unwrap_or(*place);
        knobs.note((&format!("ceilings[{index}].duration_seconds"), "duration"), duration);
        parameters.ceilings.extend(trigger(text, knobs.problems));
    }
}

fn trigger(written: &At<TriggerText>, problems: &mut Problems) -> Option<Trigger> {
    let (place, text) = (written.place, &written.value);
    let metric = problems
        .required(place, "metric: error_rate", text.metric.as_ref())
        .and_then(|word| word.read(problems));
    let limit = problems.required(place, "threshold: 0.05", text.threshold.as_ref());
    let duration_seconds = duration(written, problems);
    let (metric, limit) = (metric?, limit?);
    let threshold = problems.take(limit.place, threshold(metric, limit))?;
    Some(Trigger { metric, threshold, duration_seconds: duration_seconds? })
}

fn duration(written: &At<TriggerText>, problems: &mut Problems) -> Option<u64> {
    let text = &written.value;
    match (&text.duration_seconds, &text.duration) {
        (Some(_), Some(duration)) => {
            let message = "`duration` and `duration_seconds` say the same thing";
            problems.add(duration.place, Wrong::new("bad-analysis", message, "keep one of the two"));
            None
        }
        (None, Some(duration)) => duration.read(problems),
        (seconds, None) => problems
            .required(written.place, "duration_seconds: 60", seconds.as_ref())
            .and_then(|seconds| seconds.read(problems)),
    }
}

/// What a number means depends on the metric.
fn threshold(metric: Metric, written: &Scalar<ThresholdKind>) -> Result<f64, Wrong> {
    let text = written.text.as_str();
    match metric {
        Metric::ErrorRate => Share::read(text),
        Metric::LatencyP50Ms | Metric::LatencyP90Ms | Metric::LatencyP95Ms | Metric::LatencyP99Ms => {
            if text.ends_with(|c: char| c.is_ascii_alphabetic()) {
                Milliseconds::read(text).map(|milliseconds| milliseconds as f64)
            } else {
                Number::read(text)
            }
        }
        Metric::RequestsPerSecond => Number::read(text),
    }
}
