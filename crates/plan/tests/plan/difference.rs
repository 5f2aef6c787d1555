//! Planned against what came.

use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::json;
use tidegate_plan::Plan;
use tidegate_plan::difference::{Mention, difference, keys};
use tidegate_plan::document::{Kind, ScopeItem};

fn plan(items: &[(&str, &str)]) -> Plan {
    let item = |(id, state): &(&str, &str)| -> ScopeItem {
        serde_json::from_value(json!({ "id": id, "title": format!("About {id}"), "state": state })).unwrap()
    };
    Plan { scope: items.iter().map(item).collect(), ..Plan::new("P", Kind::Planned) }
}

fn mention(commit: &str, at_ms: u64, message: &str) -> Mention {
    Mention { commit: commit.to_owned(), at_ms, keys: keys(message) }
}

#[test]
fn what_is_missing_unplanned_and_late_is_told() {
    let plan = plan(&[
        ("acme/shop#1", "in"),
        ("PAY-7", "done"),
        ("acme/shop#3", "in"),
        ("acme/shop#4", "out"),
        ("acme/web#3", "new"),
    ]);
    let commits = [
        mention("c1", 100, "Pay once (#1)"),
        mention("c2", 200, "PAY-7: round down; closes acme/shop#4"),
        mention("c3", 300, "Fix #3"),
        mention("c4", 400, "Tidy up"),
        mention("c5", 500, "More of acme/shop#1"),
        mention("c6", 600, "PAY-99"),
    ];
    let found = difference(&plan, &commits, Some(500));
    let told: Vec<(&str, Vec<&str>, Vec<&str>)> = found
        .planned_and_in
        .iter()
        .map(|found| {
            (
                found.key.as_str(),
                found.commits.iter().map(String::as_str).collect(),
                found.late.iter().map(String::as_str).collect(),
            )
        })
        .collect();
    assert_eq!(told, [("PAY-7", vec!["c2"], vec![]), ("acme/shop#1", vec!["c1", "c5"], vec!["c5"])]);
    let missing: Vec<&str> = found.missing.iter().map(|missing| missing.key.as_str()).collect();
    assert_eq!(missing, ["acme/shop#3"]);
    // Two repositories have a third issue, so `#3` alone is neither.
    let unplanned: Vec<(&str, bool)> =
        found.unplanned.iter().map(|found| (found.key.as_str(), found.state.is_some())).collect();
    assert_eq!(unplanned, [("#3", false), ("PAY-99", false), ("acme/shop#4", true)]);
    assert_eq!(found.unplanned[1].late, ["c6"]);
    assert_eq!(found.unnamed, ["c4"]);
    assert_eq!(difference(&plan, &commits, None).planned_and_in[1].late, [""; 0]);
}

proptest! {
    #[test]
    fn every_key_is_in_one_list(
        items in prop::collection::btree_map("(a#|b#|X-)[1-5]", select(vec!["new", "in", "done", "out"]), 0..8),
        commits in prop::collection::vec((0_u64..10, subsequence(vec!["a#1", "b#2", "X-3", "A#4", "#5", "Y-1"], 0..4)), 0..8),
        frozen in prop::option::of(0_u64..10),
    ) {
        let items: Vec<(&str, &str)> = items.iter().map(|(id, state)| (id.as_str(), *state)).collect();
        let plan = plan(&items);
        let mentions: Vec<Mention> = commits.iter().enumerate().map(|(at, (at_ms, keys))| Mention {
            commit: format!("c{at}"), at_ms: *at_ms, keys: keys.iter().map(|key| (*key).to_owned()).collect(),
        }).collect();
        let found = difference(&plan, &mentions, frozen);
        for (id, state) in items {
            let listed = [&found.planned_and_in, &found.unplanned].iter().flat_map(|list| list.iter()).filter(|found| found.key == id).count()
                + found.missing.iter().filter(|missing| missing.key == id).count();
            let planned = matches!(state, "in" | "done");
            prop_assert!(listed <= 1 && (!planned || listed == 1), "{id} is in {listed} lists");
        }
        let named: usize = found.planned_and_in.iter().chain(&found.unplanned).map(|found| found.commits.len()).sum();
        prop_assert!(named <= commits.iter().map(|(_, keys)| keys.len()).sum());
        for entry in found.planned_and_in.iter().chain(&found.unplanned) {
            for commit in &entry.commits {
                let at: usize = commit[1..].parse().unwrap();
                prop_assert_eq!(entry.late.contains(commit), frozen.is_some_and(|frozen| commits[at].0 >= frozen));
            }
        }
        let quiet = commits.iter().filter(|(_, keys)| keys.is_empty()).count();
        prop_assert_eq!(found.unnamed.len(), quiet);
        let mut turned = mentions.clone();
        turned.reverse();
        let again = difference(&plan, &turned, frozen);
        prop_assert_eq!(again.missing, found.missing);
        prop_assert_eq!(again.unplanned.len(), found.unplanned.len());
    }

    #[test]
    fn any_message_has_keys_or_none(message in any::<String>()) {
        prop_assert!(keys(&message).iter().all(|key| message.contains(key.as_str())));
    }
}
