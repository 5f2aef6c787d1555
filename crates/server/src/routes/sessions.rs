//! `/setup` and `/session`: the first administrator, signing in, who somebody is, signing out.
//!
//! Invariant: a failed try says the same, and takes as long, whoever it was for; each sign-in makes a session of its own.
//! Deliberately not here: what proves somebody on later requests (`identity::admit`).

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::SET_COOKIE;
use http::{HeaderMap, HeaderValue, StatusCode};
use tidegate_api::{Hidden, Person, SetupRequest, SignInRequest, SignedIn, SignedOut, Whoami};
use tidegate_domain::id::StreamId;
use tidegate_domain::name::PersonName;
use tidegate_domain::person::{PersonCommand, PersonKind};
use tidegate_domain::rights::{Grant, Role};
use tidegate_engine::{Command, ForPerson, Known, Request};
use tidegate_identity::{PasswordHash, SESSION_MS_MAX, Secret, csrf_token};

use super::people::look;
use super::problems::{Confiding, Reading};
use crate::app::App;
use crate::asked::{By, Confided};
use crate::extract::name;
use crate::identity::{
    How, PASSWORD_NOTE, SESSION_PREFIX, SESSIONS_NOTE, Sessions, cleared_cookie, cookie, proof,
    secret_of_cookie, unknown_project,
};
use crate::problem::Trouble;
use crate::wire;

/// Make the first administrator
///
/// With the secret that stands in the file `setup` of the server's data directory as long as there is nobody. It is used up
/// by this; from now on nobody is answered without proof of who they are.
#[utoipa::path(
    post, path = "/setup", operation_id = "set_up", tag = "people", request_body = SetupRequest,
    responses((status = 201, description = "The administrator", body = Person), Confiding)
)]
pub(super) async fn set_up(
    State(app): State<Arc<App>>,
    asked: Confided<SetupRequest>,
) -> Result<(StatusCode, Json<Person>), Trouble> {
    let body = asked.body;
    let now = app.clock.now();
    app.identity.passwords.attempt("setup", asked.from, now.steady)?;
    let mut expected = app.identity.setup.take().await;
    let given = Secret::new(body.secret.0);
    match expected.as_ref() {
        None => return Err(set_up_already()),
        Some(secret) if !secret.is(&given) => return Err(wrong_secret()),
        Some(_) => {}
    }
    let person: PersonName = name(&body.name)?;
    let hash = app.identity.passwords.hash(person.to_string(), Secret::new(body.password.0)).await?;
    let display = super::people::display(body.display, &person)?;
    let grants = vec![Grant { role: Role::Admin, project: None, environment: None }];
    let (name, kind) = (person.clone(), PersonKind::Person);
    let add = PersonCommand::Add { name, kind, display, grants };
    let note = vec![(PASSWORD_NOTE.to_owned(), Some(hash.as_stored().as_bytes().to_vec()))];
    let first = for_person(&person, vec![add, PersonCommand::SetPassword], note);
    app.engine.submit(&request(&person, asked.origin, first), now).await?;
    *expected = None;
    app.identity.setup.remove();
    app.identity.passwords.forgive("setup");
    Ok((StatusCode::CREATED, Json(look(&app, &person).await?)))
}

/// Sign in
///
/// By name and password. Sets the cookie of a browser's session, or answers the session for an `Authorization` header where
/// `bearer` asks for that. At most ten tries in a quarter of an hour for a name.
#[utoipa::path(
    post, path = "/session", operation_id = "sign_in", tag = "people", request_body = SignInRequest,
    responses((status = 201, description = "Signed in", body = SignedIn), Confiding)
)]
pub(super) async fn sign_in(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    asked: Confided<SignInRequest>,
) -> Result<Response, Trouble> {
    let SignInRequest { name: given, password, bearer } = asked.body;
    let given = given.trim().to_lowercase();
    app.identity.passwords.attempt(&given, asked.from, app.clock.now().steady)?;
    let directory = app.engine.directory().await?;
    let known = given.parse::<PersonName>().ok().and_then(|name| directory.get(&name).cloned());
    let hash = match &known {
        Some(known) => password_of(&app, &known.person.name).await?,
        None => None,
    };
    let fits = app.identity.passwords.check(Secret::new(password.0), hash).await?;
    let known = known.filter(|known| fits && known.person.disabled.is_none());
    let known = known.ok_or_else(wrong_password)?;
    app.identity.passwords.forgive(&given);
    let from = asked.from.map_or_else(|| "unknown".to_owned(), |from| from.to_string());
    let begun = Begun {
        how: "password".to_owned(),
        from,
        origin: asked.origin,
        bearer,
        before: secret_of_cookie(&headers),
        with: Vec::new(),
    };
    Ok(begin(&app, Who::of(&known), begun).await?.into_response())
}

/// Whose session begins; perhaps somebody who comes to be with it.
pub(super) struct Who<'a> {
    pub name: &'a PersonName,
    pub display: &'a str,
    pub generation: u64,
}

impl<'a> Who<'a> {
    pub fn of(known: &'a Known) -> Self {
        let person = &known.person;
        Self { name: &person.name, display: &person.display, generation: person.session_generation }
    }
}

pub(super) struct Begun {
    pub how: String,
    pub from: String,
    pub origin: Option<String>,
    pub bearer: bool,
    /// The session that the browser had until now, whoever gave it that one: it ends.
    pub before: Option<(PersonName, Secret)>,
    /// What changes about them, all with it or nothing.
    pub with: Vec<PersonCommand>,
}

pub(super) struct Signed {
    pub answer: SignedIn,
    /// Of a browser.
    pub cookie: Option<HeaderValue>,
}

impl IntoResponse for Signed {
    fn into_response(self) -> Response {
        let mut response = (StatusCode::CREATED, Json(self.answer)).into_response();
        response.headers_mut().extend(self.cookie.map(|cookie| (SET_COOKIE, cookie)));
        response
    }
}

/// A session that nobody could know before now.
pub(super) async fn begin(app: &App, who: Who<'_>, begun: Begun) -> Result<Signed, Trouble> {
    let Who { name, display, generation } = who;
    let directory = app.engine.directory().await?;
    if let Some((name, secret)) = begun.before.as_ref().filter(|(name, _)| directory.get(name).is_some()) {
        let mut held = Sessions::hold(app, name).await?;
        let key = tidegate_identity::Session::key(secret);
        if held.end(|kept| kept == key) > 0 {
            held.write(app).await?;
        }
    }
    let mut held = Sessions::hold(app, name).await?;
    let now = app.clock.now();
    let session = held.begin(generation, now.wall_ms);
    let note = (SESSIONS_NOTE.to_owned(), held.body()?);
    let mut commands = begun.with;
    commands.push(PersonCommand::SignIn { how: begun.how, from: begun.from });
    let command = for_person(name, commands, vec![note]);
    if let Err(error) = app.engine.submit(&request(name, begun.origin, command), now).await {
        held.forget();
        return Err(error.into());
    }
    drop(held);
    let secret = proof(name, &session.secret);
    let bearer = begun.bearer.then(|| Hidden(format!("{SESSION_PREFIX}{}", secret.expose())));
    let answer = SignedIn {
        name: name.to_string(),
        display: display.to_owned(),
        expires_ms: now.wall_ms + SESSION_MS_MAX,
        csrf: (!begun.bearer).then(|| Hidden(session.csrf.expose().to_owned())),
        bearer,
    };
    let cookie = cookie(name, &session.secret).filter(|_| !begun.bearer);
    if cookie.is_none() && !begun.bearer {
        return Err(Trouble::bug());
    }
    Ok(Signed { answer, cookie })
}

/// Who am I?
///
/// As the server sees the one who asks, and what they may do; in another project, asked there.
#[utoipa::path(
    get, path = "/session", operation_id = "whoami", tag = "people",
    responses((status = 200, description = "The one who asks", body = Whoami), Reading)
)]
pub(super) async fn show(
    State(app): State<Arc<App>>,
    By(caller): By,
    headers: HeaderMap,
) -> Result<Json<Whoami>, Trouble> {
    // Of the first project everybody may know that there is one: it is where they are told who they are.
    if app.home.is_some() && !caller.knows_project() {
        return Err(unknown_project(app.engine.project().as_str()));
    }
    let catalog = app.engine.catalog().await?;
    let environments: Vec<_> = catalog.environments.iter().map(|spec| spec.name.clone()).collect();
    let by_cookie = matches!(caller.how, How::Session { by_cookie: true, .. });
    let secret = secret_of_cookie(&headers).filter(|_| by_cookie);
    let csrf = secret.map(|(_, secret)| Hidden(csrf_token(&secret).expose().to_owned()));
    Ok(Json(Whoami { csrf, ..wire::whoami(&caller, &environments)? }))
}

/// Sign out
///
/// Ends this session; a token stays valid until it is revoked.
#[utoipa::path(
    delete, path = "/session", operation_id = "sign_out", tag = "people",
    responses((status = 200, description = "Signed out", body = SignedOut), Reading)
)]
pub(super) async fn sign_out(State(app): State<Arc<App>>, By(caller): By) -> Result<Response, Trouble> {
    let sessions = match (&caller.how, &caller.known) {
        (How::Session { key, .. }, Some(known)) => {
            let mut held = Sessions::hold(&app, &known.person.name).await?;
            let ended = held.end(|kept| kept == key);
            held.write(&app).await?;
            ended
        }
        (How::Session { .. } | How::Open | How::Token { .. }, _) => 0,
    };
    let mut response = Json(SignedOut { sessions }).into_response();
    response.headers_mut().insert(SET_COOKIE, cleared_cookie());
    Ok(response)
}

pub(super) async fn password_of(app: &App, name: &PersonName) -> Result<Option<PasswordHash>, Trouble> {
    let kept = app.store.note(&StreamId::Person(name.clone()), PASSWORD_NOTE).await?;
    Ok(kept.and_then(|bytes| String::from_utf8(bytes).ok()).map(PasswordHash::from_stored))
}

pub(super) fn for_person(
    name: &PersonName,
    commands: Vec<PersonCommand>,
    notes: Vec<(String, Option<Vec<u8>>)>,
) -> Command {
    Command::Person(Box::new(ForPerson { name: name.clone(), commands, notes }))
}

/// By somebody about themselves.
pub(super) fn request(name: &PersonName, origin: Option<String>, command: Command) -> Request {
    Request {
        actor: name.to_string(),
        origin,
        by_person: true,
        key: None,
        seen: None,
        command,
        dry_run: false,
    }
}

pub(super) fn wrong_password() -> Trouble {
    Trouble::new(StatusCode::UNAUTHORIZED, "wrong-password", "name and password do not belong together")
        .help("try again; an administrator can set another one: `tidegate user password NAME`")
}

fn wrong_secret() -> Trouble {
    Trouble::new(StatusCode::UNAUTHORIZED, "setup-secret-wrong", "this is not the setup secret")
        .help("it stands in the file `setup` of the server's data directory: `tidegate user create NAME --admin` there finds it")
}

fn set_up_already() -> Trouble {
    Trouble::new(
        StatusCode::CONFLICT,
        "set-up-already",
        "there is somebody already, so the setup secret is used up",
    )
    .help("sign in (`tidegate login`), or ask an administrator for an account")
}
