//! The adapter against the real gateway: set, read back, refuse the stale, count.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use tidegate_domain::environment::RouteSpec;
use tidegate_domain::id::SlotId;
use tidegate_domain::name::Version;
use tidegate_domain::weight::Weight;
use tidegate_gateway::{Gateway, Options};
use tidegate_ports::{
    Backend, Counted, FaultKind, Generation, MetricSource, MetricsQuery, OfVersions, RouteIntent, Serving,
    TrafficRouter,
};
use tidegate_traffic::{GatewayMetrics, GatewayRouter};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

struct Bench {
    gateway: Gateway,
    url: String,
    directory: tempfile::TempDir,
}

async fn bench() -> Bench {
    let dir = tempfile::tempdir().unwrap();
    let options = Options::new("127.0.0.1:0".parse().unwrap(), dir.path().join("routes.json"));
    let gateway = Gateway::start(options).await.unwrap();
    let url = format!("http://{}", gateway.ready().admin);
    Bench { gateway, url, directory: dir }
}

/// Answers every request with 200, or 500 where `fails`.
async fn service(fails: bool) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let answer: Arc<str> = format!(
        "HTTP/1.1 {}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
        if fails { "500 no" } else { "200 yes" }
    )
    .into();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let answer = Arc::clone(&answer);
            tokio::spawn(async move {
                let mut buffer = [0; 4096];
                let _ = stream.read(&mut buffer).await;
                let _ = stream.write_all(answer.as_bytes()).await;
            });
        }
    });
    address
}

/// Answers with 200, but closes every other connection without a word.
async fn flaky_service() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        for number in 0_u64.. {
            let Ok((mut stream, _)) = listener.accept().await else { return };
            tokio::spawn(async move {
                let _ = stream.read(&mut [0; 4096]).await;
                if number % 2 == 1 {
                    let answer = b"HTTP/1.1 200 yes\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
                    let _ = stream.write_all(answer).await;
                }
            });
        }
    });
    address
}

async fn free_address() -> String {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().to_string()
}

fn slot() -> SlotId {
    SlotId { environment: "production".parse().unwrap(), component: "api".parse().unwrap() }
}

fn version(text: &str) -> Version {
    Version::new(text).unwrap()
}

fn intent(listen: &str, split: &[(&str, u16, &str)]) -> RouteIntent {
    let backend = |(name, points, at): &(&str, u16, &str)| Backend {
        version: version(name),
        weight: Weight::from_basis_points(*points).unwrap(),
        endpoints: vec![(*at).to_owned()],
    };
    RouteIntent {
        slot: slot(),
        route: RouteSpec {
            listen: listen.to_owned(),
            hosts: Vec::new(),
            path_prefix: "/".to_owned(),
            strip_prefix: false,
            sticky: None,
            preview: None,
        },
        serving: Serving::Split(split.iter().map(backend).collect()),
        matches: None,
        mirror: None,
    }
}

fn generation(position: u64, fence: u64) -> Generation {
    Generation { position, fence }
}

#[tokio::test]
async fn a_route_is_set_read_back_and_counted() {
    let bench = bench().await;
    let (good, bad, listen) = (service(false).await, service(true).await, free_address().await);
    let router = GatewayRouter::new(&bench.url).unwrap();
    let split = intent(&listen, &[("1.0.0", 7500, &good), ("1.1.0", 2500, &bad)]);
    let seen = router.apply(generation(1, 1), &split).await.unwrap();
    assert_eq!(seen.serving, split.serving);
    assert_eq!(router.read(&slot()).await.unwrap().unwrap().serving, split.serving);
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    for _ in 0..40 {
        client.get(format!("http://{listen}/")).send().await.unwrap();
    }
    let metrics = GatewayMetrics::new(&bench.url).unwrap();
    let query = MetricsQuery::Versions(OfVersions {
        slot: slot(),
        stable: Some(version("1.0.0")),
        candidate: version("1.1.0"),
        counted: Counted::Requests,
    });
    let measured = metrics.measure(&query).await.unwrap();
    let (stable, candidate) = (&measured.stable[0], &measured.candidate[0]);
    assert_eq!((stable.requests + candidate.requests, stable.errors), (40, 0));
    assert_eq!(candidate.errors, candidate.requests);
    assert!(candidate.requests > 0);
    assert_eq!(candidate.buckets.len(), measured.edges_ms.len() + 1);
    bench.gateway.stop().await;
}

/// The gateway sends again what a version dropped, and the analysis must not be fooled by that.
#[tokio::test]
async fn a_failure_that_users_did_not_see_is_an_error_of_its_version() {
    let bench = bench().await;
    let (good, flaky, listen) = (service(false).await, flaky_service().await, free_address().await);
    let router = GatewayRouter::new(&bench.url).unwrap();
    let split = intent(&listen, &[("1.0.0", 5000, &good), ("1.1.0", 5000, &flaky)]);
    router.apply(generation(1, 1), &split).await.unwrap();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    for _ in 0..20 {
        let answer = client.get(format!("http://{listen}/")).send().await.unwrap();
        assert!(answer.status().is_success(), "nobody sees it");
    }
    let metrics = GatewayMetrics::new(&bench.url).unwrap();
    let query = MetricsQuery::Versions(OfVersions {
        slot: slot(),
        stable: Some(version("1.0.0")),
        candidate: version("1.1.0"),
        counted: Counted::Requests,
    });
    let measured = metrics.measure(&query).await.unwrap();
    assert_eq!(measured.stable[0].errors, 0);
    let candidate = &measured.candidate[0];
    assert!(candidate.requests > 0);
    assert_eq!(candidate.errors, candidate.requests, "each was failed once before it was answered");
    bench.gateway.stop().await;
}

#[tokio::test]
async fn an_overtaken_writer_is_told_to_stop() {
    let bench = bench().await;
    let (good, listen) = (service(false).await, free_address().await);
    let router = GatewayRouter::new(&bench.url).unwrap();
    let all = intent(&listen, &[("1.0.0", 10_000, &good)]);
    router.apply(generation(5, 2), &all).await.unwrap();
    let other = intent(&listen, &[("9.9.9", 10_000, &good)]);
    for stale in [generation(4, 9), generation(5, 1)] {
        let fault = router.apply(stale, &other).await.unwrap_err();
        assert_eq!((fault.kind, fault.code), (FaultKind::Drop, "stale-generation"));
    }
    assert_eq!(router.read(&slot()).await.unwrap().unwrap().serving, all.serving);
    bench.gateway.stop().await;
}

#[tokio::test]
async fn endpoints_may_change_within_one_intent() {
    let bench = bench().await;
    let (first, second, listen) = (service(false).await, service(false).await, free_address().await);
    let router = GatewayRouter::new(&bench.url).unwrap();
    for at in [&first, &second, &first] {
        let wanted = intent(&listen, &[("1.0.0", 10_000, at)]);
        assert_eq!(router.apply(generation(3, 1), &wanted).await.unwrap().serving, wanted.serving);
    }
    bench.gateway.stop().await;
}

/// Taking requests off a bad version must not wait for a disk, and nobody is told that it will last.
#[tokio::test]
async fn a_route_that_is_not_stored_serves_and_says_so() {
    let bench = bench().await;
    let (good, listen) = (service(false).await, free_address().await);
    let in_the_way = bench.directory.path().join("routes.json.new");
    std::fs::create_dir(&in_the_way).unwrap();
    std::fs::create_dir(in_the_way.join("full")).unwrap();
    let router = GatewayRouter::new(&bench.url).unwrap();
    let all = intent(&listen, &[("1.0.0", 10_000, &good)]);
    let seen = router.apply(generation(1, 1), &all).await.unwrap();
    assert_eq!((seen.serving == all.serving, seen.durable), (true, false));
    std::fs::remove_dir_all(&in_the_way).unwrap();
    let begun = std::time::Instant::now();
    while !router.apply(generation(1, 1), &all).await.unwrap().durable {
        assert!(begun.elapsed().as_secs() < 120, "it is never stored");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    bench.gateway.stop().await;
}

#[tokio::test]
async fn what_is_under_way_is_told_by_address() {
    let bench = bench().await;
    let (silent, listen) = (TcpListener::bind("127.0.0.1:0").await.unwrap(), free_address().await);
    let at = silent.local_addr().unwrap().to_string();
    let router = GatewayRouter::new(&bench.url).unwrap();
    router.apply(generation(1, 1), &intent(&listen, &[("1.0.0", 10_000, &at)])).await.unwrap();
    let asking = tokio::spawn(reqwest::get(format!("http://{listen}/")));
    let (_asked, _) = silent.accept().await.unwrap();
    let seen = router.read(&slot()).await.unwrap().unwrap();
    assert_eq!(seen.in_flight_at.unwrap().get(&at), Some(&1));
    assert_eq!(seen.in_flight.get(&version("1.0.0")), Some(&1));
    asking.abort();
    bench.gateway.stop().await;
}

#[tokio::test]
async fn a_taken_port_is_said_with_the_next_step() {
    let bench = bench().await;
    let (good, taken) = (service(false).await, TcpListener::bind("127.0.0.1:0").await.unwrap());
    let router = GatewayRouter::new(&bench.url).unwrap();
    let listen = taken.local_addr().unwrap().to_string();
    let fault =
        router.apply(generation(1, 1), &intent(&listen, &[("1.0.0", 10_000, &good)])).await.unwrap_err();
    assert_eq!((fault.kind, fault.code), (FaultKind::Retry, "port-in-use"));
    assert!(fault.message.contains(&listen), "{}", fault.message);
    assert!(fault.help.contains("`listen`"), "{}", fault.help);
    bench.gateway.stop().await;
}

#[tokio::test]
async fn a_gateway_that_is_gone_is_a_fault_that_passes() {
    let router = GatewayRouter::new(&format!("http://{}", free_address().await)).unwrap();
    let fault = router.read(&slot()).await.unwrap_err();
    assert_eq!((fault.kind, fault.code), (FaultKind::Retry, "gateway-unreachable"));
}
