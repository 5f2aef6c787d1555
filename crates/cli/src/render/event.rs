//! Events of the log, a line each.
//!
//! Invariant: one line per event in the order of the log; the whole body is in `--json`. Not here: following.

use serde_json::Value;
use tidegate_api::Event;

use super::number;
use super::piece::{Row, cut, printable};
use crate::paint::Tone;

const BODY_COLUMNS: usize = 60;

/// Without `width` (piped) only the body is cut.
pub fn row(event: &Event, width: Option<usize>) -> Row {
    let row = Row::new()
        .add(Tone::Quiet, format!("{:>5}  {}  ", event.position, number::time(event.at_ms)))
        .add(Tone::Strong, &event.kind)
        .plain(format!("  {}", event.stream))
        .add(Tone::Quiet, format!("  by {}{}  {}", event.actor, origin(event), body(&event.body)));
    width.map_or(row.clone(), |width| row.fit(width))
}

fn origin(event: &Event) -> String {
    event.origin.as_ref().map_or_else(String::new, |origin| format!(" from {}", printable(origin)))
}

/// What is inside of the event, without the name that its kind already says.
fn body(body: &Value) -> String {
    if body.is_string() {
        return String::new();
    }
    let only =
        body.as_object().filter(|members| members.len() == 1).and_then(|members| members.values().next());
    let inner = only.unwrap_or(body);
    cut(&printable(&inner.to_string()), BODY_COLUMNS)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::paint::Paint;
    use crate::render::piece;
    use crate::render::samples::STARTED_MS;

    #[test]
    fn lines() {
        let event = |position, kind: &str, body| Event {
            position,
            stream: "rollout/rol_4f1e9c0a7b3d2e58".to_owned(),
            version: 1,
            kind: kind.to_owned(),
            actor: "tidegate".to_owned(),
            origin: None,
            at_ms: STARTED_MS,
            body,
        };
        let asked = Event {
            actor: "ann".to_owned(),
            origin: Some("127.0.0.1 cli".to_owned()),
            ..event(10, "rollout.held", json!({"Held": {"reason": "lunch"}}))
        };
        let rows = [
            row(&asked, None),
            row(&event(7, "rollout.step-entered", json!({"StepEntered": {"leg": 0, "step": 1}})), None),
            row(&event(8, "rollout.succeeded", json!("Succeeded")), None),
            row(&event(9, "rollout.step-entered", json!({"StepEntered": {"leg": 0, "step": 1}})), Some(60)),
        ];
        insta::assert_snapshot!(piece::text(&rows, Paint::default()));
    }
}
