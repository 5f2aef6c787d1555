//! One question to a store, sent again where only time was missing.
//!
//! Invariant: what changes something is sent once; a question that only reads is asked again a few times, and never sooner than the
//! store wants. Deliberately not here: what is asked.

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::Value;
use tidegate_connectors::guard::{Guard, Method, Outgoing};
use tidegate_connectors::schedule::retry_after;
use tidegate_connectors::{HeaderMap, HeaderName, HeaderValue};

use crate::refusal::StoreRefusal;
use crate::rules::Store;

const ANSWER_BYTES_MAX: usize = 1 << 20;
const TRIES: u32 = 4;
/// Longer than that is for whoever asked to wait for.
const WAIT_SECONDS_MAX: u64 = 5;
const SAYS_CHARS_MAX: usize = 300;

pub(crate) struct Line {
    pub store: Store,
    pub guard: Guard,
    /// Without a slash at its end.
    pub base: String,
}

pub(crate) struct Ask<'a> {
    pub method: Method,
    pub path: &'a str,
    pub bearer: Option<&'a str>,
    pub body: Option<Body<'a>>,
}

pub(crate) enum Body<'a> {
    Json(&'a Value),
    Form(String),
}

/// With 2xx, 404 or 409; everything else is a refusal.
pub(crate) struct Told {
    pub status: u16,
    pub body: Vec<u8>,
}

impl Line {
    pub async fn ask(&self, ask: &Ask<'_>) -> Result<Told, StoreRefusal> {
        let mut tries = if ask.method == Method::GET { TRIES } else { 1 };
        loop {
            tries -= 1;
            let refused = match self.once(ask).await {
                Ok(told) => return Ok(told),
                Err(refused) => refused,
            };
            match wait(&refused).filter(|seconds| tries > 0 && *seconds <= WAIT_SECONDS_MAX) {
                Some(seconds) => tokio::time::sleep(Duration::from_secs(seconds)).await,
                None => return Err(refused),
            }
        }
    }

    async fn once(&self, ask: &Ask<'_>) -> Result<Told, StoreRefusal> {
        let store = self.store;
        let (kind, body) = match &ask.body {
            None => (None, Vec::new()),
            Some(Body::Json(value)) => (Some("application/json"), value.to_string().into_bytes()),
            Some(Body::Form(text)) => (Some("application/x-www-form-urlencoded"), text.clone().into_bytes()),
        };
        let mut headers = HeaderMap::new();
        headers.insert(HeaderName::from_static("accept"), HeaderValue::from_static("application/json"));
        if let Some(kind) = kind {
            headers.insert(HeaderName::from_static("content-type"), HeaderValue::from_static(kind));
        }
        if let Some(Ok(mut value)) =
            ask.bearer.map(|bearer| HeaderValue::try_from(format!("Bearer {bearer}")))
        {
            value.set_sensitive(true);
            headers.insert(HeaderName::from_static("authorization"), value);
        }
        // Google asks for it also where nothing is sent (411).
        if body.is_empty() && ask.method != Method::GET {
            headers.insert(HeaderName::from_static("content-length"), HeaderValue::from_static("0"));
        }
        let url = if ask.path.starts_with("http") {
            ask.path.to_owned()
        } else {
            format!("{}{}", self.base, ask.path)
        };
        let outgoing = Outgoing {
            method: ask.method.clone(),
            url,
            headers,
            body,
            body_limit_bytes: ANSWER_BYTES_MAX,
            timeout: None,
        };
        let answered = self
            .guard
            .send(outgoing)
            .await
            .map_err(|failure| StoreRefusal::Unwell { store, why: failure.explained() })?;
        if answered.cut {
            return Err(StoreRefusal::Unreadable {
                store,
                why: format!("it is longer than {ANSWER_BYTES_MAX} bytes"),
            });
        }
        let says = || says(&answered.body);
        match answered.status {
            200..=299 | 404 | 409 => Ok(Told { status: answered.status, body: answered.body }),
            429 => {
                let header = answered.headers.get("retry-after").and_then(|value| value.to_str().ok());
                let seconds = header.and_then(|value| retry_after(value, now_seconds())).unwrap_or(1);
                Err(StoreRefusal::Busy { store, seconds: seconds.max(1) })
            }
            status @ 500..=599 => Err(StoreRefusal::Unwell { store, why: format!("it answers {status}") }),
            status => Err(StoreRefusal::Denied { store, status, says: says() }),
        }
    }

    pub fn read<T: DeserializeOwned>(&self, told: &Told) -> Result<T, StoreRefusal> {
        serde_json::from_slice(&told.body).map_err(|why| {
            let store = self.store;
            // What serde says may quote the answer.
            let what = if why.is_eof() { "it ends in the middle" } else { "it has not the expected form" };
            StoreRefusal::Unreadable { store, why: format!("{what}, at {}:{}", why.line(), why.column()) }
        })
    }

    /// As what is refused by the state of things.
    pub fn conflict(&self, told: &Told) -> StoreRefusal {
        StoreRefusal::Conflict { store: self.store, says: says(&told.body) }
    }
}

/// In seconds, where only time is missing.
fn wait(refused: &StoreRefusal) -> Option<u64> {
    if let StoreRefusal::Busy { seconds, .. } = refused {
        return Some(*seconds);
    }
    matches!(refused, StoreRefusal::Unwell { .. }).then_some(1)
}

fn now_seconds() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// The store's own words: `errors[0].detail` of Apple, `error.message` of Google.
fn says(body: &[u8]) -> String {
    let value: Value = serde_json::from_slice(body).unwrap_or_default();
    let apple = value.pointer("/errors/0/detail").or_else(|| value.pointer("/errors/0/title"));
    let google = value.pointer("/error/message").or_else(|| value.get("error_description"));
    let text = apple.or(google).and_then(Value::as_str).unwrap_or("it does not say why");
    text.chars().filter(|letter| !letter.is_control()).take(SAYS_CHARS_MAX).collect()
}
