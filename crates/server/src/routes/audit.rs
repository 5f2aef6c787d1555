//! `/audit`: the log worked out again from its first event.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use tidegate_api::Audit;

use super::problems::Reading;
use crate::app::App;
use crate::problem::Trouble;

/// Verify the log
///
/// Reads every event and works the audit tree out again; names the first row that is not as it was written.
#[utoipa::path(
    get, path = "/audit", operation_id = "audit", tag = "events",
    responses((status = 200, description = "What was found", body = Audit), Reading)
)]
pub(super) async fn audit(State(app): State<Arc<App>>) -> Result<Json<Audit>, Trouble> {
    // Each reads the whole log, so they wait for each other. The semaphore is never closed.
    let _permit = app.readers.acquire().await;
    Ok(Json(app.machine.audit().await?))
}
