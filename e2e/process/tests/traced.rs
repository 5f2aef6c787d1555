//! A real server whose traces are sent to a collector: they join the trace of whoever asked, and hold up nothing.
//!
//! Invariant: spans are decoded from what was really sent. Deliberately not here: reading `traceparent` (`tidegate-traces`).

#![allow(clippy::unwrap_used, clippy::expect_used)] // tests may unwrap, their helpers too

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tidegate_api::{ACTOR_HEADER, AddWebhookRequest, WebhookFormat};
use tidegate_e2e::{Collector, Install, Span, healthy, key, until};

const TEXT: &str = r#"project: shop
components:
  api:
    run: [SHOP, api]
    readiness: {http: /healthz, interval: 50ms}
environments:
  - name: production
    components: {api: {replicas: 1, route: {listen: "127.0.0.1:PORT_1"}}}
pipeline:
  stages:
    - environment: production
      strategy: {canary: {steps: [shift: 50%, wait: 1s], soak: 1s}}
      analysis: off
"#;

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const UNSAMPLED: &str = "1af7651916cd43dd8448eb211c80319c";
const CALLER: &str = "b7ad6b7169203331";
/// An exporter waits ten seconds for an answer by itself.
const STOPS_WITHIN: Duration = Duration::from_secs(8);

fn traced_to(url: &str) -> Vec<(&'static str, String)> {
    vec![
        ("OTEL_EXPORTER_OTLP_ENDPOINT", url.to_owned()),
        ("OTEL_SERVICE_NAME", "releases".to_owned()),
        ("OTEL_BSP_SCHEDULE_DELAY", "100".to_owned()),
    ]
}

async fn ready(install: &Install) {
    install.apply(TEXT).await;
    install.release("1.0.0", &[("api", healthy())]).await;
    install.release("1.1.0", &[("api", healthy())]).await;
}

async fn post(install: &Install, path: &str, body: &Value, (trace, flags): (&str, &str)) -> Value {
    let request = reqwest::Client::new()
        .post(format!("{}/api/v1{path}", install.url()))
        .header("traceparent", format!("00-{trace}-{CALLER}-{flags}"))
        .header("idempotency-key", key())
        .header(ACTOR_HEADER, "e2e");
    let answer = request.json(body).send().await.unwrap();
    let status = answer.status();
    let body = answer.text().await.unwrap();
    assert!(status.is_success(), "{status} {body}");
    serde_json::from_str(&body).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deploy_goes_on_with_the_trace_of_whoever_asked() {
    let collector = Collector::start().await;
    let mut install = Install::prepare();
    install.variables = traced_to(&collector.url);
    install.allowed_hosts = vec!["127.0.0.1".to_owned()];
    install.restart().await;
    ready(&install).await;
    install.live("1.0.0", "production").await;
    let url = format!("{}/told", collector.url);
    let (name, format) = ("told".to_owned(), WebhookFormat::default());
    let wish = AddWebhookRequest { name, url, events: Vec::new(), format };
    install.client.add_webhook(&wish, &key()).await.unwrap();
    let deploy = json!({"release": "1.1.0"});
    let started = post(&install, "/environments/production/rollouts", &deploy, (TRACE, "01")).await;
    let id = started["rollouts"][0].as_str().unwrap().to_owned();
    post(&install, "/webhooks/told/test", &json!({}), (TRACE, "01")).await;
    post(&install, "/webhooks/told/test", &json!({}), (UNSAMPLED, "00")).await;
    install.ended(&id).await;
    install.stop().await;

    let spans = collector.spans();
    let of_trace: Vec<&Span> = spans.iter().filter(|span| span.trace == TRACE).collect();
    let named = |name: &str| of_trace.iter().filter(|span| span.name == name).copied().collect::<Vec<_>>();
    let [request] = named("POST /api/v1/environments/{environment}/rollouts")[..] else {
        panic!("{of_trace:#?}")
    };
    assert_eq!((request.parent.as_str(), request.kind, request.failed), (CALLER, 2, false));
    let value = |span: &Span, name: &str| span.attributes.get(name).cloned().unwrap_or_default();
    assert_eq!(value(request, "http.response.status_code"), "202");
    assert_eq!(value(request, "http.route"), "/api/v1/environments/{environment}/rollouts");
    assert_eq!(request.resource["service.name"], "releases");

    // Each is a child of the one before it.
    let turns = named("turn");
    assert!(turns.iter().any(|turn| value(turn, "tidegate.stream") == format!("rollout/{id}")), "{turns:#?}");
    assert!(turns.iter().all(|turn| turn.parent == request.id));
    let is_child = |child: &Span, parents: &[&Span]| parents.iter().any(|parent| parent.id == child.parent);
    let effects = named("effect");
    assert!(!effects.is_empty() && effects.iter().all(|effect| is_child(effect, &turns)), "{of_trace:#?}");
    assert!(effects.iter().all(|effect| value(effect, "tidegate.version") == "1.1.0"));
    for (name, kind) in [("target ensure", 1), ("router apply", 3)] {
        let asked = named(name);
        assert!(
            !asked.is_empty() && asked.iter().all(|one| is_child(one, &effects)),
            "{name}: {of_trace:#?}"
        );
        assert!(asked.iter().all(|one| one.kind == kind && value(one, "tidegate.component") == "api"));
    }

    // Whoever is told by the request learns which span tells it.
    let telling: Vec<&Span> = named("POST").into_iter().filter(|span| span.kind == 3).collect();
    let [told] = telling[..] else { panic!("{of_trace:#?}") };
    assert_eq!(value(told, "server.address"), "127.0.0.1");
    let parents: Vec<String> = collector
        .told()
        .into_iter()
        .filter(|told| told.line.starts_with("POST /told"))
        .filter_map(|told| told.headers.get("traceparent").cloned())
        .collect();
    assert!(parents.contains(&format!("00-{TRACE}-{}-01", told.id)), "{parents:?}");
    // What its caller does not record is passed on and not recorded here either.
    assert!(
        parents
            .iter()
            .any(|parent| parent.starts_with(&format!("00-{UNSAMPLED}-")) && parent.ends_with("-00"))
    );
    assert!(spans.iter().all(|span| span.trace != UNSAMPLED));
    assert!(spans.iter().all(|span| !format!("{span:?}").contains("/told")), "a span has a path");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_hangs_holds_up_neither_rollouts_nor_the_end() {
    let collector = Collector::that_hangs().await;
    let mut install = Install::prepare();
    install.variables = traced_to(&collector.url);
    // So few that they do not suffice for one rollout: what does not fit is dropped, and nobody waits.
    install.variables.push(("OTEL_BSP_MAX_QUEUE_SIZE", "4".to_owned()));
    install.variables.push(("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "4".to_owned()));
    install.restart().await;
    ready(&install).await;
    install.live("1.0.0", "production").await;
    install.live("1.1.0", "production").await;
    until("spans are on their way", || async { (collector.calls() > 0).then_some(()) }).await;
    let began = Instant::now();
    install.stop().await;
    assert!(began.elapsed() < STOPS_WITHIN, "it took {:?}", began.elapsed());
    assert!(install.last_words().contains("spans could not be sent in time"), "{}", install.last_words());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_sent_is_said_once_and_what_cannot_be_followed_too() {
    let mut install = Install::prepare();
    // Nobody listens there.
    let nobody = format!("http://127.0.0.1:{}", install.route(2));
    install.variables = traced_to(&nobody);
    install.restart().await;
    ready(&install).await;
    install.live("1.0.0", "production").await;
    let said = || install.last_words().matches("traces cannot be sent").count();
    until("it is said", || async { (said() > 0).then_some(()) }).await;
    install.live("1.1.0", "production").await;
    assert_eq!(said(), 1, "{}", install.last_words());
    install.stop().await;

    install.variables.push(("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc".to_owned()));
    install.restart().await;
    assert!(install.last_words().contains("traces are off"), "{}", install.last_words());
    install.stop().await;
}
