//! Which deployment brought a commit or a pull request to an environment first.
//!
//! Invariant: of all deployments that name it there, the first by time of finish (then by id) has it, whichever was told of
//! first; so it counts once. Two different ones are taken for one only if 128 bits of two seeded hashes agree.
//! Deliberately not here: which deployments bring anything (`index`).

use std::hash::BuildHasher;
use std::ops::Range;

use foldhash::quality::FixedState;
use hashbrown::HashTable;

use crate::row::Deployment;

type Identity = [u64; 2];

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum What {
    Commit,
    PullRequest,
}

/// A commit or a pull request that a deployment names.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Named {
    identity: Identity,
    pub what: What,
    /// When the commit was authored; of a pull request, its earliest.
    pub began_ms: u64,
}

/// In columns, so that what is read for every answer lies close together.
#[derive(Debug, Clone, Default)]
pub(crate) struct Brought {
    identities: Vec<Identity>,
    began_ms: Vec<u64>,
    owners: Vec<u32>,
    what: Vec<What>,
    is_first: Vec<bool>,
    /// The first of each identity.
    table: HashTable<u32>,
}

impl Named {
    pub fn commit(environment: u32, id: &str, authored_ms: u64) -> Self {
        Self::new(What::Commit, (environment, id), authored_ms)
    }

    fn new(what: What, place: (u32, &str), began_ms: u64) -> Self {
        let half = |seed| FixedState::with_seed(seed).hash_one((what, place));
        Self { identity: [half(0x7469_6465), half(0x6761_7465)], what, began_ms }
    }

    /// What a deployment to this environment names, each once, with the earliest time that is said of it.
    pub fn all(row: &Deployment, environment: u32) -> Vec<Self> {
        let mut all = Vec::with_capacity(row.commits.len() * 2);
        for commit in &row.commits {
            all.push(Self::commit(environment, &commit.id, commit.authored_ms));
            if let Some(request) = &commit.pull_request {
                all.push(Self::new(What::PullRequest, (environment, request), commit.authored_ms));
            }
        }
        all.sort_unstable_by_key(|named| (named.identity, named.began_ms));
        all.dedup_by_key(|named| named.identity);
        all
    }
}

impl Brought {
    /// Who has these now.
    pub fn holders<'a>(&'a self, all: &'a [Named]) -> impl Iterator<Item = u32> + 'a {
        all.iter().filter_map(|named| self.first(named.identity)).map(|at| self.owners[at as usize])
    }

    pub fn holds(&self, owner: u32, named: &Named) -> bool {
        self.first(named.identity).is_some_and(|at| self.owners[at as usize] == owner)
    }

    fn first(&self, identity: Identity) -> Option<u32> {
        let same = |at: &u32| self.identities[*at as usize] == identity;
        self.table.find(identity[0], same).copied()
    }

    /// `precedes`: whether the owner finished before another one.
    pub fn add(&mut self, owner: u32, all: &[Named], precedes: impl Fn(u32) -> bool) -> Range<u32> {
        let start = self.identities.len() as u32;
        for named in all {
            let at = self.identities.len() as u32;
            let before = self.first(named.identity);
            let is_first = before.is_none_or(|before| precedes(self.owners[before as usize]));
            self.identities.push(named.identity);
            self.began_ms.push(named.began_ms);
            self.owners.push(owner);
            self.what.push(named.what);
            self.is_first.push(is_first);
            if is_first {
                self.put(named.identity, before, at);
            }
        }
        start..self.identities.len() as u32
    }

    fn put(&mut self, identity: Identity, before: Option<u32>, at: u32) {
        if let Some(before) = before {
            self.is_first[before as usize] = false;
            if let Some(place) = self.table.find_mut(identity[0], |place| *place == before) {
                *place = at;
            }
            return;
        }
        let identities = &self.identities;
        self.table.insert_unique(identity[0], at, |place| identities[*place as usize][0]);
    }

    /// Takes away what an owner named, and gives each to the one that comes next. Reads everything: rows that change are rare.
    pub fn remove(&mut self, range: Range<u32>, precedes: impl Fn(u32, u32) -> bool) {
        let (start, end) = (range.start as usize, range.end as usize);
        let gone: Vec<Identity> =
            (start..end).filter(|at| self.is_first[*at]).map(|at| self.identities[at]).collect();
        for identity in &gone {
            if let Ok(entry) =
                self.table.find_entry(identity[0], |at| self.identities[*at as usize] == *identity)
            {
                entry.remove();
            }
        }
        for at in start..end {
            self.is_first[at] = false;
            self.owners[at] = u32::MAX;
        }
        for at in 0..self.identities.len() {
            let identity = self.identities[at];
            if self.owners[at] == u32::MAX || !gone.contains(&identity) {
                continue;
            }
            let before = self.first(identity);
            if before.is_none_or(|before| precedes(self.owners[at], self.owners[before as usize])) {
                self.is_first[at] = true;
                self.put(identity, before, at as u32);
            }
        }
    }

    /// What an owner brought first, and when each began.
    pub fn firsts(&self, range: Range<u32>) -> impl Iterator<Item = (What, u64)> + '_ {
        let (start, end) = (range.start as usize, range.end as usize);
        (start..end).filter(|at| self.is_first[*at]).map(|at| (self.what[at], self.began_ms[at]))
    }
}
