//! Moving traffic while it flows: nothing is dropped, nothing new begins on the old table.
//!
//! Invariant: every response is read whole and its version counted.
//! Not here: the exactness of shares (`routing`).

mod support;

use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use support::{Client, Service, eventually, split, start, start_with};

#[tokio::test(flavor = "multi_thread")]
async fn switching_under_load_drops_nothing_and_leaves_the_old_version_at_once() {
    let (blue, green) = (Service::start("blue").await, Service::start("green").await);
    let running = start().await;
    let route = |blue_weight, green_weight| {
        split("api", &[("blue", blue_weight, &[blue.address]), ("green", green_weight, &[green.address])])
    };
    let address = running.put(1, &route(10_000, 0)).await;
    let stop = Arc::new(AtomicBool::new(false));
    let answered = Arc::new(AtomicUsize::new(0));
    let clients: Vec<_> = (0..16)
        .map(|_| {
            let (stop, answered) = (Arc::clone(&stop), Arc::clone(&answered));
            tokio::spawn(async move {
                let mut client = Client::connect(address).await;
                while !stop.load(Ordering::SeqCst) {
                    let answer = client.get("/").await;
                    assert_eq!(answer.status, 200, "{answer:?}");
                    assert!(["blue", "green"].contains(&answer.body.as_str()));
                    answered.fetch_add(1, Ordering::SeqCst);
                }
            })
        })
        .collect();
    for position in 2..40 {
        let to_green = position % 2 == 0;
        let (blue_weight, green_weight) = if to_green { (0, 10_000) } else { (10_000, 0) };
        running.put(position, &route(blue_weight, green_weight)).await;
        let (old, name) = if to_green { (&blue, "blue") } else { (&green, "green") };
        eventually("the old version is drained", || async { running.in_flight("api", name).await == 0 })
            .await;
        let after_drain = old.requests();
        let so_far = answered.load(Ordering::SeqCst);
        eventually("traffic goes on", || async { answered.load(Ordering::SeqCst) > so_far + 50 }).await;
        assert_eq!(old.requests(), after_drain, "nothing reaches a drained version without weight");
    }
    stop.store(true, Ordering::SeqCst);
    for client in clients {
        client.await.unwrap();
    }
    assert_eq!(blue.requests() + green.requests(), answered.load(Ordering::SeqCst), "each request once");
}

#[tokio::test]
async fn a_request_under_way_finishes_on_the_version_it_began_with() {
    let (blue, green) = (Service::start("blue").await, Service::start("green").await);
    let running = start().await;
    let address = running.put(1, &split("api", &[("blue", 10_000, &[blue.address])])).await;
    let mut waiting = Client::connect(address).await;
    waiting.say("GET /wait HTTP/1.1\r\nhost: a\r\n\r\n").await;
    eventually("it waits", || async { blue.waiting() == 1 }).await;
    running.put(2, &split("api", &[("green", 10_000, &[green.address])])).await;
    assert_eq!(support::get(address, "/").await.body, "green");
    assert_eq!(
        running.in_flight("api", "blue").await,
        1,
        "the gauge shows who is not drained, also when gone from the split"
    );
    blue.release(1);
    assert_eq!(waiting.answer().await.body, "blue");
    assert_eq!(waiting.get("/").await.body, "green", "the connection moves with its next request");
    assert_eq!(running.in_flight("api", "blue").await, 0);
}

/// What a rolling strategy asks before it stops some instances of a version that goes on serving.
#[tokio::test]
async fn what_is_under_way_is_told_by_endpoint() {
    let (leaving, staying) = (Service::start("leaving").await, Service::start("staying").await);
    let running = start().await;
    let route = |endpoints: &[_]| split("api", &[("1", 10_000, endpoints)]);
    let address = running.put(1, &route(&[leaving.address])).await;
    let mut waiting = Client::connect(address).await;
    waiting.say("GET /wait HTTP/1.1\r\nhost: a\r\n\r\n").await;
    eventually("it waits", || async { leaving.waiting() == 1 }).await;
    running.put(2, &route(&[staying.address])).await;
    let mut other = Client::connect(address).await;
    other.say("GET /wait HTTP/1.1\r\nhost: a\r\n\r\n").await;
    eventually("it waits elsewhere", || async { staying.waiting() == 1 }).await;
    let at = [leaving.address, staying.address];
    assert_eq!(running.in_flight_at("api", "1", at).await, [1, 1]);
    leaving.release(1);
    assert_eq!(waiting.answer().await.body, "leaving");
    assert_eq!(running.in_flight_at("api", "1", at).await, [0, 1], "one is idle, its version is not");
    staying.release(1);
    assert_eq!(other.answer().await.body, "staying");
    assert_eq!(running.in_flight_at("api", "1", at).await, [0, 0]);
}

#[tokio::test]
async fn kept_connections_to_a_version_that_left_are_closed() {
    let (blue, green) = (Service::start("blue").await, Service::start("green").await);
    let running = start().await;
    let address = running.put(1, &split("api", &[("blue", 10_000, &[blue.address])])).await;
    assert_eq!(support::get(address, "/").await.body, "blue");
    drop(blue);
    running.put(2, &split("api", &[("green", 10_000, &[green.address])])).await;
    assert_eq!(support::get(address, "/").await.body, "green");
}

#[tokio::test]
async fn a_route_can_move_to_another_address_and_go_offline_and_come_back() {
    let service = Service::start("1").await;
    let running = start().await;
    let address = running.put(1, &split("api", &[("1", 10_000, &[service.address])])).await;
    let mut client = Client::connect(address).await;
    assert_eq!(client.get("/").await.status, 200);
    let offline = json!({"id": "api", "listen": "127.0.0.1:0", "serving": {"offline": {"reason": "r", "retry_after_seconds": 1}}});
    running.put(2, &offline).await;
    assert_eq!(client.get("/").await.status, 503, "on the connection that was open");
    running.put(3, &split("api", &[("1", 10_000, &[service.address])])).await;
    assert_eq!(client.get("/").await.status, 200);
    let (status, _) =
        running.admin("DELETE", "/v1/routes/api", r#"{"generation":{"fence":1,"position":4}}"#).await;
    assert_eq!(status, 200);
    assert!(client.rest().await.is_empty(), "connections of a listener that is gone are closed");
    eventually("nobody listens", || async { tokio::net::TcpStream::connect(address).await.is_err() }).await;
}

#[tokio::test]
async fn stopping_lets_requests_finish_and_takes_no_new_ones() {
    let service = Service::start("1").await;
    let mut running = start_with(|_| {}).await;
    let address = running.put(1, &split("api", &[("1", 10_000, &[service.address])])).await;
    let mut idle = Client::connect(address).await;
    assert_eq!(idle.get("/").await.status, 200);
    let mut client = Client::connect(address).await;
    client.say("GET /wait HTTP/1.1\r\nhost: a\r\n\r\n").await;
    eventually("it waits", || async { service.waiting() == 1 }).await;
    let gateway = running.gateway.take().unwrap();
    let stopping = tokio::spawn(gateway.stop());
    assert!(idle.rest().await.is_empty(), "an idle connection is closed");
    eventually("nobody listens", || async { tokio::net::TcpStream::connect(address).await.is_err() }).await;
    service.release(1);
    assert_eq!(client.answer().await.body, "1");
    stopping.await.unwrap();
}
