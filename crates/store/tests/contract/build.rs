//! Short ways to say a batch.
//!
//! Invariant: a batch built here is legal. Deliberately not here: expectations.

use tidegate_domain::id::{RolloutId, StreamId};
use tidegate_domain::moment::{Moment, Steady};
use tidegate_ports::{Batch, Lease, NewEvent, Notice, Receipt, Row, Sample, StreamAppend, Wake};

pub fn rollout(number: u64) -> StreamId {
    StreamId::Rollout(RolloutId::from_bits(number))
}

pub fn at(steady_ms: u64) -> Moment {
    Moment { wall_ms: 1_700_000_000_000 + steady_ms, steady: Steady(steady_ms) }
}

pub fn event(body: &str) -> NewEvent {
    NewEvent { kind: "step_entered".to_owned(), body: body.to_owned() }
}

pub fn batch(steady_ms: u64) -> Batch {
    Batch { at: at(steady_ms), actor: "ada".to_owned(), ..Batch::default() }
}

/// One event on one stream.
pub fn append(stream: &StreamId, expected_version: u64) -> Batch {
    Batch { appends: vec![one(stream, expected_version)], ..batch(5) }
}

pub fn one(stream: &StreamId, expected_version: u64) -> StreamAppend {
    let events = vec![event(&format!("{{\"after\":{expected_version}}}"))];
    StreamAppend { stream: stream.clone(), expected_version, events }
}

pub fn wake(stream: &StreamId, at_ms: Option<u64>) -> Batch {
    Batch { wakes: vec![Wake { stream: stream.clone(), at: at_ms.map(Steady) }], ..batch(5) }
}

pub fn leased(lease: &Lease, batch: Batch) -> Batch {
    Batch { lease: Some(lease.clone()), ..batch }
}

pub fn row(kind: &str, id: &str, scope: &str, state: &str) -> Row {
    let text = |text: &str| text.to_owned();
    Row {
        kind: text(kind),
        id: text(id),
        scope: text(scope),
        state: text(state),
        body: format!("{{\"id\":\"{id}\"}}"),
    }
}

pub fn receipt(key: &str) -> Receipt {
    Receipt {
        key: key.to_owned(),
        command_digest: format!("digest of {key}"),
        answer: format!("{{\"to\":\"{key}\"}}"),
    }
}

pub fn notice(id: &str) -> Notice {
    let text = |text: &str| text.to_owned();
    Notice { id: text(id), topic: text("rollout"), at: at(7), text: text("rolled back"), body: text("{}") }
}

pub fn sample(stream: &StreamId, number: u64) -> Sample {
    Sample { stream: stream.clone(), at: at(number), body: format!("{{\"n\":{number}}}") }
}
