//! Reports and waivers.

use std::collections::BTreeMap;

use tidegate_api::{EvidenceAdded, EvidenceFinding, EvidenceReport, EvidenceWaiver, TestCounts};
use tidegate_domain::release::EvidenceRecord;
use tidegate_evidence::{Finding, Report, Waiver};

const WORST_MAX: usize = 20;

pub(crate) fn evidence_report(record: EvidenceRecord) -> EvidenceReport {
    let EvidenceRecord { id, format, tool, name, gate, artifact, kept: _, findings, at_ms } = record;
    EvidenceReport { id, name, format, tool, gate, artifact, findings, at_ms }
}

pub(crate) fn evidence_added(record: EvidenceRecord, report: &Report) -> EvidenceAdded {
    let mut severities: BTreeMap<String, u64> = BTreeMap::new();
    let mut standing: Vec<&Finding> = report.findings.iter().filter(|finding| !finding.suppressed).collect();
    for finding in &standing {
        *severities.entry(finding.severity.to_string()).or_default() += 1;
    }
    standing.sort_by(|left, right| right.severity.cmp(&left.severity).then_with(|| left.id.cmp(&right.id)));
    EvidenceAdded {
        report: evidence_report(record),
        scanned: report.scanned,
        severities,
        tests: report.tests.as_ref().map(|tests| TestCounts {
            total: tests.all.total,
            passed: tests.all.passed(),
            failed: tests.all.failed.saturating_add(tests.all.errored),
            skipped: tests.all.skipped,
        }),
        components: report.components.len() as u64,
        worst: standing.into_iter().take(WORST_MAX).map(finding).collect(),
    }
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
