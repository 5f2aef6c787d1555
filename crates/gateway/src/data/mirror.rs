//! Sending a copy of a request to another version and throwing the answer away.
//!
//! Invariant: the user's request never waits for its copy: a copy that finds no room is dropped and
//! counted, and what becomes of it shows only in the mirror's counters.
//! Not here: comparing the two versions (the control plane does, from the counters).

use super::forward::forward;
use super::select::is_mirrored;
use crate::client::ClientState;
use crate::table::Mirror;
use crate::ticket::{Kind, RouteRef, Ticket};
use crate::upstream::encode::{Forwarded, RequestFraming, RequestHead};
use crate::upstream::exchange::{Exchange, ExchangeParts};
use crate::upstream::send::{RequestBody, Tee};
use crate::worker::Worker;
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Method};
use std::future::poll_fn;
use std::rc::Rc;

/// Of a mirrored answer this much is read; the rest is not worth the transfer.
const ANSWER_BYTES_MAX: usize = 1024 * 1024;

/// What a copy is made of, owned because it outlives the request.
struct Kept {
    method: Method,
    target: String,
    host: Vec<u8>,
    headers: HeaderMap,
    client: String,
}

/// Starts a copy if this request is among the share, or arranges that it starts when the body is whole.
pub(crate) fn mirror(
    client: &Rc<ClientState>,
    route: &RouteRef,
    head: &RequestHead<'_>,
    live_version: usize,
    body: &mut RequestBody,
) {
    let (Some(mirror), Some(version)) = (&route.route.mirror, route.mirror) else { return };
    let wanted = mirror.all_methods || matches!(*head.method, Method::GET | Method::HEAD | Method::OPTIONS);
    if version == live_version
        || !wanted
        || head.upgrade.is_some()
        || !is_mirrored(route, mirror.share.basis_points())
    {
        return;
    }
    if !has_room(route, version, mirror, &client.worker) {
        route.versions[version].meter.mirror(client.worker.index).dropped();
        return;
    }
    let copy = Kept {
        method: head.method.clone(),
        target: head.target.to_owned(),
        host: head.host.to_vec(),
        headers: head.headers.clone(),
        client: client.address.clone(),
    };
    let (worker, route) = (Rc::clone(&client.worker), route.clone());
    if body.is_empty() {
        tokio::task::spawn_local(run(copy, worker, (route, version), RequestBody::Empty));
        return;
    }
    let bytes_max = mirror.body_bytes_max as usize;
    body.tee(Tee {
        copy: BytesMut::new(),
        bytes_max,
        outcome: Box::new(move |whole: Option<Bytes>| match whole {
            Some(bytes) => {
                tokio::task::spawn_local(run(copy, worker, (route, version), RequestBody::Whole(bytes)));
            }
            None => route.versions[version].meter.mirror(worker.index).dropped(),
        }),
    });
}

/// Each worker has its part of the room, so that no count is shared between threads.
fn has_room(route: &RouteRef, version: usize, mirror: &Mirror, worker: &Worker) -> bool {
    let own_max = (mirror.concurrency_max as usize).div_ceil(worker.workers);
    route.versions[version].meter.mirror(worker.index).in_flight() < own_max
}

async fn run(copy: Kept, worker: Rc<Worker>, (route, version): (RouteRef, usize), body: RequestBody) {
    let trusted = route.route.trust_forwarded;
    let ticket = Ticket::new(route, version, &worker, Kind::Mirror);
    let mut exchange = Exchange::new(ExchangeParts {
        method: copy.method.clone(),
        body,
        explicit_zero: false,
        upgrading: false,
        deadline: worker.deadline(),
        ticket,
    });
    let mut head = RequestHead {
        method: &copy.method,
        target: &copy.target,
        host: &copy.host,
        headers: &copy.headers,
        framing: RequestFraming::None,
        forwarded: Forwarded { client: &copy.client, trusted },
        upgrade: None,
        mirrored: true,
    };
    match forward(&mut exchange, &mut head).await {
        Ok(response) => {
            exchange.ticket.answered(response.status.as_u16());
            let mut left = ANSWER_BYTES_MAX;
            while let Some(Ok(piece)) = poll_fn(|cx| exchange.poll_body(cx)).await {
                left = left.saturating_sub(piece.len());
                if left == 0 {
                    break;
                }
            }
        }
        Err(_) => exchange.ticket.answered(502),
    }
}
