//! One request on one connection to a service, and its response.
//!
//! Sending and receiving go on at the same time, in the task that serves the client: a service may answer
//! before it has read the body, and no other task has to be woken to pass a byte on.
//! Invariant: see the module: a connection is reused only after a whole request and a whole response.
//! Not here: which endpoint, and whether to try again (`data::forward`).

use super::chunked::Piece;
use super::encode::RequestFraming;
use super::parse::{Framing, HeadError, ResponseHead, response_head};
use super::pool::{EndpointPool, Stream};
use super::send::{RequestBody, SendError, Sending};
use crate::deadline::Deadline;
use crate::table::{Limits, Timeouts};
use crate::ticket::Ticket;
use bytes::{Bytes, BytesMut};
use http::{Method, StatusCode};
use std::net::SocketAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use tokio::net::TcpStream;
use tokio_util::io::poll_read_buf;

const READ_BYTES: usize = 8 * 1024;
const LONG_READ_BYTES: usize = 64 * 1024;

pub(crate) struct Exchange {
    stream: Option<Stream>,
    pool: Option<Rc<EndpointPool>>,
    /// The one of its version's endpoints that it is with.
    endpoint: usize,
    sending: Sending,
    /// The service takes no more of the request; what it said may still be read.
    send_broken: bool,
    method: Method,
    upgrading: bool,
    framing: Framing,
    keep_alive: bool,
    body_left: Option<u64>,
    limits: Limits,
    timeouts: Timeouts,
    pub deadline: Deadline,
    waiting: Waiting,
    attempt: Attempt,
    pub ticket: Ticket,
}

/// What the attempt under way has seen.
#[derive(Debug, Clone, Copy, Default)]
struct Attempt {
    reused: bool,
    any_byte: bool,
}

/// For whom the deadline runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Waiting {
    Nobody,
    Client,
    Service,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ExchangeError {
    Refused,
    ConnectTimeout,
    /// The connection ended before the response's head.
    Closed,
    Malformed,
    HeadTooLarge,
    ResponseTimeout,
    RequestBodyTooLarge,
    RequestBodyBroken,
    RequestBodyTimeout,
}

impl ExchangeError {
    /// Whether the service failed, not the client.
    pub fn is_of_service(self) -> bool {
        match self {
            ExchangeError::Refused
            | ExchangeError::ConnectTimeout
            | ExchangeError::Closed
            | ExchangeError::Malformed
            | ExchangeError::HeadTooLarge
            | ExchangeError::ResponseTimeout => true,
            ExchangeError::RequestBodyTooLarge
            | ExchangeError::RequestBodyBroken
            | ExchangeError::RequestBodyTimeout => false,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BodyError {
    #[error("the service broke the response off")]
    BrokenOff,
    #[error("the service sent nothing for too long")]
    Idle,
    #[error("the response is larger than the route allows")]
    TooLarge,
    #[error("the request's body broke off")]
    Request,
}

/// How a connection is come by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Connecting {
    /// By its place among its version's.
    pub endpoint: usize,
    /// Not one that was used before.
    pub fresh: bool,
    /// The request could not be tried again, so a kept connection is asked whether it still stands.
    pub certain: bool,
}

pub(crate) struct ExchangeParts {
    pub method: Method,
    /// As it is sent. The client's own head may be dropped before the exchange begins, which frees the
    /// buffer it was read into for the next request.
    pub head: BytesMut,
    pub framing: RequestFraming,
    pub body: RequestBody,
    pub upgrading: bool,
    pub deadline: Deadline,
    pub ticket: Ticket,
}

impl Exchange {
    pub fn new(parts: ExchangeParts) -> Exchange {
        let route = &parts.ticket.route().route;
        let (limits, timeouts) = (route.limits, route.timeouts);
        Exchange {
            stream: None,
            pool: None,
            endpoint: 0,
            sending: Sending::new(parts.head, parts.body, parts.framing),
            send_broken: false,
            method: parts.method,
            upgrading: parts.upgrading,
            framing: Framing::Empty,
            keep_alive: false,
            body_left: limits.response_body_bytes_max,
            limits,
            timeouts,
            deadline: parts.deadline,
            waiting: Waiting::Nobody,
            attempt: Attempt::default(),
            ticket: parts.ticket,
        }
    }

    pub fn upgrading(&self) -> bool {
        self.upgrading
    }

    pub async fn connect(&mut self, wanted: Connecting) -> Result<(), ExchangeError> {
        self.release();
        let (worker, endpoint) = (self.ticket.worker(), &self.ticket.version().endpoints[wanted.endpoint]);
        let address = endpoint.known.address;
        let pool = worker.pool.endpoint(address);
        let kept = if wanted.fresh { None } else { pool.take(worker.now(), wanted.certain) };
        self.attempt = Attempt { reused: kept.is_some(), any_byte: false };
        pool.open.set(pool.open.get() + 1);
        endpoint.under_way.begin(worker.index);
        self.endpoint = wanted.endpoint;
        self.pool = Some(pool);
        let stream = match kept {
            Some(stream) => stream,
            // boxed: it is rare, and every request's future would be larger by it
            None => Stream::new(Box::pin(self.open(address)).await?),
        };
        self.stream = Some(stream);
        self.waiting = Waiting::Nobody;
        self.send_broken = false;
        Ok(())
    }

    async fn open(&self, address: SocketAddr) -> Result<TcpStream, ExchangeError> {
        self.deadline.set_in_ms(self.timeouts.upstream_connect_ms);
        let mut connecting = std::pin::pin!(TcpStream::connect(address));
        let connected = std::future::poll_fn(|cx| match connecting.as_mut().poll(cx) {
            Poll::Ready(connected) => Poll::Ready(connected.map_err(|_| ExchangeError::Refused)),
            Poll::Pending => self.deadline.poll_due(cx).map(|()| Err(ExchangeError::ConnectTimeout)),
        });
        let tcp = connected.await?;
        let _ = tcp.set_nodelay(true); // slower without, not wrong
        Ok(tcp)
    }

    /// Sends the request and waits for the response's head.
    pub async fn request(&mut self) -> Result<ResponseHead, ExchangeError> {
        self.sending.restart();
        let response = std::future::poll_fn(|cx| self.poll_head(cx)).await?;
        self.framing = response.framing;
        self.keep_alive = response.keep_alive;
        self.deadline.clear();
        self.waiting = Waiting::Nobody;
        if self.is_end_stream() && response.upgrade.is_none() {
            self.finish();
        }
        Ok(response)
    }

    /// Whether the request could be sent again if its connection broke.
    pub fn is_repeatable(&self) -> bool {
        self.method.is_idempotent() && self.sending.bodiless()
    }

    /// Whether the request may be sent again after `error` without anything happening twice.
    pub fn may_repeat(&self, error: ExchangeError) -> bool {
        let idempotent = self.method.is_idempotent();
        match error {
            ExchangeError::Refused | ExchangeError::ConnectTimeout => self.sending.repeatable(),
            ExchangeError::Closed => idempotent && !self.attempt.any_byte && self.sending.repeatable(),
            ExchangeError::Malformed
            | ExchangeError::HeadTooLarge
            | ExchangeError::ResponseTimeout
            | ExchangeError::RequestBodyTooLarge
            | ExchangeError::RequestBodyBroken
            | ExchangeError::RequestBodyTimeout => false,
        }
    }

    /// A kept connection that the service closed at the moment it was used again: nobody's failure.
    pub fn was_stale(&self, error: ExchangeError) -> bool {
        error == ExchangeError::Closed && self.attempt.reused && !self.attempt.any_byte
    }

    /// The bare connection after a 101; the exchange goes on to count as in flight.
    pub fn take_stream(&mut self) -> Option<Stream> {
        self.stream.take()
    }

    fn poll_head(&mut self, cx: &mut Context<'_>) -> Poll<Result<ResponseHead, ExchangeError>> {
        let moved = self.poll_send(cx)?;
        let Some(stream) = &mut self.stream else { return Poll::Ready(Err(ExchangeError::Closed)) };
        loop {
            if !stream.buffer.is_empty() {
                let bytes_max = self.limits.response_header_bytes_max as usize;
                let spare = || self.ticket.worker().spare_headers();
                match response_head(&mut stream.buffer, &self.method, (bytes_max, &spare)) {
                    Ok(Some(head)) if is_interim(&head, self.upgrading)? => continue,
                    Ok(Some(head)) => return Poll::Ready(Ok(head)),
                    Ok(None) => {}
                    Err(HeadError::Malformed) => return Poll::Ready(Err(ExchangeError::Malformed)),
                    Err(HeadError::TooLarge) => return Poll::Ready(Err(ExchangeError::HeadTooLarge)),
                }
            }
            match poll_read(stream, READ_BYTES, cx) {
                Poll::Ready(true) => self.attempt.any_byte = true,
                Poll::Ready(false) => return Poll::Ready(Err(ExchangeError::Closed)),
                Poll::Pending => break,
            }
        }
        self.watch(moved);
        self.deadline.poll_due(cx).map(|()| match self.waiting {
            Waiting::Client => Err(ExchangeError::RequestBodyTimeout),
            Waiting::Nobody | Waiting::Service => Err(ExchangeError::ResponseTimeout),
        })
    }

    /// Goes on sending; says whether anything moved.
    fn poll_send(&mut self, cx: &mut Context<'_>) -> Result<bool, ExchangeError> {
        let mut moved = false;
        if self.send_broken || self.sending.finished() {
            return Ok(false);
        }
        let Some(stream) = &mut self.stream else { return Ok(false) };
        match self.sending.poll_send(&mut stream.tcp, cx, &mut moved) {
            Poll::Ready(Err(SendError::Connection)) => self.send_broken = true,
            Poll::Ready(Err(SendError::BodyTooLarge)) => return Err(ExchangeError::RequestBodyTooLarge),
            Poll::Ready(Err(SendError::BodyBroken)) => return Err(ExchangeError::RequestBodyBroken),
            Poll::Ready(Ok(())) | Poll::Pending => {}
        }
        Ok(moved)
    }

    fn watch(&mut self, moved: bool) {
        let waiting = if self.sending.waits_for_body() { Waiting::Client } else { Waiting::Service };
        if moved || waiting != self.waiting {
            self.waiting = waiting;
            self.deadline.set_in_ms(match waiting {
                Waiting::Client => self.timeouts.request_body_idle_ms,
                Waiting::Nobody | Waiting::Service => self.timeouts.upstream_response_ms,
            });
        }
    }

    pub fn poll_body(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, BodyError>>> {
        let polled = self.poll_piece(cx);
        match &polled {
            Poll::Ready(Some(Err(error))) => {
                if *error != BodyError::Request {
                    self.ticket.broken_off();
                }
                self.framing = Framing::Empty;
                self.keep_alive = false;
                self.finish();
            }
            Poll::Ready(Some(Ok(_))) if self.is_end_stream() => self.finish(),
            Poll::Ready(None) => self.finish(),
            Poll::Ready(Some(Ok(_))) | Poll::Pending => {}
        }
        polled
    }

    fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, BodyError>>> {
        if self.poll_send(cx).is_err() {
            return Poll::Ready(Some(Err(BodyError::Request)));
        }
        loop {
            let Some(stream) = &mut self.stream else { return Poll::Ready(None) };
            match self.framing.next(&mut stream.buffer) {
                Ok(Piece::Done) => return Poll::Ready(None),
                Ok(Piece::Data(data)) => {
                    self.waiting = Waiting::Nobody;
                    return Poll::Ready(Some(self.within_limit(data)));
                }
                Err(_) => return Poll::Ready(Some(Err(BodyError::BrokenOff))),
                Ok(Piece::Wanting) => {}
            }
            match poll_read(stream, self.framing.read_bytes(), cx) {
                Poll::Ready(true) => {}
                Poll::Ready(false) if self.framing == Framing::UntilClose => return Poll::Ready(None),
                Poll::Ready(false) => return Poll::Ready(Some(Err(BodyError::BrokenOff))),
                Poll::Pending => break,
            }
        }
        if self.waiting == Waiting::Nobody {
            self.waiting = Waiting::Service;
            self.deadline.set_in_ms(self.timeouts.upstream_body_idle_ms);
        }
        ready!(self.deadline.poll_due(cx));
        Poll::Ready(Some(Err(BodyError::Idle)))
    }

    fn within_limit(&mut self, data: Bytes) -> Result<Bytes, BodyError> {
        if let Some(left) = &mut self.body_left {
            *left = left.checked_sub(data.len() as u64).ok_or(BodyError::TooLarge)?;
        }
        Ok(data)
    }

    pub fn is_end_stream(&self) -> bool {
        self.framing.is_done()
    }

    pub fn length(&self) -> Option<u64> {
        self.framing.length()
    }

    /// Gives the connection back if both sides are through with it, else closes it.
    fn finish(&mut self) {
        self.deadline.clear();
        let reusable = self.keep_alive && self.sending.finished() && !self.upgrading;
        if let (Some(stream), Some(pool)) = (self.stream.take(), &self.pool)
            && reusable
        {
            pool.put(stream, self.ticket.worker().now());
        }
        self.release();
        self.ticket.worker().recycle_buffer(self.sending.buffer());
        self.ticket.close();
    }

    fn release(&mut self) {
        self.stream = None;
        if let Some(pool) = self.pool.take() {
            pool.open.set(pool.open.get() - 1);
            let endpoint = &self.ticket.version().endpoints[self.endpoint];
            endpoint.under_way.end(self.ticket.worker().index);
        }
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        self.release();
    }
}

impl Framing {
    fn next(&mut self, buffer: &mut BytesMut) -> Result<Piece, super::chunked::BrokenChunk> {
        match self {
            Framing::Empty | Framing::Length { left: 0 } => Ok(Piece::Done),
            Framing::Chunked(chunked) => chunked.next(buffer),
            Framing::Length { .. } | Framing::UntilClose if buffer.is_empty() => Ok(Piece::Wanting),
            Framing::Length { left } => {
                let take = usize::try_from(*left).unwrap_or(usize::MAX).min(buffer.len());
                *left -= take as u64;
                Ok(Piece::Data(buffer.split_to(take).freeze()))
            }
            Framing::UntilClose => Ok(Piece::Data(buffer.split().freeze())),
        }
    }

    fn is_done(&self) -> bool {
        match self {
            Framing::Empty | Framing::Length { left: 0 } => true,
            Framing::Chunked(chunked) => *chunked == super::chunked::Chunked::Done,
            Framing::Length { .. } | Framing::UntilClose => false,
        }
    }

    /// How much is worth reading at once.
    fn read_bytes(&self) -> usize {
        match self {
            Framing::Length { left } => {
                usize::try_from(*left).unwrap_or(usize::MAX).clamp(READ_BYTES, LONG_READ_BYTES)
            }
            Framing::Empty | Framing::Chunked(_) | Framing::UntilClose => 2 * READ_BYTES,
        }
    }

    fn length(&self) -> Option<u64> {
        match self {
            Framing::Empty => Some(0),
            Framing::Length { left } => Some(*left),
            Framing::Chunked(_) | Framing::UntilClose => None,
        }
    }
}

/// 1xx before the answer; a 101 that nobody asked for is broken.
fn is_interim(head: &ResponseHead, upgrading: bool) -> Result<bool, ExchangeError> {
    if head.status == StatusCode::SWITCHING_PROTOCOLS {
        return if upgrading && head.upgrade.is_some() { Ok(false) } else { Err(ExchangeError::Malformed) };
    }
    Ok(head.status.is_informational())
}

/// Ready with whether there was anything; an error counts as the end.
fn poll_read(stream: &mut Stream, bytes: usize, cx: &mut Context<'_>) -> Poll<bool> {
    if stream.buffer.capacity() - stream.buffer.len() < bytes / 8 {
        stream.buffer.reserve(bytes);
    }
    let read = poll_read_buf(Pin::new(&mut stream.tcp), cx, &mut stream.buffer);
    read.map(|read| read.is_ok_and(|count| count > 0))
}
