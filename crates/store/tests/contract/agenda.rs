//! The agenda's half of the contract: who drives what, and when.
//!
//! Invariant: time is an argument everywhere, so no case waits. Deliberately not here: races (`races.rs`).

use std::sync::Arc;

use tidegate_domain::id::StreamId;
use tidegate_domain::moment::Steady;
use tidegate_ports::{AppendError, Batch, Lease, Note, SamplesQuery, Store, Wake};
use tidegate_store::LEASE_MS;

use crate::Fixture;
use crate::build::{append, batch, leased, one, rollout, sample, wake};

async fn claim(store: &Arc<dyn Store>, holder: &str, now: u64) -> Vec<Lease> {
    store.claim(holder, Steady(now), 100).await.unwrap()
}

async fn claim_one(store: &Arc<dyn Store>, holder: &str, now: u64) -> Lease {
    let mut leases = claim(store, holder, now).await;
    assert_eq!(leases.len(), 1, "{leases:?}");
    leases.remove(0)
}

fn streams(leases: &[Lease]) -> Vec<StreamId> {
    leases.iter().map(|lease| lease.stream.clone()).collect()
}

async fn is_lost(store: &Arc<dyn Store>, lease: &Lease, batch: Batch) -> bool {
    match store.append(leased(lease, batch)).await {
        Err(AppendError::LeaseLost { stream }) => stream == lease.stream,
        Ok(_) => false,
        Err(other) => panic!("{other:?}"),
    }
}

pub async fn due_streams_are_claimed_most_overdue_first(fixture: impl Fixture) {
    let store = fixture.store();
    for (number, at_ms) in [(1, 300), (2, 100), (3, 200), (4, 101), (5, 9_000)] {
        store.append(wake(&rollout(number), Some(at_ms))).await.unwrap();
    }
    assert_eq!(claim(&store, "a", 99).await, []);
    assert_eq!(store.next_due().await.unwrap(), Some(Steady(100)));
    let first = store.claim("a", Steady(300), 2).await.unwrap();
    assert_eq!(streams(&first), [rollout(2), rollout(4)]);
    assert_eq!(first[0].holder, "a");
    assert_eq!(first[0].until, Steady(300 + LEASE_MS));
    assert_eq!(streams(&claim(&store, "b", 300).await), [rollout(3), rollout(1)]);
    assert_eq!(claim(&store, "b", 300).await, []);
    assert_eq!(store.claim("b", Steady(9_000), 0).await.unwrap(), []);
    assert_eq!(streams(&claim(&store, "b", 9_000).await), [rollout(5)]);
}

pub async fn a_held_stream_is_not_claimed_until_its_lease_ends(fixture: impl Fixture) {
    let store = fixture.store();
    store.append(wake(&rollout(1), Some(10))).await.unwrap();
    let first = claim_one(&store, "a", 10).await;
    assert_eq!(claim(&store, "b", first.until.0 - 1).await, []);
    assert_eq!(claim(&store, "a", first.until.0 - 1).await, []);
    let second = claim_one(&store, "b", first.until.0).await;
    assert!(second.fence > first.fence);
}

pub async fn a_renewed_lease_lasts_longer_and_keeps_its_fence(fixture: impl Fixture) {
    let store = fixture.store();
    store.append(wake(&rollout(1), Some(10))).await.unwrap();
    let first = claim_one(&store, "a", 10).await;
    let renewed = store.renew(&first, Steady(5_000)).await.unwrap().unwrap();
    assert_eq!(renewed, Lease { until: Steady(5_000 + LEASE_MS), ..first.clone() });
    assert_eq!(claim(&store, "b", first.until.0).await, []);
    // A late clock never shortens it.
    let late = store.renew(&renewed, Steady(1)).await.unwrap().unwrap();
    assert_eq!(late.until, renewed.until);
    // Past its end, but not yet anybody else's.
    let revived = store.renew(&renewed, Steady(90_000)).await.unwrap().unwrap();
    assert_eq!(revived.fence, first.fence);
    assert!(!is_lost(&store, &first, append(&rollout(1), 0)).await);
}

pub async fn a_stale_lease_can_neither_write_nor_renew_nor_release(fixture: impl Fixture) {
    let store = fixture.store();
    let stream = rollout(1);
    store.append(wake(&stream, Some(10))).await.unwrap();
    let stale = claim_one(&store, "a", 10).await;
    let newer = claim_one(&store, "b", stale.until.0).await;

    assert!(is_lost(&store, &stale, append(&stream, 0)).await);
    assert!(is_lost(&store, &stale, batch(6)).await);
    let forged = Lease { fence: newer.fence, ..stale.clone() };
    assert!(is_lost(&store, &forged, append(&stream, 0)).await);
    assert_eq!(store.renew(&stale, Steady(40_000)).await.unwrap(), None);
    store.release(&stale, 0, Some(Steady(1))).await.unwrap();
    assert_eq!(claim(&store, "c", newer.until.0 - 1).await, []);
    assert!(!is_lost(&store, &newer, append(&stream, 0)).await);

    store.release(&newer, 1, None).await.unwrap();
    assert!(is_lost(&store, &newer, append(&stream, 1)).await);
    assert_eq!(store.renew(&newer, Steady(40_000)).await.unwrap(), None);
    assert_eq!(store.load(&stream, 0).await.unwrap().len(), 1);
}

pub async fn a_lease_is_void_after_a_restart(fixture: impl Fixture) {
    let store = fixture.store();
    let stream = rollout(1);
    store.append(wake(&stream, Some(10))).await.unwrap();
    let old = claim_one(&store, "a", 10).await;
    let fixture = fixture.restart_without(store);
    let store = fixture.store();
    assert!(is_lost(&store, &old, append(&stream, 0)).await);
    assert_eq!(store.renew(&old, Steady(11)).await.unwrap(), None);
    store.release(&old, 0, None).await.unwrap();
    assert_eq!(store.next_due().await.unwrap(), Some(Steady(10)));
    let new = claim_one(&store, "a", 11).await;
    assert!(new.fence > old.fence);
    assert!(is_lost(&store, &old, append(&stream, 0)).await);
    assert!(!is_lost(&store, &new, append(&stream, 0)).await);
}

pub async fn fences_only_grow_also_over_restarts(fixture: impl Fixture) {
    let mut fixture = fixture;
    let mut newest = 0;
    for round in 0..4 {
        let store = fixture.store();
        for number in 0..3 {
            store.append(wake(&rollout(number), Some(10))).await.unwrap();
        }
        let leases = claim(&store, "a", 10 + round).await;
        assert_eq!(leases.len(), 3);
        for lease in leases {
            assert!(lease.fence > newest, "{lease:?} after {newest}");
            newest = lease.fence;
            // Nothing of the stream is left behind, and still the next fence is higher.
            store.release(&lease, 0, None).await.unwrap();
        }
        fixture = fixture.restart_without(store);
    }
}

pub async fn a_wake_up_during_a_hold_is_not_lost(fixture: impl Fixture) {
    let store = fixture.store();
    let stream = rollout(1);
    store.append(wake(&stream, Some(10))).await.unwrap();
    // Somebody calls while the stream is held, without writing to it.
    let lease = claim_one(&store, "a", 10).await;
    store.append(wake(&stream, Some(20))).await.unwrap();
    assert_eq!(claim(&store, "b", 20).await, []);
    store.release(&lease, 0, Some(Steady(60_000))).await.unwrap();
    assert_eq!(store.next_due().await.unwrap(), Some(Steady(20)));
    // The holder's own plan is replaced by its next one.
    let lease = claim_one(&store, "a", 20).await;
    store.append(leased(&lease, wake(&stream, Some(30)))).await.unwrap();
    store.release(&lease, 0, Some(Steady(50_000))).await.unwrap();
    assert_eq!(store.next_due().await.unwrap(), Some(Steady(50_000)));
    // A call counts once.
    let lease = claim_one(&store, "a", 50_000).await;
    store.release(&lease, 0, None).await.unwrap();
    assert_eq!(store.next_due().await.unwrap(), None);
}

pub async fn a_stream_that_moved_on_is_due_at_once(fixture: impl Fixture) {
    let store = fixture.store();
    let stream = rollout(1);
    store.append(Batch { wakes: wake(&stream, Some(10)).wakes, ..append(&stream, 0) }).await.unwrap();
    for next in [Some(Steady(60_000)), None] {
        let lease = claim_one(&store, "a", 10).await;
        // The holder has seen version 1; a person writes, and asks for no wake-up.
        let version = store.load(&stream, 0).await.unwrap().len() as u64;
        store.append(append(&stream, version)).await.unwrap();
        store.release(&lease, version, next).await.unwrap();
        assert!(store.next_due().await.unwrap().unwrap() <= Steady(10));
    }
    let lease = claim_one(&store, "a", 10).await;
    store.release(&lease, 3, Some(Steady(70_000))).await.unwrap();
    assert_eq!(store.next_due().await.unwrap(), Some(Steady(70_000)));
}

pub async fn another_stream_can_only_bring_a_wake_up_forward(fixture: impl Fixture) {
    let store = fixture.store();
    let (stream, other) = (rollout(1), rollout(2));
    let with_wake = |writes: &StreamId, version, at_ms: Option<u64>| Batch {
        appends: vec![one(writes, version)],
        wakes: vec![Wake { stream: stream.clone(), at: at_ms.map(Steady) }],
        ..batch(5)
    };
    store.append(with_wake(&stream, 0, Some(500))).await.unwrap();
    for (version, given, expect) in [(0, Some(900), 500), (1, None, 500), (2, Some(400), 400)] {
        store.append(with_wake(&other, version, given)).await.unwrap();
        assert_eq!(store.next_due().await.unwrap(), Some(Steady(expect)));
    }
    // Who writes to the stream itself has decided on its newest state.
    store.append(with_wake(&stream, 1, Some(900))).await.unwrap();
    assert_eq!(store.next_due().await.unwrap(), Some(Steady(900)));
    store.append(with_wake(&stream, 2, None)).await.unwrap();
    assert_eq!(store.next_due().await.unwrap(), None);
}

pub async fn a_finished_stream_is_never_due(fixture: impl Fixture) {
    let store = fixture.store();
    let stream = rollout(1);
    store.append(wake(&stream, Some(10))).await.unwrap();
    let lease = claim_one(&store, "a", 10).await;
    // It says that it is finished, and dies before it gives the stream back.
    store
        .append(leased(&lease, Batch { wakes: wake(&stream, None).wakes, ..append(&stream, 0) }))
        .await
        .unwrap();
    assert_eq!(claim(&store, "b", 10_000_000).await, []);
    let fixture = fixture.restart_without(store);
    let store = fixture.store();
    assert_eq!(claim(&store, "b", 10_000_000).await, []);
    assert_eq!(store.next_due().await.unwrap(), None);
}

pub async fn a_dead_holders_stream_is_due_again_also_when_called_meanwhile(fixture: impl Fixture) {
    let store = fixture.store();
    let stream = rollout(1);
    store.append(wake(&stream, Some(10))).await.unwrap();
    let dead = claim_one(&store, "a", 10).await;
    store.append(leased(&dead, wake(&stream, Some(90_000)))).await.unwrap();
    store.append(wake(&stream, Some(50_000))).await.unwrap();
    // Called for 50 s; the dead holder had planned 90 s.
    assert_eq!(claim(&store, "b", 49_999).await, []);
    let fixture = fixture.restart_without(store);
    let store = fixture.store();
    assert_eq!(claim(&store, "b", 49_999).await, []);
    claim_one(&store, "b", 50_000).await;
}

pub async fn the_next_due_time_counts_held_streams_from_the_end_of_their_lease(fixture: impl Fixture) {
    let store = fixture.store();
    assert_eq!(store.next_due().await.unwrap(), None);
    store.append(wake(&rollout(1), Some(10))).await.unwrap();
    let lease = claim_one(&store, "a", 10).await;
    assert_eq!(store.next_due().await.unwrap(), Some(lease.until));
    store.append(wake(&rollout(2), Some(99))).await.unwrap();
    assert_eq!(store.next_due().await.unwrap(), Some(Steady(99)));
}

pub async fn a_holder_writes_notes_and_samples_without_events(fixture: impl Fixture) {
    let store = fixture.store();
    let stream = rollout(1);
    store.append(append(&rollout(9), 0)).await.unwrap();
    store.append(wake(&stream, Some(10))).await.unwrap();
    let lease = claim_one(&store, "a", 10).await;
    let note = Note { stream: stream.clone(), name: "analysis".to_owned(), body: Some(vec![7]) };
    let quiet = Batch { notes: vec![note], samples: vec![sample(&stream, 1)], ..batch(5) };
    let appended = store.append(leased(&lease, quiet)).await.unwrap();
    assert_eq!(appended.position, 1);
    assert_eq!(store.note(&stream, "analysis").await.unwrap(), Some(vec![7]));
    assert_eq!(store.samples(SamplesQuery::newest(stream.clone(), 9)).await.unwrap(), [sample(&stream, 1)]);
}
