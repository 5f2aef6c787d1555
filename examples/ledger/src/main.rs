//! A service that writes a row and counts them at each request, by the statements of its version.
//!
//! `statements.json` in its working directory says them; `LEDGER_DATABASE` says where: `sqlite:PATH`, or what libpq reads. The port
//! is `PORT`, and answers name the version in `x-shop-version`. Invariant: a request that was answered with 200 has written its row. Deliberately not here: changing the database.

mod ledger;

use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::ledger::{Ledger, Statements};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match serve().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            drop(writeln!(io::stderr(), "ledger: {why}"));
            ExitCode::FAILURE
        }
    }
}

async fn serve() -> Result<(), String> {
    let variable = |name: &str| std::env::var(name).map_err(|_| format!("the variable {name} is not set"));
    let text = std::fs::read_to_string("statements.json").map_err(|why| format!("statements.json: {why}"))?;
    let statements: Statements =
        serde_json::from_str(&text).map_err(|why| format!("statements.json: {why}"))?;
    let ledger = Arc::new(Ledger::open(&variable("LEDGER_DATABASE")?, statements).await?);
    let port: u16 = variable("PORT")?.parse().map_err(|_| "PORT is no port".to_owned())?;
    let listener =
        TcpListener::bind(("127.0.0.1", port)).await.map_err(|why| format!("port {port}: {why}"))?;
    let routes =
        Router::new().route("/healthz", get(|| async { "ok" })).route("/", get(entry)).with_state(ledger);
    let mut stop = signal(SignalKind::terminate()).map_err(|why| why.to_string())?;
    let stopped = async move {
        stop.recv().await;
    };
    axum::serve(listener, routes).with_graceful_shutdown(stopped).await.map_err(|why| why.to_string())
}

async fn entry(State(ledger): State<Arc<Ledger>>) -> Response {
    let version = [("x-shop-version", ledger.version().to_owned())];
    match ledger.enter().await {
        Ok(rows) => (version, Json(json!({"rows": rows}))).into_response(),
        Err(why) => (StatusCode::INTERNAL_SERVER_ERROR, version, Json(json!({"error": why}))).into_response(),
    }
}
