//! `/inbound`: from which systems deliveries are taken, and the deliveries themselves.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use http::{HeaderMap, StatusCode};
use secrecy::{ExposeSecret as _, SecretString};
use tidegate_api::{
    AddInboundRequest, BASE_PATH, EmptyRequest, Firing, Inbound, InboundKind, InboundSecret, OnAlert, Page,
    Taken,
};
use tidegate_connectors::inbound::Refused;
use tidegate_domain::inbound;
use tidegate_domain::name::InboundName;
use tidegate_engine::{Command, Key, NewInbound, NewSource, Request};

use super::Nothing;
use super::problems::{Commanding, Reading, ReadingOne};
use crate::app::App;
use crate::asked::{Asked, BODY_BYTES_MAX, read};
use crate::extract::{At, name};
use crate::inbound::{Untaken, new_secret, take};
use crate::problem::Trouble;
use crate::scope::tracked_by_webhook;

/// List the sources of deliveries
///
/// In the order of their names, all on one page.
#[utoipa::path(
    get, path = "/inbound", operation_id = "list_inbound", tag = "inbound",
    responses((status = 200, description = "Every source", body = Page<Inbound>), Reading)
)]
pub(super) async fn list(State(app): State<Arc<App>>) -> Result<Json<Page<Inbound>>, Trouble> {
    let all = app.engine.inbound().await?;
    let items = all.by_name.iter().map(|(name, known)| wire(&app, name, known)).collect();
    Ok(Json(Page { items, next: None }))
}

/// Add a source of deliveries
///
/// The answer holds the secret that the other system proves itself with, which is never shown again.
#[utoipa::path(
    post, path = "/inbound", operation_id = "add_inbound", tag = "inbound", request_body = AddInboundRequest,
    responses((status = 200, description = "The source and its secret", body = InboundSecret), Commanding)
)]
pub(super) async fn add(
    State(app): State<Arc<App>>,
    asked: Asked<AddInboundRequest>,
) -> Result<Json<InboundSecret>, Trouble> {
    let (body, asked) = asked.split();
    let named: InboundName = name(&body.name)?;
    let kind = kind(body.kind);
    let on_alert = match body.on_alert {
        OnAlert::Record => inbound::OnAlert::Record,
        OnAlert::Hold => inbound::OnAlert::Hold,
        OnAlert::Abort => inbound::OnAlert::Abort,
    };
    let secret = new_secret(kind)?;
    let source = inbound::Source { kind, on_alert };
    let wish = NewSource::Add { name: named.clone(), source, secret: secret.clone() };
    set(&app, asked, wish).await?;
    told(&app, &named, &secret).await
}

/// Show a source of deliveries
#[utoipa::path(
    get, path = "/inbound/{name}", operation_id = "show_inbound", tag = "inbound",
    params(("name" = String, Path, description = "Its name")),
    responses((status = 200, description = "The source", body = Inbound), ReadingOne)
)]
pub(super) async fn show(
    State(app): State<Arc<App>>,
    At(given): At<String>,
) -> Result<Json<Inbound>, Trouble> {
    Ok(Json(look(&app, &name(&given)?).await?))
}

/// Remove a source of deliveries
///
/// Its secret goes with it; what came stays in the log.
#[utoipa::path(
    delete, path = "/inbound/{name}", operation_id = "remove_inbound", tag = "inbound",
    params(("name" = String, Path, description = "Its name")),
    responses((status = 200, description = "It is removed", body = Inbound), Commanding)
)]
pub(super) async fn remove(
    State(app): State<Arc<App>>,
    At(given): At<String>,
    asked: Asked<Nothing>,
) -> Result<Json<Inbound>, Trouble> {
    let (Nothing {}, asked) = asked.split();
    let named: InboundName = name(&given)?;
    let gone = look(&app, &named).await?;
    set(&app, asked, NewSource::Remove { name: named }).await?;
    Ok(Json(gone))
}

/// Make a new secret
///
/// The one before counts beside it for a day, so that the other system can change over.
#[utoipa::path(
    post, path = "/inbound/{name}/rotate", operation_id = "rotate_inbound_secret", tag = "inbound",
    params(("name" = String, Path, description = "Its name")), request_body = EmptyRequest,
    responses((status = 200, description = "The source and its new secret", body = InboundSecret), Commanding)
)]
pub(super) async fn rotate(
    State(app): State<Arc<App>>,
    At(given): At<String>,
    asked: Asked<EmptyRequest>,
) -> Result<Json<InboundSecret>, Trouble> {
    let (_, asked) = asked.split();
    let named: InboundName = name(&given)?;
    let kind = app.engine.inbound().await?.known(&named).map_err(refusal)?.source.kind;
    let secret = new_secret(kind)?;
    set(&app, asked, NewSource::Rotate { name: named.clone(), secret: secret.clone() }).await?;
    told(&app, &named, &secret).await
}

/// Take a delivery
///
/// For the other system alone: it proves itself by its signature or token over the raw body, and needs no session. A copy of
/// a delivery is answered like the first and does nothing.
#[utoipa::path(
    post, path = "/inbound/{name}", operation_id = "deliver", tag = "inbound",
    params(("name" = String, Path, description = "The source's name")),
    request_body(content = serde_json::Value, content_type = "application/json"),
    responses((status = 202, description = "It is written", body = Taken), Commanding)
)]
pub(super) async fn deliver(
    State(app): State<Arc<App>>,
    At(given): At<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<Taken>), Trouble> {
    let body = read(body, BODY_BYTES_MAX).await?;
    let all = app.engine.inbound().await?;
    // Nobody learns by asking which names there are.
    let found = given.parse::<InboundName>().ok().and_then(|name| all.by_name.get_key_value(&name));
    let (name, known) = found.ok_or_else(|| unproved(Refused::Secret))?;
    let deliveries = take(&app, (name, known), &headers, &body).await.map_err(untaken)?;
    let count = deliveries.len() as u64;
    let kind = known.source.kind;
    for delivery in deliveries {
        let tracked = tracked_by_webhook(kind, &delivery.event, &body).map(Box::new);
        let key = Key { text: format!("inbound/{name}/{}", delivery.id), digest: "inbound".to_owned() };
        let request = Request {
            actor: format!("inbound/{name}"),
            origin: None,
            by_person: false,
            key: Some(key),
            command: Command::Receive(NewInbound { name: name.clone(), delivery, tracked }),
            seen: None,
            dry_run: false,
        };
        app.engine.submit(&request, app.clock.now()).await?;
    }
    Ok((StatusCode::ACCEPTED, Json(Taken { deliveries: count })))
}

fn untaken(untaken: Untaken) -> Trouble {
    match untaken {
        Untaken::Refused(refused) => unproved(refused),
        Untaken::Unreadable { code, message, help } => {
            Trouble::new(StatusCode::UNPROCESSABLE_ENTITY, code, message).help(help)
        }
        Untaken::Fault(fault) => fault.into(),
    }
}

fn unproved(refused: Refused) -> Trouble {
    Trouble::new(StatusCode::UNAUTHORIZED, refused.code(), refused.to_string()).help(refused.help())
}

fn refusal(refusal: inbound::InboundRefusal) -> Trouble {
    tidegate_domain::refusal::Refusal::from(refusal).into()
}

/// A secret takes no key: a digest of what it was bound to would stand in the store.
async fn set(app: &App, asked: Asked<()>, wish: NewSource) -> Result<(), Trouble> {
    let request = Request { key: None, ..asked.to(Command::SetInbound(wish)) };
    app.engine.submit(&request, app.clock.now()).await?;
    Ok(())
}

async fn told(app: &App, name: &InboundName, secret: &SecretString) -> Result<Json<InboundSecret>, Trouble> {
    let (inbound, secret) = (look(app, name).await?, secret.expose_secret().to_owned());
    Ok(Json(InboundSecret { inbound, secret }))
}

async fn look(app: &App, name: &InboundName) -> Result<Inbound, Trouble> {
    let all = app.engine.inbound().await?;
    Ok(wire(app, name, all.known(name).map_err(refusal)?))
}

fn kind(kind: InboundKind) -> inbound::InboundKind {
    match kind {
        InboundKind::Github => inbound::InboundKind::Github,
        InboundKind::Gitlab => inbound::InboundKind::Gitlab,
        InboundKind::Alertmanager => inbound::InboundKind::Alertmanager,
        InboundKind::Cdevents => inbound::InboundKind::Cdevents,
        InboundKind::Generic => inbound::InboundKind::Generic,
    }
}

fn wire(app: &App, name: &InboundName, known: &inbound::Known) -> Inbound {
    let firing = known.firing.values().map(|delivery| {
        let alert = delivery.alert.clone();
        let of = |get: fn(inbound::Alert) -> Option<String>| alert.clone().and_then(get);
        Firing {
            says: delivery.says.clone(),
            environment: of(|alert| alert.environment),
            component: of(|alert| alert.component),
            severity: of(|alert| alert.severity),
            since_ms: delivery.at_ms,
        }
    });
    Inbound {
        name: name.to_string(),
        kind: match known.source.kind {
            inbound::InboundKind::Github => InboundKind::Github,
            inbound::InboundKind::Gitlab => InboundKind::Gitlab,
            inbound::InboundKind::Alertmanager => InboundKind::Alertmanager,
            inbound::InboundKind::Cdevents => InboundKind::Cdevents,
            inbound::InboundKind::Generic => InboundKind::Generic,
        },
        on_alert: match known.source.on_alert {
            inbound::OnAlert::Record => OnAlert::Record,
            inbound::OnAlert::Hold => OnAlert::Hold,
            inbound::OnAlert::Abort => OnAlert::Abort,
        },
        url: url(app, name),
        received: known.received,
        last_ms: known.last_ms,
        firing: firing.collect(),
    }
}

fn url(app: &App, name: &InboundName) -> String {
    let project = app.engine.project();
    let way = if project.is_first() { String::new() } else { format!("/projects/{project}") };
    let server = app.desk.get().map(|desk| desk.server.to_string()).unwrap_or_default();
    format!("{}{BASE_PATH}{way}/inbound/{name}", server.trim_end_matches('/'))
}
