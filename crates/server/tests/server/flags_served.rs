//! Flags as programs ask for them: OFREP, its keys, its streams.

use std::time::Duration;

use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use tidegate_client::api::{ActRequest, FlagKeyKind, IssueFlagKeyRequest, RevertFlagRequest};
use tidegate_server::{GatewayMode, OnStop};

use crate::flags::{boolean, create, set, switch};
use crate::support::{Server, World, key, until};

/// How long an answer that must come may take.
const DEADLINE: Duration = Duration::from_mins(2);

pub struct Asking {
    http: reqwest::Client,
    url: String,
    key: Option<String>,
}

pub struct Told {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Asking {
    pub fn of(url: &str, key: Option<&str>) -> Self {
        Self { http: reqwest::Client::new(), url: url.to_owned(), key: key.map(str::to_owned) }
    }

    pub async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<&str>) -> Told {
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let mut request = self.http.request(method, format!("{}{path}", self.url));
        if let Some(key) = &self.key {
            request = request.bearer_auth(key);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_owned());
        }
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap_or(Value::Null);
        Told { status, headers, body }
    }

    pub async fn one(&self, flag: &str, context: Value) -> Told {
        let body = json!({ "context": context }).to_string();
        self.send("POST", &format!("/ofrep/v1/evaluate/flags/{flag}"), &[], Some(&body)).await
    }

    async fn bulk(&self, context: Value, tag: Option<&str>) -> Told {
        let body = json!({ "context": context }).to_string();
        let headers: Vec<_> = tag.map(|tag| ("if-none-match", tag)).into_iter().collect();
        self.send("POST", "/ofrep/v1/evaluate/flags", &headers, Some(&body)).await
    }
}

async fn issue(world: &World, environment: &str, kind: FlagKeyKind) -> (String, String) {
    let request = IssueFlagKeyRequest { kind, label: "shop".to_owned(), expires_seconds: None };
    let issued = world.client.issue_flag_key(environment, &request, &key()).await.unwrap();
    (issued.key.id, issued.secret.0)
}

async fn asking(world: &World) -> Asking {
    let (_, secret) = issue(world, "development", FlagKeyKind::Server).await;
    Asking::of(&world.server.url, Some(&secret))
}

fn ann() -> Value {
    json!({"targetingKey": "ann"})
}

#[tokio::test]
async fn what_was_answered_as_changed_is_served_as_changed() {
    let world = World::applied().await;
    let (client, at) = (&world.client, ("f", "development"));
    let asking = asking(&world).await;
    let told = asking.one("f", ann()).await;
    assert_eq!((told.status, told.body["errorCode"].as_str()), (404, Some("FLAG_NOT_FOUND")));
    create(client, "f", &["development"]).await;
    let expect = json!({"key": "f", "value": false, "variant": "off", "reason": "STATIC"});
    assert_eq!(asking.one("f", ann()).await.body, expect);
    for default in ["on", "off", "on"] {
        client.set_flag(at, &set(boolean(default)), &key()).await.unwrap();
        assert_eq!(asking.one("f", ann()).await.body["variant"], default);
    }
    client.switch_flag(at, &switch(false), &key()).await.unwrap();
    let off = json!({"key": "f", "value": true, "variant": "on", "reason": "DISABLED"});
    assert_eq!(asking.one("f", ann()).await.body, off, "clients fail without a variant and a value");
    client.revert_flag(at, &RevertFlagRequest::default(), &key()).await.unwrap();
    assert_eq!(asking.one("f", ann()).await.body["reason"], "STATIC");
    client.archive_flag("f", &ActRequest::default(), &key()).await.unwrap();
    assert_eq!(asking.one("f", ann()).await.status, 404);
    client.restore_flag("f", &ActRequest::default(), &key()).await.unwrap();
    assert_eq!(asking.one("f", ann()).await.status, 200);
}

#[tokio::test]
async fn a_key_with_any_printable_letters_is_asked_for_as_it_is() {
    let world = World::applied().await;
    let asking = asking(&world).await;
    for flag in ["team/checkout", "größe", "50%", "a?b#c", "import"] {
        create(&world.client, flag, &["development"]).await;
        let mut url = reqwest::Url::parse(&world.server.url).unwrap();
        url.path_segments_mut().unwrap().extend(["ofrep", "v1", "evaluate", "flags", flag]);
        let told = asking.send("POST", url.path(), &[], Some(r#"{"context": {}}"#)).await;
        assert_eq!((told.status, told.body["key"].as_str()), (200, Some(flag)));
        assert_eq!(world.client.flag(flag).await.unwrap().key, flag);
    }
}

#[tokio::test]
async fn every_mistake_of_a_client_has_its_code() {
    let world = World::applied().await;
    let asking = asking(&world).await;
    let mut split = boolean("off");
    split["targeting"] = json!({"fractional": [["on", 50], ["off", 50]]});
    create(&world.client, "f", &[]).await;
    world.client.set_flag(("f", "development"), &set(split), &key()).await.unwrap();
    let check = async |body: &str, expect: (u16, &str)| {
        for path in ["/ofrep/v1/evaluate/flags/f", "/ofrep/v1/evaluate/flags"] {
            let told = asking.send("POST", path, &[], Some(body)).await;
            let code = told.body["errorCode"].as_str().unwrap_or("");
            assert_eq!((told.status, code), expect, "{path} {body}: {}", told.body);
        }
    };
    check("", (400, "PARSE_ERROR")).await;
    check("{", (400, "PARSE_ERROR")).await;
    check("[]", (400, "PARSE_ERROR")).await;
    check("{}", (400, "INVALID_CONTEXT")).await;
    check(r#"{"context": 7}"#, (400, "INVALID_CONTEXT")).await;
    check(r#"{"context": {"targetingKey": 7}}"#, (400, "INVALID_CONTEXT")).await;
    check(&format!(r#"{{"context": {{"x": "{}"}}}}"#, "x".repeat(300_000)), (400, "INVALID_CONTEXT")).await;
    let nobody = asking.one("f", json!({})).await;
    assert_eq!((nobody.status, nobody.body["errorCode"].as_str()), (400, Some("TARGETING_KEY_MISSING")));
    let all = asking.bulk(json!({}), None).await;
    assert_eq!(
        (all.status, all.body["flags"][0]["errorCode"].as_str()),
        (200, Some("TARGETING_KEY_MISSING"))
    );
    assert_eq!(asking.one("f", ann()).await.status, 200);
    for (method, path) in [("GET", "/ofrep/v1/evaluate/flags"), ("PUT", "/ofrep/v1/evaluate/flags/f")] {
        assert_eq!(asking.send(method, path, &[], None).await.status, 405);
    }
}

#[tokio::test]
async fn nothing_is_answered_without_a_key_that_holds() {
    let world = World::applied().await;
    create(&world.client, "f", &["development"]).await;
    let (id, secret) = issue(&world, "development", FlagKeyKind::Client).await;
    let (_, other) = issue(&world, "production", FlagKeyKind::Server).await;
    let of = |key: Option<&str>| Asking::of(&world.server.url, key);
    let other_secret = format!("tdk_{id}_{}", "0".repeat(64));
    for bad in [None, Some("nonsense"), Some("tdk_"), Some(other_secret.as_str())] {
        let told = of(bad).one("f", ann()).await;
        assert_eq!(told.status, 401, "{bad:?}");
        assert_eq!(told.headers["www-authenticate"], "Bearer");
    }
    assert_eq!(of(Some(&secret)).one("f", ann()).await.status, 200);
    let (open, shown) = (of(None), [("x-api-key", secret.as_str())]);
    let named = open.send("POST", "/ofrep/v1/evaluate/flags/f", &shown, Some(r#"{"context": {}}"#)).await;
    assert_eq!(named.status, 200, "OFREP's other header");
    assert_eq!(of(Some(&other)).one("f", ann()).await.status, 404, "a key opens one environment");
    // Rules never go to browsers.
    for path in ["/ofrep/v1/definitions", "/ofrep/v1/relay"] {
        assert_eq!(of(Some(&secret)).send("GET", path, &[], None).await.status, 403, "{path}");
        assert_eq!(of(Some(&other)).send("GET", path, &[], None).await.status, 200, "{path}");
        assert_eq!(of(None).send("GET", path, &[], None).await.status, 401, "{path}");
    }
    let keys = world.client.flag_keys("development").await.unwrap().items;
    assert_eq!((keys.len(), keys[0].valid, keys[0].last_used_ms.is_some()), (1, true, true));
    world.client.revoke_flag_key("development", &id, &key()).await.unwrap();
    assert_eq!(of(Some(&secret)).one("f", ann()).await.status, 401, "it is over at once");
    let nowhere = world.client.revoke_flag_key("production", &id, &key()).await;
    crate::people::refused(nowhere, 404, "unknown-flag-key");
    let short =
        IssueFlagKeyRequest { kind: FlagKeyKind::Client, label: "x".to_owned(), expires_seconds: Some(0) };
    crate::people::refused(
        world.client.issue_flag_key("development", &short, &key()).await,
        400,
        "bad-request",
    );
}

#[tokio::test]
async fn nothing_is_sent_twice_and_nothing_that_changed_is_kept_back() {
    let world = World::applied().await;
    let (client, asking) = (&world.client, asking(&world).await);
    create(client, "f", &["development"]).await;
    create(client, "g", &["development"]).await;
    let first = asking.bulk(ann(), None).await;
    assert_eq!((first.status, first.body["flags"].as_array().unwrap().len()), (200, 2));
    let tag = first.headers["etag"].to_str().unwrap().to_owned();
    let same = asking.bulk(ann(), Some(&tag)).await;
    assert_eq!((same.status, same.headers["etag"].to_str().unwrap()), (304, tag.as_str()));
    let other = asking.bulk(json!({"targetingKey": "bob"}), Some(&tag)).await;
    assert_eq!(other.status, 200, "a changed context never gets 304");
    client.set_flag(("f", "development"), &set(boolean("on")), &key()).await.unwrap();
    let changed = asking.bulk(ann(), Some(&tag)).await;
    assert_eq!(changed.status, 200, "a changed flag never does");
    let version = |told: &Told| told.body["metadata"]["version"].as_str().unwrap().parse::<u64>().unwrap();
    assert!(version(&changed) > version(&first), "versions only grow");
    let export = asking.send("GET", "/ofrep/v1/definitions", &[], None).await;
    assert_eq!(export.body["flags"]["f"]["defaultVariant"], "on");
    let tag = export.headers["etag"].to_str().unwrap();
    assert_eq!(
        asking.send("GET", "/ofrep/v1/definitions", &[("if-none-match", tag)], None).await.status,
        304
    );
    let path = "/api/v1/environments/development/flags.json";
    assert_eq!(world.ask("GET", path, &[("if-none-match", tag)], None).await.status, 304);
}

#[tokio::test]
async fn a_rule_that_looks_at_the_clock_is_asked_each_time() {
    let world = World::applied().await;
    let asking = asking(&world).await;
    create(&world.client, "f", &[]).await;
    let mut timed = boolean("off");
    timed["targeting"] = json!({"if": [{">": [{"var": "$flagd.timestamp"}, 5]}, "on"]});
    world.client.set_flag(("f", "development"), &set(timed), &key()).await.unwrap();
    let first = asking.bulk(ann(), None).await;
    assert_eq!(first.body["flags"][0]["variant"], "on");
    let tag = first.headers["etag"].to_str().unwrap();
    assert_eq!(asking.bulk(ann(), Some(tag)).await.status, 304, "the same answers are the same");
}

#[tokio::test]
async fn any_page_may_ask_and_sees_what_it_needs() {
    let world = World::applied().await;
    let asking = Asking::of(&world.server.url, None);
    let headers = [
        ("origin", "https://shop.example"),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "authorization,content-type"),
    ];
    let told = asking.send("OPTIONS", "/ofrep/v1/evaluate/flags", &headers, None).await;
    assert_eq!((told.status, &told.headers["access-control-allow-origin"]), (204, &"*".parse().unwrap()));
    assert!(told.headers["access-control-allow-headers"].to_str().unwrap().contains("authorization"));
    let (_, secret) = issue(&world, "development", FlagKeyKind::Client).await;
    let asking = Asking::of(&world.server.url, Some(&secret));
    let headers = [("origin", "https://shop.example")];
    let told = asking.send("POST", "/ofrep/v1/evaluate/flags", &headers, Some(r#"{"context": {}}"#)).await;
    assert_eq!((told.status, &told.headers["access-control-allow-origin"]), (200, &"*".parse().unwrap()));
    assert!(told.headers["access-control-expose-headers"].to_str().unwrap().contains("etag"));
    // The rest of the API stays closed to other sites.
    world.ask("GET", "/api/v1/flags", &headers, None).await.is(403, "cross-site");
}

#[tokio::test]
async fn each_key_has_a_pace_of_its_own() {
    let world = World::start_with(|options| options.paces.flag_keys = "1/2".parse().ok()).await;
    world.client.apply(&world.configuration(), &key()).await.unwrap();
    let (one, other) = (asking(&world).await, asking(&world).await);
    let mut refused = None;
    for _ in 0..50 {
        let told = one.bulk(json!({}), None).await;
        if told.status == 429 {
            refused = Some(told);
            break;
        }
    }
    let refused = refused.expect("more than two at once is too often");
    let wait: u64 = refused.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!(wait >= 1, "{wait}");
    assert_eq!(other.bulk(json!({}), None).await.status, 200);
}

#[tokio::test]
async fn people_ask_by_the_environment_that_they_may_see() {
    let world = World::applied().await;
    create(&world.client, "f", &["development"]).await;
    let base = "/api/v1/environments/development/ofrep/v1/evaluate/flags";
    let body = || Some(json!({"context": {}}));
    let one = world.ask("POST", &format!("{base}/f"), &[], body()).await;
    assert_eq!((one.status, one.body["variant"].as_str()), (200, Some("off")));
    let all = world.ask("POST", base, &[], body()).await;
    assert_eq!((all.status, all.body["flags"].as_array().map(Vec::len)), (200, Some(1)));
    assert!(all.body.get("eventStreams").is_none(), "no key, no stream");
    world
        .ask("POST", &base.replace("development", "nowhere"), &[], body())
        .await
        .is(404, "unknown-environment");
    world.set_up().await;
    world.ask("POST", base, &[], body()).await.is(401, "sign-in-required");
}

/// The stream that an answer names, as a browser follows it.
struct Following {
    response: reqwest::Response,
    text: String,
}

impl Following {
    async fn of(world: &World, uri: &str, last_id: Option<&str>) -> Self {
        let mut request = reqwest::Client::new().get(format!("{}{uri}", world.server.url));
        if let Some(id) = last_id {
            request = request.header("last-event-id", id);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { response, text: String::new() }
    }

    /// The next event with data: its id and what it says; none when the stream ends.
    async fn next(&mut self) -> Option<(String, Value)> {
        loop {
            while let Some((event, rest)) = self.text.split_once("\n\n") {
                let (event, rest) = (event.to_owned(), rest.to_owned());
                self.text = rest;
                let line = |name: &str| event.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
                if let Some(data) = line("data:") {
                    let id = line("id:").unwrap_or_default().to_owned();
                    return Some((id, serde_json::from_str(data).unwrap()));
                }
            }
            let piece = tokio::time::timeout(DEADLINE, self.response.chunk()).await.expect("in time");
            self.text.push_str(std::str::from_utf8(&piece.ok()??).unwrap());
        }
    }
}

#[tokio::test]
async fn who_follows_is_told_that_something_changed_and_what_they_missed() {
    let world = World::applied().await;
    let client = &world.client;
    let (id, secret) = issue(&world, "development", FlagKeyKind::Client).await;
    let asking = Asking::of(&world.server.url, Some(&secret));
    create(client, "f", &["development"]).await;
    let told = asking.bulk(ann(), None).await;
    let stream = &told.body["eventStreams"][0];
    assert_eq!(stream["type"], "sse");
    let uri = stream["endpoint"]["requestUri"].as_str().unwrap();
    assert!(!uri.contains(&secret[20..]), "the key itself stands in no address");
    let mut following = Following::of(&world, uri, None).await;
    client.set_flag(("f", "development"), &set(boolean("on")), &key()).await.unwrap();
    let mut last;
    loop {
        // What happened just before the connection may be told once more.
        let (id, data) = following.next().await.unwrap();
        assert_eq!(data["type"], "refetchEvaluation");
        assert!(data["lastModified"].as_u64().is_some() && data["etag"].as_str().is_some());
        last = id;
        if asking.bulk(ann(), None).await.body["metadata"]["version"].as_str() == last.split('.').next() {
            break;
        }
    }
    // Somewhere else nothing is news here.
    create(client, "g", &["production"]).await;
    drop(following);
    client.set_flag(("f", "development"), &set(boolean("off")), &key()).await.unwrap();
    let mut again = Following::of(&world, uri, Some(&last)).await;
    let (newest, _) = again.next().await.unwrap();
    assert_ne!(newest, last, "what was missed is told at once");
    client.revoke_flag_key("development", &id, &key()).await.unwrap();
    assert_eq!(again.next().await, None, "a stream ends with its key");
    let asked = reqwest::get(format!("{}{uri}", world.server.url)).await.unwrap();
    assert_eq!(asked.status(), 401);
}

#[tokio::test]
async fn a_restart_serves_the_same_and_remembers_what_was_used() {
    let data = tempfile::tempdir().unwrap();
    let program = std::path::PathBuf::from(crate::support::FIXTURE);
    let start = || {
        let mode = GatewayMode::Spawn { program: program.clone().into() };
        Server::start(data.path(), mode, OnStop::StopEverything).unwrap()
    };
    let server = start();
    let client = server.client();
    let text = crate::support::manifest([crate::support::free_port(), crate::support::free_port()]);
    let apply =
        tidegate_client::api::ApplyRequest { file_name: "tidegate.yaml".into(), text, dry_run: false };
    client.apply(&apply, &key()).await.unwrap();
    create(&client, "f", &["development"]).await;
    create(&client, "archived", &["development"]).await;
    client.archive_flag("archived", &ActRequest::default(), &key()).await.unwrap();
    let request =
        IssueFlagKeyRequest { kind: FlagKeyKind::Server, label: "x".to_owned(), expires_seconds: None };
    let secret = client.issue_flag_key("development", &request, &key()).await.unwrap().secret.0;
    let asking = Asking::of(&server.url, Some(&secret));
    let before = asking.bulk(ann(), None).await;
    drop((asking, client));
    drop(server);
    let server = start();
    let asking = Asking::of(&server.url, Some(&secret));
    let after = asking.bulk(ann(), None).await;
    assert_eq!((after.status, &after.body), (200, &before.body));
    assert_eq!(after.headers["etag"], before.headers["etag"], "what is the same has the same tag");
    let flag = server.client().flag("f").await.unwrap();
    assert_eq!(flag.environments[0].served[0].count, 2);
    let told = server.client().flag_exposure(("f", "development"), (24, 500)).await.unwrap();
    assert_eq!(told.points.len(), 288, "no step is shorter than what is kept");
    assert_eq!(told.points.iter().flat_map(|point| &point.given).sum::<u64>(), 2, "the one before kept one");
}

#[tokio::test]
async fn a_flag_says_when_it_was_asked_for_and_what_it_gave() {
    let world = World::applied().await;
    let asking = asking(&world).await;
    create(&world.client, "f", &["development"]).await;
    assert_eq!(world.client.flag("f").await.unwrap().environments[0].evaluated_ms, None);
    asking.one("f", ann()).await;
    asking.one("f", ann()).await;
    let flag = until("it is counted", || async {
        let flag = world.client.flag("f").await.unwrap();
        (flag.environments[0].served.first().map(|served| served.count) == Some(2)).then_some(flag)
    })
    .await;
    assert!(flag.environments[0].evaluated_ms.is_some());
    assert_eq!(flag.environments[0].served[0].variant, "off");
    assert_eq!(flag.stale, None, "it is too young to tell");
    let told = world.client.flag_exposure(("f", "development"), (1, 4)).await.unwrap();
    assert_eq!((told.variants.as_slice(), told.step_ms), (&["off".to_owned()][..], 900_000));
    let given: Vec<u64> = told.points.iter().flat_map(|point| point.given.clone()).collect();
    assert_eq!(given, [0, 0, 0, 2], "what is not kept yet is told, too");
    for query in ["hours=0", "hours=337", "points=501", "points=x", "days=1"] {
        let at = format!("/api/v1/flags/f/environments/development/exposure?{query}");
        world.ask("GET", &at, &[], None).await.is(400, "bad-request");
    }
    for (at, code) in
        [("f/environments/nowhere", "unknown-environment"), ("g/environments/development", "unknown-flag")]
    {
        world.ask("GET", &format!("/api/v1/flags/{at}/exposure"), &[], None).await.is(404, code);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_says_its_project_and_projects_share_no_flags() {
    let data = tempfile::tempdir().unwrap();
    let program = std::path::PathBuf::from(crate::support::FIXTURE).into();
    let server = Server::start(data.path(), GatewayMode::Spawn { program }, OnStop::StopEverything).unwrap();
    let (shop, bank) = (server.client(), server.client().with_project("bank"));
    shop.add_project("bank", &key()).await.unwrap();
    let mut secrets = Vec::new();
    for (client, default) in [(&shop, "on"), (&bank, "off")] {
        let text = crate::support::manifest([crate::support::free_port(), crate::support::free_port()]);
        let apply =
            tidegate_client::api::ApplyRequest { file_name: "tidegate.yaml".into(), text, dry_run: false };
        client.apply(&apply, &key()).await.unwrap();
        create(client, "f", &["development"]).await;
        client.set_flag(("f", "development"), &set(boolean(default)), &key()).await.unwrap();
        let request =
            IssueFlagKeyRequest { kind: FlagKeyKind::Server, label: "x".to_owned(), expires_seconds: None };
        let issued = client.issue_flag_key("development", &request, &key()).await.unwrap();
        assert_eq!(client.flag_keys("development").await.unwrap().items.len(), 1, "each sees its own");
        secrets.push((issued.key.id, issued.secret.0));
    }
    for ((_, secret), default) in secrets.iter().zip(["on", "off"]) {
        let told = Asking::of(&server.url, Some(secret)).one("f", ann()).await;
        assert_eq!(told.body["variant"], default);
    }
    let others = shop.revoke_flag_key("development", &secrets[1].0, &key()).await;
    crate::people::refused(others, 404, "unknown-flag-key");
}
