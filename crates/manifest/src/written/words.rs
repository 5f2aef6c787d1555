//! Values that are one of a few words.
//!
//! Invariant: each list of words is complete, and a word that is none of them gets the nearest one suggested.

use serde_json::{Value, json};
use tidegate_analysis::{CeilingMode, Metric, OnSourceDown};
use tidegate_domain::environment::{TargetKind, Tier};
use tidegate_domain::pipeline::{OnFailure, Promotion};
use tidegate_domain::review::Overdue;

use super::scalar::Kind;
use crate::diagnostic::quoted;
use crate::problems::Wrong;
use crate::suggest::instead;

pub fn no_such_word<'a>(what: &str, text: &str, words: impl IntoIterator<Item = &'a str> + Clone) -> Wrong {
    Wrong::new("unknown-word", format!("{} is no {what}", quoted(text)), instead(text, words))
}

macro_rules! words {
    ($(#[$doc:meta])* $kind:ident, $value:ty, $name:literal, $what:literal, { $($word:literal => $meant:expr),+ $(,)? }) => {
        $(#[$doc])*
        pub struct $kind;

        impl Kind for $kind {
            type Value = $value;
            const NAME: &'static str = $name;

            fn read(text: &str) -> Result<$value, Wrong> {
                match text {
                    $($word => Ok($meant),)+
                    _ => Err(no_such_word($what, text, [$($word),+])),
                }
            }

            fn schema() -> Value {
                json!({ "enum": [$($word),+] })
            }
        }
    };
}

words!(
    /// What runs the versions.
    TargetWord, TargetKind, "Target", "kind of target", { "process" => TargetKind::Process }
);
words!(
    /// How near to users an environment is.
    TierWord, Tier, "Tier", "tier",
    {
        "development" => Tier::Development,
        "testing" => Tier::Testing,
        "staging" => Tier::Staging,
        "production" => Tier::Production,
    }
);
words!(
    /// What lets a release into a stage.
    PromotionWord, Promotion, "Promotion", "kind of promotion",
    { "automatic" => Promotion::Automatic, "manual" => Promotion::Manual }
);
words!(
    /// What the others of a stage do when one has gone back.
    OnFailureWord, OnFailure, "OnFailure", "answer to a failure",
    {
        "go_on" => OnFailure::GoOn,
        "go_back_when_lost" => OnFailure::GoBackWhenLost,
        "go_back_at_once" => OnFailure::GoBackAtOnce,
    }
);
words!(
    /// What an overdue review does.
    OverdueWord, Overdue, "Overdue", "answer to an overdue review",
    { "closes" => Overdue::Closes, "tells" => Overdue::Tells }
);
words!(
    /// Who climbs, where no plan does.
    ClimbWord, (), "Climb", "way to climb", { "analysis" => () }
);
words!(
    /// How literally a ceiling is taken.
    ModeWord, CeilingMode, "CeilingMode", "mode of ceilings",
    { "attributed" => CeilingMode::Attributed, "strict" => CeilingMode::Strict }
);
words!(
    SourceDownWord, OnSourceDown, "OnSourceDown", "answer to a source that is down",
    { "hold" => OnSourceDown::Hold, "rollback" => OnSourceDown::Rollback }
);
words!(
    MetricWord, Metric, "Metric", "metric",
    {
        "error_rate" => Metric::ErrorRate,
        "latency_p50_ms" => Metric::LatencyP50Ms,
        "latency_p90_ms" => Metric::LatencyP90Ms,
        "latency_p95_ms" => Metric::LatencyP95Ms,
        "latency_p99_ms" => Metric::LatencyP99Ms,
        "requests_per_second" => Metric::RequestsPerSecond,
    }
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words() {
        assert_eq!(MetricWord::read("error_rate"), Ok(Metric::ErrorRate));
        assert_eq!(MetricWord::read("error-rate").unwrap_err().suggestion, "did you mean `error_rate`?");
        assert_eq!(PromotionWord::read("auto").unwrap_err().suggestion, "possible are `automatic`, `manual`");
        assert_eq!(
            TargetWord::read("kubernetes").unwrap_err().suggestion,
            "the only one possible is `process`"
        );
    }

    #[test]
    fn tiers_are_called_what_the_domain_calls_them() {
        for tier in Tier::ALL {
            assert_eq!(TierWord::read(tier.word()), Ok(tier));
        }
    }

    #[test]
    fn metrics_are_called_what_the_rule_calls_them() {
        for metric in Metric::ALL {
            assert_eq!(MetricWord::read(metric.name()), Ok(metric));
        }
    }
}
