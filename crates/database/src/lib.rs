//! Database changes as files: their order, what is to run next, and what would lock tables or break the running version.
//!
//! Invariant: what cannot be read is said to be unknown, never passed over in silence; of one folder and one history
//! there is one answer. Pure: no file is opened and nothing is run here. Not here: running them (`tidegate-migrator`).
//!
//! Read in this order: [`migration`] (a file), [`set`] (a folder), [`statement`] (a file in pieces), [`lint`],
//! [`history`] (what was applied, and what follows from it).

pub mod history;
pub mod lint;
pub mod migration;
mod refusal;
pub mod set;
pub mod statement;

pub use history::{Applied, State, Wanted};
pub use lint::{Finding, Report, Severity};
pub use migration::{Migration, Phase};
pub use refusal::Refusal;
pub use set::Set;

/// Whose SQL a migration is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Dialect {
    Postgres,
    Sqlite,
}
