//! Versions against semver.org's cases and npm's `semver`.
//!
//! Invariant: the vectors are used whole; none is left out.

use std::cmp::Ordering;

use proptest::prelude::*;
use serde_json::Value;
use tidegate_notes::version::{Step, Version, is_channel};

fn vectors(name: &str) -> Value {
    let path = format!("{}/tests/vectors/semver/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn texts(value: &Value) -> Vec<String> {
    value.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
}

#[test]
fn what_is_a_version_and_what_is_none() {
    let cases = vectors("semver-org-cases");
    let (valid, invalid) = (texts(&cases["valid"]), texts(&cases["invalid"]));
    assert_eq!((valid.len(), invalid.len()), (31, 39));
    for text in valid {
        assert_eq!(text.parse::<Version>().unwrap().to_string(), text);
    }
    for text in invalid {
        assert!(text.parse::<Version>().is_err(), "{text}");
    }
    assert!("1.0.0-".parse::<Version>().is_err() && "1.0.0+".parse::<Version>().is_err());
    assert!(format!("1.0.0-{}", "a".repeat(300)).parse::<Version>().is_err());
}

#[test]
fn versions_go_in_the_order_of_npm() {
    let sorted: Vec<Version> =
        texts(&vectors("sort-oracle-npm-semver")).iter().map(|text| text.parse().unwrap()).collect();
    assert_eq!(sorted.len(), 30);
    for (at, lower) in sorted.iter().enumerate() {
        for higher in &sorted[at + 1..] {
            let order = lower.precedence(higher);
            let by_build =
                order == Ordering::Equal && (lower.release(), &lower.pre) == (higher.release(), &higher.pre);
            assert!(order == Ordering::Less || by_build, "{lower} and {higher}: {order:?}");
        }
    }
}

#[test]
fn steps_are_those_of_npm() {
    let oracle = vectors("inc-oracle-npm-semver");
    let cases = oracle["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 264);
    for case in cases {
        let version: Version = case[0].as_str().unwrap().parse().unwrap();
        let step = match case[1].as_str().unwrap() {
            "major" => Step::Major,
            "minor" => Step::Minor,
            "patch" => Step::Patch,
            "premajor" => Step::PreMajor,
            "preminor" => Step::PreMinor,
            "prepatch" => Step::PrePatch,
            "prerelease" => Step::Prerelease,
            "release" => Step::Release,
            other => panic!("{other}"),
        };
        let found = version.step(step, case[2].as_str(), 0).map(|version| version.to_string());
        assert_eq!(found.as_deref(), case[3].as_str(), "{case}");
    }
}

#[test]
fn a_channel_is_one_word() {
    for (name, expect) in
        [("rc", true), ("beta-2", true), ("1", false), ("a.b", false), ("", false), ("ä", false)]
    {
        assert_eq!(is_channel(name), expect, "{name}");
    }
}

proptest! {
    #[test]
    fn any_text_is_a_version_or_not(text in "[0-9a-z.+-]{0,40}") {
        if let Ok(version) = text.parse::<Version>() {
            prop_assert_eq!(version.to_string(), text);
        }
    }

    #[test]
    fn a_step_leads_upwards(major in 0u32..3, minor in 0u32..20, patch in 0u32..20, pre in 0usize..4) {
        let pre = ["", "-rc.1", "-0", "-beta"][pre];
        let version: Version = format!("{major}.{minor}.{patch}{pre}").parse().unwrap();
        for step in [Step::Major, Step::Minor, Step::Patch, Step::Release, Step::PreMajor, Step::PreMinor, Step::PrePatch] {
            if let Some(next) = version.step(step, Some("rc"), 1) {
                prop_assert_eq!(version.precedence(&next), Ordering::Less, "{} {:?} {}", version, step, next);
            }
        }
    }
}
