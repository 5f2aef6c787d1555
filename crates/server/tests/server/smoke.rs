//! `/rollouts/{id}/smoke-tests`, and what smoke tests do to a rollout.

use tidegate_client::api::SmokePhase::{BeforeTraffic, WithAllTraffic};
use tidegate_client::api::SmokeState::{Failed, Passed, Waiting};
use tidegate_client::api::{ApplyRequest, RolloutState, SmokePhase, SmokeState, SmokeTest};

use crate::support::{World, key};

const SMOKE: &str = r#"stop: {drain: 1s, kill_after: 2s}
    smoke:
      - {name: answers, http: {path: /, status: 200}, timeout: 20s}
      - {name: leaks, run: ["sh", "-c", "cat version leak; exit $(cat status)"], environments: [development]}
"#;

/// With a secret in development, which a careless command finds in a file.
async fn world() -> World {
    let world = World::start().await;
    let ApplyRequest { file_name, text, dry_run } = world.configuration();
    let text = text.replace("stop: {drain: 1s, kill_after: 2s}\n", SMOKE);
    let text = text.replace("- name: development\n", "- name: development\n    secrets: [TOKEN]\n");
    world.client.apply(&ApplyRequest { file_name, text, dry_run }, &key()).await.unwrap();
    world.client.set_secret(("development", "TOKEN"), "correct-horse".into(), &key()).await.unwrap();
    for (version, status) in [("1.0.0", "0"), ("1.1.0", "7")] {
        let artifact = world.artifact(version);
        std::fs::write(artifact.join("leak"), " correct-horse\n").unwrap();
        std::fs::write(artifact.join("status"), status).unwrap();
    }
    world
}

fn states(tests: &[SmokeTest]) -> Vec<(&str, SmokePhase, SmokeState)> {
    tests.iter().map(|test| (test.name.as_str(), test.phase, test.state)).collect()
}

#[tokio::test]
async fn what_they_saw_is_shown_without_secrets() {
    let world = world().await;
    world.release("1.0.0").await;
    let id = world.deploy("1.0.0", "development").await;
    let rollout = world.ended(&id).await;
    assert_eq!(rollout.state, RolloutState::Succeeded, "{rollout:?}");
    let tests = world.client.smoke_tests(&id).await.unwrap().items;
    let passed = SmokeState::Passed;
    let all = [
        ("answers", BeforeTraffic, passed),
        ("leaks", BeforeTraffic, passed),
        ("answers", WithAllTraffic, passed),
        ("leaks", WithAllTraffic, passed),
    ];
    assert_eq!(states(&tests), all);
    let brief: Vec<_> =
        rollout.smoke_tests.iter().map(|test| (&*test.name, test.phase, test.state)).collect();
    assert_eq!(brief, all);
    assert_eq!(tests[1].output.as_deref(), Some("1.0.0 •••\n"));
    assert_eq!((tests[0].asks.as_str(), tests[0].expected.as_str()), ("GET /", "GET / answers 200"));
    assert_eq!((tests[0].attempts, tests[0].output_digest.as_ref().map(String::len)), (Some(1), Some(64)));

    let path = format!("/api/v1/rollouts/{id}/smoke-tests");
    let (status, body) = world.raw("GET", &format!("{path}?component=web"), None).await;
    assert_eq!((status, body["items"].as_array().unwrap().len()), (200, 4));
    let (status, body) = world.raw("GET", &format!("{path}?component=api"), None).await;
    assert_eq!((status, body["items"].as_array().unwrap().len()), (200, 0));
    let (status, body) = world.raw("GET", "/api/v1/rollouts/rol_0000000000000000/smoke-tests", None).await;
    assert_eq!((status, body["code"].as_str()), (404, Some("unknown-rollout")));
    let (status, _) = world.raw("GET", &format!("{path}?component=Not+One"), None).await;
    assert_eq!(status, 400);
}

#[tokio::test]
async fn one_that_fails_turns_the_rollout_back_and_says_why() {
    let world = world().await;
    world.release("1.0.0").await;
    let first = world.deploy("1.0.0", "development").await;
    assert_eq!(world.ended(&first).await.state, RolloutState::Succeeded);
    world.release("1.1.0").await;
    let id = world.deploy("1.1.0", "development").await;
    let rollout = world.ended(&id).await;
    assert_eq!(rollout.state, RolloutState::RolledBack);
    let why = "the smoke test `leaks` of web failed before it had traffic: expected exit status 0, saw exit status 7: 1.1.0 •••";
    assert_eq!(rollout.cause.as_deref(), Some(why));
    assert_eq!(world.visit(world.ports[0]).await, (200, "1.0.0".to_owned()));
    let standing = &world.client.release("1.1.0").await.unwrap().standings["development"];
    assert!(standing.barred && standing.reason.as_deref() == Some(why), "{standing:?}");
    let tests = world.client.smoke_tests(&id).await.unwrap().items;
    let before: Vec<_> = states(&tests).iter().map(|test| test.2).collect();
    assert_eq!(before, [Passed, Failed, Waiting, Waiting]);
}

#[tokio::test]
async fn a_command_that_is_not_there_says_how_to_correct_it_and_bars_nothing() {
    let world = World::start().await;
    let ApplyRequest { file_name, text, dry_run } = world.configuration();
    let smoke =
        "stop: {drain: 1s, kill_after: 2s}\n    smoke: [{name: buys, run: ./smoke/buy, retries: 5}]\n";
    let text = text.replace("stop: {drain: 1s, kill_after: 2s}\n", smoke);
    world.client.apply(&ApplyRequest { file_name, text, dry_run }, &key()).await.unwrap();
    world.release("1.0.0").await;
    let id = world.deploy("1.0.0", "development").await;
    let rollout = world.ended(&id).await;
    assert_eq!(rollout.state, RolloutState::RolledBack);
    let cause = rollout.cause.unwrap();
    let begins = "the smoke test `buys` of web could not be asked: its program `./smoke/buy` is not there; correct `smoke`";
    assert!(cause.starts_with(begins), "{cause}");
    assert!(!world.client.release("1.0.0").await.unwrap().standings["development"].barred);
    assert_eq!(world.client.smoke_tests(&id).await.unwrap().items[0].attempts, Some(1));
}
