//! Five thousand issues out of a tracker that limits, breaks off and outlives the server: complete, once each, and from where it stood.
//!
//! Invariant: a page that was kept is never asked for again, and nothing is asked before the time that the tracker named.

#![allow(clippy::unwrap_used, clippy::expect_used)] // tests may unwrap, their helpers too

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use tidegate_api::{
    ComparedItem, CreateReleaseRequest, NewArtifact, NewCommit, PlanActRequest, PlanDecision, PlanFixRisk,
    PlanPhase, PlanSeverity, ReleaseKind, ScopeSource, ScopeSourceKind, ScopeSourceState, ScopeToken,
    SetScopeSourceRequest, TrackedItem, WritePlanRequest,
};
use tidegate_client::{ClientError, EventsQuery};
use tidegate_e2e::{Install, ONE_API, TOKEN, Tracker, Turn, healthy, key, until};

const ISSUES: usize = 5_000;
/// So many changed in the same second, which no window of time tells apart.
const TOGETHER: std::ops::Range<usize> = 2_000..2_350;

fn time(seconds: usize) -> String {
    format!(
        "2026-10-{:02}T{:02}:{:02}:{:02}Z",
        1 + seconds / 86_400,
        seconds / 3_600 % 24,
        seconds / 60 % 60,
        seconds % 60
    )
}

fn issue(number: usize) -> Value {
    let updated = if TOGETHER.contains(&number) { TOGETHER.start } else { number };
    let closed = number.is_multiple_of(3);
    let mut issue = json!({
        "number": number, "title": format!("Issue {number}"), "state": if closed { "closed" } else { "open" },
        "html_url": format!("https://github.com/acme/shop/issues/{number}"),
        "labels": [{"name": "bug"}], "milestone": if number.is_multiple_of(2) { json!({"title": "2.1.0"}) } else { Value::Null },
        "user": {"login": "ana"}, "created_at": time(0), "updated_at": time(updated * 40),
        "closed_at": if closed { json!(time(updated * 40)) } else { Value::Null },
        "body": "x".repeat(200),
    });
    if number.is_multiple_of(5) {
        issue["pull_request"] =
            json!({"merged_at": if closed { json!(time(updated * 40)) } else { Value::Null }});
        issue["body"] = json!(format!("Fixes #{}", number - 1));
    }
    issue
}

fn request(tracker: &Tracker) -> SetScopeSourceRequest {
    SetScopeSourceRequest {
        kind: ScopeSourceKind::Github,
        base: Some(tracker.base()),
        project: Some("acme/shop".to_owned()),
        milestone: None,
        labels: Vec::new(),
        token: Some(ScopeToken { environment: "production".to_owned(), secret: "TRACKER_TOKEN".to_owned() }),
        rules: Vec::new(),
        every_minutes: Some(0),
    }
}

async fn whole(install: &Install) -> ScopeSource {
    until("everything is read", || async {
        let source = install.client.scope_source("shop").await.ok()?;
        assert_eq!(source.stop, None, "nothing stops it");
        (source.state == ScopeSourceState::Whole).then_some(source)
    })
    .await
}

async fn held(install: &Install) -> Vec<TrackedItem> {
    let (mut all, mut after) = (Vec::new(), None::<String>);
    loop {
        let page = install.client.tracked_items("shop", (after.as_deref(), Some(777))).await.unwrap();
        assert_eq!(page.total, ISSUES as u64);
        all.extend(page.entries);
        match page.next {
            Some(next) => after = Some(next),
            None => return all,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn five_thousand_issues_come_once_each_over_limits_breaks_and_a_kill() {
    let turns = [
        (6, Turn::Cut),
        (10, Turn::Limited),
        (14, Turn::Hang),
        (20, Turn::LastOne),
        (27, Turn::TooMany),
        (33, Turn::Cut),
    ];
    let tracker = Tracker::holding((1..=ISSUES).map(issue).collect(), &turns).await;
    let mut install = Install::prepare();
    install.allowed_hosts = vec!["127.0.0.1".to_owned()];
    install.restart().await;
    install.apply(ONE_API).await;
    let token = TOKEN.as_bytes().to_vec();
    install.client.set_secret(("production", "TRACKER_TOKEN"), token, &key()).await.unwrap();
    install.client.set_scope_source("shop", (&request(&tracker), None), &key()).await.unwrap();

    // In the middle of a page: what was kept stays, and the page is asked for again.
    until("the tracker holds an answer back", || async { tracker.is_hanging().then_some(()) }).await;
    let before = tracker.whole();
    assert!(before.len() >= 10, "{before:?}");
    install.kill();
    tracker.go_on();
    install.restart().await;
    let source = whole(&install).await;
    assert_eq!(source.count, ISSUES as u64);

    let items = held(&install).await;
    let keys: BTreeSet<&str> = items.iter().map(|item| item.key.as_str()).collect();
    let expected: BTreeSet<String> = (1..=ISSUES).map(|number| format!("acme/shop#{number}")).collect();
    assert_eq!(keys, expected.iter().map(String::as_str).collect::<BTreeSet<_>>());
    let named = |key: &str| items.iter().find(|item| item.key == key).unwrap();
    assert_eq!(named("acme/shop#15").closes, ["acme/shop#14"]);
    assert_eq!((named("acme/shop#15").state.as_str(), named("acme/shop#15").is_change), ("merged", true));
    assert_eq!(
        (named("acme/shop#3").state.as_str(), named("acme/shop#2").milestone.as_deref()),
        ("closed", Some("2.1.0"))
    );

    assert_eq!(tracker.wrong(), Vec::<String>::new());
    assert_eq!(tracker.breaks(), (3, 2), "every pause and every cut was met");
    let asked = tracker.whole();
    let mut times: BTreeMap<&str, usize> = BTreeMap::new();
    for address in &asked {
        *times.entry(address).or_default() += 1;
    }
    assert!(times.values().all(|count| *count == 1), "no page was asked again that was kept: {times:?}");
    assert!((50..60).contains(&asked.len()), "{} pages of a hundred", asked.len());
    assert_eq!(once(&install).await, ISSUES, "each stands in the log once");

    // What changed since is all that is asked for.
    let mut newer = issue(7);
    (newer["title"], newer["updated_at"]) = (json!("Seven, again"), json!("2026-11-01T00:00:00Z"));
    tracker.change(newer);
    let from = tracker.asked();
    install.client.refresh_scope_source("shop", &key()).await.unwrap();
    whole(&install).await;
    assert!(tracker.asked() - from <= 2, "{:?}", tracker.whole().split_off(asked.len()));
    let items = held(&install).await;
    let seven = items.iter().find(|item| item.key == "acme/shop#7").unwrap();
    assert_eq!(seven.title, "Seven, again");
    install.audited().await;
}

/// How many items the events of the source hold, which has to be each once.
async fn once(install: &Install) -> usize {
    let query = EventsQuery { stream: Some("scope-source/shop".to_owned()), limit: Some(1_000), after: None };
    let page = install.client.events(&query).await.unwrap();
    let mut keys = Vec::new();
    for event in &page.items {
        let items = event.body["Imported"]["items"].as_array();
        let of = items.into_iter().flatten().filter_map(|item| item["key"].as_str());
        keys.extend(of.map(str::to_owned));
    }
    let distinct: BTreeSet<&String> = keys.iter().collect();
    assert_eq!(distinct.len(), keys.len());
    keys.len()
}

const TABLE: &str = "key,title,state,milestone,labels,created\n\
acme/shop#1,Keep the cart,open,2.1.0,bug,2026-01-01\n\
acme/shop#2,Round half up,closed,v2.1.0,bug,2026-01-01\n\
acme/shop#3,A new basket,open,2.2.0,feature,2026-01-01\n\
acme/shop#4,Cash,open,Release 2.1.0,feature,2026-01-01\n\
acme/shop#5\n";

#[tokio::test(flavor = "multi_thread")]
async fn what_a_table_has_waits_beside_the_plan_and_is_compared_with_what_is_in() {
    let mut install = Install::prepare();
    install.restart().await;
    install.apply(ONE_API).await;
    let client = &install.client;
    let csv = SetScopeSourceRequest {
        kind: ScopeSourceKind::Csv,
        base: None,
        project: None,
        milestone: None,
        labels: Vec::new(),
        token: None,
        rules: Vec::new(),
        every_minutes: None,
    };
    client.set_scope_source("sheet", (&csv, None), &key()).await.unwrap();
    for _ in 0..2 {
        let read = client.import_scope("sheet", TABLE.as_bytes().to_vec(), &key()).await.unwrap();
        assert_eq!((read.rows, read.left_out, read.source.count), (4, 1, 4));
        assert_eq!(read.troubles[0].line, 6);
    }
    let document = json!({"title": "Shop 2.1", "zone": "UTC"});
    let write = WritePlanRequest { document, note: None };
    client.write_plan("2.1.0", (&write, None), &key()).await.unwrap();
    let waiting = || async {
        let page = client.plan_untriaged("2.1.0", (None, None)).await.unwrap();
        assert_eq!(page.total, page.entries.len() as u64);
        page.entries.into_iter().map(|entry| entry.item.key).collect::<Vec<_>>()
    };
    assert_eq!(waiting().await, ["acme/shop#1", "acme/shop#2", "acme/shop#4"]);
    let first = client.plan_untriaged("2.1.0", (None, Some(2))).await.unwrap();
    assert_eq!((first.entries.len(), first.next.as_deref()), (2, Some("acme/shop#2")));

    let triage =
        |item: &str, decision: Option<PlanDecision>, fix_risk: Option<PlanFixRisk>| PlanActRequest::Triage {
            item: item.to_owned(),
            decision,
            severity: fix_risk.map(|_| PlanSeverity::Major),
            fix_risk,
            note: None,
        };
    // One by a person's word, one by what the matrix says of its severity and the risk of its fix.
    let act = triage("acme/shop#1", Some(PlanDecision::FixNow), None);
    client.act_on_plan("2.1.0", &act, &key()).await.unwrap();
    let act = triage("acme/shop#4", None, Some(PlanFixRisk::High));
    let plan = client.act_on_plan("2.1.0", &act, &key()).await.unwrap();
    assert_eq!(plan.triage["acme/shop#4"].decision, PlanDecision::FixNext);
    assert_eq!(plan.triage["acme/shop#4"].fix_risk, Some(PlanFixRisk::High));
    assert_eq!(waiting().await, ["acme/shop#2"]);
    let code = async |act| match client.act_on_plan("2.1.0", &act, &key()).await {
        Err(ClientError::Problem(problem)) => problem.code,
        other => panic!("{other:?}"),
    };
    assert_eq!(code(triage("acme/shop#99", Some(PlanDecision::FixNow), None)).await, "unknown-plan-member");
    assert_eq!(code(triage("acme/shop#2", None, None)).await, "plan-triage-unclear");
    assert_eq!(waiting().await, ["acme/shop#2"], "what is refused takes nothing in");
    // The plan's own document names nothing that waits; the tracker does.
    let to = |to| PlanActRequest::Move { to, release: None, note: None };
    client.act_on_plan("2.1.0", &to(PlanPhase::Planned), &key()).await.unwrap();
    assert_eq!(code(to(PlanPhase::Frozen)).await, "plan-untriaged");

    let path = Some(install.artifact("2.1.0", "api", &healthy()).display().to_string());
    let commit = |id: &str, message: &str| NewCommit {
        id: id.to_owned(),
        authored_ms: 1,
        pull_request: None,
        message: Some(message.to_owned()),
    };
    let wish = CreateReleaseRequest {
        version: "2.1.0".to_owned(),
        kind: ReleaseKind::Planned,
        bundle: None,
        components: [("api".to_owned(), NewArtifact { path, ..NewArtifact::default() })].into(),
        notes: Vec::new(),
        commits: vec![
            commit("a1", "Take cash (#4)"),
            commit("b2", "Fixes acme/shop#2"),
            commit("c3", "Tidy up"),
        ],
    };
    client.create_release(&wish, &key()).await.unwrap();
    let told = client.plan_comparison("2.1.0", None).await.unwrap();
    let ids = |list: &[ComparedItem]| list.iter().map(|item| item.id.clone()).collect::<Vec<_>>();
    assert_eq!((told.commits, ids(&told.planned_in).len()), (3, 0));
    assert_eq!(ids(&told.planned_not_in), ["acme/shop#1"]);
    assert_eq!(ids(&told.in_not_planned), ["acme/shop#4", "acme/shop#2"]);
    assert!(told.in_not_planned[0].left_out);
    assert_eq!((told.unnamed_count, told.unnamed[0].title.as_deref()), (1, Some("Tidy up")));
}
