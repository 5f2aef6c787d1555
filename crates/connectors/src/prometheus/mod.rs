//! Counters of a flag's variants, asked of a Prometheus in two questions about one instant.
//!
//! Invariant: only a whole answer in time, of numbers that tell who counted, is a measurement; every other one is a fault
//! whose code says whether there was an answer. No fault names the address's path, a query's answer or the token.
//! Deliberately not here: reading vectors (`vector`), and what a fault means for a rollout.

mod vector;

use std::collections::BTreeMap;
use std::time::Duration;

use reqwest::Method;
use reqwest::Url;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use secrecy::{ExposeSecret as _, SecretString};
use tidegate_domain::strategy::Prometheus;
use tidegate_ports::{Arm, Fault, Measured};

use crate::guard::{Guard, Outgoing, SendFailure};
use vector::{Answer, Counters, Vector};

/// Of a whole answer; ten thousand series with long labels take about half of it.
pub const ANSWER_BYTES_MAX: usize = 8 << 20;
pub const SERIES_MAX: usize = 20_000;

/// What is asked, and by what right.
pub struct Question<'a> {
    pub at: &'a Prometheus,
    /// The candidate's; all others are compared with it.
    pub variant: &'a str,
    pub token: Option<&'a SecretString>,
}

pub async fn measure(guard: &Guard, question: &Question<'_>) -> Result<Measured, Fault> {
    let deadline = Duration::from_secs(question.at.timeout_seconds);
    let asking = asked_twice(guard, question);
    tokio::time::timeout(deadline, asking).await.unwrap_or_else(|_| Err(too_late(question.at)))
}

/// The second question is about the instant of the first, so that no scrape comes in between.
async fn asked_twice(guard: &Guard, question: &Question<'_>) -> Result<Measured, Fault> {
    let Prometheus { requests, failures, variant_label, instance_label, .. } = question.at;
    let labels = (variant_label.as_str(), instance_label.as_str());
    let mut counters = Counters::default();
    let requests = ask(guard, question, ("requests", requests), None).await?;
    counters.requests(&requests, labels)?;
    let failures = ask(guard, question, ("failures", failures), Some(&requests.at)).await?;
    counters.failures(&failures, labels)?;
    Ok(split(counters, question.variant))
}

fn split(counters: Counters, variant: &str) -> Measured {
    let mut stable: BTreeMap<String, Arm> = BTreeMap::new();
    let mut candidate: BTreeMap<String, Arm> = BTreeMap::new();
    for ((given, instance), counted) in counters.by_variant {
        let arms = if given == variant { &mut candidate } else { &mut stable };
        let arm = arms.entry(instance.clone()).or_insert_with(|| Arm { instance, ..Arm::default() });
        arm.requests = arm.requests.saturating_add(counted.requests);
        arm.errors = arm.errors.saturating_add(counted.failures);
    }
    Measured {
        edges_ms: Vec::new(),
        stable: stable.into_values().collect(),
        candidate: candidate.into_values().collect(),
    }
}

async fn ask(
    guard: &Guard,
    question: &Question<'_>,
    (name, query): (&'static str, &str),
    at: Option<&str>,
) -> Result<Vector, Fault> {
    let (url, body) = address(question.at, query, at).ok_or_else(|| bad_address(question.at))?;
    let outgoing = Outgoing {
        method: Method::POST,
        url,
        headers: headers(question.token)?,
        body,
        body_limit_bytes: ANSWER_BYTES_MAX,
        timeout: Some(Duration::from_secs(question.at.timeout_seconds)),
    };
    let answered = guard.send(outgoing).await.map_err(|failure| unreachable(&failure))?;
    if answered.cut {
        return Err(unreadable(name, &format!("is longer than {ANSWER_BYTES_MAX} bytes")));
    }
    let answer = Answer::read(&answered.body);
    match (answered.status, answer) {
        (200, Some(answer)) => answer.vector(name, &answered.body),
        (200, None) => Err(unreadable(name, "is not what a Prometheus says")),
        (400 | 422, Some(answer)) => Err(refused(name, &answer)),
        (status, _) => Err(status_fault(status)),
    }
}

/// Where to, and the form with the question; a form has no limit of length in practice, as a query string has.
fn address(at: &Prometheus, query: &str, instant: Option<&str>) -> Option<(String, Vec<u8>)> {
    let mut url = Url::parse(&at.url).ok()?;
    url.set_fragment(None);
    let mut form = url.clone();
    form.set_query(None);
    form.query_pairs_mut().append_pair("query", query);
    form.query_pairs_mut().append_pair("timeout", &format!("{}s", at.timeout_seconds));
    if let Some(instant) = instant {
        form.query_pairs_mut().append_pair("time", instant);
    }
    url.path_segments_mut().ok()?.pop_if_empty().extend(["api", "v1", "query"]);
    Some((url.to_string(), form.query()?.as_bytes().to_vec()))
}

fn headers(token: Option<&SecretString>) -> Result<HeaderMap, Fault> {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
    if let Some(token) = token {
        let value = HeaderValue::from_str(&format!("Bearer {}", token.expose_secret()));
        let mut value = value.map_err(|_| bad_token())?;
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
    }
    Ok(headers)
}

fn unreadable(name: &str, what: &str) -> Fault {
    Fault::retry("metrics-unreadable", format!("the answer to `{name}` {what}"))
        .with_help("ask Prometheus for it yourself: it has to answer with an instant vector of counters")
}

fn refused(name: &str, answer: &Answer) -> Fault {
    let message = format!("Prometheus does not take the query `{name}`: {}", answer.complaint());
    Fault::retry("metrics-query-refused", message)
        .with_help("correct `prometheus:` in tidegate.yaml, and start the rollout anew")
}

fn status_fault(status: u16) -> Fault {
    let fault = Fault::retry("metrics-unreachable", format!("Prometheus answered with status {status}"));
    fault.with_help(match status {
        401 | 403 => "look at the environment's secret that `token` names",
        300..=399 => "write the address to which it leads: a redirect is not followed",
        404 => "look at `url`: `/api/v1/query` is added to it",
        _ => "look at Prometheus' own log",
    })
}

fn unreachable(failure: &SendFailure) -> Fault {
    let message = format!("Prometheus could not be asked: {}", failure.explained());
    Fault::retry("metrics-unreachable", message).with_help(failure.help())
}

fn too_late(at: &Prometheus) -> Fault {
    let message = format!("Prometheus did not answer within {} seconds", at.timeout_seconds);
    Fault::retry("metrics-unreachable", message)
        .with_help("give it a larger `timeout`, or let a recording rule work the counters out")
}

fn bad_address(at: &Prometheus) -> Fault {
    let message = format!("`url` has {} bytes and is no address that can be asked", at.url.len());
    Fault::retry("metrics-unreachable", message)
        .with_help("correct `prometheus:` in tidegate.yaml, and start the rollout anew")
}

fn bad_token() -> Fault {
    Fault::retry("metrics-unreachable", "the token for Prometheus holds a byte that no header can")
        .with_help("set the secret that `token` names again, without a line break")
}
