//! `/people` and `/groups`: who there is, and what they may do.
//!
//! Invariant: the first person is made by `/setup` alone; whoever grants within a project changes nothing outside of it.
//! Deliberately not here: proving who one is (`sessions`), tokens.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use tidegate_api::{
    AddPersonRequest, DisableRequest, EmptyRequest, GrantsRequest, Group, GroupsRequest, LinksRequest, Page,
    PasswordRequest, Person, PersonKind, SignedOut,
};
use tidegate_domain::name::{GroupName, PersonName};
use tidegate_domain::person::{self, PersonCommand, PersonRefusal};
use tidegate_domain::refusal::Refusal;
use tidegate_domain::rights::{Grant, Place, Right};
use tidegate_engine::{Command, ForPerson, Known, NewGroup};
use tidegate_identity::Secret;

use super::Nothing;
use super::gates::short;
use super::problems::{Commanding, Confiding, Reading, ReadingOne};
use super::sessions::password_of;
use crate::app::App;
use crate::asked::{Asked, By, Confided};
use crate::extract::{At, name};
use crate::identity::{Caller, How, PASSWORD_NOTE, SESSIONS_NOTE, Sessions, must};
use crate::problem::Trouble;
use crate::wire;

const DISPLAY_CHARS_MAX: usize = 100;

/// List people
///
/// And service accounts, in the order of their names, all on one page.
#[utoipa::path(
    get, path = "/people", operation_id = "list_people", tag = "people",
    responses((status = 200, description = "Everybody", body = Page<Person>), Reading)
)]
pub(super) async fn list(State(app): State<Arc<App>>) -> Result<Json<Page<Person>>, Trouble> {
    let directory = app.engine.directory().await?;
    let items = directory.people().map(|known| wire::person(known)).collect();
    Ok(Json(Page { items, next: None }))
}

/// Add a person or a service account
///
/// A person can sign in once they have a password or a link to an identity provider; a service account has tokens only.
#[utoipa::path(
    post, path = "/people", operation_id = "add_person", tag = "people", request_body = AddPersonRequest,
    responses((status = 201, description = "They are there", body = Person), Commanding)
)]
pub(super) async fn add(
    State(app): State<Arc<App>>,
    asked: Asked<AddPersonRequest>,
) -> Result<(StatusCode, Json<Person>), Trouble> {
    let (body, asked) = asked.split();
    let named: PersonName = name(&body.name)?;
    let kind = match body.kind {
        PersonKind::Person => person::PersonKind::Person,
        PersonKind::Service => person::PersonKind::Service,
    };
    let (display, grants) = (display(body.display, &named)?, wire::read_grants(body.grants)?);
    // What is wrong with the request itself is said first.
    if app.engine.directory().await?.is_empty() {
        return Err(setup_first());
    }
    let add = PersonCommand::Add { name: named.clone(), kind, display, grants };
    submit(&app, asked, (&named, add)).await?;
    Ok((StatusCode::CREATED, Json(look(&app, &named).await?)))
}

/// Show a person
///
/// Whoever administers a project alone is shown what is granted there.
#[utoipa::path(
    get, path = "/people/{person}", operation_id = "show_person", tag = "people",
    params(("person" = String, Path, description = "Their name")),
    responses((status = 200, description = "The person", body = Person), ReadingOne)
)]
pub(super) async fn show(
    State(app): State<Arc<App>>,
    By(caller): By,
    At(person): At<String>,
) -> Result<Json<Person>, Trouble> {
    let named: PersonName = name(&person)?;
    Ok(Json(shown_to(&caller, (&named, look(&app, &named).await?))))
}

/// Say what a person may do
///
/// In the place of all that was granted to them before. Whoever administers a project alone says what is granted there; the
/// rest stays.
#[utoipa::path(
    put, path = "/people/{person}/grants", operation_id = "set_grants", tag = "people",
    params(("person" = String, Path, description = "Their name")), request_body = GrantsRequest,
    responses((status = 200, description = "The person", body = Person), Commanding)
)]
pub(super) async fn set_grants(
    State(app): State<Arc<App>>,
    At(person): At<String>,
    asked: Asked<GrantsRequest>,
) -> Result<Json<Person>, Trouble> {
    let (body, asked) = asked.split();
    let named: PersonName = name(&person)?;
    let grants = wire::read_grants(body.grants)?;
    let caller = Arc::clone(&asked.caller);
    let grants = grants_by(&app, &caller, (&named, grants)).await?;
    submit(&app, asked, (&named, PersonCommand::Grant { grants })).await?;
    Ok(Json(shown_to(&caller, (&named, look(&app, &named).await?))))
}

/// Each grant that comes lies where the caller may grant; what is granted elsewhere, which they do not see, stays.
async fn grants_by(
    app: &App,
    caller: &Caller,
    (named, mut grants): (&PersonName, Vec<Grant>),
) -> Result<Vec<Grant>, Trouble> {
    let whole = (Right::Administer, Place::Installation);
    if caller.may(whole.0, whole.1) {
        return Ok(grants);
    }
    let before = known(app, named).await?.person.grants.clone();
    for grant in grants.iter().filter(|grant| !before.contains(grant)) {
        match &grant.project {
            Some(project) => must(app, caller, (Right::Grant, Place::Project(project))).await?,
            None => must(app, caller, whole).await?,
        }
    }
    let stay = before.into_iter().filter(|grant| !grants_there(caller, grant.project.as_deref()));
    let stay: Vec<Grant> = stay.filter(|grant| !grants.contains(grant)).collect();
    grants.extend(stay);
    Ok(grants)
}

fn grants_there(caller: &Caller, project: Option<&str>) -> bool {
    let whole = caller.may(Right::Administer, Place::Installation);
    whole || project.is_some_and(|project| caller.may(Right::Grant, Place::Project(project)))
}

/// Whoever administers a project alone sees what is granted there, and nothing of elsewhere.
fn shown_to(caller: &Caller, (named, person): (&PersonName, Person)) -> Person {
    if caller.is(named) || caller.may(Right::Administer, Place::Installation) {
        return person;
    }
    let there = |grants: Vec<tidegate_api::Grant>| {
        grants.into_iter().filter(|grant| grants_there(caller, grant.project.as_deref())).collect()
    };
    let (grants, effective) = (there(person.grants), there(person.effective));
    let (groups, providers, links) = (Vec::new(), Vec::new(), Vec::new());
    Person { grants, effective, groups, providers, links, ..person }
}

/// Say which groups a person is in
///
/// In the place of those before. Those that an identity provider decides on are as it says again at the next sign-in there.
#[utoipa::path(
    put, path = "/people/{person}/groups", operation_id = "set_groups", tag = "people",
    params(("person" = String, Path, description = "Their name")), request_body = GroupsRequest,
    responses((status = 200, description = "The person", body = Person), Commanding)
)]
pub(super) async fn set_groups(
    State(app): State<Arc<App>>,
    At(person): At<String>,
    asked: Asked<GroupsRequest>,
) -> Result<Json<Person>, Trouble> {
    let (body, asked) = asked.split();
    let named: PersonName = name(&person)?;
    let groups = body.groups.iter().map(|group| name(group)).collect::<Result<_, _>>()?;
    submit(&app, asked, (&named, PersonCommand::SetGroups { groups })).await?;
    Ok(Json(look(&app, &named).await?))
}

/// Say who a person is at identity providers
///
/// In the place of what was said before. Whoever signs in there as one of these is this person here; each identity is one
/// person's.
#[utoipa::path(
    put, path = "/people/{person}/links", operation_id = "set_links", tag = "people",
    params(("person" = String, Path, description = "Their name")), request_body = LinksRequest,
    responses((status = 200, description = "The person", body = Person), Commanding)
)]
pub(super) async fn set_links(
    State(app): State<Arc<App>>,
    At(person): At<String>,
    asked: Asked<LinksRequest>,
) -> Result<Json<Person>, Trouble> {
    let (body, asked) = asked.split();
    let named: PersonName = name(&person)?;
    let wanted: BTreeSet<(String, String)> =
        body.links.into_iter().map(|link| (link.issuer, link.subject)).collect();
    let _one = app.identity.providers.linking.lock().await;
    let before = known(&app, &named).await?.person.links.clone();
    let gone = before.difference(&wanted).cloned();
    let come = wanted.difference(&before).cloned();
    let gone = gone.map(|(issuer, subject)| PersonCommand::Unlink { issuer, subject });
    let come = come.map(|(issuer, subject)| PersonCommand::Link { issuer, subject });
    let commands = gone.chain(come).collect();
    let wish = ForPerson { name: named.clone(), commands, notes: Vec::new() };
    app.engine.submit(&asked.to(Command::Person(Box::new(wish))), app.clock.now()).await?;
    Ok(Json(look(&app, &named).await?))
}

/// Set a password
///
/// Whoever sets their own says the one before; every session of the person ends, and a new sign-in is needed. Not through a
/// token.
#[utoipa::path(
    put, path = "/people/{person}/password", operation_id = "set_password", tag = "people",
    params(("person" = String, Path, description = "Their name")), request_body = PasswordRequest,
    responses((status = 200, description = "The person", body = Person), Confiding, NotTheirs)
)]
pub(super) async fn set_password(
    State(app): State<Arc<App>>,
    At(person): At<String>,
    confided: Confided<PasswordRequest>,
) -> Result<Json<Person>, Trouble> {
    let Confided { body, caller, from, origin } = confided;
    let caller = caller.ok_or_else(Trouble::bug)?;
    let named: PersonName = name(&person)?;
    let known = known(&app, &named).await?;
    if caller.is(&named) {
        no_token(&caller, "set your own password")?;
        if let Some(hash) = password_of(&app, &named).await? {
            app.identity.passwords.attempt(named.as_str(), from, app.clock.now().steady)?;
            let current = Secret::new(body.current.unwrap_or_default().0);
            if !app.identity.passwords.check(current, Some(hash)).await? {
                return Err(super::sessions::wrong_password());
            }
            app.identity.passwords.forgive(named.as_str());
        }
    }
    if known.person.kind == person::PersonKind::Service {
        return Err(Refusal::from(PersonRefusal::ServiceHasNoPassword { name: named }).into());
    }
    let hash = app.identity.passwords.hash(named.to_string(), Secret::new(body.password.0)).await?;
    let hash = Some(hash.as_stored().as_bytes().to_vec());
    let notes = vec![(PASSWORD_NOTE.to_owned(), hash), (SESSIONS_NOTE.to_owned(), None)];
    let command = ForPerson { name: named.clone(), commands: vec![PersonCommand::SetPassword], notes };
    let asked = Asked { body: (), caller, origin, key: None, seen: None };
    end_sessions(&app, asked, command).await?;
    Ok(Json(look(&app, &named).await?))
}

/// Disable a person
///
/// They may do nothing any more: sessions end, tokens stop, and what they said at gates that are still open does not count.
#[utoipa::path(
    post, path = "/people/{person}/disable", operation_id = "disable_person", tag = "people",
    params(("person" = String, Path, description = "Their name")), request_body = DisableRequest,
    responses((status = 200, description = "The person", body = Person), Commanding)
)]
pub(super) async fn disable(
    State(app): State<Arc<App>>,
    At(person): At<String>,
    asked: Asked<DisableRequest>,
) -> Result<Json<Person>, Trouble> {
    let (body, asked) = asked.split();
    let named: PersonName = name(&person)?;
    let reason = short(body.reason)?.trim().to_owned();
    if reason.is_empty() {
        return Err(Trouble::bad_request("`reason` is empty: say why, for the record"));
    }
    submit(&app, asked, (&named, PersonCommand::Disable { reason })).await?;
    Ok(Json(look(&app, &named).await?))
}

/// Enable a person again
///
/// With what was granted to them before; they sign in anew.
#[utoipa::path(
    post, path = "/people/{person}/enable", operation_id = "enable_person", tag = "people",
    params(("person" = String, Path, description = "Their name")), request_body = EmptyRequest,
    responses((status = 200, description = "The person", body = Person), Commanding)
)]
pub(super) async fn enable(
    State(app): State<Arc<App>>,
    At(person): At<String>,
    asked: Asked<EmptyRequest>,
) -> Result<Json<Person>, Trouble> {
    let (EmptyRequest {}, asked) = asked.split();
    let named: PersonName = name(&person)?;
    submit(&app, asked, (&named, PersonCommand::Enable)).await?;
    Ok(Json(look(&app, &named).await?))
}

/// Sign a person out everywhere
///
/// Every session of theirs ends; tokens stay.
#[utoipa::path(
    delete, path = "/people/{person}/sessions", operation_id = "end_sessions", tag = "people",
    params(("person" = String, Path, description = "Their name")),
    responses((status = 200, description = "They are signed out", body = SignedOut), Commanding)
)]
pub(super) async fn sign_out(
    State(app): State<Arc<App>>,
    At(person): At<String>,
    asked: Asked<Nothing>,
) -> Result<Json<SignedOut>, Trouble> {
    let (Nothing {}, asked) = asked.split();
    let name = known(&app, &name(&person)?).await?.person.name.clone();
    let notes = vec![(SESSIONS_NOTE.to_owned(), None)];
    let command = ForPerson { name, commands: vec![PersonCommand::EndSessions], notes };
    let sessions = end_sessions(&app, asked, command).await?;
    Ok(Json(SignedOut { sessions }))
}

/// Carries out what ends every session of the person.
async fn end_sessions(app: &App, asked: Asked<()>, command: ForPerson) -> Result<usize, Trouble> {
    let mut held = Sessions::hold(app, &command.name).await?;
    let ended = held.end(|_| true);
    let written = app.engine.submit(&asked.to(Command::Person(Box::new(command))), app.clock.now()).await;
    if let Err(error) = written {
        held.forget();
        return Err(error.into());
    }
    Ok(ended)
}

/// List groups
///
/// Those that something is granted to, and those that somebody is in.
#[utoipa::path(
    get, path = "/groups", operation_id = "list_groups", tag = "people",
    responses((status = 200, description = "Every group", body = Page<Group>), Reading)
)]
pub(super) async fn list_groups(State(app): State<Arc<App>>) -> Result<Json<Page<Group>>, Trouble> {
    let directory = app.engine.directory().await?;
    let named = directory.groups().grants.keys();
    let joined = directory.people().flat_map(|known| &known.person.groups);
    let names: BTreeSet<&GroupName> = named.chain(joined).collect();
    let items = names.into_iter().map(|name| wire::group(&directory, name)).collect();
    Ok(Json(Page { items, next: None }))
}

/// Say what a group's members may do
///
/// In the place of what was granted to it before; nothing takes everything away.
#[utoipa::path(
    put, path = "/groups/{group}", operation_id = "set_group", tag = "people",
    params(("group" = String, Path, description = "Its name")), request_body = GrantsRequest,
    responses((status = 200, description = "The group", body = Group), Commanding)
)]
pub(super) async fn set_group(
    State(app): State<Arc<App>>,
    At(group): At<String>,
    asked: Asked<GrantsRequest>,
) -> Result<Json<Group>, Trouble> {
    let (body, asked) = asked.split();
    let group: GroupName = name(&group)?;
    let grants = wire::read_grants(body.grants)?;
    let command = Command::Group(NewGroup { group: group.clone(), grants });
    app.engine.submit(&asked.to(command), app.clock.now()).await?;
    Ok(Json(wire::group(app.engine.directory().await?.as_ref(), &group)))
}

/// The caller may not do this.
#[derive(utoipa::IntoResponses)]
#[allow(dead_code)] // read by the derive only
pub(super) enum NotTheirs {
    /// There is no such person (`unknown-person`).
    #[response(status = 404, content_type = "application/problem+json")]
    Unknown(tidegate_api::Problem),
}

pub(super) async fn submit(
    app: &App,
    asked: Asked<()>,
    (name, command): (&PersonName, PersonCommand),
) -> Result<(), Trouble> {
    let wish = ForPerson { name: name.clone(), commands: vec![command], notes: Vec::new() };
    app.engine.submit(&asked.to(Command::Person(Box::new(wish))), app.clock.now()).await?;
    Ok(())
}

pub(super) async fn known(app: &App, name: &PersonName) -> Result<Arc<Known>, Trouble> {
    let found = app.engine.directory().await?.get(name).cloned();
    found.ok_or_else(|| Refusal::from(PersonRefusal::Unknown).into())
}

pub(super) async fn look(app: &App, name: &PersonName) -> Result<Person, Trouble> {
    Ok(wire::person(known(app, name).await?.as_ref()))
}

pub(super) fn display(given: Option<String>, name: &PersonName) -> Result<String, Trouble> {
    let given = given.unwrap_or_default();
    if given.chars().count() > DISPLAY_CHARS_MAX || given.chars().any(char::is_control) {
        return Err(Trouble::bad_request(format!(
            "`display` is no line of at most {DISPLAY_CHARS_MAX} characters"
        )));
    }
    let given = given.trim();
    Ok(if given.is_empty() { name.to_string() } else { given.to_owned() })
}

/// What a token that got out must not be able to do.
pub(super) fn no_token(caller: &Caller, what: &str) -> Result<(), Trouble> {
    if !matches!(caller.how, How::Token { .. }) {
        return Ok(());
    }
    Err(Trouble::new(StatusCode::FORBIDDEN, "not-by-token", format!("a token cannot {what}"))
        .help("sign in instead: `tidegate login`"))
}

pub(super) fn setup_first() -> Trouble {
    Trouble::new(
        StatusCode::CONFLICT,
        "setup-first",
        "there is nobody yet, and the first one is an administrator",
    )
    .help("`tidegate user create NAME --admin`, where the server's data directory is")
}
