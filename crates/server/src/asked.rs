//! What a POST brings: a body, who asks, and perhaps a key.
//!
//! Invariant: a body is JSON of at most [`BODY_BYTES_MAX`] where its route does not say otherwise, and what is wrong with it is said with the field's name.
//! Requiring its content type keeps forms of other sites out. Deliberately not here: what is done with it.

use std::net::IpAddr;
use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, FromRequestParts, Request};
use futures_util::StreamExt;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;
use tidegate_engine::{Command, Key, Request as Submitted, Seen};

use crate::app::App;
use crate::idempotency::{Bound, key};
use crate::identity::{Caller, same_site};
use crate::origin::{Peer, origin};
use crate::problem::Trouble;

pub(crate) const BODY_BYTES_MAX: usize = 1 << 20;
const DISCARDED_BYTES_MAX: usize = 64 << 20;

pub(crate) struct Asked<T, const BYTES_MAX: usize = BODY_BYTES_MAX> {
    pub body: T,
    pub caller: Arc<Caller>,
    pub origin: Option<String>,
    pub key: Option<Key>,
    /// What the caller says to have seen.
    pub seen: Option<Seen>,
}

impl<T, const BYTES_MAX: usize> Asked<T, BYTES_MAX> {
    /// The body, and what turns a command into a request by the same person.
    pub fn split(self) -> (T, Asked<()>) {
        let Self { body, caller, origin, key, seen } = self;
        (body, Asked { body: (), caller, origin, key, seen })
    }
}

impl Asked<()> {
    /// For what follows from a command, once that is done.
    pub fn beside(&self) -> Self {
        let (caller, origin) = (Arc::clone(&self.caller), self.origin.clone());
        Self { body: (), caller, origin, key: None, seen: None }
    }

    /// One of several commands of the same request; it has no key of its own.
    pub fn again(&self, command: Command) -> Submitted {
        let (actor, by_person) = (self.caller.name.clone(), self.caller.is_person());
        let origin = self.origin.clone();
        Submitted { actor, origin, by_person, key: None, seen: None, command, dry_run: false }
    }

    pub fn to(self, command: Command) -> Submitted {
        let Self { caller, origin, key, seen, .. } = self;
        let (actor, by_person) = (caller.name.clone(), caller.is_person());
        Submitted { actor, origin, by_person, key, seen, command, dry_run: false }
    }
}

impl<T: DeserializeOwned, const BYTES_MAX: usize> FromRequest<Arc<App>> for Asked<T, BYTES_MAX> {
    type Rejection = Trouble;

    async fn from_request(request: Request, _: &Arc<App>) -> Result<Self, Trouble> {
        let (head, body) = request.into_parts();
        let bytes = read(body, BYTES_MAX).await?;
        let caller = asking(&head)?;
        let actor = &caller.name;
        let bound = Bound { method: head.method.as_str(), path: head.uri.path(), body: &bytes, actor };
        let key = key(&head.headers, &bound)?;
        let body = if bytes.is_empty() {
            parse(b"{}")
        } else {
            check_type(&head.headers).and_then(|()| parse(&bytes))
        };
        Ok(Self { body: body?, caller, origin: origin(&head), key, seen: seen(&head) })
    }
}

/// A file as it is, of at most `BYTES_MAX`; what it is for stands in the query, which its key is bound to as well.
pub(crate) struct Sent<const BYTES_MAX: usize> {
    pub bytes: Vec<u8>,
    pub asked: Asked<()>,
}

impl<const BYTES_MAX: usize> FromRequest<Arc<App>> for Sent<BYTES_MAX> {
    type Rejection = Trouble;

    async fn from_request(request: Request, _: &Arc<App>) -> Result<Self, Trouble> {
        let (head, body) = request.into_parts();
        let bytes = read(body, BYTES_MAX).await?;
        check_no_form(&head.headers)?;
        let caller = asking(&head)?;
        let path = head.uri.path_and_query().map_or(head.uri.path(), |path| path.as_str());
        let bound = Bound { method: head.method.as_str(), path, body: &bytes, actor: &caller.name };
        let key = key(&head.headers, &bound)?;
        Ok(Self { bytes, asked: Asked { body: (), caller, origin: origin(&head), key, seen: seen(&head) } })
    }
}

/// A file that is too large to be held: read by its handler, piece by piece. It takes no key: sent again, it is the same.
pub(crate) struct Streamed {
    pub headers: HeaderMap,
    pub body: Body,
    pub asked: Asked<()>,
}

impl FromRequest<Arc<App>> for Streamed {
    type Rejection = Trouble;

    async fn from_request(request: Request, _: &Arc<App>) -> Result<Self, Trouble> {
        let (head, body) = request.into_parts();
        check_no_form(&head.headers)?;
        let (caller, origin, seen) = (asking(&head)?, origin(&head), seen(&head));
        let asked = Asked { body: (), caller, origin, key: None, seen };
        Ok(Self { headers: head.headers, body, asked })
    }
}

/// A body that holds a secret. It takes no key: a digest of what it was bound to would stand in the store.
pub(crate) struct Confided<T> {
    pub body: T,
    /// None where nobody needs to be signed in.
    pub caller: Option<Arc<Caller>>,
    pub from: Option<IpAddr>,
    pub origin: Option<String>,
}

impl<T: DeserializeOwned> FromRequest<Arc<App>> for Confided<T> {
    type Rejection = Trouble;

    async fn from_request(request: Request, _: &Arc<App>) -> Result<Self, Trouble> {
        let (head, body) = request.into_parts();
        same_site(&head.headers)?;
        let bytes = read(body, BODY_BYTES_MAX).await?;
        check_type(&head.headers)?;
        let caller = asking(&head).ok();
        let from = head.extensions.get::<Peer>().map(|peer| peer.0);
        Ok(Self { body: parse(&bytes)?, caller, from, origin: origin(&head) })
    }
}

/// The one who asks, for routes that read.
pub(crate) struct By(pub Arc<Caller>);

impl<S: Send + Sync> FromRequestParts<S> for By {
    type Rejection = Trouble;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Trouble> {
        asking(parts).map(Self)
    }
}

fn seen(head: &Parts) -> Option<Seen> {
    head.extensions.get::<Seen>().cloned()
}

/// `admit` has put them there, or let nobody come this far.
fn asking(head: &Parts) -> Result<Arc<Caller>, Trouble> {
    head.extensions.get::<Arc<Caller>>().cloned().ok_or_else(Trouble::bug)
}

/// What a page of another site can send without being asked first (fetch.spec.whatwg.org, CORS-safelisted) is refused.
fn check_no_form(headers: &HeaderMap) -> Result<(), Trouble> {
    let kind = kind(headers);
    let form = ["", "text/plain", "multipart/form-data", "application/x-www-form-urlencoded"];
    if !form.iter().any(|form| kind.eq_ignore_ascii_case(form)) {
        return Ok(());
    }
    Err(Trouble::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "unsupported-media-type",
        "the body does not say that it is a file",
    )
    .help("send it with `content-type: application/octet-stream`, or the file's own type"))
}

fn kind(headers: &HeaderMap) -> &str {
    let given = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or("");
    given.split(';').next().unwrap_or("").trim()
}

/// What is beyond the limit is read too, up to a limit of its own, and thrown away: a client that is still sending
/// would lose the answer with the connection.
pub(crate) async fn read(body: Body, bytes_max: usize) -> Result<Vec<u8>, Trouble> {
    let (mut bytes, mut total) = (Vec::new(), 0);
    let mut pieces = body.into_data_stream();
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|_| Trouble::bad_request("the body broke off"))?;
        total += piece.len();
        if total <= bytes_max {
            bytes.extend_from_slice(&piece);
        } else if total > DISCARDED_BYTES_MAX {
            break;
        }
    }
    if total > bytes_max { Err(too_large(bytes_max)) } else { Ok(bytes) }
}

fn too_large(bytes_max: usize) -> Trouble {
    let detail = format!("the body is longer than {bytes_max} bytes");
    Trouble::new(StatusCode::PAYLOAD_TOO_LARGE, "body-too-large", detail)
        .help("send less at once; artifacts are named by path, never sent")
}

fn check_type(headers: &HeaderMap) -> Result<(), Trouble> {
    let kind = kind(headers);
    if kind.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    let detail = format!("the body's content type is `{}`", kind.escape_debug());
    Err(Trouble::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", detail)
        .help("send JSON with `content-type: application/json`"))
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Trouble> {
    // Else an array would be taken for the fields in their order.
    if bytes.trim_ascii_start().first().is_some_and(|first| *first != b'{') {
        return Err(Trouble::bad_request("the body is not a JSON object"));
    }
    Json::<T>::from_bytes(bytes).map(|Json(body)| body).map_err(|rejection| unreadable(&rejection))
}

/// The deepest source names the field and the place; what is above it only says that it is JSON.
fn unreadable(rejection: &JsonRejection) -> Trouble {
    let mut why = String::new();
    let mut source = std::error::Error::source(rejection);
    while let Some(cause) = source {
        why = cause.to_string();
        source = cause.source().filter(|_| !why.contains(": "));
    }
    Trouble::bad_request(format!("the body is not what this route takes: {why}"))
}
