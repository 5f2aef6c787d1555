//! `/bundles` and `/bundle-keys`: releases as files, and whose are taken.
//!
//! Invariant: what is answered of a bundle was verified when it came. Deliberately not here: taking it (`bundles` of this crate).

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use tidegate_api::{Bundle, BundleFile, BundleKey, BundleShown, BundleSigner, Page, TrustBundleKeyRequest};
use tidegate_bundle::manifest::Member;
use tidegate_bundle::{Digest, PublicKey, Refusal};
use tidegate_domain::bundles::{BundleRecord, Bundles, BundlesCommand, TrustedKey};
use tidegate_domain::name::BundleKeyName;
use tidegate_domain::refusal::Refusal as Refused;
use tidegate_engine::Command;

use super::Nothing;
use super::problems::{Commanding, Reading, ReadingOne};
use crate::app::App;
use crate::asked::{Asked, Streamed};
use crate::bundles::{manifest, named, take, text, trouble};
use crate::extract::{At, name};
use crate::problem::Trouble;
use crate::wire;

/// List bundles
///
/// The newest first, all on one page.
#[utoipa::path(
    get, path = "/bundles", operation_id = "list_bundles", tag = "bundles",
    responses((status = 200, description = "Every bundle", body = Page<Bundle>), Reading)
)]
pub(super) async fn list(State(app): State<Arc<App>>) -> Result<Json<Page<Bundle>>, Trouble> {
    listed(&app).await.map(Json)
}

/// Upload a bundle
///
/// The body is the bundle as `tidegate bundle sign` leaves it, at most 8 GiB. It is verified whole before anything counts: a
/// trusted key's signature first, then every digest and the manifest. The same bundle again changes nothing.
#[utoipa::path(
    post, path = "/bundles", operation_id = "upload_bundle", tag = "bundles",
    request_body(content = String, content_type = "application/vnd.tidegate.bundle"),
    responses((status = 201, description = "What was taken", body = Bundle), Commanding)
)]
pub(super) async fn upload(
    State(app): State<Arc<App>>,
    sent: Streamed,
) -> Result<(StatusCode, Json<Bundle>), Trouble> {
    let Streamed { headers, body, asked } = sent;
    let digest = take(&app, (&headers, body), asked).await?;
    let state = app.engine.bundles().await?;
    Ok((StatusCode::CREATED, Json(look(&state, digest)?)))
}

/// Show a bundle
///
/// Who signed it, what is in it, and what is made of it.
#[utoipa::path(
    get, path = "/bundles/{digest}", operation_id = "show_bundle", tag = "bundles",
    params(("digest" = String, Path, description = "Of its archive")),
    responses((status = 200, description = "The bundle", body = BundleShown), ReadingOne)
)]
pub(super) async fn show(
    State(app): State<Arc<App>>,
    At(digest): At<String>,
) -> Result<Json<BundleShown>, Trouble> {
    let digest = named(&digest)?;
    let bundle = look(&*app.engine.bundles().await?, digest)?;
    let manifest = manifest(&app, digest).await?;
    let files = manifest.files.iter().map(file).collect::<Result<_, _>>()?;
    let statements = manifest.statements.into_iter().map(|stated| stated.predicate_type).collect();
    Ok(Json(BundleShown { bundle, files, statements }))
}

/// Remove a bundle
///
/// Refused while a release is made of it.
#[utoipa::path(
    delete, path = "/bundles/{digest}", operation_id = "remove_bundle", tag = "bundles",
    params(("digest" = String, Path, description = "Of its archive")),
    responses((status = 200, description = "What is left", body = Page<Bundle>), Commanding)
)]
pub(super) async fn remove(
    State(app): State<Arc<App>>,
    At(digest): At<String>,
    asked: Asked<Nothing>,
) -> Result<Json<Page<Bundle>>, Trouble> {
    let (_, asked) = asked.split();
    let digest = named(&digest)?;
    let removing = {
        let app = Arc::clone(&app);
        // It ends also where nobody waits for the answer any more.
        tokio::spawn(async move {
            let change = Box::pin(async {
                let command = Command::Bundles(Box::new(BundlesCommand::Remove { digest: text(digest) }));
                Ok(app.engine.submit(&asked.to(command), app.clock.now()).await?)
            });
            app.bundles.settling(&app.engine, digest, change).await
        })
    };
    removing.await.map_err(|_| Trouble::bug())??;
    listed(&app).await.map(Json)
}

/// List trusted keys
///
/// A bundle is taken when one of them signed all of it.
#[utoipa::path(
    get, path = "/bundle-keys", operation_id = "list_bundle_keys", tag = "bundles",
    responses((status = 200, description = "By name", body = Page<BundleKey>), Reading)
)]
pub(super) async fn keys(State(app): State<Arc<App>>) -> Result<Json<Page<BundleKey>>, Trouble> {
    let state = app.engine.bundles().await?;
    Ok(Json(Page { items: state.keys.iter().map(key).collect(), next: None }))
}

/// Trust a key
///
/// Bundles that it signed are taken from now on. A name means one key: let go of it before it means another.
#[utoipa::path(
    put, path = "/bundle-keys/{name}", operation_id = "trust_bundle_key", tag = "bundles",
    params(("name" = String, Path, description = "Whose it is")), request_body = TrustBundleKeyRequest,
    responses((status = 200, description = "The key", body = BundleKey), Commanding)
)]
pub(super) async fn trust(
    State(app): State<Arc<App>>,
    At(named): At<String>,
    asked: Asked<TrustBundleKeyRequest>,
) -> Result<Json<BundleKey>, Trouble> {
    let (body, asked) = asked.split();
    let named: BundleKeyName = name(&named)?;
    let public = PublicKey::read(&body.pem)
        .map_err(|why| trouble(Refusal::Key { path: "what was sent".to_owned(), why }))?;
    let (by, at_ms) = (asked.caller.name.clone(), app.clock.now().wall_ms);
    let trusted = TrustedKey { id: public.id().to_string(), pem: public.pem(), by, at_ms };
    let command = BundlesCommand::Trust { name: named.clone(), key: trusted };
    app.engine.submit(&asked.to(Command::Bundles(Box::new(command))), app.clock.now()).await?;
    let state = app.engine.bundles().await?;
    let found = state.key(&named).map_err(Refused::from)?;
    Ok(Json(key((&named, found))))
}

/// Trust a key no more
///
/// What was taken stays; no new release is made of a bundle that nobody else signed whom you trust.
#[utoipa::path(
    delete, path = "/bundle-keys/{name}", operation_id = "distrust_bundle_key", tag = "bundles",
    params(("name" = String, Path, description = "Whose it is")),
    responses((status = 200, description = "What is left", body = Page<BundleKey>), Commanding)
)]
pub(super) async fn distrust(
    State(app): State<Arc<App>>,
    At(named): At<String>,
    asked: Asked<Nothing>,
) -> Result<Json<Page<BundleKey>>, Trouble> {
    let (_, asked) = asked.split();
    let command = BundlesCommand::Distrust { name: name(&named)? };
    app.engine.submit(&asked.to(Command::Bundles(Box::new(command))), app.clock.now()).await?;
    let state = app.engine.bundles().await?;
    Ok(Json(Page { items: state.keys.iter().map(key).collect(), next: None }))
}

async fn listed(app: &App) -> Result<Page<Bundle>, Trouble> {
    let state = app.engine.bundles().await?;
    let mut items: Vec<Bundle> =
        state.taken.iter().map(|(digest, record)| bundle(&state, digest, record)).collect();
    items.sort_by(|one, other| (other.uploaded_ms, &one.digest).cmp(&(one.uploaded_ms, &other.digest)));
    Ok(Page { items, next: None })
}

fn look(state: &Bundles, digest: Digest) -> Result<Bundle, Trouble> {
    let digest = text(digest);
    let record = state.record(&digest).map_err(Refused::from)?;
    Ok(bundle(state, &digest, record))
}

fn bundle(state: &Bundles, digest: &str, record: &BundleRecord) -> Bundle {
    let called = |id: &String| {
        let known = state.keys.iter().find(|(_, key)| key.id == *id);
        BundleSigner { id: id.clone(), name: known.map(|(name, _)| name.to_string()) }
    };
    let releases = state.releases.get(digest).into_iter().flatten();
    Bundle {
        digest: digest.to_owned(),
        name: record.name.clone(),
        version: record.version.clone(),
        bytes: record.bytes,
        signers: record.signers.iter().map(called).collect(),
        uploaded_by: record.by.clone(),
        uploaded_ms: record.at_ms,
        releases: releases.map(ToString::to_string).collect(),
    }
}

fn file(member: &Member) -> Result<BundleFile, Trouble> {
    let artifact = member.artifact.as_ref();
    let role = match member.role {
        tidegate_bundle::manifest::Role::Artifact => tidegate_api::BundleRole::Artifact,
        tidegate_bundle::manifest::Role::Notes => tidegate_api::BundleRole::Notes,
        tidegate_bundle::manifest::Role::Bom => tidegate_api::BundleRole::Bom,
        tidegate_bundle::manifest::Role::TestReport => tidegate_api::BundleRole::TestReport,
    };
    Ok(BundleFile {
        path: member.path.to_string(),
        sha256: member.sha256.to_string(),
        bytes: member.size,
        media_type: member.media_type.clone(),
        role,
        artifact: artifact.map(|artifact| artifact.name.clone()),
        kind: artifact.map(|artifact| wire::word(artifact.kind.word())).transpose()?,
        purl: artifact.and_then(|artifact| artifact.purl.clone()),
    })
}

fn key((name, key): (&BundleKeyName, &TrustedKey)) -> BundleKey {
    BundleKey {
        name: name.to_string(),
        id: key.id.clone(),
        pem: key.pem.clone(),
        trusted_by: key.by.clone(),
        trusted_ms: key.at_ms,
    }
}
