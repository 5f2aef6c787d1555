//! `/health`: whether Tidegate itself is well.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Extension, State};
use http::StatusCode;
use serde_json::{Value, json};
use tidegate_api::{GatewayHealth, Health, StoreHealth};

use crate::app::App;
use crate::identity::Caller;
use crate::origin::Peer;

/// How Tidegate itself does
///
/// Answers 503 with the same body when store or gateway are not well. Once there are people, strangers are told `ok` only, and
/// those on this machine by which process.
#[utoipa::path(
    get, path = "/health", operation_id = "health", tag = "system",
    responses((status = 200, description = "All is well", body = Health),
              (status = 503, description = "Something is not well", body = Health))
)]
pub(super) async fn health(
    State(app): State<Arc<App>>,
    caller: Option<Extension<Arc<Caller>>>,
    peer: Option<Extension<Peer>>,
) -> (StatusCode, Json<Value>) {
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
    let is_here = peer.is_some_and(|Extension(Peer(from))| from.to_canonical().is_loopback());
    let told = if caller.is_some() { json!(health) } else { for_strangers(&health, is_here) };
    (if ok { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }, Json(told))
}

/// Who is on this machine sees its processes anyway, and needs to know whether a recorded one is this server.
fn for_strangers(health: &Health, is_here: bool) -> Value {
    let Health { ok, process_id, store, gateway, .. } = health;
    let mut told = json!({ "ok": ok, "store": { "ok": store.ok }, "gateway": { "ok": gateway.ok } });
    if is_here {
        told["process_id"] = json!(process_id);
    }
    told
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
