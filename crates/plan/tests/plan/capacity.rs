//! When the work can be done, by whom, and what has to go.

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::{Date, date};
use proptest::prelude::*;
use tidegate_plan::Plan;
use tidegate_plan::capacity::capacity;
use tidegate_plan::document::{DaysOff, Estimate, Kind, Person, ScopeItem, ScopeState};

/// A Monday.
const FROM: Date = date(2026, 11, 23);

fn person(id: &str, skills: &[&str], hours_per_week: u32) -> Person {
    let skills = skills.iter().map(|skill| (*skill).to_owned()).collect();
    Person { id: id.to_owned(), skills, hours_per_week, days_off: Vec::new(), zone: None }
}

fn item(id: &str, priority: u8, estimates: &[(&str, u32)]) -> ScopeItem {
    let text = serde_json::json!({ "id": id, "title": id, "priority": priority, "state": "in" });
    let mut item: ScopeItem = serde_json::from_value(text).unwrap();
    item.estimates = estimates
        .iter()
        .map(|(skill, hours)| Estimate { skill: (*skill).to_owned(), hours: *hours })
        .collect();
    item
}

fn plan(people: Vec<Person>, scope: Vec<ScopeItem>) -> Plan {
    Plan { people, scope, ..Plan::new("P", Kind::Planned) }
}

#[test]
fn the_first_day_that_is_enough_is_found_with_what_held_it_up() {
    let people = vec![person("ana", &["backend"], 40), person("ben", &["frontend"], 40)];
    let plan = plan(people, vec![item("a", 1, &[("backend", 80)]), item("b", 1, &[("frontend", 8)])]);
    let found = capacity(&plan, FROM, None);
    assert_eq!(found.feasible_on, Some(date(2026, 12, 4)));
    let short = found.bottleneck.unwrap();
    assert_eq!((short.skill.as_str(), short.needed_hours, short.available_hours), ("backend", 80, 72));
    assert_eq!(short.people, ["ana"]);
    assert_eq!(found.drop, None);
    assert_eq!(
        found.says,
        [
            "88 hours of work from 2026-11-23 can be done by 2026-12-04.",
            "backend is what it waits for: backend needs 80 hours, and ana has 72 until the end of 2026-12-03."
        ]
    );
}

#[test]
fn days_off_and_weekends_bring_nothing() {
    let mut ana = person("ana", &["backend"], 40);
    ana.days_off =
        vec![DaysOff { from: FROM, until: date(2026, 11, 24) }, DaysOff { from: FROM, until: FROM }];
    let found = capacity(&plan(vec![ana], vec![item("a", 1, &[("backend", 32)])]), FROM, None);
    assert_eq!(found.feasible_on, Some(date(2026, 11, 30)));
}

#[test]
fn who_can_do_two_things_does_what_is_short() {
    // Ben alone can do the frontend, so Ana does all of the backend.
    let people = vec![person("ana", &["backend"], 40), person("ben", &["backend", "frontend"], 40)];
    let plan = plan(people, vec![item("a", 1, &[("backend", 40)]), item("b", 1, &[("frontend", 40)])]);
    assert_eq!(capacity(&plan, FROM, None).feasible_on, Some(date(2026, 11, 27)));
}

#[test]
fn what_matters_least_is_dropped_and_no_more_than_needed() {
    let scope = vec![
        item("keep", 9, &[("backend", 30)]),
        item("small", 1, &[("backend", 4)]),
        item("large", 1, &[("backend", 20)]),
        item("other", 1, &[("frontend", 8)]),
    ];
    let people = vec![person("ana", &["backend"], 40), person("ben", &["frontend"], 40)];
    let found = capacity(&plan(people, scope), FROM, Some(date(2026, 11, 27)));
    assert_eq!(found.feasible_on, Some(date(2026, 12, 1)));
    let drop = found.drop.unwrap();
    assert_eq!((drop.items, drop.hours), (vec!["large".to_owned()], 20));
    assert!(found.says.last().unwrap().contains("leave out large (20 hours)"), "{:?}", found.says);
}

#[test]
fn what_nobody_can_do_is_never_done_and_said() {
    let people = vec![person("ana", &["backend"], 40), person("ben", &["magic"], 0)];
    let mut scope = vec![item("a", 1, &[("magic", 1)])];
    let found = capacity(&plan(people.clone(), scope.clone()), FROM, Some(FROM));
    assert_eq!(found.feasible_on, None);
    assert_eq!(found.bottleneck.unwrap().skill, "magic");
    assert_eq!(found.drop.unwrap().items, ["a"]);
    // What else is short is no news beside it.
    let more = vec![item("a", 1, &[("magic", 1)]), item("b", 1, &[("backend", 80), ("cobol", 2)])];
    let found = capacity(&plan(people.clone(), more), FROM, Some(FROM));
    assert_eq!(found.says[1], "Nobody has the skill cobol, and 2 hours of it are needed.");
    scope[0].state = ScopeState::Done;
    assert_eq!(capacity(&plan(people, scope), FROM, None).feasible_on, Some(FROM));
}

#[test]
fn a_plan_as_large_as_allowed_is_answered() {
    let skill = |number: usize| format!("skill-{}", number % 40);
    let mut people = Vec::new();
    for number in 0..200 {
        let mut one = person(&format!("p{number}"), &[], 40);
        one.skills = (0..10).map(|other| skill(number + other * 3)).collect();
        people.push(one);
    }
    let item = |number: usize| {
        item(&format!("i{number}"), (number % 7) as u8, &[(&skill(number), 40), (&skill(number + 11), 9)])
    };
    let plan = plan(people, (0..2_000).map(item).collect());
    let found = capacity(&plan, FROM, Some(date(2026, 12, 10)));
    assert!(found.feasible_on.is_some());
    assert!(!found.drop.unwrap().items.is_empty());
}

const SKILLS: [&str; 4] = ["a", "b", "c", "d"];

fn some_person() -> impl Strategy<Value = Person> {
    let off = prop::collection::vec((0_i32..60, 0_i32..20), 0..3);
    (prop::sample::subsequence(&SKILLS[..], 0..4), 0_u32..60, off).prop_map(|(skills, hours, off)| {
        let mut one = person("p", &skills, hours);
        let on = |days: i32| FROM.checked_add(days.days()).unwrap();
        one.days_off =
            off.into_iter().map(|(from, days)| DaysOff { from: on(from), until: on(from + days) }).collect();
        one
    })
}

fn some_item() -> impl Strategy<Value = ScopeItem> {
    let estimates = prop::collection::btree_map(prop::sample::select(&SKILLS[..]), 0_u32..80, 0..3);
    (0_u8..4, estimates)
        .prop_map(|(priority, estimates)| item("i", priority, &estimates.into_iter().collect::<Vec<_>>()))
}

fn some_plan() -> impl Strategy<Value = Plan> {
    (prop::collection::vec(some_person(), 0..5), prop::collection::vec(some_item(), 0..8)).prop_map(
        |(mut people, mut scope)| {
            people.iter_mut().enumerate().for_each(|(at, person)| person.id = format!("p{at}"));
            scope.iter_mut().enumerate().for_each(|(at, item)| item.id = format!("i{at}"));
            plan(people, scope)
        },
    )
}

/// What never can be done is later than all.
fn on(plan: &Plan) -> Date {
    capacity(plan, FROM, None).feasible_on.unwrap_or(Date::MAX)
}

proptest! {
    #[test]
    fn more_people_are_never_later(plan in some_plan(), one in some_person()) {
        let mut more = plan.clone();
        more.people.push(one);
        prop_assert!(on(&more) <= on(&plan));
    }

    #[test]
    fn less_work_is_never_later(plan in some_plan(), at in any::<prop::sample::Index>()) {
        prop_assume!(!plan.scope.is_empty());
        let mut less = plan.clone();
        less.scope.remove(at.index(plan.scope.len()));
        prop_assert!(on(&less) <= on(&plan));
    }

    #[test]
    fn it_is_enough_on_that_day_and_not_the_day_before(plan in some_plan()) {
        // By another way: each set of skills needs no more than those who know one of them have.
        let enough = |day: Date| (0_u32..16).all(|set| {
            let within = |skill: &str| SKILLS.iter().position(|known| *known == skill).is_some_and(|at| set >> at & 1 == 1);
            let need: u64 = plan.scope.iter().flat_map(|item| &item.estimates).filter(|estimate| within(&estimate.skill)).map(|estimate| u64::from(estimate.hours) * 5).sum();
            let have: u64 = plan.people.iter().filter(|person| person.skills.iter().any(|skill| within(skill))).map(|person| {
                let works = |day: &Date| day.weekday().to_monday_zero_offset() < 5 && !person.days_off.iter().any(|off| off.from <= *day && *day <= off.until);
                FROM.series(1.day()).take_while(|at| *at <= day).filter(works).count() as u64 * u64::from(person.hours_per_week)
            }).sum();
            need <= have
        });
        if let Some(day) = capacity(&plan, FROM, None).feasible_on {
            prop_assert!(enough(day));
            prop_assert!(day == FROM || !enough(day.yesterday().unwrap()));
        }
    }

    #[test]
    fn what_is_dropped_is_enough_and_all_of_it_needed(plan in some_plan(), days in 0_i32..40) {
        let wanted = FROM.checked_add(days.days()).unwrap();
        let found = capacity(&plan, FROM, Some(wanted));
        let without = |dropped: &[String]| {
            let mut kept = plan.clone();
            kept.scope.retain(|item| !dropped.contains(&item.id));
            on(&kept)
        };
        match found.drop {
            None => prop_assert!(on(&plan) <= wanted),
            Some(drop) => {
                // Where nothing is left to do, the first day is the answer, even of a day that has passed.
                prop_assert!(without(&drop.items) <= wanted.max(FROM));
                for at in 0..drop.items.len() {
                    let mut fewer = drop.items.clone();
                    fewer.remove(at);
                    prop_assert!(without(&fewer) > wanted, "{:?} could stay", drop.items[at]);
                }
                let hours: BTreeMap<&str, u64> = plan.scope.iter().map(|item| (item.id.as_str(), item.estimates.iter().map(|estimate| u64::from(estimate.hours)).sum())).collect();
                prop_assert_eq!(drop.hours, drop.items.iter().map(|id| hours[id.as_str()]).sum::<u64>());
            }
        }
    }

    #[test]
    fn the_order_of_the_lists_changes_nothing_but_their_order(plan in some_plan(), days in 0_i32..40) {
        let wanted = FROM.checked_add(days.days()).unwrap();
        let mut turned = plan.clone();
        turned.scope.reverse();
        turned.people.reverse();
        let (one, other) = (capacity(&plan, FROM, Some(wanted)), capacity(&turned, FROM, Some(wanted)));
        prop_assert_eq!(one.feasible_on, other.feasible_on);
        prop_assert_eq!(one.drop, other.drop);
        prop_assert_eq!(one.bottleneck.map(|short| short.skills), other.bottleneck.map(|short| short.skills));
    }
}
