//! What PostgreSQL says when it refuses, as troubles with their places.
//!
//! Invariant: an error of a statement is told with file, line and column; a connection that broke is told as that.

use tidegate_database::Migration;
use tidegate_database::statement::Statement;
use tokio_postgres::Error;
use tokio_postgres::error::{ErrorPosition, SqlState};

use crate::run::Limits;
use crate::trouble::Trouble;

pub(crate) fn said(why: &Error) -> String {
    if let Some(told) = why.as_db_error() {
        let detail = told.detail().map_or_else(String::new, |detail| format!(" ({detail})"));
        return format!("{}{detail}", told.message());
    }
    let cause = std::error::Error::source(why).map_or_else(String::new, |cause| format!(": {cause}"));
    format!("{why}{cause}")
}

pub(super) fn failed(why: &Error) -> Trouble {
    match why.code() {
        Some(code) if *code == SqlState::LOCK_NOT_AVAILABLE => {
            Trouble::Database(format!("a lock was not granted: {}", said(why)))
        }
        Some(_) => Trouble::Database(said(why)),
        None => Trouble::Unreachable(said(why)),
    }
}

/// Constraints that wait for the end of the transaction fail there.
pub(super) fn commit_failed(why: &Error, migration: &Migration, statements: &[Statement]) -> Trouble {
    match (why.as_db_error(), statements.last()) {
        (Some(_), Some(last)) => {
            Trouble::Statement { file: migration.file.clone(), place: last.at, said: said(why) }
        }
        _ => failed(why),
    }
}

pub(super) fn of_statement(
    why: &Error,
    migration: &Migration,
    statement: &Statement,
    limits: Limits,
) -> Trouble {
    let Some(told) = why.as_db_error() else { return failed(why) };
    let file = migration.file.clone();
    let place = match told.position() {
        Some(ErrorPosition::Original(at)) => statement.place_of(*at as usize),
        _ => statement.at,
    };
    match told.code() {
        code if *code == SqlState::QUERY_CANCELED => {
            Trouble::TooSlow { file, place: statement.at, limit: limits.statement }
        }
        code if *code == SqlState::LOCK_NOT_AVAILABLE => {
            Trouble::LockNotGranted { what: format!("that {file} needs"), waited: limits.lock }
        }
        // The server goes down, or somebody ended this session.
        code if code.code().starts_with("57P") => Trouble::Unreachable(said(why)),
        _ => Trouble::Statement { file, place, said: said(why) },
    }
}
