//! The JSON-lines protocol of `tidegate judge`: a line in, perhaps a line out.
//!
//! Invariant: exactly one line answers each scrape, and none a start. A line that cannot be understood
//! is an error and leaves the session as it was. Not here: reading and writing (the caller owns both).

use crate::counters::ArmCounters;
use crate::finding::{Action, Finding};
use crate::judge::Judge;
use crate::ladder::WHOLE_BASIS_POINTS;
use crate::parameters::{ParameterError, Parameters};
use crate::sample::{Reading, Sample};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A longer line is refused; a scrape of two arms with 256 buckets needs a tenth of it.
pub const LINE_BYTES_MAX: usize = 64 * 1024;

#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Input {
    Start {
        #[serde(default)]
        le_ms: Vec<f64>,
    },
    Scrape {
        #[serde(rename = "t")]
        at_seconds: f64,
        weight: f64,
        #[serde(default)]
        arms: Arms,
    },
}

#[derive(Debug, Default, Deserialize)]
struct Arms {
    baseline: Option<ArmCounters>,
    canary: Option<ArmCounters>,
}

#[derive(Debug, Serialize)]
struct Output<'a> {
    verdict: &'static str,
    weight: f64,
    evidence: f64,
    why: &'a str,
}

/// Judges one rollout after another; `start` begins the next.
#[derive(Debug, Clone, Default)]
pub struct JudgeSession {
    parameters: Parameters,
    judge: Option<Judge>,
}

impl JudgeSession {
    pub fn new(parameters: Parameters) -> Self {
        JudgeSession { parameters, judge: None }
    }

    pub fn line(&mut self, line: &str) -> Result<Option<String>, ProtocolError> {
        if line.trim().is_empty() {
            return Ok(None);
        }
        if line.len() > LINE_BYTES_MAX {
            return Err(ProtocolError::TooLong);
        }
        match serde_json::from_str(line).map_err(|error| ProtocolError::Malformed(error.to_string()))? {
            Input::Start { le_ms } => {
                self.judge = Some(Judge::new(self.parameters.clone(), le_ms)?);
                Ok(None)
            }
            Input::Scrape { at_seconds, weight, arms } => {
                let sample = sample(at_seconds, weight, arms)?;
                let judge = self.judge.as_mut().ok_or(ProtocolError::NotStarted)?;
                answer(&judge.observe(&sample)).map(Some)
            }
        }
    }
}

fn sample(at_seconds: f64, weight: f64, arms: Arms) -> Result<Sample, ProtocolError> {
    if !(0.0..=1e12).contains(&at_seconds) {
        return Err(ProtocolError::OutOfRange("t must be seconds, 0 or more"));
    }
    if !(0.0..=1.0).contains(&weight) {
        return Err(ProtocolError::OutOfRange("weight must be a share from 0 to 1"));
    }
    Ok(Sample {
        at_ms: (at_seconds * 1_000.0).round() as u64,
        weight_basis_points: (weight * f64::from(WHOLE_BASIS_POINTS)).round() as u16,
        stable: Reading::from(arms.baseline),
        candidate: Reading::from(arms.canary),
    })
}

fn answer(finding: &Finding) -> Result<String, ProtocolError> {
    let verdict = match finding.action {
        Action::Continue => "continue",
        Action::MayAdvance => "advance",
        Action::Hold { .. } => "hold",
        Action::Promote => "promote",
        Action::Rollback { .. } => "rollback",
        Action::Inconclusive { .. } => "inconclusive",
    };
    let output = Output {
        verdict,
        weight: f64::from(finding.weight_basis_points) / f64::from(WHOLE_BASIS_POINTS),
        evidence: finding.evidence.harm,
        why: &finding.explanation,
    };
    serde_json::to_string(&output).map_err(|error| ProtocolError::Malformed(error.to_string()))
}

/// A line that is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProtocolError {
    TooLong,
    /// Not JSON, or not of the protocol; what the parser said.
    Malformed(String),
    OutOfRange(&'static str),
    /// A scrape came before any start.
    NotStarted,
    Parameters(ParameterError),
}

impl ProtocolError {
    pub fn code(&self) -> &'static str {
        match self {
            ProtocolError::TooLong => "judge-line-too-long",
            ProtocolError::Malformed(_) => "judge-line-malformed",
            ProtocolError::OutOfRange(_) => "judge-value-out-of-range",
            ProtocolError::NotStarted => "judge-not-started",
            ProtocolError::Parameters(error) => error.code(),
        }
    }

    pub fn help(&self) -> &'static str {
        match self {
            ProtocolError::NotStarted => "send a line {\"type\":\"start\",\"le_ms\":[...]} first",
            ProtocolError::Parameters(_) => "le_ms must be rising, finite bucket edges in milliseconds",
            ProtocolError::TooLong | ProtocolError::Malformed(_) | ProtocolError::OutOfRange(_) => {
                "run `tidegate judge --help` for the form of a line"
            }
        }
    }
}

impl fmt::Display for ProtocolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ProtocolError::TooLong => write!(f, "the line is longer than {LINE_BYTES_MAX} bytes"),
            ProtocolError::Malformed(what) => write!(f, "the line is not of the judge protocol: {what}"),
            ProtocolError::OutOfRange(what) => f.write_str(what),
            ProtocolError::NotStarted => f.write_str("a scrape came before any start"),
            ProtocolError::Parameters(_) => f.write_str("the start line cannot be used"),
        }
    }
}

impl std::error::Error for ProtocolError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            ProtocolError::Parameters(error) => Some(error),
            ProtocolError::TooLong
            | ProtocolError::Malformed(_)
            | ProtocolError::OutOfRange(_)
            | ProtocolError::NotStarted => None,
        }
    }
}

impl From<ParameterError> for ProtocolError {
    fn from(error: ParameterError) -> Self {
        ProtocolError::Parameters(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: &str =
        r#"{"type":"start","id":"x","scrape_s":5.0,"le_ms":[5,10],"plan":{"weights":[0.05],"step_s":60.0}}"#;

    #[test]
    fn a_conversation() {
        let mut session = JudgeSession::default();
        assert_eq!(session.line(START), Ok(None));
        let zero = r#"{"type":"scrape","t":0.0,"weight":0.05,"arms":{"baseline":{"requests":0,"errors":0,"buckets":[0,0,0]},"canary":{"requests":0,"errors":0,"buckets":[0,0,0]}}}"#;
        let answer = session.line(zero).unwrap().unwrap();
        assert!(answer.starts_with(r#"{"verdict":"continue","weight":0.01,"#), "{answer}");
        let gap = session.line(r#"{"type":"scrape","t":5,"weight":0.05,"arms":{}}"#).unwrap().unwrap();
        assert!(gap.starts_with(r#"{"verdict":"hold","weight":0.01,"#), "{gap}");
        assert!(!answer.contains('\n'));
    }

    #[test]
    fn bad_lines_are_refused_and_change_nothing() {
        let scrape = |t: &str, weight: &str| format!(r#"{{"type":"scrape","t":{t},"weight":{weight}}}"#);
        let table = [
            (scrape("5", "0.05"), "judge-not-started"),
            ("{".into(), "judge-line-malformed"),
            (r#"{"type":"dance"}"#.into(), "judge-line-malformed"),
            (scrape("-1", "0.05"), "judge-value-out-of-range"),
            (scrape("1", "1.5"), "judge-value-out-of-range"),
            ("x".repeat(LINE_BYTES_MAX + 1), "judge-line-too-long"),
            (r#"{"type":"start","le_ms":[10,5]}"#.into(), "analysis-parameter-out-of-range"),
        ];
        for (line, code) in table {
            let mut session = JudgeSession::default();
            assert_eq!(session.line(&line).unwrap_err().code(), code);
            assert!(session.judge.is_none());
        }
    }
}
