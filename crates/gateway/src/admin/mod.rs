//! The admin API: routes in, counters out, on a loopback address and a thread of its own.
//!
//! Invariant: it answers whatever the workers are doing, takes bodies up to 4 MiB and requests only for a
//! loopback host (so that no web page reaches it by a name that resolves to 127.0.0.1), and every refusal
//! is an RFC 9457 problem.
//! Not here: what a change does (`keeper`).

mod answer;

use crate::GatewayError;
use crate::keeper::Keeper;
use crate::metrics;
use crate::report::{BUCKET_SECONDS, CountersReport, HealthReport, RoutesReport};
use crate::table::{RouteDelete, RouteUpdate, TableRefusal};
use answer::{Answer, Refused, json_answer, text_answer};
use bytes::Bytes;
use http::{HeaderMap, Method, Request, header};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use serde::de::DeserializeOwned;
use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

const BODY_BYTES_MAX: usize = 4 * 1024 * 1024;
const CONNECTIONS_MAX: usize = 64;
const HEADER_WAIT: Duration = Duration::from_secs(10);

/// How long to wait when the system gives no connection (no file descriptor left).
const PAUSE: Duration = Duration::from_millis(10);

pub(crate) struct Admin {
    pub keeper: Arc<Keeper>,
    pub token: Option<String>,
}

pub(crate) fn bind(address: SocketAddr) -> Result<std::net::TcpListener, GatewayError> {
    if !address.ip().is_loopback() {
        return Err(GatewayError::AdminNotLoopback { address });
    }
    crate::listener::bind(address).map_err(|source| GatewayError::AdminBind { address, source })
}

pub(crate) async fn run(admin: Arc<Admin>, listener: std::net::TcpListener) {
    let Ok(listener) = TcpListener::from_std(listener) else { return };
    let room = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        let Ok(permit) = Arc::clone(&room).acquire_owned().await else { return };
        let Ok((tcp, _)) = listener.accept().await else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        let admin = Arc::clone(&admin);
        tokio::spawn(async move {
            let service = service_fn(move |request| serve(Arc::clone(&admin), request));
            let mut builder = hyper::server::conn::http1::Builder::new();
            builder.timer(TokioTimer::new()).header_read_timeout(HEADER_WAIT);
            let _ = builder.serve_connection(TokioIo::new(tcp), service).await; // the caller went away
            drop(permit);
        });
    }
}

async fn serve(admin: Arc<Admin>, request: Request<Incoming>) -> Result<Answer, Infallible> {
    Ok(route(&admin, request).await.unwrap_or_else(|refused| refused.answer()))
}

async fn route(admin: &Admin, request: Request<Incoming>) -> Result<Answer, Refused> {
    check_host(request.headers())?;
    check_token(admin.token.as_deref(), request.headers())?;
    let path = request.uri().path().to_owned();
    let method = request.method().clone();
    match (method.as_str(), path.as_str()) {
        ("GET", "/v1/health") => Ok(json_answer(&health(admin))),
        ("GET", "/v1/counters") => Ok(json_answer(&counters(&admin.keeper))),
        ("GET", "/metrics") => Ok(text_answer(metrics::CONTENT_TYPE, metrics::render(&admin.keeper))),
        ("GET", "/v1/routes") => Ok(json_answer(&RoutesReport {
            instance_id: admin.keeper.instance_id.clone(),
            routes: admin.keeper.routes().await,
        })),
        _ => match path.strip_prefix("/v1/routes/") {
            Some(id) => one_route(admin, method, id, request).await,
            None if ["/v1/health", "/v1/counters", "/metrics", "/v1/routes"].contains(&path.as_str()) => {
                Err(Refused::Method("GET"))
            }
            None => Err(Refused::NotFound),
        },
    }
}

async fn one_route(
    admin: &Admin,
    method: Method,
    id: &str,
    request: Request<Incoming>,
) -> Result<Answer, Refused> {
    match method {
        Method::GET => {
            let found = admin.keeper.route(id).await;
            let unknown = || Refused::Table(TableRefusal::RouteUnknown { id: id.to_owned() });
            found.map(|state| json_answer(&state)).ok_or_else(unknown)
        }
        Method::PUT => {
            let update: RouteUpdate = parse(request).await?;
            if update.route.id != id {
                return Err(
                    TableRefusal::RouteIdMismatch { address: id.to_owned(), body: update.route.id }.into()
                );
            }
            Ok(json_answer(&admin.keeper.put(update).await?))
        }
        Method::DELETE => {
            let wanted: RouteDelete = parse(request).await?;
            Ok(json_answer(&admin.keeper.delete(id, wanted.generation).await?))
        }
        _ => Err(Refused::Method("GET, PUT, DELETE")),
    }
}

async fn parse<T: DeserializeOwned>(request: Request<Incoming>) -> Result<T, Refused> {
    let collected = Limited::new(request.into_body(), BODY_BYTES_MAX).collect().await;
    let bytes: Bytes = collected.map_err(|_| Refused::Body { bytes_max: BODY_BYTES_MAX })?.to_bytes();
    serde_json::from_slice(&bytes).map_err(|error| Refused::Json(error.to_string()))
}

fn health(admin: &Admin) -> HealthReport {
    let keeper = &admin.keeper;
    let connections: usize = keeper.workers.iter().map(|w| w.connections.load(Ordering::Relaxed)).sum();
    HealthReport {
        build: keeper.build.clone(),
        instance_id: keeper.instance_id.clone(),
        process_id: std::process::id(),
        uptime_ms: uptime_ms(keeper),
        workers: keeper.workers.len(),
        routes: keeper.table().routes().len(),
        connections: connections as u64,
        persisted: keeper.persisted(),
    }
}

fn counters(keeper: &Keeper) -> CountersReport {
    CountersReport {
        instance_id: keeper.instance_id.clone(),
        uptime_ms: uptime_ms(keeper),
        bucket_bounds_seconds: BUCKET_SECONDS.to_vec(),
        routes: metrics::read(keeper),
    }
}

fn uptime_ms(keeper: &Keeper) -> u64 {
    u64::try_from(keeper.started.elapsed().as_millis()).unwrap_or(u64::MAX)
}

fn check_host(headers: &HeaderMap) -> Result<(), Refused> {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("");
    let is_loopback = |ip: IpAddr| ip.is_loopback();
    let by_address =
        host.parse::<SocketAddr>().map(|address| address.ip()).or_else(|_| host.parse::<IpAddr>());
    let by_name = host.split(':').next().is_some_and(|name| name.eq_ignore_ascii_case("localhost"));
    if by_name || by_address.is_ok_and(is_loopback) { Ok(()) } else { Err(Refused::Host) }
}

fn check_token(wanted: Option<&str>, headers: &HeaderMap) -> Result<(), Refused> {
    let Some(wanted) = wanted else { return Ok(()) };
    let given = headers.get(header::AUTHORIZATION).map_or(&b""[..], |value| value.as_bytes());
    let given = given.strip_prefix(b"Bearer ").unwrap_or(b"");
    if same_secret(given, wanted.as_bytes()) { Ok(()) } else { Err(Refused::Token) }
}

/// Takes as long for a wrong secret as for the right one of that length.
fn same_secret(given: &[u8], wanted: &[u8]) -> bool {
    let differences = given.iter().zip(wanted).fold(0, |differences, (a, b)| differences | (a ^ b));
    given.len() == wanted.len() && differences == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_loopback_host_is_served() {
        for (host, expected) in [
            ("127.0.0.1:7001", true),
            ("127.0.0.1", true),
            ("localhost:7001", true),
            ("[::1]:7001", true),
            ("rebound.example:7001", false),
            ("10.0.0.1:7001", false),
            ("127.0.0.1.example", false),
            ("", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, host.parse().unwrap());
            assert_eq!(check_host(&headers).is_ok(), expected, "{host}");
        }
    }

    #[test]
    fn a_token_is_compared_whole() {
        for (given, expected) in [("abc", true), ("ab", false), ("abcd", false), ("abd", false), ("", false)]
        {
            assert_eq!(same_secret(given.as_bytes(), b"abc"), expected, "{given}");
        }
    }
}
