//! One question to another system, and its yes or no.
//!
//! Invariant: only a whole answer of status 2xx, within its limits and in time, that says `open` is one; everything else is a
//! failure with a stable code. What is kept of it is short and printable. Deliberately not here: when to ask again.

use std::time::Duration;

use reqwest::Method;
use serde::Deserialize;

use crate::deliver::{Endpoint, Message, NotAnswered, headers};
use crate::guard::{Answered, Guard, Outgoing};

/// Of a whole answer.
pub const ANSWER_BYTES_MAX: usize = 16 << 10;
const REASON_CHARS_MAX: usize = 500;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    pub open: bool,
    pub reason: String,
}

/// Other fields may stand beside them.
#[derive(Deserialize)]
struct Body {
    open: bool,
    #[serde(default)]
    reason: Option<String>,
}

/// `now_seconds` since 1970 is what is signed.
pub async fn inquire(
    guard: &Guard,
    (endpoint, message): (&Endpoint, &Message),
    deadline: Duration,
    now_seconds: u64,
) -> Result<Verdict, NotAnswered> {
    let outgoing = Outgoing {
        method: Method::POST,
        url: endpoint.url.clone(),
        headers: headers(endpoint, message, now_seconds),
        body: message.body.clone(),
        body_limit_bytes: ANSWER_BYTES_MAX,
        timeout: Some(deadline),
    };
    match guard.send(outgoing).await {
        Ok(answered) => read(&answered),
        Err(failure) => {
            let (code, help) = (failure.code(), failure.help());
            Err(NotAnswered { code, message: failure.explained(), help })
        }
    }
}

fn read(answered: &Answered) -> Result<Verdict, NotAnswered> {
    let status = answered.status;
    if (300..400).contains(&status) {
        let message = format!("it answered with a redirect ({status}), which is not followed");
        return Err(refused(message));
    }
    if !(200..300).contains(&status) {
        return Err(refused(format!("it answered with status {status}")));
    }
    if answered.cut {
        return Err(unreadable(format!("its answer is longer than {ANSWER_BYTES_MAX} bytes")));
    }
    // Else an array would be taken for the fields in their order.
    if answered.body.trim_ascii_start().first() != Some(&b'{') {
        return Err(unreadable("its answer is not a JSON object".to_owned()));
    }
    let body: Body = serde_json::from_slice(&answered.body).map_err(|why| {
        unreadable(format!("its answer is not what a gate reads: {}", printable(&why.to_string())))
    })?;
    Ok(Verdict { open: body.open, reason: printable(body.reason.as_deref().unwrap_or_default()) })
}

fn refused(message: String) -> NotAnswered {
    let help =
        "let it answer 200 with {\"open\": true} or {\"open\": false, \"reason\": \"…\"} at this very URL";
    NotAnswered { code: "gate-answer-refused", message, help }
}

fn unreadable(message: String) -> NotAnswered {
    let help = "let it answer with a small JSON object: {\"open\": true, \"reason\": \"…\"}";
    NotAnswered { code: "gate-answer-unreadable", message, help }
}

/// One line that no terminal obeys.
fn printable(text: &str) -> String {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    words.chars().filter(|character| !character.is_control()).take(REASON_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderMap;

    use super::*;

    fn answered(status: u16, body: &str) -> Answered {
        Answered { status, headers: HeaderMap::new(), body: body.as_bytes().to_vec(), cut: false }
    }

    #[track_caller]
    fn check(status: u16, body: &str, expect: Result<(bool, &str), &str>) {
        let said = read(&answered(status, body));
        let said =
            said.as_ref().map(|said| (said.open, said.reason.as_str())).map_err(|failure| failure.code);
        assert_eq!(said, expect, "{status} {body}");
    }

    #[test]
    fn only_a_whole_yes_or_no_is_an_answer() {
        check(200, r#"{"open": true}"#, Ok((true, "")));
        check(202, r#"{"open": false, "reason": "no ticket", "ticket": null}"#, Ok((false, "no ticket")));
        check(200, r#"{"open": true, "reason": null}"#, Ok((true, "")));
        for body in
            ["", "true", "[true]", r#"{"open": "true"}"#, r#"{"open": 1}"#, r#"{"reason": "yes"}"#, "{"]
        {
            check(200, body, Err("gate-answer-unreadable"));
        }
        check(200, r#"{"open": false, "open": true}"#, Err("gate-answer-unreadable"));
        for status in [301, 307, 400, 404, 410, 429, 500, 503] {
            check(status, r#"{"open": true}"#, Err("gate-answer-refused"));
        }
        let cut = Answered { cut: true, ..answered(200, r#"{"open": true}"#) };
        assert_eq!(read(&cut).unwrap_err().code, "gate-answer-unreadable");
    }

    #[test]
    fn a_reason_is_one_short_line_that_no_terminal_obeys() {
        let escape = "\u{1b}";
        check(
            200,
            r#"{"open": false, "reason": "\u001b[2J wait\n for\tit"}"#,
            Ok((false, "[2J wait for it")),
        );
        assert!(!printable(&format!("{escape}x")).contains(escape));
        assert_eq!(printable(&"ü".repeat(9_000)).chars().count(), REASON_CHARS_MAX);
        let deep = format!(r#"{{"open": true, "x": {}}}"#, "[".repeat(8_000));
        check(200, &deep, Err("gate-answer-unreadable"));
    }
}
