//! One question of an import, sent with its token.
//!
//! Invariant: the token goes to the tracker of the query and nowhere else, and is in no `Debug`. Deliberately not here: what
//! the answer means (`walk`).

use reqwest::Method;
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderName, HeaderValue, IF_NONE_MATCH};
use secrecy::{ExposeSecret, SecretString};

use super::page::same_place;
use super::query::{Query, Tracker};
use super::refusal::ScopeRefusal;
use super::walk::{Ask, Reply};
use crate::guard::{Guard, Outgoing, SendFailure};

/// Of one answer: a hundred items with long descriptions.
pub(super) const ANSWER_BYTES_MAX: usize = 16 << 20;

/// What proves who asks. Public projects can be read without one, at a far lower rate.
#[derive(Clone)]
pub struct Token(Option<SecretString>);

impl Token {
    pub fn none() -> Self {
        Self(None)
    }
    pub fn new(value: SecretString) -> Result<Self, ScopeRefusal> {
        let text = value.expose_secret();
        let fits = (1..=1_000).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        if fits { Ok(Self(Some(value))) } else { Err(ScopeRefusal::Token) }
    }
}

/// A refused address is a refusal; everything else that is no answer may pass by itself.
pub async fn fetch(guard: &Guard, query: &Query, ask: &Ask, token: &Token) -> Result<Reply, SendFailure> {
    // `next` made sure of that; a cursor that somebody else kept did not.
    let Ok(url) = same_place(query, &ask.url) else {
        return Ok(Reply::Nothing("the address is another server's".into()));
    };
    let outgoing = Outgoing {
        method: Method::GET,
        url,
        headers: headers(query, ask, token),
        body: Vec::new(),
        body_limit_bytes: ANSWER_BYTES_MAX,
        timeout: None,
    };
    match guard.send(outgoing).await {
        Ok(answered) => {
            let (status, headers) = (answered.status, answered.headers);
            Ok(Reply::Answer { status, headers, body: answered.body, cut: answered.cut })
        }
        Err(refused @ (SendFailure::Url(_) | SendFailure::Address(_))) => Err(refused),
        Err(failure) => Ok(Reply::Nothing(failure.explained())),
    }
}

fn headers(query: &Query, ask: &Ask, token: &Token) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let secret = token.0.as_ref().map(ExposeSecret::expose_secret);
    let (accept, proof) = match query.tracker {
        Tracker::Github => {
            let version = HeaderValue::from_static("2022-11-28");
            headers.insert(HeaderName::from_static("x-github-api-version"), version);
            ("application/vnd.github+json", secret.map(|token| (AUTHORIZATION, format!("Bearer {token}"))))
        }
        Tracker::Gitlab => {
            let name = HeaderName::from_static("private-token");
            ("application/json", secret.map(|token| (name, token.to_owned())))
        }
    };
    headers.insert(ACCEPT, HeaderValue::from_static(accept));
    if let Some((name, Ok(mut value))) = proof.map(|(name, value)| (name, HeaderValue::try_from(value))) {
        value.set_sensitive(true);
        headers.insert(name, value);
    }
    if let Some(Ok(tag)) = ask.tag.as_deref().map(HeaderValue::from_str) {
        headers.insert(IF_NONE_MATCH, tag);
    }
    headers
}
