//! `/releases/{version}/evidence`: reports, one of them with its findings, and waivers.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::json;
use tidegate_client::ReportPurpose;
use tidegate_client::api::{EvidenceShown, WaiveRequest};

use crate::people::refused;
use crate::support::{World, key};

/// A report in SARIF with these findings: rule, level, and whether the tool was told to look past it.
fn sarif(findings: &[(&str, &str, bool)]) -> Vec<u8> {
    let result = |(rule, level, suppressed): &(&str, &str, bool)| {
        let mut result = json!({
            "ruleId": rule, "level": level, "message": {"text": format!("{rule} is here")},
            "locations": [{"physicalLocation": {
                "artifactLocation": {"uri": "src/db.py"}, "region": {"startLine": 14},
            }}],
        });
        if *suppressed {
            result["suppressions"] = json!([{"kind": "inSource"}]);
        }
        result
    };
    let results: Vec<_> = findings.iter().map(result).collect();
    let run = json!({"tool": {"driver": {"name": "Semgrep"}}, "results": results});
    json!({"version": "2.1.0", "runs": [run]}).to_string().into_bytes()
}

async fn with_report(findings: &[(&str, &str, bool)]) -> (World, String) {
    let world = World::applied().await;
    world.release("1.0.0").await;
    let purpose = ReportPurpose::default();
    let added = world.client.add_evidence("1.0.0", &purpose, sarif(findings), &key()).await.unwrap();
    (world, added.report.id)
}

fn ids(shown: &EvidenceShown) -> Vec<&str> {
    shown.worst.iter().map(|one| one.finding.id.as_str()).collect()
}

#[tokio::test]
async fn a_report_is_shown_with_its_findings_the_worst_first() {
    let findings = [
        ("c-note", "note", false),
        ("a-error", "error", true),
        ("b-error", "error", false),
        ("d", "warning", false),
    ];
    let (world, id) = with_report(&findings).await;
    let shown = world.client.evidence_report("1.0.0", &id, None).await.unwrap();
    assert!(shown.intact);
    assert_eq!(shown.report, world.client.evidence("1.0.0").await.unwrap().reports[0]);
    assert_eq!(ids(&shown), ["b-error", "d", "c-note", "a-error"]);
    assert_eq!(shown.worst.iter().map(|one| one.suppressed).collect::<Vec<_>>(), [false, false, false, true]);
    assert_eq!((shown.omitted, shown.severities.values().sum::<u64>()), (0, 3));
    assert!(shown.worst[0].finding.location.contains("src/db.py"), "{shown:?}");
    let short = world.client.evidence_report("1.0.0", &id, Some(1)).await.unwrap();
    assert_eq!((ids(&short), short.omitted), (vec!["b-error"], 3));

    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let until_ms = (now + Duration::from_hours(1)).as_millis() as u64;
    let waiver = WaiveRequest { finding: "d".to_owned(), why: "a constant".to_owned(), until_ms };
    world.client.waive("1.0.0", &waiver, &key()).await.unwrap();
    let waived = world.client.evidence_report("1.0.0", &id, None).await.unwrap();
    let which: Vec<_> =
        waived.worst.iter().filter(|one| one.waived).map(|one| one.finding.id.as_str()).collect();
    assert_eq!(which, ["d"]);
}

#[tokio::test]
async fn what_is_not_there_or_not_what_was_added_is_said() {
    let (world, id) = with_report(&[("a", "error", false)]).await;
    refused(world.client.evidence_report("1.0.0", &"0".repeat(64), None).await, 404, "unknown-report");
    refused(world.client.evidence_report("1.0.0", "nothing", None).await, 404, "unknown-report");
    refused(world.client.evidence_report("9.9.9", &id, None).await, 404, "unknown-release");
    refused(world.client.evidence_report("1.0.0", &id, Some(0)).await, 400, "bad-request");
    let many = world.client.evidence_report("1.0.0", &id, Some(u32::MAX)).await.unwrap();
    assert_eq!(many.worst.len(), 1);
}
