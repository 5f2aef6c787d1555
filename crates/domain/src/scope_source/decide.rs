//! What may be done to a source, and how its history is folded.
//!
//! Invariant: a page counts only from the cursor that stands, so a page that was kept is not kept again, and an older state of an item
//! never takes the place of a newer one. Deliberately not here: whether a project or an address is one (the server).

use std::collections::BTreeMap;
use std::sync::Arc;

use tidegate_plan::tracked::{TrackedItem, check_rules};

use super::refusal::Wanted;
use super::{Definition, Pause, ScopeSource, ScopeSourceEvent, ScopeSourceRefusal, SourceKind, Stop};
use crate::name::ScopeSourceName;

/// Of one source.
pub const ITEMS_MAX: usize = 20_000;
/// Of one event.
pub const ITEMS_OF_A_PAGE_MAX: usize = 100;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScopeCommand {
    Set {
        definition: Box<Definition>,
    },
    Refresh,
    /// From the cursor `from`, which has to be the one that stands.
    Import {
        from: Option<String>,
        items: Vec<TrackedItem>,
        /// What the tracker no longer lists.
        gone: Vec<String>,
        cursor: String,
        whole: bool,
    },
    Pause {
        from: Option<String>,
        cursor: String,
        pause: Pause,
    },
    Stop {
        from: Option<String>,
        cursor: String,
        stop: Stop,
    },
    /// All rows of a table.
    Table {
        items: Vec<TrackedItem>,
    },
    /// By a webhook of the tracker.
    Tell {
        item: Box<TrackedItem>,
    },
    Remove,
}

pub fn decide(
    state: Option<&ScopeSource>,
    name: &ScopeSourceName,
    command: ScopeCommand,
    (by, at_ms): (&str, u64),
) -> Result<Vec<ScopeSourceEvent>, ScopeSourceRefusal> {
    let by = by.to_owned();
    if let ScopeCommand::Set { definition } = command {
        check_rules(&definition.rules)
            .map_err(|problem| ScopeSourceRefusal::Rule { number: problem.number, why: problem.why })?;
        if state.is_some_and(|state| *state.definition == *definition) {
            return Ok(Vec::new());
        }
        return Ok(vec![ScopeSourceEvent::Set { name: name.clone(), definition, by, at_ms }]);
    }
    let state = state.ok_or_else(|| ScopeSourceRefusal::Unknown { name: name.clone() })?;
    let is_table = state.definition.kind == SourceKind::Csv;
    let other_kind =
        |asked| ScopeSourceRefusal::OtherKind { name: name.clone(), kind: state.definition.kind, asked };
    match command {
        ScopeCommand::Set { .. } => Ok(Vec::new()),
        ScopeCommand::Refresh if is_table => Err(other_kind(Wanted::Refresh)),
        // What is being read already will be read.
        ScopeCommand::Refresh if state.is_reading() => Ok(Vec::new()),
        ScopeCommand::Refresh => Ok(vec![ScopeSourceEvent::Asked { by, at_ms }]),
        ScopeCommand::Import { from, items, gone, cursor, whole } => {
            // Somebody set it anew, or another turn kept this page.
            if from != state.cursor || is_table {
                return Ok(Vec::new());
            }
            let items = state.news(items)?;
            // A look that found nothing is not worth a line of the log.
            let gone = state.left(gone, &items);
            if items.is_empty() && gone.is_empty() && whole && state.whole {
                return Ok(Vec::new());
            }
            let mut parts = gone.chunks(ITEMS_OF_A_PAGE_MAX).map(<[String]>::to_vec);
            let (gone, cursor) = (parts.next().unwrap_or_default(), Some(cursor));
            let first = ScopeSourceEvent::Imported { items, gone, cursor, whole, at_ms };
            let more =
                |gone| ScopeSourceEvent::Imported { items: Vec::new(), gone, cursor: None, whole, at_ms };
            Ok(std::iter::once(first).chain(parts.map(more)).collect())
        }
        ScopeCommand::Pause { from, cursor, pause } => {
            let counts = from == state.cursor && !is_table;
            Ok(counts.then_some(ScopeSourceEvent::Paused { pause, cursor }).into_iter().collect())
        }
        ScopeCommand::Stop { from, cursor, stop } => {
            let counts = from == state.cursor && !is_table;
            Ok(counts.then_some(ScopeSourceEvent::Stopped { stop, cursor }).into_iter().collect())
        }
        ScopeCommand::Table { .. } if !is_table => Err(other_kind(Wanted::Table)),
        ScopeCommand::Table { items } => {
            let items = state.news(items)?;
            let pages = items.chunks(ITEMS_OF_A_PAGE_MAX).map(<[TrackedItem]>::to_vec);
            let imported = |items| ScopeSourceEvent::Imported {
                items,
                gone: Vec::new(),
                cursor: None,
                whole: true,
                at_ms,
            };
            Ok(pages.map(imported).collect())
        }
        ScopeCommand::Tell { item } => {
            let item = match state.items.get(&item.key) {
                _ if state.definition.lists(&item) => *item,
                Some(known) if known.gone_ms.is_none() => TrackedItem { gone_ms: Some(at_ms), ..*item },
                Some(_) | None => return Ok(Vec::new()),
            };
            let mut news = state.news(vec![item])?;
            let told = |item| ScopeSourceEvent::Told { item: Box::new(item), at_ms };
            Ok(news.pop().map(told).into_iter().collect())
        }
        ScopeCommand::Remove => Ok(vec![ScopeSourceEvent::Removed { by, at_ms }]),
    }
}

impl ScopeSource {
    /// Of these, what is known and listed as far as is known, and does not come with the same page.
    fn left(&self, keys: Vec<String>, items: &[TrackedItem]) -> Vec<String> {
        let stands = |key: &String| {
            let known = self.items.get(key).is_some_and(|known| known.gone_ms.is_none());
            known && items.iter().all(|item| item.key != *key)
        };
        keys.into_iter().filter(stands).collect()
    }

    /// Those that are new, or in a newer state than what is known of them.
    fn news(&self, items: Vec<TrackedItem>) -> Result<Vec<TrackedItem>, ScopeSourceRefusal> {
        let mut newest: BTreeMap<String, TrackedItem> = BTreeMap::new();
        let mut order = Vec::new();
        for item in items {
            let known = newest.get(&item.key).or_else(|| self.items.get(&item.key).map(AsRef::as_ref));
            if known.is_some_and(|known| !is_newer(&item, known)) {
                continue;
            }
            order.push(item.key.clone());
            newest.insert(item.key.clone(), item);
        }
        let new = newest.keys().filter(|key| !self.items.contains_key(*key)).count();
        if self.items.len() + new > ITEMS_MAX {
            return Err(ScopeSourceRefusal::Full { name: self.name.clone(), most: ITEMS_MAX });
        }
        Ok(order.iter().filter_map(|key| newest.remove(key)).collect())
    }
}

/// Of two states at the same time that differ, the later one to come counts.
fn is_newer(item: &TrackedItem, known: &TrackedItem) -> bool {
    match (item.updated_ms, known.updated_ms) {
        (Some(item), Some(known)) if item < known => false,
        _ => item != known,
    }
}

/// The first event makes it, and the last one removes it.
pub fn evolve(state: Option<ScopeSource>, event: &ScopeSourceEvent) -> Option<ScopeSource> {
    if let ScopeSourceEvent::Set { name, definition, by, at_ms } = event {
        let definition = Arc::new((**definition).clone());
        let kept = state.filter(|state| state.definition.reads_as(&definition));
        return Some(match kept {
            // What stopped it may be what was changed.
            Some(state) => ScopeSource { definition, set_by: by.clone(), stop: None, pause: None, ..state },
            None => ScopeSource {
                name: name.clone(),
                set_by: by.clone(),
                items: BTreeMap::new(),
                cursor: None,
                whole: definition.kind == SourceKind::Csv,
                definition,
                pages: 0,
                pause: None,
                stop: None,
                read_ms: None,
                asked_ms: *at_ms,
            },
        });
    }
    let mut source = state?;
    match event {
        ScopeSourceEvent::Set { .. } => {}
        ScopeSourceEvent::Asked { at_ms, .. } => {
            (source.asked_ms, source.stop, source.pause) = (*at_ms, None, None);
            source.whole = false;
        }
        ScopeSourceEvent::Imported { items, gone, cursor, whole, at_ms } => {
            for item in items {
                source.items.insert(item.key.clone(), Arc::new(item.clone()));
            }
            for key in gone {
                if let Some(item) = source.items.get_mut(key) {
                    Arc::make_mut(item).gone_ms = Some(*at_ms);
                }
            }
            if cursor.is_some() {
                source.cursor.clone_from(cursor);
            }
            (source.whole, source.read_ms) = (*whole, Some(*at_ms));
            (source.pause, source.stop) = (None, None);
            // What left besides is told in more events than there were pages.
            source.pages += u64::from(!items.is_empty() || gone.is_empty() || cursor.is_some());
        }
        ScopeSourceEvent::Paused { pause, cursor } => {
            source.pause = Some(pause.clone());
            source.cursor = Some(cursor.clone());
        }
        ScopeSourceEvent::Stopped { stop, cursor } => {
            (source.stop, source.pause) = (Some(stop.clone()), None);
            source.cursor = Some(cursor.clone());
        }
        ScopeSourceEvent::Told { item, .. } => {
            source.items.insert(item.key.clone(), Arc::new((**item).clone()));
        }
        ScopeSourceEvent::Removed { .. } => return None,
    }
    Some(source)
}
