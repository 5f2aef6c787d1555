//! Copies of requests: sent, counted, never waited for, never answered from.
//!
//! Invariant: the live answer is asserted before the copy's fate.
//! Not here: comparing versions, which the control plane does from the counters.

mod support;

use serde_json::{Value, json};
use support::{Client, Service, eventually, split, start_with, with};

fn mirrored(stable: &Service, shadow: &Service, mirror: &Value) -> Value {
    let versions = [("1.0.0", 10_000, &[stable.address][..]), ("2.0.0", 0, &[shadow.address][..])];
    with(split("api", &versions), json!({"mirror": mirror}))
}

async fn one_worker() -> support::Running {
    start_with(|options| options.workers = std::num::NonZeroUsize::new(1)).await
}

#[tokio::test]
async fn a_share_is_copied_and_the_answers_are_thrown_away() {
    let (stable, shadow) = (Service::start("1.0.0").await, Service::start("2.0.0").await);
    let running = one_worker().await;
    let address =
        running.put(1, &mirrored(&stable, &shadow, &json!({"version": "2.0.0", "share": 2500}))).await;
    let mut client = Client::connect(address).await;
    for _ in 0..10_000 / 25 {
        assert_eq!(client.get("/").await.body, "1.0.0");
    }
    eventually("the copies are answered", || async {
        running.counters("2.0.0").await["mirror"]["requests"].as_u64().unwrap() >= 99
    })
    .await;
    let copied = shadow.requests();
    assert!((99..=101).contains(&copied), "a quarter of 400, not {copied}");
    assert!(shadow.heads().iter().all(|head| head.contains("x-tidegate-mirrored: true\n")));
    let counted = running.counters("2.0.0").await;
    assert_eq!(
        (counted["live"]["requests"].as_u64(), counted["mirror"]["errors"].as_u64()),
        (Some(0), Some(0))
    );
}

#[tokio::test]
async fn a_mirror_that_hangs_or_is_gone_delays_nobody_and_drops_are_counted() {
    let (stable, shadow) = (Service::start("1.0.0").await, Service::start("2.0.0").await);
    let running = one_worker().await;
    let mirror = json!({"version": "2.0.0", "share": 10_000, "concurrency_max": 3});
    let address = running.put(1, &mirrored(&stable, &shadow, &mirror)).await;
    let mut client = Client::connect(address).await;
    stable.release(20);
    for _ in 0..20 {
        assert_eq!(client.get("/wait").await.body, "1.0.0", "the shadow's gate stays shut");
    }
    eventually("three copies wait", || async { shadow.waiting() == 3 }).await;
    let counted = running.counters("2.0.0").await;
    assert_eq!(
        (counted["mirror"]["dropped"].as_u64(), counted["mirror"]["in_flight"].as_u64()),
        (Some(17), Some(3))
    );
    let (_, metrics) = running.admin("GET", "/metrics", "").await;
    assert!(
        metrics
            .as_str()
            .unwrap()
            .contains("tidegate_gateway_mirror_dropped_total{route=\"api\",version=\"2.0.0\"} 17\n")
    );
    drop(shadow);
    assert_eq!(client.get("/").await.body, "1.0.0");
}

#[tokio::test]
async fn what_changes_something_is_copied_only_when_asked_and_with_its_body() {
    let (stable, shadow) = (Service::start("1.0.0").await, Service::start("2.0.0").await);
    let running = one_worker().await;
    let mirror =
        |all| json!({"version": "2.0.0", "share": 10_000, "all_methods": all, "body_bytes_max": 100});
    let address = running.put(1, &mirrored(&stable, &shadow, &mirror(false))).await;
    let mut client = Client::connect(address).await;
    assert_eq!(client.post("/", "order 1").await.status, 200);
    running.put(2, &mirrored(&stable, &shadow, &mirror(true))).await;
    assert_eq!(client.post("/", "order 2").await.status, 200);
    assert_eq!(client.post("/", &"x".repeat(101)).await.status, 200);
    assert_eq!(client.get("/").await.status, 200);
    eventually("two copies arrive", || async { shadow.requests() == 2 }).await;
    let mut bodies = shadow.bodies();
    bodies.sort();
    assert_eq!(bodies, ["", "order 2"]);
    eventually("too long a body counts as dropped", || async {
        running.counters("2.0.0").await["mirror"]["dropped"] == 1
    })
    .await;
    assert_eq!(stable.bodies().len(), 4);
}
