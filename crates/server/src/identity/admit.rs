//! Before every handler: who asks, and may they ask this?
//!
//! Invariant: what is presented and does not hold is refused, never passed over; a request that a browser sends by itself
//! (by cookie) changes something only with the token that a page of this site knows. Deliberately not here: what needs a
//! look into the body (the handler asks `must_in`).

use std::sync::Arc;

use axum::extract::{MatchedPath, RawPathParams, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::{AUTHORIZATION, COOKIE as COOKIE_HEADER, HOST, ORIGIN};
use http::request::Parts;
use http::{HeaderMap, HeaderName, Method, StatusCode};
use tidegate_api::{BASE_PATH, CSRF_HEADER};
use tidegate_domain::id::RolloutId;
use tidegate_domain::name::{EnvironmentName, PersonName, ProjectName};
use tidegate_domain::person::TokenScope;
use tidegate_domain::rights::{Place, Role};
use tidegate_engine::Directory;
use tidegate_identity::{Secret, Session, present};

use super::caller::{Caller, How};
use super::last_used::LastUsed;
use super::need::{At, Need, need};
use super::refuse::{must, must_in, must_in_any};
use super::sessions::{COOKIE, Sessions, read_proof};
use crate::actor::actor;
use crate::app::App;
use crate::origin::{self, Peer};
use crate::pace::Room;
use crate::problem::Trouble;
use crate::routes::projects::PASS;
use crate::routes::public;

/// For calendar programs.
const FEED: &str = "/calendar.ics";
const HEALTH: &str = "/api/v1/health";
const METRICS: &str = "/metrics";
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
/// Before a session in a header; tokens begin with `tdg_`.
pub(crate) const SESSION_PREFIX: &str = "tds_";

pub(crate) async fn admit(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let (mut head, body) = request.into_parts();
    let mut room = None;
    let mut response = match admitted(&app, &mut head, &mut room).await {
        Ok(()) => next.run(Request::from_parts(head, body)).await,
        Err(trouble) => trouble.into_response(),
    };
    if let Some(room) = room {
        response.extensions_mut().insert(room);
    }
    response
}

/// `room` becomes what is left to whoever asks.
async fn admitted(app: &Arc<App>, head: &mut Parts, room: &mut Option<Room>) -> Result<(), Trouble> {
    let path = head.extensions.get::<MatchedPath>().map(|path| path.as_str().to_owned());
    // Nothing stands there: whoever asks is told so.
    let Some(path) = path else { return Ok(()) };
    // Its own routes ask.
    if path == PASS || path == public::PASS {
        return Ok(());
    }
    let need = need(&head.method, &path);
    let directory = app.engine.directory().await?;
    if directory.is_empty() && !app.identity.require_login {
        // Who only looks stands nowhere, so whatever they call themselves does no harm.
        let name = actor(&head.headers)
            .or_else(|bad| if head.method.is_safe() { Ok(String::new()) } else { Err(bad) });
        let caller = Caller::at_their_word(name?, app.engine.project());
        head.extensions.insert(Arc::new(caller));
        return Ok(());
    }
    let limits = &App::home(app).identity.limits;
    let from = head.extensions.get::<Peer>().map(|peer| peer.0);
    if path == HEALTH {
        // Whoever proves nothing, or what does not hold, is told as much as a stranger.
        if let Ok(caller) = caller(app, &directory, head).await {
            head.extensions.insert(Arc::new(caller));
        }
        return Ok(());
    }
    if need.is_some_and(|need| matches!(need.at, At::Anybody | At::Delivery | At::Public)) {
        return taken(limits.address(from), room);
    }
    let caller = match caller(app, &directory, head).await {
        Ok(caller) => caller,
        Err(trouble) => return taken(limits.address(from), room).and(Err(trouble)),
    };
    // Whoever scrapes does so on a timetable.
    if path != METRICS {
        taken(limits.caller(&caller.key()), room)?;
    }
    let Some(need) = need else { return Err(nothing_here(&head.method, &path)) };
    check(app, &caller, need, head).await?;
    if let Some(proof) = caller.proof() {
        head.extensions.insert(origin::How(proof));
    }
    head.extensions.insert(Arc::new(caller));
    Ok(())
}

fn taken(asked: Option<Result<Room, Room>>, room: &mut Option<Room>) -> Result<(), Trouble> {
    match asked {
        None => Ok(()),
        Some(Ok(left)) => {
            *room = Some(left);
            Ok(())
        }
        Some(Err(none)) => {
            *room = Some(none);
            Err(none.refuse())
        }
    }
}

async fn caller(app: &Arc<App>, directory: &Directory, head: &Parts) -> Result<Caller, Trouble> {
    let project = app.engine.project();
    let app = App::home(app);
    if let Some(given) = head.headers.get(AUTHORIZATION) {
        let text = given.to_str().unwrap_or("");
        let bearer = text.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        let (_, proof) = bearer.ok_or_else(not_bearer)?;
        return match proof.trim().strip_prefix(SESSION_PREFIX) {
            Some(proof) => Ok(by_session((app, project), directory, proof, false).await?.0),
            None => by_token((app, project), directory, proof),
        };
    }
    if let Some(proof) = in_link(head) {
        return by_link((app, project), directory, &proof);
    }
    let Some(proof) = cookie(&head.headers) else { return Err(sign_in_required()) };
    let (caller, session) = by_session((app, project), directory, &proof, true).await?;
    if !head.method.is_safe() {
        same_site(&head.headers)?;
        by_own_page(&head.headers, &session)?;
    }
    Ok(caller)
}

fn by_token(
    (app, project): (&Arc<App>, &ProjectName),
    directory: &Directory,
    proof: &str,
) -> Result<Caller, Trouble> {
    let presented = present(proof).map_err(|_| token_invalid())?;
    let id = tidegate_domain::person::TokenId(presented.id.clone());
    let known = directory.by_token(&id).ok_or_else(token_invalid)?;
    let token = known.person.token(&id, app.clock.now().wall_ms).ok_or_else(token_invalid)?;
    if !presented.matches(&token.hash) {
        return Err(token_invalid());
    }
    LastUsed::note(app, &known.person.name, &id);
    let how = How::Token { id, scope: token.scope.clone() };
    Ok(Caller {
        name: known.person.name.to_string(),
        how,
        known: Some(Arc::clone(known)),
        project: project.clone(),
    })
}

/// Of the one route that programs ask which cannot send a header.
fn in_link(head: &Parts) -> Option<String> {
    let path = head.extensions.get::<MatchedPath>()?;
    let asked = path.as_str().strip_prefix(BASE_PATH)? == FEED && head.method.is_safe();
    let query = head.uri.query().filter(|_| asked)?;
    query.split('&').find_map(|pair| pair.strip_prefix("token=")).map(str::to_owned)
}

/// Others may come to see a link, so only a token that may read and no more counts there.
fn by_link(at: (&Arc<App>, &ProjectName), directory: &Directory, proof: &str) -> Result<Caller, Trouble> {
    let caller = by_token(at, directory, proof)?;
    let reads_only = match &caller.how {
        How::Token { scope: TokenScope::Grants(grants), .. } => {
            grants.iter().all(|grant| grant.role == Role::Viewer)
        }
        How::Token { scope: TokenScope::Owner, .. } | How::Open | How::Session { .. } => false,
    };
    if reads_only {
        return Ok(caller);
    }
    Err(Trouble::new(
        StatusCode::FORBIDDEN,
        "token-too-wide",
        "this token may more than read, and stands in a link",
    )
    .help("make one for the link: `tidegate token create --label calendar --role viewer`; revoke this one"))
}

async fn by_session(
    (app, project): (&App, &ProjectName),
    directory: &Directory,
    proof: &str,
    by_cookie: bool,
) -> Result<(Caller, Session), Trouble> {
    let (name, secret) = read_proof(proof).ok_or_else(session_ended)?;
    let known = directory.get(&name).filter(|known| known.person.disabled.is_none());
    let known = known.ok_or_else(session_ended)?;
    let generation = known.person.session_generation;
    let found = Sessions::find(app, &name, (&secret, generation)).await?.ok_or_else(session_ended)?;
    let how = How::Session { key: found.key, by_cookie };
    let caller =
        Caller { name: name.to_string(), how, known: Some(Arc::clone(known)), project: project.clone() };
    Ok((caller, found.session))
}

fn cookie(headers: &HeaderMap) -> Option<String> {
    cookie_named(headers, COOKIE)
}

/// The newest cookie of that name is the only one a browser sends; of several none is taken.
pub(crate) fn cookie_named(headers: &HeaderMap, wanted: &str) -> Option<String> {
    let lines = headers.get_all(COOKIE_HEADER).iter().filter_map(|line| line.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let mut ours = pairs.filter(|(name, _)| *name == wanted).map(|(_, value)| value.to_owned());
    ours.next().filter(|_| ours.next().is_none())
}

/// Whose session a browser brings, whether or not it holds.
pub(crate) fn secret_of_cookie(headers: &HeaderMap) -> Option<(PersonName, Secret)> {
    cookie(headers).and_then(|proof| read_proof(&proof))
}

/// By what the browser itself says of where the request comes from (Fetch Metadata, RFC 6454).
pub(crate) fn same_site(headers: &HeaderMap) -> Result<(), Trouble> {
    let text = |name: &HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or(""));
    let site = text(&SEC_FETCH_SITE).is_none_or(|site| matches!(site, "same-origin" | "none"));
    let host = text(&HOST).unwrap_or("");
    let origin = text(&ORIGIN).map(|origin| origin.split_once("://").map_or("", |(_, rest)| rest));
    if site && origin.is_none_or(|origin| origin.eq_ignore_ascii_case(host)) {
        return Ok(());
    }
    Err(Trouble::new(StatusCode::FORBIDDEN, "cross-site", "a page of another site may not ask")
        .help("use the command line, or a page served from this machine"))
}

fn by_own_page(headers: &HeaderMap, session: &Session) -> Result<(), Trouble> {
    let given = headers.get(CSRF_HEADER).and_then(|value| value.to_str().ok());
    if given.is_some_and(|given| session.is_csrf(&Secret::new(given))) {
        return Ok(());
    }
    Err(Trouble::new(
        StatusCode::FORBIDDEN,
        "csrf-token-wrong",
        format!("a request that changes something by cookie needs the header {CSRF_HEADER}"),
    )
    .help("send the `csrf` that GET /api/v1/session answers, or use a token instead of the cookie"))
}

async fn check(app: &App, caller: &Caller, need: &Need, head: &mut Parts) -> Result<(), Trouble> {
    let right = need.right;
    let project = app.engine.project().as_str();
    match need.at {
        At::Anybody | At::Delivery | At::Public | At::SignedIn => Ok(()),
        At::Installation => must(app, caller, (right, Place::Installation)).await,
        At::Project => must(app, caller, (right, Place::Project(project))).await,
        At::Somewhere | At::Body => must(app, caller, (right, Place::Somewhere(project))).await,
        At::Person => match named::<PersonName>(head, "person").await {
            Some(name) if caller.is(&name) => Ok(()),
            Some(_) | None => must(app, caller, (right, Place::Installation)).await,
        },
        At::PersonOfAnyProject => match named::<PersonName>(head, "person").await {
            Some(name) if caller.is(&name) => Ok(()),
            Some(_) | None => must_in_any(app, caller, right).await,
        },
        At::AnyProject => must_in_any(app, caller, right).await,
        At::Environment => match named::<EnvironmentName>(head, "environment").await {
            Some(environment) => must_in(app, caller, (right, &environment)).await,
            // No environment has such a name, and the handler says so to whoever may know all of them.
            None => must(app, caller, (right, Place::Project(project))).await,
        },
        At::Rollout => match of_rollout(app, head).await? {
            Some(environment) => must_in(app, caller, (right, &environment)).await,
            None => must(app, caller, (right, Place::Somewhere(project))).await,
        },
    }
}

async fn of_rollout(app: &App, head: &mut Parts) -> Result<Option<EnvironmentName>, Trouble> {
    let Some(id) = named::<RolloutId>(head, "id").await else { return Ok(None) };
    let rollout = app.engine.rollout(&id, app.clock.now()).await?;
    Ok(rollout.and_then(|rollout| rollout.environment.parse().ok()))
}

/// A part of the path, where it can be read.
async fn named<N: std::str::FromStr>(head: &mut Parts, parameter: &str) -> Option<N> {
    use axum::extract::FromRequestParts;
    let parameters = RawPathParams::from_request_parts(head, &()).await.ok()?;
    let found = parameters.iter().find(|(name, _)| *name == parameter).map(|(_, value)| value.to_owned());
    found?.parse().ok()
}

pub(crate) fn sign_in_required() -> Trouble {
    Trouble::new(StatusCode::UNAUTHORIZED, "sign-in-required", "nobody is signed in")
        .help("`tidegate login`, or set TIDEGATE_TOKEN to an API token")
}

/// One answer for all of them: whoever tries tokens learns nothing.
fn token_invalid() -> Trouble {
    Trouble::new(StatusCode::UNAUTHORIZED, "token-invalid", "this token is unknown, revoked or at its end")
        .help("ask for another one: `tidegate token create`")
}

fn session_ended() -> Trouble {
    Trouble::new(StatusCode::UNAUTHORIZED, "session-ended", "this session is over")
        .help("sign in again: `tidegate login`")
}

fn not_bearer() -> Trouble {
    Trouble::new(StatusCode::UNAUTHORIZED, "token-invalid", "the header Authorization holds no bearer token")
        .help("send `Authorization: Bearer tdg_…`")
}

/// A route without a line in the table, or a method that the path does not take.
fn nothing_here(method: &Method, path: &str) -> Trouble {
    let detail = format!("{path} does not take {method}");
    Trouble::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", detail)
        .help("GET /api/v1/openapi.json says which methods it takes")
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, HeaderValue::from_static(value));
        }
        headers
    }

    #[test]
    fn one_cookie_is_taken_and_of_two_none() {
        let check = |lines: &[(&'static str, &'static str)], expect: Option<&str>| {
            assert_eq!(cookie(&headers(lines)).as_deref(), expect, "{lines:?}");
        };
        check(&[("cookie", "a=b; __Host-tidegate=x.ann; c=d")], Some("x.ann"));
        check(&[("cookie", "tidegate=x"), ("cookie", "__Host-tidegate=y")], Some("y"));
        check(&[("cookie", "__Host-tidegate=x; __Host-tidegate=y")], None);
        check(&[("cookie", "__host-tidegate=x")], None);
        check(&[], None);
    }

    #[test]
    fn a_request_by_cookie_comes_from_this_site() {
        let check = |lines: &[(&'static str, &'static str)], expect: bool| {
            let lines = [&[("host", "tidegate.example:7070")], lines].concat();
            assert_eq!(same_site(&headers(&lines)).is_ok(), expect, "{lines:?}");
        };
        check(&[], true);
        check(&[("origin", "https://tidegate.example:7070")], true);
        check(&[("origin", "https://tidegate.example")], false);
        check(&[("origin", "https://evil.example")], false);
        check(&[("origin", "null")], false);
        check(&[("sec-fetch-site", "same-origin")], true);
        check(&[("sec-fetch-site", "none")], true);
        check(&[("sec-fetch-site", "same-site")], false);
        check(&[("sec-fetch-site", "cross-site"), ("origin", "https://tidegate.example:7070")], false);
    }
}
