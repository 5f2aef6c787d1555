//! The sample shop from the one program: set up, released, and its bad release taken back.
//!
//! Invariant: nothing but `tidegate` is needed, and nothing of it is left when it is taken down (`Install` looks).
//! Deliberately not here: other releases of the shop (`cli`, `judged`).

#![allow(clippy::unwrap_used, clippy::expect_used)] // tests may unwrap, their helpers too

use tidegate_api::{PromoteRequest, Rollout, RolloutState, StandingState};
use tidegate_e2e::{Install, until};

/// Whether the release is verified there.
async fn is_verified(install: &Install, version: &str, environment: &str) -> bool {
    let release = until("a release is shown", async || install.client.release(version).await.ok()).await;
    release.standings.get(environment).is_some_and(|standing| standing.state == StandingState::Verified)
}

/// Through development by name, through staging by itself, into production by promotion; answers how that ended.
async fn promoted(install: &Install, version: &str) -> Rollout {
    install.live(version, "development").await;
    until(&format!("staging takes {version}"), async || {
        is_verified(install, version, "staging").await.then_some(())
    })
    .await;
    let request = PromoteRequest { to: Some("production".to_owned()), supersede: false };
    let started = install.sent(async |client, key| client.promote_release(version, &request, key).await);
    install.ended(&started.await.unwrap().rollouts[0]).await
}

/// Which version of the api answers whoever comes to the shop.
async fn answers(shop: &str) -> Option<String> {
    let answer = reqwest::get(format!("{shop}/api/version")).await.ok()?;
    answer.headers().get("x-shop-version").map(|version| version.to_str().unwrap().to_owned())
}

fn visitors(install: &Install) -> Vec<u32> {
    let running = install.running().into_iter();
    running.filter(|one| one.instance.starts_with("visitors-")).map(|one| one.process_id).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sample_goes_live_and_its_bad_release_is_taken_back() {
    let install = Install::start().await;
    let made = install.tidegate(&["sample", "--json"]).await.ended_with(0).json();
    assert_eq!(made["releases"], serde_json::json!(["1.0.0", "1.1.0", "1.2.0"]));
    assert_eq!(made["environments"], serde_json::json!(["development", "staging", "production"]));
    let again = install.tidegate(&["sample", "--json"]).await.ended_with(1);
    assert_eq!(again.error()["code"], "sample-not-empty");

    let first = promoted(&install, "1.0.0").await;
    assert_eq!(first.state, RolloutState::Succeeded, "{first:?}");
    let shop = made["shop"].as_str().unwrap().to_owned();
    assert_eq!(answers(&shop).await.as_deref(), Some("1.0.0"));
    let visiting = visitors(&install);
    assert_eq!(visiting.len(), 1, "{:?}", install.running());

    let bad = promoted(&install, "1.2.0").await;
    assert_eq!(bad.state, RolloutState::RolledBack, "{bad:?}");
    let cause = bad.cause.unwrap();
    assert!(cause.contains("error") && cause.contains('%'), "the reason has no figures: {cause}");
    install.stands("production", "api", &[("1.0.0", 2)]).await;
    assert_eq!(answers(&shop).await.as_deref(), Some("1.0.0"));
    assert_eq!(visitors(&install), visiting, "the same ones, still there");
    let said = install.tidegate(&["logs", "production/visitors"]).await.ended_with(0);
    assert!(said.out.contains("requests a second at http://127.0.0.1:"), "{said:?}");
}
