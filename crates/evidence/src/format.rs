//! The formats of reports that are read.
//!
//! Invariant: names are stable, and each format is read by one file in `formats/`. Not here: telling them apart
//! (`detect`), and which gate takes which (`gate_kind`).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    Sarif,
    Trivy,
    Grype,
    OsvScanner,
    PipAudit,
    NpmAudit,
    CargoAudit,
    #[serde(rename = "junit")]
    JUnit,
    AxeCore,
    Pa11y,
    Lighthouse,
    K6,
    Criterion,
    Hyperfine,
    #[serde(rename = "cyclonedx")]
    CycloneDx,
    Spdx,
}

impl Format {
    pub const ALL: [Self; 16] = [
        Self::Sarif,
        Self::Trivy,
        Self::Grype,
        Self::OsvScanner,
        Self::PipAudit,
        Self::NpmAudit,
        Self::CargoAudit,
        Self::JUnit,
        Self::AxeCore,
        Self::Pa11y,
        Self::Lighthouse,
        Self::K6,
        Self::Criterion,
        Self::Hyperfine,
        Self::CycloneDx,
        Self::Spdx,
    ];

    /// As commands and configuration write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sarif => "sarif",
            Self::Trivy => "trivy",
            Self::Grype => "grype",
            Self::OsvScanner => "osv-scanner",
            Self::PipAudit => "pip-audit",
            Self::NpmAudit => "npm-audit",
            Self::CargoAudit => "cargo-audit",
            Self::JUnit => "junit",
            Self::AxeCore => "axe-core",
            Self::Pa11y => "pa11y",
            Self::Lighthouse => "lighthouse",
            Self::K6 => "k6",
            Self::Criterion => "criterion",
            Self::Hyperfine => "hyperfine",
            Self::CycloneDx => "cyclonedx",
            Self::Spdx => "spdx",
        }
    }

    /// What makes such a report.
    pub fn made_by(self) -> &'static str {
        match self {
            Self::Sarif => "SARIF 2.1.0, from Semgrep, CodeQL, gosec and many more",
            Self::Trivy => "trivy --format json (schema 2)",
            Self::Grype => "grype -o json",
            Self::OsvScanner => "osv-scanner scan --format json --all-packages",
            Self::PipAudit => "pip-audit --format json",
            Self::NpmAudit => "npm audit --json",
            Self::CargoAudit => "cargo audit --json",
            Self::JUnit => "JUnit XML, from nearly every test runner",
            Self::AxeCore => "axe --save, or axe.run() as JSON",
            Self::Pa11y => "pa11y --reporter json, or pa11y-ci --json",
            Self::Lighthouse => "lighthouse --output json",
            Self::K6 => "k6 run --summary-export, or handleSummary() as JSON",
            Self::Criterion => "cargo criterion --message-format json, or an estimates.json",
            Self::Hyperfine => "hyperfine --export-json",
            Self::CycloneDx => "CycloneDX 1.2 to 1.7 as JSON",
            Self::Spdx => "SPDX 2.2 or 2.3 as JSON",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

impl FromStr for Format {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|format| format.name() == text).ok_or(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back_and_are_those_of_the_wire() {
        for format in Format::ALL {
            assert_eq!(format.name().parse(), Ok(format));
            assert_eq!(serde_json::to_value(format).unwrap(), format.name());
        }
    }
}
