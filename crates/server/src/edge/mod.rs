//! `tidegate edge`: serves the flags of one environment near those who ask, and goes on when the control plane is gone.
//!
//! Invariant: it decides nothing and writes nothing but a copy of what it serves; what it answers is what the control
//! plane said last, and where that may be old, each answer says so. Any number of them are equal. Deliberately not here:
//! answering (`crate::flags`).

mod follow;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use axum::extract::State;
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use http::StatusCode;
use serde_json::json;
use tidegate_identity::show_flag_key;
use tidegate_ports::Fault;
use tokio::sync::{Semaphore, watch};

use crate::app::STREAMS_MAX;
use crate::error::ServeError;
use crate::flags::{Serving, ofrep};
use crate::listen;
use crate::pace::Pace;
use crate::tls::{Tls, TlsFiles};
use follow::follower;

#[derive(Debug, Clone)]
pub struct EdgeOptions {
    /// Where the control plane, or another edge, is: `http://127.0.0.1:7070`.
    pub upstream: String,
    /// A server key: `tdk_…`.
    pub key: String,
    /// Beyond loopback only when encrypted. Port 0 asks the system for one.
    pub listen: SocketAddr,
    /// Where a copy is kept, so that a restart during an outage goes on serving.
    pub state: Option<PathBuf>,
    pub tls: Option<TlsFiles>,
    pub behind_tls_proxy: bool,
    /// How often one flag key may be used.
    pub pace: Option<Pace>,
}

/// The edge listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EdgeReady {
    pub url: String,
    /// Whether it has flags to serve already.
    pub serves: bool,
}

/// Serves until `shutdown` is ready.
pub async fn run_edge(
    options: EdgeOptions,
    ready: impl FnOnce(&EdgeReady),
    shutdown: impl Future<Output = ()>,
) -> Result<(), ServeError> {
    if !options.listen.ip().is_loopback() && options.tls.is_none() && !options.behind_tls_proxy {
        return Err(ServeError::Unencrypted { address: options.listen });
    }
    if show_flag_key(&options.key).is_err() {
        return Err(no_key().into());
    }
    let tls = options.tls.clone().map(Tls::open).transpose()?;
    let listener = listen::bind(options.listen).await?;
    let address = listener.local_addr().map_err(|why| {
        Fault::hold("address-unknown", "the system does not say where this edge listens").caused_by(why)
    })?;
    let (stop, stopping) = watch::channel(false);
    let streams = Arc::new(Semaphore::new(STREAMS_MAX));
    let serving = Arc::new(Serving::new(options.pace, streams, stopping.clone()).not_ready());
    let mut follower = follower(&options, Arc::clone(&serving))?;
    follower.remember();
    let renewing = tls.clone().map(|tls| tokio::spawn(tls.keep_up()));
    let scheme = if tls.is_some() { "https" } else { "http" };
    let mut ending = stopping.clone();
    let following =
        tokio::spawn(follower.run(async move { _ = ending.wait_for(|stopping| *stopping).await }));
    let accepting = tokio::spawn(listen::accept(listener, (router(&serving), tls), stopping));
    ready(&EdgeReady { url: format!("{scheme}://{address}"), serves: serving.is_ready() });
    shutdown.await;
    // Whoever listens has ended already if this is not heard.
    let _heard = stop.send(true);
    let _ended = accepting.await;
    // It reports a last time, for two seconds at most.
    let _reported = following.await;
    if let Some(renewing) = renewing {
        renewing.abort();
    }
    Ok(())
}

fn router(serving: &Arc<Serving>) -> Router {
    let health = Router::new().route("/health", get(health)).with_state(Arc::clone(serving));
    ofrep::router(Arc::clone(serving)).merge(health)
}

/// For balancers: an edge with old flags is better than none.
async fn health(State(serving): State<Arc<Serving>>) -> impl IntoResponse {
    let stale = serving.stale_seconds();
    let places = serving.places(None);
    let version = places.iter().map(|(_, place)| place.served().version).max();
    let word = match (serving.is_ready(), stale) {
        (false, _) => "starting",
        (true, None) => "ok",
        (true, Some(_)) => "stale",
    };
    let status = if serving.is_ready() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(json!({ "status": word, "version": version, "stale_seconds": stale })))
}

fn no_key() -> Fault {
    Fault::hold("flag-key-malformed", "the key is no flag key: those look like tdk_…_…").with_help(
        "make one: `tidegate flag keys create --env ENVIRONMENT --kind server`, and pass it as TIDEGATE_FLAG_KEY",
    )
}
