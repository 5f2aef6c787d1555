//! What is asked of a report: `no critical`, `at most 3 medium`, `p95 < 300 ms`, `all passed`.
//!
//! Invariant: what `Display` writes is read back as the same threshold. What is worse than a clause names, and no
//! clause names itself, is not allowed: `at most 3 medium` allows no high one. Not here: counting (`judge`).

mod quantity;
mod read;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

pub use quantity::{Quantity, Written};
pub use read::BadThreshold;

use crate::severity::Severity;

/// One clause or more, all of which must hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Threshold {
    clauses: Vec<Clause>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Clause {
    /// `no high or above`, `at most 3 medium`.
    AtMost { count: u64, severity: Severity, or_above: bool },
    /// `all passed`: at least one test ran, and none failed.
    AllPassed,
    /// `p95 < 300 ms`.
    Measure { name: String, comparison: Comparison, than: Quantity },
    /// `only licences MIT Apache-2.0`: every component may be used under one of them.
    OnlyLicences(Vec<String>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    Less,
    AtMost,
    More,
    AtLeast,
}

impl Comparison {
    pub(crate) fn holds(self, value: f64, than: f64) -> bool {
        match self {
            Self::Less => value < than,
            Self::AtMost => value <= than,
            Self::More => value > than,
            Self::AtLeast => value >= than,
        }
    }

    fn sign(self) -> &'static str {
        match self {
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::More => ">",
            Self::AtLeast => ">=",
        }
    }
}

impl Threshold {
    pub fn clauses(&self) -> &[Clause] {
        &self.clauses
    }

    /// Severities of which no clause speaks, although one speaks of something milder.
    pub(crate) fn unmentioned_above(&self) -> impl Iterator<Item = Severity> + '_ {
        let bounds = || self.clauses.iter().filter_map(Clause::bound);
        let mildest = bounds().map(|(severity, _)| severity).min();
        Severity::RATED.into_iter().filter(move |severity| {
            let covered =
                |(named, or_above): (Severity, bool)| named == *severity || (or_above && named < *severity);
            mildest.is_some_and(|mildest| mildest < *severity) && !bounds().any(covered)
        })
    }
}

impl Clause {
    /// The severity it bounds, and whether also those above.
    fn bound(&self) -> Option<(Severity, bool)> {
        match self {
            Self::AtMost { severity, or_above, .. } => Some((*severity, *or_above)),
            Self::AllPassed | Self::Measure { .. } | Self::OnlyLicences(_) => None,
        }
    }
}

impl fmt::Display for Threshold {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, clause) in self.clauses.iter().enumerate() {
            write!(out, "{}{clause}", if index == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

impl fmt::Display for Clause {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtMost { count: 0, severity: Severity::Info, or_above: true } => {
                out.write_str("no findings")
            }
            Self::AtMost { count, severity, or_above } => {
                match count {
                    0 => write!(out, "no {severity}")?,
                    count => write!(out, "at most {count} {severity}")?,
                }
                out.write_str(if *or_above { " or above" } else { "" })
            }
            Self::AllPassed => out.write_str("all passed"),
            Self::Measure { name, comparison, than } => {
                write!(out, "{} {} {than}", quoted(name), comparison.sign())
            }
            Self::OnlyLicences(licences) => {
                out.write_str("only licences")?;
                licences.iter().try_for_each(|licence| write!(out, " {}", quoted(licence)))
            }
        }
    }
}

/// Bare where the reader takes it for one word that means nothing else.
fn quoted(name: &str) -> String {
    if read::is_bare(name) { name.to_owned() } else { format!("\"{name}\"") }
}

impl FromStr for Threshold {
    type Err = BadThreshold;

    fn from_str(text: &str) -> Result<Self, BadThreshold> {
        Ok(Self { clauses: read::clauses(text)? })
    }
}

impl TryFrom<String> for Threshold {
    type Error = BadThreshold;

    fn try_from(text: String) -> Result<Self, BadThreshold> {
        text.parse()
    }
}

impl From<Threshold> for String {
    fn from(threshold: Threshold) -> Self {
        threshold.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_worse_than_a_clause_names_is_not_left_open() {
        use Severity as S;
        let table: [(&str, &[S]); 7] = [
            ("no critical", &[]),
            ("no high", &[S::Critical]),
            ("no high or above", &[]),
            ("at most 3 medium", &[S::High, S::Critical]),
            ("no critical, at most 3 medium", &[S::High]),
            ("no high or above, at most 3 medium", &[]),
            ("all passed", &[]),
        ];
        for (text, expect) in table {
            let threshold: Threshold = text.parse().unwrap();
            assert_eq!(threshold.unmentioned_above().collect::<Vec<_>>(), expect, "{text}");
        }
    }
}
