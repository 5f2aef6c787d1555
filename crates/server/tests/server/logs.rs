//! `/logs`.

use std::time::Duration;

use futures_util::StreamExt;
use tidegate_client::LogsQuery;

use crate::support::{World, until};

fn of_development() -> LogsQuery {
    LogsQuery { environment: "development".to_owned(), component: "web".to_owned(), ..LogsQuery::default() }
}

#[tokio::test]
async fn logs_are_read_and_followed() {
    let world = World::live().await;
    let line = until("a line is there", || async {
        world.client.logs(&of_development()).await.unwrap().items.first().cloned()
    })
    .await;
    assert_eq!(line.instance, "web-1.0.0-0");
    assert!(line.text.starts_with("serving on "), "{line:?}");
    let mut followed = world.client.follow_logs(&of_development()).await.unwrap();
    assert_eq!(followed.next().await.unwrap().unwrap(), line);
    world.release("1.1.0").await;
    let id = world.deploy("1.1.0", "development").await;
    world.ended(&id).await;
    let next = tokio::time::timeout(Duration::from_secs(20), followed.next()).await.unwrap();
    assert_eq!(next.unwrap().unwrap().instance, "web-1.1.0-0");
    let old = LogsQuery { version: Some("1.0.0".to_owned()), instance: Some(0), ..of_development() };
    assert_eq!(world.client.logs(&old).await.unwrap().items, [line]);
}

#[tokio::test]
async fn logs_of_what_nobody_knows_are_refused() {
    let world = World::applied().await;
    let elsewhere = LogsQuery { environment: "nowhere".to_owned(), ..of_development() };
    let error = world.client.logs(&elsewhere).await.unwrap_err();
    assert_eq!((error.problem().unwrap().status, error.code()), (404, "unknown-environment"));
    let climbing = LogsQuery { component: "..".to_owned(), ..of_development() };
    assert!(world.client.logs(&climbing).await.is_err());
    assert!(world.client.logs(&of_development()).await.unwrap().items.is_empty(), "nothing ran yet");
}
