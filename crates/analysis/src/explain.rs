//! Says a finding in one sentence, in words and numbers.
//!
//! Invariant: every number in the sentence stands in the finding too. Not here: colours, or more than a
//! line.

use crate::ceiling::Breach;
use crate::finding::{
    Action, ChannelEvidence, ChannelName, Evidence, HoldReason, InconclusiveReason, Numbers, RollbackReason,
};
use crate::trigger::{Metric, Trigger};

/// What a sentence is made from.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    pub action: Action,
    pub evidence: &'a Evidence,
    pub numbers: &'a Numbers,
    pub breach: Option<&'a Breach>,
}

pub fn sentence(facts: &Facts<'_>) -> String {
    match facts.action {
        Action::Continue => format!("no harm shown: {}", summary(facts)),
        Action::MayAdvance => format!("may advance: {}", summary(facts)),
        Action::Promote => format!("promote: {}", summary(facts)),
        Action::Hold { why } => hold(facts, why),
        Action::Rollback { why } => rollback(facts, why),
        Action::Inconclusive { why } => inconclusive(facts, why),
    }
}

fn hold(facts: &Facts<'_>, why: HoldReason) -> String {
    match why {
        HoldReason::Amber => {
            format!("held: {}; {} rolls back", case(facts.evidence), odds(facts.evidence.rollback_at))
        }
        HoldReason::WarmUp => {
            "held: latency is worse while it may still warm up; measured again on fresh data \
             with little traffic"
                .into()
        }
        HoldReason::SharedBreach { .. } => format!(
            "held: {}, and so does stable: a shared cause, not the candidate alone",
            breach(facts.breach)
        ),
        HoldReason::NoData { kind, seconds, needs_person } => {
            let advice = if needs_person { "; a person should look" } else { "" };
            format!("held: {} for {seconds} s{advice}", kind.words())
        }
    }
}

fn rollback(facts: &Facts<'_>, why: RollbackReason) -> String {
    match why {
        RollbackReason::Evidence { .. } => case(facts.evidence),
        RollbackReason::Ceiling { .. } => breach(facts.breach),
        RollbackReason::SourceDown => {
            "the metrics source stayed unreachable, and the plan says to roll back then".into()
        }
    }
}

fn inconclusive(facts: &Facts<'_>, why: InconclusiveReason) -> String {
    match why {
        InconclusiveReason::Timeout => {
            format!("time is over without proof either way: {}", summary(facts))
        }
        InconclusiveReason::SharedBreach { .. } => format!(
            "{}, and so does stable, for too long; the cause is shared and no blame is assigned",
            breach(facts.breach)
        ),
        InconclusiveReason::HeldTooLong => "held for longer than the plan waits".into(),
    }
}

/// "errors 3.1 % against 0.9 %, evidence 412 : 1 after 58 s and 231 requests"
fn case(evidence: &Evidence) -> String {
    let Some(leading) = evidence.leading() else { return "no evidence".into() };
    format!(
        "{} {} against {}, evidence {} after {:.0} s and {}",
        subject(leading),
        percent(leading.candidate_rate),
        percent(leading.stable_rate),
        odds(evidence.harm),
        leading.seconds,
        counted(&grouped(leading.candidate_requests), "request"),
    )
}

fn summary(facts: &Facts<'_>) -> String {
    let (numbers, evidence) = (facts.numbers, facts.evidence);
    if numbers.candidate_requests == 0 {
        return format!("the candidate has served no requests after {} s", numbers.judged_seconds);
    }
    let bound = evidence
        .error_points_bound
        .map(|bound| format!(", at most {} worse", counted(&number(bound * 100.0), "point")))
        .unwrap_or_default();
    format!(
        "errors {} against {}{bound}, evidence of harm {} after {} s and {}",
        percent(numbers.candidate_error_rate),
        percent(numbers.stable_error_rate),
        odds(evidence.harm),
        numbers.judged_seconds,
        counted(&grouped(numbers.candidate_requests), "request"),
    )
}

/// `1 point`, `1.2 points`.
fn counted(number: &str, one: &str) -> String {
    format!("{number} {one}{}", if number == "1" { "" } else { "s" })
}

fn subject(channel: &ChannelEvidence) -> String {
    let quantile = match channel.channel {
        ChannelName::Errors => return "errors".into(),
        ChannelName::LatencyP50 => "p50",
        ChannelName::LatencyP90 => "p90",
        ChannelName::LatencyP99 => "p99",
    };
    let edge = channel.edge_ms.map_or_else(|| "usual".into(), |edge| format!("{} ms", number(edge)));
    format!("requests slower than {edge} (near {quantile})")
}

fn breach(breach: Option<&Breach>) -> String {
    let Some(breach) = breach else { return "a ceiling is exceeded".into() };
    let Trigger { metric, threshold, duration_seconds } = breach.trigger;
    let (what, limit) = match metric {
        Metric::ErrorRate => {
            (format!("errors {}", percent(Some(breach.candidate_value))), percent(Some(threshold)))
        }
        Metric::RequestsPerSecond => (
            format!("{} a second", counted(&number(breach.candidate_value), "request")),
            format!("{} a second", counted(&number(threshold), "request")),
        ),
        latency @ (Metric::LatencyP50Ms
        | Metric::LatencyP90Ms
        | Metric::LatencyP95Ms
        | Metric::LatencyP99Ms) => (
            format!(
                "{} of requests slower than {} ms",
                percent(Some(breach.candidate_value)),
                number(threshold)
            ),
            percent(latency.slower_share()),
        ),
    };
    let against =
        breach.stable_value.map(|value| format!(" against {}", percent(Some(value)))).unwrap_or_default();
    format!("{what}{against}, over the ceiling of {limit} for {duration_seconds} s")
}

fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "nothing measured".into(), |share| format!("{} %", number(share * 100.0)))
}

/// Two digits that matter, no more.
fn number(value: f64) -> String {
    let text = match value.abs() {
        small if small < 0.095 => format!("{value:.3}"),
        small if small < 0.95 => format!("{value:.2}"),
        small if small < 9.95 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    };
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

fn odds(evidence: f64) -> String {
    if evidence >= 1e6 {
        return "over 1 000 000 : 1".into();
    }
    if evidence >= 9.95 {
        return format!("{} : 1", grouped(evidence.round() as u64));
    }
    format!("{} : 1", number(evidence))
}

/// Thousands set apart by spaces.
fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guard::NoData;

    fn evidence(harm: f64) -> Evidence {
        let errors = ChannelEvidence {
            channel: ChannelName::Errors,
            harm: harm * 2.0,
            share_of_harm: harm,
            non_inferiority: 0.0,
            edge_ms: None,
            dispersion: 1.0,
            seconds: 58.0,
            candidate_requests: 231,
            candidate_rate: Some(0.0312),
            stable_rate: Some(0.0089),
        };
        Evidence {
            harm,
            rollback_at: 100.0,
            promotion: 0.2,
            promotion_at: 20.0,
            error_points_bound: Some(0.02),
            channels: vec![errors],
        }
    }

    const NUMBERS: Numbers = Numbers {
        judged_seconds: 905,
        candidate_requests: 20_113,
        stable_requests: 60_000,
        candidate_errors: 20,
        stable_errors: 61,
        candidate_error_rate: Some(0.000_994),
        stable_error_rate: Some(0.001_02),
        requests_per_second: 99.0,
    };

    fn say(action: Action, harm: f64, breach: Option<&Breach>) -> String {
        sentence(&Facts { action, evidence: &evidence(harm), numbers: &NUMBERS, breach })
    }

    #[test]
    fn sentences() {
        let ceiling = Breach {
            trigger: Trigger { metric: Metric::ErrorRate, threshold: 0.05, duration_seconds: 60 },
            candidate_value: 0.073,
            stable_value: Some(0.009),
            attributed: true,
        };
        let slow = Breach {
            trigger: Trigger { metric: Metric::LatencyP99Ms, threshold: 500.0, duration_seconds: 30 },
            candidate_value: 0.043,
            stable_value: None,
            attributed: true,
        };
        let no_data =
            HoldReason::NoData { kind: NoData::SourceUnreachable, seconds: 620, needs_person: true };
        let by_evidence = RollbackReason::Evidence { channel: ChannelName::Errors };
        let by_ceiling = RollbackReason::Ceiling { ceiling: 0 };
        let shared = HoldReason::SharedBreach { ceiling: 0 };
        let lines = [
            say(Action::Rollback { why: by_evidence }, 412.0, None),
            say(Action::Rollback { why: by_ceiling }, 1.0, Some(&ceiling)),
            say(Action::Rollback { why: by_ceiling }, 1.0, Some(&slow)),
            say(Action::Rollback { why: RollbackReason::SourceDown }, 1.0, None),
            say(Action::Continue, 0.31, None),
            say(Action::MayAdvance, 0.31, None),
            say(Action::Promote, 0.004, None),
            say(Action::Hold { why: HoldReason::Amber }, 23.0, None),
            say(Action::Hold { why: HoldReason::WarmUp }, 0.2, None),
            say(Action::Hold { why: shared }, 0.2, Some(&ceiling)),
            say(Action::Hold { why: no_data }, 0.2, None),
            say(Action::Inconclusive { why: InconclusiveReason::Timeout }, 12.0, None),
            say(
                Action::Inconclusive { why: InconclusiveReason::SharedBreach { ceiling: 0 } },
                1.0,
                Some(&ceiling),
            ),
            say(Action::Inconclusive { why: InconclusiveReason::HeldTooLong }, 1.0, None),
        ];
        insta::assert_snapshot!(lines.join("\n"));
    }

    #[test]
    fn numbers_are_short() {
        let table =
            [(0.0, "0"), (0.04, "0.04"), (0.5, "0.5"), (3.06, "3.1"), (99.96, "100"), (2e6, "2000000")];
        for (value, expect) in table {
            assert_eq!(number(value), expect);
        }
        assert_eq!(grouped(1_234_567), "1 234 567");
        assert_eq!(odds(1e12), "over 1 000 000 : 1");
        assert_eq!(odds(2_345.0), "2 345 : 1");
    }
}
