//! Which route is in force: routes and tombstones, each with the generation that wrote it.
//!
//! Invariant: the generation kept for an id never falls, also across a deletion, as long as its tombstone
//! is kept (the newest 4 096 are); a refused change leaves the book as it was.
//! Not here: sockets, files, threads. The book is a value; `keeper` makes the world match it.

use super::compiled::{HostPattern, same_prefix};
use super::{Generation, Route, RouteUpdate, TableRefusal, validate};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

pub(crate) const ROUTES_MAX: usize = 1_024;
const TOMBSTONES_MAX: usize = 4_096;

/// The whole table, and the form of the state file.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Book {
    routes: BTreeMap<String, RouteUpdate>,
    /// Oldest first.
    #[serde(default)]
    tombstones: Vec<Tombstone>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Tombstone {
    id: String,
    generation: Generation,
}

/// What a change did. `Unchanged` is the answer to a repeated call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    Applied,
    Unchanged,
}

impl Book {
    pub fn put(&mut self, update: RouteUpdate) -> Result<Change, TableRefusal> {
        validate::route(&update.route)?;
        let id = update.route.id.clone();
        if let Some(stored) = self.generation(&id) {
            if update.generation < stored {
                return Err(TableRefusal::StaleGeneration { id, offered: update.generation, stored });
            }
            if update.generation == stored {
                return self.repeated(&update);
            }
        }
        self.check_room(&update.route)?;
        self.tombstones.retain(|tombstone| tombstone.id != id);
        self.routes.insert(id, update);
        Ok(Change::Applied)
    }

    pub fn delete(&mut self, id: &str, generation: Generation) -> Result<Change, TableRefusal> {
        let stored = self.generation(id).ok_or_else(|| TableRefusal::RouteUnknown { id: id.to_owned() })?;
        if generation < stored {
            return Err(TableRefusal::StaleGeneration { id: id.to_owned(), offered: generation, stored });
        }
        if generation == stored {
            return if self.routes.contains_key(id) {
                Err(TableRefusal::GenerationConflict { id: id.to_owned(), generation })
            } else {
                Ok(Change::Unchanged)
            };
        }
        self.routes.remove(id);
        self.tombstones.retain(|tombstone| tombstone.id != id);
        self.tombstones.push(Tombstone { id: id.to_owned(), generation });
        let surplus = self.tombstones.len().saturating_sub(TOMBSTONES_MAX);
        self.tombstones.drain(..surplus);
        Ok(Change::Applied)
    }

    pub fn get(&self, id: &str) -> Option<&RouteUpdate> {
        self.routes.get(id)
    }

    pub fn routes(&self) -> impl Iterator<Item = &RouteUpdate> {
        self.routes.values()
    }

    pub fn listens(&self) -> BTreeSet<SocketAddr> {
        self.routes.values().flat_map(|stored| stored.route.listens()).collect()
    }

    /// Whether what was read from a file is a table this gateway could have written.
    pub fn check(&self) -> Result<(), TableRefusal> {
        for (id, stored) in &self.routes {
            validate::route(&stored.route)?;
            if *id != stored.route.id {
                return Err(TableRefusal::RouteIdMismatch {
                    address: id.clone(),
                    body: stored.route.id.clone(),
                });
            }
        }
        Ok(())
    }

    fn generation(&self, id: &str) -> Option<Generation> {
        let live = self.routes.get(id).map(|stored| stored.generation);
        live.or_else(|| self.tombstones.iter().find(|tombstone| tombstone.id == id).map(|t| t.generation))
    }

    fn repeated(&self, update: &RouteUpdate) -> Result<Change, TableRefusal> {
        if self.routes.get(&update.route.id) == Some(update) {
            return Ok(Change::Unchanged);
        }
        let id = update.route.id.clone();
        Err(TableRefusal::GenerationConflict { id, generation: update.generation })
    }

    fn check_room(&self, route: &Route) -> Result<(), TableRefusal> {
        if !self.routes.contains_key(&route.id) && self.routes.len() >= ROUTES_MAX {
            return Err(TableRefusal::TooManyRoutes { routes_max: ROUTES_MAX });
        }
        let others = self.routes.values().map(|stored| &stored.route).filter(|other| other.id != route.id);
        match others.into_iter().find(|other| overlaps(route, other)) {
            None => Ok(()),
            Some(other) => Err(TableRefusal::RouteOverlaps {
                id: route.id.clone(),
                other: other.id.clone(),
                listen: route.listen,
            }),
        }
    }
}

/// Two routes overlap when neither is more specific: same address, same prefix and a host in common. An address for
/// previews is for those alone, and there any host will do.
fn overlaps(one: &Route, other: &Route) -> bool {
    let preview = |route: &Route| route.preview.as_ref().map(|preview| preview.listen);
    let among_previews = preview(one).is_some_and(|listen| preview(other) == Some(listen));
    let mixed = preview(one) == Some(other.listen) || preview(other) == Some(one.listen);
    if mixed || (among_previews && same_prefix(&one.path_prefix, &other.path_prefix)) {
        return true;
    }
    if one.listen != other.listen || !same_prefix(&one.path_prefix, &other.path_prefix) {
        return false;
    }
    let patterns = |route: &Route| HostPattern::all(&route.hosts);
    let others = patterns(other);
    patterns(one).iter().any(|pattern| others.contains(pattern))
}
