//! Messages out: told from the log, signed, tried again, given up, replayed; nothing lost when the server is killed.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use boon::{Compiler, SchemaIndex, Schemas};
use http::StatusCode;
use serde_json::Value;
use tidegate_client::Client;
use tidegate_client::api::{AddWebhookRequest, ApplyRequest, DeliveryState, WebhookFormat, WebhookSecret};
use tidegate_server::{GatewayMode, Options, Outside, take_down};

use crate::receiver::Receiver;
use crate::support::{FIXTURE, Server, World, bad, free_port, key, until};

fn wish(name: &str, url: String, events: &[&str], format: WebhookFormat) -> AddWebhookRequest {
    let events = events.iter().map(|&event| event.to_owned()).collect();
    AddWebhookRequest { name: name.to_owned(), url, events, format }
}

async fn add(client: &Client, receiver: &Receiver, events: &[&str], format: WebhookFormat) -> WebhookSecret {
    client.add_webhook(&wish("ci", receiver.url(), events, format), &key()).await.unwrap()
}

async fn apply(client: &Client) {
    let text = crate::support::manifest([free_port(), free_port()]);
    let request = ApplyRequest { file_name: "tidegate.yaml".to_owned(), text, dry_run: false };
    client.apply(&request, &key()).await.unwrap();
}

/// Waits for what the condition finds in the messages that came.
async fn came(receiver: &Receiver, what: &str, count: usize) {
    until(what, async || (receiver.got().len() >= count).then_some(())).await;
}

#[tokio::test]
async fn every_event_that_is_wanted_is_told_once_and_signed() {
    let world = World::start().await;
    let receiver = Receiver::new(|_, _| StatusCode::NO_CONTENT).await;
    let made = add(&world.client, &receiver, &["catalog.*", "release.*"], WebhookFormat::Tidegate).await;
    assert_eq!((made.webhook.name.as_str(), made.webhook.host.as_str()), ("ci", "127.0.0.1"));
    world.client.apply(&world.configuration(), &key()).await.unwrap();
    world.release("1.0.0").await;
    came(&receiver, "both are told", 2).await;
    let mut got = receiver.got();
    // On their way at the same time, they may come in another order.
    got.sort_by_key(|got| got.json()["position"].as_u64());
    let kinds: Vec<_> = got.iter().map(|got| got.json()["kind"].as_str().unwrap().to_owned()).collect();
    assert_eq!(kinds, ["catalog.applied", "release.created"]);
    assert_eq!(got.iter().map(crate::receiver::Got::id).collect::<BTreeSet<_>>().len(), 2);
    for got in &got {
        got.verify(&made.secret);
    }

    // Nobody sees the secret or the path of the address again.
    let page = world.client.events(&tidegate_client::EventsQuery::default()).await.unwrap();
    let all = serde_json::to_string(&(page, world.client.webhooks().await.unwrap())).unwrap();
    assert!(!all.contains("s3cret-path") && !all.contains(&made.secret["whsec_".len()..]), "{all}");

    // While the secret is changed, both sign.
    let second = world.client.rotate_webhook_secret("ci", &key()).await.unwrap();
    assert_ne!(second.secret, made.secret);
    let tested = world.client.test_webhook("ci", &key()).await.unwrap();
    assert_eq!((tested.ok, tested.status), (true, Some(204)));
    let got = receiver.got();
    let last = got.last().unwrap();
    last.verify(&made.secret);
    last.verify(&second.secret);

    let again = world.client.replay_deliveries("ci", Some(&got[0].id()), &key()).await.unwrap();
    assert_eq!(again.deliveries, 1);
    came(&receiver, "it is told again", 4).await;
    assert_eq!(receiver.got()[3].id(), got[0].id(), "under the same id");

    world.client.remove_webhook("ci", &key()).await.unwrap();
    world.client.webhook("ci").await.unwrap_err();
    assert!(!world.data.path().join("webhooks/ci.json").exists());
}

/// What `/metrics` says under this name.
async fn metric(world: &World, name: &str) -> u64 {
    let text = reqwest::get(format!("{}/metrics", world.server.url)).await.unwrap().text().await.unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(&format!("{name} "))).map(str::to_owned);
    line.unwrap_or_else(|| panic!("no {name} in {text}")).parse().unwrap()
}

#[tokio::test]
async fn a_receiver_for_whom_there_is_nothing_costs_nothing() {
    let world = World::start().await;
    let receiver = Receiver::new(|_, _| StatusCode::NO_CONTENT).await;
    add(&world.client, &receiver, &["release.*"], WebhookFormat::Tidegate).await;
    world.client.apply(&world.configuration(), &key()).await.unwrap();
    world.release("1.0.0").await;
    came(&receiver, "it is told", 1).await;
    let seen = async || (metric(&world, "tidegate_uptime_seconds").await, metric(&world, TURNS).await);
    let (from, before) = seen().await;
    let (uptime, turns) =
        until("time goes by", async || Some(seen().await).filter(|now| now.0 >= from + 3)).await;
    // It looks once a second and at each write; without a pause there are thousands a second.
    let most = 100 * (uptime - from);
    assert!(turns - before <= most, "{} looks in {} s", turns - before, uptime - from);
}

const TURNS: &str = "tidegate_webhook_turns_total";

#[tokio::test]
async fn a_message_that_fails_comes_again_and_holds_up_no_other() {
    let world = World::start().await;
    // The first message fails at its first attempt.
    let receiver =
        Receiver::new(
            |number, _| {
                if number == 0 { StatusCode::INTERNAL_SERVER_ERROR } else { StatusCode::OK }
            },
        )
        .await;
    add(&world.client, &receiver, &["catalog.applied"], WebhookFormat::Tidegate).await;
    apply(&world.client).await;
    until("it waits", async || {
        let webhook = world.client.webhook("ci").await.ok()?;
        (webhook.waiting == 1).then_some(())
    })
    .await;
    apply(&world.client).await;
    came(&receiver, "the second is told, then the first again", 3).await;
    let ids: Vec<_> = receiver.got().iter().map(crate::receiver::Got::id).collect();
    assert_ne!(ids[1], ids[0], "others go on meanwhile");
    assert_eq!(ids[2], ids[0], "under the same id");
    let delivered = until("it is noted", async || {
        let found = world.client.deliveries("ci", Some("delivered")).await.ok()?.items;
        found.into_iter().find(|delivery| delivery.id == ids[0])
    })
    .await;
    assert_eq!((delivered.attempts, delivered.status), (2, Some(200)));
}

#[tokio::test]
async fn a_receiver_that_is_gone_switches_the_webhook_off() {
    let world = World::start().await;
    let receiver =
        Receiver::new(|number, _| if number == 0 { StatusCode::GONE } else { StatusCode::OK }).await;
    add(&world.client, &receiver, &["catalog.applied"], WebhookFormat::Tidegate).await;
    apply(&world.client).await;
    let off = until("it is off", async || {
        let webhook = world.client.webhook("ci").await.ok()?;
        webhook.disabled.clone().map(|_| webhook)
    })
    .await;
    assert!(off.disabled.unwrap().contains("410"));
    let dead = world.client.deliveries("ci", Some("dead")).await.unwrap().items;
    assert_eq!((dead.len(), dead[0].state), (1, DeliveryState::Dead));
    apply(&world.client).await;
    world.client.enable_webhook("ci", &key()).await.unwrap();
    came(&receiver, "what happened meanwhile is told", 2).await;
    assert_eq!(world.client.replay_deliveries("ci", None, &key()).await.unwrap().deliveries, 1);
    came(&receiver, "what was given up is told", 3).await;
    assert_eq!(receiver.got()[2].id(), dead[0].id);
}

/// Reliability 17: at saving as at sending; a redirect is a failure and not followed.
#[tokio::test]
async fn no_webhook_leads_inside() {
    let data = tempfile::tempdir().unwrap();
    let gateway = GatewayMode::Url("http://127.0.0.1:9".to_owned());
    let listen = (std::net::Ipv4Addr::LOCALHOST, 0).into();
    let options = |outside| Options { outside, ..Options::new(data.path(), listen, gateway.clone()) };
    let server = Server::run(options(Outside::default())).unwrap();
    let receiver = Receiver::new(|_, _| StatusCode::OK).await;
    let code = async |url: String| {
        let refused =
            server.client().add_webhook(&wish("ci", url, &[], WebhookFormat::Tidegate), &key()).await;
        refused.unwrap_err().code().to_owned()
    };
    for url in [
        receiver.url(),
        "http://localhost:9/".to_owned(),
        "http://2130706433/".to_owned(),
        "http://0x7f.1/".to_owned(),
        "http://[::ffff:127.0.0.1]/".to_owned(),
        "http://169.254.169.254/latest/meta-data".to_owned(),
        "http://10.0.0.1/".to_owned(),
        "http://192.168.1.1/".to_owned(),
        "http://[fd00::1]/".to_owned(),
    ] {
        assert_eq!(code(url.clone()).await, "address-not-allowed", "{url}");
    }
    for url in ["ftp://example.com/", "javascript:alert(1)", "http://a:b@example.com/", ""] {
        assert_eq!(code(url.to_owned()).await, "endpoint-url-refused", "{url}");
    }
    drop(server);

    // Allowed when it was saved, and no longer when it is sent.
    let allowed = Outside { allowed_hosts: vec!["127.0.0.1".to_owned()], ..Outside::default() };
    let server = Server::run(options(allowed.clone())).unwrap();
    add(&server.client(), &receiver, &["catalog.applied"], WebhookFormat::Tidegate).await;
    drop(server);
    let server = Server::run(options(Outside::default())).unwrap();
    apply(&server.client()).await;
    let client = server.client();
    let waits = until("it waits", async || {
        client.deliveries("ci", Some("waiting")).await.ok()?.items.into_iter().next()
    })
    .await;
    assert!(waits.failure.unwrap().contains("this machine"));
    assert_eq!(receiver.got().len(), 0);
    drop(server);

    let elsewhere = Receiver::new(|_, _| StatusCode::OK).await;
    let target = elsewhere.url();
    let redirecting = Receiver::answering(move |_, _| {
        http::Response::builder()
            .status(307)
            .header("location", &target)
            .body(axum::body::Body::empty())
            .unwrap()
    })
    .await;
    let server = Server::run(options(allowed)).unwrap();
    server.client().remove_webhook("ci", &key()).await.unwrap();
    add(&server.client(), &redirecting, &["*"], WebhookFormat::Tidegate).await;
    let tested = server.client().test_webhook("ci", &key()).await.unwrap();
    assert_eq!((tested.ok, tested.status), (false, Some(307)));
    assert_eq!(elsewhere.got().len(), 0);
}

/// A server in a process of its own, killed when it is dropped.
pub struct Apart {
    pub client: Client,
    process: Child,
}

impl Apart {
    pub fn start(data: &Path) -> Self {
        let mut command = Command::new(FIXTURE);
        let mut process = command.arg("serve").arg(data).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stderr.take().unwrap()).read_line(&mut line).unwrap();
        Self { client: Client::new(line.trim()).unwrap(), process }
    }
}

impl Drop for Apart {
    /// SIGKILL
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// At least once: the server is killed again and again while it sends, and while the receiver fails.
#[tokio::test]
async fn nothing_is_left_out_when_the_server_is_killed() {
    let data = tempfile::tempdir().unwrap();
    let receiver =
        Receiver::new(
            |number, _| {
                if number % 4 == 1 { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK }
            },
        )
        .await;
    let first = Apart::start(data.path());
    add(&first.client, &receiver, &["catalog.applied"], WebhookFormat::Tidegate).await;
    let mut server = first;
    for round in 0..5 {
        for _ in 0..4 {
            apply(&server.client).await;
        }
        // Killed when some of the round are told and others are not.
        came(&receiver, "some are told", 2 * round).await;
        drop(server);
        server = Apart::start(data.path());
    }
    let query = tidegate_client::EventsQuery { limit: Some(500), ..Default::default() };
    let items = server.client.events(&query).await.unwrap().items;
    let expect: BTreeSet<u64> =
        items.iter().filter(|event| event.kind == "catalog.applied").map(|event| event.position).collect();
    assert_eq!(expect.len(), 20);
    until("all are told", async || {
        let told: BTreeSet<u64> =
            receiver.got().iter().map(|got| got.json()["position"].as_u64().unwrap()).collect();
        (told == expect).then_some(())
    })
    .await;
    let pairs: BTreeSet<(String, u64)> =
        receiver.got().iter().map(|got| (got.id(), got.json()["position"].as_u64().unwrap())).collect();
    assert_eq!(pairs.len(), expect.len(), "one id for each event, however often it came");
    drop(server);
    take_down(data.path()).await.unwrap();
}

/// The published schemas, with formats asserted.
struct Published {
    schemas: Schemas,
    by_type: Vec<(String, SchemaIndex)>,
    custom: SchemaIndex,
}

impl Published {
    fn new() -> Self {
        let vectors =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../connectors/tests/vectors/cdevents-0.5.1");
        let read = |path: &Path| -> Value { serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap() };
        let files = |folder: &str| -> Vec<Value> {
            let entries = std::fs::read_dir(vectors.join(folder)).unwrap().map(|entry| entry.unwrap().path());
            entries
                .filter(|path| path.extension().is_some_and(|end| end == "json"))
                .map(|path| read(&path))
                .collect()
        };
        let mut compiler = Compiler::new();
        compiler.enable_format_assertions();
        let (links, events) = (files("schemas/links"), files("schemas"));
        let custom = read(&vectors.join("custom/schema.json"));
        let id = |schema: &Value| schema["$id"].as_str().unwrap().to_owned();
        for schema in links.iter().chain(&events).chain([&custom]) {
            compiler.add_resource(&id(schema), schema.clone()).unwrap();
        }
        let mut schemas = Schemas::new();
        let mut by_type = Vec::new();
        for schema in &events {
            let kind = &schema["properties"]["context"]["properties"]["type"]["enum"][0];
            let index = compiler.compile(&id(schema), &mut schemas).unwrap();
            by_type.push((kind.as_str().unwrap().to_owned(), index));
        }
        let custom = compiler.compile(&id(&custom), &mut schemas).unwrap();
        Self { schemas, by_type, custom }
    }

    fn check(&self, event: &Value) -> String {
        let kind = event["context"]["type"].as_str().unwrap();
        let known = self.by_type.iter().find(|(known, _)| known == kind).map(|(_, index)| *index);
        let index = if kind.starts_with("dev.cdeventsx.") { self.custom } else { known.unwrap() };
        self.schemas.validate(event, index).unwrap_or_else(|why| panic!("{kind}: {why}\n{event:#}"));
        kind.to_owned()
    }
}

#[tokio::test]
async fn what_is_told_as_cdevents_fits_the_published_schemas() {
    let world = World::start().await;
    let receiver = Receiver::new(|_, _| StatusCode::ACCEPTED).await;
    let made = add(&world.client, &receiver, &[], WebhookFormat::Cdevents).await;
    world.client.apply(&world.configuration(), &key()).await.unwrap();
    world.release("1.0.0").await;
    let first = world.deploy("1.0.0", "development").await;
    world.ended(&first).await;
    world.release("1.1.0").await;
    let second = world.deploy("1.1.0", "development").await;
    world.ended(&second).await;
    let back = world.client.roll_back(&second, &bad(), &key()).await.unwrap();
    world.ended(&back.rollouts[0]).await;
    let published = Published::new();
    let expect = [
        "dev.cdevents.environment.created.0.3.0",
        "dev.cdevents.service.deployed.0.3.0",
        "dev.cdevents.service.upgraded.0.3.0",
        "dev.cdevents.service.rolledback.0.3.0",
        "dev.cdeventsx.tidegate-release.created.0.1.0",
        "dev.cdeventsx.tidegate-release.started.0.1.0",
        "dev.cdeventsx.tidegate-release.succeeded.0.1.0",
        "dev.cdeventsx.tidegate-release.verified.0.1.0",
    ];
    until("all kinds are told", async || {
        let kinds: BTreeSet<String> =
            receiver.got().iter().map(|got| published.check(&got.json()["data"])).collect();
        expect.iter().all(|kind| kinds.contains(*kind)).then_some(())
    })
    .await;
    for got in receiver.got() {
        got.verify(&made.secret);
        let envelope = got.json();
        assert_eq!(got.headers["content-type"], "application/cloudevents+json; charset=utf-8");
        assert_eq!(
            (&envelope["specversion"], &envelope["type"]),
            (&"1.0".into(), &envelope["data"]["context"]["type"])
        );
    }
}
