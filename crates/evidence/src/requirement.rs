//! What one gate asks for.
//!
//! Invariant: a requirement that was made asks for something that can be answered: its kind and threshold were read.
//! Not here: approvals, soak and the other gates (`domain`).

use serde::{Deserialize, Serialize};

use crate::format::Format;
use crate::gate_kind::GateKind;
use crate::suggest::nearest;
use crate::threshold::{BadThreshold, Threshold};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Requirement {
    pub kind: GateKind,
    /// Of one that is not required the answer is told, and the gate stays open.
    pub required: bool,
    /// Without one, the kind's own for each format (`GateKind::default_threshold`).
    pub threshold: Option<Threshold>,
    /// Suites of tests that must be there, and have run.
    pub expected_suites: Vec<String>,
    /// How old a database of weaknesses may be, where a report states its age.
    pub database_age_seconds_max: Option<u64>,
    pub covers: Covers,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Covers {
    /// A report on one of the release's artifacts is enough.
    #[default]
    AnyArtifact,
    EveryArtifact,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadRequirement {
    #[error("`{kind}` is no kind of evidence")]
    UnknownKind { kind: String, suggestion: String },
    #[error("the threshold cannot be read")]
    Threshold(#[source] BadThreshold),
}

impl BadRequirement {
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownKind { .. } => "evidence-kind-unknown",
            Self::Threshold(bad) => bad.code(),
        }
    }

    pub fn help(&self) -> &str {
        match self {
            Self::UnknownKind { suggestion, .. } => suggestion,
            Self::Threshold(bad) => bad.help(),
        }
    }
}

impl Requirement {
    pub fn new(kind: GateKind) -> Self {
        Self {
            kind,
            required: true,
            threshold: None,
            expected_suites: Vec::new(),
            database_age_seconds_max: None,
            covers: Covers::AnyArtifact,
        }
    }

    /// As a script says it: `"security_scan": {"required": true, "pass_threshold": "no critical"}`.
    pub fn from_gate(
        kind: &str,
        required: bool,
        pass_threshold: Option<&str>,
    ) -> Result<Self, BadRequirement> {
        let read = kind.parse().map_err(|()| unknown_kind(kind))?;
        let threshold = pass_threshold.map(str::parse).transpose().map_err(BadRequirement::Threshold)?;
        Ok(Self { required, threshold, ..Self::new(read) })
    }
}

fn unknown_kind(kind: &str) -> BadRequirement {
    let known: Vec<&str> = GateKind::NAMED.iter().map(|kind| kind.name()).collect();
    let formats = Format::ALL.iter().map(|format| format.name());
    let word = kind.trim().to_ascii_lowercase().replace(['-', ' '], "_");
    let suggestion = match nearest(&word, known.iter().copied().chain(formats)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("write one of {}, or the name of a format", known.join(", ")),
    };
    BadRequirement::UnknownKind { kind: kind.chars().take(60).collect(), suggestion }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gates_of_a_script_become_requirements() {
        let scan = Requirement::from_gate("security_scan", true, Some("no critical")).unwrap();
        assert_eq!(scan.kind, GateKind::SecurityScan);
        assert_eq!(scan.threshold.map(|threshold| threshold.to_string()).as_deref(), Some("no critical"));
        let benchmark = Requirement::from_gate("performance-benchmark", true, None).unwrap();
        assert_eq!((benchmark.kind, benchmark.threshold), (GateKind::PerformanceBenchmark, None));
        assert!(!Requirement::from_gate("accessibility", false, None).unwrap().required);
        assert_eq!(
            Requirement::from_gate("trivy", true, None).unwrap().kind,
            GateKind::Format(Format::Trivy)
        );
        let bad = Requirement::from_gate("security_scam", true, None).unwrap_err();
        assert_eq!((bad.code(), bad.help()), ("evidence-kind-unknown", "did you mean `security_scan`?"));
        let bad = Requirement::from_gate("security_scan", true, Some("no critcal")).unwrap_err();
        assert_eq!((bad.code(), bad.help()), ("threshold-malformed", "did you mean `critical`?"));
    }
}
