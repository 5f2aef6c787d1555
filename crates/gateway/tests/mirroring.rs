//! Copies of requests: sent, counted, never waited for, never answered from.
//!
//! Invariant: the live answer is asserted before the copy's fate.
//! Not here: comparing versions, which the control plane does from the counters.

mod support;

use serde_json::{Value, json};
use support::{Client, RawService, Service, eventually, split, start_with, with};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

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

/// Answers each path as `says` has it: the lines of the head behind the status, and the body.
async fn saying(says: fn(&str) -> (u16, &'static str, String)) -> RawService {
    RawService::start(move |mut tcp, _| async move {
        let mut asked = Vec::new();
        while !asked.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            if tcp.read(&mut byte).await.unwrap_or(0) == 0 {
                return;
            }
            asked.push(byte[0]);
        }
        let asked = String::from_utf8_lossy(&asked);
        let (status, head, body) = says(asked.split(' ').nth(1).unwrap_or_default());
        let length = if head.contains("chunked") {
            let (first, rest) = body.split_at(body.len() / 2);
            let chunk = |part: &str| format!("{:x}\r\n{part}\r\n", part.len());
            let body = format!("{}{}0\r\n\r\n", chunk(first), chunk(rest));
            format!("{head}connection: close\r\n\r\n{body}")
        } else {
            format!("{head}content-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
        };
        let _gone = tcp.write_all(format!("HTTP/1.1 {status} X\r\n{length}").as_bytes()).await;
    })
    .await
}

const JSON: &str = "content-type: application/json\r\n";

fn of_stable(path: &str) -> (u16, &'static str, String) {
    match path {
        "/json" => (200, JSON, r#"{"price":1,"tags":["a"]}"#.to_owned()),
        "/gzip" => (200, "content-encoding: gzip\r\n", "one way".to_owned()),
        "/long" => (200, "", "x".repeat(64 * 1024 + 1)),
        "/full" => (200, "", "x".repeat(64 * 1024)),
        "/stream" => (200, "transfer-encoding: chunked\r\n", "piece by piece".to_owned()),
        "/fails-here" => (503, "", "stable fails".to_owned()),
        "/empty" => (204, "", String::new()),
        _ => (200, "", "the answer".to_owned()),
    }
}

fn of_shadow(path: &str) -> (u16, &'static str, String) {
    match path {
        "/json" => (200, JSON, r#"{ "tags": ["a"], "price": 1 }"#.to_owned()),
        "/gzip" => (200, "content-encoding: gzip\r\n", "another way".to_owned()),
        "/stream" => (200, "", "piece by piece".to_owned()),
        "/other" => (200, "", "another answer".to_owned()),
        "/status" => (404, "", "the answer".to_owned()),
        "/fails" => (500, "", "the answer".to_owned()),
        _ => of_stable(path),
    }
}

/// Same, different, not compared, failed.
type Counts = (u64, u64, u64, u64);

#[tokio::test]
async fn answers_to_copies_are_compared_where_that_is_asked() {
    let (stable, shadow) = (saying(of_stable).await, saying(of_shadow).await);
    let running = one_worker().await;
    let versions = [("1.0.0", 10_000, &[stable.address][..]), ("2.0.0", 0, &[shadow.address][..])];
    let mirror = json!({"version": "2.0.0", "share": 10_000, "compare_body": true});
    let address = running.put(1, &with(split("api", &versions), json!({"mirror": mirror}))).await;
    let (_, state) = running.admin("GET", "/v1/routes/api", "").await;
    assert_eq!(state["route"]["mirror"]["compare_body"], true);
    let counted = || async {
        let counters = running.counters("2.0.0").await;
        let mirror = counters["mirror"].clone();
        let read = |name: &str| mirror[name].as_u64().unwrap_or(0);
        (read("same"), read("different"), read("uncompared"), read("failures"))
    };
    let mut expect: Counts = (0, 0, 0, 0);
    let table: [(&str, Counts); 11] = [
        ("/", (1, 0, 0, 0)),
        ("/json", (1, 0, 0, 0)),
        ("/stream", (1, 0, 0, 0)),
        ("/full", (1, 0, 0, 0)),
        ("/empty", (1, 0, 0, 0)),
        ("/other", (0, 1, 0, 0)),
        ("/status", (0, 1, 0, 0)),
        ("/gzip", (0, 0, 1, 0)),
        ("/long", (0, 0, 1, 0)),
        ("/fails-here", (0, 0, 0, 1)),
        ("/fails", (0, 0, 0, 1)),
    ];
    for (path, more) in table {
        let mut client = Client::connect(address).await;
        let (status, _, body) = of_stable(path);
        let answer = client.get(path).await;
        assert_eq!((answer.status, answer.body), (status, body), "{path}: users get what stable says");
        expect = (expect.0 + more.0, expect.1 + more.1, expect.2 + more.2, expect.3 + more.3);
        eventually(&format!("{path} is counted as {more:?}"), || async { counted().await == expect }).await;
    }
    let (_, metrics) = running.admin("GET", "/metrics", "").await;
    let line = "tidegate_gateway_mirrored_different_total{route=\"api\",version=\"2.0.0\"} 2\n";
    assert!(metrics.as_str().unwrap().contains(line));
    // Who does not ask for it pays nothing for it.
    let mirror = json!({"version": "2.0.0", "share": 10_000});
    running.put(2, &with(split("api", &versions), json!({"mirror": mirror}))).await;
    assert_eq!(Client::connect(address).await.get("/other").await.status, 200);
    eventually("the copy is answered", || async {
        running.counters("2.0.0").await["mirror"]["requests"] == 12
    })
    .await;
    assert_eq!(counted().await, expect);
}

#[tokio::test]
async fn a_user_who_leaves_in_the_middle_is_no_difference() {
    let (stable, shadow) = (Service::start("1.0.0").await, Service::start("1.0.0").await);
    let running = one_worker().await;
    let mirror = json!({"version": "2.0.0", "share": 10_000, "compare_body": true});
    let address = running.put(1, &mirrored(&stable, &shadow, &mirror)).await;
    let mut tcp = tokio::net::TcpStream::connect(address).await.unwrap();
    tcp.write_all(b"GET /wait HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    eventually("both wait", || async { stable.waiting() == 1 && shadow.waiting() == 1 }).await;
    drop(tcp);
    shadow.release(1);
    eventually("the copy is counted as not compared", || async {
        running.counters("2.0.0").await["mirror"]["uncompared"] == 1
    })
    .await;
    let counted = running.counters("2.0.0").await;
    assert_eq!(
        (counted["mirror"]["same"].as_u64(), counted["mirror"]["different"].as_u64()),
        (Some(0), Some(0))
    );
}
