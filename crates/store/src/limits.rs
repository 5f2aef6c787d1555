//! How much a store takes and keeps.
//!
//! Invariant: both stores refuse the same batches and forget the same things. Deliberately not here: the limit of
//! events a rollout (the engine's).

use tidegate_ports::{Batch, Fault};

/// How long a lease lasts from its claim or renewal.
pub const LEASE_MS: u64 = 15_000;
/// How long an answer is kept under its idempotency key.
pub const RECEIPT_KEPT_MS: u64 = 7 * 24 * 3600 * 1000;
/// How long a notice that was sent is remembered, so that it is not sent again.
pub(crate) const NOTICE_KEPT_MS: u64 = 30 * 24 * 3600 * 1000;
/// How often old receipts and notices are looked for.
pub(crate) const PRUNE_EVERY_MS: u64 = 60_000;
/// The newest samples of a stream that are kept.
pub const SAMPLES_PER_STREAM_MAX: u64 = 5_000;
/// The most that one read answers, whatever was asked.
pub const PAGE_MAX: u32 = 10_000;

const EVENTS_PER_BATCH_MAX: usize = 1_000;
const ITEMS_PER_BATCH_MAX: usize = 10_000;
const BODY_BYTES_MAX: usize = 4 << 20;
const BATCH_BYTES_MAX: usize = 32 << 20;

/// A batch above these limits is a mistake of the writer: writing it would make every later read slow.
pub(crate) fn check_size(batch: &Batch) -> Result<(), Fault> {
    let events: usize = batch.appends.iter().map(|append| append.events.len()).sum();
    let items =
        batch.rows.len() + batch.wakes.len() + batch.outbox.len() + batch.notes.len() + batch.samples.len();
    let bytes = || body_bytes(batch);
    let total: usize = bytes().sum();
    let largest = bytes().max().unwrap_or(0);
    let within = events <= EVENTS_PER_BATCH_MAX
        && items + batch.appends.len() <= ITEMS_PER_BATCH_MAX
        && largest <= BODY_BYTES_MAX
        && total <= BATCH_BYTES_MAX;
    if within {
        return Ok(());
    }
    Err(Fault::hold(
        "batch-too-large",
        format!("one change holds {events} events, {items} other items and {total} bytes (largest {largest})"),
    )
    .with_help(format!(
        "the store takes at most {EVENTS_PER_BATCH_MAX} events, {ITEMS_PER_BATCH_MAX} items and {BATCH_BYTES_MAX} \
         bytes at once, {BODY_BYTES_MAX} in one body; split the change"
    )))
}

fn body_bytes(batch: &Batch) -> impl Iterator<Item = usize> + '_ {
    let events = batch.appends.iter().flat_map(|append| &append.events);
    events
        .map(|event| event.kind.len() + event.body.len())
        .chain(batch.rows.iter().map(|row| row.body.len() + row.id.len()))
        .chain(batch.outbox.iter().map(|notice| notice.text.len() + notice.body.len()))
        .chain(batch.notes.iter().filter_map(|note| note.body.as_ref().map(Vec::len)))
        .chain(batch.samples.iter().map(|sample| sample.body.len()))
        .chain(batch.receipt.iter().map(|receipt| receipt.answer.len()))
        .chain([batch.actor.len() + batch.origin.as_ref().map_or(0, |origin| origin.text.len())])
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidegate_domain::id::StreamId;
    use tidegate_ports::{NewEvent, StreamAppend};

    fn with_events(count: usize, body_bytes: usize) -> Batch {
        let event = NewEvent { kind: "k".to_owned(), body: "x".repeat(body_bytes) };
        let events = vec![event; count];
        let append = StreamAppend { stream: StreamId::Catalog, expected_version: 0, events };
        Batch { appends: vec![append], ..Batch::default() }
    }

    #[test]
    fn a_batch_at_the_limit_passes_and_one_above_is_refused() {
        assert!(check_size(&with_events(EVENTS_PER_BATCH_MAX, 10)).is_ok());
        assert_eq!(
            check_size(&with_events(EVENTS_PER_BATCH_MAX + 1, 10)).unwrap_err().code,
            "batch-too-large"
        );
        assert!(check_size(&with_events(1, BODY_BYTES_MAX + 1)).is_err());
        assert!(check_size(&with_events(9, BODY_BYTES_MAX - 1)).is_err());
    }
}
