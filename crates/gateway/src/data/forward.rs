//! Taking a request to one version: which endpoint, and again where that is safe.
//!
//! Invariant: a request is never sent to another version than the one chosen, or a failing version would
//! look healthy; it is sent again only when nothing of it can have had an effect (no connection was made,
//! or it is idempotent, without a body sent, and not a byte came back). Once the request has waited for anything,
//! it begins at no endpoint that the table in force does not name: that one may be about to stop.
//! Not here: choosing the version (`select`).

use crate::endpoint::Endpoint;
use crate::ticket::{Kind, Ticket};
use crate::upstream::exchange::{Connecting, Exchange, ExchangeError};
use crate::upstream::parse::ResponseHead;

/// Kept connections that turn out closed before a new one is made: one, then the next is fresh.
const STALE_MAX: u8 = 1;

pub(crate) async fn forward(exchange: &mut Exchange) -> Result<ResponseHead, ExchangeError> {
    let mut retries_left = exchange.ticket.route().route.retries.retries_max;
    let mut stale = 0;
    // A copy may have waited for its body since its route was chosen.
    let mut waited = exchange.ticket.kind() == Kind::Mirror;
    loop {
        let endpoint = pick(&exchange.ticket, waited).ok_or(ExchangeError::Refused)?;
        waited = true;
        let connecting = Connecting {
            endpoint,
            fresh: stale >= STALE_MAX || exchange.upgrading(),
            certain: !exchange.is_repeatable(),
        };
        let error = match attempt(exchange, connecting).await {
            Ok(response) => return Ok(response),
            Err(error) => error,
        };
        let was_stale = stale < STALE_MAX && exchange.was_stale(error);
        if error.is_of_service() && !was_stale {
            exchange.ticket.attempt_failed();
        }
        if !exchange.may_repeat(error) {
            return Err(error);
        }
        if was_stale {
            stale += 1;
        } else if retries_left > 0 {
            retries_left -= 1;
            exchange.ticket.retried();
        } else {
            return Err(error);
        }
    }
}

async fn attempt(exchange: &mut Exchange, connecting: Connecting) -> Result<ResponseHead, ExchangeError> {
    let now_ms = exchange.ticket.worker().now_ms();
    let connected = exchange.connect(connecting).await;
    let endpoint = &exchange.ticket.version().endpoints[connecting.endpoint].known;
    match connected {
        Ok(()) => endpoint.connected(),
        Err(error) => {
            endpoint.refused(now_ms);
            return Err(error);
        }
    }
    exchange.request().await
}

/// The endpoint with the fewest exchanges of this worker, in turn among equals; those that refused lately
/// only when there is no other, and those that no table names any more only when there is none but those.
fn pick(ticket: &Ticket, waited: bool) -> Option<usize> {
    let endpoints = &ticket.version().endpoints;
    if endpoints.len() <= 1 {
        return endpoints.first().map(|_| 0);
    }
    let worker = ticket.worker();
    let now_ms = worker.now_ms();
    let turn = worker.turn.get().wrapping_add(1);
    worker.turn.set(turn);
    let count = endpoints.len();
    let rank = |known: &Endpoint| {
        let leaves = waited && !worker.names(known.address);
        (leaves, known.is_paused(now_ms), worker.pool.endpoint(known.address).open.get())
    };
    let in_turn = (0..count).map(|offset| turn.wrapping_add(offset) % count);
    in_turn.min_by_key(|index| rank(&endpoints[*index].known))
}
