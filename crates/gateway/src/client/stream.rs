//! A client's socket as hyper sees it, with what the connection's deadlines need to know.
//!
//! Invariant: bytes come out in the order they came in, those read while the protocol was told first.
//! Not here: the deadlines themselves (`connection`).

use bytes::{Buf, BytesMut};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};
use tokio::net::TcpStream;

/// hyper asks that a stream can be sent to other threads, so this is atomic, though one thread uses it.
#[derive(Debug, Default)]
pub(crate) struct Activity {
    head_begun: AtomicBool,
    blocked: AtomicBool,
    written: AtomicU64,
    expired: AtomicBool,
    linger: AtomicBool,
    lingering: AtomicBool,
}

/// The most that is read and thrown away after an answer that came before the body's end.
const LINGER_BYTES_MAX: usize = 256 * 1024 * 1024;

const REQUEST_TIMEOUT: &[u8] = b"HTTP/1.1 408 Request Timeout\r\n\
content-type: application/problem+json\r\n\
x-tidegate-gateway: request-timeout\r\n\
connection: close\r\n\
content-length: 154\r\n\r\n\
{\"type\":\"about:blank\",\"title\":\"Request Timeout\",\"status\":408,\"code\":\"request-timeout\",\
\"detail\":\"the head of the request did not arrive in time\",\"help\":\"\"}";

pub(crate) struct ClientStream {
    tcp: TcpStream,
    /// Read before the protocol was known.
    prefix: BytesMut,
    activity: Arc<Activity>,
    /// Whether a client that went away is looked for while it is served.
    watched: bool,
    lingered: usize,
}

impl Activity {
    fn get(cell: &AtomicBool) -> bool {
        cell.load(Ordering::Relaxed)
    }

    pub fn head_begun(&self) -> bool {
        Self::get(&self.head_begun)
    }

    pub fn head_is_whole(&self) {
        self.head_begun.store(false, Ordering::Relaxed);
    }

    pub fn begin_head(&self) {
        self.head_begun.store(true, Ordering::Relaxed);
    }

    pub fn is_blocked(&self) -> bool {
        Self::get(&self.blocked)
    }

    pub fn written(&self) -> u64 {
        self.written.load(Ordering::Relaxed)
    }

    /// Answers 408 at the next read and ends the connection.
    pub fn expire(&self) {
        self.expired.store(true, Ordering::Relaxed);
    }

    /// At the end read what still comes for a while: closing at once would reset the connection, and the
    /// client might never see the answer.
    pub fn linger(&self) {
        self.linger.store(true, Ordering::Relaxed);
    }

    pub fn is_lingering(&self) -> bool {
        Self::get(&self.lingering)
    }
}

impl ClientStream {
    pub fn new(tcp: TcpStream, prefix: BytesMut, activity: Arc<Activity>) -> ClientStream {
        ClientStream { tcp, prefix, activity, watched: false, lingered: 0 }
    }

    /// Left to itself hyper reads while a request is served, to see whether the client has gone, and makes
    /// room for 8 KiB each time. Looking at what the system has told already costs nothing.
    pub fn watched(self) -> ClientStream {
        ClientStream { watched: true, ..self }
    }

    /// Whether the client has ended its side and nothing of it is left to read.
    fn is_gone(&self, cx: &mut Context<'_>) -> bool {
        if self.tcp.poll_read_ready(cx).is_pending() {
            return false;
        }
        let told = std::pin::pin!(self.tcp.ready(Interest::READABLE)).poll(cx);
        let closed = matches!(told, Poll::Ready(Ok(ready)) if ready.is_read_closed());
        closed && matches!(self.tcp.poll_peek(cx, &mut ReadBuf::new(&mut [0])), Poll::Ready(Ok(0)))
    }

    fn wrote(&self, written: &Poll<io::Result<usize>>) {
        match written {
            Poll::Ready(Ok(count)) => {
                let sum = self.activity.written.load(Ordering::Relaxed) + *count as u64;
                self.activity.written.store(sum, Ordering::Relaxed);
                if self.activity.is_blocked() {
                    self.activity.blocked.store(false, Ordering::Relaxed);
                }
            }
            Poll::Ready(Err(_)) => {}
            Poll::Pending => self.activity.blocked.store(true, Ordering::Relaxed),
        }
    }

    fn poll_linger(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut space = [0; 16 * 1024];
        while self.lingered < LINGER_BYTES_MAX {
            let mut buffer = ReadBuf::new(&mut space);
            let read = ready!(Pin::new(&mut self.tcp).poll_read(cx, &mut buffer));
            if read.is_err() || buffer.filled().is_empty() {
                break;
            }
            self.lingered += buffer.filled().len();
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncRead for ClientStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.prefix.is_empty() {
            let count = self.prefix.len().min(buf.remaining());
            buf.put_slice(&self.prefix[..count]);
            self.prefix.advance(count);
            return Poll::Ready(Ok(()));
        }
        if Activity::get(&self.activity.expired) {
            let _ = Pin::new(&mut self.tcp).poll_write(cx, REQUEST_TIMEOUT); // best effort, the end either way
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        let before = buf.filled().len();
        let read = Pin::new(&mut self.tcp).poll_read(cx, buf);
        if buf.filled().len() > before {
            self.activity.begin_head();
        }
        read
    }
}

impl AsyncWrite for ClientStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.tcp).poll_write(cx, buf);
        self.wrote(&written);
        written
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.tcp).poll_write_vectored(cx, bufs);
        self.wrote(&written);
        written
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    /// hyper asks this whenever it has nothing to write, so also while it waits for an answer.
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.watched && self.is_gone(cx) {
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        Pin::new(&mut self.tcp).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.activity.is_lingering() {
            ready!(Pin::new(&mut self.tcp).poll_shutdown(cx))?;
            if !Activity::get(&self.activity.linger) {
                return Poll::Ready(Ok(()));
            }
            self.activity.lingering.store(true, Ordering::Relaxed);
        }
        self.poll_linger(cx)
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_answer_to_a_slow_head_has_the_length_it_says() {
        let text = std::str::from_utf8(super::REQUEST_TIMEOUT).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(&format!("content-length: {}", body.len())), "{}", body.len());
        assert!(serde_json::from_str::<serde_json::Value>(body).is_ok());
    }
}
