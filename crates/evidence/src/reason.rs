//! Why a gate on evidence is closed.
//!
//! Invariant: each reason has a stable code and says what would open the gate; lists in it are short. Not here:
//! finding the reasons (`decide`, `judge`).

use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::gate_kind::GateKind;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    #[error("there is no report for {gate}")]
    Missing { gate: GateKind },
    #[error("{gate} takes {wanted}, and there is only {found}")]
    WrongFormat { gate: GateKind, wanted: String, found: String },
    #[error("{reports} may be of any kind of test; nobody said that it is for {gate}")]
    Unlabelled { gate: GateKind, reports: String },
    #[error("{reports} is about another artifact")]
    AnotherArtifact { reports: String },
    #[error("{reports} names no artifact, and was bound to none")]
    Unbound { reports: String },
    #[error("no report is about {artifact}")]
    Uncovered { artifact: Digest },
    #[error("{report} scanned nothing")]
    ScannedNothing { report: String },
    #[error("the database of {report} was built {built}, which is more than {hours_max} hours ago")]
    DatabaseStale { report: String, built: String, hours_max: u64 },
    #[error("of {count} findings nobody knows how severe they are: {examples}")]
    SeverityUnknown { count: usize, examples: String },
    #[error("`{clause}` does not hold: {count} {severity}, and {allowed} may be")]
    Findings { clause: String, severity: String, count: usize, allowed: u64 },
    #[error("`{clause}` does not hold: {report} has {found}")]
    Measure { clause: String, report: String, found: String },
    #[error("{failed} of {ran} did not pass: {examples}")]
    TestsFailed { failed: u64, ran: u64, examples: String },
    #[error("{count} components have a licence that is not allowed: {examples}")]
    LicenceNotAllowed { count: usize, examples: String },
    #[error("nothing answers `{clause}`{known}")]
    Unanswered { clause: String, known: String },
    #[error("`{clause}` cannot be compared with {found}")]
    UnitUnclear { clause: String, found: String },
    #[error("`{clause}` holds for every share there can be")]
    CannotFail { clause: String },
    #[error("suites that must be there did not run: {suites}")]
    SuitesMissing { suites: String },
}

impl Reason {
    pub fn code(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "evidence-missing",
            Self::WrongFormat { .. } => "evidence-wrong-format",
            Self::Unlabelled { .. } => "evidence-unlabelled",
            Self::AnotherArtifact { .. } => "evidence-of-another-artifact",
            Self::Unbound { .. } => "evidence-unbound",
            Self::Uncovered { .. } => "evidence-artifact-uncovered",
            Self::ScannedNothing { .. } => "evidence-scanned-nothing",
            Self::DatabaseStale { .. } => "evidence-database-stale",
            Self::SeverityUnknown { .. } => "evidence-severity-unknown",
            Self::Findings { .. } => "evidence-findings",
            Self::Measure { .. } => "evidence-measure",
            Self::TestsFailed { .. } => "evidence-tests-failed",
            Self::LicenceNotAllowed { .. } => "evidence-licence-not-allowed",
            Self::Unanswered { .. } => "evidence-threshold-unanswered",
            Self::UnitUnclear { .. } => "evidence-threshold-unit",
            Self::CannotFail { .. } => "evidence-threshold-cannot-fail",
            Self::SuitesMissing { .. } => "evidence-suites-missing",
        }
    }

    pub fn help(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "add one with `tidegate evidence add FILE --for RELEASE`",
            Self::WrongFormat { .. } => {
                "add a report in one of these with `tidegate evidence add FILE --for RELEASE`"
            }
            Self::Unlabelled { .. } => {
                "add it again with `tidegate evidence add FILE --for RELEASE --gate KIND`"
            }
            Self::AnotherArtifact { .. } => "scan the artifacts of this release, and add that report",
            Self::Unbound { .. } => {
                "add it again with `tidegate evidence add FILE --for RELEASE --artifact COMPONENT`"
            }
            Self::Uncovered { .. } => "add a report about it with `tidegate evidence add FILE --for RELEASE`",
            Self::ScannedNothing { .. } => {
                "look what the tool was pointed at; some list what they scanned only when asked"
            }
            Self::DatabaseStale { .. } => "update the scanner's database, scan again, and add the new report",
            Self::SeverityUnknown { .. } => {
                "look at each, then mend it or `tidegate evidence waive RELEASE ID --why … --until …`"
            }
            Self::Findings { .. } => "mend them, or `tidegate evidence waive RELEASE ID --why … --until …`",
            Self::Measure { .. } => {
                "mend it and measure again; a person with the right to may change the threshold"
            }
            Self::TestsFailed { .. } => {
                "mend them and run again, or `tidegate evidence waive RELEASE TEST --why … --until …`"
            }
            Self::LicenceNotAllowed { .. } => {
                "replace the component, allow the licence in the threshold, or waive `licence:COMPONENT`"
            }
            Self::Unanswered { .. } => {
                "name a measure that a report has, or add the report that has this one"
            }
            Self::UnitUnclear { .. } => "write the threshold with the unit of the measure",
            Self::CannotFail { .. } => "write shares from 0 to 1 or with %, for example `error_rate <= 1%`",
            Self::SuitesMissing { .. } => "run them and add their report, or waive `missing suites`",
        }
    }
}

/// The first few of many, for a sentence.
pub(crate) fn examples<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    const SHOWN_MAX: usize = 5;
    const CHARACTERS_MAX: usize = 80;
    let mut names = names.into_iter();
    let shown: Vec<String> =
        names.by_ref().take(SHOWN_MAX).map(|name| name.chars().take(CHARACTERS_MAX).collect()).collect();
    match names.count() {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
