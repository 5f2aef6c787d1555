//! Questions of those who look into the past: who did what, and the log as it is hashed.
//!
//! Invariant: every answer has a limit in rows, in bytes and in rows looked at, and goes on from a position, so that no
//! question holds a reader for long, however long the log is. Deliberately not here: proving (`audit`).

use rusqlite::types::Value;
use rusqlite::{Connection, params, params_from_iter};
use tidegate_ports::{Entry, Fault};

use super::SqliteStore;
use super::read::{ENTRY_COLUMNS, entry_of};
use super::values::{to_sql, to_u64};
use crate::audit::{Hash, Seal};
use crate::limits::PAGE_MAX;

/// Events that one question looks at; where more are left, the answer says where to go on.
const LOOKED_AT_MAX: u64 = 100_000;
/// An exported page ends with the event that reaches this, so that it stays in memory whatever stands in the log.
const EXPORTED_BYTES_MAX: usize = 4 << 20;

/// Every condition that is there must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Search {
    /// What they did, and what was done about them.
    pub person: Option<String>,
    /// Its own events and those of its rollouts.
    pub release: Option<String>,
    /// Its slots and rollouts, and whatever names it.
    pub environment: Option<String>,
    /// With `*` at the end: all kinds that begin so.
    pub kind: Option<String>,
    /// Milliseconds since 1970.
    pub since_ms: Option<u64>,
    pub until_ms: Option<u64>,
    /// Positions below this one.
    pub before: Option<u64>,
    /// Leaves out what is about people, their groups and the projects.
    pub of_project_only: bool,
    pub limit: u32,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// Newest first.
    pub entries: Vec<Entry>,
    /// Where to go on (`before`); none when everything was looked at.
    pub next: Option<u64>,
}

/// An event with everything that its leaf is made of; text as it stands, whatever somebody made of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    pub position: u64,
    pub stream: String,
    pub version: u64,
    pub kind: String,
    pub body: String,
    pub actor: String,
    pub wall_ms: u64,
    pub steady_ms: u64,
    pub origin: Option<String>,
    pub seal: Option<Seal>,
    pub leaf: Hash,
}

impl SqliteStore {
    pub async fn search(&self, search: Search) -> Result<Found, Fault> {
        self.read(move |connection| find(connection, &search)).await
    }

    /// Oldest first, above `after` and up to `until`.
    pub async fn exported(&self, after: u64, until: u64, limit: u32) -> Result<Vec<Exported>, Fault> {
        self.read(move |connection| export(connection, (after, until), limit)).await
    }
}

fn find(connection: &Connection, search: &Search) -> rusqlite::Result<Found> {
    let newest: i64 =
        connection.query_row("SELECT tree_size FROM head WHERE one = 1", [], |row| row.get(0))?;
    let before = search.before.unwrap_or(u64::MAX).min(to_u64(newest).saturating_add(1));
    let floor = before.saturating_sub(LOOKED_AT_MAX).max(1);
    let limit = search.limit.min(PAGE_MAX);
    let Conditions { sql, mut values } = Conditions::of(search);
    values.extend([to_sql(floor).into(), to_sql(before).into(), i64::from(limit).into()]);
    let sql = format!(
        "SELECT {ENTRY_COLUMNS} FROM events WHERE {sql} position >= ? AND position < ?
         ORDER BY position DESC LIMIT ?"
    );
    let entries: Vec<Entry> = connection
        .prepare_cached(&sql)?
        .query_map(params_from_iter(values), entry_of)?
        .collect::<rusqlite::Result<_>>()?;
    let last = match entries.last() {
        Some(last) if entries.len() >= limit as usize => last.position,
        Some(_) | None => floor,
    };
    Ok(Found { entries, next: Some(last).filter(|last| *last > 1) })
}

/// Each followed by AND. A plus before a column keeps its index out: what is looked at is bounded by positions.
#[derive(Default)]
struct Conditions {
    sql: String,
    values: Vec<Value>,
}

impl Conditions {
    fn of(search: &Search) -> Self {
        let mut conditions = Self::default();
        if let Some(person) = &search.person {
            conditions.add("(actor = ? OR +stream = 'person/' || ?)", [person; 2]);
        }
        if let Some(kind) = &search.kind {
            match kind.strip_suffix('*') {
                Some(start) => conditions.add("substr(kind, 1, length(?)) = ?", [start; 2]),
                None => conditions.add("kind = ?", [kind]),
            }
        }
        if let Some(release) = &search.release {
            conditions.of_release(release);
        }
        if let Some(environment) = &search.environment {
            conditions.of_environment(environment);
        }
        if let Some(since) = search.since_ms {
            conditions.add("wall_ms >= ?", []);
            conditions.values.push(to_sql(since).into());
        }
        if let Some(until) = search.until_ms {
            conditions.add("wall_ms < ?", []);
            conditions.values.push(to_sql(until).into());
        }
        if search.of_project_only {
            let others = "+stream NOT IN ('groups', 'projects') AND substr(stream, 1, 7) <> 'person/'";
            conditions.add(others, []);
        }
        conditions
    }

    fn add<const N: usize>(&mut self, condition: &str, texts: [&str; N]) {
        self.sql.push_str(condition);
        self.sql.push_str(" AND ");
        self.values.extend(texts.map(|text| Value::from(text.to_owned())));
    }

    fn of_release(&mut self, release: &str) {
        let rollouts = "SELECT 'rollout/' || id FROM read_rows
             WHERE kind = 'rollout' AND json_extract(body, '$.release') = ?";
        self.add(&format!("(+stream = 'release/' || ? OR +stream IN ({rollouts}))"), [release; 2]);
    }

    fn of_environment(&mut self, environment: &str) {
        let slots = "substr(stream, 1, length(?) + 6) = 'slot/' || ? || '/'";
        let rollouts = "SELECT 'rollout/' || id FROM read_rows WHERE kind = 'rollout' AND scope = ?";
        let named = "+stream <> 'catalog' AND instr(body, '\"environment\":\"' || ? || '\"') > 0";
        let listed = "+stream = 'calendar' AND instr(body, '\"' || ? || '\"') > 0";
        self.add(&format!("({slots} OR +stream IN ({rollouts}) OR {named} OR {listed})"), [environment; 5]);
    }
}

fn export(
    connection: &Connection,
    (after, until): (u64, u64),
    limit: u32,
) -> rusqlite::Result<Vec<Exported>> {
    let sql =
        "SELECT position, stream, version, kind, body, actor, wall_ms, steady_ms, origin, origin_seal, leaf
         FROM events WHERE position > ?1 AND position <= ?2 ORDER BY position LIMIT ?3";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params![to_sql(after), to_sql(until), limit.min(PAGE_MAX)])?;
    let (mut found, mut bytes) = (Vec::new(), 0);
    while let Some(row) = rows.next()? {
        let event = exported_of(row)?;
        bytes += event.body.len();
        found.push(event);
        if bytes >= EXPORTED_BYTES_MAX {
            break;
        }
    }
    Ok(found)
}

fn exported_of(row: &rusqlite::Row<'_>) -> rusqlite::Result<Exported> {
    let seal: Option<Vec<u8>> = row.get(9)?;
    Ok(Exported {
        position: to_u64(row.get(0)?),
        stream: row.get(1)?,
        version: to_u64(row.get(2)?),
        kind: row.get(3)?,
        body: row.get(4)?,
        actor: row.get(5)?,
        wall_ms: to_u64(row.get(6)?),
        steady_ms: to_u64(row.get(7)?),
        origin: row.get(8)?,
        seal: seal.as_deref().and_then(Seal::of),
        leaf: row.get(10)?,
    })
}

#[cfg(test)]
mod tests {
    use tidegate_domain::id::{RolloutId, StreamId};
    use tidegate_domain::moment::{Moment, Steady};
    use tidegate_ports::{Batch, Journal as _, NewEvent, Origin, Row, StreamAppend};

    use super::*;
    use crate::audit::{Facts, OriginFact, Segment};

    const SALT: [u8; 16] = [7; 16];

    fn batch(stream: &str, version: u64, (kind, body, actor): (&str, &str, &str)) -> Batch {
        let event = NewEvent { kind: kind.to_owned(), body: body.to_owned() };
        let stream = stream.parse().unwrap();
        let append = StreamAppend { stream, expected_version: version - 1, events: vec![event] };
        let origin = (actor != "tidegate").then(|| Origin { text: "127.0.0.1 cli".to_owned(), salt: SALT });
        Batch {
            at: Moment { wall_ms: 1_000 * version, steady: Steady(version) },
            actor: actor.to_owned(),
            origin,
            appends: vec![append],
            ..Batch::default()
        }
    }

    async fn store(directory: &std::path::Path) -> SqliteStore {
        let store = SqliteStore::open(directory.join("tidegate.db")).unwrap();
        let rollout = StreamId::Rollout(RolloutId::from_bits(7)).to_string();
        let row = Row {
            kind: "rollout".to_owned(),
            id: RolloutId::from_bits(7).to_string(),
            scope: "production".to_owned(),
            state: String::new(),
            body: r#"{"release":"1.0.0"}"#.to_owned(),
        };
        let verified = r#"{"Verified":{"environment":"production"}}"#;
        let freeze = r#"{"Set":{"entry":{"reach":{"environments":["staging"]}}}}"#;
        for batch in [
            batch("catalog", 1, ("catalog.applied", r#"{"environment":"production"}"#, "ann")),
            batch("release/1.0.0", 1, ("release.created", "{}", "ann")),
            Batch { rows: vec![row], ..batch(&rollout, 1, ("rollout.started", "{}", "bob")) },
            batch(&rollout, 2, ("rollout.succeeded", "{}", "tidegate")),
            batch("release/1.0.0", 2, ("release.verified", verified, "tidegate")),
            batch("slot/production/api", 1, ("slot.promoted", "{}", "tidegate")),
            batch("slot/staging/api", 1, ("slot.promoted", "{}", "tidegate")),
            batch("person/ann", 1, ("person.added", "{}", "root")),
            batch("calendar", 1, ("calendar.set", freeze, "bob")),
        ] {
            store.append(batch).await.unwrap();
        }
        store
    }

    #[allow(clippy::unnecessary_wraps)] // conditions are optional
    fn text(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[tokio::test]
    async fn each_condition_leaves_what_fits() {
        let directory = tempfile::tempdir().unwrap();
        let store = store(directory.path()).await;
        let check = async |search: Search, expect: &[u64]| {
            let found = store.search(Search { limit: 100, ..search.clone() }).await.unwrap();
            let positions: Vec<u64> = found.entries.iter().map(|entry| entry.position).collect();
            assert_eq!((positions.as_slice(), found.next), (expect, None), "{search:?}");
        };
        check(Search::default(), &[9, 8, 7, 6, 5, 4, 3, 2, 1]).await;
        check(Search { of_project_only: true, ..Search::default() }, &[9, 7, 6, 5, 4, 3, 2, 1]).await;
        check(Search { person: text("ann"), ..Search::default() }, &[8, 2, 1]).await;
        check(Search { person: text("ann"), of_project_only: true, ..Search::default() }, &[2, 1]).await;
        check(Search { person: text("tidegate"), ..Search::default() }, &[7, 6, 5, 4]).await;
        check(Search { release: text("1.0.0"), ..Search::default() }, &[5, 4, 3, 2]).await;
        check(Search { release: text("1.0"), ..Search::default() }, &[]).await;
        check(Search { environment: text("production"), ..Search::default() }, &[6, 5, 4, 3]).await;
        check(Search { environment: text("staging"), ..Search::default() }, &[9, 7]).await;
        check(Search { environment: text("prod"), ..Search::default() }, &[]).await;
        check(Search { kind: text("release.*"), ..Search::default() }, &[5, 2]).await;
        check(Search { kind: text("*"), before: Some(3), ..Search::default() }, &[2, 1]).await;
        check(Search { kind: text("slot.promoted"), before: Some(7), ..Search::default() }, &[6]).await;
        check(Search { since_ms: Some(2_000), ..Search::default() }, &[5, 4]).await;
        check(Search { until_ms: Some(2_000), person: text("bob"), ..Search::default() }, &[9, 3]).await;
        check(Search { person: text("'; DROP TABLE events; --"), ..Search::default() }, &[]).await;
        check(Search { before: Some(0), ..Search::default() }, &[]).await;
    }

    #[tokio::test]
    async fn a_page_says_where_the_next_begins() {
        let directory = tempfile::tempdir().unwrap();
        let store = store(directory.path()).await;
        let (mut seen, mut before) = (Vec::new(), None);
        loop {
            let search = Search { kind: text("r*"), before, limit: 2, ..Search::default() };
            let found = store.search(search).await.unwrap();
            seen.extend(found.entries.iter().map(|entry| entry.position));
            before = found.next;
            if before.is_none() {
                break;
            }
        }
        assert_eq!(seen, [5, 4, 3, 2]);
    }

    #[tokio::test]
    async fn a_question_looks_at_a_bounded_part_of_the_log() {
        let directory = tempfile::tempdir().unwrap();
        let store = store(directory.path()).await;
        let plan = |search: Search| {
            store.read(move |connection| {
                let Conditions { sql, values } = Conditions::of(&search);
                let sql = format!(
                    "EXPLAIN QUERY PLAN SELECT body FROM events WHERE {sql} position >= 5 AND position < 9
                     ORDER BY position DESC LIMIT 2"
                );
                connection.query_row(&sql, params_from_iter(values), |row| row.get::<_, String>(3))
            })
        };
        let all = Search {
            person: text("ann"),
            release: text("1.0.0"),
            environment: text("production"),
            kind: text("release.*"),
            of_project_only: true,
            ..Search::default()
        };
        let environment = Search { environment: text("production"), ..Search::default() };
        for search in [Search::default(), environment, all] {
            let plan = plan(search.clone()).await.unwrap();
            assert!(plan.contains("PRIMARY KEY (rowid>? AND rowid<?)"), "{search:?}: {plan}");
        }
    }

    #[tokio::test]
    async fn what_is_exported_hashes_to_its_leaf_and_to_the_head() {
        let directory = tempfile::tempdir().unwrap();
        let store = store(directory.path()).await;
        let (size, head) = store.tree_head().await.unwrap();
        for begin in 0..=size {
            let mut segment = Segment::after(store.tree_at(begin).await.unwrap().unwrap());
            let mut after = begin;
            loop {
                let page = store.exported(after, size, 2).await.unwrap();
                let Some(last) = page.last() else { break };
                after = last.position;
                for event in &page {
                    let origin = OriginFact::of(event.origin.as_deref(), event.seal.as_ref()).unwrap();
                    let facts = Facts {
                        position: event.position,
                        stream: &event.stream,
                        version: event.version,
                        kind: &event.kind,
                        body: &event.body,
                        actor: &event.actor,
                        wall_ms: event.wall_ms,
                        steady_ms: event.steady_ms,
                        origin,
                    };
                    segment.push(event.position, &event.leaf, Some(&facts)).unwrap();
                }
            }
            assert_eq!((after, segment.head()), (size, head), "after {begin}");
        }
        assert_eq!(store.exported(3, 5, 100).await.unwrap().len(), 2);
        assert_eq!(store.exported(size, size, 100).await.unwrap(), []);
        assert!(store.tree_at(size + 1).await.unwrap().is_none());
    }
}
