//! Deployments that no filter can tell apart: of the same components and teams, in the same environment.
//!
//! Invariant: a deployment is in one lane, so that no answer counts it twice.

use std::collections::{BTreeMap, BTreeSet};

use crate::question::Filter;
use crate::row::Deployment;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Lane {
    pub environment: String,
    pub components: BTreeSet<String>,
    pub teams: BTreeSet<String>,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Lanes {
    all: Vec<Lane>,
    numbers: BTreeMap<Lane, u32>,
}

impl Lanes {
    pub fn all(&self) -> &[Lane] {
        &self.all
    }
    pub fn get(&self, number: u32) -> &Lane {
        &self.all[number as usize]
    }

    pub fn number(&mut self, row: &Deployment) -> u32 {
        let lane = Lane {
            environment: row.environment.clone(),
            components: row.components.iter().cloned().collect(),
            teams: row.teams.iter().cloned().collect(),
        };
        if let Some(known) = self.numbers.get(&lane) {
            return *known;
        }
        let number = self.all.len() as u32;
        self.all.push(lane.clone());
        self.numbers.insert(lane, number);
        number
    }
}

impl Lane {
    pub fn passes(&self, filter: &Filter) -> bool {
        let any = |wanted: &BTreeSet<String>, there: &BTreeSet<String>| {
            wanted.is_empty() || !wanted.is_disjoint(there)
        };
        let here = filter.environments.is_empty() || filter.environments.contains(&self.environment);
        here && any(&filter.components, &self.components) && any(&filter.teams, &self.teams)
    }
}
