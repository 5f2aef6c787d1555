//! Services that refuse, stall, break off or talk nonsense, and what users and counters see.
//!
//! Invariant: every answer of the gateway says why, and a failure is counted for the version that failed.
//! Not here: limits on what clients send (`limits`).

#![allow(clippy::unwrap_used)] // tests may unwrap, their helpers too

mod support;

use serde_json::{Value, json};
use std::net::SocketAddr;
use support::{Client, RawService, Service, eventually, split, start, with};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// An address on which nothing listens.
async fn nobody() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap()
}

async fn saying(text: &'static str) -> RawService {
    RawService::start(move |mut tcp, _| async move {
        let mut space = [0; 4096];
        let _ = tcp.read(&mut space).await;
        let _ = tcp.write_all(text.as_bytes()).await;
        let _ = tcp.shutdown().await;
        while tcp.read(&mut space).await.is_ok_and(|count| count > 0) {}
    })
    .await
}

#[tokio::test]
async fn each_failure_has_its_answer() {
    let running = start().await;
    let stalling = RawService::start(|mut tcp, _| async move {
        let mut space = [0; 1024];
        while tcp.read(&mut space).await.is_ok_and(|count| count > 0) {}
    })
    .await;
    let closing = saying("").await;
    let nonsense = saying("SMTP ready\r\n\r\n").await;
    let bloated =
        saying(Box::leak(format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n", "y".repeat(300_000)).into_boxed_str()))
            .await;
    let unasked =
        saying("HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n").await;
    let ambiguous = saying("HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab").await;
    let cases = [
        ("refused", nobody().await),
        ("closed", closing.address),
        ("nonsense", nonsense.address),
        ("bloated", bloated.address),
        ("unasked-upgrade", unasked.address),
        ("two-lengths", ambiguous.address),
        ("stalled", stalling.address),
    ];
    let mut seen = Vec::new();
    for (name, endpoint) in cases {
        let more = json!({"path_prefix": format!("/{name}"), "timeouts": {"upstream_response_ms": 50}});
        let address = running.put(1, &with(split(name, &[("1.1.0", 10_000, &[endpoint])]), more)).await;
        let answer = support::client::Client::connect(address)
            .await
            .get_with(&format!("/{name}"), "x-request-id: r1\r\n")
            .await;
        let problem: Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!(answer.header("x-tidegate-gateway"), problem["code"].as_str());
        assert_eq!(answer.header("content-type"), Some("application/problem+json"));
        seen.push(format!("{name}: {}", serde_json::to_string_pretty(&problem).unwrap()));
        let (_, state) = running.admin("GET", "/v1/counters", "").await;
        let counted =
            state["routes"].as_array().unwrap().iter().find(|route| route["id"] == name).unwrap().clone();
        let live = &counted["versions"][0]["live"];
        assert_eq!((live["requests"].as_u64(), live["errors"].as_u64()), (Some(1), Some(1)), "{name}");
    }
    insta::assert_snapshot!(seen.join("\n"));
}

#[tokio::test]
async fn a_connection_that_is_never_accepted_is_504() {
    // A listener whose queue is full: connecting neither succeeds nor fails.
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    socket.bind(&"127.0.0.1:0".parse::<SocketAddr>().unwrap().into()).unwrap();
    socket.listen(0).unwrap();
    let endpoint = socket.local_addr().unwrap().as_socket().unwrap();
    let filling: Vec<_> = (0..4).map(|_| tokio::spawn(tokio::net::TcpStream::connect(endpoint))).collect();
    let running = start().await;
    let more = json!({"timeouts": {"upstream_connect_ms": 50}, "retries": {"retries_max": 0}});
    let address = running.put(1, &with(split("api", &[("1", 10_000, &[endpoint])]), more)).await;
    let answer = support::get(address, "/").await;
    assert_eq!((answer.status, answer.header("x-tidegate-gateway")), (504, Some("upstream-connect-timeout")));
    filling.iter().for_each(tokio::task::JoinHandle::abort);
}

#[tokio::test]
async fn a_response_broken_off_is_not_passed_off_as_whole() {
    let service = saying("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nonly this").await;
    let running = start().await;
    let address = running.put(1, &split("api", &[("1", 10_000, &[service.address])])).await;
    let mut client = Client::connect(address).await;
    client.say("GET / HTTP/1.1\r\nhost: a\r\n\r\n").await;
    assert_eq!(client.try_answer().await, None, "the client can see that it is cut");
    eventually("it counts as an error", || async { running.counters("1").await["live"]["errors"] == 1 })
        .await;
}

#[tokio::test]
async fn another_endpoint_is_tried_when_one_refuses_and_the_one_is_passed_over() {
    let service = Service::start("1").await;
    let running = start().await;
    let endpoints = [nobody().await, service.address];
    let address = running.put(1, &split("api", &[("1", 10_000, &endpoints)])).await;
    let mut client = Client::connect(address).await;
    for n in 0..20 {
        let answer = if n % 2 == 0 { client.get("/").await } else { client.post("/", "body").await };
        assert_eq!(
            answer.status, 200,
            "a connection that was never made may be tried again, whatever the method"
        );
    }
    let counted = running.counters("1").await;
    assert_eq!(
        (counted["live"]["requests"].as_u64(), counted["live"]["errors"].as_u64()),
        (Some(20), Some(0))
    );
    assert!(counted["live"]["retries"].as_u64().unwrap() >= 1);
    let (_, metrics) = running.admin("GET", "/metrics", "").await;
    let refusals =
        format!("endpoint_refusals_total{{route=\"api\",version=\"1\",endpoint=\"{}\"}}", endpoints[0]);
    assert!(metrics.as_str().unwrap().contains(&refusals), "{metrics}");
}

/// What users do not see must be seen by whoever judges the version.
#[tokio::test]
async fn a_failure_that_a_further_attempt_hides_counts_as_one_of_its_version() {
    // The first connection is closed without a word, the others answer.
    let shaky = RawService::start(|mut tcp, number| async move {
        let mut space = [0; 1024];
        let _ = tcp.read(&mut space).await;
        if number > 0 {
            let _ = tcp.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await;
        }
    })
    .await;
    let running = start().await;
    let address = running.put(1, &split("api", &[("1", 10_000, &[shaky.address])])).await;
    assert_eq!(support::get(address, "/").await.status, 200);
    assert_eq!(support::get(address, "/").await.status, 200);
    let live = &running.counters("1").await["live"];
    let counted =
        ["requests", "errors", "failures", "attempts_failed", "retries"].map(|key| live[key].as_u64());
    assert_eq!(counted, [Some(2), Some(0), Some(1), Some(1), Some(1)]);
    let (_, metrics) = running.admin("GET", "/metrics", "").await;
    let metrics = metrics.as_str().unwrap();
    for name in ["failures", "attempts_failed"] {
        let line = format!("tidegate_gateway_{name}_total{{route=\"api\",version=\"1\"}} 1");
        assert!(metrics.contains(&line), "{metrics}");
    }
}

#[tokio::test]
async fn a_request_that_fails_at_every_attempt_is_one_failure() {
    let closing = saying("").await;
    let running = start().await;
    let address = running.put(1, &split("api", &[("1", 10_000, &[closing.address])])).await;
    assert_eq!(support::get(address, "/").await.status, 502);
    let live = &running.counters("1").await["live"];
    let counted =
        ["requests", "errors", "failures", "attempts_failed", "retries"].map(|key| live[key].as_u64());
    assert_eq!(counted, [Some(1), Some(1), Some(1), Some(3), Some(2)]);
}

#[tokio::test]
async fn only_what_is_safe_is_sent_again() {
    for (method, fields, attempts) in [
        ("GET", "", 3),
        ("DELETE", "", 3),
        ("POST", "content-length: 0\r\n", 1),
        ("PUT", "content-length: 2\r\n", 1),
        ("PATCH", "content-length: 0\r\n", 1),
    ] {
        let service = saying("").await;
        let running = start().await;
        let address = running.put(1, &split("api", &[("1", 10_000, &[service.address])])).await;
        let mut client = Client::connect(address).await;
        let body = if method == "PUT" { "ab" } else { "" };
        client.say(&format!("{method} / HTTP/1.1\r\nhost: a\r\n{fields}\r\n{body}")).await;
        assert_eq!(client.answer().await.status, 502);
        assert_eq!(service.connections(), attempts, "{method}");
    }
}

#[tokio::test]
async fn an_answer_of_the_service_is_never_a_reason_to_try_again() {
    let service = Service::start("1").await;
    let running = start().await;
    let address = running.put(1, &split("api", &[("1", 10_000, &[service.address])])).await;
    let answer = support::get(address, "/status/503").await;
    assert_eq!((answer.status, answer.header("x-tidegate-gateway")), (503, None));
    assert_eq!(service.requests(), 1);
    let counted = running.counters("1").await;
    assert_eq!((counted["live"]["errors"].as_u64(), counted["live"]["retries"].as_u64()), (Some(1), Some(0)));
}

/// A service that closes each kept connection after one answer, as one that restarts does.
#[tokio::test]
async fn a_kept_connection_that_the_service_closed_costs_no_request() {
    let service = RawService::start(|mut tcp, _| async move {
        let mut space = [0; 1024];
        let _ = tcp.read(&mut space).await;
        let _ = tcp.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await;
    })
    .await;
    let running = start().await;
    let address = running.put(1, &split("api", &[("1", 10_000, &[service.address])])).await;
    let mut client = Client::connect(address).await;
    for n in 0..50 {
        let answer = if n % 2 == 0 { client.get("/").await } else { client.post("/", "x").await };
        assert_eq!(answer.status, 200, "request {n}");
    }
    let live = &running.counters("1").await["live"];
    assert_eq!((live["errors"].as_u64(), live["requests"].as_u64()), (Some(0), Some(50)));
}

#[tokio::test]
async fn a_client_that_leaves_is_no_error_of_the_version() {
    let service = Service::start("1").await;
    let running = start().await;
    let address = running.put(1, &split("api", &[("1", 10_000, &[service.address])])).await;
    let mut client = Client::connect(address).await;
    client.say("GET /wait HTTP/1.1\r\nhost: a\r\n\r\n").await;
    eventually("it waits", || async { service.waiting() == 1 }).await;
    drop(client);
    eventually("it is counted", || async { running.counters("1").await["live"]["aborted"] == 1 }).await;
    let live = &running.counters("1").await["live"];
    assert_eq!(
        (live["requests"].as_u64(), live["errors"].as_u64(), live["in_flight"].as_u64()),
        (Some(0), Some(0), Some(0))
    );
    service.release(1);
}
