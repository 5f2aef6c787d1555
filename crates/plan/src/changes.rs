//! What two documents of a plan say otherwise, place by place.
//!
//! Invariant: no places are told of two documents that are the same, and entries with ids are compared by them, so that one that
//! moved in its list is none that changed. Deliberately not here: who changed it, and what commits brought (`difference`).

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::document::Plan;

/// More than anybody reads; whoever wants all reads both documents.
pub const CHANGES_MAX: usize = 2_000;

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// A JSON pointer, with ids instead of indexes.
    pub path: String,
    pub how: How,
    /// Absent where it was added.
    pub before: Option<Value>,
    /// Absent where it was removed.
    pub after: Option<Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    Added,
    Removed,
    Changed,
}

/// In the order of the members; at most [`CHANGES_MAX`].
pub fn changes(before: &Plan, after: &Plan) -> Vec<Change> {
    let value = |plan: &Plan| serde_json::to_value(plan).unwrap_or_default();
    let mut found = Vec::new();
    compare("", Some(&value(before)), Some(&value(after)), &mut found);
    found
}

fn compare(path: &str, before: Option<&Value>, after: Option<&Value>, found: &mut Vec<Change>) {
    if before == after || found.len() >= CHANGES_MAX {
        return;
    }
    match (before, after) {
        (Some(Value::Object(before)), Some(Value::Object(after))) => members(path, before, after, found),
        (Some(Value::Array(_)), _) | (_, Some(Value::Array(_))) if all_with_ids(before, after) => {
            let (before, after) = (list(before), list(after));
            // What is new stands where the newer document has it, what is gone at the end.
            let ids = after.iter().chain(before).filter_map(id);
            let mut seen = BTreeSet::new();
            for one in ids.filter(|id| seen.insert(*id)) {
                let with = |entries: &'_ [Value]| entries.iter().position(|entry| id(entry) == Some(one));
                let (was, is) = (with(before).map(|at| &before[at]), with(after).map(|at| &after[at]));
                compare(&format!("{path}/{one}"), was, is, found);
            }
        }
        _ => {
            let how = match (before, after) {
                (None, _) => How::Added,
                (_, None) => How::Removed,
                _ => How::Changed,
            };
            found.push(Change { path: path.to_owned(), how, before: before.cloned(), after: after.cloned() });
        }
    }
}

fn members(path: &str, before: &Map<String, Value>, after: &Map<String, Value>, found: &mut Vec<Change>) {
    let names = after.keys().chain(before.keys());
    let mut seen = BTreeSet::new();
    for name in names.filter(|name| seen.insert(*name)) {
        compare(&format!("{path}/{name}"), before.get(name), after.get(name), found);
    }
}

/// A list that holds nothing is left out of a document, and is a list all the same.
fn all_with_ids(before: Option<&Value>, after: Option<&Value>) -> bool {
    let fits = |value: Option<&Value>| match value {
        None => true,
        Some(Value::Array(entries)) => entries.iter().all(|entry| id(entry).is_some()),
        Some(_) => false,
    };
    fits(before) && fits(after)
}

fn list(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn id(entry: &Value) -> Option<&str> {
    entry.get("id").and_then(Value::as_str)
}
