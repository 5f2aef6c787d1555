//! What was applied to a database, and what follows: what runs next, and whether there is a way back.
//!
//! Invariant: migrations run in the order of their numbers, whatever phase is asked for; a file that was applied is the same
//! file for ever. Not here: where the history is kept (`tidegate-migrator`).

use serde::Serialize;

use crate::{Migration, Phase, Refusal, Set};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It runs outside of a transaction, and its end was not recorded: it runs now, or was killed.
    Begun,
    Applied,
}

impl State {
    pub fn word(self) -> &'static str {
        match self {
            Self::Begun => "begun",
            Self::Applied => "applied",
        }
    }
    pub fn of(word: &str) -> Option<Self> {
        [Self::Begun, Self::Applied].into_iter().find(|state| state.word() == word)
    }
}

/// A row of the history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Applied {
    pub number: u64,
    pub name: String,
    pub phase: Phase,
    pub sha256: String,
    pub state: State,
    /// When it was applied, or begun.
    pub at: String,
    pub took_ms: u64,
    pub by: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// Of this phase, as far as none of the other phase stands between.
    Phase(Phase),
    /// All of them, for a database that nothing uses yet.
    New,
    /// All of them: what `New` began there was stopped, or goes on beside this.
    NewGoesOn,
    /// All of them, on a copy.
    Rehearsal,
}

/// What still is to run, in order. What was begun and not finished is the first of it.
pub fn next<'a>(set: &'a Set, applied: &[Applied], wanted: Wanted) -> Result<Vec<&'a Migration>, Refusal> {
    let pending = pending(set, applied)?;
    let other = match wanted {
        Wanted::Rehearsal | Wanted::NewGoesOn => return Ok(pending),
        Wanted::New if pending.is_empty() || applied.is_empty() => return Ok(pending),
        Wanted::New => return Err(Refusal::NotNew { count: applied.len() }),
        Wanted::Phase(Phase::Expand) => Phase::Contract,
        Wanted::Phase(Phase::Contract) => Phase::Expand,
    };
    let run: Vec<&Migration> = pending.iter().copied().take_while(|one| one.phase != other).collect();
    let behind = pending.iter().skip(run.len()).find(|one| one.phase != other);
    match (run.is_empty(), pending.first(), behind) {
        (true, Some(first), Some(behind)) if other == Phase::Contract => {
            Err(Refusal::ContractFirst { contract: first.file.clone(), expand: behind.file.clone() })
        }
        (true, Some(first), Some(behind)) => {
            Err(Refusal::ExpandFirst { expand: first.file.clone(), contract: behind.file.clone() })
        }
        _ => Ok(run),
    }
}

/// Everything that is not applied, after the folder was compared with the history.
pub fn pending<'a>(set: &'a Set, applied: &[Applied]) -> Result<Vec<&'a Migration>, Refusal> {
    for row in applied {
        let Some(file) = set.get(row.number) else {
            return Err(Refusal::Missing { number: row.number, name: row.name.clone() });
        };
        same(file, row)?;
    }
    let is_done =
        |one: &&Migration| applied.iter().any(|row| row.number == one.number && row.state == State::Applied);
    let pending: Vec<&Migration> = set.all().iter().filter(|one| !is_done(one)).collect();
    let last = applied.iter().filter(|row| row.state == State::Applied).map(|row| row.number).max();
    match (pending.first(), last) {
        (Some(first), Some(last)) if first.number < last => {
            Err(Refusal::Behind { file: first.file.clone(), later: last })
        }
        _ => Ok(pending),
    }
}

/// Whether it has a record, which then is of this very file.
pub fn is_recorded(file: &Migration, applied: &[Applied]) -> Result<bool, Refusal> {
    let row = applied.iter().find(|row| row.number == file.number);
    row.map(|row| same(file, row)).transpose().map(|row| row.is_some())
}

fn same(file: &Migration, row: &Applied) -> Result<(), Refusal> {
    if (&file.sha256, file.phase) == (&row.sha256, row.phase) {
        return Ok(());
    }
    Err(Refusal::Changed {
        file: file.file.clone(),
        found: format!("{} {}", file.phase, short(&file.sha256)),
        applied: format!("{} {}", row.phase, short(&row.sha256)),
    })
}

/// Refuses what nobody looked at: what is to run is of what was checked, though others may have run some of it meanwhile.
pub fn were_checked(pending: &[&Migration], checked: &[u64]) -> Result<(), Refusal> {
    let other = pending.iter().find(|one| !checked.contains(&one.number));
    other.map_or(Ok(()), |one| Err(Refusal::Meanwhile { file: one.file.clone() }))
}

/// The newest contraction. Versions from before it cannot run on this database any more, and one that was begun counts.
pub fn point_of_no_return(applied: &[Applied]) -> Option<&Applied> {
    applied.iter().filter(|row| row.phase == Phase::Contract).max_by_key(|row| row.number)
}

fn short(sha256: &str) -> &str {
    sha256.get(..12).unwrap_or(sha256)
}
