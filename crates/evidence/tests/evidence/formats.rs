//! Each format's sample is told apart, and says what a person would read in it.

use tidegate_evidence::{BadReport, Counts, Format, Limits, Severity as S, Unit, detect, parse};

use crate::{bytes, digest, open, refusal, report};

const SAMPLES: [(&str, Format); 21] = [
    ("lint.sarif", Format::Sarif),
    ("trivy.json", Format::Trivy),
    ("grype.json", Format::Grype),
    ("osv-scanner.json", Format::OsvScanner),
    ("pip-audit.json", Format::PipAudit),
    ("npm-audit.json", Format::NpmAudit),
    ("npm6-audit.json", Format::NpmAudit),
    ("cargo-audit.json", Format::CargoAudit),
    ("junit.xml", Format::JUnit),
    ("axe.json", Format::AxeCore),
    ("pa11y.json", Format::Pa11y),
    ("pa11y-ci.json", Format::Pa11y),
    ("lighthouse.json", Format::Lighthouse),
    ("k6-handle-summary.json", Format::K6),
    ("k6-summary-export.json", Format::K6),
    ("criterion.jsonl", Format::Criterion),
    ("criterion-estimates.json", Format::Criterion),
    ("criterion-change.json", Format::Criterion),
    ("hyperfine.json", Format::Hyperfine),
    ("cyclonedx.json", Format::CycloneDx),
    ("spdx.json", Format::Spdx),
];

#[test]
fn every_format_has_a_sample_and_is_told_by_its_content_alone() {
    for (sample, format) in SAMPLES {
        assert_eq!(detect(&bytes(sample), "report", Limits::default()), Ok(format), "{sample}");
        let read = report(sample);
        assert_eq!(read.format, format, "{sample}");
        assert!(read.scanned > 0, "{sample}");
    }
    for format in Format::ALL {
        assert!(SAMPLES.iter().any(|(_, known)| *known == format), "{format} has no sample");
    }
}

#[test]
fn no_sample_is_taken_for_another_format_without_a_word() {
    for (sample, format) in SAMPLES {
        for other in Format::ALL.into_iter().filter(|other| *other != format) {
            // Reading with the wrong format is refused, or shows that nothing was scanned.
            if let Ok(read) = parse(other, &bytes(sample), Limits::default()) {
                assert_eq!(read.scanned, 0, "{sample} read as {other}: {read:?}");
            }
        }
    }
}

#[test]
fn findings_are_read_with_their_severity() {
    let table: [(&str, &[(&str, S)]); 13] = [
        (
            "lint.sarif",
            &[
                ("sql-injection", S::Critical),
                ("weak-hash", S::Medium),
                ("cookie-flags", S::Medium),
                ("house-style", S::Unknown),
                ("backup-tested", S::Unknown),
            ],
        ),
        (
            "trivy.json",
            &[
                ("CVE-2026-10001", S::Medium),
                ("CVE-2026-10002", S::Low),
                ("AVD-DS-0002", S::High),
                ("github-pat", S::Critical),
                ("licence:GPL-3.0-only", S::High),
                ("licence:Zlib", S::Low),
            ],
        ),
        ("grype.json", &[("GHSA-aaaa-bbbb-cccc", S::High), ("CVE-2026-20001", S::Info)]),
        (
            "osv-scanner.json",
            &[("GHSA-m5pq-gvj9-9vr8", S::High), ("MAL-2026-77", S::Critical), ("OSV-2026-5", S::Unknown)],
        ),
        ("pip-audit.json", &[("PYSEC-2026-12", S::Unknown), ("skipped:shop", S::Info)]),
        ("npm-audit.json", &[("GHSA-grv7-fg5c-xmjg", S::High)]),
        ("npm6-audit.json", &[("GHSA-p6mc-m468-83gw", S::Medium)]),
        (
            "cargo-audit.json",
            &[
                ("RUSTSEC-2026-0010", S::Critical),
                ("RUSTSEC-2026-0011", S::Unknown),
                ("RUSTSEC-2026-0012", S::Info),
                ("yanked:spindle 1.0.3", S::Low),
            ],
        ),
        ("junit.xml", &[("tests.orders::test_tax", S::High), ("tests.orders::test_refund", S::High)]),
        ("axe.json", &[("image-alt", S::Critical), ("region", S::Medium), ("color-contrast", S::Unknown)]),
        (
            "pa11y.json",
            &[
                ("WCAG2AA.Principle1.Guideline1_1.1_1_1.H37", S::High),
                ("color-contrast", S::High),
                ("WCAG2AA.Principle2.Guideline2_4.2_4_4", S::Info),
            ],
        ),
        (
            "pa11y-ci.json",
            &[("WCAG2AA.Principle3.Guideline3_1.3_1_1.H57.2", S::High), ("page-not-tested", S::Unknown)],
        ),
        ("lighthouse.json", &[("image-alt", S::Critical)]),
    ];
    for (sample, expect) in table {
        assert_eq!(open(&report(sample)), expect, "{sample}");
    }
}

#[test]
fn findings_say_where_they_are_and_what_mends_them() {
    let table = [
        ("lint.sarif", "sql-injection", "src/orders.py:42", None),
        (
            "trivy.json",
            "CVE-2026-10001",
            "zlib1g 1:1.2.13 in harbour/shop:2.1.0 (debian 12.8)",
            Some("1:1.2.14"),
        ),
        ("trivy.json", "AVD-DS-0002", "Dockerfile:9", Some("Add USER")),
        ("grype.json", "CVE-2026-20001", "coreutils 9.1", Some("wont-fix")),
        ("osv-scanner.json", "GHSA-m5pq-gvj9-9vr8", "regex 1.3.1 in shop/Cargo.lock", Some("1.5.5")),
        ("pip-audit.json", "PYSEC-2026-12", "jinja2 3.1.2", Some("3.1.3, 3.2")),
        ("npm-audit.json", "GHSA-grv7-fg5c-xmjg", "braces <3.0.3", Some("npm audit fix")),
        ("cargo-audit.json", "RUSTSEC-2026-0010", "harbour-tls 2.0.0", Some(">=2.0.1")),
        ("axe.json", "region", "http://127.0.0.1:8080/cart", None),
    ];
    for (sample, id, location, fix) in table {
        let read = report(sample);
        let found = read.findings.iter().find(|one| one.id == id).unwrap();
        assert_eq!((found.location.as_str(), found.fix.as_deref()), (location, fix), "{sample} {id}");
    }
}

#[test]
fn subjects_targets_and_times_are_read_where_they_stand() {
    let read = report("trivy.json");
    assert_eq!(read.subjects, [digest('a'), digest('b')].into());
    assert_eq!(read.targets, ["harbour/shop:2.1.0".to_owned()].into());
    let read = report("grype.json");
    assert_eq!(read.subjects, [digest('a'), digest('b')].into());
    // 2026-11-19T04:11:30Z.
    assert_eq!(read.database_built_ms, Some(1_795_061_490_000));
    // 2026-11-18T08:00:00+01:00.
    assert_eq!(report("cargo-audit.json").database_built_ms, Some(1_794_985_200_000));
    assert_eq!(report("cyclonedx.json").subjects, [digest('a')].into());
    // A package of the list is not what the list is about.
    assert_eq!(report("spdx.json").subjects, [digest('a')].into());
    assert!(report("junit.xml").subjects.is_empty());
    assert_eq!(report("lint.sarif").tool.name, "Harbour Lint");
    assert_eq!(report("spdx.json").tool.name, "syft-1.30.0");
}

#[test]
fn tests_are_counted_case_by_case() {
    let tests = report("junit.xml").tests.unwrap();
    assert_eq!(tests.all, Counts { total: 5, failed: 1, errored: 1, skipped: 1 });
    assert_eq!((tests.all.ran(), tests.all.passed()), (4, 2));
    let suites: Vec<(&str, u64)> =
        tests.suites.iter().map(|suite| (suite.name.as_str(), suite.counts.total)).collect();
    assert_eq!(suites, [("orders", 4), ("search", 1)]);
}

#[test]
fn measures_have_one_unit_per_kind() {
    let table = [
        ("k6-handle-summary.json", "p95", 241.25, Unit::Milliseconds),
        ("k6-handle-summary.json", "http_req_duration.p90", 180.7, Unit::Milliseconds),
        ("k6-handle-summary.json", "error_rate", 0.0025, Unit::Ratio),
        ("k6-handle-summary.json", "http_reqs.rate", 79.9, Unit::PerSecond),
        ("k6-handle-summary.json", "basket_size.p95", 9.0, Unit::Plain),
        ("k6-summary-export.json", "p95", 241.25, Unit::Milliseconds),
        ("k6-summary-export.json", "error_rate", 0.0025, Unit::Ratio),
        ("criterion.jsonl", "parse/small.typical", 0.003_419_5, Unit::Milliseconds),
        ("criterion.jsonl", "ratio", 1.25, Unit::Ratio),
        ("criterion-estimates.json", "mean", 3.42, Unit::Milliseconds),
        ("criterion-change.json", "ratio", 1.08, Unit::Ratio),
        ("hyperfine.json", "mean", 533.0, Unit::Milliseconds),
        ("hyperfine.json", "ratio", 1.3, Unit::Ratio),
        ("lighthouse.json", "score", 0.84, Unit::Ratio),
        ("lighthouse.json", "score.accessibility", 0.93, Unit::Ratio),
        ("lighthouse.json", "largest-contentful-paint", 2650.5, Unit::Milliseconds),
        ("junit.xml", "pass_rate", 0.5, Unit::Ratio),
        ("cyclonedx.json", "components", 4.0, Unit::Plain),
        ("spdx.json", "components", 2.0, Unit::Plain),
    ];
    for (sample, name, value, unit) in table {
        let found = report(sample).measures[name];
        assert!((found.value - value).abs() < 1e-9, "{sample} {name}: {found}");
        assert_eq!(found.unit, unit, "{sample} {name}");
    }
}

#[test]
fn an_unknown_format_is_refused_with_the_nearest() {
    let table = [
        (r#"{"SchemaVersion": 2}"#, "trivy (lacks `ArtifactName` or `Results`)"),
        (r#"{"runs": []}"#, "sarif (lacks `version`)"),
        (r#"{"metrics": {}}"#, "k6 (lacks `root_group` or `state`)"),
        (r#"{"results": []}"#, "osv-scanner (its list is empty)"),
        ("[]", "pa11y (its list is empty)"),
        ("<coverage/>", "junit (lacks <testsuites>)"),
        ("<bom xmlns=\"http://cyclonedx.org/schema/bom/1.5\"/>", "cyclonedx (write it as JSON)"),
    ];
    for (text, nearest) in table {
        let bad = detect(text.as_bytes(), "report.json", Limits::default()).unwrap_err();
        assert_eq!(bad.code(), "report-format-unknown", "{text}");
        assert!(bad.to_string().contains(nearest), "{text}: {bad}");
        assert!(!bad.help().is_empty());
    }
    let bad = detect(b"{\"hello\": 1}", "x.json", Limits::default()).unwrap_err();
    assert_eq!(bad.to_string(), "`x.json` is in no format that is known here");
    // Only what says nothing is told by its name.
    assert_eq!(detect(b"[]", "pa11y-home.json", Limits::default()), Ok(Format::Pa11y));
    assert_eq!(detect(b"{\"results\":[]}", "osv.json", Limits::default()), Ok(Format::OsvScanner));
}

#[test]
fn other_versions_and_broken_shapes_are_refused() {
    let table = [
        (r#"{"version": "2.0.0", "runs": []}"#, "report-version-unknown"),
        (r#"{"SchemaVersion": 1, "Results": []}"#, "report-version-unknown"),
        (r#"{"SchemaVersion": 2, "ArtifactName": "x", "Results": {}}"#, "report-malformed"),
        (r#"{"bomFormat": "CycloneDX", "specVersion": "2.0"}"#, "report-version-unknown"),
        (r#"{"spdxVersion": "SPDX-3.0"}"#, "report-version-unknown"),
        (r#"{"lighthouseVersion": "12", "categories": []}"#, "report-malformed"),
        (r#"{"schema_version": 2, "results": [{"command": "x"}]}"#, "report-version-unknown"),
        (r#"{"results": [{"command": "x", "mean": null}]}"#, "report-malformed"),
        (r#"{"matches": [], "descriptor": {}} {}"#, "report-malformed"),
        ("<testsuites><testsuite>", "report-unreadable"),
        ("<testsuites><testsuite></testsuites>", "report-unreadable"),
        ("<testsuites/><testsuites/>", "report-malformed"),
    ];
    for (text, code) in table {
        assert_eq!(refusal(text, "report"), code, "{text}");
    }
}

#[test]
fn limits_hold_for_every_list() {
    let tight = Limits { entries_max: 2, ..Limits::default() };
    for sample in ["trivy.json", "k6-handle-summary.json", "cyclonedx.json"] {
        let bad = tidegate_evidence::read(&bytes(sample), sample, tight).unwrap_err();
        assert!(matches!(bad, BadReport::TooMany { .. }), "{sample}: {bad}");
    }
    let deep = format!("<testsuites>{}{}</testsuites>", "<testsuite>".repeat(80), "</testsuite>".repeat(80));
    assert_eq!(refusal(&deep, "deep.xml"), "report-too-deep");
    let many: Vec<String> = (0..200).map(|index| format!(" a{index}=\"1\"")).collect();
    assert_eq!(refusal(&format!("<testsuites{}/>", many.concat()), "wide.xml"), "report-too-many-parts");
    let long = "x".repeat(10_000);
    let read = crate::of_text(&bytes_with_title(&long), "long.json");
    assert_eq!(read.findings[0].title.chars().count(), 401);
}

fn bytes_with_title(title: &str) -> String {
    format!(
        r#"{{"matches": [{{"vulnerability": {{"id": "X", "description": "{title}"}}}}], "descriptor": {{}}}}"#
    )
}
