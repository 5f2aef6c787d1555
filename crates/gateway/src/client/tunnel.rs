//! An upgraded connection (WebSocket): bytes both ways until one side ends or nothing moves.
//!
//! Invariant: what either side had sent behind its head is the first thing the other side gets; the
//! tunnel counts as in flight until it ends.
//! Not here: the handshake (`data::proxy`).

use super::ClientState;
use crate::upstream::exchange::Exchange;
use crate::upstream::pool::Stream;
use bytes::Buf;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use std::cell::Cell;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

pub(crate) struct Tunnel {
    pub client: Rc<ClientState>,
    pub upgrade: OnUpgrade,
    pub stream: Stream,
    pub exchange: Box<Exchange>,
}

impl Tunnel {
    /// Keeps `client` until its end, so that the connection is counted while it lives.
    pub async fn run(self) {
        let Tunnel { client, upgrade, stream, exchange } = self;
        let Ok(upgraded) = upgrade.await else { return };
        let idle_ms = exchange.ticket.route().route.timeouts.tunnel_idle_ms;
        let moved = Rc::new(Cell::new(true));
        let mut service = Watched { stream, moved: Rc::clone(&moved) };
        let mut caller = TokioIo::new(upgraded);
        let mut copying = std::pin::pin!(tokio::io::copy_bidirectional(&mut caller, &mut service));
        poll_fn(|cx| {
            if copying.as_mut().poll(cx).is_ready() {
                return Poll::Ready(());
            }
            if moved.replace(false) {
                exchange.deadline.set_in_ms(idle_ms);
            }
            exchange.deadline.poll_due(cx)
        })
        .await;
        drop((exchange, client));
    }
}

/// The service's side; everything that moves in a tunnel passes here.
struct Watched {
    stream: Stream,
    moved: Rc<Cell<bool>>,
}

impl AsyncRead for Watched {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if !this.stream.buffer.is_empty() {
            let count = this.stream.buffer.len().min(buf.remaining());
            buf.put_slice(&this.stream.buffer[..count]);
            this.stream.buffer.advance(count);
            return Poll::Ready(Ok(()));
        }
        let read = Pin::new(&mut this.stream.tcp).poll_read(cx, buf);
        if read.is_ready() {
            this.moved.set(true);
        }
        read
    }
}

impl AsyncWrite for Watched {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream.tcp).poll_write(cx, buf);
        if written.is_ready() {
            self.moved.set(true);
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream.tcp).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream.tcp).poll_shutdown(cx)
    }
}
