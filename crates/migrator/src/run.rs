//! One run: lock, history, backup, then each migration in its order.
//!
//! Invariant: nothing is applied before the backup that was asked for is whole; a run that stops leaves what was applied, with
//! its records, and the next one goes on there. Not here: how a database does each of these.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Serialize;
use tidegate_database::history::next;
use tidegate_database::lint::{Effect, lint};
use tidegate_database::statement::Place;
use tidegate_database::{Applied as Row, Dialect, Migration, Phase, Set, Wanted};

use crate::Trouble;

/// How long to wait for what others hold, and how long one statement may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    pub lock: Duration,
    pub statement: Duration,
}

/// What is asked of a database, one way for each kind.
pub trait Database: Sized + Send {
    const DIALECT: Dialect;

    /// Keeps other runs out until `unlock`, or until this process or its connection is gone.
    fn lock(&mut self, limits: Limits) -> impl Future<Output = Result<(), Trouble>> + Send;
    fn unlock(&mut self) -> impl Future<Output = ()> + Send;
    /// The history; nothing where none was begun.
    fn history(&mut self) -> impl Future<Output = Result<Vec<Row>, Trouble>> + Send;
    /// The migration and its record; none where another run was faster.
    fn apply(
        &mut self,
        migration: &Migration,
        limits: Limits,
        by: &str,
    ) -> impl Future<Output = Result<Option<Applied>, Trouble>> + Send;
    /// The whole database in a file of this folder.
    fn backup(&mut self, folder: &Path) -> impl Future<Output = Result<PathBuf, Trouble>> + Send;
    /// Another database with everything that is in this one.
    fn copy(&mut self, folder: &Path) -> impl Future<Output = Result<Self, Trouble>> + Send;
    /// Ends a copy.
    fn discard(&mut self, copy: Self) -> impl Future<Output = Result<(), Trouble>> + Send;
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Applied {
    pub number: u64,
    pub name: String,
    pub phase: Phase,
    pub file: String,
    pub took_ms: u64,
    /// What others had to wait for while it ran, as the database names it.
    pub locks: Vec<String>,
    /// A run before it was killed within it.
    pub continued: bool,
}

pub struct Order<'a> {
    pub wanted: Wanted,
    pub limits: Limits,
    pub by: &'a str,
    pub backup: Option<&'a Path>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Outcome {
    pub backup: Option<PathBuf>,
    pub applied: Vec<Applied>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rehearsed {
    pub applied: Vec<Applied>,
    pub copied_in_ms: u64,
}

/// Runs what is wanted. Each one is told as soon as it is durable.
pub async fn run<D: Database>(
    database: &mut D,
    set: &Set,
    order: &Order<'_>,
    mut tell: impl FnMut(&Applied) + Send,
) -> Result<Outcome, Trouble> {
    database.lock(order.limits).await?;
    let outcome = locked(database, set, order, &mut tell).await;
    database.unlock().await;
    outcome
}

async fn locked<D: Database>(
    database: &mut D,
    set: &Set,
    order: &Order<'_>,
    tell: &mut (impl FnMut(&Applied) + Send),
) -> Result<Outcome, Trouble> {
    let history = database.history().await?;
    let pending = next(set, &history, order.wanted)?;
    runnable::<D>(set, &pending)?;
    let mut outcome = Outcome { backup: None, applied: Vec::new() };
    if let (Some(folder), false) = (order.backup, pending.is_empty()) {
        outcome.backup = Some(database.backup(folder).await?);
    }
    for migration in pending {
        if let Some(applied) = database.apply(migration, order.limits, order.by).await? {
            tell(&applied);
            outcome.applied.push(applied);
        }
    }
    Ok(outcome)
}

/// Nothing that could not be kept in one transaction with its record, or continued after a kill, whoever asks.
fn runnable<D: Database>(set: &Set, pending: &[&Migration]) -> Result<(), Trouble> {
    let is_pending = |one: &Migration| pending.iter().any(|pending| pending.number == one.number);
    let report = lint(set, D::DIALECT, is_pending);
    let form = report.findings.into_iter().find(|one| one.effect == Effect::Form && one.is_refusing());
    form.map_or(Ok(()), |found| {
        let place = Place { line: found.line, column: found.column };
        Err(Trouble::Form { file: found.file, place, rule: found.rule, happens: found.happens })
    })
}

pub async fn status<D: Database>(database: &mut D) -> Result<Vec<Row>, Trouble> {
    database.history().await
}

/// Runs everything that is pending on a copy, which is gone afterwards. The folder takes the copy or its dump.
pub async fn rehearse<D: Database>(
    database: &mut D,
    set: &Set,
    limits: Limits,
    by: &str,
    folder: &Path,
) -> Result<Rehearsed, Trouble> {
    database.lock(limits).await?;
    let rehearsed = on_a_copy(database, set, limits, by, folder).await;
    database.unlock().await;
    rehearsed
}

async fn on_a_copy<D: Database>(
    database: &mut D,
    set: &Set,
    limits: Limits,
    by: &str,
    folder: &Path,
) -> Result<Rehearsed, Trouble> {
    let history = database.history().await?;
    let pending = next(set, &history, Wanted::Rehearsal)?;
    runnable::<D>(set, &pending)?;
    let begun = std::time::Instant::now();
    let mut copy = database.copy(folder).await?;
    let copied_in_ms = millis(begun);
    let mut applied = Vec::new();
    let mut ended = Ok(());
    for migration in pending {
        match copy.apply(migration, limits, by).await {
            Ok(done) => applied.extend(done),
            Err(trouble) => {
                ended = Err(trouble);
                break;
            }
        }
    }
    let discarded = database.discard(copy).await;
    ended?;
    discarded?;
    Ok(Rehearsed { applied, copied_in_ms })
}

pub(crate) fn millis(since: std::time::Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}
