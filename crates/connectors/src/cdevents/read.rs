//! CDEvents that other tools send, in either HTTP form or bare.
//!
//! Invariant: what is read has a known shape: an id, a source, a type in all its parts, a time, a subject; the attributes
//! around it may not say otherwise. Deliberately not here: signatures (`standard_webhooks`) and what to do about it.

use jiff::Timestamp;
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::types::EventType;

#[derive(Debug, Clone, PartialEq)]
pub struct Received {
    pub id: String,
    pub source: String,
    pub kind: EventType,
    pub at_ms: i64,
    pub chain: Option<String>,
    pub subject_id: String,
    pub content: Map<String, Value>,
    pub custom: Option<Value>,
}

impl Received {
    /// Tells copies: ids are unique within their source alone.
    pub fn delivery(&self) -> String {
        format!("{} {}", self.source, self.id)
    }
    /// The environment that the content names.
    pub fn environment(&self) -> Option<&str> {
        self.content.get("environment")?.get("id")?.as_str()
    }
    /// The service that the content names.
    pub fn service(&self) -> Option<&str> {
        self.content.get("service")?.get("id")?.as_str()
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadRefusal {
    #[error("this is not a CDEvent: {0}")]
    Shape(String),
    #[error("`{0}` is not a type of CDEvents, like dev.cdevents.service.deployed.0.3.0")]
    Type(String),
    #[error("`{0}` is not a time of RFC 3339")]
    Time(String),
    #[error("the attribute `{0}` says something else than the event")]
    Contradiction(&'static str),
}

impl ReadRefusal {
    pub fn code(&self) -> &'static str {
        "cdevent-unreadable"
    }
    pub fn help(&self) -> &'static str {
        "send CDEvents 0.3 or newer as CloudEvents 1.0 over HTTP, structured or binary"
    }
}

#[derive(Deserialize)]
struct Wire {
    context: Context,
    subject: Subject,
    #[serde(rename = "customData")]
    custom: Option<Value>,
}

#[derive(Deserialize)]
struct Context {
    id: String,
    source: String,
    #[serde(rename = "type")]
    kind: String,
    timestamp: String,
    #[serde(rename = "chainId")]
    chain: Option<String>,
}

#[derive(Deserialize)]
struct Subject {
    id: String,
    content: Map<String, Value>,
}

#[derive(Deserialize)]
struct Envelope {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    data: Wire,
}

/// The body has a limit already; nesting has serde_json's (128).
pub fn read(headers: &HeaderMap, body: &[u8]) -> Result<Received, ReadRefusal> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let shape = |why: serde_json::Error| ReadRefusal::Shape(why.to_string());
    if text(CONTENT_TYPE.as_str()).is_some_and(|kind| kind.starts_with("application/cloudevents+json")) {
        let envelope: Envelope = serde_json::from_slice(body).map_err(shape)?;
        let (id, kind) = (Some(envelope.id.as_str()), Some(envelope.kind.as_str()));
        agrees(&envelope.data.context, id, kind)?;
        return received(envelope.data);
    }
    let wire: Wire = serde_json::from_slice(body).map_err(shape)?;
    agrees(&wire.context, text("ce-id"), text("ce-type"))?;
    received(wire)
}

/// Of two that differ, a filter before us and we would go by different ones.
fn agrees(context: &Context, id: Option<&str>, kind: Option<&str>) -> Result<(), ReadRefusal> {
    // An id may be percent-encoded in a header; only plain ones are compared there.
    if id.is_some_and(|id| !id.contains('%') && id != context.id) {
        return Err(ReadRefusal::Contradiction("id"));
    }
    if kind.is_some_and(|kind| kind != context.kind) {
        return Err(ReadRefusal::Contradiction("type"));
    }
    Ok(())
}

fn received(wire: Wire) -> Result<Received, ReadRefusal> {
    let Wire { context, subject, custom } = wire;
    let kind = context.kind.parse().map_err(|()| ReadRefusal::Type(context.kind.clone()))?;
    let at: Timestamp =
        context.timestamp.parse().map_err(|_| ReadRefusal::Time(context.timestamp.clone()))?;
    for (what, text) in
        [("context.id", &context.id), ("context.source", &context.source), ("subject.id", &subject.id)]
    {
        if text.is_empty() || text.len() > 4096 {
            return Err(ReadRefusal::Shape(format!("{what} is empty or too long")));
        }
    }
    Ok(Received {
        id: context.id,
        source: context.source,
        kind,
        at_ms: at.as_millisecond(),
        chain: context.chain,
        subject_id: subject.id,
        content: subject.content,
        custom,
    })
}
