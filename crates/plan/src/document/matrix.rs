//! A team's own table of triage: what is done about a bug of a severity whose fix has a risk.
//!
//! Invariant: a table without holes by its type. Deliberately not here: lateness (`triage`).

use serde::{Deserialize, Serialize};

use super::{Decision, FixRisk, Severity};

/// A decision for each severity and risk.
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
    pub fn row(&self, severity: Severity) -> ByRisk {
        match severity {
            Severity::Trivial => self.trivial,
            Severity::Minor => self.minor,
            Severity::Major => self.major,
            Severity::Critical => self.critical,
        }
    }

    pub fn row_mut(&mut self, severity: Severity) -> &mut ByRisk {
        match severity {
            Severity::Trivial => &mut self.trivial,
            Severity::Minor => &mut self.minor,
            Severity::Major => &mut self.major,
            Severity::Critical => &mut self.critical,
        }
    }

    pub fn decision(&self, severity: Severity, risk: FixRisk) -> Decision {
        let row = self.row(severity);
        match risk {
            FixRisk::Low => row.low,
            FixRisk::Medium => row.medium,
            FixRisk::High => row.high,
        }
    }
}
