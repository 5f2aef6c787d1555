//! One run: lock, history, backup, then each migration in its order.
//!
//! Invariant: nothing is applied before the backup that was asked for is whole; a run that stops leaves what was applied, with
//! its records, and the next one goes on there. Not here: how a database does each of these.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Serialize;
use tidegate_database::history::{next, pending, were_checked};
use tidegate_database::lint::{Effect, lint};
use tidegate_database::statement::Place;
use tidegate_database::{Applied as Row, Dialect, Migration, Phase, Set, State, Wanted};

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
    /// Begins to bring an empty database all the way to this number, or goes on with it; true where that is so. False
    /// where migrations were recorded otherwise, and a refusal where anything else is in it.
    fn begin_new(&mut self, limits: Limits, last: u64) -> impl Future<Output = Result<bool, Trouble>> + Send;
    /// From here on the database is in use.
    fn end_new(&mut self) -> impl Future<Output = Result<(), Trouble>> + Send;
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
    /// The numbers of those that were looked at; no other is run.
    pub checked: &'a [u64],
}

/// What is durable from now on.
#[derive(Debug, Clone, Copy)]
pub enum Told<'a> {
    Backup(&'a Path),
    Applied(&'a Applied),
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

/// Runs what is wanted. The backup and each migration are told as soon as they are durable.
pub async fn run<D: Database>(
    database: &mut D,
    set: &Set,
    order: &Order<'_>,
    mut tell: impl FnMut(Told<'_>) + Send,
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
    tell: &mut (impl FnMut(Told<'_>) + Send),
) -> Result<Outcome, Trouble> {
    let wanted = if order.wanted == Wanted::New { new(database, set, order).await? } else { order.wanted };
    let history = database.history().await?;
    let pending = next(set, &history, wanted)?;
    were_checked(&pending, order.checked)?;
    runnable::<D>(set, &pending)?;
    if wanted != Wanted::NewGoesOn {
        database.end_new().await?;
    }
    let mut outcome = Outcome { backup: None, applied: Vec::new() };
    if let (Some(folder), false) = (order.backup, pending.is_empty()) {
        let file = database.backup(folder).await?;
        tell(Told::Backup(&file));
        outcome.backup = Some(file);
    }
    for migration in pending {
        if let Some(applied) = database.apply(migration, order.limits, order.by).await? {
            tell(Told::Applied(&applied));
            outcome.applied.push(applied);
        }
    }
    if wanted == Wanted::NewGoesOn {
        database.end_new().await?;
    }
    Ok(outcome)
}

/// Whether all may be run: looked at first without a trace, so that what is refused begins nothing.
async fn new<D: Database>(database: &mut D, set: &Set, order: &Order<'_>) -> Result<Wanted, Trouble> {
    let history = database.history().await?;
    let all = pending(set, &history)?;
    were_checked(&all, order.checked)?;
    runnable::<D>(set, &all)?;
    let Some(last) = all.last() else { return Ok(Wanted::New) };
    Ok(if database.begin_new(order.limits, last.number).await? { Wanted::NewGoesOn } else { Wanted::New })
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

/// Whether a database that is brought all the way to this number has come there.
pub(crate) fn is_there(rows: &[Row], last: u64) -> bool {
    rows.iter().any(|row| row.number >= last && row.state == State::Applied)
}

pub(crate) fn millis(since: std::time::Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}
