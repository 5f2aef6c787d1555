//! Serving one client connection.
//!
//! Invariant: see the module. The task ends when the connection does, or when it hands the socket to a
//! tunnel.
//! Not here: requests (`data::serve`).

use super::state::{ClientState, Phase};
use super::stream::ClientStream;
use crate::data;
use crate::table::REQUEST_HEAD_BYTES_CEILING;
use crate::worker::Worker;
use bytes::BytesMut;
use hyper::rt::Executor;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::future::poll_fn;
use std::net::SocketAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use tokio::net::TcpStream;
use tokio_util::io::poll_read_buf;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const STREAMS_MAX: u32 = 256;
const LINGER_MS: u32 = 5_000;
const FIRST_READ_BYTES: usize = 4 * 1024;

/// Room for the request line besides the fields, whose sum routes limit.
const HEAD_BUFFER_BYTES: usize = REQUEST_HEAD_BYTES_CEILING as usize + 16 * 1024;

/// A connection on its way from the listener to a worker.
pub(crate) struct Accepted {
    pub tcp: std::net::TcpStream,
    pub peer: SocketAddr,
    pub listen: SocketAddr,
}

/// What hyper's connections have in common.
trait Conn {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()>;
    fn stop(&mut self);
}

pub(crate) async fn serve(worker: Rc<Worker>, accepted: Accepted) {
    let state = ClientState::new(&worker, accepted.listen, accepted.peer);
    let Ok(mut tcp) = TcpStream::from_std(accepted.tcp) else { return };
    let mut prefix = BytesMut::with_capacity(FIRST_READ_BYTES);
    let Some(http2) = tell_protocol(&state, &mut tcp, &mut prefix).await else { return };
    let stream = ClientStream::new(tcp, prefix, state.activity.clone());
    let serving = Rc::clone(&state);
    let service = service_fn(move |request| data::serve(Rc::clone(&serving), request));
    if http2 {
        state.speaks_http2();
        let mut builder = hyper::server::conn::http2::Builder::new(LocalExecutor);
        builder.max_concurrent_streams(STREAMS_MAX).max_header_list_size(REQUEST_HEAD_BYTES_CEILING);
        drive(&state, Http2(builder.serve_connection(TokioIo::new(stream), service))).await;
    } else {
        let mut builder = hyper::server::conn::http1::Builder::new();
        builder.half_close(true).max_buf_size(HEAD_BUFFER_BYTES).writev(false);
        let io = TokioIo::new(stream.watched());
        drive(&state, Http1(builder.serve_connection(io, service).with_upgrades())).await;
    }
}

/// Reads until it is clear whether HTTP/2 is spoken; `None` when the connection ends before.
async fn tell_protocol(state: &ClientState, tcp: &mut TcpStream, prefix: &mut BytesMut) -> Option<bool> {
    state.deadline.set_in_ms(allowed_ms(state, state.phase()));
    loop {
        let read = poll_fn(|cx| match poll_read_buf(Pin::new(&mut *tcp), cx, prefix) {
            Poll::Ready(read) => Poll::Ready(read.ok()),
            Poll::Pending if state.is_stopped() => Poll::Ready(None),
            Poll::Pending => state.deadline.poll_due(cx).map(|()| None),
        });
        if read.await? == 0 {
            return None;
        }
        if !state.activity.head_begun() {
            state.activity.begin_head();
            state.deadline.set_in_ms(allowed_ms(state, state.phase()));
        }
        let seen = prefix.len().min(PREFACE.len());
        if prefix[..seen] != PREFACE[..seen] {
            return Some(false);
        }
        if seen == PREFACE.len() {
            return Some(true);
        }
    }
}

/// Polls the connection and closes it when the client keeps it waiting too long.
async fn drive(state: &ClientState, mut conn: impl Conn) {
    let mut watched = None;
    let mut stopped = false;
    poll_fn(|cx| {
        if state.is_stopped() && !std::mem::replace(&mut stopped, true) {
            conn.stop();
        }
        if conn.poll(cx).is_ready() {
            return Poll::Ready(());
        }
        let phase = state.phase();
        if watched != Some(phase) {
            watched = Some(phase);
            match phase {
                Phase::Serving => state.deadline.clear(),
                Phase::Idle { .. } | Phase::Head { .. } | Phase::Blocked { .. } | Phase::Lingering => {
                    state.deadline.set_in_ms(allowed_ms(state, phase));
                }
            }
        }
        ready!(state.deadline.poll_due(cx));
        if matches!(phase, Phase::Head { .. }) {
            state.activity.expire();
            let _ = conn.poll(cx); // writes 408
        }
        Poll::Ready(())
    })
    .await;
}

fn allowed_ms(state: &ClientState, phase: Phase) -> u32 {
    let table = state.worker.table();
    let Some(listener) = table.listener(&state.listen) else { return LINGER_MS };
    match phase {
        Phase::Idle { .. } | Phase::Serving => listener.client_idle_ms,
        Phase::Head { .. } => listener.request_header_ms,
        Phase::Blocked { .. } => listener.response_write_idle_ms,
        Phase::Lingering => LINGER_MS,
    }
}

struct Http1<T>(T);

struct Http2<T>(T);

impl<I, S, B> Conn for Http1<hyper::server::conn::http1::UpgradeableConnection<I, S>>
where
    I: hyper::rt::Read + hyper::rt::Write + Unpin + Send + 'static,
    S: hyper::service::HttpService<hyper::body::Incoming, ResBody = B>,
    S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    B: http_body::Body + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    hyper::server::conn::http1::UpgradeableConnection<I, S>: Unpin,
{
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        Pin::new(&mut self.0).poll(cx).map(|_| ())
    }

    fn stop(&mut self) {
        Pin::new(&mut self.0).graceful_shutdown();
    }
}

impl<I, S, B> Conn for Http2<hyper::server::conn::http2::Connection<I, S, LocalExecutor>>
where
    I: hyper::rt::Read + hyper::rt::Write + Unpin,
    S: hyper::service::HttpService<hyper::body::Incoming, ResBody = B>,
    S::Future: 'static,
    S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    B: http_body::Body + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    hyper::server::conn::http2::Connection<I, S, LocalExecutor>: Unpin,
    LocalExecutor: hyper::rt::bounds::Http2ServerConnExec<S::Future, B>,
{
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        Pin::new(&mut self.0).poll(cx).map(|_| ())
    }

    fn stop(&mut self) {
        Pin::new(&mut self.0).graceful_shutdown();
    }
}

/// Streams of an HTTP/2 connection stay on the connection's thread.
#[derive(Debug, Clone, Copy)]
struct LocalExecutor;

impl<F> Executor<F> for LocalExecutor
where
    F: Future + 'static,
    F::Output: 'static,
{
    fn execute(&self, future: F) {
        tokio::task::spawn_local(future);
    }
}
