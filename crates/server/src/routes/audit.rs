//! `/audit`: the log worked out again from its first event, its newest checkpoint, and proofs.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::Deserialize;
use tidegate_api::{Audit, CheckpointState, CompareRequest, NotedHead, Proof};
use tidegate_store::audit::{Checkpoint, unhex};
use utoipa::IntoParams;

use super::problems::{Commanding, Reading, ReadingOne};
use crate::app::App;
use crate::asked::Asked;
use crate::extract::Wanted;
use crate::machine::ProofWanted;
use crate::problem::Trouble;

const CHECKPOINTS_MAX: usize = 10_000;

/// Verify the log
///
/// Reads every event, works the audit tree out again and compares it with every checkpoint that this server signed; names
/// the first row that is not as it was written.
#[utoipa::path(
    get, path = "/audit", operation_id = "audit", tag = "events",
    responses((status = 200, description = "What was found", body = Audit), Reading)
)]
pub(super) async fn audit(State(app): State<Arc<App>>) -> Result<Json<Audit>, Trouble> {
    verified(&app, None).await
}

/// Verify the log against checkpoints kept elsewhere
///
/// The signatures are for whoever asks to check.
#[utoipa::path(
    post, path = "/audit/compare", operation_id = "compare_audit", tag = "events", request_body = CompareRequest,
    responses((status = 200, description = "What was found", body = Audit), Commanding)
)]
pub(super) async fn compare(
    State(app): State<Arc<App>>,
    asked: Asked<CompareRequest>,
) -> Result<Json<Audit>, Trouble> {
    let mut given = asked.body.checkpoints;
    if given.len() > CHECKPOINTS_MAX {
        return Err(Trouble::bad_request(format!("more than {CHECKPOINTS_MAX} checkpoints at once")).help(
            "verify a copy of the database: tidegate audit verify --file DATABASE --checkpoints PATH",
        ));
    }
    given.sort_by_key(|noted| noted.size);
    let against = given.iter().map(checkpoint).collect::<Option<Vec<_>>>();
    let against = against.ok_or_else(|| Trouble::bad_request("a head is not 64 hexadecimal digits"))?;
    verified(&app, Some(against)).await
}

async fn verified(app: &App, against: Option<Vec<Checkpoint>>) -> Result<Json<Audit>, Trouble> {
    // Each reads the whole log, so they wait for each other. The semaphore is never closed.
    let _permit = app.readers.acquire().await;
    Ok(Json(app.machine.audit(against).await?))
}

fn checkpoint(noted: &NotedHead) -> Option<Checkpoint> {
    Some(Checkpoint { origin: String::new(), size: noted.size, root: unhex(&noted.head)? })
}

/// Show the newest checkpoint
///
/// The signed head of the log, the key that verifies it, and where it was sent.
#[utoipa::path(
    get, path = "/audit/checkpoint", operation_id = "checkpoint", tag = "events",
    responses((status = 200, description = "The newest checkpoint", body = CheckpointState), Reading)
)]
pub(super) async fn newest(State(app): State<Arc<App>>) -> Json<CheckpointState> {
    Json(app.machine.checkpoint())
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Proved {
    /// Of the event.
    position: u64,
    /// Of the tree; that of the newest checkpoint where absent.
    size: Option<u64>,
    /// Also that the first so many events are its beginning.
    from: Option<u64>,
}

/// Prove that an event is in the log
///
/// Inclusion and consistency proofs by RFC 6962.
#[utoipa::path(
    get, path = "/audit/proof", operation_id = "prove", tag = "events", params(Proved),
    responses((status = 200, description = "The proof", body = Proof), ReadingOne)
)]
pub(super) async fn proof(
    State(app): State<Arc<App>>,
    Wanted(wanted): Wanted<Proved>,
) -> Result<Json<Proof>, Trouble> {
    let Proved { position, size, from } = wanted;
    let _permit = app.readers.acquire().await;
    let found = app.machine.proof(ProofWanted { position, size, from }).await?;
    let missing = || {
        let detail = format!("there is no event {position} in a log of that size, or not so many events yet");
        Trouble::new(StatusCode::NOT_FOUND, "unknown-position", detail)
            .help("GET /api/v1/audit/checkpoint says up to where the log is signed")
    };
    found.map(Json).ok_or_else(missing)
}
