//! Each trap of the table of formats, by name: a report that looks good and is not.

use serde_json::json;
use tidegate_evidence::{Counts, GateKind, Severity};

use crate::{ask, changed, codes, of_text, open, refusal, report, waiver};

fn sarif(result: &str) -> String {
    format!(
        r#"{{"version": "2.1.0", "runs": [{{"tool": {{"driver": {{"name": "t", "rules": [
            {{"id": "scored", "properties": {{"security-severity": "9.8"}}}},
            {{"id": "broken", "properties": {{"security-severity": "severe"}}, "defaultConfiguration": {{"level": "note"}}}},
            {{"id": "levelled", "defaultConfiguration": {{"level": "error"}}}},
            {{"id": "bare"}}]}}}}, "results": [{result}]}}]}}"#
    )
}

#[test]
fn sarif_without_score_and_level_is_unknown_and_closes() {
    let read = of_text(&sarif(r#"{"ruleId": "bare", "message": {"text": "x"}}"#), "a.sarif");
    assert_eq!(open(&read), [("bare", Severity::Unknown)]);
    assert_eq!(codes(&ask("security_scan", "no critical", &[read], &[])), ["evidence-severity-unknown"]);
}

#[test]
fn sarif_severity_is_score_then_level_then_the_rules_default() {
    let table = [
        (r#"{"ruleId": "scored", "level": "note"}"#, Severity::Critical),
        (r#"{"ruleId": "scored", "ruleIndex": 2}"#, Severity::High),
        (r#"{"ruleId": "scored/part"}"#, Severity::Critical),
        (r#"{"rule": {"id": "levelled"}}"#, Severity::High),
        (r#"{"ruleId": "levelled", "level": "warning"}"#, Severity::Medium),
        (r#"{"ruleId": "bare", "level": "none"}"#, Severity::Info),
        (r#"{"ruleId": "broken"}"#, Severity::Unknown),
        (r#"{"ruleId": "absent"}"#, Severity::Unknown),
        (r#"{"ruleId": "bare", "properties": {"security-severity": 7.0}}"#, Severity::High),
        (r#"{"ruleId": "bare", "properties": {"security-severity": "NaN"}}"#, Severity::Unknown),
        (r#""not even an object""#, Severity::Unknown),
    ];
    for (result, expect) in table {
        let read = of_text(&sarif(result), "a.sarif");
        assert_eq!(read.findings[0].severity, expect, "{result}");
    }
}

#[test]
fn sarif_kinds_other_than_fail_are_told_apart() {
    let table = [
        ("pass", None),
        ("notApplicable", None),
        ("informational", Some(Severity::Info)),
        ("open", Some(Severity::Unknown)),
        ("review", Some(Severity::Unknown)),
        ("invented", Some(Severity::Unknown)),
        ("fail", Some(Severity::Critical)),
    ];
    for (kind, expect) in table {
        let read = of_text(&sarif(&format!(r#"{{"ruleId": "scored", "kind": "{kind}"}}"#)), "a.sarif");
        assert_eq!(read.findings.first().map(|one| one.severity), expect, "{kind}");
        assert_eq!(read.scanned, 1, "{kind}");
    }
}

#[test]
fn sarif_suppressions_count_only_when_all_are_accepted() {
    let table = [
        ("[]", false),
        (r#"[{"kind": "inSource"}]"#, true),
        (r#"[{"kind": "external", "status": "accepted"}]"#, true),
        (r#"[{"kind": "inSource"}, {"kind": "external", "status": "rejected"}]"#, false),
        (r#"[{"kind": "external", "status": "underReview"}]"#, false),
        ("null", false),
        ("[7]", false),
    ];
    for (suppressions, expect) in table {
        let result = format!(r#"{{"ruleId": "scored", "suppressions": {suppressions}}}"#);
        let read = of_text(&sarif(&result), "a.sarif");
        assert_eq!(read.findings[0].suppressed, expect, "{suppressions}");
    }
}

#[test]
fn sarif_of_a_tool_that_failed_or_did_not_look_is_no_evidence() {
    let read = changed("lint.sarif", |value| {
        value["runs"][0]["results"] = json!([]);
        value["runs"][0]["invocations"][0]["executionSuccessful"] = json!(false);
    });
    assert_eq!(codes(&ask("security_scan", "no critical", &[read], &[])), ["evidence-severity-unknown"]);
    let read = changed("lint.sarif", |value| value["runs"][0]["results"] = json!(null));
    assert_eq!(codes(&ask("security_scan", "no critical", &[read], &[])), ["evidence-scanned-nothing"]);
    let read = changed("lint.sarif", |value| value["runs"][0]["results"] = json!([]));
    assert!(ask("security_scan", "no critical", &[read], &[]).open);
}

#[test]
fn trivy_a_leaked_token_stands_only_under_secrets() {
    let read = changed("trivy.json", |value| {
        let results = value["Results"].as_array_mut().unwrap();
        results.retain(|result| result["Class"] == "secret");
    });
    let decision = ask("security_scan", "no critical", &[read], &[]);
    assert_eq!(codes(&decision), ["evidence-findings"]);
    assert_eq!(decision.deciding[0].finding.id, "github-pat");
    // The line around the secret is not kept.
    assert!(!serde_json::to_string(&decision).unwrap().contains("TOKEN="));
}

#[test]
fn trivy_decides_by_all_four_lists() {
    for class in ["os-pkgs", "config", "secret", "license"] {
        let read = changed("trivy.json", |value| {
            value["Results"].as_array_mut().unwrap().retain(|result| result["Class"] == class);
        });
        let decision = ask("security_scan", "no medium or above", &[read], &[]);
        assert_eq!(codes(&decision), ["evidence-findings"], "{class}");
    }
}

#[test]
fn trivy_without_results_scanned_nothing() {
    for results in [json!(null), json!([])] {
        let read = changed("trivy.json", |value| value["Results"] = results);
        assert_eq!(codes(&ask("security_scan", "no critical", &[read], &[])), ["evidence-scanned-nothing"]);
    }
}

#[test]
fn trivy_of_a_system_without_updates_is_unknown() {
    let read = changed("trivy.json", |value| {
        value["Metadata"]["OS"]["EOSL"] = json!(true);
        value["Results"].as_array_mut().unwrap().truncate(1);
    });
    assert_eq!(codes(&ask("security_scan", "no critical", &[read], &[])), ["evidence-severity-unknown"]);
}

#[test]
fn everything_skipped_is_not_a_pass() {
    let skipped =
        json!([{"name": "a", "skip_reason": "not found"}, {"name": "b", "skip_reason": "not found"}]);
    let table = [
        changed("pip-audit.json", |value| value["dependencies"] = skipped),
        changed("grype.json", |value| {
            value["matches"] = json!([]);
            value["source"] = json!(null);
        }),
        of_text(r#"{"results": [], "experimental_config": {}}"#, "osv.json"),
        changed("npm-audit.json", |value| {
            value["vulnerabilities"] = json!({});
            value["metadata"] = json!({"vulnerabilities": {"total": 0}, "dependencies": {"total": 0}});
        }),
        changed("cargo-audit.json", |value| {
            value["lockfile"]["dependency-count"] = json!(0);
            value["vulnerabilities"] = json!({"found": false, "count": 0, "list": []});
        }),
    ];
    for read in table {
        let decision = ask("security_scan", "no critical", std::slice::from_ref(&read), &[]);
        assert_eq!(codes(&decision), ["evidence-scanned-nothing"], "{}", read.format);
    }
}

#[test]
fn severity_that_a_scanner_does_not_know_closes() {
    let grype = changed("grype.json", |value| {
        value["matches"][0]["vulnerability"]["severity"] = json!("Unknown");
    });
    for read in [grype, report("pip-audit.json"), report("osv-scanner.json"), report("cargo-audit.json")] {
        let codes = codes(&ask("security_scan", "at most 99 low or above", std::slice::from_ref(&read), &[]));
        assert_eq!(codes, ["evidence-severity-unknown"], "{}", read.format);
    }
}

#[test]
fn npm_that_could_not_reach_its_registry_is_refused() {
    let error =
        r#"{"error": {"code": "ENOAUDIT", "summary": "the endpoint could not be reached", "detail": ""}}"#;
    assert_eq!(refusal(error, "npm.json"), "report-of-failed-tool");
}

#[test]
fn npm_counts_without_their_list_are_doubted() {
    let read = changed("npm-audit.json", |value| value["vulnerabilities"] = json!({}));
    assert_eq!(codes(&ask("security_scan", "no critical", &[read], &[])), ["evidence-severity-unknown"]);
}

#[test]
fn npm_a_name_that_leads_nowhere_is_still_a_finding() {
    let read = changed("npm-audit.json", |value| {
        value["vulnerabilities"].as_object_mut().unwrap().remove("braces");
    });
    assert_eq!(open(&read), [("micromatch", Severity::High)]);
}

#[test]
fn cargo_audit_with_an_empty_database_is_doubted() {
    let read = changed("cargo-audit.json", |value| {
        value["database"]["advisory-count"] = json!(0);
        value["vulnerabilities"] = json!({"found": false, "count": 0, "list": []});
    });
    assert_eq!(codes(&ask("security_scan", "no critical", &[read], &[])), ["evidence-severity-unknown"]);
}

#[test]
fn junit_expected_failures_are_skips_and_no_passes() {
    let all_xfail = r#"<testsuites><testsuite name="orders" tests="1" skipped="1">
        <testcase name="a"><skipped type="pytest.xfail" message="later"/></testcase></testsuite></testsuites>"#;
    let read = of_text(all_xfail, "junit.xml");
    let tests = read.tests.clone().unwrap();
    assert_eq!(tests.all, Counts { total: 1, failed: 0, errored: 0, skipped: 1 });
    assert_eq!(codes(&ask("unit_tests", "", &[read], &[])), ["evidence-scanned-nothing"]);
}

#[test]
fn junit_without_totals_is_counted_by_its_cases() {
    let bare =
        r#"<testsuite name="s"><testcase name="a"/><testcase name="b"><failure/></testcase></testsuite>"#;
    let decision = ask("unit_tests", "", &[of_text(bare, "junit.xml")], &[]);
    assert_eq!(codes(&decision), ["evidence-tests-failed"]);
    assert_eq!(decision.reasons[0].to_string(), "1 of 2 did not pass: b");
    let good = r#"<testsuite name="s"><testcase name="a"/></testsuite>"#;
    assert!(ask("unit_tests", "", &[of_text(good, "junit.xml")], &[]).open);
}

#[test]
fn junit_totals_that_promise_more_than_there_is_are_doubted() {
    for attributes in [r#"tests="5""#, r#"tests="1" failures="1""#, r#"tests="1" errors="2""#] {
        let cut = format!(
            r#"<testsuites {attributes}><testsuite name="s"><testcase name="a"/></testsuite></testsuites>"#
        );
        let decision = ask("unit_tests", "", &[of_text(&cut, "junit.xml")], &[]);
        assert_eq!(codes(&decision), ["evidence-severity-unknown"], "{attributes}");
    }
}

#[test]
fn junit_without_a_test_is_not_a_pass() {
    for empty in ["<testsuites/>", r#"<testsuite name="s" tests="0"/>"#] {
        assert_eq!(
            codes(&ask("unit_tests", "", &[of_text(empty, "j.xml")], &[])),
            ["evidence-scanned-nothing"]
        );
    }
}

#[test]
fn junit_entities_are_never_expanded() {
    let bomb = r#"<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>
        <testsuite name="s"><testcase name="&b;"/></testsuite>"#;
    assert_eq!(refusal(bomb, "junit.xml"), "report-with-doctype");
    let after = "<!-- x --><testsuite><testcase name=\"&b;\"/></testsuite>";
    assert_eq!(refusal(after, "junit.xml"), "report-unreadable");
}

#[test]
fn junit_failures_are_no_severities() {
    let decision = ask("unit_tests", "no critical", &[report("junit.xml")], &[]);
    assert_eq!(codes(&decision), ["evidence-threshold-unanswered"]);
}

#[test]
fn unit_tests_do_not_pass_for_end_to_end_tests() {
    let good = of_text(r#"<testsuite name="s"><testcase name="a"/></testsuite>"#, "junit.xml");
    assert_eq!(
        codes(&ask("end_to_end_tests", "", std::slice::from_ref(&good), &[])),
        ["evidence-unlabelled"]
    );
    assert!(ask("end_to_end_tests", "", &[good.clone().meant_for(GateKind::EndToEndTests)], &[]).open);
    let other = good.meant_for(GateKind::UnitTests);
    assert_eq!(codes(&ask("end_to_end_tests", "", &[other], &[])), ["evidence-missing"]);
}

#[test]
fn axe_incomplete_is_not_a_pass() {
    let read = changed("axe.json", |value| value[0]["violations"] = json!([]));
    let decision = ask("accessibility", "", std::slice::from_ref(&read), &[]);
    assert_eq!(codes(&decision), ["evidence-severity-unknown"]);
    let decision = ask("accessibility", "", &[read], &[waiver("color-contrast")]);
    assert!(decision.open);
    assert_eq!(decision.waived[0].finding.id, "color-contrast");
}

#[test]
fn axe_without_a_rule_that_ran_scanned_nothing() {
    let read = changed("axe.json", |value| {
        for list in ["violations", "incomplete", "passes"] {
            value[0][list] = json!([]);
        }
    });
    assert_eq!(codes(&ask("accessibility", "", &[read], &[])), ["evidence-scanned-nothing"]);
}

#[test]
fn axe_a_violation_without_impact_is_unknown() {
    let read = changed("axe.json", |value| {
        value[0]["incomplete"] = json!([]);
        value[0]["violations"] = json!([{"id": "region", "impact": null, "nodes": []}]);
    });
    assert_eq!(codes(&ask("accessibility", "", &[read], &[])), ["evidence-severity-unknown"]);
}

#[test]
fn pa11y_an_empty_list_does_not_show_that_a_page_was_tested() {
    assert_eq!(
        codes(&ask("accessibility", "", &[of_text("[]", "pa11y.json")], &[])),
        ["evidence-scanned-nothing"]
    );
    let page = r#"{"documentTitle": "Shop", "pageUrl": "http://127.0.0.1/", "issues": []}"#;
    assert!(ask("accessibility", "", &[of_text(page, "pa11y.json")], &[]).open);
}

#[test]
fn pa11y_decides_by_type_and_by_pages_that_could_not_be_tested() {
    assert_eq!(codes(&ask("accessibility", "", &[report("pa11y.json")], &[])), ["evidence-findings"]);
    let timed_out = changed("pa11y-ci.json", |value| {
        value["results"]["http://127.0.0.1:8080/cart"] = json!([]);
    });
    assert_eq!(codes(&ask("accessibility", "", &[timed_out], &[])), ["evidence-severity-unknown"]);
}

#[test]
fn lighthouse_a_null_score_fails() {
    let read =
        changed("lighthouse.json", |value| value["categories"]["accessibility"]["score"] = json!(null));
    let decision = ask("accessibility", "", std::slice::from_ref(&read), &[]);
    assert_eq!(codes(&decision), ["evidence-severity-unknown", "evidence-threshold-unanswered"]);
    // Nor does it drop out of the lowest score of all.
    assert!(!read.measures.contains_key("score"));
    let waived = ask("accessibility", "", &[read], &[waiver("score-missing:accessibility")]);
    assert_eq!(codes(&waived), ["evidence-threshold-unanswered"]);
}

#[test]
fn lighthouse_scores_are_those_of_the_gate() {
    assert!(ask("accessibility", "score >= 0.9", &[report("lighthouse.json")], &[]).open);
    let decision = ask("performance_benchmark", "score >= 0.9", &[report("lighthouse.json")], &[]);
    assert_eq!(codes(&decision), ["evidence-measure"]);
    // A run without the category cannot answer for it.
    let read = changed("lighthouse.json", |value| {
        value["categories"].as_object_mut().unwrap().remove("accessibility");
    });
    for threshold in ["score >= 0.1", "no critical"] {
        let decision = ask("accessibility", threshold, std::slice::from_ref(&read), &[]);
        assert_eq!(codes(&decision), ["evidence-threshold-unanswered"], "{threshold}");
    }
}

#[test]
fn lighthouse_that_could_not_load_the_page_is_no_evidence() {
    let read = changed("lighthouse.json", |value| {
        value["runtimeError"] = json!({"code": "NO_FCP", "message": "The page did not paint any content."});
    });
    assert_eq!(codes(&ask("accessibility", "", &[read], &[])), ["evidence-severity-unknown"]);
}

#[test]
fn k6_booleans_of_the_export_are_inverted() {
    // The same thresholds held: `false` in the export, `{"ok": true}` in handleSummary.
    assert!(ask("performance_benchmark", "", &[report("k6-summary-export.json")], &[]).open);
    let failed = changed("k6-summary-export.json", |value| {
        value["metrics"]["http_req_duration"]["thresholds"]["p(95)<300"] = json!(true);
    });
    let decision = ask("performance_benchmark", "", &[failed], &[]);
    assert_eq!(codes(&decision), ["evidence-tests-failed"]);
    assert_eq!(decision.deciding[0].finding.id, "http_req_duration p(95)<300");
    let decision = ask("performance_benchmark", "", &[report("k6-handle-summary.json")], &[]);
    assert_eq!(
        decision.reasons[0].to_string(),
        "2 of 5 did not pass: http_req_duration max<900, status is 200"
    );
}

#[test]
fn k6_0_of_0_checks_is_not_ok() {
    let idle = |metrics: serde_json::Value, checks: serde_json::Value| {
        let value = json!({"root_group": {"name": "", "groups": [], "checks": checks}, "metrics": metrics});
        of_text(&value.to_string(), "k6.json")
    };
    let never = json!([{"name": "status is 200", "passes": 0, "fails": 0}]);
    // Nothing ran at all; k6 itself calls the threshold held.
    let read = idle(
        json!({"http_req_duration": {"values": {}, "thresholds": {"p(95)<300": {"ok": true}}}}),
        never.clone(),
    );
    assert_eq!(codes(&ask("performance_benchmark", "", &[read], &[])), ["evidence-scanned-nothing"]);
    // Iterations ran, and no check with them.
    let read = idle(json!({"iterations": {"values": {"count": 9}}}), never);
    assert_eq!(codes(&ask("performance_benchmark", "", &[read], &[])), ["evidence-scanned-nothing"]);
    let read = idle(json!({"iterations": {"values": {"count": 9}}}), json!([]));
    assert_eq!(codes(&ask("performance_benchmark", "", &[read], &[])), ["evidence-scanned-nothing"]);
}

#[test]
fn k6_a_threshold_of_neither_form_is_unknown() {
    let odd = changed("k6-summary-export.json", |value| {
        value["metrics"]["http_req_duration"]["thresholds"]["p(95)<300"] = json!("yes");
    });
    let codes = codes(&ask("performance_benchmark", "", &[odd], &[]));
    assert_eq!(codes, ["evidence-severity-unknown", "evidence-tests-failed"]);
}

#[test]
fn hyperfine_a_command_that_failed_was_not_measured() {
    let read = changed("hyperfine.json", |value| value["results"][1]["exit_codes"] = json!([1, null, 0]));
    let codes = codes(&ask("performance_benchmark", "mean < 1 s", &[read], &[]));
    assert_eq!(codes, ["evidence-severity-unknown"]);
}

#[test]
fn a_ratio_needs_its_baseline() {
    let alone = changed("hyperfine.json", |value| value["results"].as_array_mut().unwrap().truncate(1));
    assert_eq!(
        codes(&ask("performance_benchmark", "", std::slice::from_ref(&alone), &[])),
        ["evidence-threshold-unanswered"]
    );
    let slower = changed("hyperfine.json", |value| {
        value["results"].as_array_mut().unwrap().truncate(1);
        value["results"][0]["mean"] = json!(0.492);
    });
    let compared = slower.against(&alone);
    assert!((compared.measures["ratio"].value - 1.2).abs() < 1e-9);
    assert_eq!(
        codes(&ask("performance_benchmark", "", std::slice::from_ref(&compared), &[])),
        ["evidence-measure"]
    );
    assert!(ask("performance_benchmark", "ratio <= 125%", &[compared], &[]).open);
}

#[test]
fn criterion_one_benchmark_without_baseline_does_not_hide_behind_the_others() {
    let text = String::from_utf8(crate::bytes("criterion.jsonl")).unwrap();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let mut second: serde_json::Value = serde_json::from_str(&lines[1]).unwrap();
    second["change"] = json!(null);
    lines[1] = second.to_string();
    let read = of_text(&lines.join("\n"), "criterion.jsonl");
    assert_eq!(codes(&ask("performance_benchmark", "", &[read], &[])), ["evidence-threshold-unanswered"]);
}

#[test]
fn licences_are_judged_against_a_list_and_none_is_unknown() {
    for sample in ["cyclonedx.json", "spdx.json"] {
        let decision =
            ask("licences", "only licences MIT Apache-2.0 ISC GPL-3.0-only", &[report(sample)], &[]);
        let expect: &[&str] = if sample == "spdx.json" { &[] } else { &["evidence-severity-unknown"] };
        assert_eq!(codes(&decision), expect, "{sample}");
    }
    let decision = ask("licences", "", &[report("cyclonedx.json")], &[waiver("licence:mystery")]);
    assert_eq!(codes(&decision), ["evidence-licence-not-allowed"]);
    assert_eq!(decision.deciding[0].finding.id, "licence:readline");
    // A gate on licences does not close for a weakness, nor open for the lack of one.
    let codes = codes(&ask("licences", "", &[report("trivy.json")], &[]));
    assert_eq!(codes, ["evidence-findings"]);
}

#[test]
fn a_bill_of_materials_is_there_and_lists_something() {
    assert!(ask("sbom", "", &[report("cyclonedx.json")], &[]).open);
    let empty = changed("spdx.json", |value| value["packages"] = json!([]));
    assert_eq!(codes(&ask("sbom", "", &[empty], &[])), ["evidence-scanned-nothing", "evidence-measure"]);
    // It is no scan, also when it lists no vulnerability.
    assert_eq!(codes(&ask("security_scan", "", &[report("cyclonedx.json")], &[])), ["evidence-wrong-format"]);
}

#[test]
fn a_key_that_stands_twice_is_refused() {
    let twice = r#"{"matches": [{"vulnerability": {"id": "X", "severity": "Critical"}}], "descriptor": {}, "matches": []}"#;
    assert_eq!(refusal(twice, "grype.json"), "report-key-twice");
}
