//! Looking whether a caller may, and saying no.
//!
//! Invariant: who may nothing in a project is not told that there is one (404); anybody else is told the right they lack
//! and who has it (403). Deliberately not here: which right a route needs (`need`).

use http::StatusCode;
use tidegate_domain::name::EnvironmentName;
use tidegate_domain::rights::{Place, Right, Role, may, permits};
use tidegate_engine::Directory;

use super::caller::Caller;
use crate::app::App;
use crate::problem::Trouble;

const NAMED_MAX: usize = 5;

pub(crate) async fn must(
    app: &App,
    caller: &Caller,
    (right, place): (Right, Place<'_>),
) -> Result<(), Trouble> {
    if caller.may(right, place) {
        return Ok(());
    }
    let within = !matches!(place, Place::Installation);
    if within && !caller.knows_project() {
        return Err(unknown_project(app.engine.project().as_str()));
    }
    Err(not_allowed(app.engine.directory().await?.as_ref(), caller, (right, place)))
}

/// As [`must`], for what is looked at again for each project that it is about.
pub(crate) async fn must_in_any(app: &App, caller: &Caller, right: Right) -> Result<(), Trouble> {
    if caller.may_in_any(right) {
        return Ok(());
    }
    let directory = app.engine.directory().await?;
    Err(not_allowed(directory.as_ref(), caller, (right, Place::Installation)))
}

/// As [`must`], in an environment; what changes one that is protected needs more.
pub(crate) async fn must_in(
    app: &App,
    caller: &Caller,
    (right, environment): (Right, &EnvironmentName),
) -> Result<(), Trouble> {
    let right = if right == Right::Deploy && is_protected(app, environment).await? {
        Right::DeployProtected
    } else {
        right
    };
    must(app, caller, (right, Place::Environment(app.engine.project().as_str(), environment))).await
}

async fn is_protected(app: &App, environment: &EnvironmentName) -> Result<bool, Trouble> {
    let catalog = app.engine.catalog().await?;
    Ok(catalog.environment(environment).is_ok_and(|spec| spec.protected))
}

/// The same answer whether there is one or not.
pub(crate) fn unknown_project(project: &str) -> Trouble {
    Trouble::new(StatusCode::NOT_FOUND, "unknown-project", format!("you have no project `{project}` here"))
        .help("`tidegate whoami` says what you may do; an administrator can `tidegate user grant` you more")
}

pub(crate) fn not_allowed(
    directory: &Directory,
    caller: &Caller,
    (right, place): (Right, Place<'_>),
) -> Trouble {
    let whose = if caller.at_most().is_some() {
        format!("this token of {}", caller.name)
    } else {
        caller.name.clone()
    };
    let detail = format!("{whose} lacks the right `{}` {}", word(right), words(place));
    let roles: Vec<String> =
        Role::ALL.into_iter().filter(|role| may(*role, right)).map(|role| role.to_string()).collect();
    let names = who_may(directory, right, place);
    let ask = match names.as_slice() {
        [] => "nobody has it now".to_owned(),
        names => format!("{} can do it", names.join(", ")),
    };
    Trouble::new(StatusCode::FORBIDDEN, "not-allowed", detail).help(format!(
        "{ask}; an administrator gives it with a role ({}): `tidegate user grant {} --role ROLE`",
        roles.join(", "),
        caller.name
    ))
}

/// As the policy writes it: `deploy-protected`.
fn word(right: Right) -> String {
    serde_json::to_value(right).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

fn words(place: Place<'_>) -> String {
    match place {
        Place::Installation => "over the whole installation".to_owned(),
        Place::Project(project) => format!("in the whole project `{project}`"),
        Place::Somewhere(project) => format!("in the project `{project}`"),
        Place::Environment(_, environment) => format!("in {environment}"),
    }
}

fn who_may(directory: &Directory, right: Right, place: Place<'_>) -> Vec<String> {
    let may = directory.people().filter(|known| permits(&known.grants, right, place));
    may.take(NAMED_MAX).map(|known| known.person.name.to_string()).collect()
}
