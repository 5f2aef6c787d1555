//! The service that fails on command: every request, from when a file with its version's name exists.
//!
//! Invariant: it says its version on each answer; `/healthz` is always well, so that only the analysis can find out.
//! Deliberately not here: anything a service would do.

use std::convert::Infallible;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

/// The directory of the files.
pub const FAULTS: &str = "FAULTS";
/// For answers under way when it is told to stop.
const LINGER: Duration = Duration::from_millis(300);

struct Fixture {
    version: String,
    fault: PathBuf,
}

pub async fn serve() -> Result<()> {
    let variable = |name: &str| std::env::var(name).with_context(|| format!("{name} is not set"));
    let version = variable("TIDEGATE_VERSION")?;
    let fault = PathBuf::from(variable(FAULTS)?).join(&version);
    let fixture = Arc::new(Fixture { version, fault });
    let port: u16 = variable("PORT")?.parse()?;
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    let mut stop = signal(SignalKind::terminate())?;
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let (stream, _) = accepted?;
                stream.set_nodelay(true)?;
                let fixture = Arc::clone(&fixture);
                tokio::spawn(async move {
                    let service = service_fn(move |request| {
                        let answered = answer(&fixture, &request);
                        async move { Ok::<_, Infallible>(answered) }
                    });
                    // A client that breaks off is its own affair.
                    let _ = hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                });
            }
            _ = stop.recv() => {
                drop(listener);
                tokio::time::sleep(LINGER).await;
                return Ok(());
            }
        }
    }
}

fn answer(fixture: &Fixture, request: &Request<Incoming>) -> Response<Full<Bytes>> {
    let fails = request.uri().path() != "/healthz" && fixture.fault.exists();
    let mut response = Response::new(Full::new(Bytes::from_static(b"{\"answer\":42}\n")));
    if fails {
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    }
    if let Ok(version) = fixture.version.parse() {
        response.headers_mut().insert("x-version", version);
    }
    response
}
