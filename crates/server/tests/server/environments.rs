//! `/environments`.

use rustix::process::{Pid, Signal, kill_process};
use tidegate_client::api::InstanceState;

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
