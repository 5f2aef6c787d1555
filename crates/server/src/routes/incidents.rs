//! `/incidents`: tell of them, link them to what caused them, end them.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::Deserialize;
use tidegate_api::{
    EmptyRequest, Incident, IncidentState, LinkIncidentRequest, NoteIncidentRequest, OpenIncidentRequest,
    Page, ResolveIncidentRequest, UnlinkIncidentRequest,
};
use tidegate_domain::id::IncidentId;
use tidegate_domain::incident::{self, About, IncidentRefusal};
use tidegate_domain::name::EnvironmentName;
use tidegate_domain::refusal::Refusal;
use tidegate_domain::rights::{Place, Right};
use tidegate_engine::{Answer, Command, ForIncident, LinkTo};
use tidegate_ports::{Row, RowQuery};
use utoipa::IntoParams;

use super::problems::{Commanding, Reading, ReadingOne};
use crate::app::App;
use crate::asked::{Asked, By};
use crate::extract::{At, Wanted, name};
use crate::identity::{Caller, must};
use crate::paging::{self, page_size};
use crate::problem::Trouble;
use crate::wire;

const PAGE: u32 = 50;
const PAGE_MAX: u32 = 1_000;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct IncidentsWanted {
    /// Only of this state.
    state: Option<IncidentState>,
    /// Only in this environment.
    #[param(value_type = Option<String>)]
    environment: Option<EnvironmentName>,
    /// `next` of the page before.
    before: Option<u64>,
    /// At most 1000; 50 where absent.
    limit: Option<u32>,
}

/// List incidents
///
/// The newest change first; only those that the caller may see, so a page may be short though another one follows.
#[utoipa::path(
    get, path = "/incidents", operation_id = "list_incidents", tag = "incidents", params(IncidentsWanted),
    responses((status = 200, description = "A page of incidents", body = Page<Incident>), Reading)
)]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    By(caller): By,
    Wanted(wanted): Wanted<IncidentsWanted>,
) -> Result<Json<Page<Incident>>, Trouble> {
    let limit = page_size(wanted.limit, PAGE, PAGE_MAX)?;
    let state = wanted.state.map(|state| match state {
        IncidentState::Open => "open".to_owned(),
        IncidentState::Resolved => "resolved".to_owned(),
    });
    let (kind, scope) = ("incident".to_owned(), wanted.environment.map(String::from));
    let query = RowQuery { kind, scope, state, before: wanted.before, limit };
    let (rows, next) = paging::rows(&*app.store, query).await?;
    let seen = |row: &&Row| may(&app, &caller, Right::Read, row.scope.parse().ok().as_ref());
    let items = rows.iter().filter(seen).map(wire::incident_of_row).collect::<Result<_, _>>()?;
    Ok(Json(Page { items, next }))
}

/// Open an incident
///
/// Tells that something is wrong for users. Linked to a rollout, it makes that one count as failed.
#[utoipa::path(
    post, path = "/incidents", operation_id = "open_incident", tag = "incidents", request_body = OpenIncidentRequest,
    responses((status = 201, description = "The incident", body = Incident), Commanding)
)]
pub(super) async fn open(
    State(app): State<Arc<App>>,
    asked: Asked<OpenIncidentRequest>,
) -> Result<(StatusCode, Json<Incident>), Trouble> {
    let (body, asked) = asked.split();
    let environment: Option<EnvironmentName> = body.environment.as_deref().map(name).transpose()?;
    if body.component.is_some() && environment.is_none() {
        return Err(Trouble::unfit("`component` stands there without `environment`"));
    }
    must_be_there(&app, &asked.caller, (Right::Stop, environment.as_ref())).await?;
    let mut links = Vec::new();
    if let Some(rollout) = &body.rollout {
        links.push(LinkTo::Rollout(name(rollout)?));
    }
    if let Some(release) = &body.release {
        links.push(LinkTo::Release { release: name(release)?, environment: environment.clone() });
    }
    let about = About {
        title: body.title,
        severity: body.severity,
        environment,
        component: body.component.as_deref().map(name).transpose()?,
        detected_ms: body.detected_ms.unwrap_or_else(|| app.clock.now().wall_ms),
    };
    let command = Command::Incident(Box::new(ForIncident::Open { about, links }));
    let answer = app.engine.submit(&asked.to(command), app.clock.now()).await?;
    let Answer::Incident { id } = answer else { return Err(Trouble::bug()) };
    Ok((StatusCode::CREATED, Json(wire::incident(look(&app, &id).await?))))
}

/// Show an incident
#[utoipa::path(
    get, path = "/incidents/{incident}", operation_id = "show_incident", tag = "incidents",
    params(("incident" = String, Path, description = "`inc_…`")),
    responses((status = 200, description = "The incident, with its notes", body = Incident), ReadingOne)
)]
pub(super) async fn show(
    State(app): State<Arc<App>>,
    By(caller): By,
    At(id): At<String>,
) -> Result<Json<Incident>, Trouble> {
    let found = look(&app, &name(&id)?).await?;
    must_be_there(&app, &caller, (Right::Read, found.about.environment.as_ref())).await?;
    Ok(Json(wire::incident(found)))
}

/// Link an incident
///
/// To the rollout that it speaks against, or to a release: then to its newest rollout in the incident's environment.
#[utoipa::path(
    post, path = "/incidents/{incident}/link", operation_id = "link_incident", tag = "incidents",
    params(("incident" = String, Path, description = "`inc_…`")), request_body = LinkIncidentRequest,
    responses((status = 200, description = "The incident", body = Incident), Commanding)
)]
pub(super) async fn link(
    State(app): State<Arc<App>>,
    At(id): At<String>,
    asked: Asked<LinkIncidentRequest>,
) -> Result<Json<Incident>, Trouble> {
    let (body, asked) = asked.split();
    let to = match (&body.rollout, &body.release) {
        (Some(rollout), None) if body.environment.is_none() => LinkTo::Rollout(name(rollout)?),
        (None, Some(release)) => {
            let environment = body.environment.as_deref().map(name).transpose()?;
            LinkTo::Release { release: name(release)?, environment }
        }
        _ => {
            return Err(Trouble::unfit("an incident is linked to a `rollout`, or to a `release`")
                .help("send one of the two; `environment` goes with `release`"));
        }
    };
    act(&app, (&id, asked), |id| ForIncident::Link { id, to }).await
}

/// Unlink an incident
///
/// It had nothing to do with that rollout.
#[utoipa::path(
    post, path = "/incidents/{incident}/unlink", operation_id = "unlink_incident", tag = "incidents",
    params(("incident" = String, Path, description = "`inc_…`")), request_body = UnlinkIncidentRequest,
    responses((status = 200, description = "The incident", body = Incident), Commanding)
)]
pub(super) async fn unlink(
    State(app): State<Arc<App>>,
    At(id): At<String>,
    asked: Asked<UnlinkIncidentRequest>,
) -> Result<Json<Incident>, Trouble> {
    let (body, asked) = asked.split();
    let rollout = name(&body.rollout)?;
    act(&app, (&id, asked), |id| ForIncident::Unlink { id, rollout }).await
}

/// Resolve an incident
///
/// Service is as it should be: now, or since a time that has passed.
#[utoipa::path(
    post, path = "/incidents/{incident}/resolve", operation_id = "resolve_incident", tag = "incidents",
    params(("incident" = String, Path, description = "`inc_…`")), request_body = ResolveIncidentRequest,
    responses((status = 200, description = "The incident", body = Incident), Commanding)
)]
pub(super) async fn resolve(
    State(app): State<Arc<App>>,
    At(id): At<String>,
    asked: Asked<ResolveIncidentRequest>,
) -> Result<Json<Incident>, Trouble> {
    let (body, asked) = asked.split();
    act(&app, (&id, asked), |id| ForIncident::Resolve { id, at_ms: body.at_ms }).await
}

/// Reopen an incident
///
/// It was not over.
#[utoipa::path(
    post, path = "/incidents/{incident}/reopen", operation_id = "reopen_incident", tag = "incidents",
    params(("incident" = String, Path, description = "`inc_…`")), request_body = EmptyRequest,
    responses((status = 200, description = "The incident", body = Incident), Commanding)
)]
pub(super) async fn reopen(
    State(app): State<Arc<App>>,
    At(id): At<String>,
    asked: Asked<EmptyRequest>,
) -> Result<Json<Incident>, Trouble> {
    let (_, asked) = asked.split();
    act(&app, (&id, asked), |id| ForIncident::Reopen { id }).await
}

/// Note something about an incident
#[utoipa::path(
    post, path = "/incidents/{incident}/notes", operation_id = "note_incident", tag = "incidents",
    params(("incident" = String, Path, description = "`inc_…`")), request_body = NoteIncidentRequest,
    responses((status = 200, description = "The incident", body = Incident), Commanding)
)]
pub(super) async fn note(
    State(app): State<Arc<App>>,
    At(id): At<String>,
    asked: Asked<NoteIncidentRequest>,
) -> Result<Json<Incident>, Trouble> {
    let (body, asked) = asked.split();
    act(&app, (&id, asked), |id| ForIncident::Note { id, text: body.text }).await
}

async fn act(
    app: &App,
    (id, asked): (&str, Asked<()>),
    wish: impl FnOnce(IncidentId) -> ForIncident,
) -> Result<Json<Incident>, Trouble> {
    let id: IncidentId = name(id)?;
    let before = look(app, &id).await?;
    must_be_there(app, &asked.caller, (Right::Stop, before.about.environment.as_ref())).await?;
    let command = Command::Incident(Box::new(wish(id.clone())));
    app.engine.submit(&asked.to(command), app.clock.now()).await?;
    Ok(Json(wire::incident(look(app, &id).await?)))
}

fn may(app: &App, caller: &Caller, right: Right, environment: Option<&EnvironmentName>) -> bool {
    caller.may(right, place(app, environment))
}

/// Where it is; what is nowhere is the whole project's.
fn place<'a>(app: &'a App, environment: Option<&'a EnvironmentName>) -> Place<'a> {
    let project = app.engine.project().as_str();
    environment.map_or(Place::Project(project), |environment| Place::Environment(project, environment))
}

async fn must_be_there(
    app: &App,
    caller: &Caller,
    (right, environment): (Right, Option<&EnvironmentName>),
) -> Result<(), Trouble> {
    must(app, caller, (right, place(app, environment))).await
}

async fn look(app: &App, id: &IncidentId) -> Result<incident::Incident, Trouble> {
    let found = app.engine.incident(id).await?;
    found.ok_or_else(|| Refusal::from(IncidentRefusal::Unknown { id: id.clone() }).into())
}
