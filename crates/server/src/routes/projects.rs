//! `/projects`: which there are, another one, and the way into each.
//!
//! Invariant: a request for another project is asked anew of that project's own routes, with nothing of what was found out
//! about the caller here. Deliberately not here: what is in a project.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Response};
use http::uri::PathAndQuery;
use http::{Extensions, StatusCode, Uri};
use tidegate_api::{AddProjectRequest, BASE_PATH, Page, Project};
use tidegate_domain::name::ProjectName;
use tidegate_engine::Command;
use tower::ServiceExt as _;

use super::problems::{Commanding, Reading};
use crate::app::App;
use crate::asked::{Asked, By};
use crate::extract::name;
use crate::identity::unknown_project;
use crate::origin::Peer;
use crate::problem::Trouble;

/// Under which anybody may read, where that is switched on.
const PUBLIC_PATH: &str = "/public";
/// Under which the routes of other projects stand.
pub(crate) const PASS: &str = "/api/v1/projects/{project}/{*rest}";

/// List projects
///
/// Those that the caller may know of. The routes of the first one, `default`, stand under `/api/v1`; those of another
/// under `/api/v1/projects/NAME`. People, sessions and tokens are the installation's and stand under `/api/v1` alone.
#[utoipa::path(
    get, path = "/projects", operation_id = "list_projects", tag = "projects",
    responses((status = 200, description = "The projects", body = Page<Project>), Reading)
)]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    By(caller): By,
) -> Result<Json<Page<Project>>, Trouble> {
    let first = std::iter::once(ProjectName::first());
    let all = first.chain(app.engine.projects().await?);
    let items = all.filter(|name| caller.knows(name)).map(|name| project(&name)).collect();
    Ok(Json(Page { items, next: None }))
}

/// Add a project
///
/// With a log, an artifact store and a gateway of its own, in the data directory under `projects`.
#[utoipa::path(
    post, path = "/projects", operation_id = "add_project", tag = "projects", request_body = AddProjectRequest,
    responses((status = 201, description = "The project", body = Project), Commanding)
)]
pub(super) async fn add(
    State(app): State<Arc<App>>,
    asked: Asked<AddProjectRequest>,
) -> Result<(StatusCode, Json<Project>), Trouble> {
    let (body, asked) = asked.split();
    let wanted: ProjectName = name(&body.name)?;
    // One that could not run is not begun.
    app.projects.check(&wanted)?;
    app.engine.submit(&asked.to(Command::AddProject(wanted.clone())), app.clock.now()).await?;
    app.projects.run(&wanted, &app).await?;
    Ok((StatusCode::CREATED, Json(project(&wanted))))
}

fn project(name: &ProjectName) -> Project {
    let path = if name.is_first() { BASE_PATH.to_owned() } else { format!("{BASE_PATH}/projects/{name}") };
    Project { name: name.to_string(), path }
}

/// Hands a request on to the project that its path names.
pub(super) async fn pass(
    State(app): State<Arc<App>>,
    Path((project, _)): Path<(String, String)>,
    request: Request,
) -> Response {
    let router = project.parse().ok().and_then(|name| app.projects.router(&name));
    let (Some(router), Some(uri)) = (router, within(request.uri())) else {
        return unknown_project(&project).into_response();
    };
    let (mut head, body) = request.into_parts();
    head.uri = uri;
    // What the router kept for itself on the way here is not the other's.
    let mut kept = Extensions::new();
    if let Some(peer) = head.extensions.get::<Peer>() {
        kept.insert(*peer);
    }
    head.extensions = kept;
    router.oneshot(Request::from_parts(head, body)).await.into_response()
}

/// `/api/v1/projects/bank/releases?limit=5` → `/api/v1/releases?limit=5`
fn within(uri: &Uri) -> Option<Uri> {
    let base = if uri.path().starts_with(PUBLIC_PATH) { PUBLIC_PATH } else { BASE_PATH };
    let rest = uri.path().strip_prefix(base)?.strip_prefix("/projects/")?;
    let (_, rest) = rest.split_once('/')?;
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    let path: PathAndQuery = format!("{base}/{rest}{query}").parse().ok()?;
    Some(Uri::from(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_within_a_project_is_what_stands_behind_its_name() {
        let check = |path: &str, expected: Option<&str>| {
            assert_eq!(
                within(&path.parse().unwrap()).map(|uri| uri.to_string()).as_deref(),
                expected,
                "{path}"
            );
        };
        check("/api/v1/projects/bank/releases?limit=5", Some("/api/v1/releases?limit=5"));
        check("/api/v1/projects/bank/releases/1.0%2B1", Some("/api/v1/releases/1.0%2B1"));
        check("/api/v1/projects/bank/projects/shop/releases", Some("/api/v1/projects/shop/releases"));
        check("/public/projects/bank/announcements?x=1", Some("/public/announcements?x=1"));
        check("/public/projects/bank", None);
        check("/api/v1/projects/bank", None);
        check("/api/v1/releases", None);
    }
}
