//! Weights, matches, sticky sessions, hosts and paths, on real sockets.
//!
//! Invariant: services say their version, so every share is counted from real answers.
//! Not here: switching under load (`switching`), failures (`failures`).

mod support;

use serde_json::json;
use support::{Client, Service, get, split, start, with};

#[tokio::test(flavor = "multi_thread")]
async fn weights_are_exact_over_ten_thousand_requests() {
    let (stable, candidate) = (Service::start("1.0.0").await, Service::start("1.1.0").await);
    let running = start().await;
    let versions = [("1.0.0", 9_500, &[stable.address][..]), ("1.1.0", 500, &[candidate.address][..])];
    let address = running.put(1, &split("production/api", &versions)).await;
    let clients = (0..10).map(|_| async move {
        let mut client = Client::connect(address).await;
        for _ in 0..1_000 {
            assert_eq!(client.get("/").await.status, 200);
        }
    });
    futures_util::future::join_all(clients).await;
    assert_eq!((stable.requests(), candidate.requests()), (9_500, 500));
    let counted = running.counters("1.1.0").await;
    assert_eq!(
        (counted["live"]["requests"].as_u64(), counted["live"]["errors"].as_u64()),
        (Some(500), Some(0))
    );
}

#[tokio::test]
async fn a_match_goes_before_the_split_and_reaches_a_version_without_weight() {
    let (stable, preview) = (Service::start("1.0.0").await, Service::start("2.0.0").await);
    let running = start().await;
    let versions = [("1.0.0", 10_000, &[stable.address][..]), ("2.0.0", 0, &[preview.address][..])];
    let matches = json!({"matches": [
        {"when": {"header": {"name": "X-Preview", "value": {"exact": "yes"}}}, "version": "2.0.0"},
        {"when": {"cookie": {"name": "ring", "value": {"prefix": "beta-"}}}, "version": "2.0.0"},
    ]});
    let address = running.put(1, &with(split("production/api", &versions), matches)).await;
    let mut client = Client::connect(address).await;
    for (fields, expected) in [
        ("", "1.0.0"),
        ("x-preview: yes\r\n", "2.0.0"),
        ("x-preview: yes please\r\n", "1.0.0"),
        ("cookie: a=b; ring=beta-7\r\n", "2.0.0"),
        ("cookie: ring=alpha\r\n", "1.0.0"),
        ("cookie: string=beta-7\r\n", "1.0.0"),
    ] {
        assert_eq!(client.get_with("/", fields).await.body, expected, "{fields}");
    }
}

#[tokio::test]
async fn a_session_keeps_its_version_while_that_has_weight() {
    let (stable, candidate) = (Service::start("1.0.0").await, Service::start("1.1.0").await);
    let running = start().await;
    let route = |stable_weight, candidate_weight| {
        let versions = [
            ("1.0.0", stable_weight, &[stable.address][..]),
            ("1.1.0", candidate_weight, &[candidate.address][..]),
        ];
        with(
            split("production/api", &versions),
            json!({"sticky": {"cookie": "tide", "max_age_seconds": 600}}),
        )
    };
    let address = running.put(1, &route(5_000, 5_000)).await;
    let mut client = Client::connect(address).await;
    let answer = client.get("/").await;
    let set = answer.header("set-cookie").expect("a new session gets a cookie").to_owned();
    assert_eq!(set, format!("tide={}; Path=/; Max-Age=600; HttpOnly; SameSite=Lax", answer.body));
    for version in ["1.0.0", "1.1.0"] {
        for _ in 0..20 {
            let again = client.get_with("/", &format!("cookie: tide={version}\r\n")).await;
            assert_eq!((again.body.as_str(), again.header("set-cookie")), (version, None));
        }
    }
    running.put(2, &route(10_000, 0)).await;
    let moved = client.get_with("/", "cookie: tide=1.1.0\r\n").await;
    assert_eq!(moved.body, "1.0.0");
    assert!(moved.header("set-cookie").unwrap().starts_with("tide=1.0.0;"), "the session moves off for good");
    let invented = client.get_with("/", "cookie: tide=9.9.9\r\n").await;
    assert_eq!(invented.body, "1.0.0");
}

#[tokio::test]
async fn the_most_specific_route_takes_the_request() {
    let mut services = Vec::new();
    let running = start().await;
    let mut address = None;
    for (position, (id, hosts, prefix)) in [
        ("any", json!([]), "/"),
        ("any-cart", json!([]), "/cart"),
        ("host", json!(["shop.example"]), "/"),
        ("host-cart", json!(["Shop.Example"]), "/cart/"),
        ("wild", json!(["*.example"]), "/"),
    ]
    .into_iter()
    .enumerate()
    {
        let service = Service::start(id).await;
        let route = with(
            split(id, &[("1", 10_000, &[service.address])]),
            json!({"hosts": hosts, "path_prefix": prefix, "strip_prefix": true}),
        );
        address = Some(running.put(position as u64 + 1, &route).await);
        services.push((id, service));
    }
    let mut client = Client::connect(address.unwrap()).await;
    for (host, path, expected, seen) in [
        ("other.test", "/x", "any", "/x"),
        ("other.test", "/cart/1?a=b", "any-cart", "/1?a=b"),
        ("other.test", "/cart", "any-cart", "/"),
        ("other.test", "/cart?a", "any-cart", "/?a"),
        ("other.test", "/carts", "any", "/carts"),
        ("shop.example:8080", "/x", "host", "/x"),
        ("SHOP.example", "/cart/x", "host-cart", "/x"),
        ("www.shop.example", "/cart", "wild", "/cart"),
    ] {
        client.say(&format!("GET {path} HTTP/1.1\r\nhost: {host}\r\n\r\n")).await;
        assert_eq!(client.answer().await.status, 200);
        let service = &services.iter().find(|(id, _)| *id == expected).unwrap().1;
        let last = service.heads().pop().unwrap_or_default();
        assert!(last.starts_with(&format!("GET {seen}\n")), "{host}{path} -> {expected} {seen}: {last}");
        assert!(last.contains(&format!("host: {host}\n")), "the host is kept: {last}");
    }
}

#[tokio::test]
async fn nothing_is_served_that_no_route_takes() {
    let service = Service::start("1").await;
    let running = start().await;
    let route = with(split("api", &[("1", 10_000, &[service.address])]), json!({"hosts": ["shop.example"]}));
    let address = running.put(1, &route).await;
    let mut client = Client::connect(address).await;
    client.say("GET / HTTP/1.1\r\nhost: other.example\r\n\r\n").await;
    let answer = client.answer().await;
    assert_eq!((answer.status, answer.header("x-tidegate-gateway")), (404, Some("no-route")));
    client.say("GET http://shop.example/ HTTP/1.1\r\nhost: other.example\r\n\r\n").await;
    assert_eq!(client.answer().await.status, 200, "a host in the target goes before the Host field");
    client.say("GET / HTTP/1.1\r\n\r\n").await;
    assert_eq!(client.answer().await.status, 400);
    client.say("GET / HTTP/1.1\r\nhost: shop.example\r\nhost: shop.example\r\n\r\n").await;
    assert_eq!(client.answer().await.status, 400);
}

#[tokio::test]
async fn an_offline_route_says_why_and_when_to_come_back() {
    let running = start().await;
    let route = json!({"id": "api", "listen": "127.0.0.1:0",
        "serving": {"offline": {"reason": "1.1.0 is being started", "retry_after_seconds": 7}}});
    let address = running.put(1, &route).await;
    let answer = get(address, "/").await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("7")));
    assert_eq!(answer.header("x-tidegate-gateway"), Some("route-offline"));
    let problem: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(problem["detail"], "1.1.0 is being started");
}

#[tokio::test]
async fn endpoints_of_one_version_share_the_work() {
    let services = [Service::start("1").await, Service::start("1").await, Service::start("1").await];
    let running = start().await;
    let endpoints: Vec<_> = services.iter().map(|service| service.address).collect();
    let address = running.put(1, &split("api", &[("1", 10_000, &endpoints)])).await;
    let mut client = Client::connect(address).await;
    for _ in 0..90 {
        client.get("/").await;
    }
    assert_eq!(services.each_ref().map(Service::requests), [30, 30, 30]);
}
