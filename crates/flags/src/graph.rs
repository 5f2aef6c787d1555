//! Which flags need which others: cycles, and chains that are too long.
//!
//! Invariant: it follows from the prerequisites of all flags alone, so it is the same however a set came about; only
//! flags with prerequisites stand in it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::flag::{Flag, Prerequisite};
use crate::limits::{PREREQUISITE_DEPTH_MAX, PREREQUISITE_EVALUATIONS_MAX};
use crate::order::leaves_first;
use crate::problem::{Path, Problem};

#[derive(Clone, Debug, Default)]
pub(crate) struct Graph {
    needs: Needs,
    refused: BTreeMap<Box<str>, Problem>,
}

/// What following a flag's prerequisites to the end takes.
#[derive(Clone, Copy, Default)]
struct Reach {
    depth: usize,
    evaluations: usize,
}

/// As many flags of a circle are named.
const WAY_MAX: usize = 8;

type Needs = BTreeMap<Box<str>, Box<[Box<str>]>>;

impl Graph {
    pub(crate) fn of<'a>(flags: impl Iterator<Item = &'a Flag>) -> Arc<Self> {
        let needs = flags.filter_map(|flag| Some((flag.key.clone(), needs(flag.prerequisites())?)));
        Arc::new(Self::checked(needs.collect()))
    }

    /// With other prerequisites for one flag. Nearly always nothing changes, and then nothing is copied.
    pub(crate) fn with(self: &Arc<Self>, key: &str, prerequisites: &[Prerequisite]) -> Arc<Self> {
        let new = needs(prerequisites);
        if self.needs.get(key) == new.as_ref() {
            return Arc::clone(self);
        }
        let mut all = self.needs.clone();
        match new {
            Some(new) => all.insert(key.into(), new),
            None => all.remove(key),
        };
        Arc::new(Self::checked(all))
    }

    pub(crate) fn refused(&self, key: &str) -> Option<&Problem> {
        self.refused.get(key)
    }

    pub(crate) fn problems(&self) -> impl Iterator<Item = &Problem> {
        self.refused.values()
    }

    fn checked(needs: Needs) -> Self {
        let known = reaches(&needs);
        let wrong = |key: &str| match known.get(key) {
            None => Some(circle(key, &needs, &known)),
            Some(reach) => too_far(*reach),
        };
        let refused = needs.keys().filter_map(|key| Some((key.clone(), problem(key, wrong(key)?)))).collect();
        Self { needs, refused }
    }
}

fn needs(prerequisites: &[Prerequisite]) -> Option<Box<[Box<str>]>> {
    let named: Box<[Box<str>]> = prerequisites.iter().map(|wanted| wanted.flag.clone()).collect();
    (!named.is_empty()).then_some(named)
}

/// A flag that leads into a cycle has none.
fn reaches(needs: &Needs) -> BTreeMap<&str, Reach> {
    let by_name: BTreeMap<&str, Vec<&str>> =
        needs.iter().map(|(key, wanted)| (&**key, wanted.iter().map(|other| &**other).collect())).collect();
    let mut known: BTreeMap<&str, Reach> = BTreeMap::new();
    for key in leaves_first(&by_name) {
        let reach = needs.get(key).map(|wanted| over(wanted, &known)).unwrap_or_default();
        known.insert(key, reach);
    }
    known
}

fn over(wanted: &[Box<str>], known: &BTreeMap<&str, Reach>) -> Reach {
    wanted.iter().map(|other| known.get(&**other).copied().unwrap_or_default()).fold(
        Reach::default(),
        |whole, inner| Reach {
            depth: whole.depth.max(inner.depth + 1),
            evaluations: whole.evaluations.saturating_add(inner.evaluations).saturating_add(1),
        },
    )
}

/// The way that leads round, from this flag on.
fn circle(key: &str, needs: &Needs, known: &BTreeMap<&str, Reach>) -> String {
    let mut way = vec![key];
    let mut met = BTreeSet::from([key]);
    // Each flag on it needs at least one that has no end either, and there are finitely many.
    while let Some(next) = way.last().and_then(|last| {
        needs.get(*last).into_iter().flatten().map(|other| &**other).find(|other| !known.contains_key(other))
    }) {
        way.push(next);
        if !met.insert(next) {
            break;
        }
    }
    let hidden = way.len().saturating_sub(WAY_MAX);
    if hidden > 0 {
        way.splice(WAY_MAX / 2..WAY_MAX / 2 + hidden, ["…"]);
    }
    format!("its prerequisites lead round in a circle: {}", way.join(" → "))
}

fn too_far(reach: Reach) -> Option<String> {
    if reach.depth > PREREQUISITE_DEPTH_MAX {
        return Some(format!(
            "its prerequisites lead through {} flags; {PREREQUISITE_DEPTH_MAX} is the limit",
            reach.depth
        ));
    }
    let (evaluations, limit) = (reach.evaluations, PREREQUISITE_EVALUATIONS_MAX);
    (evaluations > limit).then(|| {
        format!("its prerequisites need {evaluations} evaluations of other flags; {limit} is the limit")
    })
}

fn problem(key: &str, detail: String) -> Problem {
    let mut path = Path::root();
    path.at("flags", |path| path.at(key, |path| path.at("prerequisites", |path| path.here(detail))))
        .of_flag(key)
}
