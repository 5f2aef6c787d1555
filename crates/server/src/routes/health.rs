//! `/health`: whether Tidegate itself is well.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use tidegate_api::{GatewayHealth, Health, StoreHealth};

use crate::app::App;

/// How Tidegate itself does
///
/// Answers 503 with the same body when store or gateway are not well.
#[utoipa::path(
    get, path = "/health", operation_id = "health", tag = "system",
    responses((status = 200, description = "All is well", body = Health),
              (status = 503, description = "Something is not well", body = Health))
)]
pub(super) async fn health(State(app): State<Arc<App>>) -> (StatusCode, Json<Health>) {
    let store = match app.store.next_due().await {
        Ok(_) => StoreHealth { ok: true, detail: None },
        Err(fault) => {
            StoreHealth { ok: false, detail: Some(format!("{fault} ({}): {}", fault.code, fault.help)) }
        }
    };
    let gateway = gateway(&app);
    let ok = store.ok && gateway.ok;
    let health = Health {
        ok,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        process_id: std::process::id(),
        uptime_ms: app.started.elapsed().as_millis() as u64,
        position: *app.written.borrow(),
        store,
        gateway,
    };
    (if ok { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }, Json(health))
}

fn gateway(app: &App) -> GatewayHealth {
    let status = app.gateway.borrow().clone();
    let ok = status.is_well();
    let starting = (!ok && status.detail.is_none()).then(|| "it is starting".to_owned());
    GatewayHealth {
        ok,
        detail: status.detail.or(starting),
        url: status.url,
        instance_id: status.instance_id,
        process_id: status.process_id,
    }
}
