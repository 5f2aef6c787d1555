//! All rows, put in relation to each other: what is asked for is read from here.
//!
//! Invariant: the same rows make the same index, in whichever order and however often they came. One more row costs
//! O(log n) comparisons and the moving of what lies behind it in its period; no answer reads the rows of other periods.
//! Deliberately not here: keeping rows on a disk, and waiting.

mod answering;
mod lanes;
mod rows;
mod standing;

use std::collections::{BTreeMap, BTreeSet};

use foldhash::fast::FixedState;
use hashbrown::HashMap;

pub(crate) use lanes::Lanes;
pub use rows::{Counted, RowsQuestion, Which};
pub use standing::{Backwards, Restored, Why};

use crate::brought::{Brought, Named, What};
use crate::names::Names;
use crate::row::{Commit, Deployment, Incident, Kind, Outcome};
use crate::share::Share;
use crate::view::Views;

#[derive(Debug, Clone, Default)]
pub struct Index {
    ids: Names,
    environments: Names,
    releases: Names,
    /// By the number of its id; some are only named by others so far.
    deployments: Vec<Known>,
    lanes: Lanes,
    brought: Brought,
    /// What each hotfix or rollback fixes or undoes.
    recovers: BTreeMap<u32, Vec<u32>>,
    /// Of those that something speaks against.
    harms: HashMap<u32, Harm, FixedState>,
    incident_ids: Names,
    /// By the number of its id.
    incidents: Vec<KnownIncident>,
    /// Those that count, by when they finished.
    order: BTreeSet<(u64, u32)>,
    views: Views,
}

#[derive(Debug, Clone, Copy, Default)]
struct Known {
    fact: Option<Fact>,
    /// Whether there is a [`Harm`] of it.
    is_harmed: bool,
}

/// What the figures need of a deployment.
#[derive(Debug, Clone, Copy)]
struct Fact {
    revision: u64,
    finished_ms: u64,
    /// From when service was not as it should be, if it failed.
    failed_ms: u64,
    release: u32,
    lane: u32,
    brought_from: u32,
    brought_to: u32,
    kind: Kind,
    outcome: Outcome,
    /// Whether it reached users.
    counts: bool,
}

#[derive(Debug, Clone, Default)]
struct Harm {
    /// Deployments that fix or undo it.
    by: BTreeSet<u32>,
    incidents: BTreeSet<u32>,
}

#[derive(Debug, Clone, Default)]
struct KnownIncident {
    revision: u64,
    detected_ms: u64,
    resolved_ms: Option<u64>,
    deployments: Vec<u32>,
}

impl Index {
    pub fn new() -> Self {
        Self::default()
    }

    /// How many deployments are known.
    pub fn len(&self) -> usize {
        self.deployments.iter().filter(|known| known.fact.is_some()).count()
    }
    pub fn is_empty(&self) -> bool {
        self.deployments.iter().all(|known| known.fact.is_none())
    }

    /// The environments, components and teams of which deployments are known, in this order.
    pub fn names(&self) -> [BTreeSet<&str>; 3] {
        let mut names = <[BTreeSet<&str>; 3]>::default();
        for lane in self.lanes.all() {
            names[0].insert(&lane.environment);
            names[1].extend(lane.components.iter().map(String::as_str));
            names[2].extend(lane.teams.iter().map(String::as_str));
        }
        names
    }

    /// Takes a deployment in; one that is known in this revision or a later one changes nothing.
    pub fn deployment(&mut self, row: &Deployment, revision: u64) {
        let number = self.number(&row.id);
        if let Some(fact) = self.deployments[number as usize].fact {
            if fact.revision >= revision {
                return;
            }
            // A row that changes is rare: what was added up is added up again when it is asked for.
            self.views.forget();
            self.forget(number, fact);
        }
        let recovers: Vec<u32> = match row.kind {
            Kind::Planned => Vec::new(),
            Kind::Hotfix | Kind::Rollback => row.recovers.iter().map(|id| self.number(id)).collect(),
        };
        let environment = self.environments.number(&row.environment);
        let named = if brings(row) { Named::all(row, environment) } else { Vec::new() };
        let mut touched: BTreeSet<u32> = self.brought.holders(&named).collect();
        touched.extend(&recovers);
        touched.insert(number);
        self.change(&touched, |index| index.add(number, (row, revision), recovers, &named));
    }

    /// Takes an incident in; one that is known in this revision or a later one changes nothing.
    pub fn incident(&mut self, row: &Incident, revision: u64) {
        let id = self.incident_ids.find(&row.id);
        let before = id.map(|id| &self.incidents[id as usize]);
        if before.is_some_and(|known| known.revision >= revision) {
            return;
        }
        let before = before.map(|known| known.deployments.clone()).unwrap_or_default();
        let id = self.incident_ids.number(&row.id);
        let deployments: Vec<u32> = row.deployments.iter().map(|id| self.number(id)).collect();
        let touched: BTreeSet<u32> = before.iter().chain(&deployments).copied().collect();
        self.change(&touched, |index| {
            for number in &before {
                index.harm(*number, |harm| _ = harm.incidents.remove(&id));
            }
            for number in &deployments {
                index.harm(*number, |harm| _ = harm.incidents.insert(id));
            }
            let (detected_ms, resolved_ms) = (row.detected_ms, row.resolved_ms);
            let known = KnownIncident { revision, detected_ms, resolved_ms, deployments };
            match index.incidents.get_mut(id as usize) {
                Some(before) => *before = known,
                None => index.incidents.push(known),
            }
        });
    }

    /// Whether this deployment is the first that brought the commit to its environment.
    pub fn brought_first(&self, row: &Deployment, commit: &Commit) -> bool {
        let found = self.ids.find(&row.id).zip(self.environments.find(&row.environment));
        found.is_some_and(|(number, environment)| {
            self.brought.holds(number, &Named::commit(environment, &commit.id, commit.authored_ms))
        })
    }

    fn number(&mut self, id: &str) -> u32 {
        let number = self.ids.number(id);
        if self.deployments.len() <= number as usize {
            self.deployments.push(Known::default());
        }
        number
    }

    /// What is remembered of answers follows what changes.
    fn change(&mut self, touched: &BTreeSet<u32>, act: impl FnOnce(&mut Self)) {
        if self.views.is_empty() {
            return act(self);
        }
        let before = self.shares(touched);
        act(self);
        let after = self.shares(touched);
        self.views.apply(&self.lanes, &before, &after);
    }

    fn shares(&self, numbers: &BTreeSet<u32>) -> Vec<Share> {
        let share = |number: &u32| {
            let mut share = Share::default();
            self.fill(*number, &mut share).then_some(share)
        };
        numbers.iter().filter_map(share).collect()
    }

    fn add(&mut self, number: u32, (row, revision): (&Deployment, u64), recovers: Vec<u32>, named: &[Named]) {
        let place = (row.finished_ms, row.id.as_str());
        let (deployments, ids) = (&self.deployments, &self.ids);
        let precedes = |other: u32| {
            let fact = deployments[other as usize].fact;
            fact.is_none_or(|fact| place < (fact.finished_ms, ids.get(other)))
        };
        let brought = self.brought.add(number, named, precedes);
        for of in &recovers {
            self.harm(*of, |harm| _ = harm.by.insert(number));
        }
        if !recovers.is_empty() {
            self.recovers.insert(number, recovers);
        }
        let counts = row.reached_ms.is_some();
        if counts {
            self.order.insert((row.finished_ms, number));
        }
        let turned_ms = row.turned_ms.filter(|_| row.outcome == Outcome::RolledBack);
        self.deployments[number as usize].fact = Some(Fact {
            revision,
            finished_ms: row.finished_ms,
            failed_ms: turned_ms.unwrap_or(row.finished_ms),
            release: self.releases.number(&row.release),
            lane: self.lanes.number(row),
            brought_from: brought.start,
            brought_to: brought.end,
            kind: row.kind,
            outcome: row.outcome,
            counts,
        });
    }

    fn forget(&mut self, number: u32, fact: Fact) {
        let (deployments, ids) = (&self.deployments, &self.ids);
        let place = |of: u32| deployments[of as usize].fact.map(|fact| (fact.finished_ms, ids.get(of)));
        self.brought.remove(fact.brought_from..fact.brought_to, |one, other| place(one) < place(other));
        for of in self.recovers.remove(&number).unwrap_or_default() {
            self.harm(of, |harm| _ = harm.by.remove(&number));
        }
        self.order.remove(&(fact.finished_ms, number));
        self.deployments[number as usize].fact = None;
    }

    fn harm(&mut self, number: u32, change: impl FnOnce(&mut Harm)) {
        let harm = self.harms.entry(number).or_default();
        change(harm);
        let is_harmed = !(harm.by.is_empty() && harm.incidents.is_empty());
        if !is_harmed {
            self.harms.remove(&number);
        }
        self.deployments[number as usize].is_harmed = is_harmed;
    }

    /// What a deployment adds; whether it counts at all.
    fn fill(&self, number: u32, share: &mut Share) -> bool {
        share.clear();
        let known = self.deployments[number as usize];
        let Some(fact) = known.fact.filter(|fact| fact.counts) else { return false };
        (share.at_ms, share.lane) = (fact.finished_ms, fact.lane);
        share.is_unplanned = fact.kind.is_unplanned();
        self.judge(number, &known, &fact, share);
        for (what, began_ms) in self.brought.firsts(fact.brought_from..fact.brought_to) {
            match (fact.finished_ms.checked_sub(began_ms), what) {
                (Some(span), What::Commit) => share.commits_ms.push(span),
                (Some(span), What::PullRequest) => share.pull_requests_ms.push(span),
                (None, What::Commit) => share.errors += 1,
                // Of a commit of it, which is told as an error, too.
                (None, What::PullRequest) => {}
            }
        }
        true
    }
}

/// Only what reached users and stayed brings commits; a rollback brings back what was there.
fn brings(row: &Deployment) -> bool {
    row.reached_ms.is_some() && row.outcome == Outcome::Succeeded && row.kind != Kind::Rollback
}
