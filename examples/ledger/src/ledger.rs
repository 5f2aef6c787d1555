//! The rows, in SQLite or PostgreSQL.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::Connection;
use serde::Deserialize;
use tokio_postgres::{Client, NoTls};

/// Longer than a migration may keep writers waiting.
const BUSY: Duration = Duration::from_secs(30);

#[derive(Debug, Clone, Deserialize)]
pub struct Statements {
    version: String,
    /// Writes one row.
    write: String,
    /// Counts them: one row with one 64-bit number.
    read: String,
}

pub struct Ledger {
    statements: Statements,
    rows: Rows,
}

enum Rows {
    Sqlite(Arc<Mutex<Connection>>),
    Postgres(Client),
}

impl Ledger {
    pub async fn open(address: &str, statements: Statements) -> Result<Self, String> {
        let rows = if let Some(path) = address.strip_prefix("sqlite:") {
            let connection = Connection::open(path).map_err(|why| why.to_string())?;
            connection.busy_timeout(BUSY).map_err(|why| why.to_string())?;
            connection.pragma_update(None, "journal_mode", "wal").map_err(|why| why.to_string())?;
            Rows::Sqlite(Arc::new(Mutex::new(connection)))
        } else {
            let (client, connection) =
                tokio_postgres::connect(address, NoTls).await.map_err(|why| why.to_string())?;
            tokio::spawn(async move {
                // What ended it is told to whoever asks next.
                drop(connection.await);
            });
            Rows::Postgres(client)
        };
        Ok(Self { statements, rows })
    }

    pub fn version(&self) -> &str {
        &self.statements.version
    }

    /// Writes a row, and says how many there are.
    pub async fn enter(&self) -> Result<i64, String> {
        match &self.rows {
            Rows::Sqlite(connection) => {
                let (connection, statements) = (Arc::clone(connection), self.statements.clone());
                let entering = tokio::task::spawn_blocking(move || {
                    let connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
                    connection.execute(&statements.write, [])?;
                    connection.query_row(&statements.read, [], |row| row.get(0))
                });
                let entered = entering.await.map_err(|why| why.to_string())?;
                entered.map_err(|why: rusqlite::Error| why.to_string())
            }
            Rows::Postgres(client) => {
                let words = |why: tokio_postgres::Error| why.to_string();
                client.execute(&self.statements.write, &[]).await.map_err(words)?;
                let row = client.query_one(&self.statements.read, &[]).await.map_err(words)?;
                row.try_get(0).map_err(words)
            }
        }
    }
}
