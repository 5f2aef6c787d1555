//! `/apply` and `/catalog`.

use crate::support::{World, key};

#[tokio::test]
async fn applying_says_what_changes_and_the_second_time_nothing() {
    let world = World::start().await;
    let request = world.configuration();
    let dry = tidegate_client::api::ApplyRequest { dry_run: true, ..request.clone() };
    let said = world.client.apply(&dry, &key()).await.unwrap();
    assert!(said.dry_run && said.changes.contains(&"+ component web".to_owned()), "{said:?}");
    assert!(world.client.catalog().await.unwrap().components.is_empty(), "a dry run changes nothing");
    assert_eq!(world.client.apply(&request, &key()).await.unwrap().changes, said.changes);
    assert!(world.client.apply(&request, &key()).await.unwrap().changes.is_empty());
    let catalog = world.client.catalog().await.unwrap();
    let stages: Vec<_> = catalog.stages.iter().map(|stage| (&*stage.environment, &*stage.strategy)).collect();
    assert_eq!(stages, [("development", "recreate"), ("production", "canary")]);
    let placed = &catalog.environments[0].placements["web"];
    assert_eq!(placed.route.as_ref().unwrap().listen, format!("127.0.0.1:{}", world.ports[0]));
}

#[tokio::test]
async fn a_broken_file_is_refused_place_by_place_and_changes_nothing() {
    let world = World::start().await;
    let mut request = world.configuration();
    request.text = request.text.replace("replicas: 1", "replicas: many");
    let error = world.client.apply(&request, &key()).await.unwrap_err();
    let problem = error.problem().unwrap();
    assert_eq!((problem.status, &*problem.code), (422, "bad-configuration"));
    let found = problem.diagnostics.as_ref().unwrap();
    assert_eq!((&*found.file, found.entries.len()), ("tidegate.yaml", 2));
    let lines: Vec<_> = request.text.lines().collect();
    for entry in &found.entries {
        assert_eq!(lines[entry.line - 1], entry.source_line, "{entry:?}");
    }
    assert!(world.client.catalog().await.unwrap().components.is_empty());
}

#[tokio::test]
async fn what_was_applied_can_be_read_changed_and_applied_again() {
    let world = World::start().await;
    let none = world.client.configuration().await.unwrap();
    assert_eq!((&*none.project, &*none.text, none.document), ("", "", serde_json::json!({})));
    let request = world.configuration();
    world.client.apply(&request, &key()).await.unwrap();
    let kept = world.client.configuration().await.unwrap();
    assert_eq!((&kept.text, &kept.file_name), (&request.text, &request.file_name));
    let mut document = kept.document;
    document["components"]["worker"] = serde_json::json!({"planned": true});
    document["environments"][0]["components"]["worker"] = serde_json::Value::Null;
    let again = tidegate_client::api::ApplyRequest { text: document.to_string(), ..request };
    let changes = world.client.apply(&again, &key()).await.unwrap().changes;
    assert_eq!(changes, ["+ component worker", "+ development/worker"]);
    assert_eq!(world.client.configuration().await.unwrap().text, again.text);
    assert!(world.client.catalog().await.unwrap().components["worker"].run.is_empty());
}
