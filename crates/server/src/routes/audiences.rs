//! `/audiences` and `/subscribers`: whom announcements are for.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use tidegate_api::{Audience, Page, SetAudienceRequest, Subscriber};
use tidegate_connectors::mail::{LetterRefusal, MailAddress};
use tidegate_domain::announcement::{self, SetupCommand};
use tidegate_domain::name::{AudienceName, ChannelName};
use tidegate_domain::refusal::Refusal;
use tidegate_engine::{Command, ForAnnouncements, NewSetup};

use super::Nothing;
use super::problems::{Commanding, Reading};
use crate::announcements::{addresses, audience_note, subscribers};
use crate::app::App;
use crate::asked::Asked;
use crate::extract::{At, name};
use crate::problem::Trouble;

/// List audiences
///
/// In the order of their names, all on one page.
#[utoipa::path(
    get, path = "/audiences", operation_id = "list_audiences", tag = "announcements",
    responses((status = 200, description = "Every audience", body = Page<Audience>), Reading)
)]
pub(super) async fn list(State(app): State<Arc<App>>) -> Result<Json<Page<Audience>>, Trouble> {
    let setup = app.engine.announcements_setup().await?;
    let mut items = Vec::new();
    for named in setup.audiences.keys() {
        items.push(look(&app, named).await?);
    }
    Ok(Json(Page { items, next: None }))
}

/// Set an audience
///
/// Addresses are kept beside the log, which tells only how many there are.
#[utoipa::path(
    put, path = "/audiences/{audience}", operation_id = "set_audience", tag = "announcements",
    params(("audience" = String, Path, description = "Its name")), request_body = SetAudienceRequest,
    responses((status = 200, description = "The audience", body = Audience), Commanding)
)]
pub(super) async fn set(
    State(app): State<Arc<App>>,
    At(given): At<String>,
    asked: Asked<SetAudienceRequest>,
) -> Result<Json<Audience>, Trouble> {
    let (body, mut asked) = asked.split();
    let named: AudienceName = name(&given)?;
    let channels =
        body.channels.iter().map(|text| name(text)).collect::<Result<BTreeSet<ChannelName>, _>>()?;
    let mut addresses = BTreeSet::new();
    for text in &body.addresses {
        let address: MailAddress = text.parse().map_err(|refusal: LetterRefusal| {
            let detail = format!("`{}`: {refusal}", text.chars().take(80).collect::<String>());
            Trouble::new(StatusCode::UNPROCESSABLE_ENTITY, refusal.code(), detail).help(refusal.help())
        })?;
        addresses.insert(address.to_string());
    }
    let count = u32::try_from(addresses.len()).unwrap_or(u32::MAX);
    let audience = announcement::Audience { channels, addresses: count };
    let command = SetupCommand::SetAudience { name: named.clone(), audience };
    let kept = serde_json::to_vec(&addresses).map_err(|_| Trouble::bug())?;
    // A digest of addresses would stand in the store; setting them twice does no harm.
    asked.key = None;
    submit(&app, asked, NewSetup { command, secret: None, notes: vec![(audience_note(&named), Some(kept))] })
        .await?;
    Ok(Json(look(&app, &named).await?))
}

/// Remove an audience
///
/// Its addresses are forgotten; what is planned for it is cancelled when its time comes.
#[utoipa::path(
    delete, path = "/audiences/{audience}", operation_id = "remove_audience", tag = "announcements",
    params(("audience" = String, Path, description = "Its name")),
    responses((status = 200, description = "It is removed", body = Audience), Commanding)
)]
pub(super) async fn remove(
    State(app): State<Arc<App>>,
    At(given): At<String>,
    asked: Asked<Nothing>,
) -> Result<Json<Audience>, Trouble> {
    let (Nothing {}, asked) = asked.split();
    let named: AudienceName = name(&given)?;
    let gone = look(&app, &named).await?;
    let command = SetupCommand::RemoveAudience { name: named.clone() };
    submit(&app, asked, NewSetup { command, secret: None, notes: vec![(audience_note(&named), None)] })
        .await?;
    Ok(Json(gone))
}

/// List subscribers
///
/// Who asked to read the public page by mail, and who said that it was them; newest first, all on one page.
#[utoipa::path(
    get, path = "/subscribers", operation_id = "list_subscribers", tag = "announcements",
    responses((status = 200, description = "Every subscriber", body = Page<Subscriber>), Reading)
)]
pub(super) async fn list_subscribers(State(app): State<Arc<App>>) -> Result<Json<Page<Subscriber>>, Trouble> {
    Ok(Json(Page { items: subscribers::all(&app).await?, next: None }))
}

/// Remove a subscriber
///
/// Their address is forgotten, as when they unsubscribe themselves.
#[utoipa::path(
    delete, path = "/subscribers/{subscriber}", operation_id = "remove_subscriber", tag = "announcements",
    params(("subscriber" = String, Path, description = "The id")),
    responses((status = 200, description = "Who they were", body = Subscriber), Commanding)
)]
pub(super) async fn remove_subscriber(
    State(app): State<Arc<App>>,
    At(given): At<String>,
    asked: Asked<Nothing>,
) -> Result<Json<Subscriber>, Trouble> {
    drop(asked);
    let gone = subscribers::remove(&app, &given).await?;
    let unknown = || {
        Trouble::new(StatusCode::NOT_FOUND, "unknown-subscriber", "there is no subscriber of this id")
            .help("see who there is: tidegate announce subscribers")
    };
    gone.map(Json).ok_or_else(unknown)
}

async fn submit(app: &App, asked: Asked<()>, wish: NewSetup) -> Result<(), Trouble> {
    let command = Command::Announcements(Box::new(ForAnnouncements::Setup(wish)));
    app.engine.submit(&asked.to(command), app.clock.now()).await?;
    Ok(())
}

async fn look(app: &App, named: &AudienceName) -> Result<Audience, Trouble> {
    let setup = app.engine.announcements_setup().await?;
    let audience = setup.audience(named).map_err(Refusal::from)?;
    Ok(Audience {
        name: named.to_string(),
        channels: audience.channels.iter().map(ToString::to_string).collect(),
        addresses: addresses(app, named).await?,
    })
}
