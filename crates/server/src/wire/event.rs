//! Entries of the log.

use serde_json::Value;
use tidegate_api::Event;
use tidegate_ports::Entry;

pub(crate) fn event(entry: Entry) -> Event {
    Event {
        position: entry.position,
        stream: entry.stream.to_string(),
        version: entry.version,
        kind: entry.kind,
        actor: entry.actor,
        origin: entry.origin,
        at_ms: entry.at.wall_ms,
        // Whatever stands in the log is shown, also if somebody damaged it.
        body: serde_json::from_str(&entry.body).unwrap_or(Value::String(entry.body)),
    }
}
