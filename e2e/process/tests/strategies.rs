//! Every strategy with real processes, under visitors.
//!
//! Invariant: nobody is dropped at any switch or drain, but for the downtime that recreate announces, and then the
//! right versions run and no others.

#![allow(clippy::unwrap_used, clippy::expect_used)] // tests may unwrap, their helpers too

use serde_json::json;
use tidegate_api::{Rollout, RolloutState};
use tidegate_e2e::{Book, Install, Visitors, because, behaviour, deploy_request, healthy};

/// One environment for each strategy; clocks are as short as they can be.
const FIVE: &str = r#"project: shop
components:
  api:
    run: ["SHOP", "api"]
    readiness: {http: /healthz, interval: 50ms}
    stop: {drain: 5s, kill_after: 10s}
environments:
  - name: recreate
    components: {api: {replicas: 2, route: {listen: "127.0.0.1:PORT_1"}}}
  - name: rolling
    components: {api: {replicas: 3, route: {listen: "127.0.0.1:PORT_2"}}}
  - name: blue-green
    components: {api: {replicas: 2, route: {listen: "127.0.0.1:PORT_3"}}}
  - name: steps
    components: {api: {replicas: 2, route: {listen: "127.0.0.1:PORT_4"}}}
  - name: ramp
    components: {api: {replicas: 2, route: {listen: "127.0.0.1:PORT_5"}}}
pipeline:
  stages:
    - {environment: recreate, strategy: {recreate: {soak: 1s}}}
    - {environment: rolling, strategy: {rolling: {max_surge: 1, max_unavailable: 0, min_ready: 1s}}}
    - {environment: blue-green, strategy: {blue-green: {soak: 1s, keep_stable: 1h}}, analysis: off}
    - environment: steps
      strategy: {canary: {steps: [shift: 20%, wait: 1s, shift: 60%, wait: 1s], soak: 1s}}
      analysis: off
    - environment: ramp
      strategy: {canary: {initial_traffic: 30, increment: 30, interval: 1s, soak: 1s}}
      analysis: off
"#;

/// In the order of their ports.
const ENVIRONMENTS: [&str; 5] = ["recreate", "rolling", "blue-green", "steps", "ramp"];

#[tokio::test(flavor = "multi_thread")]
async fn every_strategy_brings_a_version_and_drops_nobody() {
    let install = Install::start().await;
    install.apply(FIVE).await;
    // One request in ten takes about a second, so that something is under way at every switch and drain.
    let slow_at_times = behaviour(json!({"slow_share": 0.1, "slow_factor": 300}));
    install.release("1.0.0", &[("api", slow_at_times)]).await;
    everywhere(&install, "1.0.0").await;
    let visitors: Vec<Visitors> = (1..=5).map(|route| Visitors::of_api(install.route(route), 20)).collect();
    for visitors in &visitors {
        visitors.see("1.0.0", 10).await;
    }
    // Slow to warm up, so that a router that sends requests too early is found out.
    install.release("1.1.0", &[("api", behaviour(json!({"warm_up_ms": 1000})))]).await;
    let rollouts = everywhere(&install, "1.1.0").await;
    for visitors in &visitors {
        visitors.see("1.1.0", 10).await;
    }
    let mut books = Vec::new();
    for visitors in visitors {
        books.push(visitors.leave().await);
    }

    announced_downtime_only(&books[0]);
    for book in &books[1..] {
        book.all_answered();
    }
    for (environment, replicas) in [("recreate", 2), ("rolling", 3), ("steps", 2), ("ramp", 2)] {
        install.stands(environment, "api", &[("1.1.0", replicas)]).await;
    }
    install.stands("blue-green", "api", &[("1.0.0", 2), ("1.1.0", 2)]).await;
    went_by_its_steps(&rollouts);
    way_back_of_blue_green(&install, &rollouts[2].id).await;
    install.audited().await;
}

/// In all five environments at once.
async fn everywhere(install: &Install, version: &str) -> Vec<Rollout> {
    let mut ids = Vec::new();
    for environment in ENVIRONMENTS {
        ids.push(install.deploy(version, environment).await);
    }
    let mut rollouts = Vec::new();
    for id in ids {
        let rollout = install.ended(&id).await;
        assert_eq!(rollout.state, RolloutState::Succeeded, "{rollout:?}");
        rollouts.push(rollout);
    }
    rollouts
}

fn announced_downtime_only(book: &Book) {
    assert!(!book.dropped.is_empty(), "a second of warming up was seen by nobody: {book:?}");
    for dropped in &book.dropped {
        assert_eq!((dropped.status, dropped.why.as_str()), (Some(503), "route-offline"), "{dropped:?}");
        let said: serde_json::Value = serde_json::from_str(&dropped.body).unwrap();
        let reason = said["detail"].as_str().unwrap_or_default();
        assert!(!reason.is_empty(), "no reason is given: {dropped:?}");
    }
}

fn went_by_its_steps(rollouts: &[Rollout]) {
    let weights = |rollout: &Rollout| -> Vec<u16> {
        rollout.legs[0].plan.iter().filter_map(|step| step.weight).collect()
    };
    assert_eq!(weights(&rollouts[3]), [2_000, 6_000, 10_000]);
    assert_eq!(weights(&rollouts[4]), [3_000, 6_000, 9_000, 10_000]);
    for rollout in rollouts {
        let leg = &rollout.legs[0];
        assert_eq!(leg.step, leg.steps, "{rollout:?}");
    }
}

/// Stable was kept, so it comes back by one switch and nobody is dropped.
async fn way_back_of_blue_green(install: &Install, id: &str) {
    let visitors = Visitors::of_api(install.route(3), 20);
    visitors.see("1.1.0", 5).await;
    let sent = install
        .sent(async |client, key| client.roll_back(id, &because("it was only a test"), key).await)
        .await;
    let back = install.ended(&sent.unwrap().rollouts[0]).await;
    assert_eq!(back.state, RolloutState::Succeeded, "{back:?}");
    visitors.see("1.0.0", 10).await;
    visitors.leave().await.all_answered();
    install.stands("blue-green", "api", &[("1.0.0", 2)]).await;
    assert_eq!(install.slot("blue-green", "api").await.version.as_deref(), Some("1.0.0"));
}

/// Draining may take an hour here, and somebody is always under way on the version, but not on those that stop.
#[tokio::test(flavor = "multi_thread")]
async fn a_rolling_batch_waits_only_for_those_who_stop() {
    let install = Install::start().await;
    let text = FIVE.replace("drain: 5s", "drain: 1h");
    install.apply(&text).await;
    // At a hundred visitors a second of whom each takes a tenth of one, ten are under way at any moment.
    install
        .release("1.0.0", &[("api", behaviour(json!({"latency_ms_median": 100, "latency_ms_p99": 150})))])
        .await;
    install.live("1.0.0", "rolling").await;
    let visitors = Visitors::of_api(install.route(2), 100);
    visitors.see("1.0.0", 10).await;
    install.release("1.1.0", &[("api", healthy())]).await;
    install.live("1.1.0", "rolling").await;
    visitors.leave().await.all_answered();
    install.stands("rolling", "api", &[("1.1.0", 3)]).await;
}

const TWO: &str = r#"project: shop
components:
  api:
    run: ["SHOP", "api"]
    readiness: {http: /healthz, interval: 50ms}
    stop: {drain: 5s, kill_after: 10s}
  web:
    run: ["SHOP", "web"]
    readiness: {http: /healthz, interval: 50ms}
    stop: {drain: 5s, kill_after: 10s}
    depends_on: [api]
environments:
  - name: production
    variables: {API_URL: "http://127.0.0.1:PORT_1/api"}
    components:
      api: {replicas: 2, route: {listen: "127.0.0.1:PORT_1", path: /api, strip_path: true}}
      web: {replicas: 2, route: {listen: "127.0.0.1:PORT_1"}}
pipeline:
  stages:
    - environment: production
      strategy: {canary: {steps: [shift: 50%, wait: 1s], soak: 1s}}
      analysis: off
"#;

#[tokio::test(flavor = "multi_thread")]
async fn two_components_go_together_or_not_at_all_unless_they_are_independent() {
    let install = Install::start().await;
    install.apply(TWO).await;
    install.release("1.0.0", &[("api", healthy()), ("web", healthy())]).await;
    install.live("1.0.0", "production").await;
    let visitors = Visitors::of_web(install.route(1), 30);
    visitors.see("1.0.0", 5).await;

    install.release("1.1.0", &[("api", healthy()), ("web", healthy())]).await;
    let rollout = install.live("1.1.0", "production").await;
    let order: Vec<&str> = rollout.legs.iter().map(|leg| leg.component.as_str()).collect();
    assert_eq!(order, ["api", "web"], "what others depend on goes first");

    // The api is well and goes first; web ends as soon as it starts.
    let broken = behaviour(json!({"fail_share": 2}));
    install.release("1.2.0", &[("api", healthy()), ("web", broken)]).await;
    let together = install.deploy("1.2.0", "production").await;
    let seen = install.rollout_that(&together, "has promoted api", |now| now.component == "web").await;
    assert_eq!(seen.state, RolloutState::Advancing, "{seen:?}");
    let ended = install.ended(&together).await;
    assert_eq!(ended.state, RolloutState::RolledBack, "{ended:?}");
    for component in ["api", "web"] {
        install.stands("production", component, &[("1.1.0", 2)]).await;
        assert_eq!(install.slot("production", component).await.version.as_deref(), Some("1.1.0"));
    }

    // The same release once more, each on its own: a person may, and api stays where it arrived.
    let independent = tidegate_api::StartRolloutRequest { independent: true, ..deploy_request("1.2.0") };
    let ids = install.start_rollouts(&independent, "production").await.unwrap();
    assert_eq!(ids.len(), 2);
    let mut by_component = std::collections::BTreeMap::new();
    for id in ids {
        by_component.insert(install.rollout(&id).await.component, id);
    }
    let ended = install.ended(&by_component["api"]).await;
    assert_eq!(ended.state, RolloutState::Succeeded, "{ended:?}");
    let web = &by_component["web"];
    assert_eq!(install.rollout(web).await.state, RolloutState::Advancing, "it still tries to start");
    install.sent(async |client, key| client.abort(web, "enough seen", key).await).await.unwrap();
    assert_eq!(install.ended(web).await.state, RolloutState::RolledBack);
    install.stands("production", "api", &[("1.2.0", 2)]).await;
    install.stands("production", "web", &[("1.1.0", 2)]).await;

    let book = visitors.leave().await;
    book.all_answered();
    assert_eq!(book.of("1.2.0").answered, 0, "web 1.2.0 was never ready: {book:?}");
    assert_eq!(book.of("1.1.0").failed, 0, "the page could not ask the api: {book:?}");
    install.audited().await;
}
