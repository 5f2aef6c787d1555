//! Templates of the team's own, and rotations.

use tidegate_plan::document::{Kind, Plan};

use super::*;
use crate::refusal::Refuse as _;

fn said() -> Said {
    Said { by: "ann".to_owned(), at_ms: 1, note: String::new() }
}

fn template(name: &str, title: &str) -> PlanBookCommand {
    let plan = Plan::new(title, Kind::Planned);
    let template =
        Template { name: name.to_owned(), version: 7, change: String::new(), plan, days: Vec::new() };
    PlanBookCommand::WriteTemplate { template: Box::new(template) }
}

fn after(state: &PlanBook, command: PlanBookCommand) -> PlanBook {
    decide(state, command, said()).unwrap().iter().fold(state.clone(), evolve)
}

fn code(state: &PlanBook, command: PlanBookCommand) -> &'static str {
    decide(state, command, said()).unwrap_err().code()
}

#[test]
fn editions_are_counted_and_never_change() {
    let one = after(&PlanBook::default(), template("ours", "One"));
    assert_eq!(one.template("ours").unwrap().version, 1);
    assert_eq!(decide(&one, template("ours", "One"), said()), Ok(Vec::new()), "the same again is no edition");
    let two = after(&one, template("ours", "Two"));
    assert_eq!(two.find("ours", Some(1)).unwrap().plan.title, "One");
    assert_eq!(two.find("ours", None).unwrap().plan.title, "Two");
    let many =
        (0..EDITIONS_MAX + 3).fold(two, |state, number| after(&state, template("ours", &number.to_string())));
    assert_eq!(many.templates["ours"].len(), EDITIONS_MAX);
    assert_eq!(many.template("ours").unwrap().version, EDITIONS_MAX as u32 + 5);
    let gone = after(&many, PlanBookCommand::RemoveTemplate { name: "ours".to_owned() });
    assert_eq!(
        code(&gone, PlanBookCommand::RemoveTemplate { name: "ours".to_owned() }),
        "unknown-plan-template"
    );
}

#[test]
fn what_is_built_in_stays_as_it_is_and_is_found() {
    let state = PlanBook::default();
    assert_eq!(state.find("planned", None).unwrap().version, 2);
    assert_eq!(state.find("planned", Some(1)).unwrap().version, 1);
    let unknown = state.find("plannde", None).unwrap_err();
    assert!(unknown.help().contains("hotfix, planned, rollback"), "{}", unknown.help());
    assert_eq!(code(&state, template("planned", "Ours")), "plan-template-built-in");
    assert_eq!(
        code(&state, PlanBookCommand::RemoveTemplate { name: "hotfix".to_owned() }),
        "plan-template-built-in"
    );
    assert_eq!(code(&state, template("with space", "Ours")), "plan-template-unfit");
    assert_eq!(code(&state, template("ours", "")), "plan-template-unfit");
    let full =
        (0..TEMPLATES_MAX).fold(state, |state, number| after(&state, template(&format!("t{number}"), "T")));
    assert_eq!(code(&full, template("another", "T")), "plan-templates-full");
}

#[test]
fn a_rotation_names_somebody_and_each_once() {
    let state = PlanBook::default();
    let rotation = |people: &[&str], away: &[&str]| {
        let off = DaysOff { from: "2026-12-24".parse().unwrap(), until: "2026-12-20".parse().unwrap() };
        PlanBookCommand::WriteRotation {
            rotation: Rotation {
                role: MANAGER_ROLE.to_owned(),
                people: people.iter().map(|name| (*name).to_owned()).collect(),
                away: away.iter().map(|name| ((*name).to_owned(), vec![off])).collect(),
            },
        }
    };
    for (people, away) in [
        (&[][..], &[][..]),
        (&["ann", "ann"], &[]),
        (&["ann", ""], &[]),
        (&["ann"], &["bob"]),
        (&["ann"], &["ann"]),
    ] {
        assert_eq!(code(&state, rotation(people, away)), "members-unfit", "{people:?} {away:?}");
    }
    let kept = after(&state, rotation(&["ann", "bob"], &[]));
    assert_eq!(kept.rotation.as_ref().unwrap().0.people, ["ann", "bob"]);
    assert_eq!(decide(&kept, rotation(&["ann", "bob"], &[]), said()), Ok(Vec::new()));
}
