//! What expressions answer, what is refused, and that none runs away.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use proptest::prelude::*;
use serde_json::{Value, json};
use tidegate_expression::{Expression, INPUT_LIST_MAX, INPUT_TEXT_BYTES_MAX, Unanswered, bounded};

const VARIABLES: &[&str] = &["release", "environment", "rollout"];

fn facts() -> Value {
    json!({
        "release": {"version": "2.1.0", "kind": "hotfix", "components": ["api", "web"], "notes": ["New dashboard"]},
        "environment": {"name": "production", "protected": true},
        "rollout": {"weight": 5, "replicas": 4, "rate": 0.25},
    })
}

#[track_caller]
fn answers(source: &str, expect: bool) {
    let expression = Expression::compile(source, VARIABLES).unwrap_or_else(|bad| panic!("{source}: {bad}"));
    assert_eq!(expression.answer(&facts()), Ok(expect), "{source}");
}

#[test]
fn conditions_are_answered() {
    answers("true", true);
    answers("release.kind == 'hotfix' && environment.protected", true);
    answers("release.components.size() < 2", false);
    answers("release.components.exists(name, name.startsWith('we'))", true);
    answers("release.components.all(name, name in ['api', 'web'])", true);
    answers("rollout.weight > 5 || rollout.rate < 0.3", true);
    answers("has(release.owner)", false);
    answers("release.notes.filter(note, note.contains('dash')).size() == 1", true);
}

#[test]
fn what_is_no_answer_is_none() {
    let told = |source: &str| Expression::compile(source, VARIABLES).unwrap().answer(&facts()).unwrap_err();
    assert!(matches!(told("release.version"), Unanswered::NotYesOrNo { .. }));
    assert!(matches!(told("release.owner == 'ann'"), Unanswered::Failed { .. }));
    assert!(matches!(told("rollout.weight / 0 == 1"), Unanswered::Failed { .. }));
    assert!(matches!(told("release.version > 3"), Unanswered::Failed { .. }));
}

#[test]
fn what_could_run_away_is_refused_when_it_is_saved() {
    let nested = "[1,2,3,4,5,6,7,8,9].map(a, [1,2,3,4,5,6,7,8,9].map(b, a * b)).size() > 0";
    let deep = format!("{}true{}", "[".repeat(400), "]".repeat(400));
    let wide = format!("[{}].size() > 1", vec!["1"; 250].join(","));
    let long = format!("release.version == '{}'", "x".repeat(3_000));
    for (source, code) in [
        (nested, "expression-too-deep"),
        (deep.as_str(), "bad-expression"),
        (wide.as_str(), "expression-too-large"),
        (long.as_str(), "expression-too-long"),
        ("", "bad-expression"),
        ("release.version ==", "bad-expression"),
        ("relase.version == '1'", "expression-unknown-variable"),
        ("release.version.matches('(a+)+$')", "expression-unknown-function"),
        ("exec('rm')", "expression-unknown-function"),
    ] {
        let refused = Expression::compile(source, VARIABLES).expect_err(source);
        assert_eq!(refused.code(), code, "{source}: {refused}");
        assert!(!refused.help().is_empty());
    }
}

#[test]
fn inputs_are_cut() {
    let large =
        json!({"release": {"notes": vec!["n".repeat(5_000); 5_000]}, "rollout": {"é": "é".repeat(2_000)}});
    let cut = bounded(&large);
    let notes = cut["release"]["notes"].as_array().unwrap();
    assert_eq!(notes.len(), INPUT_LIST_MAX);
    assert!(notes.iter().all(|note| note.as_str().unwrap().len() <= INPUT_TEXT_BYTES_MAX));
    assert!(cut["rollout"]["é"].as_str().unwrap().ends_with('…'));
    let mut nested = json!("end");
    for _ in 0..50 {
        nested = json!([nested]);
    }
    assert!(bounded(&nested).to_string().len() < 100);
}

/// The costliest that the limits let through: each element of a full list against a sum of texts.
#[test]
fn the_costliest_expression_is_answered() {
    fn sum(terms: usize) -> String {
        if terms < 2 {
            "note".to_owned()
        } else {
            format!("({} + {})", sum(terms / 2), sum(terms - terms / 2))
        }
    }
    let source = format!("release.notes.map(note, {}).size() == 100", sum(80));
    let notes = vec!["x".repeat(INPUT_TEXT_BYTES_MAX); 1_000];
    let expression = Expression::compile(&source, VARIABLES).unwrap();
    assert_eq!(expression.answer(&json!({"release": {"notes": notes}})), Ok(true));
}

/// The deepest too, which would end the program if it ran out of stack.
#[test]
fn the_deepest_expression_is_answered() {
    let chain =
        |terms: usize| format!("release.notes.all(note, ({}).size() > 0)", vec!["note"; terms].join(" + "));
    let deepest =
        (1..60).rev().find_map(|terms| Expression::compile(&format!("({})", chain(terms)), VARIABLES).ok());
    assert_eq!(deepest.unwrap().answer(&json!({"release": {"notes": ["a", "b"]}})), Ok(true));
    assert_eq!(
        Expression::compile(&chain(60), VARIABLES).expect_err("too deep").code(),
        "expression-too-deep"
    );
}

proptest! {
    #[test]
    fn no_text_ends_the_program(source in "[a-z0-9 .()\\[\\]'\"=<>&|!?:+*/,{}-]{0,80}") {
        if let Ok(expression) = Expression::compile(&source, VARIABLES) {
            let _ = expression.answer(&facts());
        }
    }
}
