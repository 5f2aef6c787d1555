//! What is done to flags, how they are looked at, and who is told of it at once.
//!
//! Invariant: whoever serves flags is told of a change after it is durable and before it is answered, so an answer is
//! never older than a change that was answered before it was asked. Deliberately not here: the rules (`domain::flag`),
//! serving (the server).

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tidegate_domain::flag::{Asking, Flag, FlagEvent, Life};
use tidegate_domain::flag_keys::{self, FlagKeys, FlagKeysCommand};
use tidegate_domain::id::StreamId;
use tidegate_domain::moment::Moment;
use tidegate_domain::name::{EnvironmentName, FlagKey, Version};
use tidegate_domain::refusal::Refusal;
use tidegate_ports::{Fault, RowQuery};

use crate::Engine;
use crate::cache::Loaded;
use crate::codec::Event;
use crate::command::{Answer, ForFlags};
use crate::draft::{Draft, Error};

pub(crate) const FLAG_ROW: &str = "flag";
const PAGE: u32 = 1_000;
/// Of a flag's history, the newest.
const HISTORY_MAX: usize = 1_000;

/// Told of what was written, in any order where two write at once: the higher position is the newer state.
pub trait Watching: Send + Sync {
    /// With the position and the time of its newest event.
    fn flag(&self, flag: &Arc<Flag>, newest: (u64, u64));
    fn flag_keys(&self, keys: &Arc<FlagKeys>, position: u64);
}

/// A flag in a list: without its definitions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlagView {
    pub key: String,
    pub life: Life,
    pub archived: bool,
    pub environments: Vec<FlagStands>,
    /// Changes that wait for a second person.
    pub waiting: usize,
    pub created_ms: u64,
    pub changed_ms: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlagStands {
    pub environment: EnvironmentName,
    pub edition: u64,
    pub on: bool,
    pub changed_by: String,
    pub changed_ms: u64,
}

/// One event of a flag's history.
#[derive(Debug, Clone, PartialEq)]
pub struct FlagEntry {
    pub position: u64,
    pub version: u64,
    pub actor: String,
    pub at_ms: u64,
    pub event: FlagEvent,
}

pub(crate) fn flag_view(flag: &Flag, (began, changed): (Moment, Moment)) -> FlagView {
    let stands = flag.environments.iter().map(|(environment, standing)| FlagStands {
        environment: environment.clone(),
        edition: standing.current.number,
        on: standing.current.definition.is_on(),
        changed_by: standing.current.said.by.clone(),
        changed_ms: standing.current.said.at_ms,
    });
    FlagView {
        key: flag.key.to_string(),
        life: flag.life.clone(),
        archived: flag.archived.is_some(),
        environments: stands.collect(),
        waiting: flag.proposals.values().filter(|proposal| !flag.is_stale(proposal)).count(),
        created_ms: began.wall_ms,
        changed_ms: changed.wall_ms,
    }
}

impl Engine {
    /// Once; whoever comes later is not told.
    pub fn watch(&self, watching: Arc<dyn Watching>) {
        // A second one would be a mistake of the composer, and harms nobody.
        let _first = self.watching.set(watching);
    }

    pub(crate) fn tell_watching(&self, stream: &StreamId, loaded: &Loaded) {
        let Some(watching) = self.watching.get() else { return };
        if let StreamId::Flag(_) = stream
            && let Some(flag) = loaded.state.flag()
        {
            watching.flag(flag, (loaded.position, loaded.ended.wall_ms));
        }
        if *stream == StreamId::FlagKeys {
            watching.flag_keys(loaded.state.flag_keys(), loaded.position);
        }
    }

    pub(crate) async fn for_flags(
        &self,
        draft: &mut Draft<'_>,
        wish: &ForFlags,
        (by, is_person): (&str, bool),
    ) -> Result<Answer, Error> {
        let catalog = Arc::clone(draft.state(&StreamId::Catalog).await?.catalog());
        let is_protected =
            |environment: &EnvironmentName| catalog.environment(environment).is_ok_and(|spec| spec.protected);
        let at_ms = draft.at().wall_ms;
        let asking = Asking { by, is_person, at_ms, reason: wish.reason.trim(), is_protected: &is_protected };
        for (key, command) in &wish.commands {
            if let Some(environment) = command.environment() {
                catalog.environment(environment).map_err(Refusal::from)?;
            }
            draft.flag(key, command.clone(), &asking).await?;
        }
        Ok(Answer::Done)
    }

    pub(crate) async fn for_flag_keys(
        &self,
        draft: &mut Draft<'_>,
        command: &FlagKeysCommand,
    ) -> Result<Answer, Error> {
        let state = draft.state(&StreamId::FlagKeys).await?.flag_keys();
        let events = flag_keys::decide(state, command.clone()).map_err(Refusal::from)?;
        draft.push(&StreamId::FlagKeys, events.into_iter().map(Event::FlagKeys).collect()).await?;
        Ok(Answer::Done)
    }

    /// With the position of its newest event.
    pub async fn flag(&self, key: &FlagKey) -> Result<Option<(Arc<Flag>, FlagView, u64)>, Fault> {
        let loaded = self.cache.load(&StreamId::Flag(key.clone())).await?;
        let view = |flag: &Arc<Flag>| flag_view(flag, (loaded.began, loaded.ended));
        Ok(loaded.state.flag().map(|flag| (Arc::clone(flag), view(flag), loaded.position)))
    }

    /// All of them, those that are archived too; the one that was changed last comes first.
    pub async fn flags(&self) -> Result<Vec<FlagView>, Fault> {
        self.flags_in(None).await
    }

    /// Those of a release, or all.
    async fn flags_in(&self, release: Option<&Version>) -> Result<Vec<FlagView>, Fault> {
        let (mut found, mut before) = (Vec::new(), None);
        let scope = release.map(ToString::to_string);
        loop {
            let kind = FLAG_ROW.to_owned();
            let query = RowQuery { kind, scope: scope.clone(), before, limit: PAGE, ..RowQuery::default() };
            let page = self.store.rows(query).await?;
            before = page.last().map(|(position, _)| *position);
            let is_last = page.len() < PAGE as usize;
            for (_, row) in page {
                found.push(serde_json::from_str(&row.body).map_err(|why| {
                    Fault::hold("row-unreadable", format!("the row of the flag {} cannot be read", row.id))
                        .with_help("start the build that wrote it, or a newer one")
                        .caused_by(why)
                })?);
            }
            if is_last {
                return Ok(found);
            }
        }
    }

    /// Those that belong to a release and stand in an environment, in the order of their keys.
    pub(crate) async fn flags_of(
        &self,
        draft: &mut Draft<'_>,
        release: &Version,
        environment: &EnvironmentName,
    ) -> Result<Vec<FlagKey>, Fault> {
        let rows = self.flags_in(Some(release)).await?;
        let of_it = rows.iter().filter(|row| !row.archived);
        let mut keys: Vec<FlagKey> = of_it.filter_map(|row| row.key.parse().ok()).collect();
        keys.sort();
        let mut found = Vec::new();
        for key in keys {
            let state = draft.state(&StreamId::Flag(key.clone())).await?.flag();
            let stands = state.is_some_and(|flag| flag.environments.contains_key(environment));
            found.extend(stands.then_some(key));
        }
        Ok(found)
    }

    /// The newest first; none where there is no such flag.
    pub async fn flag_history(&self, key: &FlagKey) -> Result<Vec<FlagEntry>, Fault> {
        let entries = self.store.load(&StreamId::Flag(key.clone()), 0).await?;
        let mut history = Vec::new();
        for entry in entries.iter().rev().take(HISTORY_MAX) {
            let Event::Flag(event) = Event::decode(entry)? else { continue };
            let (position, version, at_ms) = (entry.position, entry.version, entry.at.wall_ms);
            history.push(FlagEntry { position, version, actor: entry.actor.clone(), at_ms, event });
        }
        Ok(history)
    }

    pub async fn flag_keys(&self) -> Result<Arc<FlagKeys>, Fault> {
        Ok(Arc::clone(self.cache.load(&StreamId::FlagKeys).await?.state.flag_keys()))
    }
}
