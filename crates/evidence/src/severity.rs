//! How bad a finding is, in one scale for all tools.
//!
//! Invariant: what a tool does not say, or says in words that are not known here, is `Unknown`, never `Info`.
//! Not here: what a threshold allows.

use std::fmt;

use serde::{Deserialize, Serialize};

/// In order of weight; `Unknown` stands apart and is never compared by a threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    Unknown,
    Info,
    Low,
    Medium,
    High,
    Critical,
}

impl Severity {
    /// Those a threshold can name, the lightest first.
    pub const RATED: [Self; 5] = [Self::Info, Self::Low, Self::Medium, Self::High, Self::Critical];

    pub fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// The words of the tools: CVSS ratings, axe's impacts (minor, moderate, serious), distributions' (negligible,
    /// important).
    pub fn from_word(word: &str) -> Self {
        match word.trim().to_ascii_lowercase().as_str() {
            "critical" => Self::Critical,
            "high" | "serious" | "important" => Self::High,
            "medium" | "moderate" => Self::Medium,
            "low" | "minor" => Self::Low,
            "info" | "informational" | "negligible" | "none" => Self::Info,
            _ => Self::Unknown,
        }
    }

    /// The qualitative rating of a CVSS score, as in section 5 of the CVSS 3.1 specification.
    pub fn from_score(score: f64) -> Self {
        match score {
            score if !(0.0..=10.0).contains(&score) => Self::Unknown,
            score if score >= 9.0 => Self::Critical,
            score if score >= 7.0 => Self::High,
            score if score >= 4.0 => Self::Medium,
            score if score > 0.0 => Self::Low,
            _ => Self::Info,
        }
    }

    /// A vector of CVSS 3.0, 3.1 or 4.0; what is no complete vector is `Unknown`.
    pub fn from_cvss_vector(vector: &str) -> Self {
        const VECTOR_CHARACTERS_MAX: usize = 300;
        // The library scores an incomplete vector of version 3 as 0, which would look harmless.
        let has = |metric: &str| vector.split('/').any(|part| part.split(':').next() == Some(metric));
        let base: &[&str] = match vector.split('/').next() {
            Some("CVSS:3.0" | "CVSS:3.1") => &["AV", "AC", "PR", "UI", "S", "C", "I", "A"],
            Some("CVSS:4.0") => &["AV", "AC", "AT", "PR", "UI", "VC", "VI", "VA", "SC", "SI", "SA"],
            Some(_) | None => return Self::Unknown,
        };
        if vector.len() > VECTOR_CHARACTERS_MAX || !base.iter().all(|metric| has(metric)) {
            return Self::Unknown;
        }
        vector.parse::<cvss::Cvss>().map_or(Self::Unknown, |vector| Self::from_score(vector.score()))
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_rated_by_the_bands_of_cvss() {
        let table = [
            (10.0, Severity::Critical),
            (9.0, Severity::Critical),
            (8.9, Severity::High),
            (7.0, Severity::High),
            (6.9, Severity::Medium),
            (4.0, Severity::Medium),
            (3.9, Severity::Low),
            (0.1, Severity::Low),
            (0.0, Severity::Info),
            (-1.0, Severity::Unknown),
            (10.1, Severity::Unknown),
            (f64::NAN, Severity::Unknown),
            (f64::INFINITY, Severity::Unknown),
        ];
        for (score, expect) in table {
            assert_eq!(Severity::from_score(score), expect, "{score}");
        }
    }

    #[test]
    fn vectors_are_scored_or_unknown() {
        let table = [
            // 9.8, 6.2 and 9.3: computed with the calculators of first.org.
            ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", Severity::Critical),
            ("CVSS:3.1/AV:L/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H", Severity::Medium),
            ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", Severity::Critical),
            ("CVSS:4.0/AV:N", Severity::Unknown),
            ("CVSS:3.1/AV:N", Severity::Unknown),
            ("CVSS:3.1/", Severity::Unknown),
            ("AV:N/AC:L/Au:N/C:P/I:P/A:P", Severity::Unknown),
            ("", Severity::Unknown),
        ];
        for (vector, expect) in table {
            assert_eq!(Severity::from_cvss_vector(vector), expect, "{vector}");
        }
    }

    #[test]
    fn a_word_that_is_not_known_is_unknown() {
        for word in ["", "UNKNOWN", "severe", "highish", "0"] {
            assert_eq!(Severity::from_word(word), Severity::Unknown, "{word}");
        }
        assert_eq!(Severity::from_word(" Moderate "), Severity::Medium);
    }
}
