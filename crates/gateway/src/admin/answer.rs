//! The forms of the admin API's answers.
//!
//! Invariant: a refusal has `code`, `detail`, `help` and `request_id`; one for a stale generation names both.
//! Not here: when to refuse (`admin`, `table`).

use crate::table::TableRefusal;
use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::Full;
use serde::Serialize;
use serde_json::{Value, json};

pub(super) type Answer = Response<Full<Bytes>>;

#[derive(Debug)]
pub(super) enum Refused {
    Table(TableRefusal),
    Json(String),
    Body { bytes_max: usize },
    Method(&'static str),
    Host,
    Token,
    NotFound,
}

impl From<TableRefusal> for Refused {
    fn from(refusal: TableRefusal) -> Refused {
        Refused::Table(refusal)
    }
}

pub(super) fn json_answer(value: &impl Serialize) -> Answer {
    match serde_json::to_vec(value) {
        Ok(text) => with_type("application/json", Bytes::from(text)),
        Err(error) => Refused::Json(error.to_string()).answer(),
    }
}

pub(super) fn text_answer(content_type: &'static str, text: String) -> Answer {
    with_type(content_type, Bytes::from(text))
}

fn with_type(content_type: &'static str, text: Bytes) -> Answer {
    let mut answer = Response::new(Full::new(text));
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    answer
}

impl Refused {
    pub fn answer(&self) -> Answer {
        let status = StatusCode::from_u16(self.status()).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY);
        let mut problem = json!({
            "type": "about:blank",
            "title": status.canonical_reason().unwrap_or("Error"),
            "status": status.as_u16(),
            "code": self.code(),
            "detail": self.detail(),
            "help": self.help(),
            "request_id": format!("{:016x}", rand::random::<u64>()),
        });
        self.add_members(&mut problem);
        let mut answer = with_type("application/problem+json", Bytes::from(problem.to_string()));
        *answer.status_mut() = status;
        match self {
            Refused::Method(allowed) => {
                answer.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allowed));
            }
            Refused::Token => {
                answer.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            Refused::Table(_)
            | Refused::Json(_)
            | Refused::Body { .. }
            | Refused::Host
            | Refused::NotFound => {}
        }
        answer
    }

    fn add_members(&self, problem: &mut Value) {
        if let (Refused::Table(TableRefusal::StaleGeneration { offered, stored, .. }), Some(members)) =
            (self, problem.as_object_mut())
        {
            members.insert("generation_offered".to_owned(), json!(offered));
            members.insert("generation_stored".to_owned(), json!(stored));
        }
    }

    fn status(&self) -> u16 {
        match self {
            Refused::Table(refusal) => refusal.status(),
            Refused::Json(_) => 422,
            Refused::Body { .. } => 413,
            Refused::Method(_) => 405,
            Refused::Host => 421,
            Refused::Token => 401,
            Refused::NotFound => 404,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Refused::Table(refusal) => refusal.code(),
            Refused::Json(_) => "route-not-readable",
            Refused::Body { .. } => "route-too-large",
            Refused::Method(_) => "method-not-allowed",
            Refused::Host => "host-not-loopback",
            Refused::Token => "gateway-token-missing",
            Refused::NotFound => "admin-path-unknown",
        }
    }

    fn detail(&self) -> String {
        match self {
            Refused::Table(refusal) => refusal.to_string(),
            Refused::Json(error) => error.clone(),
            Refused::Body { bytes_max } => format!("the body broke off or is longer than {bytes_max} bytes"),
            Refused::Method(allowed) => format!("this address takes {allowed}"),
            Refused::Host => "the admin API answers only to a loopback address or localhost".to_owned(),
            Refused::Token => "the admin API of this gateway asks for its token".to_owned(),
            Refused::NotFound => "there is nothing at this path".to_owned(),
        }
    }

    fn help(&self) -> &'static str {
        match self {
            Refused::Table(refusal) => refusal.help(),
            Refused::Json(_) | Refused::Body { .. } | Refused::NotFound | Refused::Method(_) => {
                "see docs/reference/gateway.md"
            }
            Refused::Host => "call it by the address it was started with",
            Refused::Token => {
                "send `Authorization: Bearer <token>` with the token the gateway was started with"
            }
        }
    }
}
