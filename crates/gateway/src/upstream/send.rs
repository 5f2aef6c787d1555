//! Sending a request: its head, then its body as it arrives.
//!
//! Invariant: no more than one piece of the body is held here, so a slow service slows the client down;
//! a body over its limit is cut off before the piece that goes over is sent.
//! Not here: the answer (`exchange`).

use super::encode::RequestFraming;
use bytes::{Buf, BufMut, Bytes, BytesMut};
use http_body::Body;
use hyper::body::Incoming;
use std::io::IoSlice;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::AsyncWrite;
use tokio::net::TcpStream;

/// Pieces up to this size are copied behind the head so that both go in one packet.
const COPY_BYTES_MAX: usize = 8 * 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SendError {
    BodyTooLarge,
    /// The client's body broke off.
    BodyBroken,
    /// The service's connection broke.
    Connection,
}

/// The body of a request.
pub(crate) enum RequestBody {
    Empty,
    Streaming(Streaming),
    /// A copy for a mirror.
    Whole(Bytes),
}

pub(crate) struct Streaming {
    incoming: Incoming,
    /// How many bytes more may come.
    left: u64,
    tee: Option<Tee>,
}

/// Collects a copy of the body for a mirror and hands it over when it is whole, or `None` when it is
/// longer than the limit.
pub(crate) struct Tee {
    pub copy: BytesMut,
    pub bytes_max: usize,
    pub outcome: Box<dyn FnOnce(Option<Bytes>)>,
}

pub(crate) struct Sending {
    /// The head, and pieces of the body behind it. The head stays until a piece takes its place, so that
    /// it can be sent again.
    buffer: BytesMut,
    /// How much of the buffer is sent.
    sent: usize,
    chunk: Bytes,
    body: RequestBody,
    chunked: bool,
    body_touched: bool,
    finished: bool,
}

impl RequestBody {
    pub fn streaming(incoming: Incoming, bytes_max: u64) -> RequestBody {
        if incoming.is_end_stream() {
            return RequestBody::Empty;
        }
        RequestBody::Streaming(Streaming { incoming, left: bytes_max, tee: None })
    }

    pub fn tee(&mut self, tee: Tee) {
        if let RequestBody::Streaming(streaming) = self {
            streaming.tee = Some(tee);
        }
    }

    pub fn is_empty(&self) -> bool {
        matches!(self, RequestBody::Empty)
    }

    pub fn framing(&self, explicit_zero: bool) -> RequestFraming {
        match self {
            RequestBody::Empty if explicit_zero => RequestFraming::Length(0),
            RequestBody::Empty => RequestFraming::None,
            RequestBody::Whole(bytes) => RequestFraming::Length(bytes.len() as u64),
            RequestBody::Streaming(streaming) => match streaming.incoming.size_hint().exact() {
                Some(length) => RequestFraming::Length(length),
                None => RequestFraming::Chunked,
            },
        }
    }

    fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, SendError>>> {
        match self {
            RequestBody::Empty => Poll::Ready(None),
            RequestBody::Whole(bytes) if bytes.is_empty() => Poll::Ready(None),
            RequestBody::Whole(bytes) => Poll::Ready(Some(Ok(std::mem::take(bytes)))),
            RequestBody::Streaming(streaming) => streaming.poll_piece(cx),
        }
    }
}

impl Streaming {
    fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, SendError>>> {
        loop {
            let frame = match ready!(Pin::new(&mut self.incoming).poll_frame(cx)) {
                Some(Ok(frame)) => frame,
                Some(Err(_)) => return Poll::Ready(Some(Err(SendError::BodyBroken))),
                None => {
                    self.hand_over();
                    return Poll::Ready(None);
                }
            };
            let Ok(data) = frame.into_data() else { continue };
            let Some(left) = self.left.checked_sub(data.len() as u64) else {
                return Poll::Ready(Some(Err(SendError::BodyTooLarge)));
            };
            self.left = left;
            self.copy(&data);
            if !data.is_empty() {
                return Poll::Ready(Some(Ok(data)));
            }
        }
    }

    fn copy(&mut self, data: &Bytes) {
        let Some(mut tee) = self.tee.take() else { return };
        if tee.copy.len() + data.len() > tee.bytes_max {
            (tee.outcome)(None);
        } else {
            tee.copy.extend_from_slice(data);
            self.tee = Some(tee);
        }
    }

    fn hand_over(&mut self) {
        if let Some(tee) = self.tee.take() {
            (tee.outcome)(Some(tee.copy.freeze()));
        }
    }
}

impl Sending {
    pub fn new(head: BytesMut, body: RequestBody, framing: RequestFraming) -> Sending {
        Sending {
            buffer: head,
            sent: 0,
            chunk: Bytes::new(),
            body,
            chunked: framing == RequestFraming::Chunked,
            body_touched: false,
            finished: false,
        }
    }

    /// Begins again with the head; only while the body is untouched.
    pub fn restart(&mut self) {
        self.sent = 0;
        self.finished = false;
    }

    /// The buffer, for another request.
    pub fn buffer(&mut self) -> BytesMut {
        std::mem::take(&mut self.buffer)
    }

    pub fn finished(&self) -> bool {
        self.finished
    }

    /// Whether another attempt would send the same request.
    pub fn repeatable(&self) -> bool {
        !self.body_touched
    }

    pub fn bodiless(&self) -> bool {
        !self.body_touched && self.body.is_empty()
    }

    /// Everything that came is sent, and more is to come.
    pub fn waits_for_body(&self) -> bool {
        !self.finished && self.is_drained()
    }

    fn is_drained(&self) -> bool {
        self.sent == self.buffer.len() && self.chunk.is_empty()
    }

    /// Ready when the whole request is written. `moved` is set when anything was.
    pub fn poll_send(
        &mut self,
        tcp: &mut TcpStream,
        cx: &mut Context<'_>,
        moved: &mut bool,
    ) -> Poll<Result<(), SendError>> {
        loop {
            let body = self.poll_fill(cx);
            if let Poll::Ready(Err(error)) = body {
                return Poll::Ready(Err(error));
            }
            if self.is_drained() {
                self.finished = body.is_ready();
                return body;
            }
            while !self.is_drained() {
                let written = match ready!(self.poll_write(tcp, cx)) {
                    Ok(0) | Err(_) => return Poll::Ready(Err(SendError::Connection)),
                    Ok(written) => written,
                };
                *moved = true;
                let first = written.min(self.buffer.len() - self.sent);
                self.sent += first;
                self.chunk.advance(written - first);
            }
        }
    }

    fn poll_write(&self, tcp: &mut TcpStream, cx: &mut Context<'_>) -> Poll<std::io::Result<usize>> {
        let unsent = &self.buffer[self.sent..];
        if self.chunk.is_empty() {
            return Pin::new(tcp).poll_write(cx, unsent);
        }
        let slices = [IoSlice::new(unsent), IoSlice::new(&self.chunk)];
        Pin::new(tcp).poll_write_vectored(cx, &slices)
    }

    /// Takes pieces of the body while there is room; ready at the body's end.
    fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        while self.chunk.is_empty() && self.buffer.len() - self.sent < COPY_BYTES_MAX {
            if self.body.is_empty() {
                return Poll::Ready(Ok(()));
            }
            self.body_touched = true;
            match ready!(self.body.poll_piece(cx)) {
                Some(Ok(data)) => self.take(data),
                Some(Err(error)) => return Poll::Ready(Err(error)),
                None => {
                    self.body = RequestBody::Empty;
                    if self.chunked {
                        self.room().put_slice(b"0\r\n\r\n");
                    }
                }
            }
        }
        Poll::Pending
    }

    fn take(&mut self, data: Bytes) {
        let chunked = self.chunked;
        if !chunked && data.len() > COPY_BYTES_MAX {
            self.chunk = data;
            return;
        }
        let room = self.room();
        if chunked {
            room.put_slice(format!("{:x}\r\n", data.len()).as_bytes());
        }
        room.extend_from_slice(&data);
        if chunked {
            room.put_slice(b"\r\n");
        }
    }

    /// The buffer, without what is sent of it.
    fn room(&mut self) -> &mut BytesMut {
        self.buffer.advance(self.sent);
        self.sent = 0;
        &mut self.buffer
    }
}
