//! What PostgreSQL runs outside of a transaction: recorded as begun, run, looked at, recorded as applied.
//!
//! Invariant: an index is recorded as applied only where it is valid; one that is half done and not ours stays. What went
//! wrong first is what is told.

use std::time::Instant;

use tidegate_database::history::is_recorded;
use tidegate_database::lint::Outside;
use tidegate_database::statement::Statement;
use tidegate_database::{Migration, State};
use tokio_postgres::error::SqlState;

use super::said::{failed, of_statement};
use super::{HISTORY, Postgres, applied};
use crate::run::{Applied, Database as _, Limits, millis};
use crate::trouble::Trouble;

impl Postgres {
    pub(super) async fn begin_outside(
        &mut self,
        migration: &Migration,
        (statement, how): (&Statement, &Outside),
        limits: Limits,
        by: &str,
    ) -> Result<Applied, Trouble> {
        let begun = Instant::now();
        self.client.batch_execute(HISTORY).await.map_err(|why| failed(&why))?;
        let was_begun = is_recorded(migration, &self.history().await?)?;
        // One that is half done and that we did not begin is somebody's: it may be built right now.
        if let Outside::CreateIndex { name, table } = how
            && let (false, Some((full, false))) = (was_begun, self.index(name, table).await?)
        {
            return Err(half_done(&full, migration, statement));
        }
        self.record(migration, State::Begun, 0, by).await?;
        self.limit(limits.lock, limits.statement).await?;
        let is_done = match how {
            Outside::CreateIndex { name, table } => match self.index(name, table).await? {
                Some((full, false)) => {
                    self.drop_index(&full).await?;
                    false
                }
                Some((_, true)) => was_begun,
                None => false,
            },
            Outside::DropIndex(name) => was_begun && !self.exists(name).await?,
            Outside::Again | Outside::Unsupported => false,
        };
        if !is_done {
            let (made, is_ours) = match self.client.batch_execute(&statement.text).await {
                Ok(()) => (self.is_made(how, migration, statement).await, false),
                Err(why) => {
                    let is_others = why.code() == Some(&SqlState::DUPLICATE_TABLE);
                    (Err(of_statement(&why, migration, statement, limits)), !is_others)
                }
            };
            if let Err(trouble) = made {
                // What could not be cleaned stays begun, and the next run does it; what went wrong first is told.
                if !is_ours || self.clean(how).await.is_ok() {
                    let forget =
                        format!("DELETE FROM tidegate_migrations WHERE number = {}", migration.number);
                    let _stays_begun = self.client.batch_execute(&forget).await;
                }
                return Err(trouble);
            }
        }
        self.record(migration, State::Applied, millis(begun), by).await?;
        Ok(applied(migration, begun, Vec::new(), was_begun))
    }

    /// `IF NOT EXISTS` passes over an index that is half done, or of another table.
    async fn is_made(
        &self,
        how: &Outside,
        migration: &Migration,
        statement: &Statement,
    ) -> Result<(), Trouble> {
        let Outside::CreateIndex { name, table } = how else { return Ok(()) };
        match self.index(name, table).await? {
            Some((_, true)) => Ok(()),
            Some((full, false)) => Err(half_done(&full, migration, statement)),
            None => {
                let said =
                    format!("there is something else of the name {name}, and no such index on {table}");
                Err(Trouble::Statement { file: migration.file.clone(), place: statement.at, said })
            }
        }
    }

    /// What failed half-way leaves an index that is written to and never read.
    async fn clean(&mut self, how: &Outside) -> Result<(), Trouble> {
        if let Outside::CreateIndex { name, table } = how
            && let Some((full, false)) = self.index(name, table).await?
        {
            self.drop_index(&full).await?;
        }
        Ok(())
    }

    async fn drop_index(&self, full: &str) -> Result<(), Trouble> {
        let drop = format!("DROP INDEX CONCURRENTLY IF EXISTS {full}");
        self.client.batch_execute(&drop).await.map_err(|why| failed(&why))
    }

    /// The index by its whole name, and whether it is valid.
    async fn index(&self, name: &str, table: &str) -> Result<Option<(String, bool)>, Trouble> {
        let select = "SELECT format('%I.%I', n.nspname, c.relname), i.indisvalid FROM pg_index i \
            JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace \
            WHERE i.indrelid = to_regclass($1) AND c.relname = $2";
        let row = self.client.query_opt(select, &[&table, &name]).await.map_err(|why| failed(&why))?;
        Ok(row.map(|row| (row.get(0), row.get(1))))
    }
}

fn half_done(full: &str, migration: &Migration, statement: &Statement) -> Trouble {
    let said = format!("the index {full} is there, half done: drop it, or let it end");
    Trouble::Statement { file: migration.file.clone(), place: statement.at, said }
}
