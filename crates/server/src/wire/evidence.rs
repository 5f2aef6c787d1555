//! Reports and waivers.

use std::collections::BTreeMap;

use tidegate_api::{
    EvidenceAdded, EvidenceFile, EvidenceFinding, EvidenceReport, EvidenceShown, EvidenceWaiver,
    ReportedFinding, TestCounts,
};
use tidegate_domain::release::EvidenceRecord;
use tidegate_evidence::{Finding, Report, Waived, Waiver};

const WORST_MAX: usize = 20;

pub(crate) fn evidence_report(record: EvidenceRecord) -> EvidenceReport {
    let EvidenceRecord { id, format, tool, name, gate, artifact, kept: _, findings, at_ms, file } = record;
    let file = file.map(|file| EvidenceFile {
        digest: file.digest,
        bytes: file.bytes,
        environment: file.environment.to_string(),
    });
    EvidenceReport { id, name, format, tool, gate, artifact, findings, at_ms, file }
}

pub(crate) fn evidence_added(record: EvidenceRecord, report: &Report) -> EvidenceAdded {
    let standing = worst_first(report).into_iter().filter(|finding| !finding.suppressed);
    EvidenceAdded {
        report: evidence_report(record),
        scanned: report.scanned,
        severities: severities(report),
        tests: tests(report),
        components: report.components.len() as u64,
        worst: standing.take(WORST_MAX).map(finding).collect(),
    }
}

/// `report` is none where what is kept is not what was added.
pub(crate) fn evidence_shown(
    (record, report): (EvidenceRecord, Option<&Report>),
    waivers: &[Waiver],
    (now_ms, limit): (u64, usize),
) -> EvidenceShown {
    let is_waived = |id: &str| {
        let names = |waiver: &&Waiver| matches!(&waiver.waives, Waived::Finding(named) if named == id);
        waivers.iter().filter(names).any(|waiver| waiver.counts(now_ms))
    };
    let found = report.map(worst_first).unwrap_or_default();
    let omitted = found.len().saturating_sub(limit) as u64;
    let shown = |one: &Finding| ReportedFinding {
        finding: finding(one),
        fix: one.fix.clone(),
        suppressed: one.suppressed,
        waived: is_waived(&one.id),
    };
    EvidenceShown {
        report: evidence_report(record),
        intact: report.is_some(),
        scanned: report.map_or(0, |report| report.scanned),
        severities: report.map(severities).unwrap_or_default(),
        tests: report.and_then(tests),
        components: report.map_or(0, |report| report.components.len() as u64),
        worst: found.into_iter().take(limit).map(shown).collect(),
        omitted,
    }
}

fn worst_first(report: &Report) -> Vec<&Finding> {
    let mut found: Vec<&Finding> = report.findings.iter().collect();
    found.sort_by(|left, right| {
        let weight = |one: &Finding| (one.suppressed, std::cmp::Reverse(one.severity));
        weight(left).cmp(&weight(right)).then_with(|| left.id.cmp(&right.id))
    });
    found
}

/// Of what the tool was not told to look past.
fn severities(report: &Report) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for finding in report.findings.iter().filter(|finding| !finding.suppressed) {
        *counts.entry(finding.severity.to_string()).or_default() += 1;
    }
    counts
}

fn tests(report: &Report) -> Option<TestCounts> {
    report.tests.as_ref().map(|tests| TestCounts {
        total: tests.all.total,
        passed: tests.all.passed(),
        failed: tests.all.failed.saturating_add(tests.all.errored),
        skipped: tests.all.skipped,
    })
}

fn finding(finding: &Finding) -> EvidenceFinding {
    EvidenceFinding {
        id: finding.id.clone(),
        severity: finding.severity.to_string(),
        title: finding.title.clone(),
        location: finding.location.clone(),
    }
}

pub(crate) fn evidence_waiver(waiver: Waiver) -> EvidenceWaiver {
    let Waiver { waives, who, why, expires_ms } = waiver;
    EvidenceWaiver { finding: waives.to_string(), who, why, until_ms: expires_ms }
}
