//! Pages: how long they are, and where the next one begins.
//!
//! Invariant: `next` is there exactly when another page holds something. Deliberately not here: what is on them.

use tidegate_ports::{Fault, Row, RowQuery, Store};

use crate::problem::Trouble;

/// How many items a page holds.
pub(crate) fn page_size(asked: Option<u32>, usual: u32, most: u32) -> Result<u32, Trouble> {
    match asked {
        None => Ok(usual),
        Some(0) => Err(Trouble::bad_request("`limit` is 0, so the page would be empty")),
        Some(asked) => Ok(asked.min(most)),
    }
}

/// A page of rows. What changed at once stands on one page, so it may hold more than its limit.
pub(crate) async fn rows(store: &dyn Store, query: RowQuery) -> Result<(Vec<Row>, Option<u64>), Fault> {
    let found = store.rows(query.clone()).await?;
    let last = found.last().map(|(position, _)| *position).filter(|_| found.len() >= query.limit as usize);
    let more = match last {
        Some(_) => !store.rows(RowQuery { before: last, limit: 1, ..query }).await?.is_empty(),
        None => false,
    };
    Ok((found.into_iter().map(|(_, row)| row).collect(), last.filter(|_| more)))
}

#[cfg(test)]
mod tests {
    use tidegate_ports::{AppendError, Batch, Journal, NewEvent, StreamAppend};
    use tidegate_store::memory::MemoryStore;

    use super::*;

    /// One change that touches these rows.
    async fn change(store: &MemoryStore, version: u64, ids: &[&str]) -> Result<(), AppendError> {
        let row = |id: &&str| Row {
            kind: "k".to_owned(),
            id: (*id).to_owned(),
            scope: String::new(),
            state: String::new(),
            body: "{}".to_owned(),
        };
        let event = NewEvent { kind: "k".to_owned(), body: "{}".to_owned() };
        let stream = tidegate_domain::id::StreamId::Catalog;
        let append = StreamAppend { stream, expected_version: version, events: vec![event] };
        let rows = ids.iter().map(row).collect();
        store.append(Batch { appends: vec![append], rows, ..Batch::default() }).await.map(drop)
    }

    #[tokio::test]
    async fn following_next_gives_every_row_once() {
        let store = MemoryStore::new();
        for (version, ids) in [&["a"][..], &["b", "c", "d"], &["e"]].iter().enumerate() {
            change(&store, version as u64, ids).await.unwrap();
        }
        for limit in 1..7 {
            let (mut seen, mut before, mut pages) = (Vec::new(), None, 0);
            loop {
                let query = RowQuery { kind: "k".to_owned(), before, limit, ..RowQuery::default() };
                let (rows, next) = rows(&store, query).await.unwrap();
                assert!(!rows.is_empty(), "no page is empty at a limit of {limit}");
                seen.extend(rows.into_iter().map(|row| row.id));
                (before, pages) = (next, pages + 1);
                if next.is_none() {
                    break;
                }
            }
            assert_eq!(seen, ["e", "b", "c", "d", "a"], "limit {limit}, {pages} pages");
        }
    }
}
