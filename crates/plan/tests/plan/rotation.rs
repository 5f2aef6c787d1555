//! Whose turn it is.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::date;
use proptest::prelude::*;
use tidegate_plan::document::DaysOff;
use tidegate_plan::rotation::next;

const PERIOD: DaysOff = DaysOff { from: date(2026, 12, 1), until: date(2026, 12, 18) };

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn turn(list: &[&str], past: &[&str], away: &[(&str, i8, i8)]) -> (Option<String>, Vec<String>) {
    let mut days: BTreeMap<String, Vec<DaysOff>> = BTreeMap::new();
    for (person, from, until) in away {
        let off = DaysOff { from: date(2026, 12, *from), until: date(2026, 12, *until) };
        days.entry((*person).to_owned()).or_default().push(off);
    }
    let found = next(&names(list), &names(past), &days, PERIOD);
    (found.person, found.passed_over.into_iter().map(|passed| passed.person).collect())
}

#[test]
fn the_one_who_waited_longest_is_next() {
    let list = ["aniket", "liana", "david", "rob", "filip"];
    let check = |past: &[&str], away: &[(&str, i8, i8)], person: Option<&str>, passed: &[&str]| {
        assert_eq!(turn(&list, past, away), (person.map(str::to_owned), names(passed)), "{past:?} {away:?}");
    };
    check(&[], &[], Some("aniket"), &[]);
    check(&["aniket"], &[], Some("liana"), &[]);
    check(&["aniket", "liana", "david", "rob", "filip"], &[], Some("aniket"), &[]);
    // Who was passed over is first as soon as they are there.
    check(&["aniket", "david"], &[], Some("liana"), &[]);
    check(&["aniket"], &[("liana", 18, 30)], Some("david"), &["liana"]);
    check(&["aniket"], &[("liana", 19, 30)], Some("liana"), &[]);
    // Who left is ignored.
    check(&["aniket", "somebody"], &[], Some("liana"), &[]);
    let all: Vec<(&str, i8, i8)> = list.iter().map(|person| (*person, 1, 1)).collect();
    check(&[], &all, None, &list);
    assert_eq!(turn(&[], &[], &[]).0, None);
}

proptest! {
    #[test]
    fn in_as_many_releases_as_there_are_people_each_has_one(count in 1_usize..8, past in prop::collection::vec(0_usize..8, 0..20)) {
        let list: Vec<String> = (0..count).map(|number| format!("p{number}")).collect();
        let mut held: Vec<String> = past.into_iter().map(|number| format!("p{number}")).collect();
        let before = held.len();
        for _ in 0..count {
            held.push(next(&list, &held, &BTreeMap::new(), PERIOD).person.unwrap());
        }
        let had: BTreeSet<&String> = held[before..].iter().collect();
        prop_assert_eq!(had.len(), count);
    }
}
