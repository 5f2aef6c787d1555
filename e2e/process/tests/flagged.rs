//! Code that goes out in the dark, and a flag that shows it: judged by what a program reports for each variant.
//!
//! Invariant: a flag that does harm is taken back before any traffic moves. Deliberately not here: the order of rungs (the
//! domain's own tests).

#![allow(clippy::unwrap_used, clippy::expect_used)] // tests may unwrap, their helpers too

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use serde_json::{Value, json};
use tidegate_api::{
    CreateFlagRequest, FlagKeyKind, IssueFlagKeyRequest, RolloutState, SetFlagRequest, SwitchFlagRequest,
};
use tidegate_client::{EventsQuery, RolloutsQuery};
use tidegate_e2e::{Install, Visitors, healthy, key, until};
use tokio::task::JoinHandle;

const SHOP: &str = r#"project: shop
components:
  api:
    run: ["SHOP", "api"]
    readiness: {http: /healthz, interval: 50ms}
    stop: {drain: 5s, kill_after: 10s}
environments:
  - name: production
    components: {api: {replicas: 2, route: {listen: "127.0.0.1:PORT_1"}}}
pipeline:
  stages:
    - environment: production
      strategy:
        flag:
          key: checkout
          code: {rolling: {min_ready: 1s}}
          rings:
            - {name: staff, who: {tenant: [acme]}, confirm: true}
            - {share: 30%, soak: 5s, judge: true}
            - {share: 100%}
          soak: 1s
      analysis: {scrape_interval: 1s}
"#;

/// Asks for the flag for one subject after the other, does what it says, and reports how that went.
struct Program {
    breaks: Arc<AtomicBool>,
    shown: Arc<AtomicUsize>,
    running: JoinHandle<()>,
}

impl Program {
    async fn start(install: &Install) -> Self {
        let request =
            IssueFlagKeyRequest { kind: FlagKeyKind::Server, label: "api".to_owned(), expires_seconds: None };
        let secret = install.client.issue_flag_key("production", &request, &key()).await.unwrap().secret.0;
        let (breaks, shown) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let work = work((install.url(), secret), (Arc::clone(&breaks), Arc::clone(&shown)));
        Self { breaks, shown, running: tokio::spawn(work) }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.running.abort();
    }
}

async fn work((url, secret): (String, String), (breaks, shown): (Arc<AtomicBool>, Arc<AtomicUsize>)) {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut counted: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    let mut pace = tokio::time::interval(std::time::Duration::from_millis(50));
    for round in 0_u64.. {
        pace.tick().await;
        for subject in 0..20 {
            let context = json!({"targetingKey": format!("user-{}", (round * 20 + subject) % 1_000), "tenant": "other"});
            let ask = client.post(format!("{url}/ofrep/v1/evaluate/flags/checkout")).bearer_auth(&secret);
            let answer: Value =
                ask.json(&json!({"context": context})).send().await.unwrap().json().await.unwrap();
            let variant = answer["variant"].as_str().unwrap().to_owned();
            let fails = variant == "on" && breaks.load(Ordering::Relaxed) && subject % 2 == 0;
            shown.fetch_add(usize::from(variant == "on"), Ordering::Relaxed);
            let (requests, errors) = counted.entry(variant).or_default();
            (*requests, *errors) = (*requests + 1, *errors + u64::from(fails));
        }
        let variants: BTreeMap<&String, Value> = counted
            .iter()
            .map(|(variant, (requests, errors))| {
                (variant, json!({"requests": requests, "errors": errors, "buckets": vec![requests; 12]}))
            })
            .collect();
        let report = json!({"instance": "api-1", "flags": {"checkout": variants}});
        let told = client.post(format!("{url}/ofrep/v1/outcomes")).bearer_auth(&secret).json(&report);
        let told: Value = told.send().await.unwrap().json().await.unwrap();
        assert_eq!(told["unknown"], json!([]), "{told}");
    }
}

fn off_by_default() -> Value {
    json!({"state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": "off"})
}

async fn flag(install: &Install, key_of_it: &str, release: Option<&str>) {
    let request = CreateFlagRequest {
        key: key_of_it.to_owned(),
        release: release.map(str::to_owned),
        ..CreateFlagRequest::default()
    };
    install.client.create_flag(&request, &key()).await.unwrap();
    let request = SetFlagRequest { definition: off_by_default(), reason: None };
    install.client.set_flag((key_of_it, "production"), &request, &key()).await.unwrap();
}

async fn definition(install: &Install, key_of_it: &str) -> Value {
    install.client.flag(key_of_it).await.unwrap().environments[0].definition.clone().unwrap()
}

/// What happened, in the order of the log.
async fn position(install: &Install, stream: &str, wanted: impl Fn(&tidegate_api::Event) -> bool) -> u64 {
    let query = EventsQuery { stream: Some(stream.to_owned()), limit: Some(500), ..EventsQuery::default() };
    let events = install.client.events(&query).await.unwrap().items;
    let found = events.iter().find(|event| wanted(event));
    found.unwrap_or_else(|| panic!("nothing such in {stream}")).position
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flag_that_does_harm_is_taken_back_before_any_traffic_moves() {
    let install = Install::start().await;
    install.apply(SHOP).await;
    install.release("1.0.0", &[("api", healthy())]).await;
    // Without its flag nothing starts.
    let deploy = ["deploy", "1.0.0", "--to", "production", "--json"];
    let refused = install.tidegate(&deploy).await.ended_with(1);
    assert_eq!(refused.error()["code"], "unknown-flag", "{refused:?}");
    flag(&install, "checkout", None).await;
    let recreate = ["deploy", "1.0.0", "--to", "production", "--strategy", "recreate", "--wait"];
    install.tidegate(&recreate).await.ended_with(0);
    let visitors = Visitors::of_api(install.route(1), 100);
    visitors.see("1.0.0", 10).await;
    let program = Program::start(&install).await;

    install.release("1.1.0", &[("api", healthy())]).await;
    let id = install.deploy("1.1.0", "production").await;
    install.rollout_that(&id, "shows it to staff", |rollout| rollout.state == RolloutState::Held).await;
    assert_eq!(install.rollout(&id).await.legs[0].weight, Some(10_000), "the code is everywhere before");
    assert_eq!(program.shown.load(Ordering::Relaxed), 0, "somebody was shown it whom no ring names");
    let set = SetFlagRequest { definition: off_by_default(), reason: None };
    let taken = install.client.set_flag(("checkout", "production"), &set, &key()).await.unwrap_err();
    assert_eq!(taken.code(), "flag-in-rollout", "{taken:?}");
    program.breaks.store(true, Ordering::Relaxed);
    install.tidegate(&["rollout", "resume", &id]).await.ended_with(0);
    let bad = install.ended(&id).await;
    assert_eq!(bad.state, RolloutState::RolledBack, "{bad:?}");
    assert!(bad.cause.as_ref().unwrap().contains("error"), "{bad:?}");
    assert!(program.shown.load(Ordering::Relaxed) > 0);
    assert_eq!(definition(&install, "checkout").await, off_by_default());
    let (of_flag, of_rollout) = ("flag/checkout", format!("rollout/{id}"));
    let back = position(&install, of_flag, |event| event.kind == "flag.taken-back").await;
    let moves = position(&install, &of_rollout, |event| {
        event.kind == "rollout.stage-entered" && event.body.to_string().contains("ShiftingBack")
    });
    assert!(back < moves.await, "traffic moved before the flag");

    program.breaks.store(false, Ordering::Relaxed);
    install.release("1.2.0", &[("api", healthy())]).await;
    let id = install.deploy("1.2.0", "production").await;
    install.rollout_that(&id, "shows it to staff", |rollout| rollout.state == RolloutState::Held).await;
    install.tidegate(&["rollout", "resume", &id]).await.ended_with(0);
    let good = install.ended(&id).await;
    assert_eq!(good.state, RolloutState::Succeeded, "{good:?}");
    assert_eq!(definition(&install, "checkout").await["defaultVariant"], "on");
    // A way back after the end takes it back, too.
    let back = install.tidegate(&["rollout", "rollback", &id, "--json"]).await.ended_with(0);
    drop(back);
    assert_eq!(definition(&install, "checkout").await["defaultVariant"], "off");
    drop(program);
    visitors.leave().await.all_answered();
    install.audited().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn switching_a_flag_off_takes_its_rollout_back_and_flags_of_a_release_go_with_it() {
    let install = Install::start().await;
    install.apply(&SHOP.replace("analysis: {scrape_interval: 1s}", "analysis: off")).await;
    flag(&install, "checkout", None).await;
    flag(&install, "banner", Some("1.1.0")).await;
    let off = SwitchFlagRequest { on: false, reason: None };
    install.client.switch_flag(("banner", "production"), &off, &key()).await.unwrap();
    install.release("1.0.0", &[("api", healthy())]).await;
    let recreate =
        |version: &'static str| ["deploy", version, "--to", "production", "--strategy", "recreate", "--wait"];
    install.tidegate(&recreate("1.0.0")).await.ended_with(0);

    install.release("1.1.0", &[("api", healthy())]).await;
    let id = install.deploy("1.1.0", "production").await;
    install.rollout_that(&id, "shows it to staff", |rollout| rollout.state == RolloutState::Held).await;
    let off =
        ["flag", "off", "checkout", "--env", "production", "--reason", "orders are lost", "--actor", "bo"];
    install.tidegate(&off).await.ended_with(0);
    let ended = install.ended(&id).await;
    assert_eq!(ended.state, RolloutState::RolledBack);
    assert!(ended.cause.as_ref().unwrap().contains("switched off: orders are lost"), "{ended:?}");
    assert_eq!(definition(&install, "checkout").await["state"], "DISABLED", "it stays off");
    assert_eq!(definition(&install, "banner").await["state"], "DISABLED", "the release did not arrive");

    install.tidegate(&["allow", "1.1.0", "--in", "production"]).await.ended_with(0);
    install.tidegate(&recreate("1.1.0")).await.ended_with(0);
    assert_eq!(definition(&install, "banner").await["state"], "ENABLED");
    let newest = install.client.rollouts(&RolloutsQuery::default()).await.unwrap().items[0].id.clone();
    install.tidegate(&["rollout", "rollback", &newest]).await.ended_with(0);
    until("the release's flag is off again", async || {
        (definition(&install, "banner").await["state"] == "DISABLED").then_some(())
    })
    .await;
    install.audited().await;
}
