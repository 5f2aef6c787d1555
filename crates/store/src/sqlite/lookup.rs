//! Whether what finds the rows of the log is as good as the rows: the index over streams, and the tree of positions.
//!
//! Invariant: after it has answered nothing, every row is found by its position, and by its stream and version, and nothing
//! else is. SQLite's own `integrity_check` says the same in twice the time. Deliberately not here: the rows (`audit`).

use std::hash::BuildHasher as _;

use foldhash::quality::RandomState;
use rusqlite::{Connection, Statement};

use super::values::{to_sql, to_u64};
use crate::audit::Facts;

/// The rows as a sum that does not depend on their order. Its keys are new at each verification, so nobody can choose
/// what an index holds instead so that two sums agree.
#[derive(Debug, Default)]
pub(super) struct Seen {
    keys: RandomState,
    rows: u64,
    sum: u64,
}

impl Seen {
    pub fn see(&mut self, facts: &Facts<'_>) {
        self.count(facts.stream, facts.version, facts.position);
    }

    fn count(&mut self, stream: &str, version: u64, position: u64) {
        self.rows += 1;
        self.sum = self.sum.wrapping_add(self.keys.hash_one((stream, version, position)));
    }

    /// What is wrong with the index, once every row was seen. It is read in its own order, which whoever searches trusts.
    pub fn check(&self, connection: &Connection) -> rusqlite::Result<Option<&'static str>> {
        let sql = "SELECT stream, version, position FROM events INDEXED BY sqlite_autoindex_events_1
             ORDER BY stream, version";
        let mut statement = connection.prepare(sql)?;
        let mut rows = statement.query([])?;
        let mut found = Self { keys: self.keys.clone(), rows: 0, sum: 0 };
        let mut before = (String::new(), 0);
        while let Some(row) = rows.next()? {
            let (stream, version) = (row.get_ref(0)?.as_str()?, to_u64(row.get(1)?));
            match stream.cmp(&before.0) {
                std::cmp::Ordering::Equal if version > before.1 => {}
                std::cmp::Ordering::Greater => stream.clone_into(&mut before.0),
                std::cmp::Ordering::Equal | std::cmp::Ordering::Less => {
                    return Ok(Some("the index over streams is out of order"));
                }
            }
            before.1 = version;
            found.count(stream, version, to_u64(row.get(2)?));
        }
        let same = (found.rows, found.sum) == (self.rows, self.sum);
        Ok((!same).then_some("the index over streams does not hold the rows"))
    }
}

/// Rows after which their positions are searched for: they are still in the cache then.
const POSITIONS_AT_ONCE: u64 = 1_000;

/// Finds rows by their positions.
pub(super) struct Positions<'c> {
    search: Statement<'c>,
    /// Those up to here were found.
    found: u64,
}

impl<'c> Positions<'c> {
    /// From the last to the first: the other way round SQLite only steps on to the next row.
    pub fn new(connection: &'c Connection) -> rusqlite::Result<Self> {
        let search = connection.prepare(
            "SELECT count(found.position) FROM
                 (SELECT position FROM events NOT INDEXED WHERE position > ?1 AND position <= ?2
                  ORDER BY position DESC LIMIT -1 OFFSET 0) AS down
             LEFT JOIN events AS found ON found.position = down.position",
        )?;
        Ok(Self { search, found: 0 })
    }

    /// Every row up to this one was read: where it is time, or `all` are, it searches for them.
    pub fn read(&mut self, position: u64, all: bool) -> rusqlite::Result<Option<&'static str>> {
        let new = position - self.found;
        if new == 0 || (new < POSITIONS_AT_ONCE && !all) {
            return Ok(None);
        }
        let range = [to_sql(self.found), to_sql(position)];
        let found: i64 = self.search.query_row(range, |row| row.get(0))?;
        self.found = position;
        Ok((to_u64(found) != new).then_some("some rows are not found by their position"))
    }
}
