//! `/environments/{environment}/secrets`: set, remove, and see that they are there.
//!
//! Invariant: a value comes in and never goes out: no answer, no log line and no stored digest of the request holds it.
//! Deliberately not here: what instances are given (`secrets` of this crate).

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use secrecy::SecretString;
use tidegate_api::{EmptyRequest, Page, Secret, SecretsRotated};
use tidegate_domain::name::{EnvironmentName, SecretName};
use tidegate_domain::refusal::Refusal;
use tidegate_domain::secret::{self, VALUE_BYTES_MAX};
use tidegate_engine::{Command, Key, NewSecret};
use tidegate_ports::Vault;
use zeroize::Zeroizing;

use super::Nothing;
use super::problems::{Commanding, ReadingOne};
use crate::app::App;
use crate::asked::{Asked, Sent};
use crate::extract::{At, name};
use crate::problem::Trouble;

/// One more than there may be, so that too long a value is told as such.
const BODY_BYTES_MAX: usize = VALUE_BYTES_MAX + 1;

/// List the secrets of an environment
///
/// Those that are set and those that are asked for: who set each and when, its revision, and a fingerprint that is equal
/// where values are equal. Never a value.
#[utoipa::path(
    get, path = "/environments/{environment}/secrets", operation_id = "list_secrets", tag = "secrets",
    params(("environment" = String, Path, description = "Whose")),
    responses((status = 200, description = "By name", body = Page<Secret>), ReadingOne)
)]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    At(environment): At<String>,
) -> Result<Json<Page<Secret>>, Trouble> {
    Ok(Json(Page { items: listed(&app, &name(&environment)?).await?, next: None }))
}

/// Set a secret
///
/// The body is the value itself, in UTF-8, of 6 characters to 32 KiB. Instances that start from now on get it; a rollout
/// is refused while one that its environment asks for is missing. Setting the same value again changes nothing.
#[utoipa::path(
    put, path = "/environments/{environment}/secrets/{name}", operation_id = "set_secret", tag = "secrets",
    params(("environment" = String, Path, description = "Whose"), ("name" = String, Path, description = "As the variable is called")),
    request_body(content = String, content_type = "application/octet-stream"),
    responses((status = 200, description = "That it is set", body = Secret), Commanding)
)]
pub(super) async fn set(
    State(app): State<Arc<App>>,
    At(place): At<(String, String)>,
    sent: Sent<BODY_BYTES_MAX>,
) -> Result<Json<Secret>, Trouble> {
    let (environment, named) = (name(&place.0)?, name(&place.1)?);
    let bytes = Zeroizing::new(sent.bytes);
    let value = SecretString::from(secret::check_value(&bytes).map_err(Refusal::from)?);
    let mut asked = sent.asked;
    // What is kept of the request must not let anybody try values against it.
    asked.key = asked.key.map(|key| Key { digest: app.vault.fingerprint(key.digest.as_bytes()), ..key });
    let wish = NewSecret { environment, name: named, value };
    let (environment, named) = (wish.environment.clone(), wish.name.clone());
    let command = Command::SetSecret(wish);
    app.engine.submit(&asked.to(command), app.clock.now()).await?;
    look(&app, &environment, &named).await
}

/// Remove a secret
///
/// Refused while `tidegate.yaml` asks for it, or a version that runs does.
#[utoipa::path(
    delete, path = "/environments/{environment}/secrets/{name}", operation_id = "remove_secret", tag = "secrets",
    params(("environment" = String, Path, description = "Whose"), ("name" = String, Path, description = "As the variable is called")),
    responses((status = 200, description = "What is left", body = Page<Secret>), Commanding)
)]
pub(super) async fn remove(
    State(app): State<Arc<App>>,
    At(place): At<(String, String)>,
    asked: Asked<Nothing>,
) -> Result<Json<Page<Secret>>, Trouble> {
    let (_, asked) = asked.split();
    let (environment, named): (EnvironmentName, SecretName) = (name(&place.0)?, name(&place.1)?);
    let command = Command::RemoveSecret { environment: environment.clone(), name: named };
    app.engine.submit(&asked.to(command), app.clock.now()).await?;
    Ok(Json(Page { items: listed(&app, &environment).await?, next: None }))
}

/// Change the key
///
/// Seals every secret under a new key and forgets the old one. Where the key's file is named by
/// `TIDEGATE_SECRETS_KEY_FILE`, its first line is the new key, and old lines may be removed afterwards. Values, revisions
/// and approvals stay as they are; fingerprints change.
#[utoipa::path(
    post, path = "/secrets/rotation", operation_id = "rotate_secrets_key", tag = "secrets",
    request_body = EmptyRequest,
    responses((status = 200, description = "It is done", body = SecretsRotated), Commanding)
)]
pub(super) async fn rotate(
    State(app): State<Arc<App>>,
    asked: Asked<EmptyRequest>,
) -> Result<Json<SecretsRotated>, Trouble> {
    let (_, asked) = asked.split();
    let _alone = app.rotating.lock().await;
    app.vault.begin_rotation()?;
    app.engine.submit(&asked.to(Command::ResealSecrets), app.clock.now()).await?;
    app.vault.end_rotation()?;
    let secrets = app.engine.secrets().await?.all().count();
    Ok(Json(SecretsRotated { secrets, old_lines_stay: app.vault.is_given() }))
}

async fn look(app: &App, environment: &EnvironmentName, named: &SecretName) -> Result<Json<Secret>, Trouble> {
    let found = listed(app, environment).await?.into_iter().find(|secret| secret.name == named.as_str());
    // Somebody may have removed it between.
    found.map(Json).ok_or_else(Trouble::bug)
}

async fn listed(app: &App, environment: &EnvironmentName) -> Result<Vec<Secret>, Trouble> {
    let catalog = app.engine.catalog().await?;
    let mut wanted = catalog.environment(environment).map_err(Refusal::from)?.all_secrets();
    wanted.extend(catalog.webhook_gates(environment).map(|(_, rule)| rule.secret.clone()));
    let state = app.engine.secrets().await?;
    let names: std::collections::BTreeSet<_> =
        wanted.iter().chain(state.of(environment).map(|(name, _)| name)).collect();
    let secret = |name: &SecretName| {
        let record = state.record(environment, name);
        Secret {
            name: name.to_string(),
            asked_for: wanted.contains(name),
            revision: record.map(|record| record.revision),
            fingerprint: record.map(|record| record.fingerprint.clone()),
            set_by: record.map(|record| record.by.clone()),
            set_ms: record.map(|record| record.at_ms),
        }
    };
    Ok(names.into_iter().map(secret).collect())
}
