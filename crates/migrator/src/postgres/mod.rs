//! PostgreSQL: each migration in its transaction, but for those that cannot be in one.
//!
//! Invariant: an advisory lock of the session keeps other runs out, and ends with it. What runs outside of a transaction is
//! recorded as begun before, and what a kill left of it is taken away before it is run again. Not here: reaching a server (`server`).

mod fresh;
mod outside;
mod patience;
pub(crate) mod said;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tidegate_database::history::is_recorded;
use tidegate_database::lint::outside as how_outside;
use tidegate_database::statement::{Statement, statements};
use tidegate_database::{Applied as Row, Dialect, Migration, Phase, State};
use tokio::task::JoinHandle;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Error};

use crate::run::{Applied, Database, Limits, millis};
use crate::server::Server;
use crate::tool;
use crate::trouble::Trouble;
use patience::Patience;
use said::{commit_failed, failed, of_statement, said};

const HISTORY: &str = "CREATE TABLE IF NOT EXISTS tidegate_migrations (
    number bigint PRIMARY KEY, name text NOT NULL, phase text NOT NULL, sha256 text NOT NULL, state text NOT NULL,
    at timestamptz NOT NULL, took_ms bigint NOT NULL, applied_by text NOT NULL)";
/// Advisory locks are of one database; this number is ours in each.
const LOCK: i64 = 0x7469_6465_6761_7465;
/// While a statement waits for a table, everybody who comes after it waits too. So it waits briefly, and tries again.
const ATTEMPT: Duration = Duration::from_secs(1);
const PAUSE: Duration = Duration::from_millis(200);
const CONNECT: Duration = Duration::from_secs(10);

pub struct Postgres {
    client: Client,
    server: Server,
    connection: JoinHandle<()>,
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.connection.abort();
    }
}

impl Postgres {
    pub async fn connect(server: &Server) -> Result<Self, Trouble> {
        let mut server = server.clone();
        server.config.application_name("tidegate database");
        if server.config.get_connect_timeout().is_none() {
            server.config.connect_timeout(CONNECT);
        }
        let (client, connection) = server.connect().await?;
        client.batch_execute("SET standard_conforming_strings = on").await.map_err(|why| failed(&why))?;
        // A killed run's statement ends soon after it, and its lock with it. Older servers do not know this.
        let _unknown = client.batch_execute("SET client_connection_check_interval = '1s'").await;
        Ok(Self { client, server, connection })
    }

    async fn exists(&self, name: &str) -> Result<bool, Trouble> {
        let row = self.client.query_one("SELECT to_regclass($1) IS NOT NULL", &[&name]).await;
        Ok(row.map_err(|why| failed(&why))?.get(0))
    }

    async fn limit(&self, lock: Duration, statement: Duration) -> Result<(), Trouble> {
        let (lock, statement) = (lock.as_millis().max(1), statement.as_millis().max(1));
        let set = format!("SET lock_timeout = {lock}; SET statement_timeout = {statement}");
        self.client.batch_execute(&set).await.map_err(|why| failed(&why))
    }

    async fn record(&self, migration: &Migration, state: State, took: u64, by: &str) -> Result<(), Trouble> {
        let insert = "INSERT INTO tidegate_migrations VALUES ($1, $2, $3, $4, $5, now(), $6, $7) \
            ON CONFLICT (number) DO UPDATE SET state = $5, at = now(), took_ms = $6, applied_by = $7";
        let Migration { number, name, phase, sha256, .. } = migration;
        let (number, took) = (number.cast_signed(), took.cast_signed());
        let (phase, state) = (phase.word(), state.word());
        let values: [&(dyn tokio_postgres::types::ToSql + Sync); 7] =
            [&number, name, &phase, sha256, &state, &took, &by];
        self.client.execute(insert, &values).await.map(|_| ()).map_err(|why| failed(&why))
    }

    /// One attempt, in one transaction. An error that is none: a lock that may be had later.
    async fn attempt(
        &mut self,
        migration: &Migration,
        statements: &[Statement],
        limits: Limits,
        by: &str,
    ) -> Result<Option<Applied>, Attempt> {
        let begun = Instant::now();
        self.limit(limits.lock.min(ATTEMPT), limits.statement).await?;
        self.client.batch_execute("BEGIN").await.map_err(|why| failed(&why))?;
        self.client.batch_execute(HISTORY).await.map_err(|why| failed(&why))?;
        if is_recorded(migration, &self.history().await?).map_err(Trouble::from)? {
            self.client.batch_execute("ROLLBACK").await.map_err(|why| failed(&why))?;
            return Ok(None);
        }
        for statement in statements {
            if let Err(why) = self.client.batch_execute(&statement.text).await {
                if why.code() == Some(&SqlState::LOCK_NOT_AVAILABLE) {
                    return Err(Attempt::Waited);
                }
                return Err(Attempt::Failed(of_statement(&why, migration, statement, limits)));
            }
        }
        let locks = self.locks().await?;
        self.record(migration, State::Applied, millis(begun), by).await?;
        self.client
            .batch_execute("COMMIT")
            .await
            .map_err(|why| commit_failed(&why, migration, statements))?;
        Ok(Some(applied(migration, begun, locks, false)))
    }

    /// Those that keep others waiting, of this transaction.
    async fn locks(&self) -> Result<Vec<String>, Trouble> {
        let select = "SELECT DISTINCT l.mode || ' on ' || c.oid::regclass::text FROM pg_locks l \
            JOIN pg_class c ON c.oid = l.relation WHERE l.pid = pg_backend_pid() AND l.granted \
            AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) \
            AND c.relkind IN ('r', 'p', 'm', 'f') AND c.relname <> 'tidegate_migrations' \
            AND c.relnamespace NOT IN ('pg_catalog'::regnamespace, 'pg_toast'::regnamespace) AND l.mode IN \
            ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock') ORDER BY 1";
        let rows = self.client.query(select, &[]).await.map_err(|why| failed(&why))?;
        Ok(rows.iter().map(|row| row.get(0)).collect())
    }

    fn name(&self) -> &str {
        self.server.config.get_dbname().unwrap_or_default()
    }

    async fn dump(&self, file: &Path, trouble: fn(String) -> Trouble) -> Result<(), Trouble> {
        let part = file.with_extension("part");
        let text = part.to_str().ok_or_else(|| trouble("the path is no text in UTF-8".to_owned()))?;
        tool::own(&part).map_err(trouble)?;
        let arguments = ["--format=custom", "--compress=1", "--file", text];
        let done = tool::run("pg_dump", &self.server, self.name(), &arguments, trouble).await;
        if done.is_err() {
            let _not_there = fs::remove_file(&part);
        }
        done?;
        let durable = File::open(&part).and_then(|written| written.sync_all());
        durable.and_then(|()| fs::rename(&part, file)).map_err(|why| trouble(why.to_string()))
    }

    /// What a copy must have of its own, because no dump brings it along.
    async fn locale(&self) -> Result<String, Trouble> {
        let select = "SELECT format('TEMPLATE template0 ENCODING %L LC_COLLATE %L LC_CTYPE %L', \
            pg_encoding_to_char(encoding), datcollate, datctype) FROM pg_database WHERE datname = current_database()";
        self.client.query_one(select, &[]).await.map(|row| row.get(0)).map_err(|why| failed(&why))
    }

    /// By its number: names are cut at 63 bytes, and two that begin alike would drop each other's copy.
    async fn copy_name(&self) -> Result<String, Trouble> {
        let select =
            "SELECT 'tidegate_rehearsal_' || oid FROM pg_database WHERE datname = current_database()";
        self.client.query_one(select, &[]).await.map(|row| row.get(0)).map_err(|why| failed(&why))
    }

    async fn drop_database(&self, name: &str) -> Result<(), Trouble> {
        let drop = format!("DROP DATABASE IF EXISTS \"{name}\" WITH (FORCE)");
        self.client.batch_execute(&drop).await.map_err(|why| Trouble::Copy(said(&why)))
    }
}

/// How an attempt did not succeed.
enum Attempt {
    /// Somebody holds what it needs.
    Waited,
    Failed(Trouble),
}

impl From<Trouble> for Attempt {
    fn from(trouble: Trouble) -> Self {
        Self::Failed(trouble)
    }
}

impl Database for Postgres {
    const DIALECT: Dialect = Dialect::Postgres;

    async fn lock(&mut self, limits: Limits) -> Result<(), Trouble> {
        let deadline = Instant::now() + limits.lock;
        loop {
            // Asked again and again: to wait within a statement would keep its snapshot, and an index that is built
            // concurrently waits for every older snapshot.
            let row = self.client.query_one("SELECT pg_try_advisory_lock($1)", &[&LOCK]).await;
            if row.map_err(|why| failed(&why))?.get(0) {
                return Ok(());
            }
            if Instant::now() >= deadline {
                let what = "of another run on this database".to_owned();
                return Err(Trouble::LockNotGranted { what, waited: limits.lock });
            }
            tokio::time::sleep(PAUSE.min(deadline.saturating_duration_since(Instant::now()))).await;
        }
    }

    async fn unlock(&mut self) {
        // If this fails the session is over, and its lock with it.
        let _over = self.client.execute("SELECT pg_advisory_unlock($1)", &[&LOCK]).await;
    }

    async fn history(&mut self) -> Result<Vec<Row>, Trouble> {
        if !self.exists("tidegate_migrations").await? {
            return Ok(Vec::new());
        }
        let select = "SELECT number, name, phase, sha256, state, \
            to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), took_ms, applied_by \
            FROM tidegate_migrations ORDER BY number";
        let rows = self.client.query(select, &[]).await.map_err(|why| Trouble::History(said(&why)))?;
        let unreadable = |why: Error| Trouble::History(said(&why));
        let mut all = Vec::new();
        for row in rows {
            let (phase, state): (&str, &str) =
                (row.try_get(2).map_err(unreadable)?, row.try_get(4).map_err(unreadable)?);
            let known = Phase::of(phase).zip(State::of(state));
            let (phase, state) =
                known.ok_or_else(|| Trouble::History("a phase or state is unknown".to_owned()))?;
            all.push(Row {
                number: row.try_get::<_, i64>(0).map_err(unreadable)?.cast_unsigned(),
                name: row.try_get(1).map_err(unreadable)?,
                phase,
                sha256: row.try_get(3).map_err(unreadable)?,
                state,
                at: row.try_get(5).map_err(unreadable)?,
                took_ms: row.try_get::<_, i64>(6).map_err(unreadable)?.cast_unsigned(),
                by: row.try_get(7).map_err(unreadable)?,
            });
        }
        Ok(all)
    }

    async fn apply(
        &mut self,
        migration: &Migration,
        limits: Limits,
        by: &str,
    ) -> Result<Option<Applied>, Trouble> {
        let (statements, _) = statements(&migration.text, Dialect::Postgres);
        if let [statement] = statements.as_slice()
            && let Some(how) = how_outside(statement, Dialect::Postgres)
        {
            return self.begin_outside(migration, (statement, &how), limits, by).await.map(Some);
        }
        let mut patience = Patience::new(limits.lock);
        loop {
            let begun = Instant::now();
            let failed = match self.attempt(migration, &statements, limits, by).await {
                Ok(done) => return Ok(done),
                Err(failed) => failed,
            };
            let took = begun.elapsed();
            // What it did is undone here, or by the end of the session.
            let _undone = self.client.batch_execute("ROLLBACK").await;
            if let Attempt::Failed(trouble) = failed {
                return Err(trouble);
            }
            if !patience.has_more_after(took) {
                let what = format!("that {} needs", migration.file);
                return Err(Trouble::LockNotGranted { what, waited: patience.waited() });
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn begin_new(&mut self, _limits: Limits, last: u64) -> Result<bool, Trouble> {
        self.begin_fresh(last).await
    }

    async fn end_new(&mut self) -> Result<(), Trouble> {
        self.end_fresh().await
    }

    async fn backup(&mut self, folder: &Path) -> Result<PathBuf, Trouble> {
        let file = tool::place(folder, self.name(), "dump").map_err(Trouble::Backup)?;
        self.dump(&file, Trouble::Backup).await?;
        Ok(file)
    }

    async fn copy(&mut self, folder: &Path) -> Result<Self, Trouble> {
        let dump = folder.join("rehearsal.dump");
        self.dump(&dump, Trouble::Copy).await?;
        let name = self.copy_name().await?;
        // What a rehearsal that was killed left; ours is the only one, by the lock.
        self.drop_database(&name).await?;
        let create = format!("CREATE DATABASE \"{name}\" {}", self.locale().await?);
        self.client.batch_execute(&create).await.map_err(|why| Trouble::Copy(said(&why)))?;
        let text = dump.to_str().ok_or_else(|| Trouble::Copy("the path is no text in UTF-8".to_owned()))?;
        // A copy of a subscription would take what the server sends to the database itself.
        let arguments =
            ["--no-owner", "--no-acl", "--no-subscriptions", "--no-publications", "--exit-on-error", text];
        let server = self.server.of_database(&name);
        let copied = match tool::run("pg_restore", &server, &name, &arguments, Trouble::Copy).await {
            Ok(()) => Self::connect(&server).await,
            Err(trouble) => Err(trouble),
        };
        if copied.is_err() {
            self.drop_database(&name).await?;
        }
        copied
    }

    async fn discard(&mut self, copy: Self) -> Result<(), Trouble> {
        let name = copy.name().to_owned();
        drop(copy);
        self.drop_database(&name).await
    }
}

fn applied(migration: &Migration, begun: Instant, locks: Vec<String>, continued: bool) -> Applied {
    Applied {
        number: migration.number,
        name: migration.name.clone(),
        phase: migration.phase,
        file: migration.file.clone(),
        took_ms: millis(begun),
        locks,
        continued,
    }
}
