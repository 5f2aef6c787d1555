//! A blue-green preview at an address of its own, with visitors at both addresses.
//!
//! Invariant: users meet the candidate only after the switch, and whoever comes to the preview's address meets the
//! candidate or is told that there is none.

#![allow(clippy::unwrap_used, clippy::expect_used)] // tests may unwrap, their helpers too

use tidegate_api::RolloutState;
use tidegate_e2e::{Install, Visitors, healthy, until};

const TEXT: &str = r#"project: shop
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
      strategy: {blue-green: {preview: {listen: "127.0.0.1:PORT_2"}, confirm: true, soak: 1s, keep_stable: 0s}}
      analysis: off
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_candidate_is_seen_at_the_previews_address_before_users_see_it() {
    let install = Install::start().await;
    install.apply(TEXT).await;
    install.release("1.0.0", &[("api", healthy())]).await;
    install.live("1.0.0", "production").await;
    let (users, preview) = (install.route(1), install.route(2));
    nobody_stands_at(preview).await;
    let visitors = Visitors::of_api(users, 30);
    visitors.see("1.0.0", 10).await;

    // One that goes back without ever having been seen by users.
    let first = previewed(&install, "1.1.0", preview).await;
    install.sent(async |client, key| client.abort(&first, "seen enough", key).await).await.unwrap();
    assert_eq!(install.ended(&first).await.state, RolloutState::RolledBack);
    nobody_stands_at(preview).await;

    let second = previewed(&install, "1.2.0", preview).await;
    assert_eq!(visitors.book().answered(), visitors.book().of("1.0.0").answered, "users saw a candidate");
    install.sent(async |client, key| client.resume(&second, key).await).await.unwrap();
    assert_eq!(install.ended(&second).await.state, RolloutState::Succeeded);
    visitors.see("1.2.0", 10).await;
    nobody_stands_at(preview).await;

    let book = visitors.leave().await;
    book.all_answered();
    assert_eq!(book.of("1.1.0").answered, 0, "users saw what was aborted in preview: {book:?}");
    install.audited().await;
}

/// Waits at the switch, and all who come to the preview's address meet it.
async fn previewed(install: &Install, version: &str, preview: u16) -> String {
    install.release(version, &[("api", healthy())]).await;
    let id = install.deploy(version, "production").await;
    install.rollout_that(&id, "waits at the switch", |now| now.state == RolloutState::Held).await;
    let testers = Visitors::of_api(preview, 30);
    testers.see(version, 20).await;
    let book = testers.leave().await;
    book.all_answered();
    assert_eq!(book.answered(), book.of(version).answered, "{book:?}");
    id
}

async fn nobody_stands_at(preview: u16) {
    until("nobody stands in preview", async || {
        let answer = reqwest::get(format!("http://127.0.0.1:{preview}/products")).await.ok()?;
        let code = answer.headers().get("x-tidegate-gateway")?.to_str().ok()?.to_owned();
        (answer.status() == 503 && code == "preview-empty").then_some(())
    })
    .await;
}
