//! Origins that are forgotten: of each stays the hash that its leaf is made with, and nothing that it could be found by.
//!
//! Invariant: leaves, links and the tree stay as they are; asked again, it goes on where it was. What was there is
//! overwritten in the file, and the write-ahead log is emptied, not only let go. Deliberately not here: which, and when.

use rusqlite::{Connection, OptionalExtension, params};
use tidegate_ports::Fault;

use super::SqliteStore;
use super::values::{to_sql, to_u64};
use super::write::Unit;
use crate::audit::{Hash, OriginFact, Seal};

/// Events that one question looks at, and origins that one transaction takes.
const LOOKED_AT_MAX: u64 = 50_000;
const AT_ONCE: u64 = 500;

/// What stands at the beginning of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Past {
    /// Every event up to this position is older than was asked.
    pub through: u64,
    /// The origins that those above the given position still have.
    pub origins: u64,
}

impl SqliteStore {
    /// The events above `after`, without a gap, that are older than this (milliseconds since 1970).
    pub async fn past(&self, after: u64, before_ms: u64) -> Result<Past, Fault> {
        let mut past = Past { through: after, origins: 0 };
        loop {
            let begin = past.through;
            let found = self.read(move |connection| look(connection, begin, before_ms)).await?;
            past = Past { through: found.through, origins: past.origins + found.origins };
            // Less than was looked at: it met one that is not so old, or the end.
            if found.through < begin + LOOKED_AT_MAX {
                return Ok(past);
            }
        }
    }

    /// Forgets the origins of events above `after` up to `through`; answers how many there were.
    pub async fn forget_origins(&self, after: u64, through: u64) -> Result<u64, Fault> {
        let (mut position, mut forgotten) = (after, 0);
        while position < through {
            let end = through.min(position + LOOKED_AT_MAX);
            let found = self.read(move |connection| origins(connection, (position, end))).await?;
            position = match found.last() {
                Some((last, _)) if found.len() as u64 >= AT_ONCE => *last,
                Some(_) | None => end,
            };
            forgotten += found.len() as u64;
            if !found.is_empty() {
                self.write(move |unit| unit.forget(&found)).await?;
            }
        }
        Ok(forgotten)
    }
}

fn look(connection: &Connection, after: u64, before_ms: u64) -> rusqlite::Result<Past> {
    let (begin, end) = (to_sql(after), to_sql(after + LOOKED_AT_MAX));
    let young = "SELECT position FROM events WHERE position > ?1 AND position <= ?2 AND wall_ms >= ?3
         ORDER BY position LIMIT 1";
    let young: Option<i64> = connection
        .prepare_cached(young)?
        .query_row(params![begin, end, to_sql(before_ms)], |row| row.get(0))
        .optional()?;
    let last = young.map_or(end, |young| young - 1);
    let counts = "SELECT coalesce(max(position), ?1), count(origin) FROM events WHERE position > ?1 AND position <= ?2";
    connection.prepare_cached(counts)?.query_row([begin, last], |row| {
        Ok(Past { through: to_u64(row.get(0)?), origins: to_u64(row.get(1)?) })
    })
}

/// Positions, and what stays of each.
fn origins(connection: &Connection, (after, end): (u64, u64)) -> rusqlite::Result<Vec<(u64, Hash)>> {
    let sql = "SELECT position, origin, origin_seal FROM events
         WHERE position > ?1 AND position <= ?2 AND origin IS NOT NULL ORDER BY position LIMIT ?3";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query([to_sql(after), to_sql(end), to_sql(AT_ONCE)])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let (text, seal) =
            (row.get_ref(1)?.as_str()?, Seal::of(row.get_ref(2)?.as_blob().unwrap_or_default()));
        // Where the salt is damaged no hash could be right: it stays, for the audit to find.
        let hash = OriginFact::of(Some(text), seal.as_ref()).ok().and_then(|origin| origin.hash());
        if let Some(hash) = hash {
            found.push((to_u64(row.get(0)?), hash));
        }
    }
    Ok(found)
}

impl Unit<'_> {
    fn forget(&mut self, found: &[(u64, Hash)]) -> rusqlite::Result<()> {
        // Free space is overwritten from here on; what was written before is no secret.
        self.connection.pragma_update(None, "secure_delete", true)?;
        let sql =
            "UPDATE events SET origin = NULL, origin_seal = ?2 WHERE position = ?1 AND origin IS NOT NULL";
        let mut statement = self.connection.prepare_cached(sql)?;
        for (position, hash) in found {
            statement.execute(params![to_sql(*position), hash])?;
        }
        self.empty_log = true;
        Ok(())
    }
}
