//! The law of an import: what stays in the list while it is read is read, whatever else happens to the list meanwhile.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use tidegate_connectors::scope::{self, Cursor, Query, Reply, Taken, Tracker};
use tidegate_connectors::{HeaderMap, HeaderName, HeaderValue};

use crate::Kept;
use crate::github::{Accident, Github, Issue};

/// Between two answers.
#[derive(Debug, Clone)]
enum Change {
    Nothing,
    /// It gets the newest time of all.
    Touch(usize),
    Remove(usize),
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        3 => Just(Change::Nothing),
        1 => any::<usize>().prop_map(Change::Touch),
        1 => any::<usize>().prop_map(Change::Remove),
    ]
}

fn accident() -> impl Strategy<Value = Option<Accident>> {
    prop_oneof![
        6 => Just(None),
        1 => Just(Some(Accident::RateLimit(60))),
        1 => Just(Some(Accident::Half)),
        1 => Just(Some(Accident::Status(500))),
    ]
}

fn reply(github: &mut Github, url: &str, tag: Option<&str>) -> Reply {
    let target = url.strip_prefix(github.base.as_str()).unwrap().to_owned();
    let said = github.answer(&target, tag);
    let header = |(name, value): &(&'static str, String)| {
        (HeaderName::from_static(name), HeaderValue::try_from(value.as_str()).unwrap())
    };
    let headers: HeaderMap = said.headers.iter().map(header).collect();
    Reply::Answer { status: said.status, headers, body: said.body.into_bytes(), cut: false }
}

/// What was left alone from the first question to the last.
fn run(mut github: Github, changes: &[Change]) -> (BTreeSet<u64>, Github, Kept) {
    let query = Query::new(Tracker::Github, Some(&github.base), crate::github::PROJECT).unwrap();
    let (mut cursor, mut kept) = (Cursor::new(&query), Kept::default());
    let mut alone: BTreeSet<u64> = github.issues.iter().map(|issue| issue.number).collect();
    let mut clock = github.issues.iter().map(|issue| issue.updated_seconds).max().unwrap_or(0);
    let mut changes = changes.iter();
    while let Some(ask) = scope::next(&query, &cursor).unwrap() {
        let said = reply(&mut github, &ask.url, ask.tag.as_deref());
        let now_ms = github.now_seconds * 1_000;
        cursor = match scope::take(&query, &cursor, said, now_ms) {
            Taken::Items { items, cursor, .. } => {
                kept.take(items);
                cursor
            }
            Taken::Wait { cursor, until_ms, .. } => {
                github.now_seconds = until_ms.div_ceil(1_000);
                cursor
            }
            Taken::Refused { refusal, .. } => panic!("{refusal}"),
        };
        let count = github.issues.len().max(1);
        match changes.next().unwrap_or(&Change::Nothing) {
            Change::Touch(at) if !github.issues.is_empty() => {
                clock += 1;
                let issue = &mut github.issues[at % count];
                issue.updated_seconds = clock;
            }
            Change::Remove(at) if !github.issues.is_empty() => {
                alone.remove(&github.issues.remove(at % count).number);
            }
            _ => {}
        }
    }
    (alone, github, kept)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]
    #[test]
    fn what_stays_is_read_and_each_state_of_it_once(
        seconds in proptest::collection::vec(0_u64..40, 0..700),
        accidents in proptest::collection::vec(accident(), 0..30),
        changes in proptest::collection::vec(change(), 0..30),
    ) {
        let issue = |(at, second): (usize, &u64)| Issue {
            number: at as u64 + 1,
            updated_seconds: 1_790_000_000 + second,
            milestone: 7,
            closed: false,
            is_pull_request: false,
        };
        let mut github = Github::new(seconds.iter().enumerate().map(issue).collect());
        let accidents = accidents.into_iter().enumerate();
        github.accidents = accidents.filter_map(|(at, it)| Some((at, it?))).collect::<BTreeMap<_, _>>();
        let (alone, github, kept) = run(github, &changes);
        for number in &alone {
            prop_assert!(kept.items.contains_key(&format!("acme/shop#{number}")), "#{} is missing", number);
        }
        prop_assert!(kept.times.values().all(|times| *times == 1), "one came twice in the same state");
        // What changed in time is known as it is now; the last answer may be older than the last change.
        let stale = github.issues.iter().filter(|issue| {
            let known = kept.items.get(&format!("acme/shop#{}", issue.number)).and_then(|item| item.updated_ms);
            known != Some(issue.updated_seconds * 1_000)
        });
        prop_assert!(stale.count() <= changes.len());
        prop_assert_eq!(github.asked_too_early, 0);
    }
}
