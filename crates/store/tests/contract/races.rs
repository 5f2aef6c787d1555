//! Many at once: of rivals exactly one wins.
//!
//! Invariant: the outcome is checked in the log, not only in the answers. Deliberately not here: speed.

use std::collections::BTreeSet;
use std::sync::Arc;

use tidegate_domain::moment::Steady;
use tidegate_ports::{AppendError, Batch, Lease, Store};
use tidegate_store::audit::Chain;

use crate::Fixture;
use crate::build::{append, batch, one, rollout, wake};

const WRITERS: u64 = 64;
/// The long form is 10 000 (`make soak`).
const VERSIONS: u64 = 40;

fn versions() -> u64 {
    std::env::var("TIDEGATE_RACES").ok().and_then(|text| text.parse().ok()).unwrap_or(VERSIONS)
}

/// Answers whether this writer won.
async fn attempt(store: Arc<dyn Store>, writer: u64, version: u64) -> bool {
    let claim = Batch { actor: format!("writer {writer}"), ..append(&rollout(1), version) };
    match store.append(claim).await {
        Ok(_) => true,
        Err(AppendError::Conflict { .. }) => false,
        Err(other) => panic!("{other:?}"),
    }
}

pub async fn of_64_writers_to_one_version_exactly_one_wins(fixture: impl Fixture) {
    let store = fixture.store();
    for version in 0..versions() {
        let attempts: Vec<_> =
            (0..WRITERS).map(|writer| tokio::spawn(attempt(Arc::clone(&store), writer, version))).collect();
        let mut winners = Vec::new();
        for (attempt, writer) in attempts.into_iter().zip(0..) {
            if attempt.await.unwrap() {
                winners.push(format!("writer {writer}"));
            }
        }
        let written: Vec<String> =
            store.load(&rollout(1), version).await.unwrap().into_iter().map(|entry| entry.actor).collect();
        assert_eq!(winners.len(), 1);
        assert_eq!(winners, written);
    }
    assert_eq!(fixture.audit().await.chain, Chain::Ok);
}

pub async fn rival_batches_over_two_streams_never_interleave(fixture: impl Fixture) {
    let store = fixture.store();
    let rivals: Vec<_> = (0..8_u64)
        .map(|rival| {
            let store = Arc::clone(&store);
            tokio::spawn(async move {
                let mut won = 0_u64;
                while won < 10 {
                    let version = store.load(&rollout(1), 0).await.unwrap().len() as u64;
                    let appends = vec![one(&rollout(1), version), one(&rollout(2), version)];
                    let both = Batch { appends, actor: format!("rival {rival}"), ..batch(5) };
                    match store.append(both).await {
                        Ok(_) => won += 1,
                        Err(AppendError::Conflict { .. }) => tokio::task::yield_now().await,
                        Err(other) => panic!("{other:?}"),
                    }
                }
            })
        })
        .collect();
    for rival in rivals {
        rival.await.unwrap();
    }
    let (left, right) =
        (store.load(&rollout(1), 0).await.unwrap(), store.load(&rollout(2), 0).await.unwrap());
    assert_eq!((left.len(), right.len()), (80, 80));
    for (left, right) in left.iter().zip(&right) {
        assert_eq!(
            (left.version, &left.actor, left.position + 1),
            (right.version, &right.actor, right.position)
        );
    }
}

pub async fn rival_claims_never_share_a_stream(fixture: impl Fixture) {
    let store = fixture.store();
    for number in 0..100 {
        store.append(wake(&rollout(number), Some(1))).await.unwrap();
    }
    let rivals: Vec<_> = (0..16)
        .map(|rival| {
            let store = Arc::clone(&store);
            tokio::spawn(async move {
                let mut mine: Vec<Lease> = Vec::new();
                loop {
                    let more = store.claim(&format!("rival {rival}"), Steady(5), 3).await.unwrap();
                    if more.is_empty() {
                        return mine;
                    }
                    mine.extend(more);
                }
            })
        })
        .collect();
    let mut leases = Vec::new();
    for rival in rivals {
        leases.extend(rival.await.unwrap());
    }
    let streams: BTreeSet<_> = leases.iter().map(|lease| &lease.stream).collect();
    let fences: BTreeSet<u64> = leases.iter().map(|lease| lease.fence).collect();
    assert_eq!((leases.len(), streams.len(), fences.len()), (100, 100, 100));
}
