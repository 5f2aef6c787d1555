//! The reports of many tools, read and decided by.
//!
//! The samples in `../samples` were written for these tests after the public descriptions that each file of
//! `src/formats` names; the shop, its packages and most advisories in them are invented.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod decisions;
mod formats;
mod never_panics;
mod thresholds;
mod traps;

use std::collections::BTreeSet;

use serde_json::Value;
use tidegate_evidence::{Decision, Digest, Limits, Report, Requirement, Severity, Waiver, decide, read};

/// 2026-11-21, 11:40 UTC.
pub const NOW_MS: u64 = 1_795_261_200_000;
pub const HOUR_MS: u64 = 3_600_000;

pub fn digest(letter: char) -> Digest {
    letter.to_string().repeat(64).parse().unwrap()
}

/// The release that the samples are about: one artifact, `aaaa…`.
pub fn release() -> BTreeSet<Digest> {
    [digest('a')].into()
}

pub fn bytes(sample: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/samples/{sample}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

pub fn json(sample: &str) -> Value {
    serde_json::from_slice(&bytes(sample)).unwrap()
}

pub fn report(sample: &str) -> Report {
    read(&bytes(sample), sample, Limits::default()).unwrap().named(sample)
}

/// A sample after a change to its JSON.
pub fn changed(sample: &str, change: impl FnOnce(&mut Value)) -> Report {
    let mut value = json(sample);
    change(&mut value);
    of_text(&value.to_string(), sample)
}

pub fn of_text(text: &str, file_name: &str) -> Report {
    read(text.as_bytes(), file_name, Limits::default()).unwrap().named(file_name)
}

pub fn refusal(text: &str, file_name: &str) -> &'static str {
    read(text.as_bytes(), file_name, Limits::default()).unwrap_err().code()
}

pub fn requirement(kind: &str, threshold: &str) -> Requirement {
    let threshold = Some(threshold).filter(|text| !text.is_empty());
    Requirement::from_gate(kind, true, threshold).unwrap()
}

/// Of reports that name no artifact of their own, bound to the release.
pub fn ask(kind: &str, threshold: &str, reports: &[Report], waivers: &[Waiver]) -> Decision {
    let bound: Vec<Report> = reports.iter().map(|report| report.clone().bound_to(digest('a'))).collect();
    decide(&requirement(kind, threshold), &bound, &release(), waivers, NOW_MS)
}

pub fn codes(decision: &Decision) -> Vec<&'static str> {
    decision.reasons.iter().map(tidegate_evidence::Reason::code).collect()
}

pub fn waiver(id: &str) -> Waiver {
    Waiver {
        waives: id.to_owned().into(),
        who: "mara".to_owned(),
        why: "looked at it: not reachable".to_owned(),
        expires_ms: NOW_MS + HOUR_MS,
    }
}

/// Ids and severities of the findings that the tool did not suppress.
pub fn open(report: &Report) -> Vec<(&str, Severity)> {
    report.findings.iter().filter(|one| !one.suppressed).map(|one| (one.id.as_str(), one.severity)).collect()
}
