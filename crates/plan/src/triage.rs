//! What to do about a bug: how bad it is against how much its fix could break.
//!
//! Invariant: every pair of severity and risk has a decision, whatever the team set. Deliberately not here: who decided and why.

use serde::{Deserialize, Serialize};

use crate::document::{Decision, FixRisk, Severity};

/// A decision for each severity and risk; a table without holes by its type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Matrix {
    pub trivial: ByRisk,
    pub minor: ByRisk,
    pub major: ByRisk,
    pub critical: ByRisk,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ByRisk {
    pub low: Decision,
    pub medium: Decision,
    pub high: Decision,
}

/// What was decided, from what, in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Triaged {
    pub decision: Decision,
    pub severity: Severity,
    /// With lateness reckoned in.
    pub risk: FixRisk,
    pub why: String,
}

impl Default for Matrix {
    fn default() -> Self {
        use Decision::{FixNext, FixNow, KnownIssue, StopRelease};
        let row = |low, medium, high| ByRisk { low, medium, high };
        Self {
            trivial: row(FixNext, KnownIssue, KnownIssue),
            minor: row(FixNow, FixNext, KnownIssue),
            major: row(FixNow, FixNow, FixNext),
            critical: row(FixNow, FixNow, StopRelease),
        }
    }
}

impl Matrix {
    pub fn decision(&self, severity: Severity, risk: FixRisk) -> Decision {
        let row = match severity {
            Severity::Trivial => self.trivial,
            Severity::Minor => self.minor,
            Severity::Major => self.major,
            Severity::Critical => self.critical,
        };
        match risk {
            FixRisk::Low => row.low,
            FixRisk::Medium => row.medium,
            FixRisk::High => row.high,
        }
    }
}

/// After the code freeze a fix is one step riskier than its reach alone says: less time is left to find what it broke.
pub fn triage(matrix: &Matrix, severity: Severity, risk: FixRisk, after_freeze: bool) -> Triaged {
    let raised = if after_freeze { riskier(risk) } else { risk };
    let decision = matrix.decision(severity, raised);
    let late = match (after_freeze, raised == risk) {
        (false, _) => String::new(),
        (true, true) => ", after the code freeze".to_owned(),
        (true, false) => format!(", raised from {} because the code is frozen", risk.word()),
    };
    let why = format!(
        "severity {} and a fix of {} risk{late}: {}",
        severity.word(),
        raised.word(),
        decision.sentence()
    );
    Triaged { decision, severity, risk: raised, why }
}

/// How risky a fix is by how many of the product's components it touches: one is low, up to a third medium, more is high.
pub fn fix_risk(touched: usize, components: usize) -> FixRisk {
    match touched {
        0 | 1 => FixRisk::Low,
        some if some <= components / 3 => FixRisk::Medium,
        _ => FixRisk::High,
    }
}

fn riskier(risk: FixRisk) -> FixRisk {
    match risk {
        FixRisk::Low => FixRisk::Medium,
        FixRisk::Medium | FixRisk::High => FixRisk::High,
    }
}

impl Decision {
    fn sentence(self) -> &'static str {
        match self {
            Self::FixNow => "fix it in this release",
            Self::FixNext => "fix it in the next release",
            Self::KnownIssue => "ship it as a known issue",
            Self::StopRelease => "stop the release until it is fixed",
        }
    }
}
