//! A control plane that is killed before and after every write and every effect of a rollout, once at each.
//!
//! Invariant: what was answered stays, no instance is started twice, weights and generations only rise, and what comes
//! out is what comes out undisturbed. Deliberately not here: kills at random moments (`kill`).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stderr)] // tests may unwrap, their helpers too

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;
use tidegate_api::{Event, RolloutState};
use tidegate_client::{ClientError, EventsQuery};
use tidegate_e2e::{Install, Visitors, deploy_request, healthy, key};

const TEXT: &str = r#"project: shop
components:
  api:
    run: [sh, -c, "echo $TIDEGATE_INSTANCE >> LEDGER && exec SHOP api"]
    readiness: {http: /healthz, interval: 50ms}
    stop: {drain: 5s, kill_after: 10s}
    smoke: [{name: answers, http: /products, timeout: 1m}]
environments:
  - name: production
    components: {api: {replicas: 2, route: {listen: "127.0.0.1:PORT_1"}}}
pipeline:
  stages:
    - environment: production
      strategy: STRATEGY
      analysis: off
"#;

/// Longer than a hundred starts take on a machine that stands still at times.
const DEADLINE: Duration = Duration::from_mins(8);

#[tokio::test(flavor = "multi_thread")]
async fn a_canary_killed_at_every_point_ends_as_if_nothing_had_been() {
    let stages = ["Shifting", "Dwelling"];
    killed_at_every_point("{canary: {steps: [shift: 50%, wait: 1s], soak: 1s}}", &stages).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rolling_update_killed_at_every_point_ends_as_if_nothing_had_been() {
    let stages = ["Shifting", "Draining", "Lowering", "Dwelling"];
    let strategy = "{rolling: {max_surge: 1, max_unavailable: 0, min_ready: 1s}}";
    killed_at_every_point(strategy, &stages).await;
}

/// `stages`: those that a rung of it enters after raising its candidate, with which it begins.
async fn killed_at_every_point(strategy: &str, stages: &[&str]) {
    let mut install = Install::start().await;
    let ledger = install.directory().join("started");
    let text = TEXT.replace("STRATEGY", strategy).replace("LEDGER", ledger.to_str().unwrap());
    install.apply(&text).await;
    for version in ["1.0.0", "1.1.0", "1.2.0"] {
        install.release(version, &[("api", healthy())]).await;
    }
    install.live("1.0.0", "production").await;
    let undisturbed = install.live("1.1.0", "production").await;
    let undisturbed = story(&all_events(&install, &undisturbed.id).await);
    install.stop().await;

    let points = install.directory().join("points");
    install.crash_points = Some(points.clone());
    install.spawn();
    let visitors = Visitors::of_api(install.route(1), 30);
    let mut watch = Watch::default();
    let id = watch.deploy(&mut install, "1.2.0").await;
    watch.follow(&mut install, &id).await;
    watch.until_the_others_are_gone(&mut install).await;
    visitors.see("1.2.0", 5).await;
    visitors.leave().await.all_answered();

    assert_eq!(story(&watch.events), undisturbed, "it went another way");
    every_point_was_there(&points, stages, watch.deaths);
    started_once(&ledger);
    // From here on nothing kills, so that the rest can be asked in peace.
    install.crash_points = None;
    if !install.revive() {
        install.stop().await;
        install.restart().await;
    }
    install.stands("production", "api", &[("1.2.0", 2)]).await;
    assert_eq!(install.slot("production", "api").await.version.as_deref(), Some("1.2.0"));
    install.audited().await;
}

/// What moved it, in order: what is only seen differs with the moment.
fn story(events: &[Event]) -> Vec<String> {
    let moves =
        ["rollout.step-entered", "rollout.stage-entered", "rollout.leg-promoted", "rollout.succeeded"];
    let moving = events.iter().filter(|event| moves.contains(&event.kind.as_str()));
    moving.map(|event| format!("{} {}", event.kind, event.body)).collect()
}

async fn all_events(install: &Install, id: &str) -> Vec<Event> {
    events(install, id).await.expect("events are shown")
}

async fn events(install: &Install, id: &str) -> Option<Vec<Event>> {
    let query = EventsQuery { stream: Some(format!("rollout/{id}")), limit: Some(1000), after: None };
    install.client.events(&query).await.ok().map(|page| page.items)
}

/// What was seen so far, which must never be taken back.
#[derive(Default)]
struct Watch {
    deaths: usize,
    events: Vec<Event>,
    generation: (u64, u64, u64),
    share: u64,
}

impl Watch {
    /// Sent with one key until it is answered.
    async fn deploy(&mut self, install: &mut Install, version: &str) -> String {
        let (request, key) = (deploy_request(version), key());
        let begun = Instant::now();
        loop {
            self.deaths += usize::from(install.revive());
            match install.client.start_rollout("production", &request, &key).await {
                Ok(mut started) => return started.rollouts.remove(0),
                Err(ClientError::Unreachable { .. }) => {}
                Err(other) => panic!("{other:?}"),
            }
            assert!(begun.elapsed() < DEADLINE, "never answered\n{}", install.last_words());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Until it has ended.
    async fn follow(&mut self, install: &mut Install, id: &str) {
        let begun = Instant::now();
        loop {
            self.deaths += usize::from(install.revive());
            let state = match install.client.rollout(id).await {
                Ok(rollout) => Some(rollout.state),
                Err(ClientError::Unreachable { .. }) => None,
                Err(other) => panic!("the rollout that was answered is gone: {other:?}"),
            };
            self.look(install, id).await;
            if let Some(state) = state.filter(|state| state.is_final()) {
                assert_eq!(state, RolloutState::Succeeded);
                // The state and what is seen of it may be two answers of two lives.
                if self.events.last().is_some_and(|event| event.kind == "rollout.succeeded") {
                    return;
                }
            }
            assert!(begun.elapsed() < DEADLINE, "{} deaths\n{}", self.deaths, install.last_words());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// By the kernel's word.
    async fn until_the_others_are_gone(&mut self, install: &mut Install) {
        let begun = Instant::now();
        while install.running().iter().any(|service| service.version != "1.2.0") {
            self.deaths += usize::from(install.revive());
            assert!(begun.elapsed() < DEADLINE, "{} deaths\n{}", self.deaths, install.last_words());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    async fn look(&mut self, install: &Install, id: &str) {
        if let Some(events) = events(install, id).await {
            let known: Vec<_> = events.iter().take(self.events.len()).map(|event| event.position).collect();
            let before: Vec<_> = self.events.iter().map(|event| event.position).collect();
            assert_eq!(known, before, "what was shown has been taken back");
            self.events = events;
        }
        let Some(route) = route(install).await else { return };
        let part = |name: &str| route["generation"][name].as_u64().unwrap();
        let generation = (part("position"), part("fence"), part("attempt"));
        assert!(generation >= self.generation, "{generation:?} came after {:?}", self.generation);
        self.generation = generation;
        let versions = route["route"]["serving"]["split"]["versions"].as_array().unwrap();
        let candidate = versions.iter().find(|version| version["version"] == "1.2.0");
        let share = candidate.map_or(0, |version| version["weight"].as_u64().unwrap());
        assert!(share >= self.share, "{share} came after {}", self.share);
        self.share = share;
    }
}

/// As the gateway has it, which lives on.
async fn route(install: &Install) -> Option<Value> {
    let record = std::fs::read(install.data().join("gateway").join("process.json")).ok()?;
    let record: Value = serde_json::from_slice(&record).ok()?;
    let url = format!("http://{}/v1/routes/production/api", record["admin"].as_str()?);
    reqwest::get(url).await.ok()?.json().await.ok()
}

/// Before and after each kind of write and effect of each kind of step, or this shows less than it says.
fn every_point_was_there(path: &Path, stages: &[&str], deaths: usize) {
    let text = std::fs::read_to_string(path).unwrap();
    let points: BTreeSet<&str> = text.lines().collect();
    assert_eq!(points.len(), text.lines().count(), "a point kills once");
    eprintln!("killed {deaths} times, at:\n{text}");
    // The last one may not have been noticed.
    assert!(deaths + 1 >= points.len(), "{deaths} deaths at {} points", points.len());
    let asked = ["smoke test answers before-traffic", "smoke test answers with-all-traffic"];
    let effects = ["ensure 1.2.0 2", "ensure 1.1.0 0", "route 1.2.0 10000 at 2", asked[0], asked[1]];
    let writes = ["rollout.started", "rollout.step-entered", "rollout.smoke-tested", "rollout.succeeded"];
    let entered = stages.iter().map(|stage| format!("rollout.stage-entered {stage}"));
    let parts = effects.iter().chain(&writes).map(|part| (*part).to_owned()).chain(entered);
    for part in parts.chain(["release rollout".to_owned()]) {
        for when in ["before", "after"] {
            let there = points.iter().any(|point| point.starts_with(when) && point.contains(&part));
            assert!(there, "not killed {when} `{part}`:\n{text}");
        }
    }
}

/// The services themselves wrote down each of their starts.
fn started_once(ledger: &Path) {
    let mut starts: BTreeMap<String, usize> = BTreeMap::new();
    for line in std::fs::read_to_string(ledger).unwrap().lines() {
        *starts.entry(line.to_owned()).or_default() += 1;
    }
    let expected = ["1.0.0", "1.1.0", "1.2.0"]
        .iter()
        .flat_map(|version| (0..2).map(move |n| format!("api-{version}-{n}")));
    assert_eq!(starts, expected.map(|name| (name, 1)).collect(), "an instance was started twice, or never");
}
