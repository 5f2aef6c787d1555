//! A whole document → a set: its flags, the conditions they share, its metadata.
//!
//! Invariant: what is wrong in one place takes nothing else with it.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::definition::{self, With};
use crate::flag::{Flag, Metadata};
use crate::graph::Graph;
use crate::limits::FLAGS_MAX;
use crate::pool::Pool;
use crate::problem::{Path, Problem};
use crate::rule::Conditions;
use crate::set::FlagSet;
use crate::table::Table;

/// What the flags of a set have in common.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    pub(crate) metadata: Arc<Metadata>,
    pub(crate) conditions: Conditions,
}

pub(crate) fn compile(document: &Value) -> (FlagSet, Vec<Problem>) {
    let mut problems = Vec::new();
    let mut path = Path::root();
    let Some(members) = document.as_object() else {
        problems.push(path.here("a document is an object with `flags`").of_set());
        return (FlagSet::default(), problems);
    };
    let pool = Pool::default();
    let shared = Arc::new(shared(members, &pool, &mut path, &mut problems));
    let flags = flags(members, With { shared: &shared, pool: &pool }, &mut path, &mut problems);
    let graph = Graph::of(flags.values().map(|flag| &**flag));
    problems.extend(graph.problems().cloned());
    (FlagSet { table: Table::of(flags.into_values()), shared, graph }, problems)
}

fn shared(members: &Map<String, Value>, pool: &Pool, path: &mut Path, problems: &mut Vec<Problem>) -> Shared {
    let metadata = match members.get("metadata") {
        None | Some(Value::Null) => Arc::default(),
        Some(given) => path.at("metadata", |path| definition::metadata(given, path)).map_or_else(
            |found| {
                problems.push(found.of_set());
                Arc::default()
            },
            |metadata| Arc::new(metadata.clone()),
        ),
    };
    let (conditions, found) = Conditions::read(members, pool, path);
    problems.extend(found.into_iter().map(crate::problem::Found::of_set));
    Shared { metadata, conditions }
}

/// flagd's providers take an object of flags; its daemon takes a list of flags with a `key` as well.
fn flags<'a>(
    members: &'a Map<String, Value>,
    with: With<'_>,
    path: &mut Path,
    problems: &mut Vec<Problem>,
) -> BTreeMap<&'a str, Arc<Flag>> {
    path.at("flags", |path| {
        let given: Vec<(&str, String, &Value)> = match members.get("flags") {
            Some(Value::Object(flags)) => {
                flags.iter().map(|(key, flag)| (&**key, key.clone(), flag)).collect()
            }
            Some(Value::Array(flags)) => {
                let keyed = flags.iter().enumerate();
                keyed.map(|(index, flag)| (key_of(flag), index.to_string(), flag)).collect()
            }
            None | Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => {
                problems.push(
                    path.here("`flags` is an object of flags, or a list of flags with a `key`").of_set(),
                );
                return BTreeMap::new();
            }
        };
        if given.len() > FLAGS_MAX {
            problems
                .push(path.here(format!("{} flags; the first {FLAGS_MAX} are read", given.len())).of_set());
        }
        let mut flags = BTreeMap::new();
        for (key, member, definition) in given.into_iter().take(FLAGS_MAX) {
            path.at(&member, |path| {
                if flags.contains_key(key) {
                    problems.push(path.here("another flag has this key already").of_flag(key));
                    return;
                }
                let (flag, found) = definition::compile(key, definition, with, path);
                problems.extend(found.into_iter().map(|found| found.of_flag(key)));
                flags.insert(key, Arc::new(flag));
            });
        }
        flags
    })
}

fn key_of(flag: &Value) -> &str {
    flag.get("key").and_then(Value::as_str).unwrap_or_default()
}
