//! `/releases`: make them, look at them, send them on.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::Deserialize;
use tidegate_api::{
    AllowRequest, CreateReleaseRequest, Page, PromoteRequest, Release, ReleaseKind, RolloutsStarted,
};
use tidegate_domain::name::{EnvironmentName, Version};
use tidegate_domain::refusal::Refusal;
use tidegate_domain::release::{self, ReleaseRefusal};
use tidegate_domain::rights::{Place, Right};
use tidegate_engine::{Command, NewRelease};
use tidegate_ports::RowQuery;
use utoipa::IntoParams;

use super::problems::{Commanding, Reading, ReadingOne};
use super::rollouts::submit;
use crate::app::App;
use crate::asked::Asked;
use crate::bring;
use crate::bundles;
use crate::extract::{At, Wanted, name};
use crate::identity::{must, must_in};
use crate::inquiries;
use crate::paging::{self, page_size};
use crate::problem::Trouble;
use crate::wire;

const PAGE: u32 = 50;
const PAGE_MAX: u32 = 1_000;

/// Create a release
///
/// Reads the artifacts and keeps copies of them by digest, so that what is released is what was there now. Creating
/// the same release again changes nothing; another one of the same version is refused. Of a bundle, its notes, reports and
/// bills of materials come along, for which the right to add evidence is needed too.
#[utoipa::path(
    post, path = "/releases", operation_id = "create_release", tag = "releases", request_body = CreateReleaseRequest,
    responses((status = 201, description = "The release", body = Release), Commanding)
)]
pub(super) async fn create(
    State(app): State<Arc<App>>,
    asked: Asked<CreateReleaseRequest>,
) -> Result<(StatusCode, Json<Release>), Trouble> {
    let (body, asked) = asked.split();
    let version: Version = name(&body.version)?;
    let bundle = body.bundle.as_deref().map(bundles::named).transpose()?;
    if bundle.is_some() {
        if !body.components.is_empty() {
            return Err(Trouble::unfit("`bundle` and `components` do not go together"));
        }
        let project = Place::Project(app.engine.project().as_str());
        must(&app, &asked.caller, (Right::AddEvidence, project)).await?;
    }
    let answered = match &asked.key {
        Some(key) => {
            app.store.receipt(&key.text).await?.is_some_and(|found| found.command_digest == key.digest)
        }
        None => false,
    };
    let beside = asked.beside();
    let papers = match bundle {
        Some(digest) => Some(bundles::papers(&app, digest, &version).await?),
        None => None,
    };
    if !answered {
        let components = match bundle {
            Some(digest) => bundles::artifacts(&app, digest, &version).await?,
            None => bring::artifacts(&app, &body).await?,
        };
        let notes = match &papers {
            Some(papers) => papers.notes(body.notes),
            None => body.notes,
        };
        let kind = match body.kind {
            ReleaseKind::Planned => release::ReleaseKind::Planned,
            ReleaseKind::Hotfix => release::ReleaseKind::Hotfix,
        };
        let commits = body.commits.into_iter().map(|commit| {
            let message = commit.message.unwrap_or_default();
            let (id, pull_request) = (commit.id, commit.pull_request);
            let (authored_ms, title, references) = (commit.authored_ms, None, Vec::new());
            release::ReleaseCommit { id, authored_ms, pull_request, title, references }.saying(&message)
        });
        let (version, commits) = (version.clone(), commits.collect());
        let wish = NewRelease { version, kind, components, notes, commits };
        app.engine.submit(&asked.to(Command::CreateRelease(wish)), app.clock.now()).await?;
    }
    // Also when it was answered before: a kill may have come between.
    if let Some(papers) = papers {
        papers.add(&app, &version, &beside).await?;
    }
    Ok((StatusCode::CREATED, Json(look(&app, &version).await?)))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct ReleasesWanted {
    /// `next` of the page before.
    before: Option<u64>,
    /// At most 1000; 50 where absent.
    limit: Option<u32>,
}

/// List releases
///
/// The newest change first.
#[utoipa::path(
    get, path = "/releases", operation_id = "list_releases", tag = "releases", params(ReleasesWanted),
    responses((status = 200, description = "A page of releases", body = Page<Release>), Reading)
)]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Wanted(wanted): Wanted<ReleasesWanted>,
) -> Result<Json<Page<Release>>, Trouble> {
    let limit = page_size(wanted.limit, PAGE, PAGE_MAX)?;
    let query = RowQuery { kind: "release".to_owned(), before: wanted.before, limit, ..RowQuery::default() };
    let (rows, next) = paging::rows(&*app.store, query).await?;
    let items = rows.iter().map(wire::release_of_row).collect::<Result<_, _>>()?;
    Ok(Json(Page { items, next }))
}

/// Show a release
#[utoipa::path(
    get, path = "/releases/{version}", operation_id = "show_release", tag = "releases",
    params(("version" = String, Path, description = "Its version")),
    responses((status = 200, description = "The release", body = Release), ReadingOne)
)]
pub(super) async fn show(
    State(app): State<Arc<App>>,
    At(version): At<String>,
) -> Result<Json<Release>, Trouble> {
    Ok(Json(look(&app, &name(&version)?).await?))
}

/// Promote a release
///
/// Into the next stage of the pipeline, or the one named, if it is verified in the stage before.
#[utoipa::path(
    post, path = "/releases/{version}/promotions", operation_id = "promote_release", tag = "releases",
    params(("version" = String, Path, description = "Its version")), request_body = PromoteRequest,
    responses((status = 202, description = "Started", body = RolloutsStarted), Commanding)
)]
pub(super) async fn promote(
    State(app): State<Arc<App>>,
    At(version): At<String>,
    asked: Asked<PromoteRequest>,
) -> Result<(StatusCode, Json<RolloutsStarted>), Trouble> {
    let (body, asked) = asked.split();
    let to: Option<EnvironmentName> = body.to.as_deref().map(name).transpose()?;
    let release: Version = name(&version)?;
    let next = match to {
        Some(environment) => vec![environment],
        None => app.engine.next_stage_of(&release).await?,
    };
    for environment in &next {
        must_in(&app, &asked.caller, (Right::Deploy, environment)).await?;
    }
    if next.is_empty() {
        must(&app, &asked.caller, (Right::Deploy, Place::Project(app.engine.project().as_str()))).await?;
    }
    inquiries::ask(&app, &release, &next).await;
    // What was allowed is what is done, also when the release moves on meanwhile.
    let command = Command::Promote { release, to: next, supersede: body.supersede };
    submit(&app, &asked.to(command)).await
}

/// Allow a release again
///
/// Lifts the bar that a rollback left in an environment, so that automation may bring it there.
#[utoipa::path(
    post, path = "/releases/{version}/allow", operation_id = "allow_release", tag = "releases",
    params(("version" = String, Path, description = "Its version")), request_body = AllowRequest,
    responses((status = 200, description = "The release", body = Release), Commanding)
)]
pub(super) async fn allow(
    State(app): State<Arc<App>>,
    At(version): At<String>,
    asked: Asked<AllowRequest>,
) -> Result<Json<Release>, Trouble> {
    let (body, asked) = asked.split();
    let (release, environment): (Version, EnvironmentName) = (name(&version)?, name(&body.environment)?);
    must_in(&app, &asked.caller, (Right::Deploy, &environment)).await?;
    let command = Command::Allow { release: release.clone(), environment };
    app.engine.submit(&asked.to(command), app.clock.now()).await?;
    Ok(Json(look(&app, &release).await?))
}

pub(super) async fn look(app: &App, version: &Version) -> Result<Release, Trouble> {
    let found = app.engine.release(version).await?;
    let unknown = || Refusal::from(ReleaseRefusal::Unknown { version: version.clone() });
    Ok(wire::release(found.ok_or_else(unknown)?)?)
}
