//! Wake-ups and leases, as SQL. The rules are those of `wake.rs`; here they are only read and written.
//!
//! Invariant: `due_at` is always what the rules say, so that a claim finds what is due by one index. A claim that
//! finds nothing writes nothing. Deliberately not here: time; it comes as an argument.

use rusqlite::{OptionalExtension, params};
use tidegate_domain::id::StreamId;
use tidegate_domain::moment::Steady;
use tidegate_ports::Lease;

use super::values::{at_of, at_to_sql, stream_of, to_sql, to_u64};
use super::write::Unit;
use crate::wake::{Hold, WakeState};

/// Reads `next_at, called_at, holder, fence, leased_until` from the first column on.
fn wake_of(row: &rusqlite::Row<'_>) -> rusqlite::Result<WakeState> {
    let (holder, fence, until): (Option<String>, Option<i64>, Option<i64>) =
        (row.get(2)?, row.get(3)?, row.get(4)?);
    let held = match (holder, fence, until) {
        (Some(holder), Some(fence), Some(until)) => {
            Some(Hold { holder, fence: to_u64(fence), until: Steady(to_u64(until)) })
        }
        _ => None,
    };
    Ok(WakeState { next_at: at_of(row.get(0)?), called_at: at_of(row.get(1)?), held })
}

impl Unit<'_> {
    pub fn wake(&self, stream: &StreamId) -> rusqlite::Result<WakeState> {
        let sql = "SELECT next_at, called_at, holder, fence, leased_until FROM wakes WHERE stream = ?1";
        let found =
            self.connection.prepare_cached(sql)?.query_row([stream.to_string()], wake_of).optional()?;
        Ok(found.unwrap_or_default())
    }

    pub fn write_wake(&self, stream: &StreamId, state: &WakeState) -> rusqlite::Result<()> {
        let stream = stream.to_string();
        if state.is_idle() {
            return self
                .connection
                .prepare_cached("DELETE FROM wakes WHERE stream = ?1")?
                .execute([stream])
                .map(drop);
        }
        let mut statement = self.connection.prepare_cached(
            "INSERT INTO wakes (stream, next_at, called_at, due_at, holder, fence, leased_until)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT (stream) DO UPDATE SET next_at = excluded.next_at, called_at = excluded.called_at,
                 due_at = excluded.due_at, holder = excluded.holder, fence = excluded.fence,
                 leased_until = excluded.leased_until",
        )?;
        let held = state.held.as_ref();
        let values = params![
            stream,
            at_to_sql(state.next_at),
            at_to_sql(state.called_at),
            at_to_sql(state.due_at()),
            held.map(|hold| &hold.holder),
            held.map(|hold| to_sql(hold.fence)),
            at_to_sql(held.map(|hold| hold.until)),
        ];
        statement.execute(values).map(drop)
    }

    pub fn claim(&mut self, holder: &str, now: Steady, limit: u32) -> rusqlite::Result<Vec<Lease>> {
        let ready: Vec<(StreamId, WakeState)> = self
            .connection
            .prepare_cached(
                "SELECT next_at, called_at, holder, fence, leased_until, stream FROM wakes
                 WHERE due_at <= ?1 ORDER BY due_at, stream LIMIT ?2",
            )?
            .query_map(params![to_sql(now.0), limit], |row| {
                Ok((stream_of(5, &row.get::<_, String>(5)?)?, wake_of(row)?))
            })?
            .collect::<rusqlite::Result<_>>()?;
        ready.into_iter().map(|(stream, state)| self.take(stream, state, holder, now)).collect()
    }

    fn take(
        &mut self,
        stream: StreamId,
        mut state: WakeState,
        holder: &str,
        now: Steady,
    ) -> rusqlite::Result<Lease> {
        self.head.newest_fence += 1;
        let hold = state.claim(holder, self.head.newest_fence, now);
        self.write_wake(&stream, &state)?;
        Ok(Lease { stream, holder: hold.holder, fence: hold.fence, until: hold.until })
    }

    pub fn renew(&mut self, lease: &Lease, now: Steady) -> rusqlite::Result<Option<Lease>> {
        let mut state = self.wake(&lease.stream)?;
        let renewed = state.renew(lease, now);
        if renewed.is_some() {
            self.write_wake(&lease.stream, &state)?;
        }
        Ok(renewed)
    }

    /// A lease that has passed to another changes nothing.
    pub fn release(
        &mut self,
        lease: &Lease,
        seen_version: u64,
        next: Option<Steady>,
    ) -> rusqlite::Result<()> {
        let mut state = self.wake(&lease.stream)?;
        if !state.is_held_under(lease) {
            return Ok(());
        }
        let moved_on = self.version(&lease.stream)? > seen_version;
        state.release(next, moved_on);
        self.write_wake(&lease.stream, &state)
    }
}
