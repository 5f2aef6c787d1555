//! The journal's half of the contract: the log, rows, receipts, outbox, notes, samples.
//!
//! Invariant: each case starts from an empty store. Deliberately not here: leases (`agenda.rs`).

use std::sync::Arc;

use tidegate_domain::id::StreamId;
use tidegate_domain::moment::{Moment, Steady};
use tidegate_ports::{
    AppendError, Batch, EventsAfter, NewEvent, Note, Origin, Row, RowQuery, SamplesQuery, Store, StreamAppend,
};
use tidegate_store::audit::Chain;
use tidegate_store::{RECEIPT_KEPT_MS, SAMPLES_PER_STREAM_MAX};

use crate::Fixture;
use crate::build::{append, at, batch, event, notice, one, receipt, rollout, row, sample};

async fn all_events(store: &Arc<dyn Store>) -> Vec<tidegate_ports::Entry> {
    store.events(EventsAfter { limit: 1_000, ..EventsAfter::default() }).await.unwrap()
}

pub async fn events_come_back_as_they_were_written(fixture: impl Fixture) {
    let store = fixture.store();
    let stream = rollout(1);
    let body = "{\"note\":\"päron ✓ \\u0000 'quoted' \\\"\"}\u{0}end";
    let events = vec![event(body), NewEvent { kind: "held".to_owned(), body: String::new() }];
    let moment = Moment { wall_ms: 1_763_714_604_123, steady: Steady(98_765) };
    let appends = vec![StreamAppend { stream: stream.clone(), expected_version: 0, events }];
    let appended = store.append(Batch { appends, at: moment, ..batch(0) }).await.unwrap();
    assert_eq!(appended.position, 2);

    let found = store.load(&stream, 0).await.unwrap();
    assert_eq!(found.len(), 2);
    assert_eq!((found[0].position, found[0].version), (1, 1));
    assert_eq!((found[0].kind.as_str(), found[0].body.as_str()), ("step_entered", body));
    assert_eq!((found[0].actor.as_str(), found[0].at), ("ada", moment));
    assert_eq!((found[1].position, found[1].version, found[1].kind.as_str()), (2, 2, "held"));
    assert_eq!(store.load(&stream, 1).await.unwrap(), found[1..]);
    assert_eq!(store.load(&stream, 2).await.unwrap(), []);
    assert_eq!(store.load(&rollout(2), 0).await.unwrap(), []);
}

pub async fn a_writer_who_knows_too_little_is_refused_and_nothing_is_written(fixture: impl Fixture) {
    let store = fixture.store();
    let stream = rollout(1);
    store.append(append(&stream, 0)).await.unwrap();
    for expected_version in [0, 2, 7] {
        let rival = Batch {
            rows: vec![row("rollout", "r", "", "wrong")],
            outbox: vec![notice("wrong")],
            receipt: Some(receipt("wrong")),
            notes: vec![Note { stream: stream.clone(), name: "n".to_owned(), body: Some(vec![1]) }],
            samples: vec![sample(&stream, 1)],
            ..append(&stream, expected_version)
        };
        let refused = store.append(rival).await.unwrap_err();
        assert!(
            matches!(refused, AppendError::Conflict { stream: found } if found == stream),
            "{expected_version}"
        );
    }
    assert_eq!(all_events(&store).await.len(), 1);
    assert_eq!(store.row("rollout", "r").await.unwrap(), None);
    assert_eq!(store.unsent(10).await.unwrap(), []);
    assert_eq!(store.receipt("wrong").await.unwrap(), None);
    assert_eq!(store.note(&stream, "n").await.unwrap(), None);
    assert_eq!(store.samples(SamplesQuery::newest(stream.clone(), 10)).await.unwrap(), []);
    assert_eq!(fixture.audit().await.chain, Chain::Ok);
}

pub async fn several_streams_move_together_or_not_at_all(fixture: impl Fixture) {
    let store = fixture.store();
    let (left, right) = (rollout(1), rollout(2));
    store.append(append(&right, 0)).await.unwrap();
    let stale = Batch { appends: vec![one(&left, 0), one(&right, 0)], ..batch(6) };
    let refused = store.append(stale).await.unwrap_err();
    assert!(matches!(refused, AppendError::Conflict { stream } if stream == right));
    assert_eq!(store.load(&left, 0).await.unwrap(), []);

    let good = Batch { appends: vec![one(&left, 0), one(&right, 1), one(&left, 1)], ..batch(6) };
    assert_eq!(store.append(good).await.unwrap().position, 4);
    let order: Vec<(StreamId, u64)> =
        all_events(&store).await.into_iter().map(|entry| (entry.stream, entry.version)).collect();
    assert_eq!(order, [(right.clone(), 1), (left.clone(), 1), (right, 2), (left, 2)]);
}

pub async fn a_stream_can_be_guarded_without_writing_to_it(fixture: impl Fixture) {
    let store = fixture.store();
    let (guarded, written) = (rollout(1), rollout(2));
    store.append(append(&guarded, 0)).await.unwrap();
    let guard =
        |version| StreamAppend { stream: guarded.clone(), expected_version: version, events: Vec::new() };
    let stale = Batch { appends: vec![guard(0), one(&written, 0)], ..batch(6) };
    assert!(matches!(store.append(stale).await, Err(AppendError::Conflict { .. })));
    let good = Batch { appends: vec![guard(1), one(&written, 0)], ..batch(6) };
    assert_eq!(store.append(good).await.unwrap().position, 2);
}

pub async fn positions_have_no_gaps_and_events_page_by_them(fixture: impl Fixture) {
    let store = fixture.store();
    for number in 0..30 {
        store.append(append(&rollout(number % 3), number / 3)).await.unwrap();
        // A refused one in between must not use a position up.
        assert!(store.append(append(&rollout(number % 3), 99)).await.is_err());
    }
    let mut paged = Vec::new();
    loop {
        let position = paged.last().map_or(0, |entry: &tidegate_ports::Entry| entry.position);
        let page = store.events(EventsAfter { position, stream: None, limit: 7 }).await.unwrap();
        assert!(page.len() <= 7);
        if page.is_empty() {
            break;
        }
        paged.extend(page);
    }
    let positions: Vec<u64> = paged.iter().map(|entry| entry.position).collect();
    assert_eq!(positions, (1..=30).collect::<Vec<u64>>());

    let of_one = EventsAfter { position: 4, stream: Some(rollout(0)), limit: 3 };
    let positions: Vec<u64> =
        store.events(of_one).await.unwrap().iter().map(|entry| entry.position).collect();
    assert_eq!(positions, [7, 10, 13]);
    let none = EventsAfter { limit: 0, ..EventsAfter::default() };
    assert_eq!(store.events(none).await.unwrap(), []);
}

pub async fn the_same_key_is_answered_with_its_receipt(fixture: impl Fixture) {
    let store = fixture.store();
    let stream = rollout(1);
    let first = Batch { receipt: Some(receipt("k1")), ..append(&stream, 0) };
    store.append(first.clone()).await.unwrap();
    assert_eq!(store.receipt("k1").await.unwrap(), Some(receipt("k1")));
    assert_eq!(store.receipt("k2").await.unwrap(), None);
    // The repeat would also be a conflict: the receipt is looked at first.
    let mut repeat = first;
    repeat.receipt =
        repeat.receipt.map(|kept| tidegate_ports::Receipt { command_digest: "other".to_owned(), ..kept });
    let refused = store.append(repeat).await.unwrap_err();
    assert!(matches!(refused, AppendError::Answered(kept) if kept == receipt("k1")));
    assert_eq!(store.load(&stream, 0).await.unwrap().len(), 1);
}

pub async fn receipts_are_forgotten_after_a_week(fixture: impl Fixture) {
    let store = fixture.store();
    let write = |key: &'static str, steady_ms| Batch { receipt: Some(receipt(key)), ..batch(steady_ms) };
    store.append(write("old", 1_000)).await.unwrap();
    store.append(write("young", 1_001)).await.unwrap();
    store.append(batch(1_000 + RECEIPT_KEPT_MS)).await.unwrap();
    assert_eq!(store.receipt("old").await.unwrap(), None);
    assert_eq!(store.receipt("young").await.unwrap(), Some(receipt("young")));
    store.append(write("old", 2_000 + RECEIPT_KEPT_MS)).await.unwrap();
}

fn query(kind: &str, limit: u32) -> RowQuery {
    RowQuery { kind: kind.to_owned(), limit, ..RowQuery::default() }
}

async fn ids(store: &Arc<dyn Store>, query: RowQuery) -> Vec<(u64, String)> {
    store.rows(query).await.unwrap().into_iter().map(|(position, row)| (position, row.id)).collect()
}

fn changed(position: u64, id: &str) -> (u64, String) {
    (position, id.to_owned())
}

pub async fn rows_are_replaced_filtered_and_paged_newest_first(fixture: impl Fixture) {
    let store = fixture.store();
    let stream = rollout(1);
    let writes = [
        row("rollout", "a", "production", "advancing"),
        row("rollout", "b", "staging", "advancing"),
        row("release", "a", "", "new"),
        row("rollout", "c", "production", "done"),
        row("rollout", "a", "production", "done"),
    ];
    for (row, version) in writes.into_iter().zip(0..) {
        store.append(Batch { rows: vec![row], ..append(&stream, version) }).await.unwrap();
    }
    let newest_first = [changed(5, "a"), changed(4, "c"), changed(2, "b")];
    assert_eq!(ids(&store, query("rollout", 10)).await, newest_first);
    assert_eq!(ids(&store, query("rollout", 2)).await, newest_first[..2]);
    let rest = RowQuery { before: Some(4), ..query("rollout", 2) };
    assert_eq!(ids(&store, rest).await, newest_first[2..]);
    let production = RowQuery { scope: Some("production".to_owned()), ..query("rollout", 10) };
    assert_eq!(ids(&store, production.clone()).await, newest_first[..2]);
    let advancing = RowQuery { state: Some("advancing".to_owned()), ..query("rollout", 10) };
    assert_eq!(ids(&store, advancing).await, [changed(2, "b")]);
    let neither = RowQuery { state: Some("advancing".to_owned()), ..production };
    assert_eq!(ids(&store, neither).await, []);
    assert_eq!(ids(&store, query("nothing", 10)).await, []);
    assert_eq!(ids(&store, query("rollout", 0)).await, []);
    let found = store.row("rollout", "a").await.unwrap();
    assert_eq!(found, Some(row("rollout", "a", "production", "done")));
    assert_eq!(store.row("rollout", "z").await.unwrap(), None);
}

pub async fn rows_that_changed_together_stay_on_one_page(fixture: impl Fixture) {
    let store = fixture.store();
    let together = |ids: &[&str]| -> Vec<Row> { ids.iter().map(|id| row("slot", id, "", "x")).collect() };
    store.append(Batch { rows: together(&["a", "b"]), ..append(&rollout(1), 0) }).await.unwrap();
    store.append(Batch { rows: together(&["c", "d", "e"]), ..append(&rollout(1), 1) }).await.unwrap();
    let first = ids(&store, query("slot", 2)).await;
    assert_eq!(first, [changed(2, "c"), changed(2, "d"), changed(2, "e")]);
    let second = ids(&store, RowQuery { before: Some(2), ..query("slot", 2) }).await;
    assert_eq!(second, [changed(1, "a"), changed(1, "b")]);
}

pub async fn a_notice_is_told_once(fixture: impl Fixture) {
    let store = fixture.store();
    let outbox = vec![notice("n1"), notice("n2"), notice("n1")];
    store.append(Batch { outbox, ..batch(5) }).await.unwrap();
    assert_eq!(store.unsent(10).await.unwrap(), [notice("n1"), notice("n2")]);
    assert_eq!(store.unsent(1).await.unwrap(), [notice("n1")]);
    store.sent("n1").await.unwrap();
    store.sent("n1").await.unwrap();
    store.sent("unknown").await.unwrap();
    let again = vec![notice("n1"), notice("n3")];
    store.append(Batch { outbox: again, ..batch(6) }).await.unwrap();
    assert_eq!(store.unsent(10).await.unwrap(), [notice("n2"), notice("n3")]);
    let fixture = fixture.restart_without(store);
    assert_eq!(fixture.store().unsent(10).await.unwrap(), [notice("n2"), notice("n3")]);
}

pub async fn notes_are_replaced_and_forgotten(fixture: impl Fixture) {
    let store = fixture.store();
    let stream = rollout(1);
    let write = |body: Option<Vec<u8>>| {
        let note = |name: &str, body| Note { stream: stream.clone(), name: name.to_owned(), body };
        Batch { notes: vec![note("analysis", body), note("other", Some(vec![9]))], ..batch(5) }
    };
    for body in [Some(vec![0, 1, 255]), Some(Vec::new()), None] {
        store.append(write(body.clone())).await.unwrap();
        assert_eq!(store.note(&stream, "analysis").await.unwrap(), body);
    }
    assert_eq!(store.note(&stream, "other").await.unwrap(), Some(vec![9]));
    assert_eq!(store.note(&rollout(2), "other").await.unwrap(), None);
}

pub async fn the_newest_samples_are_kept(fixture: impl Fixture) {
    let store = fixture.store();
    let (full, other) = (rollout(1), rollout(2));
    store.append(Batch { samples: vec![sample(&other, 1)], ..batch(5) }).await.unwrap();
    let total = SAMPLES_PER_STREAM_MAX + 10;
    for chunk in (1..=total).collect::<Vec<u64>>().chunks(500) {
        let samples = chunk.iter().map(|number| sample(&full, *number)).collect();
        store.append(Batch { samples, ..batch(5) }).await.unwrap();
    }
    let newest = store.samples(SamplesQuery::newest(full.clone(), 3)).await.unwrap();
    assert_eq!(newest, [sample(&full, total - 2), sample(&full, total - 1), sample(&full, total)]);
    let kept = store.samples(SamplesQuery::newest(full.clone(), u32::MAX)).await.unwrap();
    assert_eq!(kept.len() as u64, SAMPLES_PER_STREAM_MAX);
    assert_eq!(kept[0], sample(&full, 11));
    assert_eq!(store.samples(SamplesQuery::newest(other.clone(), 10)).await.unwrap(), [sample(&other, 1)]);
}

pub async fn samples_after_a_time_come_oldest_first(fixture: impl Fixture) {
    let store = fixture.store();
    let (stream, other) = (rollout(1), rollout(2));
    let samples = (1..=6).map(|number| sample(&stream, number)).collect();
    store.append(Batch { samples, ..batch(5) }).await.unwrap();
    store.append(Batch { samples: vec![sample(&other, 9)], ..batch(5) }).await.unwrap();
    let at = |number: u64| sample(&stream, number).at.wall_ms;
    for (after_ms, limit, expect) in [
        (at(3), 9, vec![4, 5, 6]),
        (at(3), 2, vec![4, 5]),
        (at(1) - 1, 2, vec![1, 2]),
        (0, 100, vec![1, 2, 3, 4, 5, 6]),
        (at(6), 9, Vec::new()),
        (u64::MAX, 9, Vec::new()),
        (0, 0, Vec::new()),
    ] {
        let query = SamplesQuery { stream: stream.clone(), after_ms: Some(after_ms), limit };
        let expect: Vec<_> = expect.into_iter().map(|number| sample(&stream, number)).collect();
        assert_eq!(store.samples(query).await.unwrap(), expect, "after {after_ms}, {limit}");
    }
}

pub async fn everything_survives_a_restart(fixture: impl Fixture) {
    let store = fixture.store();
    let stream = rollout(1);
    let whole = Batch {
        rows: vec![row("rollout", "a", "production", "advancing")],
        wakes: vec![tidegate_ports::Wake { stream: stream.clone(), at: Some(Steady(700)) }],
        outbox: vec![notice("n")],
        receipt: Some(receipt("k")),
        notes: vec![Note { stream: stream.clone(), name: "n".to_owned(), body: Some(vec![1, 2]) }],
        samples: vec![sample(&stream, 3)],
        ..append(&stream, 0)
    };
    store.append(whole).await.unwrap();
    let events = all_events(&store).await;
    let head = fixture.audit().await.head;

    let fixture = fixture.restart_without(store);
    let store = fixture.store();
    assert_eq!(all_events(&store).await, events);
    assert_eq!(
        store.row("rollout", "a").await.unwrap(),
        Some(row("rollout", "a", "production", "advancing"))
    );
    assert_eq!(store.next_due().await.unwrap(), Some(Steady(700)));
    assert_eq!(store.unsent(10).await.unwrap(), [notice("n")]);
    assert_eq!(store.receipt("k").await.unwrap(), Some(receipt("k")));
    assert_eq!(store.note(&stream, "n").await.unwrap(), Some(vec![1, 2]));
    assert_eq!(store.samples(SamplesQuery::newest(stream.clone(), 10)).await.unwrap(), [sample(&stream, 3)]);
    assert_eq!(fixture.audit().await.head, head);
    assert_eq!(store.append(append(&stream, 1)).await.unwrap().position, 2);
    assert_eq!(fixture.audit().await.chain, Chain::Ok);
}

pub async fn a_batch_too_large_is_refused(fixture: impl Fixture) {
    let store = fixture.store();
    let events = vec![event("{}"); 1_001];
    let appends = vec![StreamAppend { stream: rollout(1), expected_version: 0, events }];
    let refused = store.append(Batch { appends, ..batch(5) }).await.unwrap_err();
    assert!(matches!(refused, AppendError::Fault(fault) if fault.code == "batch-too-large"));
    assert_eq!(all_events(&store).await, []);
}

pub async fn the_audit_tree_covers_every_event(fixture: impl Fixture) {
    let store = fixture.store();
    let empty = fixture.audit().await;
    assert_eq!((empty.events, empty.chain), (0, Chain::Ok));
    for version in 0..9 {
        let batch = Batch { at: at(version), ..append(&rollout(1), version) };
        store.append(batch).await.unwrap();
    }
    let audit = fixture.audit().await;
    assert_eq!((audit.events, &audit.chain), (9, &Chain::Ok));
    // The same history gives the same head in every store, for ever.
    let mut heads = include_str!("nine_events.head").lines();
    assert_eq!(Some(audit.head_hex().as_str()), heads.next());
    let origin = Some(Origin { text: "127.0.0.1 cli".to_owned(), salt: [7; 16] });
    store.append(Batch { origin, ..append(&rollout(1), 9) }).await.unwrap();
    let told: Vec<_> = all_events(&store).await.into_iter().map(|entry| entry.origin).collect();
    assert_eq!((&told[8], told[9].as_deref()), (&None, Some("127.0.0.1 cli")));
    assert_eq!(Some(fixture.audit().await.head_hex().as_str()), heads.next());
}
