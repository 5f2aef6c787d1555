//! What was gathered of the log, kept in the store, so that a server that starts reads on where the last one was.
//!
//! Invariant: rows and the position up to which they were read are written in one transaction, so that none is missing and none
//! is of what comes later; what cannot be read again is as if it had never been kept, and the log is read from its beginning.
//! Rows stand in blocks that are only added to: keeping one more costs the same however many there are. Deliberately not
//! here: when anything is kept (`filling`).

use serde::{Deserialize, Serialize};
use tidegate_domain::id::StreamId;
use tidegate_domain::moment::Moment;
use tidegate_engine::Gather;
use tidegate_measures::{Deployment, Incident, Index};
use tidegate_ports::{AppendError, Batch, Fault, Note, Store};

/// Raised when a row or what is gathered beside it changes its meaning: then everything is read anew.
const FORMAT: u32 = 1;
const STATE: &str = "measures";

/// With the position of the event that it follows from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Row {
    Deployment(Box<Deployment>, u64),
    Incident(Incident, u64),
}

impl Row {
    pub fn enter(&self, index: &mut Index) {
        match self {
            Self::Deployment(row, revision) => index.deployment(row, *revision),
            Self::Incident(row, revision) => index.incident(row, *revision),
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Kept<G> {
    format: u32,
    position: u64,
    blocks: u64,
    gather: G,
}

/// Rows that are kept, and those that are yet to be.
#[derive(Debug, Default)]
pub(super) struct Keeping {
    /// Up to which everything was kept the last time, or should have been.
    pub position: u64,
    blocks: u64,
    rows: Vec<Row>,
}

fn block(number: u64) -> String {
    format!("{STATE}/{number}")
}

/// Notes belong to streams; these are about all of them.
fn stream() -> StreamId {
    StreamId::Catalog
}

impl Keeping {
    /// What was kept, without its rows; none where nothing was, or nothing that can be used. `newest`: of the log, which cannot be
    /// shorter than what was read of it.
    pub async fn open(store: &dyn Store, newest: u64) -> Result<Option<(Self, Gather)>, Fault> {
        let Some(state) = store.note(&stream(), STATE).await? else { return Ok(None) };
        let known = serde_json::from_slice::<Kept<Gather>>(&state).ok();
        let Some(kept) = known.filter(|kept| kept.format == FORMAT && kept.position <= newest) else {
            tracing::warn!("what was kept for measures cannot be used; the log is read from its beginning");
            return Ok(None);
        };
        let Kept { position, blocks, gather, .. } = kept;
        Ok(Some((Self { position, blocks, rows: Vec::new() }, gather)))
    }

    pub fn blocks(&self) -> u64 {
        self.blocks
    }

    /// The rows of a block; none where they cannot be read, and then nothing of what was kept can be used.
    pub async fn rows(&self, store: &dyn Store, number: u64) -> Result<Option<Vec<Row>>, Fault> {
        let body = store.note(&stream(), &block(number)).await?;
        let rows = body.and_then(|body| serde_json::from_slice(&body).ok());
        if rows.is_none() {
            tracing::warn!(
                number,
                "rows kept for measures cannot be read; the log is read from its beginning"
            );
        }
        Ok(rows)
    }

    pub fn add(&mut self, rows: Vec<Row>) {
        self.rows.extend(rows);
    }

    pub fn has_more(&self) -> bool {
        !self.rows.is_empty()
    }

    /// All that was read up to this position; where it cannot be written, it is kept the next time.
    pub async fn keep(
        &mut self,
        store: &dyn Store,
        (at, position, gather): (Moment, u64, &Gather),
    ) -> Result<(), Fault> {
        // Also where it fails: the next try is as far away as after a success.
        self.position = position;
        let has_more = self.has_more();
        let blocks = self.blocks + u64::from(has_more);
        let kept = Kept { format: FORMAT, position, blocks, gather };
        let mut notes = vec![note(STATE.to_owned(), &kept)?];
        if has_more {
            notes.push(note(block(self.blocks), &self.rows)?);
        }
        match store.append(Batch { at, notes, ..Batch::default() }).await {
            Ok(_) => {}
            Err(AppendError::Fault(fault)) => return Err(fault),
            // It names no stream, no lease and no key.
            Err(other) => return Err(unwritable(other)),
        }
        self.blocks = blocks;
        self.rows.clear();
        Ok(())
    }
}

fn note(name: String, body: &impl Serialize) -> Result<Note, Fault> {
    let body = serde_json::to_vec(body).map_err(unwritable)?;
    Ok(Note { stream: stream(), name, body: Some(body) })
}

fn unwritable(why: impl std::error::Error + Send + Sync + 'static) -> Fault {
    Fault::hold("measures-unwritable", "rows for measures cannot be kept").caused_by(why)
}

#[cfg(test)]
mod tests {
    use tidegate_domain::moment::Steady;
    use tidegate_ports::Journal;
    use tidegate_store::memory::MemoryStore;

    use super::*;

    fn incident(number: u64) -> Row {
        let row = Incident {
            id: format!("inc_{number}"),
            detected_ms: number,
            resolved_ms: None,
            deployments: vec![format!("rol_{number}")],
        };
        Row::Incident(row, number)
    }

    /// Nothing where any of it cannot be read.
    async fn read(store: &MemoryStore, newest: u64) -> Option<(u64, Vec<Row>)> {
        let (keeping, _) = Keeping::open(store, newest).await.unwrap()?;
        let mut all = Vec::new();
        for number in 0..keeping.blocks() {
            all.extend(keeping.rows(store, number).await.unwrap()?);
        }
        Some((keeping.position, all))
    }

    async fn write(store: &MemoryStore, name: &str, body: Option<&str>) {
        let body = body.map(|body| body.as_bytes().to_vec());
        let note = Note { stream: stream(), name: name.to_owned(), body };
        store.append(Batch { notes: vec![note], ..Batch::default() }).await.unwrap();
    }

    #[tokio::test]
    async fn what_was_kept_is_read_again_and_what_cannot_be_is_not_there() {
        let store = MemoryStore::new();
        assert_eq!(read(&store, 0).await, None);
        let at = Moment { wall_ms: 1, steady: Steady(1) };
        let gather = Gather::default();
        let mut keeping = Keeping::default();
        for (position, rows) in [(10, vec![incident(1), incident(9)]), (20, vec![]), (30, vec![incident(25)])]
        {
            keeping.add(rows);
            keeping.keep(&store, (at, position, &gather)).await.unwrap();
            assert_eq!((keeping.position, keeping.has_more()), (position, false));
        }
        let all = vec![incident(1), incident(9), incident(25)];
        assert_eq!(read(&store, 30).await, Some((30, all.clone())));
        // It goes on where it was.
        let (mut keeping, gather) = Keeping::open(&store, 30).await.unwrap().unwrap();
        keeping.add(vec![incident(31)]);
        keeping.keep(&store, (at, 31, &gather)).await.unwrap();
        assert_eq!(read(&store, 99).await, Some((31, [all, vec![incident(31)]].concat())));

        // A log that is shorter is another one.
        assert_eq!(read(&store, 30).await, None);
        write(&store, "measures/1", Some("[")).await;
        assert_eq!(read(&store, 99).await, None);
        write(&store, "measures/1", None).await;
        assert_eq!(read(&store, 99).await, None);
        write(&store, STATE, Some(r#"{"format":0,"position":1,"blocks":0,"gather":{}}"#)).await;
        assert_eq!(read(&store, 99).await, None);
    }
}
