//! Rows by chance: few of everything, so that they meet.

use jiff::civil::date;
use proptest::prelude::*;
use tidegate_measures::{Commit, Deployment, Filter, Incident, Index, Kind, Outcome, Question, Unit, Zone};

/// 2026-01-01T00:00:00Z
pub const START_MS: u64 = 1_767_225_600_000;
pub const DAY_MS: u64 = 86_400_000;
/// Over both changes of the clocks in Europe.
const SPAN_MS: u64 = 330 * DAY_MS;

#[derive(Debug, Clone)]
pub enum Row {
    Deployment(Deployment),
    Incident(Incident),
}

#[derive(Debug, Clone)]
pub struct World {
    pub deployments: Vec<Deployment>,
    pub incidents: Vec<Incident>,
}

impl World {
    pub fn rows(&self) -> Vec<Row> {
        let deployments = self.deployments.iter().cloned().map(Row::Deployment);
        deployments.chain(self.incidents.iter().cloned().map(Row::Incident)).collect()
    }
    pub fn index(&self) -> Index {
        index(&self.rows())
    }
}

pub fn index(rows: &[Row]) -> Index {
    let mut index = Index::new();
    for row in rows {
        take(&mut index, row);
    }
    index
}

pub fn take(index: &mut Index, row: &Row) {
    match row {
        Row::Deployment(row) => index.deployment(row, 1),
        Row::Incident(row) => index.incident(row, 1),
    }
}

pub fn whole(filter: Filter, zone: &str, unit: Unit) -> Question {
    let (from, to) = (date(2025, 12, 20), date(2026, 12, 10));
    Question { filter, zone: Zone::named(zone).unwrap(), unit, from, to, now_ms: START_MS + SPAN_MS }
}

pub fn world() -> impl Strategy<Value = World> {
    let deployments = prop::collection::vec(deployment(), 0..24);
    let incidents = prop::collection::vec(incident(), 0..8);
    (deployments, incidents).prop_map(|(mut deployments, mut incidents)| {
        for (number, row) in deployments.iter_mut().enumerate() {
            row.id = format!("d{number}");
        }
        for (number, row) in incidents.iter_mut().enumerate() {
            row.id = format!("i{number}");
        }
        World { deployments, incidents }
    })
}

fn some_of(names: &'static [&'static str]) -> impl Strategy<Value = Vec<String>> {
    prop::sample::subsequence(names, 1..=names.len())
        .prop_map(|names| names.into_iter().map(str::to_owned).collect())
}

/// Of deployments, one or two of which there may not be.
fn ids() -> impl Strategy<Value = Vec<String>> {
    prop::collection::btree_set(0..26u32, 0..3)
        .prop_map(|ids| ids.into_iter().map(|id| format!("d{id}")).collect())
}

fn commit() -> impl Strategy<Value = Commit> {
    (0..18u32, 0..SPAN_MS, prop::option::of(0..6u32)).prop_map(|(id, after, request)| Commit {
        id: format!("c{id}"),
        authored_ms: START_MS - 40 * DAY_MS + after,
        pull_request: request.map(|request| format!("#{request}")),
    })
}

pub fn deployment() -> impl Strategy<Value = Deployment> {
    let place =
        (some_of(&["api", "web", "worker"]), some_of(&["checkout", "search"]), prop::bool::weighted(0.8));
    let kind = prop_oneof![3 => Just(Kind::Planned), 1 => Just(Kind::Hotfix), 1 => Just(Kind::Rollback)];
    let outcome = prop_oneof![3 => Just(Outcome::Succeeded), 1 => Just(Outcome::RolledBack)];
    // Often the same time as another one's.
    let finished = prop_oneof![(0..8u64).prop_map(|week| week * 7 * DAY_MS), 0..SPAN_MS];
    let times = (finished, 0..3_600_000u64, prop::bool::weighted(0.9), prop::bool::weighted(0.7));
    let links = (ids(), prop::collection::vec(commit(), 0..5));
    (place, kind, outcome, times, links).prop_map(|(place, kind, outcome, times, (recovers, commits))| {
        let ((components, teams, production), (finished, took, reached, turned)) = (place, times);
        let finished_ms = START_MS + finished;
        let started_ms = finished_ms - took;
        Deployment {
            id: String::new(),
            release: String::new(),
            environment: if production { "production" } else { "staging" }.to_owned(),
            components,
            teams,
            kind,
            started_ms,
            reached_ms: reached.then_some(started_ms),
            turned_ms: turned.then_some(started_ms + took / 2),
            finished_ms,
            outcome,
            recovers,
            commits,
        }
    })
}

pub fn incident() -> impl Strategy<Value = Incident> {
    (0..SPAN_MS, prop::option::of(0..SPAN_MS), ids()).prop_map(|(detected, resolved, deployments)| Incident {
        id: String::new(),
        detected_ms: START_MS + detected,
        resolved_ms: resolved.map(|after| START_MS + after),
        deployments,
    })
}

pub fn filter() -> impl Strategy<Value = Filter> {
    let names = |all: &'static [&'static str]| {
        prop::sample::subsequence(all, 0..=1).prop_map(|names| names.into_iter().map(str::to_owned).collect())
    };
    let places = names(&["production", "staging", "nowhere"]);
    (places, names(&["api", "web"]), names(&["checkout", "search"]))
        .prop_map(|(environments, components, teams)| Filter { environments, components, teams })
}

pub fn unit() -> impl Strategy<Value = Unit> {
    prop_oneof![Just(Unit::Day), Just(Unit::Week), Just(Unit::Month)]
}

pub fn zone() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "UTC",
        "Europe/Berlin",
        "America/St_Johns",
        "Pacific/Kiritimati",
        "Africa/Cairo",
        "Australia/Lord_Howe",
    ])
}
