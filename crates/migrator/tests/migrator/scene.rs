//! A folder of migrations, and a run of it as the command does it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tidegate_database::history::next;
use tidegate_database::{Phase, Set, Wanted};
use tidegate_migrator::{Database, Limits, Order, Outcome, Told, Trouble, run};

pub const LIMITS: Limits = Limits { lock: Duration::from_secs(20), statement: Duration::from_mins(1) };
pub const EXPAND: Wanted = Wanted::Phase(Phase::Expand);
pub const CONTRACT: Wanted = Wanted::Phase(Phase::Contract);

pub fn set(files: &[(&str, &str)]) -> Set {
    Set::of(files.iter().map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec()))).unwrap()
}

/// Looks at what is next, and runs it.
pub async fn go<D: Database>(database: &mut D, set: &Set, wanted: Wanted) -> Result<Outcome, Trouble> {
    let history = database.history().await?;
    let looked = if wanted == Wanted::New { Wanted::NewGoesOn } else { wanted };
    let checked: Vec<u64> = next(set, &history, looked)?.iter().map(|one| one.number).collect();
    checked_run(database, set, wanted, &checked).await
}

pub async fn checked_run<D: Database>(
    database: &mut D,
    set: &Set,
    wanted: Wanted,
    checked: &[u64],
) -> Result<Outcome, Trouble> {
    let order = Order { wanted, limits: LIMITS, by: "ann", backup: None, checked };
    run(database, set, &order, |_| {}).await
}

/// With a backup; the one that was told, whatever came after.
pub async fn backed_up<D: Database>(
    database: &mut D,
    set: &Set,
    folder: &Path,
) -> (Option<PathBuf>, Result<Outcome, Trouble>) {
    let checked: Vec<u64> = set.all().iter().map(|one| one.number).collect();
    let order =
        Order { wanted: CONTRACT, limits: LIMITS, by: "ann", backup: Some(folder), checked: &checked };
    let mut backup = None;
    let outcome = run(database, set, &order, |told| {
        if let Told::Backup(file) = told {
            backup = Some(file.to_owned());
        }
    })
    .await;
    (backup, outcome)
}

pub fn code(outcome: Result<Outcome, Trouble>) -> &'static str {
    outcome.map_or_else(|trouble| trouble.code(), |_| "done")
}
