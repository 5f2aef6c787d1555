//! Versions that are exposed to nobody, or to few who are named, before they are exposed to everybody.
//!
//! Invariant: no user is answered by a version in the shadow; a ring reaches whom it names and nobody else. Deliberately not
//! here: the order of rings (the domain's own tests).

#![allow(clippy::unwrap_used, clippy::expect_used)] // tests may unwrap, their helpers too

use serde_json::json;
use tidegate_api::RolloutState;
use tidegate_e2e::{Install, Visitors, behaviour, healthy, until};

const SHADOW: &str = r#"project: shop
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
      strategy: {shadow: {mirror: 100%, for: 5s, soak: 1s, keep_stable: 0s}}
      analysis: {scrape_interval: 1s}
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_fails_in_the_shadow_hurts_nobody_and_a_good_one_follows() {
    let install = Install::start().await;
    install.apply(SHADOW).await;
    install.release("1.0.0", &[("api", healthy())]).await;
    install.live("1.0.0", "production").await;
    let visitors = Visitors::of_api(install.route(1), 150);
    visitors.see("1.0.0", 10).await;

    install.release("1.1.0", &[("api", behaviour(json!({"fail_share": 0.5})))]).await;
    let bad = install.ended(&install.deploy("1.1.0", "production").await).await;
    assert_eq!(bad.state, RolloutState::RolledBack, "{bad:?}");
    let cause = bad.cause.unwrap();
    assert!(cause.contains("error"), "it went back for another reason: {cause}");
    let samples = install.client.samples(&bad.id, None).await.unwrap().items;
    assert!(samples.iter().any(|sample| sample.candidate.errors > 0), "no copy was counted");
    assert_eq!(visitors.book().of("1.1.0").answered + visitors.book().of("1.1.0").failed, 0);

    install.release("1.2.0", &[("api", healthy())]).await;
    let good = install.ended(&install.deploy("1.2.0", "production").await).await;
    assert_eq!(good.state, RolloutState::Succeeded, "{good:?}");
    visitors.see("1.2.0", 10).await;
    visitors.leave().await.all_answered();
    install.stands("production", "api", &[("1.2.0", 2)]).await;
    install.audited().await;
}

/// Each version answers `/version` with a body of its own, and fails nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_answers_otherwise_stays_in_the_shadow_where_bodies_are_compared() {
    let install = Install::start().await;
    install.apply(&SHADOW.replace("mirror: 100%", "mirror: 100%, compare_body: true")).await;
    install.release("1.0.0", &[("api", healthy())]).await;
    install.live("1.0.0", "production").await;
    let url = format!("http://127.0.0.1:{}/version", install.route(1));
    let visiting = tokio::spawn(async move {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let mut pace = tokio::time::interval(std::time::Duration::from_millis(10));
        loop {
            pace.tick().await;
            let answer = client.get(&url).send().await.unwrap().text().await.unwrap();
            assert!(answer.contains("1.0.0"), "{answer}");
        }
    });
    install.release("1.1.0", &[("api", healthy())]).await;
    let other = install.ended(&install.deploy("1.1.0", "production").await).await;
    assert_eq!(other.state, RolloutState::RolledBack, "{other:?}");
    let cause = other.cause.unwrap();
    assert!(cause.contains("error"), "it went back for another reason: {cause}");
    let samples = install.client.samples(&other.id, None).await.unwrap().items;
    let last = samples.iter().max_by_key(|sample| sample.candidate.requests).unwrap();
    assert!(last.candidate.requests > 0, "nothing was compared: {last:?}");
    assert_eq!(last.candidate.errors, last.candidate.requests, "each of them was another");
    assert!(!visiting.is_finished(), "a visitor was answered by the shadow: {:?}", visiting.await);
    visiting.abort();
    install.audited().await;
}

const PHASED: &str = r#"project: shop
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
        phased:
          rings:
            - {name: internal, matches: [{header: {x-ring: internal}}, {cookie: {ring: internal}}], confirm: true}
            - {name: beta, matches: [{header: {x-tenant: acme}}], confirm: true, gates: [approval]}
            - {share: 100%}
          soak: 1s
      analysis: off
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_ring_reaches_whom_it_names_and_waits_for_its_own_gate() {
    let install = Install::start().await;
    install.apply(PHASED).await;
    install.release("1.0.0", &[("api", healthy())]).await;
    // Without a version before it there are no rings, and nobody passes by a gate for that.
    let deploy = ["deploy", "1.0.0", "--to", "production", "--json"];
    let refused = install.tidegate(&deploy).await.ended_with(1);
    assert_eq!(refused.error()["code"], "gates-closed", "{refused:?}");
    let approve = ["approve", "1.0.0", "--to", "production", "--gate", "approval", "--actor", "bo"];
    install.tidegate(&approve).await.ended_with(0);
    install.live("1.0.0", "production").await;
    let visitors = Visitors::of_api(install.route(1), 50);
    visitors.see("1.0.0", 10).await;
    install.release("1.1.0", &[("api", healthy())]).await;
    // The approval belongs to a later ring, so nothing keeps the first from it.
    let id = install.deploy("1.1.0", "production").await;
    let (ours, cookie) = (("x-ring", "internal"), ("cookie", "ring=internal"));
    let (acme, other) = (("x-tenant", "acme"), ("x-tenant", "umbrella"));
    reaches(&install, ours, "1.1.0").await;
    reaches(&install, cookie, "1.1.0").await;
    reaches(&install, acme, "1.0.0").await;

    install.rollout_that(&id, "waits for a person", |rollout| rollout.state == RolloutState::Held).await;
    install.tidegate(&["rollout", "resume", &id]).await.ended_with(0);
    let stream = format!("rollout/{id}");
    until("the gate of the ring keeps it", async || {
        install.kinds(&stream).await.contains(&"rollout.gates-closed".to_owned()).then_some(())
    })
    .await;
    assert_eq!(install.rollout(&id).await.legs[0].step_name, "internal");
    reaches(&install, acme, "1.0.0").await;
    install
        .tidegate(&["approve", "1.1.0", "--to", "production", "--gate", "approval", "--actor", "bo"])
        .await
        .ended_with(0);
    reaches(&install, acme, "1.1.0").await;
    reaches(&install, ours, "1.1.0").await;
    reaches(&install, other, "1.0.0").await;
    let strangers = visitors.book().of("1.1.0");
    assert_eq!(strangers.answered + strangers.failed, 0, "somebody was reached whom no ring names");

    install.rollout_that(&id, "waits for a person", |rollout| rollout.state == RolloutState::Held).await;
    install.tidegate(&["rollout", "resume", &id]).await.ended_with(0);
    assert_eq!(install.ended(&id).await.state, RolloutState::Succeeded);
    reaches(&install, other, "1.1.0").await;
    visitors.leave().await.all_answered();
    install.audited().await;
}

/// Whoever carries this is answered by this version.
async fn reaches(install: &Install, (name, value): (&str, &str), version: &str) {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("http://127.0.0.1:{}/products", install.route(1));
    until(&format!("{name}: {value} reaches {version}"), async || {
        let answer = client.get(&url).header(name, value).send().await.ok()?;
        (answer.headers().get("x-shop-version")? == version).then_some(())
    })
    .await;
}
