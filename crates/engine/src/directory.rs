//! Everybody as they are now: who may do what, and whose a token is.
//!
//! Invariant: whoever asks after a change was answered sees that change; of two states of a person the newer one is kept,
//! in whichever order they come. Deliberately not here: deciding (`people`), and proving who somebody is (the server).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use tidegate_domain::gate::Voter;
use tidegate_domain::groups::Groups;
use tidegate_domain::id::StreamId;
use tidegate_domain::name::{EnvironmentName, PersonName, ProjectName};
use tidegate_domain::person::{Person, PersonKind, TokenId};
use tidegate_domain::rights::{Grant, roles};
use tidegate_ports::{Fault, Row, RowQuery, Store};

use crate::Engine;
use crate::cache::Loaded;

pub(crate) const PERSON_ROW: &str = "person";
const PAGE: u32 = 1_000;

/// Somebody, with what they may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    pub person: Person,
    /// Their own grants and those of their groups; none while they are disabled.
    pub grants: Vec<Grant>,
    pub added_ms: u64,
    pub changed_ms: u64,
    position: u64,
}

/// A person's read row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PersonRow {
    pub person: Person,
    pub added_ms: u64,
    pub changed_ms: u64,
}

#[derive(Debug, Clone, Default)]
pub struct Directory {
    people: BTreeMap<PersonName, Arc<Known>>,
    tokens: BTreeMap<TokenId, PersonName>,
    links: BTreeMap<(String, String), PersonName>,
    groups: Arc<Groups>,
}

impl Directory {
    /// Whether there is nobody yet, so that names are taken at their word.
    pub fn is_empty(&self) -> bool {
        self.people.is_empty()
    }
    pub fn len(&self) -> usize {
        self.people.len()
    }
    pub fn get(&self, name: &PersonName) -> Option<&Arc<Known>> {
        self.people.get(name)
    }
    /// Whoever was ever given this token; whether it still holds is another question.
    pub fn by_token(&self, id: &TokenId) -> Option<&Arc<Known>> {
        self.tokens.get(id).and_then(|name| self.people.get(name))
    }
    pub fn by_link(&self, issuer: &str, subject: &str) -> Option<&Arc<Known>> {
        self.links.get(&(issuer.to_owned(), subject.to_owned())).and_then(|name| self.people.get(name))
    }
    /// In the order of their names.
    pub fn people(&self) -> impl Iterator<Item = &Arc<Known>> {
        self.people.values()
    }
    pub fn groups(&self) -> &Groups {
        &self.groups
    }

    /// Of these names, who may say something at a gate of this environment, and as what. Programs may not.
    pub(crate) fn voters<'a>(
        &self,
        names: impl Iterator<Item = &'a PersonName>,
        (project, environment): (&ProjectName, &EnvironmentName),
    ) -> BTreeMap<PersonName, Voter> {
        let voter = |name: &PersonName| {
            let known = self.people.get(name)?;
            let speaks = known.person.kind == PersonKind::Person && known.person.disabled.is_none();
            let roles = roles(&known.grants, project.as_str(), Some(environment));
            let (name, groups) = (name.clone(), known.person.groups.clone());
            speaks.then(|| (name.clone(), Voter { name, roles, groups }))
        };
        names.filter_map(voter).collect()
    }

    fn learn(&mut self, row: PersonRow, position: u64) {
        let PersonRow { person, added_ms, changed_ms } = row;
        let name = person.name.clone();
        let before = self.people.get(&name);
        if before.is_some_and(|known| known.position > position) {
            return;
        }
        for link in before.into_iter().flat_map(|known| &known.person.links) {
            self.links.remove(link);
        }
        self.tokens.extend(person.tokens.keys().map(|id| (id.clone(), name.clone())));
        self.links.extend(person.links.iter().map(|link| (link.clone(), name.clone())));
        let grants = person.effective(&self.groups.grants);
        self.people.insert(name, Arc::new(Known { person, grants, added_ms, changed_ms, position }));
    }

    fn regroup(&mut self, groups: Arc<Groups>) {
        self.groups = groups;
        for known in self.people.values_mut() {
            let grants = known.person.effective(&self.groups.grants);
            if grants != known.grants {
                Arc::make_mut(known).grants = grants;
            }
        }
    }
}

/// The directory as it was last known.
#[derive(Default)]
pub(crate) struct Kept {
    current: Mutex<Option<Arc<Directory>>>,
}

impl Kept {
    fn get(&self) -> Option<Arc<Directory>> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What was written about somebody, or about groups. Before it was read for the first time there is nothing to keep
    /// up to date.
    pub fn written(&self, stream: &StreamId, loaded: &Loaded) {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(directory) = current.as_mut().map(Arc::make_mut) else { return };
        match stream {
            StreamId::Person(_) => {
                let Some(person) = loaded.state.person().cloned() else { return };
                let (added_ms, changed_ms) = (loaded.began.wall_ms, loaded.ended.wall_ms);
                directory.learn(PersonRow { person, added_ms, changed_ms }, loaded.position);
            }
            StreamId::Groups => directory.regroup(Arc::clone(loaded.state.groups())),
            StreamId::Catalog
            | StreamId::Projects
            | StreamId::Release(_)
            | StreamId::Slot(_)
            | StreamId::Rollout(_)
            | StreamId::Calendar
            | StreamId::Secrets
            | StreamId::Inbound
            | StreamId::Announcements
            | StreamId::Announcement(_)
            | StreamId::Webhooks
            | StreamId::Retention
            | StreamId::Flag(_)
            | StreamId::FlagKeys
            | StreamId::Bundles
            | StreamId::PlanBook
            | StreamId::Plan(_)
            | StreamId::Incident(_)
            | StreamId::ScopeSource(_) => {}
        }
    }

    fn merge(&self, rows: Vec<(u64, PersonRow)>, groups: &Arc<Groups>) -> Arc<Directory> {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        let directory = Arc::make_mut(current.get_or_insert_default());
        directory.regroup(Arc::clone(groups));
        for (position, row) in rows {
            directory.learn(row, position);
        }
        Arc::clone(current.get_or_insert_default())
    }
}

impl Engine {
    /// People are the installation's: every project's engine asks the first one's.
    pub async fn directory(&self) -> Result<Arc<Directory>, Fault> {
        if let Some(home) = &self.home {
            return Box::pin(home.directory()).await;
        }
        if let Some(known) = self.people.get().filter(|_| self.cache.is_exclusive()) {
            return Ok(known);
        }
        let groups = Arc::clone(self.cache.load(&StreamId::Groups).await?.state.groups());
        let rows = rows(self.store.as_ref()).await?;
        Ok(self.people.merge(rows, &groups))
    }
}

async fn rows(store: &dyn Store) -> Result<Vec<(u64, PersonRow)>, Fault> {
    let (mut found, mut before) = (Vec::new(), None);
    loop {
        let query = RowQuery { kind: PERSON_ROW.to_owned(), before, limit: PAGE, ..RowQuery::default() };
        let page = store.rows(query).await?;
        before = page.last().map(|(position, _)| *position);
        let is_last = page.len() < PAGE as usize;
        for (position, row) in page {
            found.push((position, read(&row)?));
        }
        if is_last {
            return Ok(found);
        }
    }
}

fn read(row: &Row) -> Result<PersonRow, Fault> {
    serde_json::from_str(&row.body).map_err(|why| {
        Fault::hold("row-unreadable", format!("the row of {} cannot be read", row.id))
            .with_help("start the build that wrote it, or a newer one")
            .caused_by(why)
    })
}
