//! What opens a gate and what does not, whatever the format.

use std::collections::BTreeSet;

use serde_json::json;
use tidegate_evidence::{
    Covers, Decision, GateKind, Reason, Report, Requirement, SetAsideWhy, Waived, Waiver, decide,
};

use crate::{HOUR_MS, NOW_MS, ask, changed, codes, digest, of_text, release, report, requirement, waiver};

/// A scan of Trivy that found nothing worse than medium, about `aaaa…`.
fn clean() -> Report {
    changed("trivy.json", |value| value["Results"].as_array_mut().unwrap().truncate(1))
}

fn on_release(requirement: &Requirement, reports: &[Report]) -> Decision {
    decide(requirement, reports, &release(), &[], NOW_MS)
}

#[test]
fn missing_evidence_is_closed() {
    let asked = requirement("security_scan", "no critical");
    let decision = on_release(&asked, &[]);
    assert!(!decision.open);
    assert_eq!(codes(&decision), ["evidence-missing"]);
    assert_eq!(decision.reasons[0].to_string(), "there is no report for security_scan");
    assert_eq!(codes(&on_release(&asked, &[report("junit.xml")])), ["evidence-wrong-format"]);
}

#[test]
fn a_good_report_opens_and_says_what_it_looked_past() {
    let reports = [clean().named("scan")];
    let decision = on_release(&requirement("security_scan", "no critical"), &reports);
    assert!(decision.open && decision.holds);
    assert_eq!((decision.reasons.len(), decision.deciding.len()), (0, 0));
    let decision = on_release(&requirement("security_scan", "no critical"), &[report("grype.json")]);
    assert!(decision.open);
    assert_eq!(decision.suppressed, 1);
}

#[test]
fn what_is_not_required_is_told_and_stays_open() {
    let asked = Requirement::from_gate("security_scan", false, Some("no critical")).unwrap();
    let decision = on_release(&asked, &[report("trivy.json")]);
    assert_eq!((decision.open, decision.holds), (true, false));
    assert_eq!(codes(&decision), ["evidence-findings"]);
}

#[test]
fn the_subject_must_be_an_artifact_of_the_release() {
    let asked = requirement("security_scan", "no critical");
    let about = |letters: &[char]| -> BTreeSet<_> { letters.iter().map(|letter| digest(*letter)).collect() };
    let table: [(Report, &[char], &[&str]); 7] = [
        (clean(), &['a'], &[]),
        // The image's id counts as well as its digest.
        (clean(), &['b', 'c'], &[]),
        (clean(), &['c'], &["evidence-of-another-artifact"]),
        // What the report itself names outweighs its uploader.
        (clean().bound_to(digest('c')), &['c'], &["evidence-of-another-artifact"]),
        (report("npm6-audit.json"), &['a'], &["evidence-unbound"]),
        (report("npm6-audit.json").bound_to(digest('a')), &['a'], &[]),
        (report("npm6-audit.json").bound_to(digest('a')), &['c'], &["evidence-of-another-artifact"]),
    ];
    for (report, artifacts, expect) in table {
        let decision = decide(&asked, &[report], &about(artifacts), &[], NOW_MS);
        assert_eq!(codes(&decision), expect, "{artifacts:?}");
    }
    assert!(!decide(&asked, &[clean()], &BTreeSet::new(), &[], NOW_MS).open);
}

#[test]
fn every_artifact_can_be_asked_for() {
    let mut asked = requirement("security_scan", "no critical");
    let artifacts = [digest('a'), digest('c')].into();
    assert!(decide(&asked, &[clean()], &artifacts, &[], NOW_MS).open);
    asked.covers = Covers::EveryArtifact;
    let decision = decide(&asked, &[clean()], &artifacts, &[], NOW_MS);
    assert_eq!(decision.reasons, [Reason::Uncovered { artifact: digest('c') }]);
    let second = report("npm6-audit.json").bound_to(digest('c'));
    assert!(decide(&asked, &[clean(), second], &artifacts, &[], NOW_MS).open);
}

#[test]
fn a_database_must_be_fresh_where_it_says_its_age() {
    let mut asked = requirement("security_scan", "no critical");
    // Grype's was built 55 hours and a half before now.
    for (hours, expect) in [(56, None), (55, Some("evidence-database-stale"))] {
        asked.database_age_seconds_max = Some(hours * 3600);
        let decision = on_release(&asked, &[report("grype.json")]);
        assert_eq!(codes(&decision).first().copied(), expect, "{hours}");
        // Trivy's report does not say.
        assert!(on_release(&asked, &[clean()]).open);
    }
    for built in [json!("0001-01-01T00:00:00Z"), json!("last week")] {
        let read = changed("grype.json", |value| value["descriptor"]["db"]["status"]["built"] = built);
        assert_eq!(codes(&on_release(&asked, &[read])), ["evidence-database-stale"]);
    }
    let invalid = changed("grype.json", |value| value["descriptor"]["db"]["status"]["valid"] = json!(false));
    asked.database_age_seconds_max = None;
    assert_eq!(codes(&on_release(&asked, &[invalid])), ["evidence-severity-unknown"]);
}

#[test]
fn thresholds_decide_by_what_counts() {
    let table: [(&str, &str, &[&str]); 14] = [
        ("trivy.json", "no critical", &["evidence-findings"]),
        ("trivy.json", "no medium", &["evidence-findings", "evidence-findings", "evidence-findings"]),
        ("grype.json", "no critical", &[]),
        ("grype.json", "no high or above", &["evidence-findings"]),
        ("grype.json", "at most 1 high or above", &[]),
        // What is worse than a clause names is not allowed.
        ("grype.json", "at most 3 medium", &["evidence-findings"]),
        ("grype.json", "at most 1 high, at most 3 medium", &[]),
        ("grype.json", "no findings", &["evidence-findings"]),
        ("grype.json", "all passed", &["evidence-threshold-unanswered"]),
        ("grype.json", "p95 < 300 ms", &["evidence-threshold-unanswered"]),
        ("grype.json", "only licences MIT", &["evidence-threshold-unanswered"]),
        ("npm-audit.json", "no critical", &[]),
        ("npm-audit.json", "", &["evidence-findings"]),
        ("npm6-audit.json", "", &[]),
    ];
    for (sample, threshold, expect) in table {
        assert_eq!(
            codes(&ask("security_scan", threshold, &[report(sample)], &[])),
            expect,
            "{sample} {threshold}"
        );
    }
}

#[test]
fn measures_are_compared_in_their_unit_only() {
    let table: [(&str, &[&str]); 12] = [
        ("p95 < 300 ms", &[]),
        ("p95 < 0.3 s", &[]),
        ("p95 < 241.25 ms", &["evidence-measure"]),
        ("p95 <= 241.25 ms", &[]),
        ("p95 < 300", &["evidence-threshold-unit"]),
        ("p95 < 300 MB", &["evidence-threshold-unit"]),
        ("error_rate <= 1%", &[]),
        ("error_rate <= 0.25%", &[]),
        ("error_rate < 0.001", &["evidence-measure"]),
        // Meant as one per cent, it would hold for anything.
        ("error_rate <= 1", &["evidence-threshold-cannot-fail"]),
        ("http_reqs.rate >= 50/s and p95 < 1 s", &[]),
        ("p99 < 300 ms", &["evidence-threshold-unanswered"]),
    ];
    for (threshold, expect) in table {
        let reports = [report("k6-summary-export.json")];
        assert_eq!(codes(&ask("performance_benchmark", threshold, &reports, &[])), expect, "{threshold}");
    }
}

#[test]
fn expected_suites_must_have_run() {
    let two = r#"<testsuites><testsuite name="unit"><testcase name="a"/></testsuite>
        <testsuite name="slow"><testcase name="b"><skipped/></testcase></testsuite></testsuites>"#;
    let read = of_text(two, "junit.xml").bound_to(digest('a'));
    let mut asked = requirement("unit_tests", "");
    asked.expected_suites = vec!["unit".to_owned()];
    assert!(on_release(&asked, std::slice::from_ref(&read)).open);
    asked.expected_suites = vec!["unit".to_owned(), "slow".to_owned(), "smoke".to_owned()];
    let decision = on_release(&asked, std::slice::from_ref(&read));
    assert_eq!(decision.reasons, [Reason::SuitesMissing { suites: "slow, smoke".to_owned() }]);
    let waivers = [waiver("missing suites")];
    assert_eq!(waivers[0].waives, Waived::MissingSuites);
    assert!(decide(&asked, &[read], &release(), &waivers, NOW_MS).open);
}

#[test]
fn a_waiver_counts_only_with_who_why_and_an_end_to_come() {
    let good = waiver("GHSA-aaaa-bbbb-cccc");
    let table = [
        (good.clone(), true),
        (Waiver { expires_ms: NOW_MS, ..good.clone() }, false),
        (Waiver { expires_ms: NOW_MS - HOUR_MS, ..good.clone() }, false),
        (Waiver { who: " ".to_owned(), ..good.clone() }, false),
        (Waiver { why: String::new(), ..good.clone() }, false),
        (Waiver { waives: Waived::Finding("*".to_owned()), ..good.clone() }, false),
        (Waiver { waives: Waived::MissingSuites, ..good.clone() }, false),
    ];
    for (waiver, expect) in table {
        let decision =
            ask("security_scan", "no high or above", &[report("grype.json")], std::slice::from_ref(&waiver));
        assert_eq!(decision.open, expect, "{waiver:?}");
        assert_eq!(decision.waived.len(), usize::from(expect));
    }
}

#[test]
fn a_waived_test_no_longer_fails_and_the_others_still_do() {
    let waivers = [waiver("tests.orders::test_tax")];
    let decision = ask("unit_tests", "", &[report("junit.xml")], &waivers);
    assert_eq!(decision.reasons[0].to_string(), "1 of 4 did not pass: tests.orders::test_refund");
    let both = [waiver("tests.orders::test_tax"), waiver("tests.orders::test_refund")];
    assert!(ask("unit_tests", "", &[report("junit.xml")], &both).open);
}

#[test]
fn a_later_report_takes_the_place_of_an_earlier_one_of_the_same_thing_only() {
    let asked = requirement("security_scan", "no critical");
    let bad = report("trivy.json").named("image");
    let good = clean().named("image");
    let decision = on_release(&asked, &[bad.clone(), good.clone()]);
    assert!(decision.open);
    assert_eq!((decision.set_aside[0].report, decision.set_aside[0].why), (0, SetAsideWhy::Replaced));
    // Order is what counts, and another name is another thing.
    assert!(!on_release(&asked, &[good.clone(), bad.clone()]).open);
    assert!(!on_release(&asked, &[bad.clone(), good.clone().named("other")]).open);
    // A clean module does not hide a bad one that came with the same file name.
    let module = |suite: &str, inner: &str| {
        let text = format!(r#"<testsuite name="{suite}"><testcase name="a">{inner}</testcase></testsuite>"#);
        of_text(&text, "junit.xml")
    };
    let reports = [module("orders", "<failure/>"), module("search", "")];
    assert_eq!(codes(&ask("unit_tests", "", &reports, &[])), ["evidence-tests-failed"]);
    let reports = [module("orders", "<failure/>"), module("search", ""), module("orders", "")];
    assert!(ask("unit_tests", "", &reports, &[]).open);
}

#[test]
fn the_same_finding_of_two_tools_is_counted_once_and_others_add_up() {
    let first = report("grype.json").named("one");
    let second = report("grype.json").named("two");
    assert!(ask("security_scan", "at most 1 high", &[first.clone(), second], &[]).open);
    let other = changed("grype.json", |value| {
        value["matches"][0]["vulnerability"]["id"] = json!("GHSA-dddd-eeee-ffff");
    });
    let decision = ask("security_scan", "at most 1 high", &[first, other.named("two")], &[]);
    assert_eq!(decision.reasons[0].to_string(), "`at most 1 high` does not hold: 2 high, and 1 may be");
}

#[test]
fn each_format_is_asked_what_suits_it_when_nobody_says_more() {
    let reports = [report("k6-summary-export.json"), report("hyperfine.json")];
    let decision = ask("performance_benchmark", "", &reports, &[]);
    assert_eq!(decision.reasons[0].to_string(), "`ratio <= 110%` does not hold: hyperfine.json has 1.3");
    assert_eq!(decision.reasons.len(), 1);
}

#[test]
fn a_report_meant_for_another_gate_does_not_count() {
    let scan = clean().meant_for(GateKind::Licences);
    let decision = on_release(&requirement("security_scan", "no critical"), &[scan]);
    assert_eq!(codes(&decision), ["evidence-missing"]);
    assert_eq!(decision.set_aside[0].why, SetAsideWhy::ForAnotherGate);
}

#[test]
fn every_reason_has_a_code_and_says_what_opens_the_gate() {
    let samples = ["trivy.json", "junit.xml", "k6-handle-summary.json", "axe.json", "cyclonedx.json"];
    let mut seen = BTreeSet::new();
    for kind in GateKind::NAMED {
        for sample in samples {
            let decision = ask(kind.name(), "", &[report(sample)], &[]);
            for reason in &decision.reasons {
                assert!(reason.code().starts_with("evidence-"), "{reason:?}");
                assert!(!reason.help().is_empty() && !reason.to_string().ends_with('.'), "{reason:?}");
                seen.insert(reason.code());
            }
            // What is kept is what was decided.
            let kept: Decision = serde_json::from_str(&serde_json::to_string(&decision).unwrap()).unwrap();
            assert_eq!(kept, decision);
        }
    }
    assert!(seen.len() >= 6, "{seen:?}");
}

#[test]
fn a_report_that_is_kept_decides_as_it_did() {
    for sample in ["lint.sarif", "trivy.json", "junit.xml", "k6-handle-summary.json", "cyclonedx.json"] {
        let read = report(sample);
        let kept: Report = serde_json::from_str(&serde_json::to_string(&read).unwrap()).unwrap();
        assert_eq!(kept, read, "{sample}");
    }
    let asked = requirement("security_scan", "no high or above, at most 3 medium");
    let kept: Requirement = serde_json::from_str(&serde_json::to_string(&asked).unwrap()).unwrap();
    assert_eq!(kept, asked);
}
