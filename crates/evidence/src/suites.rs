//! Which suites of tests reports hold, for those who ask by suite rather than by report.
//!
//! Invariant: only reports count that would count at a gate of this kind: for it, about the artifacts, not replaced by a later one,
//! and with nothing in them that nobody understands. Not here: which suite is for what.

use std::borrow::Borrow;
use std::collections::BTreeSet;

use crate::digest::Digest;
use crate::gate_kind::GateKind;
use crate::report::{Report, Suite};
use crate::requirement::Requirement;
use crate::severity::Severity;
use crate::standing::standing;

/// `reports` in the order in which they came. A suite of which nothing ran is not among them.
pub fn suites<'a, R: Borrow<Report>>(
    kind: GateKind,
    reports: &'a [R],
    artifacts: &BTreeSet<Digest>,
) -> Vec<&'a Suite> {
    let reports: Vec<&Report> = reports.iter().map(Borrow::borrow).collect();
    let counted = standing(&Requirement::new(kind), &reports, artifacts).counted;
    let sound = |report: &&&Report| {
        let unknown = |one: &crate::Finding| one.severity == Severity::Unknown && !one.suppressed;
        !report.findings.iter().any(unknown)
    };
    let tests = counted.iter().filter(sound).filter_map(|report| report.tests.as_ref());
    tests.flat_map(|tests| &tests.suites).filter(|suite| suite.counts.ran() > 0).collect()
}
