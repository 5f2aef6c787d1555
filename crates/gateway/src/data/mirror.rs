//! Sending a copy of a request to another version and throwing the answer away.
//!
//! Invariant: the user's request never waits for its copy: a copy that finds no room is dropped and
//! counted, and what becomes of it shows only in the mirror's counters.
//! Not here: comparing the two answers (`compare`), or the two versions (the control plane does, from the counters).

use super::body::see;
use super::compare::{Witness, witnesses};
use super::forward::forward;
use super::select::is_mirrored;
use crate::client::ClientState;
use crate::table::Mirror;
use crate::ticket::{Kind, RouteRef, Ticket};
use crate::upstream::encode::{RequestFraming, RequestHead, request_head};
use crate::upstream::exchange::{Exchange, ExchangeParts};
use crate::upstream::send::{RequestBody, Tee};
use crate::worker::Worker;
use bytes::{Bytes, BytesMut};
use http::Method;
use std::future::poll_fn;
use std::rc::Rc;

/// Of a mirrored answer this much is read; the rest is not worth the transfer.
const ANSWER_BYTES_MAX: usize = 1024 * 1024;

/// A copy that is ready to be sent but for its body.
struct Pending {
    worker: Rc<Worker>,
    route: RouteRef,
    version: usize,
    method: Method,
    head: BytesMut,
    framing: RequestFraming,
    witness: Option<Witness>,
}

/// Starts a copy if this request is among the share, or arranges that it starts when the body is whole. Answers whoever
/// is to look at the request's own answer, where the two are compared.
pub(crate) fn mirror(
    client: &Rc<ClientState>,
    route: &RouteRef,
    head: &RequestHead<'_>,
    live_version: usize,
    body: &mut RequestBody,
) -> Option<Witness> {
    let (mirror, version) = (route.route.mirror.as_ref()?, route.mirror?);
    let wanted = mirror.all_methods || matches!(*head.method, Method::GET | Method::HEAD | Method::OPTIONS);
    if version == live_version
        || !wanted
        || head.upgrade.is_some()
        || !is_mirrored(route, mirror.share.basis_points())
    {
        return None;
    }
    if !has_room(route, version, mirror, &client.worker) {
        route.versions[version].meter.mirror(client.worker.index).dropped();
        return None;
    }
    let pair = mirror.compare_body.then(|| witnesses(route, version, client.worker.index));
    let (live, copy) = pair.unzip();
    let mut pending = Pending {
        worker: Rc::clone(&client.worker),
        route: route.clone(),
        version,
        method: head.method.clone(),
        head: client.worker.spare_buffer(),
        framing: head.framing,
        witness: copy,
    };
    request_head(&RequestHead { mirrored: true, ..*head }, &mut pending.head);
    if body.is_empty() {
        tokio::task::spawn_local(pending.run(RequestBody::Empty));
        return live;
    }
    let bytes_max = mirror.body_bytes_max as usize;
    let outcome = move |whole: Option<Bytes>| match whole {
        Some(bytes) => {
            tokio::task::spawn_local(pending.run(RequestBody::Whole(bytes)));
        }
        None => pending.route.versions[version].meter.mirror(pending.worker.index).dropped(),
    };
    body.tee(Tee { copy: BytesMut::new(), bytes_max, outcome: Box::new(outcome) });
    live
}

/// Each worker has its part of the room, so that no count is shared between threads.
fn has_room(route: &RouteRef, version: usize, mirror: &Mirror, worker: &Worker) -> bool {
    let own_max = (mirror.concurrency_max as usize).div_ceil(worker.workers);
    route.versions[version].meter.mirror(worker.index).in_flight() < own_max
}

impl Pending {
    async fn run(self, body: RequestBody) {
        let mut witness = self.witness;
        let mut exchange = Exchange::new(ExchangeParts {
            method: self.method,
            head: self.head,
            framing: self.framing,
            body,
            upgrading: false,
            deadline: self.worker.deadline(),
            ticket: Ticket::new(self.route, self.version, &self.worker, Kind::Mirror),
        });
        match forward(&mut exchange).await {
            Ok(response) => {
                exchange.ticket.answered(response.status.as_u16());
                if let Some(witness) = &mut witness {
                    witness.begin(response.status.as_u16(), &response.headers);
                }
                throw_away(&mut exchange, witness).await;
            }
            Err(_) => exchange.ticket.answered(502),
        }
    }
}

async fn throw_away(exchange: &mut Exchange, mut witness: Option<Witness>) {
    let mut left = ANSWER_BYTES_MAX;
    loop {
        let piece = poll_fn(|cx| exchange.poll_body(cx)).await;
        if let Some(witness) = &mut witness {
            see(witness, piece.as_ref(), exchange.is_end_stream());
        }
        let Some(Ok(piece)) = piece else { return };
        left = left.saturating_sub(piece.len());
        if left == 0 {
            return;
        }
    }
}
