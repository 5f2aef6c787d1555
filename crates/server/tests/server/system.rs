//! `/health`, `/audit`, `/metrics`.

use tidegate_client::api::ChainState;

use crate::support::{World, until};

#[tokio::test]
async fn health_tells_of_store_and_gateway() {
    let world = World::start().await;
    let health = until("all is well", || async {
        let health = world.client.health().await.unwrap();
        health.ok.then_some(health)
    })
    .await;
    assert_eq!(health.version, env!("CARGO_PKG_VERSION"));
    assert_eq!(health.gateway.instance_id.as_ref(), Some(&world.gateway.ready().instance_id));
    // What is named first goes last: the server needs its directory to the end.
    let World { data: _data, server: _server, client, gateway, .. } = world;
    tokio::task::spawn_blocking(move || drop(gateway)).await.unwrap();
    let ill = until("the gateway's end is seen", || async {
        let health = client.health().await.unwrap();
        (!health.ok).then_some(health)
    })
    .await;
    assert!(ill.store.ok && ill.gateway.detail.is_some_and(|detail| detail.contains("does not answer")));
}

#[tokio::test]
async fn the_log_is_verified() {
    let world = World::live().await;
    let audit = world.client.audit().await.unwrap();
    assert_eq!((audit.chain, audit.head.len()), (ChainState::Ok, 64));
    assert!(audit.events > 5);
}

#[tokio::test]
async fn metrics_are_prometheus_text() {
    let world = World::live().await;
    let response = reqwest::get(format!("{}/metrics", world.server.url)).await.unwrap();
    assert!(response.headers()["content-type"].to_str().unwrap().starts_with("text/plain; version=0.0.4"));
    let text = response.text().await.unwrap();
    let value = |name: &str| -> u64 {
        let line = text.lines().find(|line| line.starts_with(&format!("{name} "))).unwrap();
        line.rsplit(' ').next().unwrap().parse().unwrap()
    };
    assert!(value("tidegate_events_total") > 5 && value("tidegate_ticks_total") > 0, "{text}");
    assert_eq!(value("tidegate_tick_panics_total"), 0);
}
