//! Stages of several environments, and a way of their own for hotfixes, with real processes and visitors.
//!
//! Invariant: of a stage that cannot succeed any more nothing stays half way, and nobody who visits notices.

#![allow(clippy::unwrap_used, clippy::expect_used)] // tests may unwrap, their helpers too

use tidegate_api::{PromoteRequest, ReleaseKind, RolloutState, Stands};
use tidegate_e2e::{Install, Visitors, healthy};

const TEXT: &str = r#"project: shop
components:
  api:
    run: ["SHOP", "api"]
    readiness: {http: /healthz, interval: 50ms}
    stop: {drain: 5s, kill_after: 10s}
environments:
  - name: staging
    components: {api: {replicas: 1, route: {listen: "127.0.0.1:PORT_1"}}}
  - name: eu
    components: {api: {replicas: 1, route: {listen: "127.0.0.1:PORT_2"}}}
  - name: us
    components: {api: {replicas: 1, route: {listen: "127.0.0.1:PORT_3"}}}
  - name: asia
    components: {api: {replicas: 1, route: {listen: "127.0.0.1:PORT_4"}}}
pipelines:
  default:
    stages:
      - environment: staging
        strategy: {recreate: {soak: 0s}}
      - environments: [eu, us, asia]
        succeed: 2
        on_failure: go_back_when_lost
        strategy: {canary: {steps: [shift: 50%, confirm], soak: 0s}}
        analysis: off
  hotfix:
    stages:
      - environments: [eu, us, asia]
        strategy: {recreate: {soak: 0s}}
"#;

/// The rollouts in `eu`, `us` and `asia`.
async fn promoted(install: &Install, version: &str) -> [String; 3] {
    let request = PromoteRequest { to: None, supersede: false };
    let started =
        install.sent(async |client, key| client.promote_release(version, &request, key).await).await.unwrap();
    assert_eq!(started.rollouts.len(), 3, "one for each environment of the stage");
    let mut ids = [String::new(), String::new(), String::new()];
    for id in started.rollouts {
        let environment = install.rollout(&id).await.environment;
        let at = ["eu", "us", "asia"].iter().position(|name| *name == environment).unwrap();
        ids[at] = id;
    }
    ids
}

/// Through staging, and half way in each of the three.
async fn half_way(install: &Install, version: &str) -> [String; 3] {
    install.release(version, &[("api", healthy())]).await;
    install.live(version, "staging").await;
    let ids = promoted(install, version).await;
    for id in &ids {
        install.rollout_that(id, "waits for a person", |now| now.state == RolloutState::Held).await;
    }
    ids
}

async fn abort(install: &Install, id: &str) {
    install.sent(async |client, key| client.abort(id, "not here", key).await).await.unwrap();
    assert_eq!(install.ended(id).await.state, RolloutState::RolledBack);
}

async fn stands(install: &Install, version: &str, environment: &str) -> (Stands, String) {
    let why = install.client.why(Some(version), Some(environment), false).await.unwrap().items.remove(0);
    (why.stands, why.command)
}

#[tokio::test(flavor = "multi_thread")]
async fn some_of_a_stage_are_enough_and_once_too_few_are_left_the_others_go_back() {
    let install = Install::start().await;
    install.apply(TEXT).await;
    install.release("1.0.0", &[("api", healthy())]).await;
    install.live("1.0.0", "staging").await;
    for id in promoted(&install, "1.0.0").await {
        assert_eq!(install.ended(&id).await.state, RolloutState::Succeeded);
    }

    // Two of three: one that goes back leaves the others where they are, and the stage is done without it.
    let [eu, us, asia] = half_way(&install, "1.1.0").await;
    let (said, command) = stands(&install, "1.1.0", "eu").await;
    assert_eq!((said, command), (Stands::Held, format!("tidegate rollout resume {eu}")));
    abort(&install, &us).await;
    for id in [&eu, &asia] {
        assert_eq!(install.rollout(id).await.state, RolloutState::Held, "it goes on");
        install.sent(async |client, key| client.resume(id, key).await).await.unwrap();
        assert_eq!(install.ended(id).await.state, RolloutState::Succeeded);
    }
    let request = PromoteRequest { to: None, supersede: false };
    let nothing =
        install.sent(async |client, key| client.promote_release("1.1.0", &request, key).await).await;
    assert_eq!(nothing.unwrap_err().code(), "nothing-to-promote");
    install.stands("us", "api", &[("1.0.0", 1)]).await;
    install.stands("eu", "api", &[("1.1.0", 1)]).await;

    // The second one that goes back takes the third with it, and who visits there does not notice.
    let visitors = Visitors::of_api(install.route(4), 30);
    visitors.see("1.1.0", 10).await;
    let [eu, us, asia] = half_way(&install, "1.2.0").await;
    visitors.see("1.2.0", 5).await;
    abort(&install, &us).await;
    assert_eq!(install.rollout(&asia).await.state, RolloutState::Held);
    abort(&install, &eu).await;
    let called = install.ended(&asia).await;
    assert_eq!(called.state, RolloutState::RolledBack);
    let cause = called.cause.unwrap();
    assert!(cause.contains("it went back from eu, which stands in the same stage"), "{cause}");
    install.stands("asia", "api", &[("1.1.0", 1)]).await;
    visitors.leave().await.all_answered();
    install.audited().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hotfix_goes_its_own_way() {
    let install = Install::start().await;
    install.apply(TEXT).await;
    install.release("1.0.0", &[("api", healthy())]).await;
    install.live("1.0.0", "staging").await;
    for id in promoted(&install, "1.0.0").await {
        assert_eq!(install.ended(&id).await.state, RolloutState::Succeeded);
    }
    // What is planned has to be verified in staging; what is urgent enters at once, and takes over from who waits.
    let [eu, us, asia] = half_way(&install, "1.1.0").await;
    install.release_of(ReleaseKind::Hotfix, "1.0.1", &[("api", healthy())]).await;
    assert_eq!(stands(&install, "1.0.1", "staging").await.0, Stands::NotInPipeline);
    for id in promoted(&install, "1.0.1").await {
        assert_eq!(install.ended(&id).await.state, RolloutState::Succeeded);
    }
    for id in [&eu, &us, &asia] {
        assert_eq!(install.ended(id).await.state, RolloutState::RolledBack);
    }
    for environment in ["eu", "us", "asia"] {
        install.stands(environment, "api", &[("1.0.1", 1)]).await;
        assert_eq!(stands(&install, "1.0.1", environment).await.0, Stands::Live);
    }
    install.stands("staging", "api", &[("1.1.0", 1)]).await;
    install.audited().await;
}
