//! Every question that reads, as SQL.
//!
//! Invariant: each is one statement, so it sees one state of the store; each has a limit. Deliberately not here: on
//! which thread it runs (`reader.rs`).

use rusqlite::{Connection, OptionalExtension, params};
use tidegate_domain::id::StreamId;
use tidegate_domain::moment::Steady;
use tidegate_ports::{Entry, EventsAfter, Notice, Receipt, Row, RowQuery, Sample, SamplesQuery};

use super::values::{at_of, moment_of, stream_of, to_sql, to_u64};
use crate::limits::PAGE_MAX;

pub(super) const ENTRY_COLUMNS: &str =
    "position, stream, version, kind, body, actor, wall_ms, steady_ms, origin";

pub(super) fn entry_of(row: &rusqlite::Row<'_>) -> rusqlite::Result<Entry> {
    Ok(Entry {
        position: to_u64(row.get(0)?),
        stream: stream_of(1, row.get_ref(1)?.as_str()?)?,
        version: to_u64(row.get(2)?),
        kind: row.get(3)?,
        body: row.get(4)?,
        actor: row.get(5)?,
        origin: row.get(8)?,
        at: moment_of(row.get(6)?, row.get(7)?),
    })
}

pub(super) fn load(
    connection: &Connection,
    stream: &StreamId,
    after_version: u64,
) -> rusqlite::Result<Vec<Entry>> {
    let sql =
        format!("SELECT {ENTRY_COLUMNS} FROM events WHERE stream = ?1 AND version > ?2 ORDER BY version");
    let values = params![stream.to_string(), to_sql(after_version)];
    connection.prepare_cached(&sql)?.query_map(values, entry_of)?.collect()
}

pub(super) fn events(connection: &Connection, query: &EventsAfter) -> rusqlite::Result<Vec<Entry>> {
    let (after, limit) = (to_sql(query.position), query.limit.min(PAGE_MAX));
    if let Some(stream) = &query.stream {
        let sql = format!(
            "SELECT {ENTRY_COLUMNS} FROM events WHERE stream = ?1 AND position > ?2 ORDER BY version LIMIT ?3"
        );
        let values = params![stream.to_string(), after, limit];
        return connection.prepare_cached(&sql)?.query_map(values, entry_of)?.collect();
    }
    let sql = format!("SELECT {ENTRY_COLUMNS} FROM events WHERE position > ?1 ORDER BY position LIMIT ?2");
    connection.prepare_cached(&sql)?.query_map(params![after, limit], entry_of)?.collect()
}

pub(super) fn receipt(connection: &Connection, key: &str) -> rusqlite::Result<Option<Receipt>> {
    let sql = "SELECT key, command_digest, answer FROM receipts WHERE key = ?1";
    let read = |row: &rusqlite::Row<'_>| {
        Ok(Receipt { key: row.get(0)?, command_digest: row.get(1)?, answer: row.get(2)? })
    };
    connection.prepare_cached(sql)?.query_row([key], read).optional()
}

pub(super) fn note(
    connection: &Connection,
    stream: &StreamId,
    name: &str,
) -> rusqlite::Result<Option<Vec<u8>>> {
    let sql = "SELECT body FROM notes WHERE stream = ?1 AND name = ?2";
    connection.prepare_cached(sql)?.query_row(params![stream.to_string(), name], |row| row.get(0)).optional()
}

fn row_of(row: &rusqlite::Row<'_>) -> rusqlite::Result<(u64, Row)> {
    let found =
        Row { kind: row.get(1)?, id: row.get(2)?, scope: row.get(3)?, state: row.get(4)?, body: row.get(5)? };
    Ok((to_u64(row.get(0)?), found))
}

/// Rows that changed together stay on one page, else the next page (`before`) would miss some.
pub(super) fn rows(connection: &Connection, query: &RowQuery) -> rusqlite::Result<Vec<(u64, Row)>> {
    let Some(last) = query.limit.min(PAGE_MAX).checked_sub(1) else { return Ok(Vec::new()) };
    let wanted = "kind = ?1 AND position < ?2 AND (?3 IS NULL OR scope = ?3) AND (?4 IS NULL OR state = ?4)";
    let sql = format!(
        "SELECT position, kind, id, scope, state, body FROM read_rows WHERE {wanted} AND position >= coalesce(
             (SELECT position FROM read_rows WHERE {wanted} ORDER BY position DESC LIMIT 1 OFFSET ?5), 0)
         ORDER BY position DESC, id"
    );
    let before = query.before.map_or(i64::MAX, to_sql);
    let values = params![query.kind, before, query.scope, query.state, last];
    connection.prepare_cached(&sql)?.query_map(values, row_of)?.collect()
}

pub(super) fn row(connection: &Connection, kind: &str, id: &str) -> rusqlite::Result<Option<Row>> {
    let sql = "SELECT position, kind, id, scope, state, body FROM read_rows WHERE kind = ?1 AND id = ?2";
    Ok(connection.prepare_cached(sql)?.query_row([kind, id], row_of).optional()?.map(|(_, row)| row))
}

pub(super) fn samples(connection: &Connection, query: &SamplesQuery) -> rusqlite::Result<Vec<Sample>> {
    let SamplesQuery { stream, after_ms, limit } = query;
    let read = |row: &rusqlite::Row<'_>| {
        Ok(Sample { stream: stream.clone(), at: moment_of(row.get(0)?, row.get(1)?), body: row.get(2)? })
    };
    if let Some(after_ms) = after_ms {
        let sql = "SELECT wall_ms, steady_ms, body FROM samples WHERE stream = ?1 AND sequence > coalesce(
                 (SELECT sequence FROM samples WHERE stream = ?1 AND wall_ms <= ?2
                  ORDER BY sequence DESC LIMIT 1), 0)
             ORDER BY sequence LIMIT ?3";
        let values = params![stream.to_string(), to_sql(*after_ms), (*limit).min(PAGE_MAX)];
        return connection.prepare_cached(sql)?.query_map(values, read)?.collect();
    }
    let sql =
        "SELECT wall_ms, steady_ms, body FROM samples WHERE stream = ?1 ORDER BY sequence DESC LIMIT ?2";
    let values = params![stream.to_string(), (*limit).min(PAGE_MAX)];
    let mut found: Vec<Sample> =
        connection.prepare_cached(sql)?.query_map(values, read)?.collect::<rusqlite::Result<_>>()?;
    found.reverse();
    Ok(found)
}

pub(super) fn next_due(connection: &Connection) -> rusqlite::Result<Option<Steady>> {
    let sql = "SELECT due_at FROM wakes WHERE due_at IS NOT NULL ORDER BY due_at LIMIT 1";
    let found: Option<i64> = connection.prepare_cached(sql)?.query_row([], |row| row.get(0)).optional()?;
    Ok(at_of(found))
}

pub(super) fn unsent(connection: &Connection, limit: u32) -> rusqlite::Result<Vec<Notice>> {
    let sql = "SELECT id, topic, wall_ms, steady_ms, text, body FROM outbox WHERE sent = 0 ORDER BY sequence LIMIT ?1";
    let read = |row: &rusqlite::Row<'_>| {
        Ok(Notice {
            id: row.get(0)?,
            topic: row.get(1)?,
            at: moment_of(row.get(2)?, row.get(3)?),
            text: row.get(4)?,
            body: row.get(5)?,
        })
    };
    connection.prepare_cached(sql)?.query_map([limit.min(PAGE_MAX)], read)?.collect()
}
