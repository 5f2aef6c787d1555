//! Why migrations were not run, or not all: a code, a sentence, the next step.
//!
//! Invariant: a statement that failed is named by file, line and column, and nothing of its migration stays.

use std::time::Duration;

use tidegate_database::Refusal;
use tidegate_database::statement::Place;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// What was given cannot be meant.
    Usage,
    /// An answer: it must not, or cannot, be run as it is.
    Refused,
    /// The outside failed.
    Fault,
}

#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    #[error(transparent)]
    Refusal(#[from] Refusal),
    #[error("this is no address of a database: {0}")]
    Address(String),
    #[error("the database cannot be reached: {0}")]
    Unreachable(String),
    #[error("the certificate authorities cannot be used: {0}")]
    Authorities(String),
    #[error("the lock {what} was not granted within {}", seconds(*.waited))]
    LockNotGranted { what: String, waited: Duration },
    #[error("{file}:{}:{}: the statement took longer than {}, and was stopped", place.line, place.column, seconds(*.limit))]
    TooSlow { file: String, place: Place, limit: Duration },
    #[error("{file}:{}:{}: {said}", place.line, place.column)]
    Statement { file: String, place: Place, said: String },
    #[error("{file}: {count} rows would refer to rows that are not there")]
    ForeignKeys { file: String, count: usize },
    #[error("{file}:{}:{}: {rule}: {happens}", place.line, place.column)]
    Form { file: String, place: Place, rule: &'static str, happens: String },
    #[error("`{0}` was not found, neither in PATH nor where PostgreSQL keeps its programs")]
    ToolMissing(&'static str),
    #[error("the backup could not be made: {0}")]
    Backup(String),
    #[error("the copy for the rehearsal could not be made: {0}")]
    Copy(String),
    #[error("the history in this database is not one of ours: {0}")]
    History(String),
    #[error("the database failed: {0}")]
    Database(String),
}

fn seconds(time: Duration) -> String {
    format!("{} s", time.as_secs_f64())
}

impl Trouble {
    pub fn code(&self) -> &'static str {
        match self {
            Self::Refusal(refusal) => refusal.code(),
            Self::Address(_) => "database-address-malformed",
            Self::Authorities(_) => "database-authorities-unusable",
            Self::Unreachable(_) => "database-unreachable",
            Self::LockNotGranted { .. } => "database-lock-not-granted",
            Self::TooSlow { .. } => "database-statement-too-slow",
            Self::Statement { .. } => "database-statement-failed",
            Self::ForeignKeys { .. } => "database-foreign-keys-broken",
            Self::Form { .. } => "database-findings",
            Self::ToolMissing(_) => "database-tool-missing",
            Self::Backup(_) => "database-backup-failed",
            Self::Copy(_) => "database-copy-failed",
            Self::History(_) => "database-history-unreadable",
            Self::Database(_) => "database-failed",
        }
    }

    pub fn help(&self) -> &'static str {
        match self {
            Self::Refusal(refusal) => refusal.help(),
            Self::Address(_) => "write `sqlite:shop.db` or `postgres://user@host/shop`",
            Self::Authorities(_) => "give PEM of the authority that signed the server's certificate",
            Self::Unreachable(_) => "check that it runs, the address, the user and the password",
            Self::LockNotGranted { .. } => {
                "see who holds it (another run, a long transaction), then run it again; nothing of it was applied"
            }
            Self::TooSlow { .. } => {
                "nothing of it was applied; rehearse it for its duration, divide it, or raise --statement-limit"
            }
            Self::Statement { .. } => {
                "nothing of this file was applied, those before it were; mend the file and run it again"
            }
            Self::ForeignKeys { .. } => {
                "nothing of it was applied; bring those rows along, or remove them first"
            }
            Self::Form { .. } => "nothing was applied; `tidegate database check` says what to do instead",
            Self::ToolMissing(_) => "install PostgreSQL's client programs of the server's version, or newer",
            Self::Backup(_) => "nothing was applied; check the folder, its space and the rights of the user",
            Self::Copy(_) => "nothing was changed; the user needs CREATEDB, and the disk room for a copy",
            Self::History(_) => "look at the table tidegate_migrations; another program may use that name",
            Self::Database(_) => {
                "see what it says; run it again once that is mended: what was applied is recorded"
            }
        }
    }

    pub fn kind(&self) -> Kind {
        match self {
            Self::Address(_) | Self::Authorities(_) => Kind::Usage,
            Self::Refusal(
                Refusal::Name { .. }
                | Refusal::NotText { .. }
                | Refusal::TooLarge { .. }
                | Refusal::TooMany
                | Refusal::Twice { .. }
                | Refusal::Gap { .. },
            ) => Kind::Usage,
            Self::Refusal(_)
            | Self::LockNotGranted { .. }
            | Self::TooSlow { .. }
            | Self::Statement { .. }
            | Self::ForeignKeys { .. }
            | Self::Form { .. } => Kind::Refused,
            Self::Unreachable(_)
            | Self::ToolMissing(_)
            | Self::Backup(_)
            | Self::Copy(_)
            | Self::History(_)
            | Self::Database(_) => Kind::Fault,
        }
    }
}
