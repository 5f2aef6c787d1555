//! The one list of routes, and the OpenAPI document that follows from it.
//!
//! Invariant: a route that is not in this list does not exist, and one that is stands in the document. Deliberately
//! not here: the handlers, one file for each resource.

mod announcement_schedules;
mod announcement_templates;
mod announcements;
mod audiences;
mod audit;
mod audit_log;
mod bundles;
mod calendar;
mod calendar_feed;
mod channels;
mod configuration;
mod difference;
mod document;
mod drift;
mod environments;
mod events;
pub(crate) mod evidence;
mod feedback;
mod flag_documents;
mod flag_environments;
mod flag_exposure;
mod flag_keys;
mod flags;
mod gates;
mod health;
mod inbound;
mod incidents;
mod logs;
mod measures;
mod metrics;
mod ofrep;
mod openid;
mod outcome;
mod outline;
pub(crate) mod pages;
mod people;
mod plan_advice;
mod plan_begin;
mod plan_cases;
mod plan_conflicts;
mod plan_documents;
mod plan_past;
mod plan_rotation;
mod plan_scope;
mod plan_templates;
mod plan_views;
mod plans;
mod problems;
pub(crate) mod projects;
pub(crate) mod public;
mod release_notes;
mod releases;
mod retrospective;
mod reviews;
mod rollouts;
mod sample;
mod scope;
mod secrets;
mod sessions;
mod smoke;
mod tokens;
mod webhooks;
mod why;

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use http::header::CONTENT_TYPE;
use http::{Method, StatusCode, Uri};
use tidegate_api::{BASE_PATH, Diagnostic, Diagnostics, MeasuredRows, Problem};
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::edition::edition;
use crate::finish::finish;
use crate::identity::admit;
use crate::problem::Trouble;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Tidegate",
        description = "Releases, rollouts and what stands where. Errors are problems (RFC 9457) with a stable `code` and a `help` that names the next step. Shares of traffic are basis points; times are milliseconds since 1970-01-01 UTC.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    components(schemas(Problem, Diagnostics, Diagnostic, MeasuredRows)),
    tags(
        (name = "configuration", description = "What `tidegate.yaml` says"),
        (name = "environments", description = "What stands where"),
        (name = "releases", description = "Named, frozen sets of component versions"),
        (name = "bundles", description = "Releases as signed files, and whose are taken"),
        (name = "rollouts", description = "Releases on their way through an environment"),
        (name = "gates", description = "What must be so before a release enters an environment"),
        (name = "calendar", description = "Freezes and windows"),
        (name = "secrets", description = "Values that instances get and nobody sees"),
        (name = "flags", description = "Feature flags: what each is for, how it stands where, and who gets what"),
        (name = "plans", description = "What goes out and who does what, from the draft to the final call"),
        (name = "evidence", description = "Reports about the artifacts of a release"),
        (name = "projects", description = "What one installation holds several of"),
        (name = "people", description = "Who there is, what they may do, and how they prove who they are"),
        (name = "events", description = "The log: everything that happened"),
        (name = "webhooks", description = "Who outside is told of events"),
        (name = "announcements", description = "What people are told of releases, by which ways, and what they say"),
        (name = "inbound", description = "Other systems that tell us what happened there"),
        (name = "incidents", description = "When something was wrong for users"),
        (name = "measures", description = "How software is delivered: the five measures of DORA"),
        (name = "system", description = "Tidegate itself")
    )
)]
struct Document;

/// What each project has.
#[allow(clippy::too_many_lines)] // one list of routes is better than several
fn of_project() -> OpenApiRouter<Arc<App>> {
    let routes = OpenApiRouter::new()
        .routes(routes!(health::health))
        .routes(routes!(sessions::show))
        .routes(routes!(configuration::apply))
        .routes(routes!(configuration::catalog))
        .routes(routes!(configuration::show))
        .routes(routes!(sample::make))
        .routes(routes!(environments::list))
        .routes(routes!(environments::show))
        .routes(routes!(difference::show))
        .routes(routes!(drift::show))
        .routes(routes!(rollouts::start))
        .routes(routes!(outline::show))
        .routes(routes!(releases::create, releases::list))
        .routes(routes!(releases::show))
        .routes(routes!(releases::promote))
        .routes(routes!(releases::allow))
        .routes(routes!(bundles::list, bundles::upload))
        .routes(routes!(bundles::show, bundles::remove))
        .routes(routes!(bundles::keys))
        .routes(routes!(bundles::trust, bundles::distrust))
        .routes(routes!(rollouts::list))
        .routes(routes!(rollouts::show))
        .routes(routes!(rollouts::samples))
        .routes(routes!(smoke::list))
        .routes(routes!(rollouts::hold))
        .routes(routes!(rollouts::resume))
        .routes(routes!(rollouts::skip))
        .routes(routes!(rollouts::abort))
        .routes(routes!(rollouts::roll_back))
        .routes(routes!(gates::show))
        .routes(routes!(gates::vote))
        .routes(routes!(gates::let_through))
        .routes(routes!(gates::set_change))
        .routes(routes!(reviews::list))
        .routes(routes!(reviews::show, reviews::done))
        .routes(routes!(calendar::list))
        .routes(routes!(calendar::set, calendar::remove))
        .routes(routes!(calendar_feed::feed))
        .routes(routes!(calendar::import))
        .routes(routes!(why::list))
        .routes(routes!(why::show))
        .routes(routes!(secrets::list))
        .routes(routes!(secrets::set, secrets::remove))
        .routes(routes!(secrets::rotate))
        .routes(routes!(flags::list, flags::create))
        .routes(routes!(flags::show, flags::describe))
        .routes(routes!(flags::archive))
        .routes(routes!(flags::restore))
        .routes(routes!(flags::history))
        .routes(routes!(flag_environments::set))
        .routes(routes!(flag_environments::switch))
        .routes(routes!(flag_environments::revert))
        .routes(routes!(flag_environments::propose))
        .routes(routes!(flag_environments::approve))
        .routes(routes!(flag_environments::reject))
        .routes(routes!(flag_environments::withdraw))
        .routes(routes!(flag_exposure::show))
        .routes(routes!(flag_documents::bring))
        .routes(routes!(flag_documents::export))
        .routes(routes!(flag_documents::evaluate))
        .routes(routes!(flag_keys::list, flag_keys::issue))
        .routes(routes!(flag_keys::revoke))
        .routes(routes!(plans::list))
        .routes(routes!(plans::show, plans::write))
        .routes(routes!(plans::act))
        .routes(routes!(plan_advice::ask))
        .routes(routes!(plan_documents::bring))
        .routes(routes!(plan_cases::bring))
        .routes(routes!(plan_cases::attach))
        .routes(routes!(plan_cases::download))
        .routes(routes!(plan_documents::export))
        .routes(routes!(plan_views::show_schedule))
        .routes(routes!(plan_views::show_capacity))
        .routes(routes!(plan_views::show_readiness))
        .routes(routes!(plan_views::show_risk))
        .routes(routes!(plan_views::go_no_go))
        .routes(routes!(retrospective::show, retrospective::write))
        .routes(routes!(plan_past::history))
        .routes(routes!(plan_past::difference))
        .routes(routes!(plan_past::progress))
        .routes(routes!(plan_templates::list))
        .routes(routes!(plan_templates::show, plan_templates::write, plan_templates::remove))
        .routes(routes!(plan_templates::difference))
        .routes(routes!(plan_templates::update))
        .routes(routes!(plan_templates::renew))
        .routes(routes!(plan_begin::begin))
        .routes(routes!(plan_begin::actions))
        .routes(routes!(plan_rotation::show, plan_rotation::write))
        .routes(routes!(release_notes::show, release_notes::write))
        .routes(routes!(release_notes::renew))
        .routes(routes!(evidence::add, evidence::list))
        .routes(routes!(evidence::show))
        .routes(routes!(evidence::download))
        .routes(routes!(evidence::waive))
        .routes(routes!(events::list))
        .routes(routes!(events::stream))
        .routes(routes!(logs::list))
        .routes(routes!(logs::stream))
        .routes(routes!(webhooks::list, webhooks::add))
        .routes(routes!(webhooks::show, webhooks::remove))
        .routes(routes!(webhooks::enable))
        .routes(routes!(webhooks::disable))
        .routes(routes!(webhooks::rotate))
        .routes(routes!(webhooks::test))
        .routes(routes!(webhooks::deliveries))
        .routes(routes!(webhooks::replay))
        .routes(routes!(plan_scope::untriaged))
        .routes(routes!(plan_scope::comparison))
        .routes(routes!(scope::list))
        .routes(routes!(scope::show, scope::set, scope::remove))
        .routes(routes!(scope::refresh))
        .routes(routes!(scope::import))
        .routes(routes!(scope::items))
        .routes(routes!(channels::list))
        .routes(routes!(channels::show, channels::set, channels::remove))
        .routes(routes!(channels::test))
        .routes(routes!(audiences::list))
        .routes(routes!(audiences::set, audiences::remove))
        .routes(routes!(announcements::list, announcements::announce))
        .routes(routes!(announcements::show))
        .routes(routes!(announcements::cancel))
        .routes(routes!(announcements::again))
        .routes(routes!(announcements::deliveries))
        .routes(routes!(announcement_templates::list))
        .routes(routes!(announcement_templates::preview))
        .routes(routes!(announcement_templates::set, announcement_templates::reset))
        .routes(routes!(audiences::list_subscribers))
        .routes(routes!(audiences::remove_subscriber))
        .routes(routes!(announcement_schedules::arrange))
        .routes(routes!(feedback::list))
        .routes(routes!(feedback::show, feedback::add))
        .routes(routes!(outcome::show))
        .routes(routes!(inbound::list, inbound::add))
        .routes(routes!(inbound::show, inbound::remove, inbound::deliver))
        .routes(routes!(inbound::rotate))
        .routes(routes!(incidents::list, incidents::open))
        .routes(routes!(incidents::show))
        .routes(routes!(incidents::link))
        .routes(routes!(incidents::unlink))
        .routes(routes!(incidents::resolve))
        .routes(routes!(incidents::reopen))
        .routes(routes!(incidents::note))
        .routes(routes!(measures::show))
        .routes(routes!(measures::rows))
        .routes(routes!(measures::table))
        .routes(routes!(audit::audit))
        .routes(routes!(audit::compare))
        .routes(routes!(audit::newest))
        .routes(routes!(audit::proof))
        .routes(routes!(audit_log::search))
        .routes(routes!(audit_log::export))
        .routes(routes!(audit_log::retention, audit_log::set_retention));
    OpenApiRouter::with_openapi(Document::openapi()).nest(BASE_PATH, routes)
}

/// What the installation has once, whatever its projects.
fn of_installation() -> OpenApiRouter<Arc<App>> {
    let routes = OpenApiRouter::new()
        .routes(routes!(projects::list, projects::add))
        .routes(routes!(sessions::set_up))
        .routes(routes!(sessions::sign_in, sessions::sign_out))
        .routes(routes!(openid::list, openid::claim))
        .routes(routes!(openid::start))
        .routes(routes!(openid::callback))
        .routes(routes!(people::add, people::list))
        .routes(routes!(people::show))
        .routes(routes!(people::set_grants))
        .routes(routes!(people::set_groups))
        .routes(routes!(people::set_links))
        .routes(routes!(people::set_password))
        .routes(routes!(people::disable))
        .routes(routes!(people::enable))
        .routes(routes!(people::sign_out))
        .routes(routes!(tokens::issue, tokens::list))
        .routes(routes!(tokens::revoke))
        .routes(routes!(people::list_groups))
        .routes(routes!(people::set_group));
    OpenApiRouter::new().nest(BASE_PATH, routes)
}

/// The document, as it is served and committed.
pub fn openapi_json() -> String {
    let mut description = of_project().merge(of_installation()).into_openapi();
    document::complete(&mut description);
    description.to_pretty_json().map(|text| text + "\n").unwrap_or_default()
}

/// The first project has the installation's routes too, and the way to the others.
pub(crate) fn router(app: &Arc<App>) -> Router {
    let routes = if app.home.is_none() { of_project().merge(of_installation()) } else { of_project() };
    let (mut router, _) = routes.split_for_parts();
    if app.home.is_none() {
        router = router.route(projects::PASS, any(projects::pass)).route(public::PASS, any(projects::pass));
    }
    let router = router
        .route(&format!("{BASE_PATH}/openapi.json"), get(openapi))
        .route("/metrics", get(metrics::metrics))
        .merge(public::routes())
        .route(ofrep::BULK, post(ofrep::bulk))
        .route(ofrep::ONE, post(ofrep::one))
        .fallback(pages::show)
        .method_not_allowed_fallback(wrong_method)
        .layer(from_fn_with_state(Arc::clone(app), edition))
        .layer(from_fn_with_state(Arc::clone(app), admit))
        .layer(from_fn_with_state(Arc::clone(app), finish))
        .with_state(Arc::clone(app));
    // A key proves everything there; who asks it is no person, and may be any page.
    if app.home.is_none() {
        router.merge(crate::flags::ofrep::router(Arc::clone(&app.flags)))
    } else {
        router
    }
}

/// A body without content.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Nothing {}

async fn openapi(State(_): State<Arc<App>>) -> Response {
    ([(CONTENT_TYPE, "application/json")], openapi_json()).into_response()
}

async fn wrong_method(method: Method, uri: Uri) -> Trouble {
    let detail = format!("{} does not take {method}", uri.path());
    Trouble::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", detail)
        .help("GET /api/v1/openapi.json says which methods it takes")
}
