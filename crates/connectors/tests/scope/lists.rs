//! GitLab's two lists, and what its fields become.

use serde_json::{Value, json};
use tidegate_connectors::scope::{self, Cursor, Query, Taken, Token, TrackedKind, TrackedState, Tracker};

use crate::receiver::{Receiver, answer};
use crate::{SECRET, guard};

fn listed(iid: u64, requests: bool) -> Value {
    json!({
        "id": 70_000 + iid,
        "iid": iid,
        "references": { "full": format!("group/sub/shop{}{iid}", if requests { '!' } else { '#' }) },
        "title": format!("Thing {iid}"),
        "state": if requests { "merged" } else { "opened" },
        "labels": if iid == 2 { json!([]) } else { json!(["type::bug", "team::a"]) },
        "milestone": { "title": "2.0" },
        "author": { "username": "ada" },
        "created_at": "2026-01-01T10:00:00.123+02:00",
        "updated_at": format!("2026-02-01T10:{:02}:{:02}.250Z", iid / 60, iid % 60),
        "merged_at": if requests { json!("2026-02-02T00:00:00Z") } else { Value::Null },
        "closed_at": null,
        "weight": if iid == 2 { json!(3) } else { Value::Null },
        "time_stats": { "time_estimate": if iid == 3 { 5_400 } else { 0 } },
        "issue_type": if iid == 2 { "incident" } else { "issue" },
        "web_url": if iid == 4 { "javascript:alert(1)".to_owned() } else { format!("https://git.example/x/{iid}") },
    })
}

async fn gitlab() -> Receiver {
    Receiver::new(|_, asked| {
        assert_eq!(asked.headers["private-token"], SECRET);
        let target = asked.head.split(' ').nth(1).unwrap();
        let requests = target.contains("/merge_requests?");
        assert!(target.starts_with("/api/v4/projects/group%2Fsub%2Fshop/"), "{target}");
        let second = target.contains("page=2");
        let all: Vec<Value> = if requests {
            (1..=7).map(|iid| listed(iid, true)).collect()
        } else if second || target.contains("updated_after") {
            (150..=180).map(|iid| listed(iid, false)).collect()
        } else {
            (1..=150).map(|iid| listed(iid, false)).collect()
        };
        let next = if requests || second || target.contains("updated_after") { "" } else { "2" };
        answer(
            "200 OK",
            &format!("x-next-page: {next}\r\nratelimit-remaining: 5\r\n"),
            &Value::from(all).to_string(),
        )
    })
    .await
}

#[tokio::test]
async fn issues_and_merge_requests_are_one_import() {
    let receiver = gitlab().await;
    let query = Query::new(Tracker::Gitlab, Some(&receiver.url("/api/v4/")), "group/sub/shop").unwrap();
    let query = query.of_milestone("2.0").unwrap();
    let (mut cursor, mut all) = (Cursor::new(&query), Vec::new());
    let token = Token::new(SECRET.into()).unwrap();
    while let Some(ask) = scope::next(&query, &cursor).unwrap() {
        assert!(ask.url.contains("milestone=2.0"));
        let reply = scope::fetch(&guard(), &query, &ask, &token).await.unwrap();
        let Taken::Items { items, cursor: after, .. } = scope::take(&query, &cursor, reply, 0) else {
            panic!("not taken")
        };
        all.extend(items);
        cursor = after;
    }
    let keys: std::collections::BTreeSet<&str> = all.iter().map(|item| item.key.as_str()).collect();
    assert_eq!((all.len(), keys.len()), (187, 187));
    let one = |key: &str| all.iter().find(|item| item.key == key).unwrap();
    let incident = one("group/sub/shop#2");
    assert_eq!((incident.kind, incident.hours_hundredths), (TrackedKind::Bug, None));
    assert_eq!(one("group/sub/shop#3").hours_hundredths, Some(150));
    assert_eq!(one("group/sub/shop#4").url, None, "no script stands in a page");
    assert_eq!(one("group/sub/shop#1").created_ms, Some(1_767_254_400_123));
    let merged = one("group/sub/shop!7");
    assert_eq!((merged.state, merged.is_change), (TrackedState::Merged, true));
    assert_eq!(merged.closed_ms, Some(1_769_990_400_000));
}
