//! Taking a request to one version: which endpoint, and again where that is safe.
//!
//! Invariant: a request is never sent to another version than the one chosen, or a failing version would
//! look healthy; it is sent again only when nothing of it can have had an effect (no connection was made,
//! or it is idempotent, without a body sent, and not a byte came back).
//! Not here: choosing the version (`select`).

use crate::endpoint::Endpoint;
use crate::ticket::Ticket;
use crate::upstream::exchange::{Connecting, Exchange, ExchangeError};
use crate::upstream::parse::ResponseHead;
use std::sync::Arc;

/// Kept connections that turn out closed before a new one is made: one, then the next is fresh.
const STALE_MAX: u8 = 1;

pub(crate) async fn forward(exchange: &mut Exchange) -> Result<ResponseHead, ExchangeError> {
    let mut retries_left = exchange.ticket.route().route.retries.retries_max;
    let mut stale = 0;
    loop {
        let endpoint = pick(&exchange.ticket).ok_or(ExchangeError::Refused)?;
        let connecting = Connecting {
            address: endpoint.address,
            fresh: stale >= STALE_MAX || exchange.upgrading(),
            certain: !exchange.is_repeatable(),
        };
        let error = match attempt(exchange, connecting, &endpoint).await {
            Ok(response) => return Ok(response),
            Err(error) => error,
        };
        if !exchange.may_repeat(error) {
            return Err(error);
        }
        if stale < STALE_MAX && exchange.was_stale(error) {
            stale += 1;
        } else if retries_left > 0 {
            retries_left -= 1;
            exchange.ticket.retried();
        } else {
            return Err(error);
        }
    }
}

async fn attempt(
    exchange: &mut Exchange,
    connecting: Connecting,
    endpoint: &Endpoint,
) -> Result<ResponseHead, ExchangeError> {
    let now_ms = exchange.ticket.worker().now_ms();
    match exchange.connect(connecting).await {
        Ok(()) => endpoint.connected(),
        Err(error) => {
            endpoint.refused(now_ms);
            return Err(error);
        }
    }
    exchange.request().await
}

/// The endpoint with the fewest exchanges of this worker, in turn among equals; those that refused lately
/// only when there is no other.
fn pick(ticket: &Ticket) -> Option<Arc<Endpoint>> {
    let endpoints = &ticket.version().endpoints;
    if let [only] = endpoints.as_slice() {
        return Some(Arc::clone(only));
    }
    let worker = ticket.worker();
    let now_ms = worker.now_ms();
    let turn = worker.turn.get().wrapping_add(1);
    worker.turn.set(turn);
    let count = endpoints.len().max(1);
    let in_turn = (0..count).filter_map(|offset| endpoints.get(turn.wrapping_add(offset) % count));
    in_turn
        .min_by_key(|endpoint| {
            (endpoint.is_paused(now_ms), worker.pool.endpoint(endpoint.address).open.get())
        })
        .map(Arc::clone)
}
