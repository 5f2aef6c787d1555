//! A version seen at an address of its own before users see it.
//!
//! Invariant: users' requests never go there, and whoever comes there meets the version in preview or is told that
//! there is none.
//! Not here: when a version stands in preview (the strategies).

#![allow(clippy::unwrap_used)] // tests may unwrap, their helpers too

mod support;

use serde_json::{Value, json};
use std::net::SocketAddr;
use support::{Service, eventually, get, split, start, with};

async fn free() -> SocketAddr {
    tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap()
}

fn previewed(blue: &Service, green: &Service, (listen, version): (SocketAddr, Option<&str>)) -> Value {
    let versions = [("blue", 10_000, &[blue.address][..]), ("green", 0, &[green.address][..])];
    with(split("api", &versions), json!({"preview": {"listen": listen, "version": version}}))
}

#[tokio::test]
async fn an_address_of_its_own_leads_to_the_version_in_preview_and_only_that() {
    let (blue, green, preview) = (Service::start("blue").await, Service::start("green").await, free().await);
    let running = start().await;
    let users = running.put(1, &previewed(&blue, &green, (preview, None))).await;
    let empty = get(preview, "/").await;
    assert_eq!((empty.status, empty.header("x-tidegate-gateway")), (503, Some("preview-empty")));
    assert!(empty.body.contains("no version of api stands in preview now"), "{}", empty.body);
    assert_eq!(get(users, "/").await.body, "blue");

    running.put(2, &previewed(&blue, &green, (preview, Some("green")))).await;
    for _ in 0..20 {
        assert_eq!(get(preview, "/").await.body, "green");
        assert_eq!(get(users, "/").await.body, "blue");
    }
    assert_eq!(running.counters("green").await["live"]["requests"], 20, "they count as the candidate's");
    assert_eq!(green.requests(), 20);

    // The switch: users see it, and nobody stands in preview.
    let switched =
        with(split("api", &[("green", 10_000, &[green.address])]), json!({"preview": {"listen": preview}}));
    running.put(3, &switched).await;
    assert_eq!((get(users, "/").await.body.as_str(), get(preview, "/").await.status), ("green", 503));

    running.put(4, &split("api", &[("green", 10_000, &[green.address])])).await;
    eventually("nobody listens", || async { tokio::net::TcpStream::connect(preview).await.is_err() }).await;
}

#[tokio::test]
async fn a_preview_address_is_nobody_elses() {
    let (blue, green) = (Service::start("blue").await, Service::start("green").await);
    let running = start().await;
    let (first, second) = (free().await, free().await);
    let own = with(split("api", &[("blue", 10_000, &[blue.address])]), json!({"listen": first}));
    let own = with(own, json!({"preview": {"listen": first}}));
    assert_eq!(running.try_put((1, 1), &own).await.1["code"], "route-invalid");
    let shown = with(previewed(&blue, &green, (second, Some("green"))), json!({"listen": first}));
    running.put(1, &shown).await;
    for (name, more) in [
        ("its users' address", json!({"listen": second})),
        ("its preview", json!({"listen": free().await, "preview": {"listen": first}})),
        ("another preview", json!({"listen": free().await, "preview": {"listen": second}})),
    ] {
        let other = with(split("web", &[("blue", 10_000, &[blue.address])]), more);
        let (status, body) = running.try_put((1, 1), &other).await;
        assert_eq!((status, body["code"].as_str()), (409, Some("route-overlaps")), "{name}: {body}");
    }
    let unknown = with(shown, json!({"preview": {"listen": second, "version": "red"}}));
    assert_eq!(running.try_put((2, 1), &unknown).await.1["code"], "route-invalid");
}

/// Taking requests off a bad version must not wait for a port that only previews need.
#[tokio::test]
async fn a_preview_address_that_is_taken_keeps_no_user_waiting() {
    let (blue, green) = (Service::start("blue").await, Service::start("green").await);
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let preview = taken.local_addr().unwrap();
    let running = start().await;
    let users = running.put(1, &previewed(&blue, &green, (preview, Some("green")))).await;
    assert_eq!(get(users, "/").await.body, "blue");
    let listener =
        || async { running.admin("GET", "/v1/routes/api", "").await.1["preview_listener"].clone() };
    assert!(listener().await["failure"].is_string(), "{}", listener().await);
    drop(taken);
    eventually("it listens", || async { listener().await["bound"].is_string() }).await;
    assert_eq!(get(preview, "/").await.body, "green");
}
