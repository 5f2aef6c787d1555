//! `/flags`: what flags there are and what people say about them.
//!
//! Invariant: a flag that was answered as changed is served as changed. Deliberately not here: how it stands in each
//! environment (`flag_environments`), documents (`flag_documents`).

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::Deserialize;
use tidegate_api::{ActRequest, CreateFlagRequest, DescribeFlagRequest, Flag, FlagChange, FlagKind, Page};
use tidegate_domain::flag::{self, Change, Definition, FlagCommand, FlagRefusal, Life};
use tidegate_domain::name::{EnvironmentName, FlagKey};
use tidegate_domain::refusal::Refusal;
use tidegate_domain::rights::Right;
use tidegate_engine::{Command, FlagView, ForFlags};
use utoipa::IntoParams;

use super::gates::REASON_CHARS_MAX;
use super::problems::{Commanding, Reading, ReadingOne};
use crate::app::App;
use crate::asked::{Asked, By};
use crate::extract::{At, Wanted, name};
use crate::identity::{Caller, must_in};
use crate::problem::Trouble;
use crate::wire::{self, Window};

/// Flags of one project that are not archived.
const FLAGS_MAX: usize = 20_000;
const OWNER_CHARS_MAX: usize = 200;
const DESCRIPTION_CHARS_MAX: usize = 2_000;
const DAYS: u32 = 30;
const DAYS_MAX: u32 = 3_650;
const DAY_MS: u64 = 86_400_000;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct FlagsWanted {
    /// Only of one kind.
    kind: Option<FlagKind>,
    /// Only of one owner.
    owner: Option<String>,
    /// Archived ones, and only those.
    archived: Option<bool>,
    /// Only those that look as if nobody needed them any more.
    stale: Option<bool>,
    /// What counts as long enough for that, in days; 30 where absent.
    #[param(minimum = 1, maximum = 3650)]
    stale_days: Option<u32>,
}

/// List flags
///
/// The newest change first, without their definitions.
#[utoipa::path(
    get, path = "/flags", operation_id = "list_flags", tag = "flags", params(FlagsWanted),
    responses((status = 200, description = "The flags", body = Page<Flag>), Reading)
)]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    By(caller): By,
    Wanted(wanted): Wanted<FlagsWanted>,
) -> Result<Json<Page<Flag>>, Trouble> {
    let window = window(&app, wanted.stale_days)?;
    let views = app.engine.flags().await?;
    let archived = wanted.archived.unwrap_or(false);
    let views = views.into_iter().filter(|view| view.archived == archived);
    let flags = views.map(|view| seen(&app, &caller, (&view, None), window));
    let is_wanted = |flag: &Flag| {
        wanted.kind.is_none_or(|kind| kind == flag.kind)
            && wanted.owner.as_ref().is_none_or(|owner| flag.owner.as_ref() == Some(owner))
            && (wanted.stale != Some(true) || flag.stale.is_some())
    };
    Ok(Json(Page { items: flags.filter(is_wanted).collect(), next: None }))
}

/// Create a flag
///
/// With a definition, and for these environments, where one is given; those that are protected get theirs by a proposal.
#[utoipa::path(
    post, path = "/flags", operation_id = "create_flag", tag = "flags", request_body = CreateFlagRequest,
    responses((status = 201, description = "The flag", body = Flag), Commanding)
)]
pub(super) async fn create(
    State(app): State<Arc<App>>,
    asked: Asked<CreateFlagRequest>,
) -> Result<(StatusCode, Json<Flag>), Trouble> {
    let (body, asked) = asked.split();
    let caller = Arc::clone(&asked.caller);
    let key: FlagKey = name(&body.key)?;
    let life = life(DescribeFlagRequest {
        kind: body.kind,
        owner: body.owner,
        description: body.description,
        remove_by_ms: body.remove_by_ms,
        release: body.release,
    })?;
    room(&app)?;
    let mut commands = vec![FlagCommand::Create { key: key.clone(), life }];
    let definition = body.definition.map(|given| Definition::compiled(&key, &given)).transpose();
    let definition = definition.map_err(Refusal::from)?;
    for environment in &body.environments {
        let environment: EnvironmentName = name(environment)?;
        let definition = definition.clone().ok_or_else(|| {
            Trouble::unfit("`environments` are named, and no `definition` for them is given")
        })?;
        must_in(&app, &caller, (Right::Deploy, &environment)).await?;
        check(&app, (&key, &environment), &definition)?;
        commands.push(FlagCommand::Change { environment, change: Change::Configure { definition } });
    }
    submit(&app, asked, &key, (commands, body.reason)).await?;
    Ok((StatusCode::CREATED, Json(look(&app, &caller, &key).await?)))
}

/// Show a flag
///
/// With its definitions, and what waits for a second person, in the environments that the caller may see.
#[utoipa::path(
    get, path = "/flags/{key}", operation_id = "show_flag", tag = "flags",
    params(("key" = String, Path, description = "Its key")),
    responses((status = 200, description = "The flag", body = Flag), ReadingOne)
)]
pub(super) async fn show(
    State(app): State<Arc<App>>,
    By(caller): By,
    At(key): At<String>,
) -> Result<Json<Flag>, Trouble> {
    Ok(Json(look(&app, &caller, &name(&key)?).await?))
}

/// Describe a flag
///
/// Replaces what people say about it: kind, owner, description, when it should be gone, the release it belongs to.
#[utoipa::path(
    put, path = "/flags/{key}", operation_id = "describe_flag", tag = "flags", request_body = DescribeFlagRequest,
    params(("key" = String, Path, description = "Its key")),
    responses((status = 200, description = "The flag", body = Flag), Commanding)
)]
pub(super) async fn describe(
    State(app): State<Arc<App>>,
    At(key): At<String>,
    asked: Asked<DescribeFlagRequest>,
) -> Result<Json<Flag>, Trouble> {
    let (body, asked) = asked.split();
    let command = FlagCommand::Describe { life: life(body)? };
    done(&app, asked, &name(&key)?, (vec![command], None)).await
}

/// Archive a flag
///
/// It is served nowhere any more, so programs that ask get their own default. Refused while it is on in a protected
/// environment: switch it off there first.
#[utoipa::path(
    post, path = "/flags/{key}/archive", operation_id = "archive_flag", tag = "flags", request_body = ActRequest,
    params(("key" = String, Path, description = "Its key")),
    responses((status = 200, description = "The flag", body = Flag), Commanding)
)]
pub(super) async fn archive(
    State(app): State<Arc<App>>,
    At(key): At<String>,
    asked: Asked<ActRequest>,
) -> Result<Json<Flag>, Trouble> {
    let (body, asked) = asked.split();
    done(&app, asked, &name(&key)?, (vec![FlagCommand::Archive], body.reason)).await
}

/// Bring an archived flag back
///
/// As it stood.
#[utoipa::path(
    post, path = "/flags/{key}/restore", operation_id = "restore_flag", tag = "flags", request_body = ActRequest,
    params(("key" = String, Path, description = "Its key")),
    responses((status = 200, description = "The flag", body = Flag), Commanding)
)]
pub(super) async fn restore(
    State(app): State<Arc<App>>,
    At(key): At<String>,
    asked: Asked<ActRequest>,
) -> Result<Json<Flag>, Trouble> {
    let (body, asked) = asked.split();
    room(&app)?;
    done(&app, asked, &name(&key)?, (vec![FlagCommand::Restore], body.reason)).await
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct HistoryWanted {
    /// Only of one environment.
    environment: Option<String>,
}

/// Show a flag's history
///
/// The newest first, at most 1000, each change with what became another.
#[utoipa::path(
    get, path = "/flags/{key}/history", operation_id = "show_flag_history", tag = "flags",
    params(("key" = String, Path, description = "Its key"), HistoryWanted),
    responses((status = 200, description = "Its changes", body = Page<FlagChange>), ReadingOne)
)]
pub(super) async fn history(
    State(app): State<Arc<App>>,
    By(caller): By,
    At(key): At<String>,
    Wanted(wanted): Wanted<HistoryWanted>,
) -> Result<Json<Page<FlagChange>>, Trouble> {
    let key: FlagKey = name(&key)?;
    let only: Option<EnvironmentName> = wanted.environment.as_deref().map(name).transpose()?;
    let entries = app.engine.flag_history(&key).await?;
    if entries.is_empty() {
        return Err(unknown(key));
    }
    let may_see = |change: &FlagChange| match &change.environment {
        None => only.is_none(),
        Some(named) => {
            let is_wanted = only.as_ref().is_none_or(|only| only.as_str() == named);
            is_wanted && named.parse().is_ok_and(|environment| caller.may_in(Right::Read, &environment))
        }
    };
    let items = wire::flag_history(&entries).into_iter().filter(may_see).collect();
    Ok(Json(Page { items, next: None }))
}

/// One or more commands about a flag, and how it stands then.
pub(super) async fn done(
    app: &App,
    asked: Asked<()>,
    key: &FlagKey,
    wish: (Vec<FlagCommand>, Option<String>),
) -> Result<Json<Flag>, Trouble> {
    let caller = Arc::clone(&asked.caller);
    submit(app, asked, key, wish).await?;
    Ok(Json(look(app, &caller, key).await?))
}

async fn submit(
    app: &App,
    asked: Asked<()>,
    key: &FlagKey,
    (commands, reason): (Vec<FlagCommand>, Option<String>),
) -> Result<(), Trouble> {
    let commands = commands.into_iter().map(|command| (key.clone(), command)).collect();
    let wish = ForFlags { commands, reason: said(reason)? };
    app.engine.submit(&asked.to(Command::Flags(Box::new(wish))), app.clock.now()).await?;
    Ok(())
}

/// As it is kept in the history.
pub(super) fn said(reason: Option<String>) -> Result<String, Trouble> {
    let reason = reason.unwrap_or_default();
    if reason.chars().count() > REASON_CHARS_MAX {
        return Err(Trouble::bad_request(format!("`reason` has more than {REASON_CHARS_MAX} characters")));
    }
    Ok(reason)
}

/// Whether it could be served beside the others there.
pub(super) fn check(
    app: &App,
    (key, environment): (&FlagKey, &EnvironmentName),
    definition: &Definition,
) -> Result<(), Trouble> {
    let place = app.flags.place(&(app.engine.project().clone(), environment.clone()));
    match place.check(key.as_str(), definition) {
        None => Ok(()),
        Some(problem) => {
            let (key, why) = (key.clone(), problem.detail);
            let pointer = within(&problem.path, key.as_str());
            Err(Refusal::from(FlagRefusal::BadDefinition { key, pointer, why }).into())
        }
    }
}

/// Of a place in a document of flags, what lies in this flag's own definition; the whole where it lies elsewhere.
fn within(path: &str, key: &str) -> String {
    let own = format!("/flags/{}", key.replace('~', "~0").replace('/', "~1"));
    path.strip_prefix(&own)
        .filter(|rest| rest.is_empty() || rest.starts_with('/'))
        .unwrap_or_default()
        .to_owned()
}

/// Of flags that are served.
fn room(app: &App) -> Result<(), Trouble> {
    let places = app.flags.places(Some(app.engine.project()));
    let most = places.iter().map(|(_, place)| place.served().set.len()).max();
    if most.unwrap_or(0) >= FLAGS_MAX {
        return Err(Refusal::from(FlagRefusal::TooMany { most: FLAGS_MAX }).into());
    }
    Ok(())
}

pub(super) fn life(given: DescribeFlagRequest) -> Result<Life, Trouble> {
    Ok(Life {
        kind: wire::read_flag_kind(given.kind),
        owner: text("owner", given.owner, OWNER_CHARS_MAX)?,
        description: text("description", given.description, DESCRIPTION_CHARS_MAX)?,
        remove_by_ms: given.remove_by_ms,
        release: given.release.as_deref().map(name).transpose()?,
    })
}

fn text(what: &str, given: Option<String>, chars_max: usize) -> Result<String, Trouble> {
    let given = given.unwrap_or_default();
    if given.chars().count() > chars_max {
        return Err(Trouble::bad_request(format!("`{what}` has more than {chars_max} characters")));
    }
    Ok(given)
}

pub(super) async fn look(app: &App, caller: &Caller, key: &FlagKey) -> Result<Flag, Trouble> {
    let found = app.engine.flag(key).await?;
    let (flag, view, _) = found.ok_or_else(|| unknown(key.clone()))?;
    Ok(seen(app, caller, (&view, Some(&flag)), window(app, None)?))
}

/// With what the caller may see of it.
fn seen(app: &App, caller: &Caller, (view, whole): (&FlagView, Option<&flag::Flag>), window: Window) -> Flag {
    let project = app.engine.project();
    let used = |environment: &str| {
        let at = (project.clone(), environment.parse().ok()?);
        app.flags.place(&at).uses.seen(&view.key)
    };
    let mut flag = wire::flag(view, whole, &used, window);
    let may_see = |environment: &str| {
        environment.parse::<EnvironmentName>().is_ok_and(|name| caller.may_in(Right::Read, &name))
    };
    flag.environments.retain(|stands| may_see(&stands.environment));
    if let Some(proposals) = &mut flag.proposals {
        proposals.retain(|proposal| may_see(&proposal.environment));
    }
    flag
}

fn window(app: &App, days: Option<u32>) -> Result<Window, Trouble> {
    let days = days.unwrap_or(DAYS);
    if !(1..=DAYS_MAX).contains(&days) {
        return Err(Trouble::bad_request(format!("`stale_days` is not between 1 and {DAYS_MAX}")));
    }
    Ok(Window { now_ms: app.clock.now().wall_ms, length_ms: u64::from(days) * DAY_MS })
}

pub(super) fn unknown(key: FlagKey) -> Trouble {
    Refusal::from(FlagRefusal::Unknown { key }).into()
}
