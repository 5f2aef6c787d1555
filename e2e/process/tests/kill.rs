//! Killing and stopping each of the processes: control plane, gateway, services.
//!
//! Invariant: visitors do not notice the death of the control plane, a rollout ends as it would have ended, and
//! nothing runs twice.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stderr)] // tests may unwrap, their helpers too

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::process::Signal;
use serde_json::json;
use tidegate_api::{InstanceState, RolloutState};
use tidegate_client::ClientError;
use tidegate_e2e::{Install, Visitors, behaviour, deploy_request, healthy, key, run, signal_process, until};

const CANARY: &str = r#"project: shop
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
      strategy: {canary: {steps: [shift: 20%, wait: 1s, shift: 60%, wait: 1s], soak: 1s}}
      progress_deadline: DEADLINE
      analysis: off
"#;

/// Ten in the quick form; `TIDEGATE_KILLS=1000` for the long one.
fn kills_wanted() -> u32 {
    std::env::var("TIDEGATE_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(10)
}

/// Moments that differ from run to run, and can be had again with `TIDEGATE_SEED`.
struct Chance(u64);

impl Chance {
    fn new() -> Self {
        let given = std::env::var("TIDEGATE_SEED").ok().and_then(|text| text.parse().ok());
        let now = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos() as u64;
        let seed = given.unwrap_or_else(now) | 1;
        eprintln!("TIDEGATE_SEED={seed}");
        Self(seed)
    }

    /// xorshift64 (Marsaglia 2003).
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_control_plane_killed_at_any_moment_goes_on_where_it_was() {
    let mut chance = Chance::new();
    let mut install = Install::start().await;
    install.apply(&CANARY.replace("DEADLINE", "10m")).await;
    install.release("1.0.0", &[("api", healthy())]).await;
    install.live("1.0.0", "production").await;
    let visitors = Visitors::of_api(install.route(1), 50);
    visitors.see("1.0.0", 10).await;

    let (mut stable, mut kills) = ("1.0.0".to_owned(), 0);
    for round in 1.. {
        if kills >= kills_wanted() {
            break;
        }
        // Every third one never becomes ready and must go back, killed or not.
        let good = round % 3 != 2;
        let version = format!("1.{round}.0");
        let (shop, deadline) =
            if good { (healthy(), "10m") } else { (behaviour(json!({"warm_up_ms": 600_000})), "3s") };
        install.apply(&CANARY.replace("DEADLINE", deadline)).await;
        install.release(&version, &[("api", shop)]).await;
        let id = start_and_kill(&mut install, &version, &mut chance).await;
        kills += 1;
        // Some rounds see only one, so that what follows an uninterrupted way is seen as well.
        for _ in 0..chance.below(4) {
            moment(chance.below(1_500)).await;
            install.kill();
            install.restart().await;
            kills += 1;
        }
        let ended = install.ended(&id).await;
        let expected = if good { RolloutState::Succeeded } else { RolloutState::RolledBack };
        assert_eq!(ended.state, expected, "round {round}: {ended:?}");
        if good {
            stable = version;
        }
        install.stands("production", "api", &[(stable.as_str(), 2)]).await;
        assert_eq!(install.slot("production", "api").await.version.as_deref(), Some(stable.as_str()));
    }
    visitors.see(&stable, 10).await;
    visitors.leave().await.all_answered();
    install.audited().await;
}

/// Kills while the command is sent or somewhat later; sent again with its key, it has happened once.
async fn start_and_kill(install: &mut Install, version: &str, chance: &mut Chance) -> String {
    let (client, key, request) = (install.client.clone(), key(), deploy_request(version));
    let (again, with, wish) = (client.clone(), key.clone(), request.clone());
    let sending = tokio::spawn(async move { client.start_rollout("production", &request, &key).await });
    moment(chance.below(1_500)).await;
    install.kill();
    let first = sending.await.unwrap();
    install.restart().await;
    let second = install.sent(async |_, _| again.start_rollout("production", &wish, &with).await).await;
    let id = second.unwrap().rollouts.remove(0);
    match first {
        Ok(first) => assert_eq!(first.rollouts, std::slice::from_ref(&id), "one key, two rollouts"),
        Err(ClientError::Unreachable { .. }) => {}
        Err(other) => panic!("{other:?}"),
    }
    id
}

/// A random instant is the subject here, not something waited for.
async fn moment(milliseconds: u64) {
    tokio::time::sleep(Duration::from_millis(milliseconds)).await;
}

/// Half of the requests go to the candidate until somebody resumes.
const HALF: &str = r#"project: shop
components:
  api:
    run: ["SHOP", "api"]
    readiness: {http: /healthz, interval: 50ms}
    stop: {drain: 5s, kill_after: 10s}
environments:
  - name: production
    components: {api: {replicas: 1, route: {listen: "127.0.0.1:PORT_1"}}}
pipeline:
  stages:
    - environment: production
      strategy: {canary: {steps: [shift: 50%, confirm], soak: 0s}}
      analysis: off
"#;

/// 1.1.0 waits at half of the requests.
async fn half_way() -> (Install, String) {
    let install = Install::start().await;
    install.apply(HALF).await;
    install.release("1.0.0", &[("api", healthy())]).await;
    install.live("1.0.0", "production").await;
    install.release("1.1.0", &[("api", healthy())]).await;
    let id = install.deploy("1.1.0", "production").await;
    let rollout = install
        .rollout_that(&id, "gives half", |now| {
            now.legs[0].stage == "watching" && now.legs[0].weight == Some(5_000)
        })
        .await;
    assert_eq!(rollout.state, RolloutState::Held, "{rollout:?}");
    (install, id)
}

async fn resumed(install: &Install, id: &str) {
    install.sent(async |client, key| client.resume(id, key).await).await.unwrap();
    let ended = install.ended(id).await;
    assert_eq!(ended.state, RolloutState::Succeeded, "{ended:?}");
    install.stands("production", "api", &[("1.1.0", 1)]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_gateway_comes_back_with_its_last_weights() {
    let (mut install, id) = half_way().await;
    let before = install.client.health().await.unwrap().gateway;
    assert!(signal_process(before.process_id.unwrap(), Signal::KILL));
    let after = until("another gateway is well", async || {
        let health = install.client.health().await.ok()?;
        (health.ok && health.gateway.instance_id != before.instance_id).then_some(health.gateway)
    })
    .await;
    assert_ne!(after.process_id, before.process_id);
    both_answer(&install).await;

    // Also when nobody was there to see its end.
    install.kill();
    assert!(signal_process(after.process_id.unwrap(), Signal::KILL));
    install.restart().await;
    let third = install.client.health().await.unwrap().gateway;
    assert_ne!(third.instance_id, after.instance_id);
    both_answer(&install).await;
    resumed(&install, &id).await;
}

/// The gateway dies while weights move. Until another stands nobody can be answered; whoever is answered meets weights
/// that had been set, and the rollout goes its way.
#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_killed_while_weights_move_serves_the_last_ones_and_the_rollout_goes_on() {
    let install = Install::start().await;
    install.apply(&CANARY.replace("DEADLINE", "10m")).await;
    install.release("1.0.0", &[("api", healthy())]).await;
    install.live("1.0.0", "production").await;
    install.release("1.1.0", &[("api", healthy())]).await;
    let visitors = Visitors::of_api(install.route(1), 50);
    visitors.see("1.0.0", 10).await;
    let id = install.deploy("1.1.0", "production").await;
    let mut killed = 0;
    for share in [2_000, 6_000] {
        let reached = install
            .rollout_that(&id, "gives a share", |now| {
                now.legs[0].weight.is_some_and(|weight| weight >= share)
            })
            .await;
        if reached.state.is_final() {
            break;
        }
        killed += 1;
        let before = install.client.health().await.unwrap().gateway;
        assert!(signal_process(before.process_id.unwrap(), Signal::KILL));
        // What it serves from its file, before anybody can have told it anything.
        let weight = until("the next gateway tells its first weights", async || {
            let health = install.client.health().await.ok()?;
            if health.gateway.instance_id == before.instance_id {
                return None;
            }
            let route =
                reqwest::get(format!("{}/v1/routes/production/api", health.gateway.url?)).await.ok()?;
            let route: serde_json::Value = route.json().await.ok()?;
            let versions = route["route"]["serving"]["split"]["versions"].as_array()?;
            let candidate = versions.iter().find(|version| version["version"] == "1.1.0")?;
            candidate["weight"].as_u64()
        })
        .await;
        assert!(weight >= u64::from(share), "{weight} after it had been {share}");
    }
    assert!(killed > 0, "it was over before anything was killed");
    let ended = install.ended(&id).await;
    assert_eq!(ended.state, RolloutState::Succeeded, "{ended:?}");
    visitors.see("1.1.0", 10).await;
    let book = visitors.leave().await;
    // Between the two gateways nobody listens; nothing else may go wrong.
    let wrong: Vec<_> = book.dropped.iter().filter(|dropped| dropped.status.is_some()).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
    assert_eq!(book.of("1.0.0").failed + book.of("1.1.0").failed, 0, "{book:?}");
    install.stands("production", "api", &[("1.1.0", 2)]).await;
    install.audited().await;
}

/// Half and half, with nobody dropped.
async fn both_answer(install: &Install) {
    let visitors = Visitors::of_api(install.route(1), 50);
    visitors.see("1.0.0", 20).await;
    visitors.see("1.1.0", 20).await;
    visitors.leave().await.all_answered();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_service_is_started_again_and_found_by_its_visitors() {
    let install = Install::start().await;
    install.apply(HALF).await;
    install.release("1.0.0", &[("api", healthy())]).await;
    install.live("1.0.0", "production").await;
    let before = install.slot("production", "api").await.instances.remove(0);
    assert!(signal_process(before.process_id.unwrap(), Signal::KILL));
    let after = until("another process is ready", async || {
        let now = install.slot("production", "api").await.instances.remove(0);
        (now.state == InstanceState::Ready && now.process_id != before.process_id).then_some(now)
    })
    .await;
    assert_eq!(after.restarts, 1, "{after:?}");
    assert_ne!(after.address, before.address, "every start has a port of its own");
    // The only instance is elsewhere now, so an answer shows that the route followed it.
    until("a visitor is answered again", async || {
        let url = format!("http://127.0.0.1:{}/products", install.route(1));
        reqwest::get(url).await.ok().filter(|answer| answer.headers().contains_key("x-shop-version"))
    })
    .await;
    let visitors = Visitors::of_api(install.route(1), 50);
    visitors.see("1.0.0", 20).await;
    visitors.leave().await.all_answered();
    install.stands("production", "api", &[("1.0.0", 1)]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_control_plane_holds_its_directory_and_goes_on_later() {
    let (install, id) = half_way().await;
    let visitors = Visitors::of_api(install.route(1), 50);
    install.signal(Signal::STOP);
    visitors.see("1.0.0", 20).await;
    visitors.see("1.1.0", 20).await;
    let data = install.data().to_str().unwrap();
    let other = run(&["up", "--json", "--listen", "127.0.0.1:0", "--data", data], install.directory()).await;
    let other = other.ended_with(3);
    assert_eq!(other.error()["code"], "store-in-use", "{other:?}");
    assert_ne!(other.error()["help"], "", "{other:?}");
    install.signal(Signal::CONT);
    resumed(&install, &id).await;
    visitors.see("1.1.0", 20).await;
    visitors.leave().await.all_answered();
    install.audited().await;
}
