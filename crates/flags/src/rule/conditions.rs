//! Conditions that rules share: flagd's `$evaluators`, and `segments`, which are the same under a name that people use.
//!
//! Invariant: each is compiled once, however many rules refer to it, and those it refers to before it. One that leads
//! back to itself is refused, and with it only the rules that refer to it.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::Expression;
use super::compile::{self, Place};
use crate::limits::SHARED_MAX;
use crate::order::leaves_first;
use crate::pool::Pool;
use crate::problem::{Found, Path};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Evaluator,
    Segment,
}

type Name<'a> = (Kind, &'a str);

#[derive(Debug, Default)]
pub(crate) struct Conditions {
    known: BTreeMap<(Kind, Box<str>), Condition>,
}

#[derive(Debug)]
pub(crate) struct Condition {
    pub(crate) source: Value,
    /// Without, it is refused.
    pub(crate) compiled: Option<Compiled>,
}

#[derive(Debug)]
pub(crate) struct Compiled {
    pub(super) expression: Arc<Expression>,
    /// How deep it is nested, with all it refers to.
    pub(super) depth: usize,
    /// How many operators and values it is, written out.
    pub(super) work: usize,
}

impl Kind {
    pub(crate) const ALL: [Self; 2] = [Self::Evaluator, Self::Segment];

    /// The member of a document that they stand in.
    pub(crate) fn member(self) -> &'static str {
        match self {
            Self::Evaluator => "$evaluators",
            Self::Segment => "segments",
        }
    }

    /// The operator that refers to one.
    pub(crate) fn operator(self) -> &'static str {
        match self {
            Self::Evaluator => "$ref",
            Self::Segment => "segment",
        }
    }
}

/// The kind and the name, where a value is a reference.
pub(crate) fn reference(value: &Value) -> Option<Name<'_>> {
    let members = value.as_object().filter(|members| members.len() == 1)?;
    let refers = |kind: Kind| Some((kind, members.get(kind.operator())?.as_str()?));
    Kind::ALL.into_iter().find_map(refers)
}

impl Conditions {
    /// Whether these are written as those are.
    pub(crate) fn are(&self, others: &Self) -> bool {
        self.written().eq(others.written())
    }

    fn written(&self) -> impl Iterator<Item = (&(Kind, Box<str>), &Value)> {
        self.known.iter().map(|(name, condition)| (name, &condition.source))
    }

    pub(crate) fn read(members: &Map<String, Value>, pool: &Pool, path: &mut Path) -> (Self, Vec<Found>) {
        let mut found = Vec::new();
        let given = given(members, path, &mut found);
        let needs: BTreeMap<Name<'_>, Vec<Name<'_>>> =
            given.iter().map(|(name, source)| (*name, references(source))).collect();
        let order = leaves_first(&needs);
        let mut all = Self::default();
        for name in &order {
            if let Some(source) = given.get(name) {
                let compiled = Self::compiled(
                    Place { key: None, conditions: &all, pool },
                    *name,
                    source,
                    (path, &mut found),
                );
                all.known.insert((name.0, name.1.into()), Condition { source: (*source).clone(), compiled });
            }
        }
        for ((kind, name), source) in given {
            all.known.entry((kind, name.into())).or_insert_with(|| {
                let here = |path: &mut Path| path.here("it leads back to itself");
                found.push(path.at(kind.member(), |path| path.at(name, here)));
                Condition { source: source.clone(), compiled: None }
            });
        }
        (all, found)
    }

    pub(crate) fn get(&self, (kind, name): Name<'_>) -> Option<&Condition> {
        self.known.get(&(kind, name.into()))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (Kind, &str, &Condition)> {
        self.known.iter().map(|((kind, name), condition)| (*kind, &**name, condition))
    }

    fn compiled(
        place: Place<'_>,
        (kind, name): Name<'_>,
        source: &Value,
        (path, found): (&mut Path, &mut Vec<Found>),
    ) -> Option<Compiled> {
        let compiled = path
            .at(kind.member(), |path| path.at(name, |path| compile::condition(source, place, path, found)));
        compiled.map_err(|refused| found.push(refused)).ok()
    }
}

fn given<'a>(
    members: &'a Map<String, Value>,
    path: &mut Path,
    found: &mut Vec<Found>,
) -> BTreeMap<Name<'a>, &'a Value> {
    let mut given = BTreeMap::new();
    for kind in Kind::ALL {
        path.at(kind.member(), |path| match members.get(kind.member()) {
            None | Some(Value::Null) => {}
            Some(Value::Object(each)) => {
                if given.len() + each.len() > SHARED_MAX {
                    found.push(
                        path.here(format!("more than {SHARED_MAX} shared conditions; the first are read")),
                    );
                }
                let room = SHARED_MAX - given.len();
                given.extend(each.iter().take(room).map(|(name, source)| ((kind, name.as_str()), source)));
            }
            Some(Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_)) => {
                found.push(path.here("this is an object of conditions by name"));
            }
        });
    }
    given
}

fn references(source: &Value) -> Vec<Name<'_>> {
    let mut found = Vec::new();
    let mut open = vec![source];
    while let Some(value) = open.pop() {
        found.extend(reference(value));
        match value {
            Value::Array(elements) => open.extend(elements),
            Value::Object(members) => open.extend(members.values()),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    found
}
