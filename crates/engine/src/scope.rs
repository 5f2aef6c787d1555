//! What is done to sources of scope, and how they are looked at.
//!
//! Invariant: what a tracker's webhook tells is kept in the same transaction as the delivery. Deliberately not here: the rules
//! (`domain::scope_source`), and asking trackers (the server).

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tidegate_domain::id::StreamId;
use tidegate_domain::name::ScopeSourceName;
use tidegate_domain::refusal::Refusal;
use tidegate_domain::scope_source::{self, ScopeCommand, ScopeSource, ScopeSourceRefusal, SourceKind};
use tidegate_ports::{Fault, RowQuery};

use crate::Engine;
use crate::codec::Event;
use crate::command::{Answer, ForScope, Tracked};
use crate::draft::{Draft, Error};

/// What kind of row it has.
pub const SCOPE_ROW: &str = "scope-source";
const SOURCES_MAX: usize = 50;
/// With those that were removed.
const ROWS_MAX: u32 = 1_000;

/// A source in a list; one that was removed has no kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScopeSourceView {
    pub name: ScopeSourceName,
    pub kind: Option<SourceKind>,
    pub project: String,
    /// `reading`, `waiting`, `stopped`, `whole` or `removed`.
    pub state: String,
}

pub(crate) fn view(name: &ScopeSourceName, source: Option<&ScopeSource>) -> ScopeSourceView {
    ScopeSourceView {
        name: name.clone(),
        kind: source.map(|source| source.definition.kind),
        project: source.map_or_else(String::new, |source| source.definition.project.clone()),
        state: source.map_or("removed", ScopeSource::word).to_owned(),
    }
}

impl Engine {
    /// Those that there are, in the order of their names.
    pub async fn scope_source_names(&self) -> Result<Vec<ScopeSourceView>, Fault> {
        let query = RowQuery { kind: SCOPE_ROW.to_owned(), limit: ROWS_MAX, ..RowQuery::default() };
        let mut found = Vec::new();
        for (_, row) in self.store.rows(query).await? {
            let view: ScopeSourceView = serde_json::from_str(&row.body).map_err(|why| {
                Fault::hold("row-unreadable", format!("the row of {} cannot be read", row.id))
                    .with_help("start the build that wrote it, or a newer one")
                    .caused_by(why)
            })?;
            if view.kind.is_some() {
                found.push(view);
            }
        }
        found.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(found)
    }

    pub async fn scope_source(&self, name: &ScopeSourceName) -> Result<Option<Arc<ScopeSource>>, Fault> {
        let loaded = self.cache.load(&StreamId::ScopeSource(name.clone())).await?;
        Ok(loaded.state.scope_source().cloned())
    }

    pub async fn scope_sources(&self) -> Result<Vec<Arc<ScopeSource>>, Fault> {
        let mut found = Vec::new();
        for view in self.scope_source_names().await? {
            found.extend(self.scope_source(&view.name).await?);
        }
        Ok(found)
    }

    pub(crate) async fn for_scope(
        &self,
        draft: &mut Draft<'_>,
        wish: &ForScope,
        by: &str,
    ) -> Result<Answer, Error> {
        let ForScope { name, command } = wish;
        if matches!(command, ScopeCommand::Set { .. }) {
            let known = self.scope_source_names().await?;
            if known.len() >= SOURCES_MAX && !known.iter().any(|view| view.name == *name) {
                return Err(Refusal::from(ScopeSourceRefusal::TooMany { most: SOURCES_MAX }).into());
            }
        }
        change(draft, (name, command.clone()), by).await?;
        Ok(Answer::Done)
    }

    /// One that a tracker told of itself, in every source that reads that project.
    pub(crate) async fn scope_told(&self, draft: &mut Draft<'_>, tracked: &Tracked) -> Result<(), Error> {
        let Tracked { kind, project, item } = tracked;
        for view in self.scope_source_names().await? {
            if view.kind == Some(*kind) && view.project.eq_ignore_ascii_case(project) {
                let command = match item {
                    Some(item) => ScopeCommand::Tell { item: Box::new(item.clone()) },
                    None => ScopeCommand::Refresh,
                };
                match change(draft, (&view.name, command), "tidegate").await {
                    // One that is full tells so where it is looked at; the delivery is taken all the same.
                    Ok(()) | Err(Error::Refused(_)) => {}
                    Err(fault) => return Err(fault),
                }
            }
        }
        Ok(())
    }
}

async fn change(
    draft: &mut Draft<'_>,
    (name, command): (&ScopeSourceName, ScopeCommand),
    by: &str,
) -> Result<(), Error> {
    let at_ms = draft.at().wall_ms;
    let stream = StreamId::ScopeSource(name.clone());
    let state = draft.state(&stream).await?.scope_source().map(AsRef::as_ref);
    let events = scope_source::decide(state, name, command, (by, at_ms)).map_err(Refusal::from)?;
    draft.push(&stream, events.into_iter().map(Event::ScopeSource).collect()).await
}
