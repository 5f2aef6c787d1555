//! Releases that the analysis or a person stops, and visitors who choose their version.
//!
//! Invariant: what was rolled back does not come again by automation; a person may. Deliberately not here: how good
//! the judgement is (the analysis' own tests).

#![allow(clippy::unwrap_used, clippy::expect_used)] // tests may unwrap, their helpers too

use reqwest::header::{COOKIE, SET_COOKIE};
use serde_json::json;
use tidegate_api::{RolloutState, StandingState};
use tidegate_client::RolloutsQuery;
use tidegate_e2e::{Install, Ran, Visitors, because, behaviour, healthy, until};

/// The rule as it ships; only the scrape is quicker. Production takes what development has verified by itself.
const AUTOMATIC: &str = r#"project: shop
components:
  api:
    run: ["SHOP", "api"]
    readiness: {http: /healthz, interval: 50ms}
    stop: {drain: 5s, kill_after: 10s}
environments:
  - name: development
    components: {api: {route: {listen: "127.0.0.1:PORT_2"}}}
  - name: production
    components: {api: {replicas: 2, route: {listen: "127.0.0.1:PORT_1"}}}
pipeline:
  stages:
    - {environment: development, strategy: {recreate: {soak: 0s}}}
    - environment: production
      strategy: {canary: {steps: [shift: 50%, wait: 1h]}}
      analysis: {scrape_interval: 1s}
      promotion: automatic
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_version_goes_back_and_automation_does_not_bring_it_again() {
    let install = Install::start().await;
    install.apply(AUTOMATIC).await;
    install.release("1.0.0", &[("api", healthy())]).await;
    install.live("1.0.0", "development").await;
    assert_eq!(by_itself(&install, "1.0.0").await.1, RolloutState::Succeeded);
    let visitors = Visitors::of_api(install.route(1), 50);
    visitors.see("1.0.0", 10).await;

    let failing = behaviour(json!({"fail_share": 0.4}));
    install.release("1.1.0", &[("api", failing)]).await;
    install.live("1.1.0", "development").await;
    let (id, state) = by_itself(&install, "1.1.0").await;
    assert_eq!(state, RolloutState::RolledBack);
    let rollout = install.rollout(&id).await;
    let cause = rollout.cause.unwrap();
    assert!(cause.contains("error") && cause.contains('%'), "the reason has no figures: {cause}");
    assert!(rollout.started_by.contains("tidegate"), "{}", rollout.started_by);
    install.stands("production", "api", &[("1.0.0", 2)]).await;

    // Visitors met its failures, but nobody was dropped; from now on only 1.0.0 answers.
    let hurt = visitors.book().of("1.1.0");
    assert!(hurt.failed > 0, "{hurt:?}");
    visitors.see("1.0.0", 20).await;
    assert_eq!(visitors.book().of("1.1.0"), hurt);
    visitors.leave().await.all_answered();

    barred_until_allowed(&install, &id).await;
}

/// The first rollout of a release in production that nobody asked for, as it ended.
async fn by_itself(install: &Install, version: &str) -> (String, RolloutState) {
    let found = until(&format!("{version} reaches production by itself"), async || {
        rollouts(install, version).await.pop()
    })
    .await;
    let state = install.ended(&found).await.state;
    (found, state)
}

/// Of one release in production, newest first.
async fn rollouts(install: &Install, version: &str) -> Vec<String> {
    let query = RolloutsQuery { environment: Some("production".to_owned()), ..RolloutsQuery::default() };
    let page = until("rollouts are listed", async || install.client.rollouts(&query).await.ok()).await;
    page.items.into_iter().filter(|one| one.release == version).map(|one| one.id).collect()
}

async fn barred_until_allowed(install: &Install, first: &str) {
    let release = install.client.release("1.1.0").await.unwrap();
    let standing = &release.standings["production"];
    assert_eq!((standing.state, standing.barred), (StandingState::GoneBack, true), "{standing:?}");
    // Another release passes both stages meanwhile, so automation is at work and leaves 1.1.0 alone.
    install.release("1.2.0", &[("api", healthy())]).await;
    install.live("1.2.0", "development").await;
    let next = until("1.2.0 is on its way", async || rollouts(install, "1.2.0").await.pop()).await;
    assert_eq!(rollouts(install, "1.1.0").await, [first]);
    install.sent(async |client, key| client.abort(&next, "enough seen", key).await).await.unwrap();
    install.ended(&next).await;

    // Promoting asks the pipeline, which keeps to the bar; naming it is a person's own word.
    let promote = ["promote", "1.1.0", "--to", "production", "--json"];
    let refused = install.tidegate(&promote).await.ended_with(1);
    assert_eq!(refused.error()["code"], "release-barred");
    assert!(refused.error()["help"].as_str().unwrap().contains("tidegate allow"), "{refused:?}");
    let deploy = ["deploy", "1.1.0", "--to", "production", "--json"];
    taken_back(install, &started(&install.tidegate(&deploy).await.ended_with(0))).await;
    install.tidegate(&promote).await.ended_with(1);
    install.tidegate(&["allow", "1.1.0", "--in", "production"]).await.ended_with(0);
    // Allowed again, the stage takes it by itself, as it took it the first time.
    // The first one, the one that was named, and this.
    let again = until("1.1.0 comes by itself again", async || {
        let mut all = rollouts(install, "1.1.0").await;
        (all.len() == 3).then(|| all.swap_remove(0))
    });
    taken_back(install, &again.await).await;
}

fn started(ran: &Ran) -> String {
    ran.json()["rollouts"][0].as_str().unwrap().to_owned()
}

async fn taken_back(install: &Install, id: &str) {
    install.sent(async |client, key| client.roll_back(id, &because("still bad"), key).await).await.unwrap();
    assert_eq!(install.ended(id).await.state, RolloutState::RolledBack);
}

/// One environment where a header chooses, one where a client stays with its version.
const CHOSEN: &str = r#"project: shop
components:
  api:
    run: ["SHOP", "api"]
    readiness: {http: /healthz, interval: 50ms}
    stop: {drain: 5s, kill_after: 10s}
environments:
  - name: matched
    components: {api: {route: {listen: "127.0.0.1:PORT_1"}}}
  - name: sticky
    components: {api: {route: {listen: "127.0.0.1:PORT_2", sticky: {cookie: tide, max_age: 1h}}}}
pipeline:
  stages:
    - environment: matched
      strategy: {canary: {steps: [match: {header: {x-canary: "yes"}}, confirm, match: none, shift: 50%, confirm], soak: 0s}}
      analysis: off
    - environment: sticky
      strategy: {canary: {steps: [shift: 50%, confirm], soak: 0s}}
      analysis: off
"#;

async fn chosen() -> Install {
    let install = Install::start().await;
    install.apply(CHOSEN).await;
    install.release("1.0.0", &[("api", healthy())]).await;
    install.release("1.1.0", &[("api", healthy())]).await;
    install
}

/// Until a person is waited for.
async fn waits(install: &Install, id: &str, weight: u16) {
    let rollout = install
        .rollout_that(id, "waits for a person", |now| {
            now.state == RolloutState::Held && now.legs[0].weight == Some(weight)
        })
        .await;
    assert_eq!(rollout.state, RolloutState::Held, "{rollout:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_header_reaches_the_candidate_before_anybody_else_and_a_hold_holds() {
    let install = chosen().await;
    install.live("1.0.0", "matched").await;
    let id = install.deploy("1.1.0", "matched").await;
    waits(&install, &id, 0).await;
    let everybody = Visitors::of_api(install.route(1), 30);
    let url = format!("http://127.0.0.1:{}/products", install.route(1));
    let testers = Visitors::arrive(20, move |client, _| client.get(&url).header("x-canary", "yes"));
    testers.see("1.1.0", 20).await;
    everybody.see("1.0.0", 20).await;
    let (testers, everybody) = (testers.leave().await, everybody.leave().await);
    testers.all_answered();
    everybody.all_answered();
    assert_eq!((testers.of("1.0.0").answered, everybody.of("1.1.0").answered), (0, 0));

    // A hold that a person made outlives the step's own confirmation.
    install.tidegate(&["rollout", "hold", &id, "--reason", "lunch"]).await.ended_with(0);
    let held = install.rollout(&id).await.hold.unwrap();
    assert_eq!(held.reason, "lunch");
    let again = install.tidegate(&["rollout", "hold", &id, "--json"]).await.ended_with(1);
    assert_eq!(again.error()["code"], "rollout-held");
    install.tidegate(&["rollout", "resume", &id]).await.ended_with(0);
    assert!(install.rollout(&id).await.hold.is_none());
    install.tidegate(&["rollout", "resume", &id]).await.ended_with(0);
    waits(&install, &id, 5_000).await;
    install.tidegate(&["rollout", "resume", &id]).await.ended_with(0);
    let ended = install.ended(&id).await;
    assert_eq!(ended.state, RolloutState::Succeeded, "{ended:?}");
    let kinds = install.kinds(&format!("rollout/{id}")).await;
    let count = |kind: &str| kinds.iter().filter(|one| *one == kind).count();
    assert_eq!(
        (count("rollout.held"), count("rollout.resumed"), count("rollout.confirmed")),
        (1, 1, 2),
        "{kinds:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_stays_with_the_version_that_first_answered_it() {
    let install = chosen().await;
    install.live("1.0.0", "sticky").await;
    let id = install.deploy("1.1.0", "sticky").await;
    waits(&install, &id, 5_000).await;
    let url = format!("http://127.0.0.1:{}/products", install.route(2));
    let mut first = std::collections::BTreeSet::new();
    for _ in 0..24 {
        let (version, cookie) = asked(&url, None).await;
        let cookie = cookie.expect("no cookie was set");
        assert!(cookie.starts_with("tide="), "{cookie}");
        for _ in 0..5 {
            assert_eq!(asked(&url, Some(&cookie)).await.0, version, "with {cookie}");
        }
        first.insert(version);
    }
    // Twenty-four coins on one side come once in eight million times.
    assert_eq!(first.into_iter().collect::<Vec<_>>(), ["1.0.0", "1.1.0"]);
    install.tidegate(&["rollout", "abort", &id]).await.ended_with(0);
    assert_eq!(install.ended(&id).await.state, RolloutState::RolledBack);
}

/// Which version answers a new connection, and the cookie it sets.
async fn asked(url: &str, cookie: Option<&str>) -> (String, Option<String>) {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut request = client.get(url);
    if let Some(cookie) = cookie {
        request = request.header(COOKIE, cookie);
    }
    let answer = request.send().await.unwrap();
    let text =
        |name: &str| answer.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let set = text(SET_COOKIE.as_str()).and_then(|set| set.split(';').next().map(str::to_owned));
    (text("x-shop-version").expect("the shop did not answer"), set)
}
