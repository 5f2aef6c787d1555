//! Planned against what came.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::json;
use tidegate_plan::Plan;
use tidegate_plan::document::{Kind, ScopeItem};
use tidegate_plan::tracked::{Change, compare, references};

fn plan(items: &[(&str, &str)]) -> Plan {
    let item = |(id, state): &(&str, &str)| -> ScopeItem {
        serde_json::from_value(json!({ "id": id, "title": format!("About {id}"), "state": state })).unwrap()
    };
    Plan { scope: items.iter().map(item).collect(), ..Plan::new("P", Kind::Planned) }
}

fn change(commit: &str, message: &str) -> Change {
    Change { id: commit.to_owned(), title: Some(message.to_owned()), references: references(message) }
}

#[test]
fn what_is_missing_and_what_is_unplanned_is_told() {
    let plan = plan(&[
        ("acme/shop#1", "in"),
        ("PAY-7", "done"),
        ("acme/shop#3", "in"),
        ("acme/shop#4", "out"),
        ("acme/web#3", "new"),
    ]);
    let changes = [
        change("c1", "Pay once (#1)"),
        change("c2", "PAY-7: round down; closes acme/shop#4"),
        change("c3", "Fix #3"),
        change("c4", "Tidy up"),
        change("c5", "More of acme/shop#1"),
        change("c6", "PAY-99"),
    ];
    let found = compare(&plan, &[], &changes);
    let told: Vec<(&str, Vec<&str>)> = found
        .planned_in
        .iter()
        .map(|one| (one.id.as_str(), one.commits.iter().map(String::as_str).collect()))
        .collect();
    assert_eq!(told, [("acme/shop#1", vec!["c1", "c5"]), ("PAY-7", vec!["c2"])]);
    let missing: Vec<&str> = found.planned_not_in.iter().map(|one| one.id.as_str()).collect();
    assert_eq!(missing, ["acme/shop#3"]);
    let unplanned: Vec<(&str, bool)> =
        found.in_not_planned.iter().map(|one| (one.id.as_str(), one.left_out)).collect();
    assert_eq!(unplanned, [("acme/shop#4", true)]);
    // Two repositories have a third issue, so `#3` alone is neither; nobody knows `PAY-99`.
    let unnamed: Vec<&str> = found.unnamed.iter().map(|change| change.id.as_str()).collect();
    assert_eq!(unnamed, ["c3", "c4", "c6"]);
}

proptest! {
    #[test]
    fn every_item_is_in_one_list_and_every_commit_is_told(
        items in prop::collection::btree_map("(a#|b#|X-)[1-5]", select(vec!["new", "in", "done", "out"]), 0..8),
        commits in prop::collection::vec(subsequence(vec!["a#1", "b#2", "XX-3", "#5", "YY-1"], 0..4), 0..8),
    ) {
        let items: Vec<(&str, &str)> = items.iter().map(|(id, state)| (id.as_str(), *state)).collect();
        let plan = plan(&items);
        let changes: Vec<Change> =
            commits.iter().enumerate().map(|(at, names)| change(&format!("c{at}"), &names.join(" "))).collect();
        let found = compare(&plan, &[], &changes);
        let lists = [&found.planned_in, &found.planned_not_in, &found.in_not_planned];
        for (id, state) in items {
            let listed = lists.iter().flat_map(|list| list.iter()).filter(|one| one.id == id).count();
            let planned = matches!(state, "in" | "done");
            prop_assert!(listed <= 1 && (!planned || listed == 1), "{id} is in {listed} lists");
        }
        let shown = lists.iter().flat_map(|list| list.iter()).flat_map(|one| one.commits.iter().cloned());
        let unnamed: BTreeSet<String> = found.unnamed.iter().map(|change| change.id.clone()).collect();
        let told: BTreeSet<String> = shown.collect();
        prop_assert!(told.is_disjoint(&unnamed));
        prop_assert_eq!(told.len() + unnamed.len(), changes.len());
        let turned: Vec<Change> = changes.iter().rev().cloned().collect();
        let again = compare(&plan, &[], &turned);
        prop_assert_eq!(again.planned_not_in, found.planned_not_in);
        prop_assert_eq!(again.in_not_planned.len(), found.in_not_planned.len());
    }

    #[test]
    fn any_message_names_something_or_nothing(message in any::<String>()) {
        for reference in references(&message) {
            let number = reference.rsplit(['#', '!', '-']).next().unwrap();
            prop_assert!(message.contains(number), "{reference} is not in {message}");
        }
    }
}
