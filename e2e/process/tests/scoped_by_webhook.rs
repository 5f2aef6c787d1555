//! What a tracker tells of itself, and what it stops listing: a forged delivery changes nothing, a copy counts once, and what left a
//! label stays in the record, marked.
//!
//! Invariant: only a delivery that proves itself over its raw body changes a source of scope, whatever the number of its copies.

#![allow(clippy::unwrap_used, clippy::expect_used)] // tests may unwrap, their helpers too

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;
use tidegate_api::{
    AddInboundRequest, InboundKind, OnAlert, PlanActRequest, PlanDecision, ScopeSource, ScopeSourceKind,
    ScopeSourceState, ScopeToken, SetScopeSourceRequest, TrackedItem, WritePlanRequest,
};
use tidegate_client::ClientError;
use tidegate_e2e::{Install, ONE_API, TOKEN, Tracker, key, until};

/// Two pages.
const ISSUES: usize = 150;

fn issue(number: usize, labels: &[&str], updated: &str) -> Value {
    let labels: Vec<Value> = labels.iter().map(|name| json!({"name": name})).collect();
    json!({
        "number": number, "title": format!("Issue {number}"), "state": "open", "labels": labels,
        "html_url": format!("https://github.com/acme/shop/issues/{number}"), "milestone": {"title": "2.1.0"},
        "user": {"login": "ana"}, "created_at": "2026-10-01T00:00:00Z", "updated_at": updated,
        "closed_at": null, "body": null,
    })
}

fn at(number: usize) -> String {
    format!("2026-10-02T{:02}:{:02}:00Z", number / 60, number % 60)
}

/// HMAC by RFC 2104.
fn mac(secret: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(body);
    mac.finalize().into_bytes().iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
}

struct Hook {
    url: String,
    secret: String,
}

impl Hook {
    async fn deliver(&self, id: &str, body: &Value, secret: &str) -> (u16, Value) {
        let body = body.to_string();
        let request = reqwest::Client::new()
            .post(&self.url)
            .header("content-type", "application/json")
            .header("x-hub-signature-256", format!("sha256={}", mac(secret, body.as_bytes())))
            .header("x-github-delivery", id)
            .header("x-github-event", "issues")
            .body(body);
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }
}

fn told(issue: &Value) -> Value {
    json!({"action": "edited", "issue": issue, "repository": {"full_name": "acme/shop"}})
}

async fn source(install: &Install) -> ScopeSource {
    install.client.scope_source("shop").await.unwrap()
}

async fn item(install: &Install, number: usize) -> Option<TrackedItem> {
    let page = install.client.tracked_items("shop", (None, Some(1_000))).await.unwrap();
    page.entries.into_iter().find(|item| item.key == format!("acme/shop#{number}"))
}

async fn set_up(install: &Install, tracker: &Tracker) -> SetScopeSourceRequest {
    install.apply(ONE_API).await;
    let token = TOKEN.as_bytes().to_vec();
    install.client.set_secret(("production", "TRACKER_TOKEN"), token, &key()).await.unwrap();
    let request = SetScopeSourceRequest {
        kind: ScopeSourceKind::Github,
        base: Some(tracker.base()),
        project: Some("acme/shop".to_owned()),
        milestone: None,
        labels: vec!["bug".to_owned()],
        token: Some(ScopeToken { environment: "production".to_owned(), secret: "TRACKER_TOKEN".to_owned() }),
        rules: Vec::new(),
        every_minutes: Some(0),
    };
    install.client.set_scope_source("shop", (&request, None), &key()).await.unwrap();
    until("everything is read", || async {
        let source = install.client.scope_source("shop").await.ok()?;
        assert_eq!(source.stop, None, "nothing stops it");
        (source.state == ScopeSourceState::Whole).then_some(())
    })
    .await;
    request
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_delivery_changes_nothing_and_a_copy_counts_once() {
    let issues = (1..=3).map(|number| issue(number, &["bug"], &at(number))).collect();
    let tracker = Tracker::holding(issues, &[]).await;
    let mut install = Install::prepare();
    install.allowed_hosts = vec!["127.0.0.1".to_owned()];
    install.restart().await;
    let request = set_up(&install, &tracker).await;
    let inbound = AddInboundRequest {
        name: "github".to_owned(),
        kind: InboundKind::Github,
        on_alert: OnAlert::default(),
    };
    let secret = install.client.add_inbound(&inbound, &key()).await.unwrap().secret;
    let hook = Hook { url: format!("{}/api/v1/inbound/github", install.url()), secret };

    let before = source(&install).await;
    let mut newer = issue(2, &["bug", "urgent"], "2026-11-01T00:00:00Z");
    newer["title"] = json!("Two, as its tracker has it now");
    let (status, problem) = hook.deliver("d1", &told(&newer), "the wrong secret").await;
    assert_eq!((status, problem["code"].as_str()), (401, Some("delivery-secret-wrong")));
    let (status, _) = hook.deliver("d1", &json!({"issue": newer}), "").await;
    assert_eq!(status, 401);
    assert_eq!(source(&install).await, before, "nothing was written");
    assert_eq!(item(&install, 2).await.unwrap().title, "Issue 2");

    // Of many copies at once, one counts; the id of the forged one was not used up.
    for _ in 0..2 {
        let message = told(&newer);
        let copies = (0..20).map(|_| hook.deliver("d1", &message, &hook.secret));
        for (status, _) in futures_util::future::join_all(copies).await {
            assert_eq!(status, 202);
        }
    }
    assert_eq!(item(&install, 2).await.unwrap().title, "Two, as its tracker has it now");
    assert_eq!(source(&install).await.edition, before.edition + 1);

    // What it does not list is not taken in, and what left is kept, marked.
    let (status, _) =
        hook.deliver("d2", &told(&issue(9, &["idea"], "2026-11-01T00:00:00Z")), &hook.secret).await;
    assert_eq!((status, item(&install, 9).await), (202, None));
    hook.deliver("d3", &told(&issue(3, &["idea"], "2026-11-01T00:00:00Z")), &hook.secret).await;
    let left = item(&install, 3).await.unwrap();
    assert!(left.gone_ms.is_some() && left.labels == ["idea"], "{left:?}");

    // A change names what it saw, as everywhere.
    let late = install.client.set_scope_source("shop", (&request, Some(before.edition)), &key()).await;
    let Err(ClientError::Problem(problem)) = late else { panic!("{late:?}") };
    assert_eq!((problem.status, problem.code.as_str()), (412, "changed-meanwhile"));
    let now = source(&install).await.edition;
    install.client.set_scope_source("shop", (&request, Some(now)), &key()).await.unwrap();
    assert_eq!(tracker.wrong(), Vec::<String>::new());
    install.audited().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_lost_its_label_is_told_and_stays_in_the_record() {
    let issues = (1..=ISSUES).map(|number| issue(number, &["bug"], &at(number))).collect();
    let tracker = Tracker::holding(issues, &[]).await;
    let mut install = Install::prepare();
    install.allowed_hosts = vec!["127.0.0.1".to_owned()];
    install.restart().await;
    set_up(&install, &tracker).await;
    let client = &install.client;
    let write =
        WritePlanRequest { document: json!({"title": "Shop 2.1", "freeze_on": "2026-10-15"}), note: None };
    client.write_plan("2.1.0", (&write, None), &key()).await.unwrap();
    // The day of the freeze has come: deciding takes a reason, and stands as late.
    let decide = |note: Option<&str>| PlanActRequest::Triage {
        item: "acme/shop#7".to_owned(),
        decision: Some(PlanDecision::FixNow),
        severity: None,
        fix_risk: None,
        note: note.map(str::to_owned),
    };
    let refused = client.act_on_plan("2.1.0", &decide(None), &key()).await;
    let Err(ClientError::Problem(problem)) = refused else { panic!("{refused:?}") };
    assert_eq!(problem.code, "reason-missing");
    let plan = client.act_on_plan("2.1.0", &decide(Some("it hurts")), &key()).await.unwrap();
    assert!(plan.triage["acme/shop#7"].late);
    let waiting = client.plan_untriaged("2.1.0", (None, None)).await.unwrap();
    assert_eq!((waiting.total, waiting.gone.len()), (ISSUES as u64 - 1, 0));
    assert!(waiting.frozen_ms.is_some());

    tracker.change(issue(7, &["idea"], "2026-11-02T00:00:00Z"));
    tracker.change(issue(8, &["idea"], "2026-11-02T00:00:00Z"));
    client.refresh_scope_source("shop", &key()).await.unwrap();
    let told = until("what left is told", || async {
        let source = client.scope_source("shop").await.ok()?;
        (source.gone == 2).then_some(source)
    })
    .await;
    assert_eq!(told.count, ISSUES as u64, "they are kept");
    assert!(item(&install, 8).await.unwrap().gone_ms.is_some());
    let waiting = client.plan_untriaged("2.1.0", (None, None)).await.unwrap();
    assert_eq!(waiting.total, ISSUES as u64 - 2);
    let gone: Vec<&str> = waiting.gone.iter().map(|item| item.key.as_str()).collect();
    assert_eq!(gone, ["acme/shop#7"], "it stands in the plan");

    tracker.change(issue(8, &["bug"], "2026-11-03T00:00:00Z"));
    client.refresh_scope_source("shop", &key()).await.unwrap();
    until("it is back", || async { (client.scope_source("shop").await.ok()?.gone == 1).then_some(()) }).await;
    // A look that finds nothing new writes nothing.
    let edition = source(&install).await.edition;
    let from = tracker.asked();
    client.refresh_scope_source("shop", &key()).await.unwrap();
    until("it is read again", || async { (tracker.asked() >= from + 2).then_some(()) }).await;
    until("it is whole", || async {
        (client.scope_source("shop").await.ok()?.state == ScopeSourceState::Whole).then_some(())
    })
    .await;
    assert_eq!(source(&install).await.edition, edition + 2, "that it was asked for, and that it is whole");
    assert_eq!(tracker.wrong(), Vec::<String>::new());
    install.audited().await;
}
