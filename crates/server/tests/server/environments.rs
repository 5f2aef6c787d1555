//! `/environments`.

use std::os::unix::fs::PermissionsExt as _;

use rustix::process::{Pid, Signal, kill_process};
use tidegate_client::api::{DriftSeverity, InstanceState};

use crate::support::{World, key, until};

#[tokio::test]
async fn an_environment_says_what_stands_and_runs() {
    let world = World::live().await;
    let page = world.client.environments().await.unwrap();
    let names: Vec<_> = page.items.iter().map(|found| (found.name.as_str(), found.stage)).collect();
    assert_eq!(names, [("development", Some(1)), ("production", Some(2))]);
    let slot = &world.client.environment("development").await.unwrap().slots[0];
    assert_eq!((slot.version.as_deref(), slot.drift.as_deref()), (Some("1.0.0"), None));
    assert_eq!(slot.instances.len(), 1);
    assert_eq!(slot.instances[0].state, InstanceState::Ready);
    let empty = &world.client.environment("production").await.unwrap().slots[0];
    assert_eq!((empty.version.as_deref(), empty.instances.len()), (None, 0));
}

#[tokio::test]
async fn two_environments_differ_in_what_was_written_and_what_stands() {
    let world = World::live().await;
    let client = &world.client;
    for (environment, value) in [("development", "secret-one"), ("production", "secret-two")] {
        client.set_secret((environment, "TOKEN"), value.into(), &key()).await.unwrap();
        client.set_secret((environment, "SHARED"), "secret-of-both".into(), &key()).await.unwrap();
    }
    let diff = client.environment_diff("development", "production").await.unwrap();
    let paths: Vec<&str> = diff.differences.iter().map(|found| found.path.as_str()).collect();
    assert_eq!(
        paths,
        ["components.web.route.listen", "components.web.version", "secrets.TOKEN", "stage.strategy"]
    );
    let value = |index: usize| {
        let found = &diff.differences[index];
        [&found.here, &found.there].map(|told| told.as_ref().map(|told| told.value.clone()))
    };
    assert_eq!(value(1), [Some("1.0.0".to_owned()), None]);
    assert_eq!(value(3), ["recreate", "canary"].map(|name| Some(name.to_owned())));
    assert_eq!(diff.same_secrets, ["SHARED"]);
    let all = serde_json::to_string(&diff).unwrap();
    assert!(!all.contains("secret-o") && !all.contains("secret-t"), "{all}");
    let same = client.environment_diff("production", "production").await.unwrap();
    assert_eq!(same.differences, []);
    assert_eq!(
        client.environment_diff("production", "nowhere").await.unwrap_err().code(),
        "unknown-environment"
    );
}

#[tokio::test]
async fn a_killed_instance_is_started_again_and_routed() {
    let world = World::live().await;
    let before = world.client.environment("development").await.unwrap().slots[0].instances[0].clone();
    let pid = Pid::from_raw(before.process_id.unwrap().try_into().unwrap()).unwrap();
    kill_process(pid, Signal::KILL).unwrap();
    until("another process answers", || async {
        let slot = world.client.environment("development").await.unwrap().slots[0].clone();
        let now = slot.instances.first()?;
        let well = now.state == InstanceState::Ready && now.process_id != before.process_id;
        (well && slot.drift.is_none() && slot.ready == [now.address.clone()?]).then_some(())
    })
    .await;
    assert_eq!(world.visit(world.ports[0]).await, (200, "1.0.0".to_owned()));
}

async fn kinds(world: &World) -> Vec<(String, DriftSeverity)> {
    let drift = world.client.environment_drift("development").await.unwrap();
    drift.drifts.into_iter().map(|found| (found.kind, found.severity)).collect()
}

#[tokio::test]
async fn drift_is_what_differs_from_what_was_recorded() {
    let world = World::live().await;
    until("it is as it was recorded", || async { kinds(&world).await.is_empty().then_some(()) }).await;
    // Configured since, and by whom it is given.
    let text =
        world.configuration().text.replace("replicas: 1, route", "replicas: 1, secrets: [TOKEN], route");
    let text =
        text.replace("  - name: development\n", "  - name: development\n    variables: {LEVEL: debug}\n");
    world.client.set_secret(("development", "TOKEN"), "secret-one".into(), &key()).await.unwrap();
    let newer = tidegate_client::api::ApplyRequest { text, ..world.configuration() };
    world.client.apply(&newer, &key()).await.unwrap();
    let found = world.client.environment_drift("development").await.unwrap();
    let told: Vec<_> =
        found.drifts.iter().map(|drift| (drift.kind.as_str(), drift.subject.as_deref().unwrap())).collect();
    assert_eq!(told, [("secrets-newer", "TOKEN"), ("variables-newer", "LEVEL")]);
    assert!(found.drifts.iter().all(|drift| drift.severity == DriftSeverity::Waiting));
    assert_eq!(
        (found.drifts[1].recorded.as_str(), found.drifts[1].observed.as_str()),
        ("`debug`", "not set")
    );
    assert!(found.drifts[1].help.contains("--to development"), "{found:?}");
    world.client.apply(&world.configuration(), &key()).await.unwrap();
    assert_eq!(kinds(&world).await, []);

    // The copy that instances start from.
    let digest = world.client.release("1.0.0").await.unwrap().components["web"].digest.clone().unwrap();
    let copy = world.data.path().join("processes/artifacts").join(digest.replace(':', "-")).join("version");
    std::fs::set_permissions(&copy, std::fs::Permissions::from_mode(0o644)).unwrap();
    std::fs::write(&copy, "1.0.1").unwrap();
    assert_eq!(kinds(&world).await, [("artifact-changed".to_owned(), DriftSeverity::Broken)]);
    std::fs::write(&copy, "1.0.0").unwrap();
    assert_eq!(kinds(&world).await, []);
    for (environment, status, code) in [("nowhere", 404, "unknown-environment"), ("A", 422, "bad-name")] {
        let path = format!("/api/v1/environments/{environment}/drift");
        let (found, problem) = world.raw("GET", &path, None).await;
        assert_eq!((found, problem["code"].as_str()), (status, Some(code)));
    }
}

#[tokio::test]
async fn an_instance_that_is_gone_is_drift_until_it_is_back() {
    let world = World::live().await;
    let before = world.client.environment("development").await.unwrap().slots[0].instances[0].clone();
    let pid = Pid::from_raw(before.process_id.unwrap().try_into().unwrap()).unwrap();
    kill_process(pid, Signal::KILL).unwrap();
    until("it is missed", || async {
        let found = kinds(&world).await;
        found.contains(&("instances-missing".to_owned(), DriftSeverity::Broken)).then_some(())
    })
    .await;
    until("it is back", || async { kinds(&world).await.is_empty().then_some(()) }).await;
}

#[tokio::test]
async fn a_secret_that_was_changed_since_is_told_of_each_instance() {
    let world = World::applied().await;
    let text =
        world.configuration().text.replace("replicas: 1, route", "replicas: 1, secrets: [TOKEN], route");
    let asks = tidegate_client::api::ApplyRequest { text, ..world.configuration() };
    world.client.apply(&asks, &key()).await.unwrap();
    world.client.set_secret(("development", "TOKEN"), "secret-one".into(), &key()).await.unwrap();
    world.release("1.0.0").await;
    world.ended(&world.deploy("1.0.0", "development").await).await;
    until("it is as it was recorded", || async { kinds(&world).await.is_empty().then_some(()) }).await;
    world.client.set_secret(("development", "TOKEN"), "secret-two".into(), &key()).await.unwrap();
    let found = world.client.environment_drift("development").await.unwrap().drifts;
    let instance = world.client.environment("development").await.unwrap().slots[0].instances[0].name.clone();
    let told: Vec<_> = found
        .iter()
        .map(|drift| (drift.kind.as_str(), drift.severity, drift.subject.clone().unwrap_or_default()))
        .collect();
    assert_eq!(told, [("secret-older", DriftSeverity::Waiting, format!("{instance} TOKEN"))]);
    assert_eq!(
        (found[0].recorded.as_str(), found[0].observed.as_str()),
        ("revision 2", "started with revision 1")
    );
}

#[tokio::test]
async fn a_route_that_somebody_else_set_is_drift() {
    let world = World::live().await;
    until("it is as it was recorded", || async { kinds(&world).await.is_empty().then_some(()) }).await;
    let (http, admin) = (reqwest::Client::new(), world.gateway.ready().admin);
    let url = format!("http://{admin}/v1/routes/development/web");
    let mut table: serde_json::Value = http.get(&url).send().await.unwrap().json().await.unwrap();
    let versions = table["route"]["serving"]["split"]["versions"].as_array_mut().unwrap();
    let mut stray = versions[0].clone();
    versions[0]["weight"] = 7_000.into();
    stray["version"] = "9.9.9".into();
    stray["weight"] = 3_000.into();
    versions.push(stray);
    // Newer than anything that Tidegate has said, as by a hand that knows how.
    let newer = serde_json::json!({"position": 1_000_000_000_u64, "fence": 0, "attempt": 0});
    let body = serde_json::json!({"generation": newer, "route": table["route"]});
    let answer = http.put(&url).json(&body).send().await.unwrap();
    assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
    let found = world.client.environment_drift("development").await.unwrap().drifts;
    let elsewhere = found.iter().find(|drift| drift.kind == "route-elsewhere").unwrap();
    assert_eq!(elsewhere.severity, DriftSeverity::Broken);
    assert_eq!(elsewhere.recorded, "all requests to 1.0.0");
    assert!(elsewhere.observed.contains("9.9.9") && elsewhere.observed.contains("30"), "{elsewhere:?}");
}
