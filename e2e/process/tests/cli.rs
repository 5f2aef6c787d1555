//! The command line against a real server: exit codes, JSON, and a history that tells everything.
//!
//! Invariant: a script needs nothing but exit codes and `--json`. Deliberately not here: texts for people (the command
//! line's own snapshots).

#![allow(clippy::unwrap_used, clippy::expect_used)] // tests may unwrap, their helpers too

use std::collections::BTreeMap;

use futures_util::StreamExt;
use serde_json::{Value, json};
use tidegate_api::{Event, RolloutState, StandingState};
use tidegate_client::{EventsFrom, EventsQuery, Followed};
use tidegate_e2e::{Install, behaviour, healthy, run};

const TWO: &str = r#"project: shop
components:
  api:
    run: ["SHOP", "api"]
    readiness: {http: /healthz, interval: 50ms}
    stop: {drain: 5s, kill_after: 10s}
environments:
  - name: staging
    components: {api: {route: {listen: "127.0.0.1:PORT_1"}}}
  - name: production
    components: {api: {route: {listen: "127.0.0.1:PORT_2"}}}
pipeline:
  stages:
    - {environment: staging, strategy: {rolling: {min_ready: 0s}}, progress_deadline: DEADLINE}
    - environment: production
      strategy: {canary: {steps: [shift: 50%, confirm], soak: 0s}}
      analysis: off
"#;

#[tokio::test(flavor = "multi_thread")]
async fn scripts_get_exit_codes_and_json_and_the_history_tells_what_stands() {
    let install = Install::start().await;
    let file = install.directory().join("tidegate.yaml");
    std::fs::write(&file, install.filled(&TWO.replace("DEADLINE", "10m"))).unwrap();
    install.tidegate(&["apply"]).await.ended_with(0);
    released(&install).await;
    gone_back(&install).await;
    stayed_under_way(&install).await;
    misused(&install).await;
    reads_are_json(&install).await;
    the_history_tells_what_stands(&install).await;
}

async fn released(install: &Install) {
    for version in ["1.0.0", "1.1.0"] {
        let artifact = format!("api={}", install.artifact(version, "api", &healthy()).display());
        install.tidegate(&["release", "create", version, "--component", &artifact]).await.ended_with(0);
    }
    // A file that was applied already changes nothing.
    let again = install.tidegate(&["apply", "--json"]).await.ended_with(0);
    assert_eq!(again.json()["changes"], json!([]));
    let waited = install.tidegate(&["deploy", "1.0.0", "--to", "staging", "--wait"]).await.ended_with(0);
    assert!(waited.out.lines().count() >= 2, "a line for each change: {waited:?}");
    // Without a terminal the live picture degrades to lines.
    let watched = install.tidegate(&["deploy", "1.1.0", "--to", "staging", "--watch"]).await.ended_with(0);
    assert!(watched.out.contains("1.1.0") && !watched.out.contains('\u{1b}'), "{watched:?}");
}

async fn gone_back(install: &Install) {
    install.apply(&TWO.replace("DEADLINE", "3s")).await;
    let stuck = install.artifact("1.2.0", "api", &behaviour(json!({"warm_up_ms": 600_000})));
    let artifact = format!("api={}", stuck.display());
    install.tidegate(&["release", "create", "1.2.0", "--component", &artifact]).await.ended_with(0);
    let ran = install.tidegate(&["deploy", "1.2.0", "--to", "staging", "--wait"]).await.ended_with(1);
    assert!(ran.out.contains("rolled back"), "{ran:?}");
    install.apply(&TWO.replace("DEADLINE", "10m")).await;
}

async fn stayed_under_way(install: &Install) {
    install.tidegate(&["promote", "1.1.0", "--to", "production", "--wait"]).await.ended_with(0);
    install.tidegate(&["deploy", "1.0.0", "--to", "staging", "--wait"]).await.ended_with(0);
    let arguments = ["promote", "1.0.0", "--to", "production", "--wait", "--timeout-seconds", "1", "--json"];
    let ran = install.tidegate(&arguments).await.ended_with(3);
    let last: Value = serde_json::from_str(ran.err.lines().last().unwrap()).unwrap();
    assert_eq!(last["error"]["code"], "still-under-way");
    install.tidegate(&["rollout", "watch", "--timeout-seconds", "1"]).await.ended_with(3);
    install.tidegate(&["rollout", "abort", "--reason", "enough seen"]).await.ended_with(0);
    let newest =
        install.client.rollouts(&tidegate_client::RolloutsQuery::default()).await.unwrap().items.remove(0);
    assert_eq!(install.ended(&newest.id).await.state, RolloutState::RolledBack);
    install.tidegate(&["rollout", "watch", &newest.id]).await.ended_with(1);
}

async fn misused(install: &Install) {
    for arguments in
        [vec!["deploy", "1.0.0"], vec!["deploy"], vec!["fly"], vec!["rollout", "list", "--state", "x"]]
    {
        install.tidegate(&arguments).await.ended_with(2);
    }
    let nobody = format!("http://127.0.0.1:{}", install.route(8));
    for arguments in [vec!["deploy", "1.0.0", "--to", "staging", "--wait"], vec!["env", "list"]] {
        let with: Vec<&str> = arguments.into_iter().chain(["--json", "--server", &nobody]).collect();
        let ran = run(&with, install.directory()).await.ended_with(3);
        assert_eq!(ran.error()["code"], "server-unreachable");
    }
    run(&["env", "list", "--server", "nonsense"], install.directory()).await.ended_with(2);
}

async fn reads_are_json(install: &Install) {
    let newest =
        install.client.rollouts(&tidegate_client::RolloutsQuery::default()).await.unwrap().items.remove(0);
    for (arguments, field) in [
        (vec!["release", "list"], "/items/0/version"),
        (vec!["release", "show", "1.0.0"], "/components/api/digest"),
        (vec!["rollout", "list"], "/items/0/id"),
        (vec!["rollout", "show", &newest.id], "/legs/0/candidate"),
        (vec!["env", "list"], "/items/0/slots/0/version"),
        (vec!["env", "show", "staging"], "/slots/0/instances/0/process_id"),
        (vec!["logs", "staging/api"], "/items/0/text"),
        (vec!["audit", "verify"], "/head"),
        (vec!["version"], "/server/version"),
    ] {
        let with: Vec<&str> = arguments.iter().copied().chain(["--json"]).collect();
        let found = install.tidegate(&with).await.ended_with(0).json();
        assert!(
            found.pointer(field).is_some_and(|value| !value.is_null()),
            "{arguments:?}: no {field} in {found}"
        );
    }
    let database = install.data().join("tidegate.db");
    let offline = ["audit", "verify", "--file", database.to_str().unwrap(), "--json"];
    let offline = run(&offline, install.directory()).await.ended_with(0).json();
    let online = install.tidegate(&["audit", "verify", "--json"]).await.ended_with(0).json();
    assert_eq!(offline["chain"], "ok");
    assert!(online["events"].as_u64() >= offline["events"].as_u64());
}

async fn the_history_tells_what_stands(install: &Install) {
    let lines = install.tidegate(&["events", "--json"]).await.ended_with(0).json_lines();
    let events: Vec<Event> = lines.into_iter().map(|line| serde_json::from_value(line).unwrap()).collect();
    gapless(&events);
    followed_is_the_same(install, &events).await;
    let told = Told::by(&events);

    let mut shown = BTreeMap::new();
    for rollout in install.client.rollouts(&tidegate_client::RolloutsQuery::default()).await.unwrap().items {
        shown.insert(rollout.id, rollout.state);
    }
    assert_eq!(told.rollouts, shown);
    assert!(shown.values().any(|state| *state == RolloutState::RolledBack), "{shown:?}");
    for (place, version) in &told.slots {
        let (environment, component) = place.split_once('/').unwrap();
        assert_eq!(install.slot(environment, component).await.version.as_ref(), Some(version), "{place}");
    }
    for release in install.client.releases(None, None).await.unwrap().items {
        let standings: BTreeMap<String, StandingState> = release
            .standings
            .into_iter()
            .map(|(environment, standing)| (environment, standing.state))
            .collect();
        assert_eq!(told.releases.get(&release.version), Some(&standings), "{}", release.version);
    }
    assert_eq!(install.audited().await, events.len() as u64);
}

fn gapless(events: &[Event]) {
    let mut versions = BTreeMap::<&str, u64>::new();
    for (event, position) in events.iter().zip(1..) {
        assert_eq!(event.position, position, "{event:?}");
        let version = versions.entry(&event.stream).or_default();
        *version += 1;
        assert_eq!(event.version, *version, "{event:?}");
    }
}

async fn followed_is_the_same(install: &Install, events: &[Event]) {
    let from = EventsFrom { after: Some(0), stream: None };
    let following = install.client.follow_events(&from);
    let events_only = following.filter_map(async |said| match said {
        Followed::Event(event) => Some(*event),
        Followed::Connected | Followed::Lost(_) | Followed::Refused(_) => None,
    });
    let followed: Vec<Event> = events_only.take(events.len()).collect().await;
    assert_eq!(followed, events);
    let stream = EventsQuery { stream: Some("catalog".to_owned()), ..EventsQuery::default() };
    let one: Vec<Event> = install.client.events(&stream).await.unwrap().items;
    assert_eq!(one, events.iter().filter(|event| event.stream == "catalog").cloned().collect::<Vec<_>>());
}

/// What a reader of the history alone would say stands.
#[derive(Default)]
struct Told {
    rollouts: BTreeMap<String, RolloutState>,
    /// The verified version of each place.
    slots: BTreeMap<String, String>,
    releases: BTreeMap<String, BTreeMap<String, StandingState>>,
}

impl Told {
    fn by(events: &[Event]) -> Self {
        let mut told = Self::default();
        for event in events {
            told.hear(event);
        }
        told
    }

    fn hear(&mut self, event: &Event) {
        let (kind, id) = event.stream.split_once('/').unwrap_or((&event.stream, ""));
        let body = event.body.as_object().and_then(|body| body.values().next()).unwrap_or(&Value::Null);
        match (kind, event.kind.as_str()) {
            ("rollout", what) => {
                let state = match what {
                    "rollout.succeeded" => RolloutState::Succeeded,
                    "rollout.rolled-back" => RolloutState::RolledBack,
                    "rollout.cancelled" => RolloutState::Cancelled,
                    _ => RolloutState::Advancing,
                };
                self.rollouts.insert(id.to_owned(), state);
            }
            ("slot", "slot.promoted") => {
                let version = body.pointer("/stable/artifact/version").and_then(Value::as_str).unwrap();
                self.slots.insert(id.to_owned(), version.to_owned());
            }
            ("release", what) => {
                let standings = self.releases.entry(id.to_owned()).or_default();
                let state = match what {
                    "release.entered" => StandingState::Underway,
                    "release.verified" => StandingState::Verified,
                    "release.went-back" => StandingState::GoneBack,
                    _ => return,
                };
                standings.insert(body["environment"].as_str().unwrap().to_owned(), state);
            }
            _ => {}
        }
    }
}
