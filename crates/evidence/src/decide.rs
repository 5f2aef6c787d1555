//! Whether reports open a gate: the rule of this house in one function.
//!
//! Invariant: open if and only if a report is there, is about the release, scanned something, is fresh where it says
//! its age, leaves nothing unknown, and the threshold holds. Whatever is missing closes. Not here: parsing, and the
//! other kinds of gates.

use std::borrow::Borrow;
use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::instant;
use crate::judge::{Deciding, Judge};
use crate::reason::{Reason, examples};
use crate::report::{Report, Suite};
use crate::requirement::Requirement;
use crate::standing::standing;
use crate::threshold::Threshold;
use crate::waiver::{WaivedFinding, Waiver, Waivers};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    pub open: bool,
    /// Whether the evidence is good, also where it is not required.
    pub holds: bool,
    pub reasons: Vec<Reason>,
    /// The findings that closed it, at most `DECIDING_MAX`; the reasons have the counts.
    pub deciding: Vec<Deciding>,
    /// What would have closed it, had nobody waived it.
    pub waived: Vec<WaivedFinding>,
    /// Findings that the tools themselves were told to look past.
    pub suppressed: usize,
    /// Reports that did not count, by their place in what was given.
    pub set_aside: Vec<SetAside>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetAside {
    pub report: usize,
    pub why: SetAsideWhy,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SetAsideWhy {
    WrongFormat,
    ForAnotherGate,
    Unlabelled,
    /// A later one of the same name, tool, targets and subject is there.
    Replaced,
    AnotherArtifact,
    Unbound,
}

impl Decision {
    pub const DECIDING_MAX: usize = 200;
}

/// `reports` in the order in which they came; `artifacts` are the release's; `now_ms` is milliseconds since 1970.
pub fn decide<R: Borrow<Report>>(
    requirement: &Requirement,
    reports: &[R],
    artifacts: &BTreeSet<Digest>,
    waivers: &[Waiver],
    now_ms: u64,
) -> Decision {
    let reports: Vec<&Report> = reports.iter().map(Borrow::borrow).collect();
    let standing = standing(requirement, &reports, artifacts);
    let waivers = Waivers::at(waivers, now_ms);
    let mut judge = Judge::new(requirement.kind, &waivers);
    let mut reasons = standing.reasons;
    for report in &standing.counted {
        reasons.extend(unfit(report, requirement, now_ms));
    }
    reasons.extend(judge.unknown(&standing.counted));
    for (threshold, group) in groups(requirement, &standing.counted) {
        reasons.extend(judge.threshold(&threshold, &group));
    }
    if !standing.counted.is_empty() && !waivers.missing_suites() {
        reasons.extend(missing_suites(&requirement.expected_suites, &standing.counted));
    }
    let holds = reasons.is_empty();
    let mut deciding = judge.deciding;
    deciding.truncate(Decision::DECIDING_MAX);
    Decision {
        open: holds || !requirement.required,
        holds,
        reasons,
        deciding,
        waived: judge.waived,
        suppressed: standing
            .counted
            .iter()
            .flat_map(|report| &report.findings)
            .filter(|one| one.suppressed)
            .count(),
        set_aside: standing.set_aside,
    }
}

/// What keeps a report from being evidence, whatever it found.
fn unfit(report: &Report, requirement: &Requirement, now_ms: u64) -> Vec<Reason> {
    let mut reasons = Vec::new();
    if report.scanned == 0 {
        reasons.push(Reason::ScannedNothing { report: report.label().to_owned() });
    }
    if let (Some(built_ms), Some(most)) = (report.database_built_ms, requirement.database_age_seconds_max)
        && now_ms.saturating_sub(built_ms) > most.saturating_mul(1000)
    {
        reasons.push(Reason::DatabaseStale {
            report: report.label().to_owned(),
            built: instant::written(built_ms),
            hours_max: most / 3600,
        });
    }
    reasons
}

/// With a threshold of its own a gate asks it of all reports together; without, of each format what suits it.
fn groups<'a>(requirement: &Requirement, counted: &[&'a Report]) -> Vec<(Threshold, Vec<&'a Report>)> {
    if counted.is_empty() {
        return Vec::new();
    }
    if let Some(threshold) = &requirement.threshold {
        return vec![(threshold.clone(), counted.to_vec())];
    }
    let mut groups: Vec<(&str, Vec<&Report>)> = Vec::new();
    for report in counted {
        let text = requirement.kind.default_threshold(report.format);
        match groups.iter_mut().find(|(known, _)| *known == text) {
            Some((_, group)) => group.push(report),
            None => groups.push((text, vec![report])),
        }
    }
    // A test reads every default.
    groups.into_iter().filter_map(|(text, group)| Some((text.parse().ok()?, group))).collect()
}

/// A suite that is there and skipped whole is as good as missing.
fn missing_suites(expected: &[String], counted: &[&Report]) -> Option<Reason> {
    let suites = counted.iter().filter_map(|report| report.tests.as_ref()).flat_map(|tests| &tests.suites);
    let ran: BTreeSet<&str> =
        suites.filter(|Suite { counts, .. }| counts.ran() > 0).map(|suite| suite.name.as_str()).collect();
    let missing: Vec<&str> =
        expected.iter().map(String::as_str).filter(|suite| !ran.contains(suite)).collect();
    (!missing.is_empty()).then(|| Reason::SuitesMissing { suites: examples(missing) })
}
