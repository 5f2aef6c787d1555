//! Code that goes out in the dark, and a flag that shows it: judged by what a program reports for each variant.
//!
//! Invariant: a flag that does harm is taken back before any traffic moves. Deliberately not here: the order of rungs (the
//! domain's own tests).

#![allow(clippy::unwrap_used, clippy::expect_used)] // tests may unwrap, their helpers too

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tidegate_api::{
    CreateFlagRequest, FlagKeyKind, IssueFlagKeyRequest, RolloutState, SetFlagRequest, SwitchFlagRequest,
};
use tidegate_client::{EventsQuery, RolloutsQuery};
use tidegate_e2e::{Edge, Install, Visitors, healthy, key, until};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

const SHOP: &str = r#"project: shop
components:
  api:
    run: ["SHOP", "api"]
    readiness: {http: /healthz, interval: 50ms}
    stop: {drain: 5s, kill_after: 10s}
environments:
  - name: production
    components: {api: {replicas: 2, route: {listen: "127.0.0.1:PORT_1"}}}
pipeline:
  stages:
    - environment: production
      strategy:
        flag:
          key: checkout
          code: {rolling: {min_ready: 1s}}
          rings:
            - {name: staff, who: {tenant: [acme]}, confirm: true}
            - {share: 30%, soak: 5s, judge: true}
            - {share: 100%}
          soak: 1s
      analysis: {scrape_interval: 1s}
"#;

/// Asks for the flag for one subject after the other, does what it says, and tells how that went.
struct Program {
    breaks: Arc<AtomicBool>,
    shown: Arc<AtomicUsize>,
    running: JoinHandle<()>,
}

/// How many requests there were of each variant, and how many of them failed.
type Counted = BTreeMap<String, (u64, u64)>;

/// Whom the program tells.
enum Told {
    Tidegate,
    /// Counters for a Prometheus.
    Shared(Arc<Mutex<Counted>>),
}

impl Program {
    async fn start(install: &Install, told: Told) -> Self {
        let request =
            IssueFlagKeyRequest { kind: FlagKeyKind::Server, label: "api".to_owned(), expires_seconds: None };
        let secret = install.client.issue_flag_key("production", &request, &key()).await.unwrap().secret.0;
        let (breaks, shown) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let work = work((install.url(), secret), (Arc::clone(&breaks), Arc::clone(&shown)), told);
        Self { breaks, shown, running: tokio::spawn(work) }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.running.abort();
    }
}

async fn work(
    (url, secret): (String, String),
    (breaks, shown): (Arc<AtomicBool>, Arc<AtomicUsize>),
    told: Told,
) {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut counted = Counted::new();
    let mut pace = tokio::time::interval(Duration::from_millis(50));
    for round in 0_u64.. {
        pace.tick().await;
        for subject in 0..20 {
            let context = json!({"targetingKey": format!("user-{}", (round * 20 + subject) % 1_000), "tenant": "other"});
            let ask = client.post(format!("{url}/ofrep/v1/evaluate/flags/checkout")).bearer_auth(&secret);
            let answer: Value =
                ask.json(&json!({"context": context})).send().await.unwrap().json().await.unwrap();
            let variant = answer["variant"].as_str().unwrap().to_owned();
            let fails = variant == "on" && breaks.load(Ordering::Relaxed) && subject % 2 == 0;
            shown.fetch_add(usize::from(variant == "on"), Ordering::Relaxed);
            let (requests, errors) = counted.entry(variant).or_default();
            (*requests, *errors) = (*requests + 1, *errors + u64::from(fails));
        }
        match &told {
            Told::Tidegate => report(&client, (&url, &secret), &counted).await,
            Told::Shared(shared) => shared.lock().unwrap().clone_from(&counted),
        }
    }
}

async fn report(client: &reqwest::Client, (url, secret): (&str, &str), counted: &Counted) {
    let variants: BTreeMap<&String, Value> = counted
        .iter()
        .map(|(variant, (requests, errors))| {
            (variant, json!({"requests": requests, "errors": errors, "buckets": vec![requests; 12]}))
        })
        .collect();
    let report = json!({"instance": "api-1", "flags": {"checkout": variants}});
    let told = client.post(format!("{url}/ofrep/v1/outcomes")).bearer_auth(secret).json(&report);
    let told: Value = told.send().await.unwrap().json().await.unwrap();
    assert_eq!(told["unknown"], json!([]), "{told}");
}

/// Answers `/api/v1/query` as a Prometheus does that scrapes the program all the time; the token must be right.
struct Prometheus {
    url: String,
    counted: Arc<Mutex<Counted>>,
    running: JoinHandle<()>,
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        self.running.abort();
    }
}

impl Prometheus {
    async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let counted: Arc<Mutex<Counted>> = Arc::default();
        let shared = Arc::clone(&counted);
        let running = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, Arc::clone(&shared)));
            }
        });
        Self { url, counted, running }
    }
}

async fn answer(mut stream: TcpStream, counted: Arc<Mutex<Counted>>) {
    let mut asked = Vec::new();
    let mut buffer = [0; 4096];
    while !is_whole(&asked) {
        match stream.read(&mut buffer).await {
            Ok(read) if read > 0 => asked.extend_from_slice(&buffer[..read]),
            Ok(_) | Err(_) => return,
        }
    }
    let asked = String::from_utf8_lossy(&asked).into_owned();
    assert!(asked.starts_with("POST /api/v1/query"), "{asked}");
    let known = asked.contains(&format!("Bearer {TOKEN}"));
    let failures = asked.contains("query=shop_failed_total");
    let series: Vec<Value> = counted
        .lock()
        .unwrap()
        .iter()
        .map(|(variant, (requests, failed))| {
            let value = if failures { failed } else { requests };
            let labels = json!({"__name__": "shop_total", "instance": "api-1", "checkout": variant});
            json!({"metric": labels, "value": [1_790_000_000.5, value.to_string()]})
        })
        .collect();
    let body = json!({"status": "success", "data": {"resultType": "vector", "result": series}}).to_string();
    let status = if known { "200 OK" } else { "401 Unauthorized" };
    let head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
    let _gone = stream.write_all(format!("{head}{body}").as_bytes()).await;
}

/// Head and body.
fn is_whole(asked: &[u8]) -> bool {
    let text = String::from_utf8_lossy(asked).to_ascii_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
    length.is_some_and(|length| body.len() >= length.trim().parse().unwrap())
}

const TOKEN: &str = "metrics-t0ken";

fn off_by_default() -> Value {
    json!({"state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": "off"})
}

async fn flag(install: &Install, key_of_it: &str, release: Option<&str>) {
    let request = CreateFlagRequest {
        key: key_of_it.to_owned(),
        release: release.map(str::to_owned),
        ..CreateFlagRequest::default()
    };
    install.client.create_flag(&request, &key()).await.unwrap();
    let request = SetFlagRequest { definition: off_by_default(), reason: None };
    install.client.set_flag((key_of_it, "production"), &request, &key()).await.unwrap();
}

async fn definition(install: &Install, key_of_it: &str) -> Value {
    install.client.flag(key_of_it).await.unwrap().environments[0].definition.clone().unwrap()
}

/// What happened, in the order of the log.
async fn position(install: &Install, stream: &str, wanted: impl Fn(&tidegate_api::Event) -> bool) -> u64 {
    let query = EventsQuery { stream: Some(stream.to_owned()), limit: Some(500), ..EventsQuery::default() };
    let events = install.client.events(&query).await.unwrap().items;
    let found = events.iter().find(|event| wanted(event));
    found.unwrap_or_else(|| panic!("nothing such in {stream}")).position
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flag_that_does_harm_is_taken_back_before_any_traffic_moves() {
    let install = Install::start().await;
    install.apply(SHOP).await;
    install.release("1.0.0", &[("api", healthy())]).await;
    // Without its flag nothing starts.
    let deploy = ["deploy", "1.0.0", "--to", "production", "--json"];
    let refused = install.tidegate(&deploy).await.ended_with(1);
    assert_eq!(refused.error()["code"], "unknown-flag", "{refused:?}");
    flag(&install, "checkout", None).await;
    let recreate = ["deploy", "1.0.0", "--to", "production", "--strategy", "recreate", "--wait"];
    install.tidegate(&recreate).await.ended_with(0);
    let visitors = Visitors::of_api(install.route(1), 100);
    visitors.see("1.0.0", 10).await;
    let program = Program::start(&install, Told::Tidegate).await;

    install.release("1.1.0", &[("api", healthy())]).await;
    let id = install.deploy("1.1.0", "production").await;
    install.rollout_that(&id, "shows it to staff", |rollout| rollout.state == RolloutState::Held).await;
    assert_eq!(install.rollout(&id).await.legs[0].weight, Some(10_000), "the code is everywhere before");
    assert_eq!(program.shown.load(Ordering::Relaxed), 0, "somebody was shown it whom no ring names");
    let set = SetFlagRequest { definition: off_by_default(), reason: None };
    let taken = install.client.set_flag(("checkout", "production"), &set, &key()).await.unwrap_err();
    assert_eq!(taken.code(), "flag-in-rollout", "{taken:?}");
    program.breaks.store(true, Ordering::Relaxed);
    install.tidegate(&["rollout", "resume", &id]).await.ended_with(0);
    let bad = install.ended(&id).await;
    assert_eq!(bad.state, RolloutState::RolledBack, "{bad:?}");
    assert!(bad.cause.as_ref().unwrap().contains("error"), "{bad:?}");
    assert!(program.shown.load(Ordering::Relaxed) > 0);
    assert_eq!(definition(&install, "checkout").await, off_by_default());
    let (of_flag, of_rollout) = ("flag/checkout", format!("rollout/{id}"));
    let back = position(&install, of_flag, |event| event.kind == "flag.taken-back").await;
    let moves = position(&install, &of_rollout, |event| {
        event.kind == "rollout.stage-entered" && event.body.to_string().contains("ShiftingBack")
    });
    assert!(back < moves.await, "traffic moved before the flag");

    program.breaks.store(false, Ordering::Relaxed);
    install.release("1.2.0", &[("api", healthy())]).await;
    let id = install.deploy("1.2.0", "production").await;
    install.rollout_that(&id, "shows it to staff", |rollout| rollout.state == RolloutState::Held).await;
    install.tidegate(&["rollout", "resume", &id]).await.ended_with(0);
    let good = install.ended(&id).await;
    assert_eq!(good.state, RolloutState::Succeeded, "{good:?}");
    assert_eq!(definition(&install, "checkout").await["defaultVariant"], "on");
    // A way back after the end takes it back, too.
    let back = install.tidegate(&["rollout", "rollback", &id, "--json"]).await.ended_with(0);
    drop(back);
    assert_eq!(definition(&install, "checkout").await["defaultVariant"], "off");
    drop(program);
    visitors.leave().await.all_answered();
    install.audited().await;
}

/// As far as a ring that somebody is shown.
async fn shown_to_some(install: &Install, version: &str) -> String {
    install.release(version, &[("api", healthy())]).await;
    let id = install.deploy(version, "production").await;
    install.rollout_that(&id, "shows it to staff", |rollout| rollout.state == RolloutState::Held).await;
    install.tidegate(&["rollout", "resume", &id]).await.ended_with(0);
    id
}

#[tokio::test(flavor = "multi_thread")]
async fn a_prometheus_says_how_the_variants_of_a_flag_go() {
    let mut install = Install::prepare();
    install.allowed_hosts = vec!["127.0.0.1".to_owned()];
    install.restart().await;
    let prometheus = Prometheus::start().await;
    let source = format!(
        "prometheus: {{url: {}, requests: shop_total, failures: shop_failed_total, variant_label: checkout, token: METRICS_TOKEN, delay: 1s}}",
        prometheus.url
    );
    install.apply(&SHOP.replace("key: checkout", &format!("key: checkout\n          {source}"))).await;
    flag(&install, "checkout", None).await;
    install.release("1.0.0", &[("api", healthy())]).await;
    let recreate = ["deploy", "1.0.0", "--to", "production", "--strategy", "recreate", "--wait"];
    install.tidegate(&recreate).await.ended_with(0);
    // The code is judged by versions before anything is shown.
    let visitors = Visitors::of_api(install.route(1), 100);
    visitors.see("1.0.0", 10).await;
    let program = Program::start(&install, Told::Shared(Arc::clone(&prometheus.counted))).await;

    // Without its token nobody knows, which is no reason to go on or back; who looks reads why.
    let id = shown_to_some(&install, "1.1.0").await;
    let waits = install
        .rollout_that(&id, "says that it has no token", |rollout| {
            let judgement = rollout.legs[0].judgement.as_ref();
            judgement.is_some_and(|judgement| judgement.explanation.contains("secret-missing"))
        })
        .await;
    assert_ne!(waits.state, RolloutState::RolledBack, "{waits:?}");
    let place = ("production", "METRICS_TOKEN");
    install.client.set_secret(place, TOKEN.as_bytes().to_vec(), &key()).await.unwrap();
    let good = install.ended(&id).await;
    assert_eq!(good.state, RolloutState::Succeeded, "{good:?}");
    assert!(program.shown.load(Ordering::Relaxed) > 0);

    flag_back(&install).await;
    program.breaks.store(true, Ordering::Relaxed);
    let id = shown_to_some(&install, "1.2.0").await;
    let bad = install.ended(&id).await;
    assert_eq!(bad.state, RolloutState::RolledBack, "{bad:?}");
    assert!(bad.cause.as_ref().unwrap().contains("error"), "{bad:?}");
    assert_eq!(definition(&install, "checkout").await, off_by_default());
    drop((program, visitors));
    install.audited().await;
}

/// Evaluates in process and tells how that went to the edge that it follows.
struct Behind {
    breaks: Arc<AtomicBool>,
    running: JoinHandle<()>,
}

impl Drop for Behind {
    fn drop(&mut self) {
        self.running.abort();
    }
}

impl Behind {
    async fn start(url: &str, secret: &str) -> Self {
        let client = tidegate_sdk::Client::start(tidegate_sdk::Options::new(url, secret)).unwrap();
        client.ready(tidegate_e2e::DEADLINE).await.unwrap();
        let breaks = Arc::new(AtomicBool::new(false));
        let broken = Arc::clone(&breaks);
        let running = tokio::spawn(async move {
            let mut pace = tokio::time::interval(Duration::from_millis(50));
            for round in 0_u64.. {
                pace.tick().await;
                for subject in 0..40 {
                    let name = format!("user-{}", (round * 40 + subject) % 1_000);
                    let context = client.context().with_targeting_key(&name).with("tenant", "other");
                    let given = client.boolean_details("checkout", &context, false);
                    let Some(variant) = given.variant else { continue };
                    let fails = given.value && broken.load(Ordering::Relaxed) && subject % 2 == 0;
                    client.outcome("checkout", &variant, !fails, Duration::from_millis(2));
                }
            }
        });
        Self { breaks, running }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_behind_an_edge_is_heard_also_after_an_outage() {
    let mut install = Install::start().await;
    install.apply(SHOP).await;
    flag(&install, "checkout", None).await;
    install.release("1.0.0", &[("api", healthy())]).await;
    let recreate = ["deploy", "1.0.0", "--to", "production", "--strategy", "recreate", "--wait"];
    install.tidegate(&recreate).await.ended_with(0);
    let request =
        IssueFlagKeyRequest { kind: FlagKeyKind::Server, label: "edge".to_owned(), expires_seconds: None };
    let secret = install.client.issue_flag_key("production", &request, &key()).await.unwrap().secret.0;
    let kept = tempfile::tempdir().unwrap();
    let edge = Edge::start(&install.url(), &secret, &kept.path().join("flags.json"));
    let program = Behind::start(&edge.url, &secret).await;
    let visitors = Visitors::of_api(install.route(1), 100);
    visitors.see("1.0.0", 10).await;

    let id = shown_to_some(&install, "1.1.0").await;
    until("what came through the edge is compared", async || {
        let samples = install.client.samples(&id, None).await.unwrap().items;
        samples.iter().any(|sample| sample.candidate.requests > 0).then_some(())
    })
    .await;
    install.kill();
    // Whoever counts goes on counting, and nobody hears it meanwhile.
    program.breaks.store(true, Ordering::Relaxed);
    install.restart().await;
    let bad = install.ended(&id).await;
    assert_eq!(bad.state, RolloutState::RolledBack, "{bad:?}");
    assert!(bad.cause.as_ref().unwrap().contains("error"), "{bad:?}");
    assert_eq!(definition(&install, "checkout").await, off_by_default());
    drop((program, visitors));
    install.audited().await;
}

/// As it was before any rollout.
async fn flag_back(install: &Install) {
    let set = SetFlagRequest { definition: off_by_default(), reason: None };
    install.client.set_flag(("checkout", "production"), &set, &key()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn switching_a_flag_off_takes_its_rollout_back_and_flags_of_a_release_go_with_it() {
    let install = Install::start().await;
    install.apply(&SHOP.replace("analysis: {scrape_interval: 1s}", "analysis: off")).await;
    flag(&install, "checkout", None).await;
    flag(&install, "banner", Some("1.1.0")).await;
    let off = SwitchFlagRequest { on: false, reason: None };
    install.client.switch_flag(("banner", "production"), &off, &key()).await.unwrap();
    install.release("1.0.0", &[("api", healthy())]).await;
    let recreate =
        |version: &'static str| ["deploy", version, "--to", "production", "--strategy", "recreate", "--wait"];
    install.tidegate(&recreate("1.0.0")).await.ended_with(0);

    install.release("1.1.0", &[("api", healthy())]).await;
    let id = install.deploy("1.1.0", "production").await;
    install.rollout_that(&id, "shows it to staff", |rollout| rollout.state == RolloutState::Held).await;
    let off =
        ["flag", "off", "checkout", "--env", "production", "--reason", "orders are lost", "--actor", "bo"];
    install.tidegate(&off).await.ended_with(0);
    let ended = install.ended(&id).await;
    assert_eq!(ended.state, RolloutState::RolledBack);
    assert!(ended.cause.as_ref().unwrap().contains("switched off: orders are lost"), "{ended:?}");
    assert_eq!(definition(&install, "checkout").await["state"], "DISABLED", "it stays off");
    assert_eq!(definition(&install, "banner").await["state"], "DISABLED", "the release did not arrive");

    install.tidegate(&["allow", "1.1.0", "--in", "production"]).await.ended_with(0);
    install.tidegate(&recreate("1.1.0")).await.ended_with(0);
    assert_eq!(definition(&install, "banner").await["state"], "ENABLED");
    let newest = install.client.rollouts(&RolloutsQuery::default()).await.unwrap().items[0].id.clone();
    install.tidegate(&["rollout", "rollback", &newest]).await.ended_with(0);
    until("the release's flag is off again", async || {
        (definition(&install, "banner").await["state"] == "DISABLED").then_some(())
    })
    .await;
    install.audited().await;
}
