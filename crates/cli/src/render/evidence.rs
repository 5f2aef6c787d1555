//! Reports and waivers.
//!
//! Invariant: a count is never shown without what it counts. Not here: deciding by them.

use std::collections::BTreeMap;

use tidegate_api::{EvidenceAdded, EvidenceFinding, EvidenceList, EvidenceShown, TestCounts};

use super::number;
use super::piece::{self, Row};
use super::table::Table;
use crate::commands::evidence::KnownFormat;
use crate::paint::{Paint, Tone};

/// Enough of an id to name a report by.
const ID_CHARS: usize = 8;

pub fn added(added: &EvidenceAdded, paint: Paint) -> String {
    let report = &added.report;
    let mut rows = vec![Row::new().plain("Added ").add(Tone::Strong, &report.name).plain(format!(
        " ({} of {}): {} looked at, {}",
        report.format,
        report.tool,
        number::grouped(added.scanned),
        findings(&added.severities)
    ))];
    rows.extend(added.tests.map(tests));
    if !added.worst.is_empty() {
        let mut table = Table::new(&["finding", "severity", "where", "what"]);
        added.worst.iter().for_each(|one| table.row(cells(one)));
        rows.push(Row::new());
        rows.extend(table.rows(None));
    }
    if report.artifact.is_none() {
        let hint =
            "It is bound to no artifact; where the report names none itself, add it again with --artifact.";
        rows.push(Row::new().add(Tone::Warning, hint));
    }
    piece::text(&rows, paint)
}

fn tests(tests: TestCounts) -> Row {
    let TestCounts { total, passed, failed, skipped } = tests;
    let all = number::counted(total, "test");
    Row::new().plain(format!("  {all}: {passed} passed, {failed} failed, {skipped} skipped"))
}

fn cells(finding: &EvidenceFinding) -> Vec<(Tone, String)> {
    vec![
        (Tone::Strong, finding.id.clone()),
        (Tone::Plain, finding.severity.clone()),
        (Tone::Plain, finding.location.clone()),
        (Tone::Plain, finding.title.clone()),
    ]
}

pub fn shown(shown: &EvidenceShown, paint: Paint, width: Option<usize>) -> String {
    let report = &shown.report;
    let made = format!(" ({} of {}), added {}", report.format, report.tool, number::time(report.at_ms));
    let mut rows = vec![Row::new().add(Tone::Strong, &report.name).plain(made)];
    if !shown.intact {
        let damaged = "What is kept of it is not what was added: nothing is shown, and it opens no gate.";
        rows.push(Row::new().add(Tone::Warning, damaged));
        return piece::text(&rows, paint);
    }
    let looked_at = number::grouped(shown.scanned);
    rows.push(Row::new().plain(format!("  {looked_at} looked at, {}", findings(&shown.severities))));
    rows.extend(shown.tests.map(tests));
    if let Some(file) = &report.file {
        let bytes = number::grouped(file.bytes);
        rows.push(
            Row::new().add(Tone::Quiet, format!("  its file is kept: {bytes} bytes, sha256 {}", file.digest)),
        );
    }
    if !shown.worst.is_empty() {
        let mut table = Table::new(&["finding", "severity", "where", "what", "counts", "mended by"]);
        for found in &shown.worst {
            let counts = match (found.waived, found.suppressed) {
                (true, _) => "no, waived",
                (false, true) => "no, its tool passes over it",
                (false, false) => "yes",
            };
            let rest = [counts.to_owned(), found.fix.clone().unwrap_or_default()];
            table
                .row(cells(&found.finding).into_iter().chain(rest.map(|text| (Tone::Plain, text))).collect());
        }
        rows.push(Row::new());
        rows.extend(table.rows(width));
    }
    if shown.omitted > 0 {
        let more = format!("and {} more: --limit shows them", number::grouped(shown.omitted));
        rows.push(Row::new().add(Tone::Quiet, more));
    }
    piece::text(&rows, paint)
}

fn findings(severities: &BTreeMap<String, u64>) -> String {
    if severities.is_empty() {
        return "nothing found".to_owned();
    }
    let worst_first = ["critical", "high", "medium", "low", "info", "unknown"];
    let counted = worst_first
        .iter()
        .filter_map(|severity| severities.get(*severity).map(|count| format!("{count} {severity}")));
    counted.collect::<Vec<_>>().join(", ")
}

pub fn list(list: &EvidenceList, paint: Paint, width: Option<usize>) -> String {
    if list.reports.is_empty() && list.waivers.is_empty() {
        let hint = "No evidence. Add a report with `tidegate evidence add FILE --for RELEASE`.";
        return piece::text(&[Row::new().plain(hint)], paint);
    }
    let mut rows = Vec::new();
    if !list.reports.is_empty() {
        let mut table =
            Table::new(&["report", "id", "format", "tool", "findings", "for", "added", "artifact"]);
        for report in &list.reports {
            table.row(vec![
                (Tone::Strong, report.name.clone()),
                (Tone::Quiet, report.id.chars().take(ID_CHARS).collect()),
                (Tone::Plain, report.format.clone()),
                (Tone::Plain, report.tool.clone()),
                (Tone::Plain, report.findings.to_string()),
                (Tone::Plain, report.gate.clone().unwrap_or_else(|| "any gate".to_owned())),
                (Tone::Plain, number::time(report.at_ms)),
                (Tone::Quiet, report.artifact.clone().unwrap_or_else(|| "as it says itself".to_owned())),
            ]);
        }
        rows.extend(table.rows(width));
    }
    if !list.waivers.is_empty() {
        let mut table = Table::new(&["waived", "until", "by", "because"]);
        for waiver in &list.waivers {
            table.row(vec![
                (Tone::Strong, waiver.finding.clone()),
                (Tone::Plain, number::time(waiver.until_ms)),
                (Tone::Plain, waiver.who.clone()),
                (Tone::Plain, waiver.why.clone()),
            ]);
        }
        rows.extend((!rows.is_empty()).then(Row::new));
        rows.extend(table.rows(width));
    }
    piece::text(&rows, paint)
}

pub fn formats(all: &[KnownFormat], paint: Paint) -> String {
    let mut table = Table::new(&["format", "made by"]);
    for known in all {
        table.row(vec![(Tone::Strong, known.format.to_owned()), (Tone::Plain, known.made_by.to_owned())]);
    }
    piece::text(&table.rows(None), paint)
}

#[cfg(test)]
mod tests {
    use tidegate_api::{EvidenceReport, EvidenceWaiver, ReportedFinding};

    use super::*;
    use crate::render::samples::STARTED_MS;

    fn report() -> EvidenceReport {
        EvidenceReport {
            id: "0f3a".to_owned(),
            name: "nightly".to_owned(),
            format: "sarif".to_owned(),
            tool: "Semgrep".to_owned(),
            gate: None,
            artifact: None,
            findings: 3,
            at_ms: STARTED_MS,
            file: None,
        }
    }

    #[test]
    fn reports_and_waivers() {
        let finding = EvidenceFinding {
            id: "sql-injection".to_owned(),
            severity: "critical".to_owned(),
            title: "a query is built from text".to_owned(),
            location: "src/db.py:14".to_owned(),
        };
        let with_findings = EvidenceAdded {
            report: report(),
            scanned: 1_204,
            severities: BTreeMap::from([("low".to_owned(), 2), ("critical".to_owned(), 1)]),
            tests: None,
            components: 0,
            worst: vec![finding.clone()],
        };
        insta::assert_snapshot!("evidence-added", added(&with_findings, Paint::default()));
        let reported = |suppressed, waived, fix: Option<&str>| ReportedFinding {
            finding: finding.clone(),
            fix: fix.map(str::to_owned),
            suppressed,
            waived,
        };
        let whole = EvidenceShown {
            report: report(),
            intact: true,
            scanned: 1_204,
            severities: with_findings.severities.clone(),
            tests: None,
            components: 0,
            worst: vec![
                reported(false, false, Some("bind the value")),
                reported(false, true, None),
                reported(true, false, None),
            ],
            omitted: 1_200,
        };
        insta::assert_snapshot!("evidence-shown", shown(&whole, Paint::default(), None));
        let damaged = EvidenceShown { intact: false, ..whole };
        insta::assert_snapshot!("evidence-damaged", shown(&damaged, Paint::default(), None));
        let bound = EvidenceReport { artifact: Some("sha256:0f3a".to_owned()), ..report() };
        let tests = Some(TestCounts { total: 9, passed: 7, failed: 1, skipped: 1 });
        let tested = EvidenceAdded {
            report: bound.clone(),
            severities: BTreeMap::new(),
            tests,
            worst: Vec::new(),
            ..with_findings
        };
        insta::assert_snapshot!("evidence-tested", added(&tested, Paint::default()));
        let waiver = EvidenceWaiver {
            finding: "sql-injection".to_owned(),
            who: "ann".to_owned(),
            why: "the column is a constant".to_owned(),
            until_ms: STARTED_MS,
        };
        let all = EvidenceList { reports: vec![report(), bound], waivers: vec![waiver] };
        insta::assert_snapshot!("evidence-list", list(&all, Paint::default(), None));
    }
}
