//! Importing what a release is to hold: complete, once each, and from wherever it broke off.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::wildcard_enum_match_arm)]

mod github;
mod law;
mod lists;
#[path = "../receiver/mod.rs"]
mod receiver;
mod refusals;
mod tables;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use secrecy::SecretString;
use tidegate_connectors::guard::{Allowance, Guard, Limits};
use tidegate_connectors::scope::{self, Cursor, Query, ScopeRefusal, Taken, Token, TrackedItem, Tracker};

use github::{Accident, Github, Issue};
use receiver::Receiver;

pub const SECRET: &str = "ghp_aSecretThatNobodyElseSees";

pub fn guard() -> Guard {
    Guard::new(Allowance::parse(["127.0.0.1"]).unwrap(), &Limits::default()).unwrap()
}

pub fn token() -> Token {
    Token::new(SecretString::from(SECRET)).unwrap()
}

/// A real server in front of it.
pub async fn serve(github: Arc<Mutex<Github>>) -> Receiver {
    let behind = Arc::clone(&github);
    let receiver = Receiver::new(move |_, asked| {
        assert_eq!(asked.headers["authorization"], format!("Bearer {SECRET}"));
        let target = asked.head.split(' ').nth(1).unwrap();
        let tag = asked.headers.get("if-none-match").map(|tag| tag.to_str().unwrap());
        behind.lock().unwrap().answer(target, tag).bytes()
    })
    .await;
    github.lock().unwrap().base = receiver.url("");
    receiver
}

/// Everything that came, with how often each state of each did.
#[derive(Default)]
pub struct Kept {
    pub items: BTreeMap<String, TrackedItem>,
    pub times: BTreeMap<(String, u64), u32>,
}

impl Kept {
    pub fn take(&mut self, items: Vec<TrackedItem>) {
        for item in items {
            *self.times.entry((item.key.clone(), item.updated_ms.unwrap())).or_default() += 1;
            self.items.insert(item.key.clone(), item);
        }
    }
}

/// Asks until it is done, with a clock that jumps to where the tracker wants to be asked again. Between two answers
/// nothing is left of the import but what was kept of its cursor.
pub async fn import(
    query: &Query,
    mut cursor: Cursor,
    github: &Mutex<Github>,
    kept: &mut Kept,
) -> Result<Cursor, ScopeRefusal> {
    let guard = guard();
    while let Some(ask) = scope::next(query, &cursor)? {
        let reply = scope::fetch(&guard, query, &ask, &token()).await.unwrap();
        let now_ms = github.lock().unwrap().now_seconds * 1_000;
        let (after, until_ms) = match scope::take(query, &cursor, reply, now_ms) {
            Taken::Items { items, cursor, wait_until_ms } => {
                kept.take(items);
                (cursor, wait_until_ms)
            }
            Taken::Wait { cursor, until_ms, .. } => {
                assert!(until_ms > now_ms);
                (cursor, Some(until_ms))
            }
            Taken::Refused { refusal, .. } => return Err(refusal),
        };
        if let Some(until_ms) = until_ms {
            github.lock().unwrap().now_seconds = until_ms.div_ceil(1_000);
        }
        cursor = serde_json::from_slice(&serde_json::to_vec(&after).unwrap()).unwrap();
    }
    Ok(cursor)
}

pub fn issues(count: u64) -> Vec<Issue> {
    let issue = |number: u64| Issue {
        number,
        // Four hundred were changed in one second, by somebody who gave them all their milestone.
        updated_seconds: 1_790_000_000 + if (1_000..1_400).contains(&number) { 1_000 } else { number },
        milestone: 7,
        closed: number.is_multiple_of(2),
        is_pull_request: number.is_multiple_of(5),
    };
    (1..=count).map(issue).collect()
}

pub fn query(receiver: &Receiver) -> Query {
    Query::new(Tracker::Github, Some(&receiver.url("")), github::PROJECT).unwrap()
}

#[tokio::test]
async fn five_thousand_issues_come_once_each_through_limits_and_breaks() {
    let mut all = issues(5_000);
    let like = all[0].clone();
    all.extend((6_000..6_300).map(|number| Issue { number, milestone: 8, ..like.clone() }));
    let mut repository = Github::new(all);
    repository.accidents = BTreeMap::from([
        (3, Accident::RateLimit(2_400)),
        (9, Accident::Broken),
        (10, Accident::Half),
        (11, Accident::Status(502)),
        (20, Accident::Secondary(90)),
        (30, Accident::Broken),
        (41, Accident::RateLimit(1)),
        (42, Accident::Half),
    ]);
    let github = Arc::new(Mutex::new(repository));
    let receiver = serve(Arc::clone(&github)).await;
    let query = query(&receiver).of_milestone("2.0 Autumn").unwrap();

    let mut kept = Kept::default();
    let cursor = import(&query, Cursor::new(&query), &github, &mut kept).await.unwrap();

    assert_eq!(kept.items.len(), 5_000);
    assert!(kept.times.values().all(|times| *times == 1), "each of them once");
    assert_eq!(cursor.items(), 5_000);
    let requests = github.lock().unwrap().requests;
    assert!(requests <= 75, "{requests} requests for 5 000 issues");
    assert_eq!(github.lock().unwrap().asked_too_early, 0);
    let merged = &kept.items["acme/shop#10"];
    assert_eq!((merged.is_change, merged.state), (true, scope::TrackedState::Merged));
    assert_eq!(merged.title, "Thing 10 of the shop");
    assert_eq!(kept.items["acme/shop#9"].kind, scope::TrackedKind::Bug);
    assert_eq!(kept.items["acme/shop#9"].hours_hundredths, None);
    for text in [serde_json::to_string(&cursor).unwrap(), format!("{cursor:?} {query:?}")] {
        assert!(!text.contains(SECRET));
    }
}

#[tokio::test]
async fn what_changed_since_is_read_alone_and_nothing_new_costs_one_question() {
    let github = Arc::new(Mutex::new(Github::new(issues(730))));
    let receiver = serve(Arc::clone(&github)).await;
    let query = query(&receiver);
    let mut kept = Kept::default();
    let first = import(&query, Cursor::new(&query), &github, &mut kept).await.unwrap();
    assert_eq!(kept.items.len(), 730);

    let newest = 1_790_000_731;
    github.lock().unwrap().issues[4].updated_seconds = newest;
    let before = github.lock().unwrap().requests;
    let second = import(&query, first.refreshed(), &github, &mut kept).await.unwrap();
    assert_eq!(second.items(), 1);
    assert_eq!(kept.items["acme/shop#5"].updated_ms, Some(newest * 1_000));
    assert_eq!(github.lock().unwrap().requests, before + 1);

    let third = import(&query, second.refreshed(), &github, &mut kept).await.unwrap();
    let fourth = import(&query, third.refreshed(), &github, &mut kept).await.unwrap();
    assert_eq!((third.items(), fourth.items()), (0, 0));
    let last = receiver.asked().pop().unwrap();
    assert!(last.headers.contains_key("if-none-match"), "it is asked whether anything changed");
}
