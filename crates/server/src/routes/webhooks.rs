//! `/webhooks`: who outside is told of events, and what became of the messages.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use secrecy::ExposeSecret as _;
use serde::Deserialize;
use tidegate_api::{
    AddWebhookRequest, Delivery, DeliveryState, EmptyRequest, Page, ReplayRequest, Replayed,
    SwitchWebhookRequest, Webhook, WebhookFormat, WebhookSecret, WebhookTested,
};
use tidegate_connectors::guard::{SendFailure, Url};
use tidegate_domain::name::WebhookName;
use tidegate_domain::refusal::Refusal;
use tidegate_domain::webhook::{self, WebhookCommand, WebhookRefusal};
use tidegate_engine::Command;
use utoipa::IntoParams;

use super::Nothing;
use super::gates::REASON_CHARS_MAX;
use super::problems::{Commanding, Reading, ReadingOne};
use crate::app::App;
use crate::asked::Asked;
use crate::extract::{At, Wanted, name};
use crate::problem::Trouble;
use crate::webhooks;

const REASON: &str = "switched off by hand";

/// List webhooks
///
/// In the order of their names, all on one page.
#[utoipa::path(
    get, path = "/webhooks", operation_id = "list_webhooks", tag = "webhooks",
    responses((status = 200, description = "Every webhook", body = Page<Webhook>), Reading)
)]
pub(super) async fn list(State(app): State<Arc<App>>) -> Result<Json<Page<Webhook>>, Trouble> {
    let all = app.engine.webhooks().await?;
    let mut items = Vec::new();
    for name in all.by_name.keys() {
        items.push(look(&app, name).await?);
    }
    Ok(Json(Page { items, next: None }))
}

/// Add a webhook
///
/// The answer holds its secret, which is never shown again. What happens from now on is told.
#[utoipa::path(
    post, path = "/webhooks", operation_id = "add_webhook", tag = "webhooks", request_body = AddWebhookRequest,
    responses((status = 200, description = "The webhook and its secret", body = WebhookSecret), Commanding)
)]
pub(super) async fn add(
    State(app): State<Arc<App>>,
    asked: Asked<AddWebhookRequest>,
) -> Result<Json<WebhookSecret>, Trouble> {
    let (body, asked) = asked.split();
    let named: WebhookName = name(&body.name)?;
    let desk = desk(&app)?;
    desk.check(&body.url).await.map_err(|failure| unreachable_url(&failure))?;
    let patterns = if body.events.is_empty() { vec!["*".to_owned()] } else { body.events };
    let format = match body.format {
        WebhookFormat::Cdevents => webhook::WebhookFormat::Cdevents,
        WebhookFormat::Tidegate => webhook::WebhookFormat::Tidegate,
    };
    let host = Url::parse(&body.url).ok().and_then(|url| url.host_str().map(str::to_owned));
    let webhook = webhook::Webhook { host: host.unwrap_or_default(), patterns, format, disabled: None };
    let (secret, is_new) = desk.secrets.ensure(&named, &body.url)?;
    let command = Command::Webhook(WebhookCommand::Add { name: named.clone(), webhook });
    if let Err(error) = app.engine.submit(&asked.to(command), app.clock.now()).await {
        if is_new {
            desk.secrets.remove(&named);
        }
        return Err(error.into());
    }
    let webhook = look(&app, &named).await?;
    Ok(Json(WebhookSecret { webhook, secret: secret.expose_secret().to_owned() }))
}

/// Show a webhook
#[utoipa::path(
    get, path = "/webhooks/{name}", operation_id = "show_webhook", tag = "webhooks",
    params(("name" = String, Path, description = "Its name")),
    responses((status = 200, description = "The webhook", body = Webhook), ReadingOne)
)]
pub(super) async fn show(
    State(app): State<Arc<App>>,
    At(given): At<String>,
) -> Result<Json<Webhook>, Trouble> {
    Ok(Json(look(&app, &name(&given)?).await?))
}

/// Remove a webhook
///
/// Its secret goes with it, and what still waited is given up.
#[utoipa::path(
    delete, path = "/webhooks/{name}", operation_id = "remove_webhook", tag = "webhooks",
    params(("name" = String, Path, description = "Its name")),
    responses((status = 200, description = "It is removed", body = Webhook), Commanding)
)]
pub(super) async fn remove(
    State(app): State<Arc<App>>,
    At(given): At<String>,
    asked: Asked<Nothing>,
) -> Result<Json<Webhook>, Trouble> {
    let (Nothing {}, asked) = asked.split();
    let named: WebhookName = name(&given)?;
    let webhook = look(&app, &named).await?;
    let command = Command::Webhook(WebhookCommand::Remove { name: named.clone() });
    app.engine.submit(&asked.to(command), app.clock.now()).await?;
    webhooks::forget(&*app.store, &named, app.clock.now()).await?;
    desk(&app)?.secrets.remove(&named);
    Ok(Json(webhook))
}

/// Switch a webhook on
///
/// What happened meanwhile is told, too.
#[utoipa::path(
    post, path = "/webhooks/{name}/enable", operation_id = "enable_webhook", tag = "webhooks",
    params(("name" = String, Path, description = "Its name")), request_body = EmptyRequest,
    responses((status = 200, description = "The webhook", body = Webhook), Commanding)
)]
pub(super) async fn enable(
    State(app): State<Arc<App>>,
    At(given): At<String>,
    asked: Asked<EmptyRequest>,
) -> Result<Json<Webhook>, Trouble> {
    let (_, asked) = asked.split();
    let named: WebhookName = name(&given)?;
    let command = Command::Webhook(WebhookCommand::Enable { name: named.clone() });
    app.engine.submit(&asked.to(command), app.clock.now()).await?;
    Ok(Json(look(&app, &named).await?))
}

/// Switch a webhook off
#[utoipa::path(
    post, path = "/webhooks/{name}/disable", operation_id = "disable_webhook", tag = "webhooks",
    params(("name" = String, Path, description = "Its name")), request_body = SwitchWebhookRequest,
    responses((status = 200, description = "The webhook", body = Webhook), Commanding)
)]
pub(super) async fn disable(
    State(app): State<Arc<App>>,
    At(given): At<String>,
    asked: Asked<SwitchWebhookRequest>,
) -> Result<Json<Webhook>, Trouble> {
    let (body, asked) = asked.split();
    let named: WebhookName = name(&given)?;
    let why = body.reason.unwrap_or_else(|| REASON.to_owned());
    if why.chars().count() > REASON_CHARS_MAX {
        return Err(Trouble::bad_request(format!("a reason has at most {REASON_CHARS_MAX} characters")));
    }
    let command = Command::Webhook(WebhookCommand::Disable { name: named.clone(), why });
    app.engine.submit(&asked.to(command), app.clock.now()).await?;
    Ok(Json(look(&app, &named).await?))
}

/// Make a new secret
///
/// The one before signs beside it for a day, so that receivers can change over.
#[utoipa::path(
    post, path = "/webhooks/{name}/rotate", operation_id = "rotate_webhook_secret", tag = "webhooks",
    params(("name" = String, Path, description = "Its name")), request_body = EmptyRequest,
    responses((status = 200, description = "The webhook and its new secret", body = WebhookSecret), Commanding)
)]
pub(super) async fn rotate(
    State(app): State<Arc<App>>,
    At(given): At<String>,
    asked: Asked<EmptyRequest>,
) -> Result<Json<WebhookSecret>, Trouble> {
    let (_, asked) = asked.split();
    let named: WebhookName = name(&given)?;
    let command = Command::Webhook(WebhookCommand::RotateSecret { name: named.clone() });
    app.engine.submit(&asked.to(command), app.clock.now()).await?;
    let secret = desk(&app)?.secrets.rotate(&named, app.clock.now().wall_ms)?;
    let webhook = look(&app, &named).await?;
    Ok(Json(WebhookSecret { webhook, secret: secret.expose_secret().to_owned() }))
}

/// Send a test message
///
/// Sent now, once; what came of it is the answer.
#[utoipa::path(
    post, path = "/webhooks/{name}/test", operation_id = "test_webhook", tag = "webhooks",
    params(("name" = String, Path, description = "Its name")), request_body = EmptyRequest,
    responses((status = 200, description = "What came of it", body = WebhookTested), Commanding)
)]
pub(super) async fn test(
    State(app): State<Arc<App>>,
    At(given): At<String>,
    asked: Asked<EmptyRequest>,
) -> Result<Json<WebhookTested>, Trouble> {
    drop(asked);
    let named: WebhookName = name(&given)?;
    known(&app, &named).await?;
    let outcome = desk(&app)?.test(&named, app.clock.now().wall_ms).await?;
    Ok(Json(WebhookTested {
        ok: outcome.status.is_some_and(|status| (200..300).contains(&status)),
        status: outcome.status,
        said: Some(outcome.said).filter(|said| !said.is_empty()),
        failure: outcome
            .failure
            .map(|failure| format!("{} ({}): {}", failure.message, failure.code, failure.help)),
        duration_ms: outcome.duration_ms,
    }))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct DeliveriesWanted {
    /// `waiting`, `delivered`, `dead`; all where absent.
    state: Option<String>,
}

/// Which deliveries are asked for; all of them where nothing is said.
pub(super) fn wanted_state(said: Option<&str>) -> Result<Option<DeliveryState>, Trouble> {
    match said {
        None => Ok(None),
        Some("waiting") => Ok(Some(DeliveryState::Waiting)),
        Some("delivered") => Ok(Some(DeliveryState::Delivered)),
        Some("dead") => Ok(Some(DeliveryState::Dead)),
        Some(_) => Err(Trouble::bad_request("state is waiting, delivered or dead")),
    }
}

/// List deliveries
///
/// Those that wait or were given up, and the newest that arrived since the server started; newest first.
#[utoipa::path(
    get, path = "/webhooks/{name}/deliveries", operation_id = "list_deliveries", tag = "webhooks",
    params(("name" = String, Path, description = "Its name"), DeliveriesWanted),
    responses((status = 200, description = "Deliveries", body = Page<Delivery>), ReadingOne)
)]
pub(super) async fn deliveries(
    State(app): State<Arc<App>>,
    At(given): At<String>,
    Wanted(wanted): Wanted<DeliveriesWanted>,
) -> Result<Json<Page<Delivery>>, Trouble> {
    let named: WebhookName = name(&given)?;
    known(&app, &named).await?;
    let state = wanted_state(wanted.state.as_deref())?;
    let mut items = webhooks::kept(&*app.store, &named).await?;
    let recent = desk(&app)?.recent(&named);
    items.extend(
        recent.into_iter().filter(|one| items.iter().all(|kept| kept.id != one.id)).collect::<Vec<_>>(),
    );
    items.retain(|delivery| state.is_none_or(|state| delivery.state == state));
    items.sort_by_key(|delivery| std::cmp::Reverse(delivery.position));
    Ok(Json(Page { items, next: None }))
}

/// Send again
///
/// One delivery by its id, whether it arrived or not, or all that were given up.
#[utoipa::path(
    post, path = "/webhooks/{name}/replay", operation_id = "replay_deliveries", tag = "webhooks",
    params(("name" = String, Path, description = "Its name")), request_body = ReplayRequest,
    responses((status = 200, description = "How many wait now", body = Replayed), Commanding)
)]
pub(super) async fn replay(
    State(app): State<Arc<App>>,
    At(given): At<String>,
    asked: Asked<ReplayRequest>,
) -> Result<Json<Replayed>, Trouble> {
    let named: WebhookName = name(&given)?;
    known(&app, &named).await?;
    let again = match asked.body.delivery {
        None => webhooks::dead(&*app.store, &named).await?,
        Some(id) => {
            let kept = webhooks::one(&*app.store, &id).await?;
            let recent = || desk(&app).ok()?.recent(&named).into_iter().find(|delivery| delivery.id == id);
            let found = kept.filter(|delivery| delivery.webhook == named.as_str()).or_else(recent);
            let missing = || {
                Trouble::new(
                    StatusCode::NOT_FOUND,
                    "unknown-delivery",
                    format!("`{named}` has no delivery of this id"),
                )
                .help(format!("see which there are: tidegate webhook deliveries {named}"))
            };
            vec![found.ok_or_else(missing)?]
        }
    };
    webhooks::at_once(&*app.store, &again, app.clock.now()).await?;
    Ok(Json(Replayed { deliveries: again.len() as u64 }))
}

fn desk(app: &App) -> Result<&webhooks::Desk, Trouble> {
    app.desk.get().map(|desk| &**desk).ok_or_else(Trouble::bug)
}

async fn known(app: &App, name: &WebhookName) -> Result<webhook::Webhook, Trouble> {
    let all = app.engine.webhooks().await?;
    let known = || all.by_name.keys().map(ToString::to_string).collect();
    let unknown = || Refusal::from(WebhookRefusal::Unknown { name: name.clone(), known: known() });
    Ok(all.by_name.get(name).cloned().ok_or_else(unknown)?)
}

async fn look(app: &App, name: &WebhookName) -> Result<Webhook, Trouble> {
    let webhook = known(app, name).await?;
    Ok(Webhook {
        name: name.to_string(),
        host: webhook.host,
        events: webhook.patterns,
        format: match webhook.format {
            webhook::WebhookFormat::Cdevents => WebhookFormat::Cdevents,
            webhook::WebhookFormat::Tidegate => WebhookFormat::Tidegate,
        },
        disabled: webhook.disabled,
        waiting: webhooks::waiting(&*app.store, name).await?.len() as u64,
        dead: webhooks::dead(&*app.store, name).await?.len() as u64,
    })
}

fn unreachable_url(failure: &SendFailure) -> Trouble {
    Trouble::new(StatusCode::UNPROCESSABLE_ENTITY, failure.code(), failure.explained()).help(failure.help())
}
