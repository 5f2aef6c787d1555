//! What one batch changes, as SQL.
//!
//! Invariant: everything that can refuse a batch is checked before its first write, so that a refused one needs no
//! undoing and its neighbours in the group go on. Deliberately not here: BEGIN and COMMIT (`writer.rs`).

use rusqlite::{Connection, OptionalExtension, params};
use tidegate_domain::id::StreamId;
use tidegate_domain::moment::Steady;
use tidegate_ports::{AppendError, Appended, Batch, Note, Notice, Receipt, Row, Sample, StreamAppend};

use super::opening::Head;
use super::read::receipt;
use super::values::{stored, to_sql, to_u64};
use crate::audit::{Facts, OriginFact};
use crate::limits::{NOTICE_KEPT_MS, PRUNE_EVERY_MS, RECEIPT_KEPT_MS, SAMPLES_PER_STREAM_MAX};
use crate::wake::Standing;

/// Rows that one look for old ones removes at most of each kind.
const PRUNED_MAX: i64 = 1_000;

/// The transaction under way.
pub(super) struct Unit<'c> {
    pub connection: &'c Connection,
    pub head: &'c mut Head,
    /// What is hashed, used again.
    pub buffer: Vec<u8>,
    /// Whether the write-ahead log holds what shall be nowhere any more.
    pub empty_log: bool,
}

impl Unit<'_> {
    pub fn append(&mut self, batch: &Batch) -> rusqlite::Result<Result<Appended, AppendError>> {
        if let Some(refused) = self.check(batch)? {
            return Ok(Err(refused));
        }
        for append in &batch.appends {
            self.write_events(batch, append)?;
        }
        let position = self.head.log.tree.size();
        for wake in &batch.wakes {
            let mut state = self.wake(&wake.stream)?;
            state.set(wake.at, Standing::of(batch, &wake.stream));
            self.write_wake(&wake.stream, &state)?;
        }
        batch.rows.iter().try_for_each(|row| self.write_row(row, position))?;
        batch.outbox.iter().try_for_each(|notice| self.write_notice(notice, batch.at.steady))?;
        batch.notes.iter().try_for_each(|note| self.write_note(note))?;
        batch.samples.iter().try_for_each(|sample| self.write_sample(sample))?;
        batch.receipt.iter().try_for_each(|receipt| self.write_receipt(receipt, batch.at.steady))?;
        self.prune(batch.at.steady)?;
        Ok(Ok(Appended { position }))
    }

    /// Why the batch cannot be written as it is: answered before, lease lost, or somebody wrote first.
    fn check(&self, batch: &Batch) -> rusqlite::Result<Option<AppendError>> {
        if let Some(given) = &batch.receipt
            && let Some(kept) = receipt(self.connection, &given.key)?
        {
            return Ok(Some(AppendError::Answered(kept)));
        }
        if let Some(lease) = &batch.lease
            && !self.wake(&lease.stream)?.is_held_under(lease)
        {
            return Ok(Some(AppendError::LeaseLost { stream: lease.stream.clone() }));
        }
        let mut versions: Vec<(&StreamId, u64)> = Vec::with_capacity(batch.appends.len());
        for append in &batch.appends {
            let known =
                versions.iter().rev().find(|(stream, _)| *stream == &append.stream).map(|known| known.1);
            let version = known.map_or_else(|| self.version(&append.stream), Ok)?;
            if version != append.expected_version {
                return Ok(Some(AppendError::Conflict { stream: append.stream.clone() }));
            }
            versions.push((&append.stream, version + append.events.len() as u64));
        }
        Ok(None)
    }

    pub fn version(&self, stream: &StreamId) -> rusqlite::Result<u64> {
        let sql = "SELECT version FROM events WHERE stream = ?1 ORDER BY version DESC LIMIT 1";
        let found: Option<i64> = self
            .connection
            .prepare_cached(sql)?
            .query_row([stream.to_string()], |row| row.get(0))
            .optional()?;
        Ok(found.map_or(0, to_u64))
    }

    fn write_events(&mut self, batch: &Batch, append: &StreamAppend) -> rusqlite::Result<()> {
        let mut statement = self.connection.prepare_cached(
            "INSERT INTO events
                 (position, stream, version, kind, body, actor, wall_ms, steady_ms, leaf, link, origin, origin_seal)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        )?;
        let (at, stream, origin) = (stored(batch.at), append.stream.to_string(), batch.origin.as_ref());
        for (event, version) in append.events.iter().zip(append.expected_version + 1..) {
            let facts = Facts {
                position: self.head.log.tree.size() + 1,
                stream: &stream,
                version,
                kind: &event.kind,
                body: &event.body,
                actor: &batch.actor,
                wall_ms: at.wall_ms,
                steady_ms: at.steady.0,
                origin: origin.map_or(OriginFact::None, |origin| OriginFact::Known {
                    text: &origin.text,
                    salt: &origin.salt,
                }),
            };
            let leaf = self.head.log.push(&facts, &mut self.buffer);
            statement.execute(params![
                to_sql(facts.position),
                stream,
                to_sql(version),
                event.kind,
                event.body,
                batch.actor,
                to_sql(at.wall_ms),
                to_sql(at.steady.0),
                leaf,
                self.head.log.link,
                origin.map(|origin| &origin.text),
                origin.map(|origin| origin.salt),
            ])?;
        }
        Ok(())
    }

    fn write_row(&self, row: &Row, position: u64) -> rusqlite::Result<()> {
        let mut statement = self.connection.prepare_cached(
            "INSERT INTO read_rows (kind, id, scope, state, position, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (kind, id) DO UPDATE SET scope = excluded.scope, state = excluded.state,
                 position = excluded.position, body = excluded.body",
        )?;
        statement.execute(params![row.kind, row.id, row.scope, row.state, to_sql(position), row.body])?;
        Ok(())
    }

    /// A notice with the same id is the same fact: told once.
    fn write_notice(&self, notice: &Notice, now: Steady) -> rusqlite::Result<()> {
        let at = stored(notice.at);
        let mut statement = self.connection.prepare_cached(
            "INSERT INTO outbox (id, topic, wall_ms, steady_ms, text, body, written_steady_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (id) DO NOTHING",
        )?;
        statement.execute(params![
            notice.id,
            notice.topic,
            to_sql(at.wall_ms),
            to_sql(at.steady.0),
            notice.text,
            notice.body,
            to_sql(now.0),
        ])?;
        Ok(())
    }

    pub fn mark_sent(&self, notice_id: &str) -> rusqlite::Result<()> {
        let mut statement =
            self.connection.prepare_cached("UPDATE outbox SET sent = 1 WHERE id = ?1 AND sent = 0")?;
        statement.execute([notice_id]).map(drop)
    }

    fn write_note(&self, note: &Note) -> rusqlite::Result<()> {
        let stream = note.stream.to_string();
        let Some(body) = &note.body else {
            let sql = "DELETE FROM notes WHERE stream = ?1 AND name = ?2";
            return self.connection.prepare_cached(sql)?.execute([&stream, &note.name]).map(drop);
        };
        let mut statement = self.connection.prepare_cached(
            "INSERT INTO notes (stream, name, body) VALUES (?1, ?2, ?3)
             ON CONFLICT (stream, name) DO UPDATE SET body = excluded.body",
        )?;
        statement.execute(params![stream, note.name, body]).map(drop)
    }

    fn write_sample(&self, sample: &Sample) -> rusqlite::Result<()> {
        let stream = sample.stream.to_string();
        let newest: i64 = self
            .connection
            .prepare_cached("SELECT coalesce(max(sequence), 0) FROM samples WHERE stream = ?1")?
            .query_row([&stream], |row| row.get(0))?;
        let at = stored(sample.at);
        self.connection
            .prepare_cached(
                "INSERT INTO samples (stream, sequence, wall_ms, steady_ms, body) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![stream, newest + 1, to_sql(at.wall_ms), to_sql(at.steady.0), sample.body])?;
        self.connection
            .prepare_cached("DELETE FROM samples WHERE stream = ?1 AND sequence <= ?2")?
            .execute(params![stream, newest + 1 - to_sql(SAMPLES_PER_STREAM_MAX)])
            .map(drop)
    }

    fn write_receipt(&self, receipt: &Receipt, now: Steady) -> rusqlite::Result<()> {
        let sql =
            "INSERT INTO receipts (key, command_digest, answer, written_steady_ms) VALUES (?1, ?2, ?3, ?4)";
        let mut statement = self.connection.prepare_cached(sql)?;
        statement
            .execute(params![receipt.key, receipt.command_digest, receipt.answer, to_sql(now.0)])
            .map(drop)
    }

    /// Forgets what is past its time, a bounded number at once.
    fn prune(&mut self, now: Steady) -> rusqlite::Result<()> {
        if now < self.head.prune_at {
            return Ok(());
        }
        let before = |kept_ms: u64| to_sql(now.0).saturating_sub(to_sql(kept_ms));
        let receipts = self.connection.execute(
            "DELETE FROM receipts WHERE key IN
                 (SELECT key FROM receipts WHERE written_steady_ms <= ?1 ORDER BY written_steady_ms LIMIT ?2)",
            [before(RECEIPT_KEPT_MS), PRUNED_MAX],
        )?;
        let notices = self.connection.execute(
            "DELETE FROM outbox WHERE sequence IN (SELECT sequence FROM outbox
                 WHERE sent = 1 AND written_steady_ms <= ?1 ORDER BY written_steady_ms LIMIT ?2)",
            [before(NOTICE_KEPT_MS), PRUNED_MAX],
        )?;
        let is_all = receipts.max(notices) < PRUNED_MAX as usize;
        self.head.prune_at = if is_all { now.plus_ms(PRUNE_EVERY_MS) } else { now };
        Ok(())
    }

    pub fn write_head(&self) -> rusqlite::Result<()> {
        let mut statement = self.connection.prepare_cached(
            "UPDATE head SET tree_size = ?1, tree_peaks = ?2, newest_fence = ?3, link = ?4, check_sum = ?5 WHERE one = 1",
        )?;
        let log = &self.head.log;
        let changed = statement.execute(params![
            to_sql(log.tree.size()),
            log.tree.peak_bytes(),
            to_sql(self.head.newest_fence),
            log.link,
            log.check_sum(),
        ])?;
        assert_eq!(changed, 1, "the store has lost its head");
        Ok(())
    }
}
