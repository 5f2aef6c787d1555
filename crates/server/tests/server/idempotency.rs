//! Idempotency keys.

use tidegate_client::EventsQuery;

use crate::support::{World, deploy, key};

#[tokio::test]
async fn a_repeated_request_happens_once_and_is_answered_alike() {
    let world = World::applied().await;
    world.release("1.0.0").await;
    let key = key();
    let first = world.client.start_rollout("development", &deploy("1.0.0"), &key).await.unwrap();
    let request = deploy("1.0.0");
    let calls = (0..8).map(|_| world.client.start_rollout("development", &request, &key));
    for again in futures_util::future::join_all(calls).await {
        assert_eq!(again.unwrap(), first);
    }
    world.ended(&first.rollouts[0]).await;
    let events = world.client.events(&EventsQuery::default()).await.unwrap().items;
    assert_eq!(events.iter().filter(|event| event.kind == "rollout.started").count(), 1);
}

#[tokio::test]
async fn a_release_is_answered_again_when_its_artifact_is_gone() {
    let world = World::applied().await;
    let (wish, key) = (world.wish("1.0.0"), key());
    let first = world.client.create_release(&wish, &key).await.unwrap();
    std::fs::remove_dir_all(world.data.path().join("built")).unwrap();
    assert_eq!(world.client.create_release(&wish, &key).await.unwrap(), first);
}

#[tokio::test]
async fn a_key_is_bound_to_its_request_and_actor() {
    let world = World::applied().await;
    let (wish, key) = (world.wish("1.0.0"), key());
    world.client.create_release(&wish, &key).await.unwrap();
    let mut other = wish.clone();
    other.notes.clear();
    let refused = world.client.create_release(&other, &key).await.unwrap_err();
    assert_eq!((refused.problem().unwrap().status, refused.code()), (422, "idempotency-key-reused"));
    let somebody = world.client.clone().with_actor("ann@example.org");
    assert_eq!(somebody.create_release(&wish, &key).await.unwrap_err().code(), "idempotency-key-reused");
}
