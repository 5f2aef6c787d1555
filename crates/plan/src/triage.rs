//! What to do about a bug: how bad it is against how much its fix could break.
//!
//! Invariant: every pair of severity and risk has a decision, whatever the team set; a fix is never less risky for being late.
//! Deliberately not here: who decided and why.

use serde::Serialize;

use crate::document::{ByRisk, Decision, FixRisk, Matrix, Severity};

/// What was decided, from what, in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Triaged {
    pub decision: Decision,
    pub severity: Severity,
    /// With lateness reckoned in.
    pub risk: FixRisk,
    pub why: String,
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

/// What the matrix says now, for every severity and risk.
pub fn advised(matrix: &Matrix, after_freeze: bool) -> Matrix {
    let row = |severity| {
        let says = |risk| triage(matrix, severity, risk, after_freeze).decision;
        ByRisk { low: says(FixRisk::Low), medium: says(FixRisk::Medium), high: says(FixRisk::High) }
    };
    Matrix {
        trivial: row(Severity::Trivial),
        minor: row(Severity::Minor),
        major: row(Severity::Major),
        critical: row(Severity::Critical),
    }
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
