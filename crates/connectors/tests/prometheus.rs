//! A Prometheus asked over real HTTP: what it may say, and everything that is no measurement.
//!
//! Not here: a whole rollout judged by one (`e2e/process`).
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod receiver;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use receiver::{Asked, Receiver, answer};
use secrecy::SecretString;
use tidegate_connectors::guard::{Allowance, Guard, Limits, Url};
use tidegate_connectors::prometheus::{ANSWER_BYTES_MAX, Question, SERIES_MAX, measure};
use tidegate_domain::strategy::Prometheus;
use tidegate_ports::{Arm, Fault, Measured};

const JSON: &str = "content-type: application/json\r\n";

fn guard(allowed: &[&str]) -> Guard {
    Guard::new(Allowance::parse(allowed.iter().copied()).unwrap(), &Limits::default()).unwrap()
}

fn at(url: String) -> Prometheus {
    // No verdict of these tests is to come from a machine that stands still for a while.
    Prometheus { timeout_seconds: 120, ..Prometheus::new(url, "shop_total", "shop_failed_total", "checkout") }
}

async fn asked_of(at: &Prometheus) -> Result<Measured, Fault> {
    measure(&guard(&["127.0.0.1"]), &Question { at, variant: "on", token: None }).await
}

/// The members of the form that was sent.
fn form(asked: &Asked) -> BTreeMap<String, String> {
    let body = String::from_utf8(asked.body.clone()).unwrap();
    Url::parse(&format!("http://form/?{body}")).unwrap().query_pairs().into_owned().collect()
}

/// One that answers each query with its own body.
async fn saying(requests: &str, failures: &str) -> Receiver {
    let (requests, failures) = (requests.to_owned(), failures.to_owned());
    Receiver::new(move |_, asked| {
        let body = if form(asked)["query"] == "shop_total" { &requests } else { &failures };
        answer("200 OK", JSON, body)
    })
    .await
}

fn vector(series: &[(&str, &str)]) -> String {
    let mut result = String::new();
    for (index, (labels, value)) in series.iter().enumerate() {
        let comma = if index == 0 { "" } else { "," };
        write!(result, "{comma}{{\"metric\":{{{labels}}},\"value\":[1790000000.781,\"{value}\"]}}").unwrap();
    }
    format!(r#"{{"status":"success","data":{{"resultType":"vector","result":[{result}]}}}}"#)
}

const A_ON: &str = r#""__name__":"shop_total","instance":"a:80","checkout":"on""#;
const A_OFF: &str = r#""__name__":"shop_total","instance":"a:80","checkout":"off""#;
const B_OFF: &str = r#""__name__":"shop_total","instance":"b:80","checkout":"off""#;
const B_BLUE: &str = r#""__name__":"shop_total","instance":"b:80","checkout":"blue""#;

fn counted(arms: &[Arm]) -> Vec<(&str, u64, u64)> {
    arms.iter().map(|arm| (arm.instance.as_str(), arm.requests, arm.errors)).collect()
}

#[tokio::test]
async fn variants_are_told_apart_and_every_instance_counts_for_itself() {
    let code = |labels: &str, code: &str| format!("{labels},\"code\":\"{code}\"");
    let (on_200, on_500) = (code(A_ON, "200"), code(A_ON, "500"));
    let requests = vector(&[
        (on_200.as_str(), "90"),
        (on_500.as_str(), "10.9"),
        (A_OFF, "1000"),
        (B_OFF, "5e2"),
        (B_BLUE, "7"),
        (r#""__name__":"shop_total","instance":"c:80""#, "4"),
    ]);
    let failures = vector(&[(on_500.as_str(), "10"), (A_OFF, "0")]);
    let receiver = saying(&requests, &failures).await;
    let prometheus = at(receiver.url("/prometheus/"));
    let token = SecretString::from("s3cret");
    let question = Question { at: &prometheus, variant: "on", token: Some(&token) };
    let measured = measure(&guard(&["127.0.0.1"]), &question).await.unwrap();
    assert_eq!(counted(&measured.candidate), [("a:80", 100, 10)]);
    assert_eq!(counted(&measured.stable), [("a:80", 1_000, 0), ("b:80", 507, 0)]);
    assert!(measured.edges_ms.is_empty(), "it knows of no latencies");

    let asked = receiver.asked();
    assert_eq!(asked.len(), 2);
    assert!(asked[0].head.starts_with("POST /prometheus/api/v1/query HTTP/1.1"), "{}", asked[0].head);
    assert_eq!(asked[0].headers["authorization"], "Bearer s3cret");
    let (first, second) = (form(&asked[0]), form(&asked[1]));
    assert_eq!((first["query"].as_str(), first.get("time")), ("shop_total", None));
    assert_eq!(second["query"], "shop_failed_total");
    assert_eq!(second["time"], "1790000000.781", "both are of one instant");
}

#[tokio::test]
async fn who_has_not_got_the_variant_yet_is_one_arm_without_a_sample() {
    let receiver = saying(&vector(&[(A_OFF, "10")]), &vector(&[(A_OFF, "0")])).await;
    let measured = asked_of(&at(receiver.url(""))).await.unwrap();
    assert_eq!((counted(&measured.stable), measured.candidate.len()), (vec![("a:80", 10, 0)], 0));
}

#[track_caller]
fn fails(measured: &Result<Measured, Fault>, code: &str, words: &str, case: &str) {
    let fault = measured.as_ref().expect_err(case);
    assert_eq!(fault.code, code, "{case}: {fault}");
    assert!(fault.message.contains(words), "{case}: {fault}");
    assert!(!fault.help.is_empty(), "{case}");
}

#[tokio::test]
async fn an_answer_without_numbers_is_no_measurement() {
    let good = vector(&[(A_ON, "1"), (A_OFF, "9")]);
    let empty = vector(&[]);
    let histogram = format!(
        r#"{{"status":"success","data":{{"resultType":"vector","result":[{{"metric":{{{A_ON}}},"histogram":[1790000000,{{"count":"1"}}]}}]}}}}"#
    );
    let matrix = r#"{"status":"success","data":{"resultType":"matrix","result":[]}}"#;
    let scalar = r#"{"status":"success","data":{"resultType":"scalar","result":[1790000000,"1"]}}"#;
    let summed = vector(&[(r#""checkout":"on""#, "1")]);
    let plain = vector(&[(r#""instance":"a:80""#, "1")]);
    let blank = vector(&[(r#""instance":"a:80","checkout":"""#, "1")]);
    let table = [
        ("nothing known", empty.as_str(), "metrics-empty", "`requests` is empty"),
        ("a matrix", matrix, "metrics-unreadable", "is a matrix"),
        ("a scalar", scalar, "metrics-unreadable", "is a scalar"),
        ("a histogram", &histogram, "metrics-unreadable", "histograms"),
        ("summed over all", &summed, "metrics-unreadable", "without `instance`"),
        ("another label", &plain, "metrics-unreadable", "no series with the label `checkout`"),
        ("a blank label", &blank, "metrics-unreadable", "no series with the label `checkout`"),
        ("an error that says 200", r#"{"status":"error"}"#, "metrics-unreadable", "not one of success"),
        ("a page", "<html>hello</html>", "metrics-unreadable", "not what a Prometheus says"),
        ("an array", r#"["success"]"#, "metrics-unreadable", "not what a Prometheus says"),
        ("nothing", "", "metrics-unreadable", "not what a Prometheus says"),
        ("half of it", &good[..good.len() / 2], "metrics-unreadable", "not what a Prometheus says"),
    ];
    for (case, said, code, words) in table {
        let receiver = saying(said, &good).await;
        fails(&asked_of(&at(receiver.url(""))).await, code, words, case);
        assert_eq!(receiver.asked().len(), 1, "{case}: the second question makes no sense without the first");
    }
    for value in ["NaN", "+Inf", "-Inf", "-1", "", "many", "1e17"] {
        let receiver = saying(&vector(&[(A_ON, value), (A_OFF, "9")]), &good).await;
        fails(&asked_of(&at(receiver.url(""))).await, "metrics-unreadable", "no count", value);
    }
    // A query for failures that names nothing is not taken for health.
    let receiver = saying(&good, &empty).await;
    fails(&asked_of(&at(receiver.url(""))).await, "metrics-empty", "`failures` is empty", "no failures");
}

#[tokio::test]
async fn a_complaint_is_told_apart_from_silence() {
    let complaint =
        "{\"status\":\"error\",\"errorType\":\"bad_data\",\"error\":\"invalid \\u001b[2J\\n parameter\"}";
    let table = [
        ("400 Bad Request", complaint, "metrics-query-refused", "invalid [2J parameter"),
        ("422 Unprocessable Entity", complaint, "metrics-query-refused", "`requests`"),
        ("400 Bad Request", "<html>", "metrics-unreachable", "status 400"),
        ("401 Unauthorized", "", "metrics-unreachable", "status 401"),
        ("404 Not Found", "", "metrics-unreachable", "status 404"),
        ("302 Found", "", "metrics-unreachable", "status 302"),
        ("503 Service Unavailable", complaint, "metrics-unreachable", "status 503"),
    ];
    for (status, body, code, words) in table {
        let receiver = Receiver::new(move |_, _| answer(status, JSON, body)).await;
        fails(&asked_of(&at(receiver.url(""))).await, code, words, status);
    }
    // Cut off in the middle of what it promised.
    let receiver =
        Receiver::new(|_, _| b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"status\"".to_vec()).await;
    fails(&asked_of(&at(receiver.url(""))).await, "metrics-unreachable", "broke off", "half a body");
    let gone = {
        let receiver = Receiver::new(|_, _| Vec::new()).await;
        receiver.url("")
    };
    fails(&asked_of(&at(gone)).await, "metrics-unreachable", "could not be asked", "nobody there");
    let receiver = saying("{}", "{}").await;
    let elsewhere = at(receiver.url(""));
    let closed = measure(&guard(&[]), &Question { at: &elsewhere, variant: "on", token: None }).await;
    fails(&closed, "metrics-unreachable", "127.0.0.1", "an address inside");
    assert!(receiver.asked().is_empty(), "it was asked all the same");
    let odd = SecretString::from("a\nb");
    let question = Question { at: &elsewhere, variant: "on", token: Some(&odd) };
    fails(
        &measure(&guard(&["127.0.0.1"]), &question).await,
        "metrics-unreachable",
        "token",
        "a token of two lines",
    );
    fails(&asked_of(&at("no address".into())).await, "metrics-unreachable", "`url`", "no address");
}

#[tokio::test]
async fn one_that_never_answers_ends_in_time() {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let silent = Prometheus { timeout_seconds: 1, ..at(url) };
    fails(&asked_of(&silent).await, "metrics-unreachable", "", "silence");
}

#[tokio::test]
async fn a_flood_is_cut_off() {
    let flood = format!("{{\"status\":\"{}", "x".repeat(ANSWER_BYTES_MAX));
    let receiver = saying(&flood, "").await;
    fails(&asked_of(&at(receiver.url(""))).await, "metrics-unreadable", "longer than", "too many bytes");
    let many: Vec<(&str, &str)> = std::iter::repeat_n((A_ON, "1"), SERIES_MAX + 1).collect();
    let receiver = saying(&vector(&many), "").await;
    fails(&asked_of(&at(receiver.url(""))).await, "metrics-unreadable", "more than 20000 series", "too many");
}
