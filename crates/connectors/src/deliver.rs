//! One attempt to deliver one message: signed now, sent through the guard, its answer noted.
//!
//! Invariant: each attempt has its own timestamp and the message's one id; what is noted of an answer is short, printable
//! and free of what we sent in confidence. Deliberately not here: when to try again (`schedule`), keeping the outcome.

use std::time::Instant;

use reqwest::Method;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
use secrecy::{ExposeSecret, SecretString};

use crate::guard::{Answered, Guard, Outgoing, SendFailure, Url};
use crate::schedule::{Answer, retry_after};
use crate::standard_webhooks::{self as webhooks, MessageId, SigningKey};

/// How much of an answer is kept for people.
pub const ANSWER_BYTES: usize = 1024;

/// Where messages go. `Debug` shows the host alone: paths and queries of webhooks are often secrets.
#[derive(Clone)]
pub struct Endpoint {
    pub url: String,
    /// Each signs; several while keys are changed.
    pub keys: Vec<SigningKey>,
    authorization: Option<SecretString>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an `Authorization` is one line of visible ASCII characters and spaces")]
pub struct AuthorizationRefusal;

impl AuthorizationRefusal {
    pub fn code(self) -> &'static str {
        "authorization-malformed"
    }
    pub fn help(self) -> &'static str {
        "write it as it is sent, for example `Bearer` and the token; mind the end of the line when it comes from a file"
    }
}

impl Endpoint {
    pub fn new(url: impl Into<String>, keys: Vec<SigningKey>) -> Self {
        Self { url: url.into(), keys, authorization: None }
    }

    /// The whole value of `Authorization`, for receivers that want one.
    pub fn with_authorization(self, value: SecretString) -> Result<Self, AuthorizationRefusal> {
        let text = value.expose_secret();
        let fits =
            !text.trim().is_empty() && text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
        if fits { Ok(Self { authorization: Some(value), ..self }) } else { Err(AuthorizationRefusal) }
    }
}

impl std::fmt::Debug for Endpoint {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let url = Url::parse(&self.url).ok();
        let host = url.as_ref().and_then(Url::host_str).unwrap_or("?");
        write!(formatter, "Endpoint({host}, {} keys)", self.keys.len())
    }
}

/// What goes to every endpoint alike; the same for each attempt.
#[derive(Debug, Clone)]
pub struct Message {
    pub id: MessageId,
    /// With `content-type`, and the attributes where the form is that of CloudEvents in headers.
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Message {
    pub fn json(id: MessageId, body: Vec<u8>) -> Self {
        let json = HeaderValue::from_static("application/json");
        Self { id, headers: HeaderMap::from_iter([(CONTENT_TYPE, json)]), body }
    }
}

/// What became of an attempt, to be kept and shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// For `schedule::next`.
    pub answer: Answer,
    pub status: Option<u16>,
    /// The beginning of the answer's body.
    pub said: String,
    pub failure: Option<NotAnswered>,
    pub duration_ms: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotAnswered {
    pub code: &'static str,
    pub message: String,
    pub help: &'static str,
}

/// `now_seconds` since 1970: what is signed, and what dates in `Retry-After` are counted from.
pub async fn attempt(guard: &Guard, endpoint: &Endpoint, message: &Message, now_seconds: u64) -> Outcome {
    let begun = Instant::now();
    let outgoing = Outgoing {
        method: Method::POST,
        url: endpoint.url.clone(),
        headers: headers(endpoint, message, now_seconds),
        body: message.body.clone(),
        // So much more that a secret that is echoed at the edge is seen whole, and taken out whole.
        body_limit_bytes: ANSWER_BYTES
            + endpoint.authorization.as_ref().map_or(0, |it| it.expose_secret().len()),
        timeout: None,
    };
    let answered = guard.send(outgoing).await;
    let duration_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    match answered {
        Ok(answered) => noted(endpoint, &answered, now_seconds, duration_ms),
        Err(failure) => not_answered(&failure, duration_ms),
    }
}

pub(crate) fn headers(endpoint: &Endpoint, message: &Message, now_seconds: u64) -> HeaderMap {
    let mut headers = message.headers.clone();
    let signature = webhooks::sign(&endpoint.keys, &message.id, now_seconds, &message.body);
    let values = [
        (webhooks::ID_HEADER, message.id.as_str().to_owned()),
        (webhooks::TIMESTAMP_HEADER, now_seconds.to_string()),
        (webhooks::SIGNATURE_HEADER, signature),
    ];
    for (name, value) in values.into_iter().filter(|(_, value)| !value.is_empty()) {
        // All three are ASCII by their types; without keys there is no signature.
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(name, value);
        }
    }
    let secret = endpoint.authorization.as_ref();
    if let Some(Ok(mut value)) = secret.map(|secret| HeaderValue::from_str(secret.expose_secret())) {
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
    }
    headers
}

fn noted(endpoint: &Endpoint, answered: &Answered, now_seconds: u64, duration_ms: u64) -> Outcome {
    let wish = answered.headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok());
    let retry_after_seconds = wish.and_then(|value| retry_after(value, now_seconds));
    Outcome {
        answer: Answer::Status { code: answered.status, retry_after_seconds },
        status: Some(answered.status),
        said: printable(endpoint, &answered.body),
        failure: None,
        duration_ms,
    }
}

fn not_answered(failure: &SendFailure, duration_ms: u64) -> Outcome {
    let (code, help) = (failure.code(), failure.help());
    let failure = NotAnswered { code, message: failure.explained(), help };
    Outcome {
        answer: Answer::Nothing,
        status: None,
        said: String::new(),
        failure: Some(failure),
        duration_ms,
    }
}

/// A receiver may echo what it got, or send what a terminal would obey.
fn printable(endpoint: &Endpoint, body: &[u8]) -> String {
    let mut text = String::from_utf8_lossy(body).into_owned();
    if let Some(secret) = endpoint.authorization.as_ref().map(ExposeSecret::expose_secret) {
        // Of `Bearer abc` the word alone is the secret.
        let parts = [secret, secret.rsplit(' ').next().unwrap_or(secret)];
        for part in parts.into_iter().filter(|part| part.len() >= 4) {
            text = text.replace(part, "[redacted]");
        }
    }
    let harmless = |character: char| !character.is_control() || matches!(character, '\n' | '\t');
    text.truncate(text.floor_char_boundary(ANSWER_BYTES));
    text.chars().map(|character| if harmless(character) { character } else { '\u{fffd}' }).collect()
}
