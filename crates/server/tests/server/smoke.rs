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

#[tokio::test]
async fn what_they_saw_is_evidence_that_a_later_stage_can_ask_for() {
    let world = World::start().await;
    let ApplyRequest { file_name, text, dry_run } = world.configuration();
    let text = text.replace("stop: {drain: 1s, kill_after: 2s}\n", SMOKE);
    let text = text.replace("- name: development\n", "- name: development\n    secrets: [TOKEN]\n");
    let gates = "      gates:\n        - evidence: {kind: smoke_tests, suites: [development/web]}\n";
    let text = text.replace("      analysis: off\n", &format!("      analysis: off\n{gates}"));
    world.client.apply(&ApplyRequest { file_name, text, dry_run }, &key()).await.unwrap();
    world.client.set_secret(("development", "TOKEN"), "correct-horse".into(), &key()).await.unwrap();
    for (version, status) in [("1.0.0", "0"), ("1.1.0", "7")] {
        let artifact = world.artifact(version);
        std::fs::write(artifact.join("leak"), " <correct-horse>\u{1}\n").unwrap();
        std::fs::write(artifact.join("status"), status).unwrap();
    }
    let gate = async |version: &str| {
        let gates = world.client.gates("production", version).await.unwrap().gates;
        gates.into_iter().find(|gate| gate.name == "smoke-tests").unwrap()
    };
    world.release("1.0.0").await;
    let none = gate("1.0.0").await;
    assert!(!none.open && none.why.contains("no report for smoke_tests"), "{none:?}");
    let id = world.deploy("1.0.0", "development").await;
    assert_eq!(world.ended(&id).await.state, RolloutState::Succeeded);
    let reports = world.client.evidence("1.0.0").await.unwrap().reports;
    let [report] = reports.as_slice() else { panic!("{reports:?}") };
    assert_eq!(
        (report.name.as_str(), report.tool.as_str()),
        ("smoke tests of web in development", "tidegate")
    );
    let shown = world.client.evidence_report("1.0.0", &report.id, None).await.unwrap();
    let tests = shown.tests.unwrap();
    assert_eq!((shown.intact, tests.total, tests.passed), (true, 4, 4));
    let file = world.client.evidence_file("1.0.0", &report.id).await.unwrap();
    let kept = report.file.as_ref().unwrap();
    assert_eq!((kept.bytes, kept.environment.as_str()), (file.len() as u64, "development"));
    let text = String::from_utf8(file).unwrap();
    assert!(
        text.contains("leaks before-traffic") && text.contains("1.0.0 &lt;\u{2022}\u{2022}\u{2022}&gt;"),
        "{text}"
    );
    assert!(!text.contains("correct-horse"));
    let url = format!("{}/api/v1/releases/1.0.0/evidence/{}/file", world.server.url, report.id);
    let answer = world.http.get(url).send().await.unwrap();
    assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
    assert!(answer.headers()["content-disposition"].to_str().unwrap().starts_with("attachment; "));
    let open = gate("1.0.0").await;
    assert!(open.open, "{open:?}");

    // One that fails is evidence as well, and keeps the next stage closed.
    world.release("1.1.0").await;
    let id = world.deploy("1.1.0", "development").await;
    assert_eq!(world.ended(&id).await.state, RolloutState::RolledBack);
    let reports = world.client.evidence("1.1.0").await.unwrap().reports;
    assert_eq!((reports.len(), reports[0].findings), (1, 1));
    let closed = gate("1.1.0").await;
    assert!(!closed.open && closed.why.contains("1 of 2 did not pass"), "{closed:?}");
    let (status, body) = world.raw("GET", "/api/v1/releases/1.1.0/evidence/nothing/file", None).await;
    assert_eq!((status, body["code"].as_str()), (404, Some("unknown-report")));
}
