//! A failure as it is printed: what happened, why, what to do, and where to read more.
//!
//! Invariant: each line says what it is in its first word. Not here: writing it (`output`).

use serde_json::json;

use super::piece::printable;
use crate::failure::Saying;
use crate::paint::{Paint, Tone};

pub fn text(saying: &Saying, paint: Paint) -> String {
    let line =
        |tone: Tone, word: &str, what: &str| format!("{} {}\n", paint.apply(tone, word), printable(what));
    let mut lines = vec![line(Tone::Bad, "error:", &saying.detail)];
    lines.extend(saying.causes.iter().map(|cause| line(Tone::Strong, "  cause:", cause)));
    if !saying.help.is_empty() {
        lines.push(line(Tone::Strong, "  help:", &saying.help));
    }
    lines.extend(saying.request_id.iter().map(|id| line(Tone::Quiet, "  request:", id)));
    lines.push(line(Tone::Strong, "  code:", &format!("{0} (`tidegate explain {0}`)", saying.code)));
    let diagnostics = saying.diagnostics.as_ref().map(|found| super::diagnostics::text(found, paint));
    format!("{}{}", diagnostics.unwrap_or_default(), lines.concat())
}

/// One line, so that a script can tell it from other lines on stderr.
pub fn json(saying: &Saying) -> String {
    let mut object = json!({
        "code": saying.code, "detail": saying.detail, "help": saying.help, "causes": saying.causes,
    });
    if let Some(members) = object.as_object_mut() {
        if let Some(id) = &saying.request_id {
            members.insert("request_id".to_owned(), json!(id));
        }
        if let Some(diagnostics) = &saying.diagnostics {
            members.insert("diagnostics".to_owned(), json!(diagnostics));
        }
    }
    json!({ "error": object }).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::Failure;

    fn saying() -> Saying {
        let error = std::io::Error::other("connection refused");
        let failure = Failure::fault("server-unreachable", "no Tidegate answers at http://127.0.0.1:7070")
            .help("start it with `tidegate up`")
            .caused_by(&error);
        match failure {
            Failure::Said(saying) => *saying,
            Failure::OutputClosed => panic!("it was said"),
        }
    }

    #[test]
    fn for_people() {
        insta::assert_snapshot!(text(&saying(), Paint::default()));
    }

    #[test]
    fn for_programs() {
        let value: serde_json::Value = serde_json::from_str(&json(&saying())).unwrap();
        assert_eq!(value["error"]["code"], "server-unreachable");
        assert_eq!(value["error"]["causes"][0], "connection refused");
        assert!(value["error"].get("request_id").is_none());
    }
}
