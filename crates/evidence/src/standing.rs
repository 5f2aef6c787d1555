//! Which of the reports count: of the right format and gate, the newest of their kind, about this release.
//!
//! Invariant: a report takes the place of an earlier one only when both look at the same thing in the same way, so
//! that a clean report of one module never hides a bad one of another. Not here: what the reports say.

use std::collections::{BTreeMap, BTreeSet};

use crate::decide::{SetAside, SetAsideWhy};
use crate::digest::Digest;
use crate::format::Format;
use crate::gate_kind::GateKind;
use crate::reason::{Reason, examples};
use crate::report::Report;
use crate::requirement::{Covers, Requirement};

pub(crate) struct Standing<'a> {
    pub(crate) counted: Vec<&'a Report>,
    pub(crate) set_aside: Vec<SetAside>,
    pub(crate) reasons: Vec<Reason>,
}

/// Reports in the order in which they came.
pub(crate) fn standing<'a>(
    requirement: &Requirement,
    reports: &[&'a Report],
    artifacts: &BTreeSet<Digest>,
) -> Standing<'a> {
    let mut aside: Vec<(usize, SetAsideWhy)> = Vec::new();
    let mut fitting: Vec<(usize, &Report)> = Vec::new();
    let replaced = replaced(reports);
    for (index, report) in reports.iter().copied().enumerate() {
        let fits = fits(requirement.kind, report);
        match fits {
            None if replaced.contains(&index) => aside.push((index, SetAsideWhy::Replaced)),
            None => fitting.push((index, report)),
            Some(why) => aside.push((index, why)),
        }
    }
    let mut reasons = Vec::new();
    if fitting.is_empty() {
        reasons.push(none_fits(requirement.kind, reports, &aside));
    }
    let any_fits = !fitting.is_empty();
    let mut counted = Vec::new();
    for (index, report) in fitting {
        match about(report, artifacts) {
            None => counted.push(report),
            Some(why) => aside.push((index, why)),
        }
    }
    if any_fits && counted.is_empty() {
        reasons.extend(none_is_about(reports, &aside));
    }
    if requirement.covers == Covers::EveryArtifact && !counted.is_empty() {
        let uncovered =
            artifacts.iter().filter(|artifact| !counted.iter().any(|report| names(report, artifact)));
        reasons.extend(uncovered.map(|artifact| Reason::Uncovered { artifact: artifact.clone() }));
    }
    let set_aside = aside.into_iter().map(|(report, why)| SetAside { report, why }).collect();
    Standing { counted, set_aside, reasons }
}

fn fits(kind: GateKind, report: &Report) -> Option<SetAsideWhy> {
    if !kind.formats().contains(&report.format) {
        return Some(SetAsideWhy::WrongFormat);
    }
    match report.gate {
        Some(gate) if gate != kind => Some(SetAsideWhy::ForAnotherGate),
        // A JUnit report of unit tests looks the same.
        None if matches!(kind, GateKind::EndToEndTests | GateKind::SmokeTests) => {
            Some(SetAsideWhy::Unlabelled)
        }
        Some(_) | None => None,
    }
}

/// Without a name and without targets there is no telling that two reports are about the same.
fn replaced(reports: &[&Report]) -> BTreeSet<usize> {
    type Key<'a> =
        (Format, Option<GateKind>, &'a str, Option<&'a str>, &'a BTreeSet<String>, BTreeSet<&'a Digest>);
    let mut newest: BTreeMap<Key<'_>, usize> = BTreeMap::new();
    let mut replaced = BTreeSet::new();
    for (index, report) in reports.iter().enumerate() {
        if report.name.is_none() && report.targets.is_empty() {
            continue;
        }
        let subjects = if report.subjects.is_empty() {
            report.bound_to.iter().collect()
        } else {
            report.subjects.iter().collect()
        };
        let key = (
            report.format,
            report.gate,
            report.tool.name.as_str(),
            report.name.as_deref(),
            &report.targets,
            subjects,
        );
        replaced.extend(newest.insert(key, index));
    }
    replaced
}

/// What the report itself names outweighs what its uploader said.
fn about(report: &Report, artifacts: &BTreeSet<Digest>) -> Option<SetAsideWhy> {
    if report.subjects.is_empty() && report.bound_to.is_none() {
        return Some(SetAsideWhy::Unbound);
    }
    let ours = artifacts.iter().any(|artifact| names(report, artifact));
    (!ours).then_some(SetAsideWhy::AnotherArtifact)
}

fn names(report: &Report, artifact: &Digest) -> bool {
    if report.subjects.is_empty() {
        return report.bound_to.as_ref() == Some(artifact);
    }
    report.subjects.contains(artifact)
}

fn labels(reports: &[&Report], aside: &[(usize, SetAsideWhy)], why: SetAsideWhy) -> String {
    let these = aside.iter().filter(|(_, one)| *one == why);
    examples(these.filter_map(|(index, _)| reports.get(*index)).map(|report| report.label()))
}

fn none_fits(gate: GateKind, reports: &[&Report], aside: &[(usize, SetAsideWhy)]) -> Reason {
    let unlabelled = labels(reports, aside, SetAsideWhy::Unlabelled);
    if !unlabelled.is_empty() {
        return Reason::Unlabelled { gate, reports: unlabelled };
    }
    let other = aside.iter().filter(|(_, why)| *why == SetAsideWhy::WrongFormat);
    let found: BTreeSet<&str> =
        other.filter_map(|(index, _)| reports.get(*index)).map(|report| report.format.name()).collect();
    if found.is_empty() {
        return Reason::Missing { gate };
    }
    let wanted: Vec<&str> = gate.formats().iter().map(|format| format.name()).collect();
    Reason::WrongFormat { gate, wanted: wanted.join(", "), found: examples(found) }
}

fn none_is_about(reports: &[&Report], aside: &[(usize, SetAsideWhy)]) -> Vec<Reason> {
    let other = labels(reports, aside, SetAsideWhy::AnotherArtifact);
    let unbound = labels(reports, aside, SetAsideWhy::Unbound);
    let other = (!other.is_empty()).then_some(Reason::AnotherArtifact { reports: other });
    let unbound = (!unbound.is_empty()).then_some(Reason::Unbound { reports: unbound });
    other.into_iter().chain(unbound).collect()
}
