//! What a report says, in one form for all formats.
//!
//! Invariant: what the tool left open stands here as a finding of unknown severity, so that it cannot get lost
//! between reading and deciding. Not here: whether that is good enough (`decide`).

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::format::Format;
use crate::gate_kind::GateKind;
use crate::measure::{Measure, Unit};
use crate::severity::Severity;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    pub format: Format,
    /// What its uploader calls it; a later report of the same name, tool, targets and subject takes its place.
    pub name: Option<String>,
    /// The gate its uploader meant it for; without it, any that takes the format (end-to-end and smoke tests excepted).
    pub gate: Option<GateKind>,
    /// The artifact that its uploader bound it to; counts where the report itself names none.
    pub bound_to: Option<Digest>,
    pub tool: Tool,
    /// What was looked at, in the report's words: an image, a page, suites, commands.
    pub targets: BTreeSet<String>,
    /// The digests the report names as its subject.
    pub subjects: BTreeSet<Digest>,
    /// Packages, files, rules, tests or samples that were in fact looked at.
    pub scanned: u64,
    /// Milliseconds since 1970; 0 where it is stated but cannot be read.
    pub created_ms: Option<u64>,
    /// When the database of weaknesses was built; as above.
    pub database_built_ms: Option<u64>,
    /// Whether its findings say how severe they are, so that `no high` means something.
    pub rates_findings: bool,
    pub findings: Vec<Finding>,
    pub tests: Option<Tests>,
    pub measures: BTreeMap<String, Measure>,
    pub components: Vec<Component>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tool {
    pub name: String,
    pub version: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// CVE, advisory, rule or test; what a waiver names.
    pub id: String,
    pub severity: Severity,
    pub category: Category,
    pub title: String,
    /// Package and version, file and line, element, or test.
    pub location: String,
    /// What the tool says would mend it.
    pub fix: Option<String>,
    /// The tool itself was told to look past it, and says so.
    pub suppressed: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Category {
    Weakness,
    Misconfiguration,
    Secret,
    Licence,
    Accessibility,
    Test,
    /// About the run itself: it failed, skipped, or could not tell.
    Tool,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tests {
    pub all: Counts,
    pub suites: Vec<Suite>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Suite {
    pub name: String,
    pub counts: Counts,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counts {
    pub total: u64,
    pub failed: u64,
    pub errored: u64,
    /// Also those expected to fail.
    pub skipped: u64,
}

impl Counts {
    /// Tests that ran to an end, good or bad.
    pub fn ran(self) -> u64 {
        self.total.saturating_sub(self.skipped)
    }

    pub fn passed(self) -> u64 {
        self.ran().saturating_sub(self.failed).saturating_sub(self.errored)
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.total = self.total.saturating_add(other.total);
        self.failed = self.failed.saturating_add(other.failed);
        self.errored = self.errored.saturating_add(other.errored);
        self.skipped = self.skipped.saturating_add(other.skipped);
    }
}

/// One entry of a bill of materials.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Component {
    pub name: String,
    pub version: Option<String>,
    pub purl: Option<String>,
    /// SPDX identifiers or expressions, all of which apply; empty where none is stated.
    pub licences: Vec<String>,
}

impl Report {
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    pub fn meant_for(mut self, gate: GateKind) -> Self {
        self.gate = Some(gate);
        self
    }

    pub fn bound_to(mut self, artifact: Digest) -> Self {
        self.bound_to = Some(artifact);
        self
    }

    /// Adds how this run relates to an earlier one of the same tool: `ratio.NAME` for each time that both have, and
    /// `ratio`, the worst of their means, typical times and 95th percentiles (1.1 is a tenth slower).
    pub fn against(mut self, baseline: &Self) -> Self {
        let mut worst: Option<f64> = None;
        let own: Vec<(String, Measure)> =
            self.measures.iter().map(|(name, measure)| (name.clone(), *measure)).collect();
        for (name, measure) in own {
            let Some(earlier) = baseline.measures.get(&name) else { continue };
            let times = measure.unit == Unit::Milliseconds && earlier.unit == Unit::Milliseconds;
            let ratio = measure.value / earlier.value;
            if times && ratio.is_finite() {
                self.measures.insert(format!("ratio.{name}"), Measure::new(ratio, Unit::Ratio));
                // Extremes and spread wander between two runs of the same thing.
                if matches!(name.rsplit('.').next(), Some("mean" | "avg" | "p95" | "typical")) {
                    worst = Some(worst.map_or(ratio, |worst| worst.max(ratio)));
                }
            }
        }
        if let Some(worst) = worst {
            self.measures.insert("ratio".to_owned(), Measure::new(worst, Unit::Ratio));
        }
        self
    }

    /// What people call it.
    pub fn label(&self) -> &str {
        self.name.as_deref().unwrap_or(self.format.name())
    }
}
