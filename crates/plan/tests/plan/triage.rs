//! Severity against the risk of the fix.

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::json;
use tidegate_plan::Plan;
use tidegate_plan::document::{Decision, FixRisk, Kind, Matrix, Severity};
use tidegate_plan::markdown::{export, import};
use tidegate_plan::triage::{advised, fix_risk, triage};

#[test]
fn the_usual_matrix_stops_for_what_is_critical_and_cannot_be_mended_safely() {
    let matrix = Matrix::default();
    let check = |severity, risk, frozen, expect| {
        assert_eq!(
            triage(&matrix, severity, risk, frozen).decision,
            expect,
            "{severity:?} {risk:?} {frozen}"
        );
    };
    check(Severity::Critical, FixRisk::Low, false, Decision::FixNow);
    check(Severity::Critical, FixRisk::High, false, Decision::StopRelease);
    check(Severity::Critical, FixRisk::Medium, true, Decision::StopRelease);
    check(Severity::Major, FixRisk::Medium, false, Decision::FixNow);
    check(Severity::Major, FixRisk::Medium, true, Decision::FixNext);
    check(Severity::Minor, FixRisk::Low, true, Decision::FixNext);
    check(Severity::Trivial, FixRisk::Low, false, Decision::FixNext);
    check(Severity::Trivial, FixRisk::High, true, Decision::KnownIssue);
    let why = triage(&matrix, Severity::Major, FixRisk::Medium, true).why;
    let expected = "severity major and a fix of high risk, raised from medium because the code is frozen: \
                    fix it in the next release";
    assert_eq!(why, expected);
}

#[test]
fn a_matrix_with_a_hole_or_a_word_too_many_is_refused() {
    let row = json!({ "low": "fix-now", "medium": "fix-now", "high": "fix-now" });
    let whole = json!({ "trivial": row, "minor": row, "major": row, "critical": row });
    assert!(serde_json::from_value::<Matrix>(whole.clone()).is_ok());
    for broken in ["minor", "critical"] {
        let mut given = whole.clone();
        given.as_object_mut().unwrap().remove(broken);
        assert!(serde_json::from_value::<Matrix>(given).is_err());
    }
    let mut given = whole;
    given["huge"] = row;
    assert!(serde_json::from_value::<Matrix>(given).is_err());
}

#[test]
fn a_table_of_a_few_rows_changes_those_and_what_it_does_not_mean_is_kept() {
    let text = "# Plan\n\n## Triage matrix\n\n| Severity | Low risk | Medium risk | High risk |\n|---|---|---|---|\n\
                | Major | fix now | stop-release | |\n| huge | fix-now | fix-next | known-issue |\n| minor | maybe | | |\n";
    let read = import(text).unwrap();
    let mut expect = Matrix::default();
    expect.major.medium = Decision::StopRelease;
    assert_eq!(read.plan.triage, Some(expect));
    assert_eq!(read.plan.matrix(), expect);
    let kept: String = read.plan.notes.iter().map(|note| note.text.as_str()).collect();
    for left in ["huge", "Medium risk: fix-next", "High risk: known-issue", "Low risk: maybe"] {
        assert!(kept.contains(left), "{left} is not in {kept}");
    }
    assert_eq!(Plan::new("P", Kind::Planned).matrix(), Matrix::default());
    assert!(!export(&Plan::new("P", Kind::Planned)).contains("Triage"));
}

#[test]
fn a_fix_is_as_risky_as_it_reaches_far() {
    let risks: Vec<FixRisk> = (0..5).map(|touched| fix_risk(touched, 9)).collect();
    assert_eq!(risks, [FixRisk::Low, FixRisk::Low, FixRisk::Medium, FixRisk::Medium, FixRisk::High]);
    assert_eq!(fix_risk(usize::MAX, usize::MAX), FixRisk::High);
}

proptest! {
    #[test]
    fn every_matrix_decides_every_case(decisions in prop::collection::vec(select(Decision::EACH), 12), frozen in any::<bool>()) {
        let row = |at: usize| json!({ "low": decisions[at], "medium": decisions[at + 1], "high": decisions[at + 2] });
        let given = json!({ "trivial": row(0), "minor": row(3), "major": row(6), "critical": row(9) });
        let matrix: Matrix = serde_json::from_value(given).unwrap();
        for (at, severity) in Severity::EACH.iter().enumerate() {
            for (place, risk) in FixRisk::EACH.iter().enumerate() {
                let place = if frozen { (place + 1).min(2) } else { place };
                let found = triage(&matrix, *severity, *risk, frozen);
                prop_assert_eq!(found.decision, decisions[at * 3 + place]);
                prop_assert!(found.risk >= *risk);
                prop_assert_eq!(advised(&matrix, frozen).decision(*severity, *risk), found.decision);
            }
        }
    }
}
