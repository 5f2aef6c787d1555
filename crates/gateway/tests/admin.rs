//! The admin API and the state file: who may change what, and what survives.
//!
//! Invariant: a refused change leaves the table as it was.
//! Not here: what traffic does meanwhile (`switching`).

mod support;

use proptest::prelude::*;
use serde_json::{Value, json};
use support::{Client, Running, Service, get, split, start, start_with, with};
use tidegate_gateway::report::{CountersReport, RouteState, RoutesReport};
use tidegate_gateway::table::{Route, RouteUpdate, Weight, validate};
use tidegate_gateway::{Gateway, GatewayError, Options};

fn simple(weight_of_candidate: u16) -> Value {
    let endpoint = |port: u16| std::net::SocketAddr::from(([127, 0, 0, 1], port));
    split(
        "production/api",
        &[
            ("1.0.0", 10_000 - weight_of_candidate, &[endpoint(4001)]),
            ("1.1.0", weight_of_candidate, &[endpoint(4002)]),
        ],
    )
}

#[tokio::test]
async fn an_older_generation_is_refused_with_both_named() {
    let running = start().await;
    assert_eq!(running.try_put((5, 2), &simple(500)).await.0, 200);
    for (generation, weight, status, code) in [
        ((4, 2), 500, 409, "stale-generation"),
        ((4, 900), 500, 409, "stale-generation"),
        ((5, 1), 500, 409, "stale-generation"),
        ((5, 2), 500, 200, ""),
        ((5, 2), 600, 409, "generation-conflict"),
        ((5, 3), 600, 200, ""),
        ((6, 3), 700, 200, ""),
        ((5, 9), 800, 409, "stale-generation"),
    ] {
        let (got, body) = running.try_put(generation, &simple(weight)).await;
        assert_eq!((got, body["code"].as_str().unwrap_or("")), (status, code), "{generation:?}: {body}");
    }
    let (_, body) = running.try_put((5, 9), &simple(800)).await;
    assert_eq!(body["generation_offered"], json!({"position": 5, "fence": 9, "attempt": 0}));
    assert_eq!(body["generation_stored"], json!({"position": 6, "fence": 3, "attempt": 0}));
    assert_eq!(
        body["detail"],
        "route production/api: generation 5.9.0 is older than 6.3.0, which is in force"
    );
    let (_, state) = running.admin("GET", "/v1/routes/production/api", "").await;
    assert_eq!(state["route"]["serving"]["split"]["versions"][1]["weight"], 700);
}

#[tokio::test]
async fn a_repeated_call_changes_nothing_and_says_so() {
    let running = start().await;
    assert_eq!(running.try_put((1, 1), &simple(500)).await.1["changed"], true);
    assert_eq!(running.try_put((1, 1), &simple(500)).await.1["changed"], false);
}

#[tokio::test]
async fn a_deleted_route_keeps_its_generation() {
    let running = start().await;
    running.put(5, &simple(500)).await;
    let delete = |position: u64| json!({"generation": {"fence": 1, "position": position}}).to_string();
    let path = "/v1/routes/production/api";
    assert_eq!(running.admin("DELETE", path, &delete(4)).await.1["code"], "stale-generation");
    assert_eq!(running.admin("DELETE", path, &delete(5)).await.1["code"], "generation-conflict");
    assert_eq!(running.admin("DELETE", path, &delete(6)).await.1["changed"], true);
    assert_eq!(running.admin("DELETE", path, &delete(6)).await.1["changed"], false);
    assert_eq!(running.admin("GET", path, "").await.0, 404);
    assert_eq!(running.try_put((6, 1), &simple(500)).await.1["code"], "generation-conflict");
    assert_eq!(running.try_put((5, 1), &simple(500)).await.1["code"], "stale-generation");
    assert_eq!(running.try_put((7, 1), &simple(500)).await.0, 200);
    assert_eq!(running.admin("DELETE", "/v1/routes/other", &delete(1)).await.1["code"], "route-unknown");
}

#[tokio::test]
async fn what_a_route_may_not_hold_is_refused_with_its_field() {
    let running = start().await;
    let endpoint = json!(["127.0.0.1:4001"]);
    let versions = |versions: Value| json!({"serving": {"split": {"versions": versions}}});
    let one = |weight: u64| json!({"version": "1", "weight": weight, "endpoints": endpoint});
    let cases = [
        ("no versions", versions(json!([]))),
        ("sum under", versions(json!([one(9_999)]))),
        ("weight over", versions(json!([one(10_001)]))),
        ("twice", versions(json!([one(5_000), one(5_000)]))),
        ("no endpoint", versions(json!([{"version": "1", "weight": 10_000, "endpoints": []}]))),
        ("port 0", versions(json!([{"version": "1", "weight": 10_000, "endpoints": ["127.0.0.1:0"]}]))),
        ("version name", versions(json!([{"version": "a b", "weight": 10_000, "endpoints": endpoint}]))),
        (
            "match unknown",
            json!({"matches": [{"when": {"cookie": {"name": "a", "value": {"exact": "b"}}}, "version": "9"}]}),
        ),
        (
            "header name",
            json!({"matches": [{"when": {"header": {"name": "a b", "value": {"exact": "b"}}}, "version": "1"}]}),
        ),
        ("cookie name", json!({"sticky": {"cookie": "a;b", "max_age_seconds": 1}})),
        ("mirror unknown", json!({"mirror": {"version": "9", "share": 1}})),
        ("prefix", json!({"path_prefix": "shop"})),
        ("host", json!({"hosts": ["a/b"]})),
        ("timeout", json!({"timeouts": {"upstream_connect_ms": 0}})),
        ("limit", json!({"limits": {"request_header_bytes_max": 1_000_000}})),
        ("retries", json!({"retries": {"retries_max": 6}})),
        ("unknown field", json!({"colour": "blue"})),
    ];
    let base = with(split("api", &[]), versions(json!([one(10_000)])));
    let mut seen = Vec::new();
    for (name, change) in cases {
        let (status, body) = running.try_put((1, 1), &with(base.clone(), change)).await;
        let detail = body["detail"].as_str().unwrap().split(" at line").next().unwrap().to_owned();
        seen.push(format!("{name}: {status} {} | {detail}", body["code"].as_str().unwrap()));
    }
    insta::assert_snapshot!(seen.join("\n"));
    let (_, routes) = running.admin("GET", "/v1/routes", "").await;
    assert_eq!(routes["routes"], json!([]));
}

#[tokio::test]
async fn routes_that_would_take_the_same_requests_are_refused() {
    let running = start().await;
    running.put(1, &simple(500)).await;
    let other = |more: Value| {
        let mut route = with(simple(500), more);
        route["id"] = json!("production/web");
        route
    };
    assert_eq!(running.try_put((1, 1), &other(json!({}))).await.1["code"], "route-overlaps");
    assert_eq!(running.try_put((1, 1), &other(json!({"path_prefix": "/web"}))).await.0, 200);
}

#[tokio::test]
async fn an_address_in_use_is_refused_and_nothing_changes() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let running = start().await;
    let route = with(simple(500), json!({"listen": taken.local_addr().unwrap()}));
    let (status, body) = running.try_put((1, 1), &route).await;
    assert_eq!((status, body["code"].as_str()), (409, Some("listen-failed")));
    assert!(body["detail"].as_str().unwrap().contains("in use"), "{body}");
    assert_eq!(running.admin("GET", "/v1/routes/production/api", "").await.0, 404);
    drop(taken);
    assert_eq!(running.try_put((1, 1), &route).await.0, 200);
}

#[tokio::test]
async fn a_gateway_started_again_serves_its_last_table_and_still_refuses_older_ones() {
    let service = Service::start("1").await;
    let mut running = start().await;
    running.put(7, &split("api", &[("1", 10_000, &[service.address])])).await;
    running.gateway = None;
    let options = Options::new("127.0.0.1:0".parse().unwrap(), running.directory.path().join("gateway.json"));
    let gateway = Gateway::start(options).await.unwrap();
    let restarted =
        Running { admin: gateway.ready().admin, gateway: Some(gateway), directory: running.directory };
    let (_, state) = restarted.admin("GET", "/v1/routes/api", "").await;
    let state: RouteState = serde_json::from_value(state).unwrap();
    assert_eq!(get(state.listener.bound.unwrap(), "/").await.body, "1");
    assert_eq!((state.generation.fence, state.generation.position), (1, 7));
    let older = split("api", &[("1", 10_000, &[service.address])]);
    assert_eq!(restarted.try_put((6, 1), &older).await.1["code"], "stale-generation");
}

#[tokio::test]
async fn a_table_that_cannot_be_stored_serves_all_the_same_and_is_stored_later() {
    let service = Service::start("1").await;
    let running = start().await;
    let in_the_way = running.directory.path().join("gateway.json.new");
    std::fs::create_dir(&in_the_way).unwrap();
    std::fs::create_dir(in_the_way.join("full")).unwrap();
    let route = split("api", &[("1", 10_000, &[service.address])]);
    let (status, body) = running.try_put((1, 1), &route).await;
    assert_eq!((status, body["persisted"].as_bool()), (200, Some(false)));
    assert_eq!(get(body["bound"].as_str().unwrap().parse().unwrap(), "/").await.body, "1");
    std::fs::remove_dir_all(&in_the_way).unwrap();
    support::eventually("it is stored", || async {
        running.admin("GET", "/v1/health", "").await.1["persisted"] == true
    })
    .await;
    assert!(
        std::fs::read_to_string(running.directory.path().join("gateway.json")).unwrap().contains("\"api\"")
    );
}

#[tokio::test]
async fn the_admin_api_is_for_loopback_callers_with_the_token() {
    let elsewhere = Options::new("0.0.0.0:0".parse().unwrap(), "unused.json");
    assert!(matches!(Gateway::start(elsewhere).await, Err(GatewayError::AdminNotLoopback { .. })));
    let running = start_with(|options| options.admin_token = Some("s3cret".to_owned())).await;
    let (status, body) = running.admin("GET", "/v1/routes", "").await;
    assert_eq!((status, body["code"].as_str()), (401, Some("gateway-token-missing")));
    let mut client = Client::connect(running.admin).await;
    for (fields, expected) in [
        ("host: 127.0.0.1\r\nauthorization: Bearer s3cret\r\n", 200),
        ("host: 127.0.0.1\r\nauthorization: Bearer s3cre\r\n", 401),
        ("host: rebound.example\r\nauthorization: Bearer s3cret\r\n", 421),
    ] {
        client.say(&format!("GET /v1/routes HTTP/1.1\r\n{fields}\r\n")).await;
        assert_eq!(client.answer().await.status, expected, "{fields}");
    }
}

#[tokio::test]
async fn what_is_read_back_is_what_was_set_in_types_the_control_plane_shares() {
    let service = Service::start("1").await;
    let running = start().await;
    let address = running.put(1, &split("api", &[("1", 10_000, &[service.address])])).await;
    get(address, "/").await;
    get(address, "/status/404").await;
    let (_, routes) = running.admin("GET", "/v1/routes", "").await;
    let routes: RoutesReport = serde_json::from_value(routes).unwrap();
    assert_eq!(routes.routes[0].route.versions()[0].weight, Weight::FULL);
    let (_, counters) = running.admin("GET", "/v1/counters", "").await;
    let counters: CountersReport = serde_json::from_value(counters).unwrap();
    assert_eq!(counters.instance_id, routes.instance_id);
    let live = &counters.routes[0].versions[0].live;
    assert_eq!((live.requests, live.classes), (2, [0, 1, 0, 1, 0]));
    assert_eq!(live.buckets[11], 2);
    let (_, health) = running.admin("GET", "/v1/health", "").await;
    assert_eq!(health["process_id"].as_u64(), Some(u64::from(std::process::id())));
    for (method, path, status) in
        [("POST", "/v1/routes", 405), ("PATCH", "/v1/routes/api", 405), ("GET", "/v2", 404)]
    {
        assert_eq!(running.admin(method, path, "").await.0, status, "{method} {path}");
    }
}

#[tokio::test]
async fn the_metrics_are_prometheus_text() {
    let service = Service::start("1").await;
    let running = start_with(|options| options.workers = std::num::NonZeroUsize::new(1)).await;
    let address = running.put(1, &split("production/api", &[("1.0.0", 10_000, &[service.address])])).await;
    get(address, "/").await;
    get(address, "/status/500").await;
    let (_, text) = running.admin("GET", "/metrics", "").await;
    let text = text.as_str().unwrap().replace(&service.address.to_string(), "ENDPOINT");
    let varies = ["_sum{", "_bucket{", "uptime_seconds ", "connections "];
    let stable: Vec<&str> =
        text.lines().filter(|line| !varies.iter().any(|part| line.contains(part))).collect();
    insta::assert_snapshot!(stable.join("\n"));
    assert!(text.contains(
        "request_duration_seconds_bucket{route=\"production/api\",version=\"1.0.0\",le=\"+Inf\"} 2\n"
    ));
}

const WORDS: [&str; 10] =
    ["route", "generation", "serving", "split", "versions", "weight", "listen", "id", "offline", "1"];

/// Any JSON value, with the words of the contract among its keys so that parsing gets deep.
fn any_json() -> impl Strategy<Value = Value> {
    let word = prop::sample::select(&WORDS[..]).prop_map(str::to_owned);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        word.clone().prop_map(Value::from),
        Just(json!("127.0.0.1:80")),
    ];
    leaf.prop_recursive(5, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(word.clone(), inner, 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_json_gives_an_answer(value in any_json()) {
        let _ = serde_json::from_value::<RouteUpdate>(value);
    }

    /// A good route with one member replaced by anything is taken or refused, and what is taken is valid.
    #[test]
    fn a_route_with_one_member_wrong_gives_an_answer(value in any_json(), member in 0_usize..12) {
        let names = ["id", "listen", "hosts", "path_prefix", "serving", "matches", "sticky", "mirror", "limits", "timeouts", "retries", "strip_prefix"];
        let mut route = simple(500);
        route[names[member]] = value;
        if let Ok(route) = serde_json::from_value::<Route>(route)
            && validate::route(&route).is_ok()
        {
            let sum: u32 = route.versions().iter().map(|version| u32::from(version.weight.basis_points())).sum();
            prop_assert!(route.versions().is_empty() || sum == 10_000);
        }
    }

    #[test]
    fn weights_that_do_not_sum_to_ten_thousand_are_refused(weights in prop::collection::vec(0_u16..=10_000, 1..6)) {
        let endpoints = [std::net::SocketAddr::from(([127, 0, 0, 1], 4001))];
        let names: Vec<String> = (0..weights.len()).map(|n| format!("1.{n}")).collect();
        let versions: Vec<_> = names.iter().zip(&weights).map(|(name, weight)| (name.as_str(), *weight, &endpoints[..])).collect();
        let route: Route = serde_json::from_value(split("api", &versions)).unwrap();
        let sum: u32 = weights.iter().copied().map(u32::from).sum();
        prop_assert_eq!(validate::route(&route).is_ok(), sum == 10_000);
    }

    #[test]
    fn a_route_survives_being_written_and_read(candidate in 0_u16..=10_000, header in "[a-z]{1,8}", age in any::<u32>()) {
        let more = json!({
            "sticky": {"cookie": header, "max_age_seconds": age},
            "matches": [{"when": {"header": {"name": header, "value": {"prefix": "x"}}}, "version": "1.1.0"}],
        });
        let route: Route = serde_json::from_value(with(simple(candidate), more)).unwrap();
        let again: Route = serde_json::from_value(serde_json::to_value(&route).unwrap()).unwrap();
        prop_assert_eq!(again, route);
    }
}
