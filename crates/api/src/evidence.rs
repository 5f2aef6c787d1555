//! Evidence: reports about the artifacts of a release, and waivers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A report that was added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EvidenceReport {
    /// Of its bytes and what it is for: the same report is added once.
    pub id: String,
    pub name: String,
    pub format: String,
    pub tool: String,
    /// The kind of gate it is for, where that was said.
    pub gate: Option<String>,
    /// The digest of the artifact it was bound to.
    pub artifact: Option<String>,
    pub findings: u64,
    pub at_ms: u64,
    /// Present where the file itself is kept: `GET /releases/{version}/evidence/{report}/file` gives it.
    pub file: Option<EvidenceFile>,
}

/// A file that is kept beside the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EvidenceFile {
    /// SHA-256 of its bytes, hexadecimal.
    pub digest: String,
    pub bytes: u64,
    /// Whose outputs it holds; read by who may look there.
    pub environment: String,
}

/// What was read from a report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EvidenceAdded {
    #[serde(flatten)]
    pub report: EvidenceReport,
    /// Packages, files, rules, tests or samples that were looked at.
    pub scanned: u64,
    /// How many findings of each severity; suppressed ones left out.
    pub severities: BTreeMap<String, u64>,
    pub tests: Option<TestCounts>,
    pub components: u64,
    /// The worst findings, at most twenty.
    pub worst: Vec<EvidenceFinding>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TestCounts {
    pub total: u64,
    pub passed: u64,
    pub failed: u64,
    pub skipped: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EvidenceFinding {
    /// What a waiver names.
    pub id: String,
    pub severity: String,
    pub title: String,
    pub location: String,
}

/// A report with what it found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EvidenceShown {
    #[serde(flatten)]
    pub report: EvidenceReport,
    /// Whether what is kept of it is still what was added. Where it is not, nothing of it is shown, and it opens no gate.
    pub intact: bool,
    /// Packages, files, rules, tests or samples that were looked at.
    pub scanned: u64,
    /// How many findings of each severity; suppressed ones left out.
    pub severities: BTreeMap<String, u64>,
    pub tests: Option<TestCounts>,
    pub components: u64,
    /// The worst first; those that the tool was told to look past come last.
    pub worst: Vec<ReportedFinding>,
    /// How many more there are.
    pub omitted: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReportedFinding {
    #[serde(flatten)]
    pub finding: EvidenceFinding,
    /// What the tool says would mend it.
    pub fix: Option<String>,
    /// The tool was told to look past it.
    pub suppressed: bool,
    /// It does not count now, by a person's word.
    pub waived: bool,
}

/// Everything that was added for a release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EvidenceList {
    /// In the order they came.
    pub reports: Vec<EvidenceReport>,
    pub waivers: Vec<EvidenceWaiver>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EvidenceWaiver {
    /// The id of a finding, or `missing suites`.
    pub finding: String,
    pub who: String,
    pub why: String,
    /// From then on it does not count.
    pub until_ms: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WaiveRequest {
    /// The id of a finding, or `missing suites`.
    #[schema(min_length = 1, max_length = 200, example = "CVE-2026-1234")]
    pub finding: String,
    pub why: String,
    /// Before the year 10000.
    #[serde(deserialize_with = "crate::whole::whole")]
    #[schema(maximum = 253_402_300_799_999_u64)]
    pub until_ms: u64,
}
