//! The HTTP binding of CloudEvents 1.0: the whole event in the body, or its attributes in headers.
//!
//! Invariant: both forms say the same. Source: CloudEvents HTTP protocol binding 1.0.2, 3.1 and 3.2; CDEvents'
//! CloudEvents binding. Deliberately not here: signing and sending.

use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};

use super::event::Event;
use crate::deliver::Message;
use crate::standard_webhooks::MessageId;

fn attributes(event: &Event) -> [(&'static str, String); 6] {
    [
        ("specversion", "1.0".to_owned()),
        ("id", event.id.clone()),
        ("source", event.source.clone()),
        ("type", event.kind.to_string()),
        ("subject", event.subject_id.clone()),
        ("time", event.time.clone()),
    ]
}

/// `application/cloudevents+json`: all in the body. `id` is that of the message to this endpoint.
pub fn structured(event: &Event, id: MessageId) -> Message {
    let mut body = json!({ "datacontenttype": "application/json", "data": event.json });
    for (name, value) in attributes(event) {
        body[name] = Value::String(value);
    }
    let kind = HeaderValue::from_static("application/cloudevents+json; charset=utf-8");
    Message { id, headers: HeaderMap::from_iter([(CONTENT_TYPE, kind)]), body: body.to_string().into_bytes() }
}

/// `application/json`: the CDEvent alone in the body, the attributes as `ce-…` headers.
pub fn binary(event: &Event, id: MessageId) -> Message {
    let mut headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
    for (name, value) in attributes(event) {
        let name = HeaderName::try_from(format!("ce-{name}"));
        // Printable ASCII after encoding.
        if let (Ok(name), Ok(value)) = (name, HeaderValue::try_from(encoded(&value))) {
            headers.insert(name, value);
        }
    }
    Message { id, headers, body: event.json.to_string().into_bytes() }
}

/// 3.1.3.2: what is not printable ASCII, and space, quotation mark and percent sign.
fn encoded(text: &str) -> String {
    let kept = |byte: u8| byte.is_ascii_graphic() && byte != b'"' && byte != b'%';
    let encode = |byte: u8| if kept(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(encode).collect()
}
