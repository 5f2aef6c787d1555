//! Messages delivered to real servers, and to servers that would lead them elsewhere.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod receiver;

use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use receiver::{Receiver, answer};
use tidegate_connectors::HeaderMap;
use tidegate_connectors::deliver::{ANSWER_BYTES, Endpoint, Message, attempt};
use tidegate_connectors::guard::{Allowance, Guard, Limits, Method, Outgoing, Resolver, SendFailure};
use tidegate_connectors::schedule::{self, Answer, Next};
use tidegate_connectors::standard_webhooks::{self as webhooks, MessageId, SigningKey, VerifyingKey};

const NOW: u64 = 1_790_000_000;
const KEY: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn guard(allowed: &[&str]) -> Guard {
    let limits = Limits { timeout: Duration::from_mins(2), ..Limits::default() };
    Guard::new(Allowance::parse(allowed.iter().copied()).unwrap(), &limits).unwrap()
}

fn endpoint(url: String) -> Endpoint {
    Endpoint::new(url, vec![SigningKey::parse(KEY).unwrap()])
}

fn message() -> Message {
    Message::json(
        MessageId::parse("rol_0000000000000001/succeeded").unwrap(),
        br#"{"release":"2.1.0"}"#.to_vec(),
    )
}

#[tokio::test]
async fn a_message_arrives_signed_and_each_attempt_has_its_own_time() {
    let receiver = Receiver::new(|_, _| answer("200 OK", "", "thanks")).await;
    let (guard, endpoint, message) = (guard(&["127.0.0.1"]), endpoint(receiver.url("/hook?a=b")), message());
    for now in [NOW, NOW + 400] {
        let outcome = attempt(&guard, &endpoint, &message, now).await;
        assert_eq!((outcome.status, outcome.said.as_str(), outcome.failure), (Some(200), "thanks", None));
        assert_eq!(schedule::next(1, outcome.answer, 0), Next::Delivered);
    }
    let asked = receiver.asked();
    assert_eq!(asked.len(), 2);
    let key = [VerifyingKey::parse(KEY).unwrap()];
    for (asked, now) in asked.iter().zip([NOW, NOW + 400]) {
        assert!(asked.head.starts_with("POST /hook?a=b HTTP/1.1"), "{}", asked.head);
        assert_eq!(asked.headers["content-type"], "application/json");
        assert_eq!(asked.body, message.body);
        let verified = webhooks::verify(&key, &asked.headers, &asked.body, now).unwrap();
        assert_eq!((verified.id, verified.timestamp_seconds), (message.id.clone(), now));
    }
    assert!(webhooks::verify(&key, &asked[0].headers, &asked[0].body, NOW + 400).is_err(), "too old by then");
}

/// The whole timetable on a clock of the test's own.
#[tokio::test]
async fn a_receiver_that_comes_back_gets_its_message_and_one_that_never_does_is_left_after_ten() {
    let check = async |failures: usize, expect: Next, attempts: u32| {
        let receiver = Receiver::new(move |number, _| {
            answer(if number < failures { "500 Internal Server Error" } else { "204 No Content" }, "", "")
        })
        .await;
        let (guard, endpoint, message) = (guard(&["127.0.0.1"]), endpoint(receiver.url("/")), message());
        let (mut now, mut number) = (NOW, 1);
        let last = loop {
            let outcome = attempt(&guard, &endpoint, &message, now).await;
            match schedule::next(number, outcome.answer, 7) {
                Next::Retry { wait_ms } => now += wait_ms / 1000,
                last @ (Next::Delivered | Next::Disable | Next::DeadLetter) => break last,
            }
            number += 1;
        };
        assert_eq!((last, number, receiver.asked().len()), (expect, attempts, attempts as usize));
    };
    check(0, Next::Delivered, 1).await;
    check(3, Next::Delivered, 4).await;
    check(9, Next::Delivered, 10).await;
    check(10, Next::DeadLetter, 10).await;
}

#[tokio::test]
async fn a_redirect_is_a_failure_and_nobody_goes_there() {
    let inside = Receiver::new(|_, _| answer("200 OK", "", "secret")).await;
    for status in [
        "301 Moved Permanently",
        "302 Found",
        "303 See Other",
        "307 Temporary Redirect",
        "308 Permanent Redirect",
    ] {
        let location = format!("location: {}\r\n", inside.url("/latest/meta-data/"));
        let outside = Receiver::new(move |_, _| answer(status, &location, "")).await;
        let outcome = attempt(&guard(&["127.0.0.1"]), &endpoint(outside.url("/")), &message(), NOW).await;
        assert_eq!(outcome.status, status[..3].parse().ok());
        assert!(matches!(schedule::next(1, outcome.answer, 0), Next::Retry { .. }), "{status}");
        assert_eq!(outside.asked().len(), 1);
    }
    assert_eq!(inside.asked().len(), 0, "a redirect was followed");
}

/// Says one thing when asked first, and another later.
struct Rebinding(Mutex<VecDeque<Vec<IpAddr>>>);

#[async_trait]
impl Resolver for Rebinding {
    async fn addresses(&self, _host: &str) -> std::io::Result<Vec<IpAddr>> {
        Ok(self.0.lock().unwrap().pop_front().unwrap_or_default())
    }
}

fn rebinding(answers: &[&[&str]], allowed: &[&str]) -> Guard {
    let parsed = |answer: &&[&str]| answer.iter().map(|address| address.parse().unwrap()).collect();
    let resolver = Rebinding(Mutex::new(answers.iter().map(parsed).collect()));
    let allowance = Allowance::parse(allowed.iter().copied()).unwrap();
    Guard::with_resolver(allowance, &Limits::default(), Arc::new(resolver)).unwrap()
}

#[tokio::test]
async fn a_name_that_changes_its_mind_leads_nowhere() {
    let inside = Receiver::new(|_, _| answer("200 OK", "", "secret")).await;
    let url = format!("http://rebind.example:{}/", inside.address.port());
    let answers: &[&[&str]] =
        &[&["93.184.216.34"], &["127.0.0.1"], &["93.184.216.34", "127.0.0.1"], &["::ffff:127.0.0.1"]];
    let guard = rebinding(answers, &[]);
    assert!(guard.check(&url).await.is_ok(), "public while it is saved");
    for _ in &answers[1..] {
        let outcome = attempt(&guard, &endpoint(url.clone()), &message(), NOW).await;
        assert_eq!(outcome.failure.expect("refused").code, "address-not-allowed");
        assert_eq!(outcome.answer, Answer::Nothing);
    }
    assert_eq!(inside.asked().len(), 0, "the name led inside");

    // And the guard is what stops it: where the name is allowed, the same answer leads there.
    let guard = rebinding(&[&["127.0.0.1"]], &["rebind.example"]);
    let outcome = attempt(&guard, &endpoint(url), &message(), NOW).await;
    assert_eq!((outcome.status, inside.asked().len()), (Some(200), 1));
}

#[tokio::test]
async fn a_connection_is_not_kept_for_a_name_that_moved() {
    let receiver = Receiver::new(|_, _| {
        b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: keep-alive\r\n\r\n".to_vec()
    })
    .await;
    let url = format!("http://rebind.example:{}/", receiver.address.port());
    let guard = rebinding(&[&["127.0.0.1"], &["169.254.169.254"]], &["rebind.example"]);
    let first = attempt(&guard, &endpoint(url.clone()), &message(), NOW).await;
    let second = attempt(&guard, &endpoint(url), &message(), NOW).await;
    assert_eq!(first.status, Some(200));
    assert_eq!(second.failure.expect("refused").code, "address-not-allowed");
    assert_eq!(receiver.asked().len(), 1);
}

#[tokio::test]
async fn without_leave_this_machine_is_not_asked() {
    let receiver = Receiver::new(|_, _| answer("200 OK", "", "")).await;
    for host in ["127.0.0.1", "localhost", "0x7f.1", "2130706433", "[::ffff:127.0.0.1]"] {
        let url = format!("http://{host}:{}/", receiver.address.port());
        let outcome = attempt(&guard(&[]), &endpoint(url), &message(), NOW).await;
        let code = outcome.failure.expect("refused").code;
        // A machine without a resolver does not know localhost.
        assert!(
            code == "address-not-allowed" || (host == "localhost" && code == "host-not-found"),
            "{host}: {code}"
        );
    }
    assert_eq!(receiver.asked().len(), 0);
}

#[tokio::test]
async fn https_speaks_tls_and_an_answer_in_plain_text_is_none() {
    let receiver = Receiver::new(|_, _| answer("200 OK", "", "")).await;
    let url = receiver.url("/").replace("http:", "https:");
    let outcome = attempt(&guard(&["127.0.0.1"]), &endpoint(url), &message(), NOW).await;
    assert_eq!(outcome.failure.expect("no TLS there").code, "endpoint-unreachable");
    // A TLS record of type handshake.
    assert_eq!(receiver.asked()[0].body[..2], [0x16, 0x03]);
}

#[tokio::test]
async fn a_long_answer_is_cut_and_an_endless_one_ends() {
    let receiver = Receiver::new(|_, _| {
        let mut endless = b"HTTP/1.1 500 No\r\nconnection: close\r\n\r\n".to_vec();
        endless.extend(std::iter::repeat_n(b'x', 64 << 20));
        endless
    })
    .await;
    let outcome = attempt(&guard(&["127.0.0.1"]), &endpoint(receiver.url("/")), &message(), NOW).await;
    assert_eq!((outcome.status, outcome.said.len()), (Some(500), ANSWER_BYTES));
}

#[tokio::test]
async fn a_silent_receiver_is_given_up() {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let limits = Limits { timeout: Duration::from_millis(200), ..Limits::default() };
    let guard = Guard::new(Allowance::parse(["127.0.0.1"]).unwrap(), &limits).unwrap();
    let outcome = attempt(&guard, &endpoint(url), &message(), NOW).await;
    assert_eq!(outcome.failure.expect("nobody answers").code, "endpoint-too-slow");
    assert!(matches!(schedule::next(1, outcome.answer, 0), Next::Retry { .. }));
}

#[tokio::test]
async fn nobody_there_is_not_an_answer() {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let outcome =
        attempt(&guard(&["127.0.0.1"]), &endpoint(format!("http://{address}/")), &message(), NOW).await;
    assert_eq!(outcome.failure.expect("nobody listens").code, "endpoint-unreachable");
}

#[tokio::test]
async fn a_receiver_can_ask_for_time_or_want_no_more() {
    let check = async |status: &'static str, headers: &'static str, expect: Next| {
        let receiver = Receiver::new(move |_, _| answer(status, headers, "")).await;
        let outcome =
            attempt(&guard(&["127.0.0.1"]), &endpoint(receiver.url("/")), &message(), 784_111_777 - 90).await;
        assert_eq!(schedule::next(1, outcome.answer, 0), expect, "{status} {headers}");
    };
    check("429 Too Many Requests", "retry-after: 120\r\n", Next::Retry { wait_ms: 120_000 }).await;
    let date = "retry-after: Sun, 06 Nov 1994 08:49:37 GMT\r\n";
    check("503 Service Unavailable", date, Next::Retry { wait_ms: 90_000 }).await;
    check("503 Service Unavailable", "retry-after: soon\r\n", Next::Retry { wait_ms: 5000 }).await;
    check("500 Internal Server Error", "retry-after: 120\r\n", Next::Retry { wait_ms: 5000 }).await;
    check("410 Gone", "", Next::Disable).await;
}

#[tokio::test]
async fn what_we_send_in_confidence_is_not_kept_even_if_it_is_echoed() {
    let echo = |_: usize, asked: &receiver::Asked| {
        let mut body = "y".repeat(ANSWER_BYTES - 4);
        body.push_str("s3cr3t-token\u{1b}[31m");
        answer("500 No", "", &format!("{} {body}", asked.headers["authorization"].to_str().unwrap()))
    };
    let receiver = Receiver::new(echo).await;
    let endpoint = endpoint(receiver.url("/T000/B000/path-secret?token=query-secret"));
    for odd in ["", " ", "Bearer a\nb", "Bearer a\r", "Bearer é"] {
        assert!(endpoint.clone().with_authorization(odd.into()).is_err(), "{odd:?}");
    }
    let endpoint = endpoint.with_authorization("Bearer s3cr3t-token".into()).unwrap();
    let outcome = attempt(&guard(&["127.0.0.1"]), &endpoint, &message(), NOW).await;
    assert!(outcome.said.starts_with("[redacted] yyy"), "{}", outcome.said);
    let refused = attempt(&guard(&[]), &endpoint, &message(), NOW).await;
    let mut plain = endpoint.clone();
    plain.url = plain.url.replace("http:", "https:");
    let silent = attempt(&guard(&["127.0.0.1"]), &plain, &message(), NOW).await;
    let (method, headers, body) = (Method::POST, HeaderMap::new(), Vec::new());
    let outgoing =
        Outgoing { method, url: plain.url.clone(), headers, body, body_limit_bytes: 0, timeout: None };
    let failure = guard(&["127.0.0.1"]).send(outgoing).await.unwrap_err();
    let shown =
        format!("{outcome:?} {refused:?} {silent:?} {endpoint:?} {failure:?} {}", failure.explained());
    for secret in ["s3cr3t", "MfKQ9r8G", "path-secret", "query-secret", "\u{1b}"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
    assert!(receiver.asked()[0].headers["authorization"] == "Bearer s3cr3t-token", "it was sent");
}

#[tokio::test]
async fn a_check_says_where_a_name_leads() {
    let guard = rebinding(&[&["93.184.216.34"], &[]], &[]);
    let found = guard.check("https://example.com/").await.unwrap();
    assert_eq!(found, ["93.184.216.34".parse::<IpAddr>().unwrap()]);
    assert!(matches!(guard.check("https://example.com/").await, Err(SendFailure::UnknownHost { .. })));
}
