//! The ceilings: `{metric, threshold, duration_seconds}`.

use tidegate_analysis::{Metric, Parameters, Trigger};

use super::analysis::Knobs;
use crate::diagnostic::quoted;
use crate::problems::{Problems, Wrong};
use crate::written::analysis::{AnalysisText, TriggerText};
use crate::written::entries::too_many;
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
            if let Some(trigger) = second.first() {
                let message = "`trigger_conditions` is another name for `rollback_when`, and both are here";
                knobs.problems.add(trigger.metric.place, Wrong::new("bad-analysis", message, "put them into one list"));
            }
            list
        }
    };
    if let Some(first) = list.get(TRIGGERS_MAX) {
        knobs.problems.add(first.metric.place, too_many(list.len(), TRIGGERS_MAX, "triggers"));
    }
    parameters.ceilings.clear();
    for (index, text) in list.iter().take(TRIGGERS_MAX).enumerate() {
        knobs.note((&format!("ceilings[{index}].threshold"), "threshold"), text.threshold.place);
        let duration = text.duration_seconds.as_ref().map(|scalar| scalar.place);
        let duration = duration.or(text.duration.as_ref().map(|scalar| scalar.place));
        let duration = duration.unwrap_or(text.metric.place);
        knobs.note((&format!("ceilings[{index}].duration_seconds"), "duration"), duration);
        parameters.ceilings.extend(trigger(text, knobs.problems));
    }
}

fn trigger(text: &TriggerText, problems: &mut Problems) -> Option<Trigger> {
    let metric = text.metric.read(problems);
    let duration_seconds = duration(text, problems);
    let metric = metric?;
    let threshold = problems.take(text.threshold.place, threshold(metric, &text.threshold));
    Some(Trigger { metric, threshold: threshold?, duration_seconds: duration_seconds? })
}

fn duration(text: &TriggerText, problems: &mut Problems) -> Option<u64> {
    match (&text.duration_seconds, &text.duration) {
        (Some(seconds), None) => seconds.read(problems),
        (None, Some(duration)) => duration.read(problems),
        (Some(_), Some(duration)) => {
            let message = "`duration` and `duration_seconds` say the same thing";
            problems.add(duration.place, Wrong::new("bad-analysis", message, "keep one of the two"));
            None
        }
        (None, None) => {
            let message = format!("the trigger on {} does not say for how long", quoted(&text.metric.text));
            problems.add(text.metric.place, Wrong::new("missing-key", message, "add `duration_seconds: 60`"));
            None
        }
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
