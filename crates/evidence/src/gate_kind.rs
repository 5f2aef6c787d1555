//! What a gate asks for: the kinds of evidence, the formats each takes, and what it asks when nobody says more.
//!
//! Invariant: every kind names at least one format, and every pair of kind and format has a default threshold that
//! can fail. Not here: what a threshold means (`threshold`), deciding (`decide`).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::format::Format;
use crate::report::Category;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum GateKind {
    SecurityScan,
    Accessibility,
    PerformanceBenchmark,
    UnitTests,
    EndToEndTests,
    /// What Tidegate's own smoke tests saw, or somebody else's.
    SmokeTests,
    Licences,
    Sbom,
    /// A gate that wants one format by name.
    Format(Format),
}

/// Those that carry no copyleft beyond the file.
const PERMISSIVE: &str = "only licences 0BSD Apache-2.0 BSD-2-Clause BSD-3-Clause BSL-1.0 CC0-1.0 ISC MIT MIT-0 \
                          MPL-2.0 PSF-2.0 Python-2.0 Unicode-3.0 Unicode-DFS-2016 Unlicense Zlib";

impl GateKind {
    pub const NAMED: [Self; 8] = [
        Self::SecurityScan,
        Self::Accessibility,
        Self::PerformanceBenchmark,
        Self::UnitTests,
        Self::EndToEndTests,
        Self::SmokeTests,
        Self::Licences,
        Self::Sbom,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::SecurityScan => "security_scan",
            Self::Accessibility => "accessibility",
            Self::PerformanceBenchmark => "performance_benchmark",
            Self::UnitTests => "unit_tests",
            Self::EndToEndTests => "end_to_end_tests",
            Self::SmokeTests => "smoke_tests",
            Self::Licences => "licences",
            Self::Sbom => "sbom",
            Self::Format(format) => format.name(),
        }
    }

    /// The formats that can satisfy it. A bill of materials is no scan, also when it carries vulnerabilities.
    pub fn formats(self) -> &'static [Format] {
        use Format as F;
        match self {
            Self::SecurityScan => {
                &[F::Sarif, F::Trivy, F::Grype, F::OsvScanner, F::PipAudit, F::NpmAudit, F::CargoAudit]
            }
            Self::Accessibility => &[F::AxeCore, F::Pa11y, F::Lighthouse],
            Self::PerformanceBenchmark => &[F::K6, F::Criterion, F::Hyperfine, F::Lighthouse],
            Self::UnitTests | Self::EndToEndTests | Self::SmokeTests => &[F::JUnit],
            Self::Licences => &[F::CycloneDx, F::Spdx, F::Trivy],
            Self::Sbom => &[F::CycloneDx, F::Spdx],
            Self::Format(format) => {
                let at = Format::ALL.iter().position(|one| *one == format).unwrap_or(0);
                // One format, borrowed from the table that lives as long as the program.
                ALL_FORMATS.get(at..=at).unwrap_or(&[])
            }
        }
    }

    /// What is asked of a report of this format when the gate names no threshold.
    pub fn default_threshold(self, format: Format) -> &'static str {
        match (self, format) {
            (Self::Licences, Format::Trivy) => "no high or above",
            (Self::Licences, _) => PERMISSIVE,
            (_, Format::CycloneDx | Format::Spdx) => "components >= 1",
            (_, Format::Lighthouse) => "score >= 0.9",
            (_, Format::K6 | Format::JUnit) => "all passed",
            (_, Format::Criterion | Format::Hyperfine) => "ratio <= 110%",
            (
                _,
                Format::Sarif
                | Format::Trivy
                | Format::Grype
                | Format::OsvScanner
                | Format::PipAudit
                | Format::NpmAudit
                | Format::CargoAudit
                | Format::AxeCore
                | Format::Pa11y,
            ) => "no high or above",
        }
    }

    /// Whether findings of this category decide it: a gate on licences does not ask for vulnerabilities.
    pub(crate) fn concerns(self, category: Category) -> bool {
        match self {
            Self::Licences => matches!(category, Category::Licence | Category::Tool),
            Self::Sbom => category == Category::Tool,
            Self::SecurityScan
            | Self::Accessibility
            | Self::PerformanceBenchmark
            | Self::UnitTests
            | Self::EndToEndTests
            | Self::SmokeTests
            | Self::Format(_) => true,
        }
    }

    /// The category of Lighthouse that `score` means here; elsewhere it is the lowest of all.
    pub(crate) fn score_measure(self) -> &'static str {
        match self {
            Self::Accessibility => "score.accessibility",
            Self::PerformanceBenchmark => "score.performance",
            Self::SecurityScan
            | Self::UnitTests
            | Self::EndToEndTests
            | Self::SmokeTests
            | Self::Licences
            | Self::Sbom
            | Self::Format(_) => "score",
        }
    }
}

const ALL_FORMATS: &[Format] = &Format::ALL;

impl fmt::Display for GateKind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

impl FromStr for GateKind {
    type Err = ();

    /// `security_scan`, `security-scan`, or the name of a format; also the American spelling of licences, and `smoke`.
    fn from_str(text: &str) -> Result<Self, ()> {
        let word = text.trim().to_ascii_lowercase().replace('-', "_");
        let word = match word.as_str() {
            "licenses" => "licences",
            "smoke" => "smoke_tests",
            word => word,
        };
        let named = Self::NAMED.into_iter().find(|kind| kind.name() == word);
        let format = || Format::ALL.into_iter().find(|format| format.name().replace('-', "_") == word);
        named.or_else(|| format().map(Self::Format)).ok_or(())
    }
}

impl TryFrom<String> for GateKind {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse().map_err(|()| format!("`{text}` is no kind of evidence"))
    }
}

impl From<GateKind> for String {
    fn from(kind: GateKind) -> Self {
        kind.name().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::threshold::Threshold;

    #[test]
    fn every_kind_and_format_has_a_default_that_is_read() {
        let kinds = GateKind::NAMED.into_iter().chain(Format::ALL.into_iter().map(GateKind::Format));
        for kind in kinds {
            assert_eq!(kind.name().parse(), Ok(kind));
            assert!(!kind.formats().is_empty(), "{kind}");
            for format in kind.formats() {
                let default = kind.default_threshold(*format);
                assert!(default.parse::<Threshold>().is_ok(), "{kind} {format}: {default}");
            }
        }
        assert_eq!(GateKind::Format(Format::K6).formats(), [Format::K6]);
    }
}
