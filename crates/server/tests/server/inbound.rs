//! Deliveries of other systems over real HTTP: forged, replayed, reordered, a hundred at once; and what an alert does.

use futures_util::future::join_all;
use http::HeaderMap;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tidegate_client::EventsQuery;
use tidegate_client::api::{AddInboundRequest, Event, InboundKind, IncidentState, OnAlert, RolloutState};
use tidegate_connectors::standard_webhooks::{
    ID_HEADER, MessageId, SIGNATURE_HEADER, SigningKey, TIMESTAMP_HEADER, sign,
};

use crate::support::{World, key, until};

/// HMAC by RFC 2104.
fn mac(secret: &str, body: &[u8]) -> String {
    let mut block = [0_u8; 64];
    block[..secret.len()].copy_from_slice(secret.as_bytes());
    let pad = |with: u8| block.iter().map(|byte| byte ^ with).collect::<Vec<u8>>();
    let inner = Sha256::digest([pad(0x36), body.to_vec()].concat());
    let outer = Sha256::digest([pad(0x5c), inner.to_vec()].concat());
    let digit = |nibble: u8| char::from_digit(nibble.into(), 16).unwrap();
    outer.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

fn now() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs()
}

type Headers = Vec<(&'static str, String)>;

fn github(secret: &str, id: &str, body: &str) -> Headers {
    vec![
        ("content-type", "application/json".to_owned()),
        ("x-hub-signature-256", format!("sha256={}", mac(secret, body.as_bytes()))),
        ("x-github-delivery", id.to_owned()),
        ("x-github-event", "workflow_run".to_owned()),
    ]
}

fn standard(secret: &str, id: &str, at_seconds: u64, body: &str) -> Headers {
    let keys = [SigningKey::parse(secret).unwrap()];
    let signature = sign(&keys, &MessageId::parse(id).unwrap(), at_seconds, body.as_bytes());
    vec![
        ("content-type", "application/json".to_owned()),
        (ID_HEADER, id.to_owned()),
        (TIMESTAMP_HEADER, at_seconds.to_string()),
        (SIGNATURE_HEADER, signature),
    ]
}

fn bearer(secret: &str) -> Headers {
    vec![("content-type", "application/json".to_owned()), ("authorization", format!("Bearer {secret}"))]
}

fn alert(status: &str, starts: &str, labels: &Value) -> String {
    let ends = if status == "resolved" { "2026-11-21T19:00:00Z" } else { "0001-01-01T00:00:00Z" };
    json!({ "version": "4", "alerts": [{
        "status": status, "labels": labels, "annotations": { "summary": "Checkout is slow" },
        "startsAt": starts, "endsAt": ends, "fingerprint": "ab12",
    }]})
    .to_string()
}

impl World {
    async fn source(&self, name: &str, kind: InboundKind, on_alert: OnAlert) -> String {
        let request = AddInboundRequest { name: name.to_owned(), kind, on_alert };
        let made = self.client.add_inbound(&request, &key()).await.unwrap();
        assert_eq!(made.inbound.url, format!("{}/api/v1/inbound/{name}", self.server.url));
        made.secret
    }

    async fn deliver(&self, name: &str, headers: &Headers, body: &str) -> (u16, String) {
        let mut all = HeaderMap::new();
        for (name, value) in headers {
            all.append(*name, value.parse().unwrap());
        }
        let request = self.http.post(format!("{}/api/v1/inbound/{name}", self.server.url));
        let response = request.headers(all).body(body.to_owned()).send().await.unwrap();
        let status = response.status().as_u16();
        let body: Value = response.json().await.unwrap();
        (status, body["code"].as_str().unwrap_or_default().to_owned())
    }

    async fn received(&self) -> Vec<Event> {
        let query =
            EventsQuery { stream: Some("inbound".to_owned()), limit: Some(500), ..EventsQuery::default() };
        let items = self.client.events(&query).await.unwrap().items;
        items.into_iter().filter(|event| event.kind == "inbound.received").collect()
    }
}

fn taken() -> (u16, String) {
    (202, String::new())
}

#[tokio::test]
async fn replayed_a_hundred_times_at_once_a_delivery_has_one_effect() {
    let world = World::start().await;
    let secret = world.source("ci", InboundKind::Github, OnAlert::Record).await;
    let body = json!({ "repository": { "full_name": "shop/api" }, "workflow_run":
        { "name": "build", "conclusion": "success", "head_branch": "main", "head_sha": "a1b2" } })
    .to_string();
    let headers = github(&secret, "72d3162e", &body);
    let answers = join_all((0..100).map(|_| world.deliver("ci", &headers, &body))).await;
    assert!(answers.iter().all(|answer| *answer == taken()), "{answers:?}");
    for _ in 0..10 {
        assert_eq!(world.deliver("ci", &headers, &body).await, taken());
    }
    let received = world.received().await;
    assert_eq!(received.len(), 1);
    assert_eq!(received[0].actor, "inbound/ci");
    let told = &received[0].body["Received"]["delivery"];
    assert_eq!(told["event"], "workflow_run");
    assert_eq!(told["says"], "shop/api: build success main a1b2");
    assert_eq!(world.client.inbound_source("ci").await.unwrap().received, 1);
    // The same id of another source is another delivery.
    let other = world.source("other", InboundKind::Github, OnAlert::Record).await;
    assert_eq!(world.deliver("other", &github(&other, "72d3162e", &body), &body).await, taken());
    assert_eq!(world.received().await.len(), 2);
}

#[tokio::test]
async fn forged_deliveries_are_refused_and_write_nothing() {
    let world = World::start().await;
    let hub = world.source("ci", InboundKind::Github, OnAlert::Record).await;
    let lab = world.source("lab", InboundKind::Gitlab, OnAlert::Record).await;
    let events = world.source("events", InboundKind::Cdevents, OnAlert::Record).await;
    let any = world.source("any", InboundKind::Generic, OnAlert::Record).await;
    let alerts = world.source("alerts", InboundKind::Alertmanager, OnAlert::Record).await;
    let body = r#"{"text": "done"}"#;
    let without = |headers: &Headers, name: &str| -> Headers {
        headers.iter().filter(|(known, _)| *known != name).cloned().collect()
    };
    let lab_headers = |token: &str| -> Headers {
        vec![
            ("content-type", "application/json".to_owned()),
            ("x-gitlab-token", token.to_owned()),
            ("x-gitlab-event", "Pipeline Hook".to_owned()),
        ]
    };
    let good = github(&hub, "1", body);
    let signed = standard(&any, "msg_1", now(), body);
    let table: Vec<(&str, Headers, &str, (u16, &str))> = vec![
        ("ci", github(&any, "1", body), body, (401, "delivery-secret-wrong")),
        ("ci", good.clone(), r#"{"text": "donE"}"#, (401, "delivery-secret-wrong")),
        ("ci", without(&good, "x-hub-signature-256"), body, (401, "delivery-unsigned")),
        ("ci", [good.clone(), good.clone()].concat(), body, (401, "delivery-unsigned")),
        ("other", good.clone(), body, (401, "delivery-secret-wrong")),
        ("No such name", good.clone(), body, (401, "delivery-secret-wrong")),
        ("lab", lab_headers(&hub), body, (401, "delivery-secret-wrong")),
        ("lab", lab_headers(""), body, (401, "delivery-unsigned")),
        ("any", standard(&events, "msg_1", now(), body), body, (401, "webhook-signature-wrong")),
        ("any", signed.clone(), r#"{"text": "donE"}"#, (401, "webhook-signature-wrong")),
        ("any", without(&signed, SIGNATURE_HEADER), body, (401, "webhook-unsigned")),
        ("any", standard(&any, "msg_2", now() - 301, body), body, (401, "webhook-too-old")),
        ("any", standard(&any, "msg_3", now() + 600, body), body, (401, "webhook-too-new")),
        ("events", standard(&any, "msg_1", now(), body), body, (401, "webhook-signature-wrong")),
        ("alerts", bearer(&any), body, (401, "delivery-secret-wrong")),
        ("alerts", Vec::new(), body, (401, "delivery-unsigned")),
        // Right, and not what such a sender sends.
        ("events", standard(&events, "msg_1", now(), body), body, (422, "cdevent-unreadable")),
        ("alerts", bearer(&alerts), body, (422, "alerts-unreadable")),
        ("ci", github(&hub, "2", "[1]"), "[1]", (422, "bad-request")),
    ];
    for (name, headers, body, (status, code)) in table {
        let answer = world.deliver(name, &headers, body).await;
        assert_eq!(answer, (status, code.to_owned()), "{name} {headers:?}");
    }
    let long = format!("{{\"text\": \"{}\"}}", "x".repeat(1 << 20));
    assert_eq!(world.deliver("ci", &github(&hub, "3", &long), &long).await.0, 413);
    assert!(world.received().await.is_empty());
    // What is right is taken.
    assert_eq!(world.deliver("ci", &good, body).await, taken());
    assert_eq!(world.deliver("lab", &lab_headers(&lab), body).await, taken());
    assert_eq!(world.deliver("any", &signed, body).await, taken());
    assert_eq!(world.received().await.len(), 3);
    // Neither secrets nor anything of them stands in what can be read.
    let all =
        serde_json::to_string(&(world.received().await, world.client.inbound().await.unwrap())).unwrap();
    for secret in [&hub, &lab, &any["whsec_".len()..].to_owned(), &alerts] {
        assert!(!all.contains(secret), "{all}");
    }
    let wrong =
        AddInboundRequest { name: "x".to_owned(), kind: InboundKind::Github, on_alert: OnAlert::Hold };
    let refused = world.client.add_inbound(&wrong, &key()).await.unwrap_err();
    assert_eq!(refused.code(), "inbound-without-alerts");
}

#[tokio::test]
async fn an_alert_holds_or_takes_back_what_moves_where_it_fires_and_late_news_do_nothing() {
    let (world, id) = World::held().await;
    let holds = world.source("holds", InboundKind::Alertmanager, OnAlert::Hold).await;
    let aborts = world.source("aborts", InboundKind::Alertmanager, OnAlert::Abort).await;
    let there = || json!({ "alertname": "Slow", "environment": "production", "component": "web" });
    let elsewhere = || json!({ "alertname": "Slow", "environment": "development" });
    let (first, second, third) = ("2026-11-21T18:00:00Z", "2026-11-21T18:01:00Z", "2026-11-21T18:02:00Z");
    let state = async || world.client.rollout(&id).await.unwrap();

    // Elsewhere, over before it began to be told, or resolved: nothing happens.
    let nothing = [
        alert("firing", first, &elsewhere()),
        alert("resolved", second, &there()),
        alert("firing", second, &there()),
        alert("resolved", third, &json!({})),
    ];
    for body in nothing {
        assert_eq!(world.deliver("holds", &bearer(&holds), &body).await, taken());
    }
    assert!(state().await.hold.is_none_or(|hold| hold.by != "inbound/holds"));
    let fires = alert("firing", first, &there());
    // It has the incident of the one elsewhere, which is another source's here.
    assert_eq!(world.deliver("holds", &bearer(&holds), &fires.replace("ab12", "cd34")).await, taken());
    let hold = state().await.hold.unwrap();
    assert_eq!(
        (hold.by.as_str(), hold.reason.as_str()),
        ("inbound/holds", "an alert fires: Checkout is slow")
    );
    let source = world.client.inbound_source("holds").await.unwrap();
    assert_eq!(source.firing.len(), 2);
    assert!(source.firing.iter().any(|firing| firing.component.as_deref() == Some("web")));

    assert_eq!(world.deliver("aborts", &bearer(&aborts), &fires).await, taken());
    let ended = world.ended(&id).await;
    assert_eq!(ended.state, RolloutState::RolledBack);
    assert!(ended.cause.unwrap().contains("an alert fires: Checkout is slow"));
}

#[tokio::test]
async fn a_secret_that_was_replaced_counts_for_a_day_and_none_outlives_its_source() {
    let world = World::start().await;
    let old = world.source("ci", InboundKind::Github, OnAlert::Record).await;
    let new = world.client.rotate_inbound("ci", &key()).await.unwrap().secret;
    let newest = world.client.rotate_inbound("ci", &key()).await.unwrap().secret;
    let send = async |secret: &str, id: &str| world.deliver("ci", &github(secret, id, "{}"), "{}").await;
    assert_eq!(send(&newest, "1").await, taken());
    assert_eq!(send(&new, "2").await, taken());
    assert_eq!(send(&old, "3").await, (401, "delivery-secret-wrong".to_owned()));
    // The key that seals them may change, too.
    world.client.rotate_secrets_key(&key()).await.unwrap();
    assert_eq!(send(&newest, "4").await, taken());
    world.client.remove_inbound("ci", &key()).await.unwrap();
    assert_eq!(send(&newest, "5").await, (401, "delivery-secret-wrong".to_owned()));
    world.source("ci", InboundKind::Github, OnAlert::Record).await;
    assert_eq!(send(&newest, "6").await, (401, "delivery-secret-wrong".to_owned()));
    until("three are written", async || (world.received().await.len() == 3).then_some(())).await;
}

/// Some of one group, as Alertmanager tells them together.
fn group(status: &str, fingerprints: &[&str]) -> String {
    let labels = json!({ "alertname": "Slow", "environment": "production", "component": "web" });
    let alerts: Vec<Value> = fingerprints
        .iter()
        .map(|fingerprint| {
            let one: Value = serde_json::from_str(&alert(status, "2026-11-21T18:00:00Z", &labels)).unwrap();
            let mut one = one["alerts"][0].clone();
            one["fingerprint"] = json!(fingerprint);
            one
        })
        .collect();
    json!({ "version": "4", "groupKey": "{}:{alertname=\"Slow\"}", "alerts": alerts }).to_string()
}

#[tokio::test]
async fn alerts_of_a_group_are_one_incident_however_often_they_are_told() {
    let (world, id) = World::held().await;
    let secret = world.source("alerts", InboundKind::Alertmanager, OnAlert::Record).await;
    let incidents = async || world.client.incidents(None, None, (None, None)).await.unwrap().items;
    let both = group("firing", &["ab12", "cd34"]);
    let proof = bearer(&secret);
    let answers = join_all((0..50).map(|_| world.deliver("alerts", &proof, &both))).await;
    assert!(answers.iter().all(|answer| *answer == taken()), "{answers:?}");
    let told = incidents().await;
    assert_eq!(told.len(), 1);
    let incident = world.client.incident(&told[0].id).await.unwrap();
    assert_eq!((incident.title.as_str(), incident.by.as_str()), ("Checkout is slow", "inbound/alerts"));
    assert_eq!(
        (incident.environment.as_deref(), incident.component.as_deref()),
        (Some("production"), Some("web"))
    );
    // What was under way where it fires is what it speaks against.
    assert_eq!(incident.rollouts, std::slice::from_ref(&id));
    assert_eq!(incident.notes.len(), 1, "the other alert joined");
    assert_eq!(incident.detected_ms, 1_795_284_000_000);
    // It goes on as long as one of them fires.
    world.deliver("alerts", &bearer(&secret), &group("resolved", &["ab12"])).await;
    assert_eq!(incidents().await[0].state, IncidentState::Open);
    for _ in 0..5 {
        world.deliver("alerts", &bearer(&secret), &group("resolved", &["ab12", "cd34"])).await;
        world.deliver("alerts", &bearer(&secret), &both).await;
    }
    let over = world.client.incident(&incident.id).await.unwrap();
    assert_eq!((over.state, over.resolved_ms), (IncidentState::Resolved, Some(1_795_287_600_000)));
    assert_eq!(incidents().await.len(), 1);
    let query = EventsQuery {
        stream: Some(format!("incident/{}", incident.id)),
        limit: Some(500),
        ..EventsQuery::default()
    };
    let events = world.client.events(&query).await.unwrap().items;
    let kinds: Vec<&str> = events.iter().map(|event| event.kind.as_str()).collect();
    assert_eq!(kinds, ["incident.opened", "incident.linked", "incident.noted", "incident.resolved"]);
    // Nothing else fires: the next one is another incident.
    world.deliver("alerts", &bearer(&secret), &group("firing", &["ef56"])).await;
    assert_eq!(incidents().await.len(), 2);
}
