//! Editions of what people edit, so that nobody overwrites what they have not seen (RFC 9110, ETag and If-Match).
//!
//! Invariant: an edition is how many events its history has; it is read before the answer is made, so that an answer is
//! never older than its tag says, and it is compared again in the transaction that changes something. Deliberately not
//! here: the comparison (`engine::submit`).

use std::sync::Arc;

use axum::extract::{FromRequestParts, MatchedPath, RawPathParams, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::{ETAG, IF_MATCH};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode};
use tidegate_api::BASE_PATH;
use tidegate_domain::id::StreamId;
use tidegate_engine::{Seen, Versions};

use crate::app::App;
use crate::identity::need;
use crate::problem::Trouble;
use crate::routes::projects::PASS;
use crate::routes::public;

/// More tags than anybody has seen.
const TAGS_MAX: usize = 64;
/// What a tag looks like, and what a client may send of it: some drop its quotes.
pub(crate) const TAG_PATTERN: &str = r#"^"[0-9]{1,20}"$"#;
pub(crate) const TAGS_PATTERN: &str = r#"^(\*|[0-9]{1,19}|"[0-9]{1,19}")$"#;

/// Whose edition a route shows or changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Edited {
    PlanBook,
    Catalog,
    Calendar,
    Secrets,
    Webhooks,
    Groups,
    Retention,
    /// Of the person that the path names.
    Person,
    /// Of the release that the path names.
    Release,
    /// Of the flag that the path names.
    Flag,
    /// The plan of the release that the path names.
    Plan,
    /// Of the incident that the path names.
    Incident,
    /// Of the source of scope that the path names.
    ScopeSource,
}

/// By the path below the base, as the OpenAPI document writes it.
const TABLE: &[(&str, Edited)] = &[
    ("/apply", Edited::Catalog),
    ("/audit/retention", Edited::Retention),
    ("/catalog", Edited::Catalog),
    ("/configuration", Edited::Catalog),
    ("/calendar", Edited::Calendar),
    ("/calendar/{name}", Edited::Calendar),
    ("/calendar/feeds/{feed}", Edited::Calendar),
    ("/environments/{environment}/secrets", Edited::Secrets),
    ("/environments/{environment}/secrets/{name}", Edited::Secrets),
    ("/flags/{key}", Edited::Flag),
    ("/flags/{key}/archive", Edited::Flag),
    ("/flags/{key}/restore", Edited::Flag),
    ("/flags/{key}/environments/{environment}", Edited::Flag),
    ("/flags/{key}/environments/{environment}/switch", Edited::Flag),
    ("/flags/{key}/environments/{environment}/revert", Edited::Flag),
    ("/flags/{key}/environments/{environment}/proposals", Edited::Flag),
    ("/groups", Edited::Groups),
    ("/groups/{group}", Edited::Groups),
    ("/incidents/{incident}", Edited::Incident),
    ("/incidents/{incident}/link", Edited::Incident),
    ("/incidents/{incident}/unlink", Edited::Incident),
    ("/incidents/{incident}/resolve", Edited::Incident),
    ("/incidents/{incident}/reopen", Edited::Incident),
    ("/people/{person}", Edited::Person),
    ("/people/{person}/grants", Edited::Person),
    ("/people/{person}/groups", Edited::Person),
    ("/people/{person}/links", Edited::Person),
    ("/people/{person}/links", Edited::Person),
    ("/plan-rotation", Edited::PlanBook),
    ("/plan-templates/{name}", Edited::PlanBook),
    ("/plans/{version}", Edited::Plan),
    ("/plans/{version}/acts", Edited::Plan),
    ("/plans/{version}/cases/import", Edited::Plan),
    ("/plans/{version}/cases/{case}/files", Edited::Plan),
    ("/plans/{version}/import", Edited::Plan),
    ("/plans/{version}/retrospective", Edited::Plan),
    ("/releases/{version}", Edited::Release),
    ("/releases/{version}/allow", Edited::Release),
    ("/releases/{version}/change", Edited::Release),
    ("/releases/{version}/notes", Edited::Release),
    ("/releases/{version}/notes/renew", Edited::Release),
    ("/releases/{version}/waivers", Edited::Release),
    ("/scope/sources/{source}", Edited::ScopeSource),
    ("/scope/sources/{source}/import", Edited::ScopeSource),
    ("/scope/sources/{source}/refresh", Edited::ScopeSource),
    ("/webhooks/{name}", Edited::Webhooks),
    ("/webhooks/{name}/enable", Edited::Webhooks),
    ("/webhooks/{name}/disable", Edited::Webhooks),
];

pub(crate) fn edited(path: &str) -> Option<Edited> {
    let path = path.strip_prefix(BASE_PATH)?;
    TABLE.iter().find(|(known, _)| *known == path).map(|(_, edited)| *edited)
}

pub(crate) async fn edition(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let (mut head, body) = request.into_parts();
    let stream = stream(&mut head).await;
    let tag = match before(&app, &mut head, stream).await {
        Ok(tag) => tag,
        Err(trouble) => return trouble.into_response(),
    };
    let mut response = next.run(Request::from_parts(head, body)).await;
    if let Some(tag) = tag.filter(|_| response.status() == StatusCode::OK) {
        response.headers_mut().insert(ETAG, tag);
    }
    response
}

/// The tag of what is read, or what the caller has seen of what they change.
async fn before(
    app: &App,
    head: &mut Parts,
    stream: Option<StreamId>,
) -> Result<Option<HeaderValue>, Trouble> {
    if head.method.is_safe() {
        let Some(stream) = stream else { return Ok(None) };
        return Ok(HeaderValue::from_str(&format!("\"{}\"", app.engine.version(&stream).await?)).ok());
    }
    if !head.headers.contains_key(IF_MATCH) {
        return Ok(None);
    }
    let path = head.extensions.get::<MatchedPath>().map(MatchedPath::as_str);
    // Another project's router looks for itself, and what is no route is told so whatever it brings.
    if path.is_none_or(|path| path == PASS || path == public::PASS || need(&head.method, path).is_none()) {
        return Ok(None);
    }
    let Some(versions) = versions(&head.headers)? else { return Ok(None) };
    let stream = stream.ok_or_else(|| {
        Trouble::bad_request("this route takes no If-Match")
            .help("leave the header out: what this route does cannot overwrite somebody's change")
    })?;
    head.extensions.insert(Seen { stream, versions });
    Ok(None)
}

/// The history that the route is about; none for a route without editions, or a name that its handler will refuse.
async fn stream(head: &mut Parts) -> Option<StreamId> {
    let edited = edited(head.extensions.get::<MatchedPath>()?.as_str())?;
    let parameters = RawPathParams::from_request_parts(head, &()).await.ok()?;
    let named = |wanted: &str| parameters.iter().find(|(name, _)| *name == wanted).map(|(_, value)| value);
    Some(match edited {
        Edited::Catalog => StreamId::Catalog,
        Edited::Calendar => StreamId::Calendar,
        Edited::Secrets => StreamId::Secrets,
        Edited::Webhooks => StreamId::Webhooks,
        Edited::Groups => StreamId::Groups,
        Edited::Retention => StreamId::Retention,
        Edited::Person => StreamId::Person(named("person")?.parse().ok()?),
        Edited::Release => StreamId::Release(named("version")?.parse().ok()?),
        Edited::Flag => StreamId::Flag(named("key")?.parse().ok()?),
        Edited::PlanBook => StreamId::PlanBook,
        Edited::Plan => StreamId::Plan(named("version")?.parse().ok()?),
        Edited::Incident => StreamId::Incident(named("incident")?.parse().ok()?),
        Edited::ScopeSource => StreamId::ScopeSource(named("source")?.parse().ok()?),
    })
}

/// None where the header is absent. A weak tag, or one of another server, is never what stands.
fn versions(headers: &HeaderMap) -> Result<Option<Versions>, Trouble> {
    let mut tags = Vec::new();
    for line in headers.get_all(IF_MATCH) {
        let line = line.to_str().map_err(|_| unreadable())?;
        tags.extend(line.split(',').map(str::trim));
    }
    match tags.as_slice() {
        [] => return Ok(None),
        ["*"] => return Ok(Some(Versions::Any)),
        tags if tags.len() > TAGS_MAX => return Err(unreadable()),
        _ => {}
    }
    let mut versions = Vec::new();
    for tag in tags {
        let strong = tag.strip_prefix("W/").unwrap_or(tag);
        let quoted = strong.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        let bare =
            Some(strong).filter(|tag| !tag.is_empty() && tag.bytes().all(|byte| byte.is_ascii_digit()));
        let opaque = quoted.or(bare).filter(|opaque| !opaque.contains('"')).ok_or_else(unreadable)?;
        versions.extend(opaque.parse::<u64>().ok().filter(|_| strong == tag));
    }
    Ok(Some(Versions::OneOf(versions)))
}

fn unreadable() -> Trouble {
    Trouble::bad_request("the header If-Match is not a list of entity tags")
        .help("send the ETag of the answer that you read, as it is: If-Match: \"7\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_read_as_the_standard_writes_them() {
        let check = |lines: &[&'static str], expect: Result<Option<Versions>, ()>| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(IF_MATCH, HeaderValue::from_static(line));
            }
            assert_eq!(versions(&headers).map_err(drop), expect, "{lines:?}");
        };
        let of = |versions: &[u64]| Ok(Some(Versions::OneOf(versions.to_vec())));
        check(&[], Ok(None));
        check(&["*"], Ok(Some(Versions::Any)));
        check(&["\"7\""], of(&[7]));
        check(&["\"7\", \"9\"", "\"11\""], of(&[7, 9, 11]));
        check(&["W/\"7\""], of(&[]));
        check(&["\"of another server\""], of(&[]));
        check(&["\"7\", *"], Err(()));
        check(&["7"], of(&[7]));
        check(&["seven"], Err(()));
        check(&[""], Err(()));
        check(&["\"7"], Err(()));
        check(&["\"7\"\""], Err(()));
    }

    #[test]
    fn every_edited_path_is_a_route() {
        let document: serde_json::Value = serde_json::from_str(&crate::openapi_json()).unwrap();
        for (path, _) in TABLE {
            assert!(document["paths"].get(format!("{BASE_PATH}{path}")).is_some(), "{path}");
        }
    }
}
