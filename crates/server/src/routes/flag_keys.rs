//! `/environments/{environment}/flag-keys`: by what programs prove that they may ask for flags.
//!
//! Invariant: a key is answered once and kept as a hash only; it opens one environment of one project. Deliberately not
//! here: what it opens (`crate::flags`).

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use tidegate_api::{FlagKey, FlagKeyIssued, FlagKeyKind, Hidden, IssueFlagKeyRequest, Page};
use tidegate_domain::flag_keys::{self, FlagKeysCommand, FlagSdkKey};
use tidegate_domain::name::EnvironmentName;
use tidegate_domain::person::TokenId;
use tidegate_domain::refusal::Refusal;
use tidegate_engine::Command;
use tidegate_identity::mint_flag_key;

use super::problems::{Commanding, ReadingOne};
use super::tokens::{label, shown_already};
use crate::app::App;
use crate::asked::Asked;
use crate::extract::{At, name};
use crate::problem::Trouble;
use crate::wire;

/// Ten years: programs in cars and on walls live long.
const SECONDS_MAX: u64 = 315_360_000;

/// List flag keys
///
/// Of one environment, the newest first, also those that are over.
#[utoipa::path(
    get, path = "/environments/{environment}/flag-keys", operation_id = "list_flag_keys", tag = "flags",
    params(("environment" = String, Path, description = "Whose")),
    responses((status = 200, description = "Its keys", body = Page<FlagKey>), ReadingOne)
)]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    At(environment): At<String>,
) -> Result<Json<Page<FlagKey>>, Trouble> {
    let environment = known(&app, &environment).await?;
    let keys = App::home(&app).engine.flag_keys().await?;
    let found = keys.of(app.engine.project(), &environment);
    let items = found.into_iter().map(|found| shown(&app, found)).collect();
    Ok(Json(Page { items, next: None }))
}

/// Make a flag key
///
/// For programs that ask for flags over OFREP. A client key may stand in pages and apps: it is answered values only. A
/// server key may also read definitions. Its text is answered this once.
#[utoipa::path(
    post, path = "/environments/{environment}/flag-keys", operation_id = "issue_flag_key", tag = "flags",
    params(("environment" = String, Path, description = "Whose")), request_body = IssueFlagKeyRequest,
    responses((status = 201, description = "The key", body = FlagKeyIssued), Commanding)
)]
pub(super) async fn issue(
    State(app): State<Arc<App>>,
    At(environment): At<String>,
    asked: Asked<IssueFlagKeyRequest>,
) -> Result<(StatusCode, Json<FlagKeyIssued>), Trouble> {
    let (body, asked) = asked.split();
    let environment = known(&app, &environment).await?;
    let now = app.clock.now();
    let expires_ms = lasts(body.expires_seconds)?.map(|ms| now.wall_ms.saturating_add(ms));
    let minted = mint_flag_key(rand::random(), rand::random());
    let key = FlagSdkKey {
        project: app.engine.project().clone(),
        environment,
        kind: match body.kind {
            FlagKeyKind::Client => flag_keys::FlagKeyKind::Client,
            FlagKeyKind::Server => flag_keys::FlagKeyKind::Server,
        },
        label: label(&body.label)?,
        hash: minted.hash,
        by: asked.caller.name.clone(),
        issued_ms: now.wall_ms,
        expires_ms,
        revoked: false,
    };
    let id = TokenId(minted.id);
    let home = App::home(&app);
    let command = Command::FlagKeys(FlagKeysCommand::Issue { id: id.clone(), key });
    home.engine.submit(&asked.to(command), now).await?;
    let keys = home.engine.flag_keys().await?;
    // The same idempotency key again: its text was shown, and nobody has kept it.
    let key = keys.by_id.get(&id).ok_or_else(shown_already)?;
    let secret = Hidden(minted.token.expose().to_owned());
    Ok((StatusCode::CREATED, Json(FlagKeyIssued { key: shown(&app, (&id, key)), secret })))
}

/// Revoke a flag key
///
/// It is over at once and for good, and streams that it opened end.
#[utoipa::path(
    delete, path = "/environments/{environment}/flag-keys/{token}", operation_id = "revoke_flag_key", tag = "flags",
    params(("environment" = String, Path, description = "Whose"), ("token" = String, Path, description = "Its id")),
    responses((status = 200, description = "It is revoked", body = FlagKey), Commanding)
)]
pub(super) async fn revoke(
    State(app): State<Arc<App>>,
    At((environment, token)): At<(String, String)>,
    asked: Asked<super::Nothing>,
) -> Result<Json<FlagKey>, Trouble> {
    let (super::Nothing {}, asked) = asked.split();
    let (environment, id) = (known(&app, &environment).await?, TokenId(token));
    let project = app.engine.project().clone();
    let home = App::home(&app);
    let command = FlagKeysCommand::Revoke { id: id.clone(), project, environment };
    home.engine.submit(&asked.to(Command::FlagKeys(command)), app.clock.now()).await?;
    let keys = home.engine.flag_keys().await?;
    let key = keys.by_id.get(&id).ok_or_else(Trouble::bug)?;
    Ok(Json(shown(&app, (&id, key))))
}

async fn known(app: &App, environment: &str) -> Result<EnvironmentName, Trouble> {
    let environment: EnvironmentName = name(environment)?;
    app.engine.catalog().await?.environment(&environment).map_err(Refusal::from)?;
    Ok(environment)
}

fn shown(app: &App, (id, key): (&TokenId, &FlagSdkKey)) -> FlagKey {
    wire::flag_key((id, key), (app.clock.now().wall_ms, app.flags.keys().used_ms(&id.0)))
}

fn lasts(seconds: Option<u64>) -> Result<Option<u64>, Trouble> {
    match seconds {
        None => Ok(None),
        Some(seconds) if (1..=SECONDS_MAX).contains(&seconds) => Ok(Some(seconds * 1_000)),
        Some(_) => Err(Trouble::bad_request(format!("`expires_seconds` is not between 1 and {SECONDS_MAX}"))),
    }
}
