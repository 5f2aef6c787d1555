//! One question to a provider, through the guard that keeps us from being sent inside.
//!
//! Invariant: an answer is JSON with the status that was expected, short, and from the address that was asked: a redirect is
//! no answer. Deliberately not here: what the answer says.

use tidegate_connectors::HeaderMap;
use tidegate_connectors::guard::{Answered, Guard, Method, Outgoing, SendFailure};

use crate::failure::{Failure, printable};

/// Sets of keys with their certificates are long; anything longer is none.
const ANSWER_BYTES_MAX: usize = 512 << 10;

pub(crate) struct Question {
    pub method: Method,
    pub url: String,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Question {
    pub fn get(url: impl Into<String>) -> Self {
        Self { method: Method::GET, url: url.into(), headers: HeaderMap::new(), body: Vec::new() }
    }
}

pub(crate) async fn ask(guard: &Guard, provider: &str, question: Question) -> Result<Answered, Failure> {
    let Question { method, url, headers, body } = question;
    let outgoing = Outgoing { method, url, headers, body, body_limit_bytes: ANSWER_BYTES_MAX, timeout: None };
    let answered = guard.send(outgoing).await.map_err(|failure| unreachable(provider, &failure))?;
    if answered.cut {
        return Err(unusable(provider, format!("its answer is longer than {ANSWER_BYTES_MAX} bytes")));
    }
    if answered.status >= 500 || answered.status == 429 {
        let why = format!("it answers {}", answered.status);
        return Err(Failure::Unreachable { provider: provider.to_owned(), why });
    }
    Ok(answered)
}

/// The body of an answer that must be 200.
pub(crate) async fn found(guard: &Guard, provider: &str, url: String) -> Result<Vec<u8>, Failure> {
    let answered = ask(guard, provider, Question::get(url.clone())).await?;
    match answered.status {
        200 => Ok(answered.body),
        status => Err(unusable(provider, format!("{} answers {status}", printable(&url)))),
    }
}

pub(crate) fn unusable(provider: &str, why: impl Into<String>) -> Failure {
    Failure::Unusable { provider: provider.to_owned(), why: why.into() }
}

fn unreachable(provider: &str, failure: &SendFailure) -> Failure {
    Failure::Unreachable { provider: provider.to_owned(), why: printable(&failure.explained()) }
}
