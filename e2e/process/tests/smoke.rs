//! Smoke tests with real shop processes: what fails them meets no visitor, what hangs is ended, and a kill loses none.
//!
//! Invariant: visitors are answered throughout, and a test that passed is not repeated. Deliberately not here: every way in
//! which a test can fail (`tidegate-targets`).

#![allow(clippy::unwrap_used, clippy::expect_used)] // tests may unwrap, their helpers too

use serde_json::json;
use tidegate_api::SmokePhase::{BeforeTraffic, WithAllTraffic};
use tidegate_api::{RolloutState, SmokePhase, SmokeState, SmokeTest};
use tidegate_e2e::{Install, Visitors, behaviour, healthy, until};

const TEXT: &str = r#"project: shop
components:
  api:
    run: ["SHOP", "api"]
    readiness: {http: /healthz, interval: 50ms}
    stop: {drain: 5s, kill_after: 10s}
    smoke:
      - name: products
        http: {path: /products, status: 200, contains: "name", headers: {content-type: json}}
        timeout: 5s
      - name: command
        run: ["sh", "-c", "SCRIPT"]
        timeout: TIMEOUT
        environments: [production]
environments:
  - name: production
    components: {api: {replicas: 2, route: {listen: "127.0.0.1:PORT_1"}}}
pipeline:
  stages:
    - environment: production
      strategy: {canary: {steps: [shift: 20%, wait: 1s], soak: 1s}}
      analysis: off
"#;

async fn shop(script: &str, timeout: &str) -> Install {
    let install = Install::start().await;
    let text = TEXT.replace("SCRIPT", script).replace("TIMEOUT", timeout);
    let directory = install.directory().to_str().unwrap().to_owned();
    install.apply(&text.replace("DIRECTORY", &directory)).await;
    install
}

async fn tests(install: &Install, id: &str) -> Vec<SmokeTest> {
    install.client.smoke_tests(id).await.unwrap().items
}

fn states(tests: &[SmokeTest]) -> Vec<(&str, SmokePhase, SmokeState)> {
    tests.iter().map(|test| (test.name.as_str(), test.phase, test.state)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_fails_them_goes_back_before_any_visitor_met_it() {
    let install = shop("echo $TIDEGATE_VERSION at $TIDEGATE_ADDRESS", "10s").await;
    install.release("1.0.0", &[("api", healthy())]).await;
    let first = install.live("1.0.0", "production").await;
    let passed = tests(&install, &first.id).await;
    let all = [
        ("products", BeforeTraffic, SmokeState::Passed),
        ("command", BeforeTraffic, SmokeState::Passed),
        ("products", WithAllTraffic, SmokeState::Passed),
        ("command", WithAllTraffic, SmokeState::Passed),
    ];
    assert_eq!(states(&passed), all);
    assert!(passed[1].output.as_ref().unwrap().starts_with("1.0.0 at 127.0.0.1:"), "{passed:?}");
    assert!(passed[0].output.as_ref().unwrap().contains("/products\nHTTP/1.1 200 OK"), "{passed:?}");

    let visitors = Visitors::of_api(install.route(1), 50);
    visitors.see("1.0.0", 10).await;
    install.release("1.1.0", &[("api", behaviour(json!({"fail_share": 1.0})))]).await;
    let id = install.deploy("1.1.0", "production").await;
    let ended = install.ended(&id).await;
    assert_eq!(ended.state, RolloutState::RolledBack);
    let cause = ended.cause.unwrap();
    let words =
        "the smoke test `products` of api failed before it had traffic: expected GET /products answers 200";
    assert!(cause.starts_with(words) && cause.contains("answered 500"), "{cause}");
    install.stands("production", "api", &[("1.0.0", 2)]).await;
    let failed = tests(&install, &id).await;
    assert_eq!(states(&failed)[0], ("products", BeforeTraffic, SmokeState::Failed));
    assert_eq!(states(&failed)[1], ("command", BeforeTraffic, SmokeState::Waiting), "it went on asking");
    let shown = install.tidegate(&["rollout", "smoke-tests", &id]).await.ended_with(0);
    assert!(shown.out.contains("failed    products of api, before traffic"), "{}", shown.out);
    let why = install.tidegate(&["why", "1.1.0"]).await.ended_with(0);
    assert!(why.out.contains("products"), "{}", why.out);

    install.release("1.2.0", &[("api", healthy())]).await;
    install.live("1.2.0", "production").await;
    visitors.see("1.2.0", 10).await;
    let book = visitors.leave().await;
    book.all_answered();
    assert_eq!(book.of("1.1.0").answered + book.of("1.1.0").failed, 0, "visitors met it: {book:?}");
    install.audited().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_hangs_is_ended_at_its_deadline() {
    // Its number is nobody else's.
    let script = "[ $TIDEGATE_VERSION = 1.0.0 ] || { echo waiting; sleep 617431 & sleep 617431; }";
    let install = shop(script, "2s").await;
    for version in ["1.0.0", "1.1.0"] {
        install.release(version, &[("api", healthy())]).await;
    }
    install.live("1.0.0", "production").await;
    let id = install.deploy("1.1.0", "production").await;
    let ended = install.ended(&id).await;
    assert_eq!(ended.state, RolloutState::RolledBack);
    let cause = ended.cause.unwrap();
    assert!(cause.ends_with("saw it had not ended at its deadline, and was killed: waiting"), "{cause}");
    assert!(!is_running("617431"), "something of it is left");
    install.stands("production", "api", &[("1.0.0", 2)]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_abort_ends_the_test_that_is_under_way() {
    let install = shop("[ $TIDEGATE_VERSION = 1.0.0 ] || sleep 617432", "10m").await;
    for version in ["1.0.0", "1.1.0"] {
        install.release(version, &[("api", healthy())]).await;
    }
    install.live("1.0.0", "production").await;
    let id = install.deploy("1.1.0", "production").await;
    until("the command runs", async || is_running("617432").then_some(())).await;
    let waits = install.rollout(&id).await.next.unwrap().what;
    assert_eq!(waits, "waits for the smoke test `command` of api");
    let why = install.tidegate(&["why", "1.1.0"]).await.ended_with(0);
    assert!(why.out.contains("smoke test `command`"), "{}", why.out);
    install.tidegate(&["rollout", "abort", &id]).await.ended_with(0);
    assert_eq!(install.ended(&id).await.state, RolloutState::RolledBack);
    until("the command has ended", async || (!is_running("617432")).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_that_a_kill_swallowed_is_asked_again_and_a_passed_one_is_not() {
    let script = "until [ -e DIRECTORY/go ]; do sleep 0.617433; done; echo $TIDEGATE_VERSION $TIDEGATE_SMOKE_PHASE >> DIRECTORY/asked";
    let mut install = shop(script, "10m").await;
    install.release("1.0.0", &[("api", healthy())]).await;
    let id = install.deploy("1.0.0", "production").await;
    until("the command runs", async || is_running("0.617433").then_some(())).await;
    install.kill();
    install.restart().await;
    let running = |tests: &[SmokeTest]| states(tests)[..2].iter().map(|one| one.2).collect::<Vec<_>>();
    until("it is asked again", async || {
        let now = tests(&install, &id).await;
        (running(&now) == [SmokeState::Passed, SmokeState::Running]).then_some(())
    })
    .await;
    std::fs::write(install.directory().join("go"), "").unwrap();
    assert_eq!(install.ended(&id).await.state, RolloutState::Succeeded);
    let kinds = install.kinds(&format!("rollout/{id}")).await;
    assert_eq!(kinds.iter().filter(|kind| *kind == "rollout.smoke-tested").count(), 4, "{kinds:?}");
    let asked = std::fs::read_to_string(install.directory().join("asked")).unwrap();
    let last: Vec<&str> = asked.lines().collect();
    // The one whose server was killed is ended by the next start; it may have seen the file first.
    assert!(last.ends_with(&["1.0.0 before-traffic", "1.0.0 with-all-traffic"]), "{asked}");
    assert!(last.len() <= 3, "{asked}");
}

/// By the kernel's word: some process has this among its arguments.
fn is_running(word: &str) -> bool {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    processes
        .filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok())
        .any(|line| line.split(|byte| *byte == 0).any(|argument| argument == word.as_bytes()))
}
