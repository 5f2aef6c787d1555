//! No bytes make the reader panic, and what it reads from them keeps the limits.

use proptest::prelude::*;
use tidegate_evidence::{Format, GateKind, Limits, Requirement, Severity, decide, parse, read};

use crate::{NOW_MS, bytes, digest, release};

const SAMPLES: [&str; 21] = [
    "lint.sarif",
    "trivy.json",
    "grype.json",
    "osv-scanner.json",
    "pip-audit.json",
    "npm-audit.json",
    "npm6-audit.json",
    "cargo-audit.json",
    "junit.xml",
    "axe.json",
    "pa11y.json",
    "pa11y-ci.json",
    "lighthouse.json",
    "k6-handle-summary.json",
    "k6-summary-export.json",
    "criterion.jsonl",
    "criterion-estimates.json",
    "criterion-change.json",
    "hyperfine.json",
    "cyclonedx.json",
    "spdx.json",
];

/// xorshift64*, so that a failing round can be named by its number.
fn next(state: &mut u64) -> u64 {
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    state.wrapping_mul(0x2545_F491_4F6C_DD1D)
}

/// Cuts, repeats, and puts in what parsers stumble over.
fn mutate(bytes: &mut Vec<u8>, state: &mut u64) {
    const STUMBLES: [&[u8]; 14] = [
        b"null",
        b"-1",
        b"1e308",
        b"18446744073709551615",
        b"[]",
        b"{}",
        b"\"\"",
        b"true",
        b"\\u0000",
        b"\xff",
        b"&amp;",
        b"<",
        b"\"NaN\"",
        b"[[[[[[[[",
    ];
    for _ in 0..=next(state) % 4 {
        let length = bytes.len().max(1) as u64;
        let at = (next(state) % length) as usize;
        let until = (at + (next(state) % 40) as usize).min(bytes.len());
        match next(state) % 5 {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at.min(until)..until)),
            2 => {
                let part = bytes[at.min(until)..until].to_vec();
                bytes.splice(at..at, part);
            }
            3 => drop(
                bytes.splice(at.min(until)..until, STUMBLES[(next(state) % 14) as usize].iter().copied()),
            ),
            _ => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte = (next(state) & 0xff) as u8),
        }
    }
}

/// A value of a JSON document exchanged for something of another kind: it stays JSON, so the readers see it.
fn exchange(value: &mut serde_json::Value, state: &mut u64) {
    use serde_json::{Value, json};
    let stop = next(state).is_multiple_of(5);
    match value {
        Value::Array(list) if !stop && !list.is_empty() => {
            let at = (next(state) % list.len() as u64) as usize;
            exchange(&mut list[at], state);
        }
        Value::Object(object) if !stop && !object.is_empty() => {
            let at = (next(state) % object.len() as u64) as usize;
            exchange(object.values_mut().nth(at).unwrap(), state);
        }
        Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Array(_)
        | Value::Object(_) => {
            let instead = [
                json!(null),
                json!(-1),
                json!(1e300),
                json!(u64::MAX),
                json!([]),
                json!({}),
                json!("x"),
                json!([[{}]]),
            ];
            *value = instead[(next(state) % 8) as usize].clone();
        }
    }
}

fn look(bytes: &[u8], name: &str) -> bool {
    let limits = Limits { entries_max: 500, ..Limits::default() };
    let Ok(report) = read(bytes, name, limits) else { return false };
    assert!(report.findings.len() <= 500 && report.measures.values().all(|one| one.value.is_finite()));
    let unknown = report.findings.iter().any(|one| one.severity == Severity::Unknown && !one.suppressed);
    let scanned = report.scanned;
    let report = report.bound_to(digest('a'));
    for kind in GateKind::NAMED {
        let decision =
            decide(&Requirement::new(kind), std::slice::from_ref(&report), &release(), &[], NOW_MS);
        let asked = matches!(kind, GateKind::SecurityScan | GateKind::Accessibility | GateKind::UnitTests);
        assert!(!decision.open || !asked || (scanned > 0 && !unknown), "{kind} open for {name}");
    }
    true
}

#[test]
fn thousands_of_broken_samples_are_read_or_refused() {
    let mut state = 0x7469_6465_6761_7465;
    let mut readable = 0;
    for round in 0..300 {
        for sample in SAMPLES {
            let mut broken = bytes(sample);
            mutate(&mut broken, &mut state);
            readable += u32::from(look(&broken, &format!("{sample} round {round}")));
        }
    }
    assert!(readable > 200, "only {readable} of 6300 were still read: the test lost its point");
}

#[test]
fn thousands_of_samples_with_exchanged_values_are_read_or_refused() {
    let mut state = 0x6576_6964_656e_6365;
    let mut readable = 0;
    for round in 0..200 {
        for sample in
            SAMPLES.into_iter().filter(|sample| sample.ends_with("json") || sample.ends_with("sarif"))
        {
            let mut value = crate::json(sample);
            exchange(&mut value, &mut state);
            readable += u32::from(look(value.to_string().as_bytes(), &format!("{sample} round {round}")));
        }
    }
    assert!(readable > 1000, "only {readable} of 3800 were still read: the test lost its point");
}

#[test]
fn every_sample_cut_off_anywhere_is_refused() {
    for sample in SAMPLES {
        let whole = bytes(sample);
        let text = String::from_utf8(whole.clone()).unwrap();
        let length = text.trim_end().len();
        for at in (0..length).step_by(7) {
            // Whole lines of a file of lines are a file of lines.
            if sample == "criterion.jsonl" && (text[..at].ends_with('\n') || text[at..].starts_with('\n')) {
                continue;
            }
            assert!(read(&whole[..at], sample, Limits::default()).is_err(), "{sample} cut at {at} was taken");
        }
    }
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        look(&bytes, "random");
        for format in Format::ALL {
            let _ = parse(format, &bytes, Limits::default());
        }
    }

    #[test]
    fn no_vector_of_cvss_makes_it_panic(
        version in prop::sample::select(vec!["3.0", "3.1", "4.0", "2.0", "5.0"]),
        metrics in prop::collection::vec("(AV|AC|AT|PR|UI|S|C|I|A|VC|VI|VA|SC|SI|SA|E|MAV|MSI|CR|RL|X):[NLHPAUCXSDMR]", 0..16),
    ) {
        let vector = format!("CVSS:{version}/{}", metrics.join("/"));
        let _ = Severity::from_cvss_vector(&vector);
        let base = format!("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/{}", metrics.join("/"));
        let _ = Severity::from_cvss_vector(&base);
    }
}
