//! The one thread that writes: what waits is written in one transaction, and answered when that is on the disk.
//!
//! Invariant: nobody is answered before COMMIT has returned, and a group that fails as a whole leaves nothing behind,
//! in the file or in memory. A single caller is never kept waiting for others: a group is what queued up while the
//! last one was being written. Deliberately not here: the statements (`write.rs`).

use std::sync::Arc;

use rusqlite::Connection;
use tidegate_ports::Fault;
use tokio::sync::{mpsc, oneshot};

use super::failure::{Failure, Health, Meaning};
use super::opening::Head;
use super::write::Unit;

/// The most that one transaction takes: more would make the first wait for the last. At some 40 µs each this adds 10 ms,
/// and only when so many wait; a sync takes from a tenth of a millisecond to several.
const GROUP_MAX: usize = 256;
/// The most that waits before callers are held back.
pub(super) const QUEUE_MAX: usize = 1_024;
/// Commits between two looks at the length of the write-ahead log.
const CHECKPOINT_LOOK_EVERY: u32 = 16;

/// Something to be written, with somebody who waits for it.
pub(super) trait Task: Send {
    /// May run again: a group that failed is tried one by one.
    fn run(&mut self, unit: &mut Unit<'_>) -> rusqlite::Result<()>;
    fn answer(self: Box<Self>, outcome: Result<(), Fault>);
}

pub(super) struct Pending<T, W> {
    work: W,
    result: Option<T>,
    reply: oneshot::Sender<Result<T, Fault>>,
}

impl<T, W> Pending<T, W>
where
    W: FnMut(&mut Unit<'_>) -> rusqlite::Result<T> + Send,
{
    pub fn new(work: W) -> (Self, oneshot::Receiver<Result<T, Fault>>) {
        let (reply, answer) = oneshot::channel();
        (Self { work, result: None, reply }, answer)
    }
}

impl<T: Send, W> Task for Pending<T, W>
where
    W: FnMut(&mut Unit<'_>) -> rusqlite::Result<T> + Send,
{
    fn run(&mut self, unit: &mut Unit<'_>) -> rusqlite::Result<()> {
        self.result = Some((self.work)(unit)?);
        Ok(())
    }
    fn answer(self: Box<Self>, outcome: Result<(), Fault>) {
        // A caller that has gone away does not want to know.
        drop(match (outcome, self.result) {
            (Ok(()), Some(result)) => self.reply.send(Ok(result)),
            (Ok(()), None) => unreachable!("a committed task has run"),
            (Err(fault), _) => self.reply.send(Err(fault)),
        });
    }
}

pub(super) struct Writer {
    pub connection: Connection,
    pub head: Head,
    pub health: Arc<Health>,
    /// As in `SqliteSettings`.
    pub checkpoint_frames: i64,
    pub commits: u32,
    /// Until it succeeds: a reader may hold the write-ahead log.
    pub empty_log: bool,
}

impl Writer {
    pub fn run(mut self, mut queue: mpsc::Receiver<Box<dyn Task>>) {
        let alarm = EndedEarly(Arc::clone(&self.health));
        while let Some(first) = queue.blocking_recv() {
            let mut group = vec![first];
            while group.len() < GROUP_MAX
                && let Ok(next) = queue.try_recv()
            {
                group.push(next);
            }
            self.write(group);
            self.checkpoint_when_due(queue.is_empty());
            if self.empty_log && queue.is_empty() {
                self.empty_log();
            }
        }
        std::mem::forget(alarm);
        if self.health.failure().is_some() {
            // Closing would write and sync once more, on a file of which nobody knows what the disk has kept.
            std::mem::forget(self.connection);
        }
    }

    fn write(&mut self, mut group: Vec<Box<dyn Task>>) {
        let outcome = self.transact(&mut group);
        match outcome {
            Err(failure) if failure.meaning == Meaning::Mistake && group.len() > 1 => {
                for task in group {
                    self.write(vec![task]);
                }
            }
            outcome => {
                for task in group {
                    task.answer(outcome.as_ref().copied().map_err(|failure| self.health.fault(failure)));
                }
            }
        }
    }

    fn transact(&mut self, group: &mut [Box<dyn Task>]) -> Result<(), Failure> {
        if let Some(failure) = self.health.failure() {
            return Err(failure);
        }
        let before = self.head.clone();
        let outcome = self.try_transact(group, &before).map_err(|error| Failure::of(&error));
        let outcome = outcome.map_err(|failure| {
            self.head = before;
            self.roll_back(failure)
        });
        if let Err(failure) = &outcome {
            self.health.note(failure);
        }
        outcome
    }

    fn try_transact(&mut self, group: &mut [Box<dyn Task>], before: &Head) -> rusqlite::Result<()> {
        self.connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        let mut unit =
            Unit { connection: &self.connection, head: &mut self.head, buffer: Vec::new(), empty_log: false };
        for task in group {
            task.run(&mut unit)?;
        }
        if *unit.head != *before {
            unit.write_head()?;
        }
        let empty_log = unit.empty_log;
        self.connection.prepare_cached("COMMIT")?.execute([])?;
        self.commits = self.commits.wrapping_add(1);
        self.empty_log |= empty_log;
        Ok(())
    }

    /// SQLite rolls back by itself after some errors and not after others, so it is asked; what cannot be rolled back
    /// ends the store.
    fn roll_back(&self, failure: Failure) -> Failure {
        if self.connection.is_autocommit() {
            return failure;
        }
        let undone = self.connection.execute_batch("ROLLBACK");
        if self.connection.is_autocommit() {
            return failure;
        }
        let why = undone.err().map_or_else(String::new, |error| format!(" ({error})"));
        Failure::broken(format!("a failed write could not be taken back: {}{why}", failure.message))
    }

    fn checkpoint_when_due(&mut self, is_idle: bool) {
        if !self.commits.is_multiple_of(CHECKPOINT_LOOK_EVERY) || self.health.failure().is_some() {
            return;
        }
        // So that the next look waits for the next commits, also when nothing is written.
        self.commits = self.commits.wrapping_add(1);
        let few = self.checkpoint_frames;
        let outcome = self.frames("NOOP").and_then(|frames| match frames {
            frames if frames >= 16 * few => self.frames("RESTART"),
            frames if frames >= 4 * few || (is_idle && frames >= few) => self.frames("PASSIVE"),
            _ => Ok(0),
        });
        if let Err(error) = outcome {
            // Without space the log just stays longer; a failed write or sync of the database ends the store.
            self.health.note(&Failure::of(&error));
        }
    }

    /// What was overwritten in the database still stands in the log until that is cut.
    fn empty_log(&mut self) {
        let is_busy = |row: &rusqlite::Row<'_>| row.get::<_, bool>(0);
        match self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], is_busy) {
            Ok(is_busy) => self.empty_log = is_busy,
            Err(error) => self.health.note(&Failure::of(&error)),
        }
    }

    /// Frames in the log that are not yet in the database, before a checkpoint of this mode.
    fn frames(&self, mode: &str) -> rusqlite::Result<i64> {
        let counts = |row: &rusqlite::Row<'_>| Ok(row.get::<_, i64>(1)? - row.get::<_, i64>(2)?);
        self.connection.prepare_cached(&format!("PRAGMA wal_checkpoint({mode})"))?.query_row([], counts)
    }
}

/// Dropped only when the thread unwinds from a bug: nobody would ever be answered again, so that must be known.
struct EndedEarly(Arc<Health>);

impl Drop for EndedEarly {
    fn drop(&mut self) {
        self.0.note(&Failure::broken("the writing thread ended by a bug"));
    }
}
