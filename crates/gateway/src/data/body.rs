//! The body of an answer: nothing, a problem, or what a service sends.
//!
//! Invariant: while it lives the request counts as open on its client connection.
//! Not here: reading from the service (`upstream::exchange`).

use super::compare::Witness;
use crate::client::Open;
use crate::upstream::exchange::{BodyError, Exchange};
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use std::pin::Pin;
use std::task::{Context, Poll};

pub(crate) struct GatewayBody {
    source: Source,
    _open: Option<Open>,
}

enum Source {
    Empty,
    Whole(Bytes),
    Service(Box<Exchange>),
    /// Where somebody compares it with the answer to a copy.
    Witnessed(Box<Exchange>, Box<Witness>),
}

impl GatewayBody {
    pub fn empty() -> GatewayBody {
        GatewayBody { source: Source::Empty, _open: None }
    }

    pub fn whole(bytes: Bytes) -> GatewayBody {
        GatewayBody { source: Source::Whole(bytes), _open: None }
    }

    pub fn service(exchange: Box<Exchange>) -> GatewayBody {
        GatewayBody { source: Source::Service(exchange), _open: None }
    }

    pub fn witnessed(exchange: Box<Exchange>, mut witness: Box<Witness>) -> GatewayBody {
        if exchange.is_end_stream() {
            witness.end();
        }
        GatewayBody { source: Source::Witnessed(exchange, witness), _open: None }
    }

    pub fn holding(self, open: Open) -> GatewayBody {
        GatewayBody { source: self.source, _open: Some(open) }
    }
}

impl Body for GatewayBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        match &mut self.source {
            Source::Empty => Poll::Ready(None),
            Source::Whole(bytes) if bytes.is_empty() => Poll::Ready(None),
            Source::Whole(bytes) => Poll::Ready(Some(Ok(Frame::data(std::mem::take(bytes))))),
            Source::Service(exchange) => {
                exchange.poll_body(cx).map(|piece| piece.map(|piece| piece.map(Frame::data)))
            }
            Source::Witnessed(exchange, witness) => {
                let polled = exchange.poll_body(cx);
                if let Poll::Ready(piece) = &polled {
                    see(witness, piece.as_ref(), exchange.is_end_stream());
                }
                polled.map(|piece| piece.map(|piece| piece.map(Frame::data)))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.source {
            Source::Empty => true,
            Source::Whole(bytes) => bytes.is_empty(),
            Source::Service(exchange) | Source::Witnessed(exchange, _) => exchange.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.source {
            Source::Empty => SizeHint::with_exact(0),
            Source::Whole(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Source::Service(exchange) | Source::Witnessed(exchange, _) => {
                exchange.length().map_or_else(SizeHint::default, SizeHint::with_exact)
            }
        }
    }
}

/// Whoever reads a body of known length may stop before it is told that there is no more.
pub(super) fn see(witness: &mut Witness, piece: Option<&Result<Bytes, BodyError>>, is_end: bool) {
    match piece {
        Some(Ok(piece)) => {
            witness.take(piece);
            if is_end {
                witness.end();
            }
        }
        Some(Err(_)) => witness.broken_off(),
        None => witness.end(),
    }
}
