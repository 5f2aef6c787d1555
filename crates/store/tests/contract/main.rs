//! The contract: what every store must do, run on each of them.
//!
//! Invariant: a case knows only the ports; what is special to one store (how it is opened again) is in its fixture.
//! Deliberately not here: faults of the disk and of the process (`sqlite_faults.rs`, `sqlite_kill.rs`).
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod agenda;
mod build;
mod journal;
mod races;

use std::sync::Arc;

use tidegate_ports::Store;
use tidegate_store::audit::Audit;
use tidegate_store::memory::MemoryStore;
use tidegate_store::sqlite::SqliteStore;

pub trait Fixture: Sized {
    fn fresh() -> Self;
    fn store(&self) -> Arc<dyn Store>;
    /// The process ends and starts again on the same data.
    fn restart(self) -> Self;
    fn audit(&self) -> impl Future<Output = Audit>;
    /// The case's own handle goes first: a file is opened again only when nobody has it open.
    fn restart_without(self, store: Arc<dyn Store>) -> Self {
        drop(store);
        self.restart()
    }
}

pub struct Memory(MemoryStore);

impl Fixture for Memory {
    fn fresh() -> Self {
        Self(MemoryStore::new())
    }
    fn store(&self) -> Arc<dyn Store> {
        Arc::new(self.0.clone())
    }
    fn restart(self) -> Self {
        self.0.restart();
        self
    }
    async fn audit(&self) -> Audit {
        self.0.audit()
    }
}

pub struct Sqlite {
    store: SqliteStore,
    directory: tempfile::TempDir,
}

impl Sqlite {
    fn at(directory: tempfile::TempDir) -> Self {
        let store = SqliteStore::open(directory.path().join("tidegate.db")).unwrap();
        Self { store, directory }
    }
}

impl Fixture for Sqlite {
    fn fresh() -> Self {
        Self::at(tempfile::tempdir().unwrap())
    }
    fn store(&self) -> Arc<dyn Store> {
        Arc::new(self.store.clone())
    }
    fn restart(self) -> Self {
        drop(self.store);
        Self::at(self.directory)
    }
    async fn audit(&self) -> Audit {
        self.store.audit().await.unwrap()
    }
}

/// Each case once on each store.
macro_rules! contract {
    ($($group:ident: $($case:ident),+ $(,)?;)+) => {
        mod on_memory { $($(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() { crate::$group::$case(<crate::Memory as crate::Fixture>::fresh()).await; }
        )+)+ }
        mod on_sqlite { $($(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() { crate::$group::$case(<crate::Sqlite as crate::Fixture>::fresh()).await; }
        )+)+ }
    };
}

contract! {
    journal:
        events_come_back_as_they_were_written,
        a_writer_who_knows_too_little_is_refused_and_nothing_is_written,
        several_streams_move_together_or_not_at_all,
        a_stream_can_be_guarded_without_writing_to_it,
        positions_have_no_gaps_and_events_page_by_them,
        the_same_key_is_answered_with_its_receipt,
        receipts_are_forgotten_after_a_week,
        rows_are_replaced_filtered_and_paged_newest_first,
        rows_that_changed_together_stay_on_one_page,
        a_notice_is_told_once,
        notes_are_replaced_and_forgotten,
        the_newest_samples_are_kept,
        samples_after_a_time_come_oldest_first,
        everything_survives_a_restart,
        a_batch_too_large_is_refused,
        the_audit_tree_covers_every_event;
    agenda:
        due_streams_are_claimed_most_overdue_first,
        a_held_stream_is_not_claimed_until_its_lease_ends,
        a_renewed_lease_lasts_longer_and_keeps_its_fence,
        a_stale_lease_can_neither_write_nor_renew_nor_release,
        a_lease_is_void_after_a_restart,
        fences_only_grow_also_over_restarts,
        a_wake_up_during_a_hold_is_not_lost,
        a_stream_that_moved_on_is_due_at_once,
        another_stream_can_only_bring_a_wake_up_forward,
        a_finished_stream_is_never_due,
        a_dead_holders_stream_is_due_again_also_when_called_meanwhile,
        the_next_due_time_counts_held_streams_from_the_end_of_their_lease,
        a_holder_writes_notes_and_samples_without_events;
    races:
        of_64_writers_to_one_version_exactly_one_wins,
        rival_batches_over_two_streams_never_interleave,
        rival_claims_never_share_a_stream;
}
