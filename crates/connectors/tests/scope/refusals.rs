//! What a tracker may answer that is no list: each has a name, a next step, and never costs the token.

use std::sync::{Arc, Mutex};

use tidegate_connectors::guard::SendFailure;
use tidegate_connectors::scope::{self, Cursor, Query, Reply, ScopeRefusal, Taken, Token, Tracker};

use crate::github::{Github, PROJECT};
use crate::receiver::{Receiver, answer};
use crate::{SECRET, guard, issues, query, serve, token};

async fn first(receiver: &Receiver, query: &Query) -> Taken {
    let cursor = Cursor::new(query);
    let ask = scope::next(query, &cursor).unwrap().unwrap();
    let reply = scope::fetch(&guard(), query, &ask, &token()).await.unwrap();
    assert!(!receiver.asked().is_empty());
    scope::take(query, &cursor, reply, 1_795_000_000_000)
}

async fn refusal(status: &'static str, headers: &'static str, body: &'static str) -> ScopeRefusal {
    let receiver = Receiver::new(move |_, _| answer(status, headers, body)).await;
    match first(&receiver, &query(&receiver)).await {
        Taken::Refused { refusal, .. } => refusal,
        other => panic!("{status} {body}: {other:?}"),
    }
}

#[tokio::test]
async fn each_no_has_a_name_and_a_next_step() {
    for (status, headers, body, expect) in [
        ("401 .", "", r#"{"message": "Bad credentials"}"#, "scope-token-refused"),
        ("403 .", "", r#"{"message": "Resource not accessible"}"#, "scope-forbidden"),
        ("404 .", "", r#"{"message": "Not Found"}"#, "scope-project-unknown"),
        ("410 .", "", r#"{"message": "Issues are disabled"}"#, "scope-question-refused"),
        ("422 .", "", r#"{"message": "Validation Failed"}"#, "scope-question-refused"),
        ("204 .", "", "", "scope-question-refused"),
        ("200 .", "", "<html>sign in</html>", "scope-answer-unreadable"),
        ("200 .", "", r#"{"message": "hello"}"#, "scope-answer-unreadable"),
        ("200 .", "", r#"[{"number": "7", "title": "x"}]"#, "scope-answer-unreadable"),
        ("200 .", "", r#"[{"number": 7}]"#, "scope-answer-unreadable"),
        ("200 .", "", "null", "scope-answer-unreadable"),
        ("200 .", "link: <https://evil.example/x>; rel=\"next\"\r\n", "[]", "scope-redirected"),
        ("301 .", "location: https://evil.example/x\r\n", "", "scope-redirected"),
        ("307 .", "location: http://127.0.0.1:1/repos/acme/shop/issues\r\n", "", "scope-redirected"),
        ("302 .", "", "", "scope-redirected"),
    ] {
        let refusal = refusal(status, headers, body).await;
        assert_eq!(refusal.code(), expect, "{status} {headers} {body}");
        assert!(!refusal.help().is_empty() && !refusal.to_string().contains(SECRET));
    }
}

#[tokio::test]
async fn a_redirect_is_followed_on_the_same_server_alone_and_not_for_ever() {
    let other = Receiver::new(|_, _| answer("200 .", "", "[]")).await;
    let target = other.url("/repos/acme/shop/issues");
    let sends_away = Receiver::new(move |_, _| answer("302 .", &format!("location: {target}\r\n"), "")).await;
    let taken = first(&sends_away, &query(&sends_away)).await;
    assert!(matches!(taken, Taken::Refused { refusal: ScopeRefusal::Redirect, .. }), "{taken:?}");
    assert!(other.asked().is_empty(), "nobody else saw the token");

    let renamed = Receiver::new(|_, asked| {
        let old = asked.head.contains("/repos/");
        if old {
            answer("301 .", "location: /repositories/9/issues\r\n", "")
        } else {
            answer("200 .", "", "[]")
        }
    })
    .await;
    let (query, guard) = (query(&renamed), guard());
    let mut cursor = Cursor::new(&query);
    for _ in 0..2 {
        let ask = scope::next(&query, &cursor).unwrap().unwrap();
        let reply = scope::fetch(&guard, &query, &ask, &token()).await.unwrap();
        let Taken::Items { cursor: after, .. } = scope::take(&query, &cursor, reply, 0) else {
            panic!("refused")
        };
        cursor = after;
    }
    assert!(cursor.is_done());

    let circles = Receiver::new(|_, _| answer("301 .", "location: /repositories/9/issues\r\n", "")).await;
    let query = crate::query(&circles);
    let mut cursor = Cursor::new(&query);
    let last = loop {
        let ask = scope::next(&query, &cursor).unwrap().unwrap();
        let reply = scope::fetch(&guard, &query, &ask, &token()).await.unwrap();
        match scope::take(&query, &cursor, reply, 0) {
            Taken::Items { cursor: after, .. } => cursor = after,
            other => break other,
        }
    };
    assert!(matches!(last, Taken::Refused { refusal: ScopeRefusal::Redirect, .. }));
    assert!(circles.asked().len() <= 5);
}

/// Feeds the same reply until it is no longer waited for; how often, and what came of it.
fn again_and_again(query: &Query, reply: &Reply) -> (u32, ScopeRefusal) {
    let (mut cursor, mut now_ms, mut times) = (Cursor::new(query), 1_795_000_000_000, 0);
    loop {
        times += 1;
        match scope::take(query, &cursor, reply.clone(), now_ms) {
            Taken::Wait { cursor: after, until_ms, .. } => {
                assert!(until_ms > now_ms && until_ms <= now_ms + 24 * 3_600_000);
                (cursor, now_ms) = (after, until_ms);
            }
            Taken::Items { cursor: after, .. } => cursor = after,
            Taken::Refused { refusal, .. } => return (times, refusal),
        }
        assert!(times < 1_000, "without end");
    }
}

#[test]
fn what_never_passes_is_given_up() {
    let query = Query::new(Tracker::Github, Some("http://127.0.0.1:1"), PROJECT).unwrap();
    let header = |name: &'static str, value: &'static str| (name.parse().unwrap(), value.parse().unwrap());
    let page = r#"[{"number": 1, "title": "x", "state": "open", "updated_at": "2026-01-01T00:00:00Z"}]"#;
    let next = header("link", "<http://127.0.0.1:1/repos/acme/shop/issues?page=2>; rel=\"next\"");
    let reply = |status, headers: Vec<_>, body: &str| Reply::Answer {
        status,
        headers: headers.into_iter().collect(),
        body: body.as_bytes().to_vec(),
        cut: false,
    };
    let check = |reply: &Reply, expect: &str| {
        let (times, refusal) = again_and_again(&query, reply);
        assert_eq!(refusal.code(), expect);
        assert!(times <= 60, "{times} times until {expect}");
    };
    check(&Reply::Nothing("broken off".into()), "scope-tracker-failing");
    check(&reply(502, vec![], ""), "scope-tracker-failing");
    check(&reply(200, vec![], &page[..page.len() / 2]), "scope-answer-unreadable");
    check(&reply(200, vec![], ""), "scope-answer-unreadable");
    check(&reply(429, vec![header("retry-after", "1")], ""), "scope-tracker-failing");
    check(&reply(403, vec![], r#"{"message": "secondary rate limit"}"#), "scope-tracker-failing");
    check(&reply(200, vec![next], page), "scope-answer-unreadable");
}

#[test]
fn pages_without_end_end_at_a_limit() {
    let query = Query::new(Tracker::Github, Some("http://127.0.0.1:1"), PROJECT).unwrap();
    let (mut cursor, mut pages) = (Cursor::new(&query), 0_u32);
    let refusal = loop {
        pages += 1;
        let link = "<http://127.0.0.1:1/repos/acme/shop/issues?page=2>; rel=\"next\"";
        let item = serde_json::json!([{
            "number": pages, "title": "x", "state": "open", "updated_at": crate::github::instant(1_790_000_000 + u64::from(pages) * 5),
        }]);
        let headers = [("link".parse().unwrap(), link.parse().unwrap())].into_iter().collect();
        let reply = Reply::Answer { status: 200, headers, body: item.to_string().into_bytes(), cut: false };
        match scope::take(&query, &cursor, reply, 0) {
            Taken::Items { cursor: after, .. } => cursor = after,
            Taken::Refused { refusal, .. } => break refusal,
            Taken::Wait { .. } => panic!("nothing to wait for"),
        }
    };
    assert_eq!((refusal.code(), pages), ("scope-too-large", scope::PAGES_MAX + 1));
}

#[test]
fn a_wish_to_wait_is_counted_by_the_trackers_own_clock() {
    let query = Query::new(Tracker::Github, None, PROJECT).unwrap();
    let until = |status: u16, headers: &[(&'static str, &'static str)], body: &str| {
        let headers =
            headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        let reply = Reply::Answer { status, headers, body: body.as_bytes().to_vec(), cut: false };
        match scope::take(&query, &Cursor::new(&query), reply, 1_000_000) {
            Taken::Wait { until_ms, .. } => (until_ms - 1_000_000) / 1_000,
            Taken::Items { wait_until_ms, .. } => (wait_until_ms.unwrap_or(1_000_000) - 1_000_000) / 1_000,
            Taken::Refused { refusal, .. } => panic!("{refusal}"),
        }
    };
    let date = ("date", "Sun, 06 Nov 1994 08:49:37 GMT");
    let reset = ("x-ratelimit-reset", "784111837");
    assert_eq!(until(403, &[date, ("x-ratelimit-remaining", "0"), reset], ""), 61);
    assert_eq!(until(429, &[date, ("ratelimit-remaining", "0"), ("ratelimit-reset", "784111787")], ""), 11);
    assert_eq!(until(429, &[("retry-after", "120"), ("x-ratelimit-remaining", "0"), reset], ""), 120);
    assert_eq!(until(403, &[("retry-after", "7")], ""), 7);
    assert_eq!(until(403, &[], "You have exceeded a secondary rate limit."), 60);
    assert_eq!(until(429, &[], ""), 60);
    assert_eq!(until(503, &[("retry-after", "30")], ""), 30);
    assert_eq!(until(429, &[("retry-after", "99999999999999999999")], ""), 86_400);
    assert_eq!(until(503, &[], ""), 2);
    // The last one was answered, the next one would not be.
    let next = ("link", "<https://api.github.com/repos/acme/shop/issues?page=2>; rel=\"next\"");
    let page = r#"[{"number": 1, "title": "x", "state": "open", "updated_at": "2026-01-01T00:00:00Z"}]"#;
    assert_eq!(until(200, &[date, ("x-ratelimit-remaining", "0"), reset, next], page), 61);
}

#[tokio::test]
async fn a_milestone_that_is_not_there_is_named() {
    let github = Arc::new(Mutex::new(Github::new(issues(3))));
    let receiver = serve(Arc::clone(&github)).await;
    let query = query(&receiver).of_milestone("2.0 autumn").unwrap();
    let Taken::Refused { refusal, .. } = first(&receiver, &query).await else { panic!("it is there") };
    assert_eq!(refusal.code(), "scope-milestone-unknown");
}

#[tokio::test]
async fn a_tracker_inside_is_asked_only_where_it_is_allowed() {
    let query = Query::new(Tracker::Gitlab, Some("http://127.0.0.1:9/api/v4"), "a/b").unwrap();
    let ask = scope::next(&query, &Cursor::new(&query)).unwrap().unwrap();
    let outside = tidegate_connectors::guard::Guard::new(
        tidegate_connectors::guard::Allowance::default(),
        &tidegate_connectors::guard::Limits::default(),
    );
    let refused = scope::fetch(&outside.unwrap(), &query, &ask, &Token::none()).await.unwrap_err();
    assert!(matches!(refused, SendFailure::Url(_) | SendFailure::Address(_)), "{refused:?}");
}

#[test]
fn what_cannot_be_asked_is_no_query() {
    let check = |tracker, base: Option<&str>, project: &str| {
        assert_eq!(
            Query::new(tracker, base, project).unwrap_err().code(),
            "scope-query-malformed",
            "{base:?} {project}"
        );
    };
    for project in ["", "shop", "a/b/c", "a/..", "../b", "a/b?x", "a b/c", "a/b#1", "/b", "a/"] {
        check(Tracker::Github, None, project);
    }
    for project in ["", "a", "a/", "a//b", "a/../b"] {
        check(Tracker::Gitlab, None, project);
    }
    for base in ["", "ftp://x", "https://user:pw@x", "https://x/?a=b", "x", "https://"] {
        check(Tracker::Github, Some(base), "a/b");
    }
    let query = || Query::new(Tracker::Github, None, "a/b").unwrap();
    for word in ["", " ", "a\nb", &"x".repeat(201)] {
        assert!(query().of_milestone(word).is_err() && query().with_labels([word]).is_err());
    }
    assert!(query().with_labels(["a,b"]).is_err());
    assert!(Token::new("a\nb".into()).is_err() && Token::new("".into()).is_err());
    let other = Cursor::new(&Query::new(Tracker::Github, None, "a/c").unwrap());
    assert_eq!(scope::next(&query(), &other).unwrap_err().code(), "scope-cursor-unusable");
}
