//! The port: connections taken up to a limit, in TLS where that is asked for, and let finish at the end.
//!
//! Invariant: a client that sends its request slowly, or not at all, costs one connection for a bounded time.
//! Deliberately not here: requests (`routes`).

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use rustix::process::{Resource, getrlimit};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::timeout;

use crate::error::ServeError;
use crate::origin::{Peer, WithPeer};
use crate::tls::Tls;

const CONNECTIONS_MAX: usize = 12_000;
/// File descriptors that connections leave to the store, the target and the gateway's health.
const DESCRIPTORS_KEPT: usize = 256;
const HEADER_WAIT: Duration = Duration::from_secs(10);
const HEADER_BYTES_MAX: usize = 64 << 10;
/// When the system gives no connection (no file descriptor left).
const PAUSE: Duration = Duration::from_millis(50);
/// How long requests under way may take when the server ends.
const FINISH_MAX: Duration = Duration::from_secs(10);

pub(crate) async fn bind(address: SocketAddr) -> Result<TcpListener, ServeError> {
    TcpListener::bind(address).await.map_err(|source| {
        if source.kind() == io::ErrorKind::AddrInUse {
            ServeError::PortInUse { address, source }
        } else {
            ServeError::Listen { address, source }
        }
    })
}

pub(crate) async fn accept(
    listener: TcpListener,
    (router, tls): (Router, Option<Arc<Tls>>),
    mut stopping: watch::Receiver<bool>,
) {
    let room = Arc::new(Semaphore::new(connections_max()));
    let graceful = GracefulShutdown::new();
    while !*stopping.borrow() {
        let taken = tokio::select! {
            taken = take(&listener, &room) => taken,
            _ = stopping.changed() => break,
        };
        match taken {
            Ok((stream, peer, permit)) => {
                let (watcher, router) = (graceful.watcher(), router.clone());
                let acceptor = tls.as_ref().map(|tls| tls.acceptor());
                tokio::spawn(async move {
                    // A client that went away, or speaks no TLS, is no news.
                    match acceptor {
                        None => drop(watcher.watch(connection(stream, peer, router)).await),
                        Some(acceptor) => {
                            if let Ok(Ok(stream)) = timeout(HEADER_WAIT, acceptor.accept(stream)).await {
                                drop(watcher.watch(connection(stream, peer, router)).await);
                            }
                        }
                    }
                    drop(permit);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "no connection could be taken");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
    drop(listener);
    if timeout(FINISH_MAX, graceful.shutdown()).await.is_err() {
        tracing::warn!("connections were cut off that did not end in time");
    }
}

/// Fewer where the system gives few file descriptors: a flood of clients must not keep the store from its files.
fn connections_max() -> usize {
    let soft = getrlimit(Resource::Nofile).current.map_or(CONNECTIONS_MAX, |most| most as usize);
    soft.saturating_sub(DESCRIPTORS_KEPT).clamp(16, CONNECTIONS_MAX)
}

async fn take(
    listener: &TcpListener,
    room: &Arc<Semaphore>,
) -> io::Result<(TcpStream, Peer, OwnedSemaphorePermit)> {
    let permit = Arc::clone(room).acquire_owned().await.map_err(io::Error::other)?;
    let (stream, peer) = listener.accept().await?;
    stream.set_nodelay(true)?;
    Ok((stream, Peer(peer.ip()), permit))
}

fn connection<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    peer: Peer,
    router: Router,
) -> http1::Connection<TokioIo<S>, WithPeer<TowerToHyperService<Router>>> {
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEADER_WAIT).max_buf_size(HEADER_BYTES_MAX);
    let service = WithPeer { inner: TowerToHyperService::new(router), peer };
    builder.serve_connection(TokioIo::new(stream), service)
}
