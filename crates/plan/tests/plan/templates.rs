//! Plans to begin with, and newer versions of them.

use std::collections::BTreeSet;

use jiff::civil::date;
use proptest::prelude::*;
use tidegate_plan::Plan;
use tidegate_plan::document::{ChecklistItem, Kind, check};
use tidegate_plan::markdown::{export, import};
use tidegate_plan::schedule::schedule;
use tidegate_plan::templates::{
    Template, all_built_in, apply, built_in, built_in_version, check_template, instantiate,
};

use crate::plans::plan;

fn own(id: &str) -> ChecklistItem {
    ChecklistItem {
        id: id.to_owned(),
        text: "What our team does".to_owned(),
        area: "ours".to_owned(),
        audience: None,
        owner: None,
        done: true,
    }
}

#[test]
fn each_kind_has_a_template_that_fits_together() {
    let all = all_built_in();
    assert_eq!(all.len(), 4);
    let names: BTreeSet<(&str, u32)> =
        all.iter().map(|template| (template.name.as_str(), template.version)).collect();
    assert_eq!(names.len(), 4);
    for template in &all {
        assert_eq!(check_template(template), [], "{} {}", template.name, template.version);
        assert!(schedule(&template.plan.activities, date(2026, 12, 1)).is_ok());
        assert_eq!(import(&export(&template.plan)).unwrap().plan, template.plan);
    }
    for kind in Kind::EACH {
        let template = built_in(*kind);
        assert_eq!((template.name.as_str(), template.plan.kind), (kind.word(), *kind));
        assert_eq!(built_in_version(&template.name, template.version), Some(template.clone()));
        assert_eq!(template.plan.roles.iter().filter(|role| role.decides).count(), 1);
    }
    assert_eq!(built_in(Kind::Planned).version, 2);
    assert_eq!(built_in(Kind::Planned).plan.roles.len(), 6);
    assert_eq!(built_in_version("planned", 9), None);
}

#[test]
fn dates_follow_the_day_on_which_all_is_ready() {
    let made = instantiate(&built_in(Kind::Planned), "2.1.0", Some(date(2026, 12, 15)));
    assert_eq!(check(&made), []);
    let activity = |id: &str| made.activities.iter().find(|activity| activity.id == id).unwrap();
    assert_eq!(activity("production-deployment").start, Some(date(2026, 12, 15)));
    assert_eq!(
        (activity("final-tests").start, activity("final-tests").end),
        (Some(date(2026, 12, 8)), Some(date(2026, 12, 13)))
    );
    let on_time = schedule(&made.activities, date(2026, 11, 25)).unwrap();
    assert!(on_time.rows.iter().all(|row| row.late.is_none()), "{:?}", on_time.rows);
    let undated = instantiate(&built_in(Kind::Planned), "2.1.0", None);
    assert!(undated.activities.iter().all(|activity| activity.start.is_none()));
}

#[test]
fn a_newer_version_keeps_what_the_team_made_of_it() {
    let (first, second) = (built_in_version("planned", 1).unwrap(), built_in_version("planned", 2).unwrap());
    let mut team = instantiate(&first, "2.1.0", Some(date(2026, 12, 15)));
    team.readiness.push(own("ours"));
    team.readiness.retain(|item| item.id != "support-briefed");
    team.roles[0].person = Some("ana".to_owned());
    team.risks[0].mitigation = "As we do it".to_owned();
    team.activities[0].end = Some(date(2026, 11, 27));
    let applied = apply(&first, &second, &team);
    let plan = &applied.plan;
    assert_eq!(check(plan), []);
    assert_eq!(applied.conflicts, []);
    let ids: Vec<&str> = plan.readiness.iter().map(|item| item.id.as_str()).collect();
    assert!(
        ids.contains(&"ours") && ids.contains(&"rollback-rehearsed") && !ids.contains(&"support-briefed"),
        "{ids:?}"
    );
    // What is new stands where the template has it.
    let place = |id: &str| ids.iter().position(|known| *known == id).unwrap();
    assert_eq!(place("rollback-rehearsed"), place("migrations-rehearsed") + 1);
    assert_eq!(plan.roles[0].person.as_deref(), Some("ana"));
    assert_eq!(plan.risks[0].mitigation, "As we do it");
    assert_eq!(plan.risks[0].bound.as_ref().unwrap().name, "error_rate");
    assert_eq!(plan.activities[0].end, Some(date(2026, 11, 27)));
    assert_eq!(plan.template.as_ref().unwrap().version, 2);
    // Brought in again it changes nothing.
    assert_eq!(apply(&second, &second, plan).plan, *plan);
}

#[test]
fn where_both_changed_the_same_the_teams_stands_and_the_place_is_named() {
    let first = built_in(Kind::Hotfix);
    let mut second = Template { version: 2, ..first.clone() };
    second.plan.objectives[0].text = "The template's new words".to_owned();
    second.plan.activities.retain(|activity| activity.id != "triage");
    second.plan.activities[0].after.clear();
    let mut team = instantiate(&first, "2.1.1", None);
    team.objectives[0].text = "Ours".to_owned();
    team.activities[2].after.push("triage".to_owned());
    let applied = apply(&first, &second, &team);
    assert_eq!(applied.plan.objectives[0].text, "Ours");
    assert_eq!(applied.conflicts.len(), 1);
    assert_eq!(applied.conflicts[0].path, "/objectives/fixed/text");
    assert_eq!(applied.conflicts[0].template, "The template's new words");
    // What the team still speaks of stays, although the template gave it up.
    assert!(applied.plan.activities.iter().any(|activity| activity.id == "triage"));
    assert_eq!(check(&applied.plan), []);
}

#[test]
fn a_template_that_does_not_fit_together_is_told_where() {
    let mut broken = built_in(Kind::Planned);
    broken.name = "our own".to_owned();
    broken.version = 0;
    broken.days[0].activity = "nothing".to_owned();
    broken.days[1].until = broken.days[1].from - 1;
    broken.plan.zone = "Europe/Atlantis".to_owned();
    let problems = check_template(&broken);
    let told: Vec<(&str, &str)> =
        problems.iter().map(|problem| (problem.path.as_str(), problem.code)).collect();
    let expected = [
        ("/plan/zone", "unknown-zone"),
        ("/name", "bad-id"),
        ("/version", "out-of-range"),
        ("/days/0", "unknown-reference"),
        ("/days/1", "end-before-start"),
    ];
    assert_eq!(told, expected);
}

fn template(version: u32, plan: Plan) -> Template {
    Template { name: "ours".to_owned(), version, change: String::new(), plan, days: Vec::new() }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn what_the_team_left_alone_becomes_the_newer_version(old in plan(), new in plan()) {
        let (old, new) = (template(1, old), template(2, new));
        let team = instantiate(&old, "T", None);
        let applied = apply(&old, &new, &team);
        prop_assert_eq!(&applied.conflicts, &[]);
        let mut expected = instantiate(&new, "T", None);
        // A day that both versions leave to the plan stays as it is.
        expected.ready_on = applied.plan.ready_on;
        let ids = |plan: &Plan| plan.readiness.iter().map(|item| item.id.clone()).collect::<BTreeSet<_>>();
        prop_assert_eq!(ids(&applied.plan), ids(&expected));
        prop_assert_eq!(applied.plan.overview, expected.overview);
        prop_assert_eq!(applied.plan.deployment.window, expected.deployment.window);
    }

    #[test]
    fn a_version_that_says_the_same_changes_nothing(old in plan(), team in plan()) {
        let (old, new) = (template(1, old.clone()), template(2, old));
        let mut expected = team.clone();
        expected.template = Some(tidegate_plan::document::TemplateUse { name: "ours".to_owned(), version: 2 });
        prop_assert_eq!(apply(&old, &new, &team).plan, expected);
    }

    #[test]
    fn the_teams_own_entries_stay_as_they_are(old in plan(), new in plan(), added in "[a-z]{3,6}") {
        let mut team = instantiate(&template(1, old.clone()), "T", None);
        let id = format!("team-own-{added}");
        team.readiness.insert(0, own(&id));
        let applied = apply(&template(1, old), &template(2, new), &team);
        let kept = applied.plan.readiness.iter().find(|item| item.id == id);
        prop_assert_eq!(kept, Some(&own(&id)));
    }

    #[test]
    fn a_plan_that_fitted_together_still_does(old in plan(), new in plan(), team in plan()) {
        let applied = apply(&template(1, old), &template(2, new), &team);
        prop_assert_eq!(check(&applied.plan), []);
    }
}
