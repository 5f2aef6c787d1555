//! Too large, too slow, too many, and requests that two readers could read differently.
//!
//! Invariant: timeouts are set small, and what is asserted is the answer, not how long it took.
//! Not here: services that fail (`failures`).

mod support;

use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use support::{Client, RawService, Service, eventually, split, start, with};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

fn limited(service: std::net::SocketAddr, more: Value) -> Value {
    with(split("api", &[("1", 10_000, &[service])]), more)
}

#[tokio::test]
async fn headers_over_the_limit_are_431() {
    let service = Service::start("1").await;
    let running = start().await;
    let route = limited(service.address, json!({"limits": {"request_header_bytes_max": 1000}}));
    let address = running.put(1, &route).await;
    let mut client = Client::connect(address).await;
    assert_eq!(client.get_with("/", &format!("x-big: {}\r\n", "y".repeat(800))).await.status, 200);
    let answer = client.get_with("/", &format!("x-big: {}\r\n", "y".repeat(1_000))).await;
    assert_eq!(
        (answer.status, answer.header("x-tidegate-gateway")),
        (431, Some("request-headers-too-large"))
    );
    let mut client = Client::connect(address).await;
    let answer = client.get_with("/", &format!("x-big: {}\r\n", "y".repeat(100_000))).await;
    assert_eq!(answer.status, 431, "over the gateway's own ceiling");
    assert_eq!(service.requests(), 1);
}

#[tokio::test]
async fn a_declared_body_over_the_limit_is_413_without_being_sent_on() {
    let service = Service::start("1").await;
    let running = start().await;
    let address =
        running.put(1, &limited(service.address, json!({"limits": {"request_body_bytes_max": 1000}}))).await;
    let mut client = Client::connect(address).await;
    assert_eq!(client.post("/", &"x".repeat(1_000)).await.status, 200);
    client.say(&format!("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: {}\r\n\r\n", 100 * 1024 * 1024)).await;
    let mut sent = 0_usize;
    let piece = vec![b'x'; 64 * 1024];
    while sent < 100 * 1024 * 1024 && client.tcp.write_all(&piece).await.is_ok() {
        sent += piece.len();
    }
    let answer = client.answer().await;
    assert_eq!((answer.status, answer.header("x-tidegate-gateway")), (413, Some("request-body-too-large")));
    assert_eq!(answer.header("connection"), Some("close"));
    assert_eq!(service.requests(), 1);
}

#[tokio::test]
async fn an_undeclared_body_over_the_limit_is_413_and_never_held() {
    let read = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&read);
    let service = RawService::start(move |mut tcp, _| {
        let counted = Arc::clone(&counted);
        async move {
            let mut space = vec![0; 64 * 1024];
            while let Ok(count) = tcp.read(&mut space).await {
                if count == 0 {
                    return;
                }
                counted.fetch_add(count as u64, Ordering::SeqCst);
            }
        }
    })
    .await;
    let running = start().await;
    let address = running
        .put(1, &limited(service.address, json!({"limits": {"request_body_bytes_max": 1_000_000}})))
        .await;
    let mut client = Client::connect(address).await;
    client.say("POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n").await;
    let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
    for _ in 0..40 {
        if client.tcp.write_all(chunk.as_bytes()).await.is_err() {
            break;
        }
    }
    assert_eq!(client.answer().await.status, 413);
    assert!(read.load(Ordering::SeqCst) < 1_100_000, "what is over the limit is not sent on");
    assert_eq!(running.counters("1").await["live"]["errors"], 0, "the version is not to blame");
}

#[tokio::test]
async fn a_head_that_drips_in_is_408_and_closed() {
    let service = Service::start("1").await;
    let running = start().await;
    let timeouts = json!({"timeouts": {"request_header_ms": 60, "client_idle_ms": 20_000}});
    let address = running.put(1, &limited(service.address, timeouts)).await;
    for before in [0, 1] {
        let mut client = Client::connect(address).await;
        for _ in 0..before {
            assert_eq!(client.get("/").await.status, 200);
        }
        client.say("GET / HTTP/1.1\r\nhost").await;
        let answer = client.answer().await;
        assert_eq!((answer.status, answer.header("x-tidegate-gateway")), (408, Some("request-timeout")));
        assert!(client.rest().await.is_empty());
    }
}

#[tokio::test]
async fn a_preface_that_stops_and_a_connection_that_idles_are_closed() {
    let service = Service::start("1").await;
    let running = start().await;
    let timeouts = json!({"timeouts": {"request_header_ms": 60, "client_idle_ms": 60}});
    let address = running.put(1, &limited(service.address, timeouts)).await;
    for said in ["", "PRI * HTTP/2.0\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"] {
        let mut client = Client::connect(address).await;
        client.say(said).await;
        client.rest().await;
    }
    let mut client = Client::connect(address).await;
    assert_eq!(client.get("/").await.status, 200);
    assert!(client.rest().await.is_empty());
    eventually("no connection is left", || async {
        running.admin("GET", "/v1/health", "").await.1["connections"] == 0
    })
    .await;
}

#[tokio::test]
async fn a_body_that_stops_arriving_is_408() {
    let service = Service::start("1").await;
    let running = start().await;
    let address =
        running.put(1, &limited(service.address, json!({"timeouts": {"request_body_idle_ms": 60}}))).await;
    let mut client = Client::connect(address).await;
    client.say("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\nhalf").await;
    let answer = client.answer().await;
    assert_eq!((answer.status, answer.header("x-tidegate-gateway")), (408, Some("request-timeout")));
    assert_eq!(running.counters("1").await["live"]["errors"], 0);
}

#[tokio::test]
async fn a_client_that_does_not_take_its_response_is_cut_off() {
    let service = RawService::start(|mut tcp, _| async move {
        let mut space = [0; 1024];
        let _ = tcp.read(&mut space).await;
        let _ = tcp.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
        while tcp.write_all(&[b'x'; 8 * 1024]).await.is_ok() {}
    })
    .await;
    let running = start().await;
    let address =
        running.put(1, &limited(service.address, json!({"timeouts": {"response_write_idle_ms": 80}}))).await;
    let mut client = Client::connect(address).await;
    client.say("GET / HTTP/1.1\r\nhost: a\r\n\r\n").await;
    assert!(client.head().await.is_some());
    eventually("it is cut off", || async { running.in_flight("api", "1").await == 0 }).await;
}

#[tokio::test]
async fn more_at_once_than_the_route_takes_is_503() {
    let service = Service::start("1").await;
    let running = support::start_with(|options| options.workers = std::num::NonZeroUsize::new(1)).await;
    let address = running.put(1, &limited(service.address, json!({"limits": {"in_flight_max": 1}}))).await;
    let mut first = Client::connect(address).await;
    first.say("GET /wait HTTP/1.1\r\nhost: a\r\n\r\n").await;
    eventually("it waits", || async { service.waiting() == 1 }).await;
    let answer = support::get(address, "/").await;
    assert_eq!((answer.status, answer.header("x-tidegate-gateway")), (503, Some("route-saturated")));
    service.release(1);
    assert_eq!(first.answer().await.status, 200);
}

#[tokio::test]
async fn requests_that_two_readers_could_read_differently_do_not_get_through() {
    let service = Service::start("1").await;
    let running = start().await;
    let address = running.put(1, &limited(service.address, json!({}))).await;
    for (text, expected) in [
        ("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello", 400),
        ("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: +5\r\n\r\nhello", 400),
        ("POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: gzip\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501),
        (
            "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
            501,
        ),
        ("POST / HTTP/1.0\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding : chunked\r\n\r\n0\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: \x0bchunked\r\n\r\n0\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nhost: a\r\nx: a\rb\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nhost: a\r\n folded: x\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nhost: a\r\nx: a\0b\r\n\r\n", 400),
        ("CONNECT a:80 HTTP/1.1\r\nhost: a\r\n\r\n", 501),
    ] {
        let mut client = Client::connect(address).await;
        client.say(text).await;
        let answer = client.answer().await;
        assert_eq!(answer.status, expected, "{text:?}");
    }
    assert_eq!(service.requests(), 0);
}

/// Both lengths at once: RFC 9112 section 6.3 lets the coding win, if nothing behind it is believed.
#[tokio::test]
async fn a_second_request_hidden_behind_two_lengths_is_not_served() {
    let service = Service::start("1").await;
    let running = start().await;
    let address = running.put(1, &limited(service.address, json!({}))).await;
    for order in [
        "content-length: 4\r\ntransfer-encoding: chunked\r\n",
        "transfer-encoding: chunked\r\ncontent-length: 4\r\n",
    ] {
        let hidden = "GET /hidden HTTP/1.1\r\nhost: a\r\n\r\n";
        let mut client = Client::connect(address).await;
        client.say(&format!("POST /seen HTTP/1.1\r\nhost: a\r\n{order}\r\n0\r\n\r\n{hidden}")).await;
        assert_eq!(client.answer().await.status, 200);
        assert!(client.rest().await.is_empty(), "the connection ends after it");
    }
    let heads = service.heads();
    assert_eq!(heads.len(), 2);
    for head in heads {
        assert!(head.starts_with("POST /seen\n"), "{head}");
        assert!(
            head.contains("transfer-encoding: chunked\n") != head.contains("content-length:"),
            "one framing: {head}"
        );
    }
}

#[tokio::test]
async fn more_connections_than_there_is_room_for_wait_their_turn() {
    let service = Service::start("1").await;
    let running = support::start_with(|options| options.connections_max = 1).await;
    let address = running.put(1, &limited(service.address, json!({}))).await;
    let mut first = Client::connect(address).await;
    assert_eq!(first.get("/").await.status, 200);
    let mut second = Client::connect(address).await;
    second.say("GET / HTTP/1.1\r\nhost: a\r\n\r\n").await;
    assert_eq!(first.get("/").await.status, 200);
    assert_eq!(service.requests(), 2, "the second waits in the queue of the listener");
    drop(first);
    assert_eq!(second.answer().await.status, 200);
}

/// Opening streams and resetting them at once (CVE-2023-44487) ends the connection, not the gateway.
#[tokio::test]
async fn streams_that_are_reset_in_haste_cost_the_connection() {
    const RESET: &[u8] = &[0, 0, 4, 3, 0];
    let service = Service::start("1").await;
    let running = start().await;
    let address = running.put(1, &limited(service.address, json!({}))).await;
    let mut client = Client::connect(address).await;
    let mut flood = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0".to_vec();
    for stream in (1_u32..20_000).step_by(2) {
        // HEADERS with END_HEADERS and END_STREAM: GET (2), http (6), / (4), authority a (1, literal)
        flood.extend_from_slice(&[0, 0, 6, 1, 5]);
        flood.extend_from_slice(&stream.to_be_bytes());
        flood.extend_from_slice(&[0x82, 0x86, 0x84, 0x41, 1, b'a']);
        flood.extend_from_slice(RESET);
        flood.extend_from_slice(&stream.to_be_bytes());
        flood.extend_from_slice(&[0, 0, 0, 8]);
    }
    let _ = client.tcp.write_all(&flood).await; // it may be cut off midway
    client.rest().await;
    assert!(service.requests() < 2_000, "{} of 10000 reached the service", service.requests());
    assert_eq!(support::get(address, "/").await.status, 200);
}
