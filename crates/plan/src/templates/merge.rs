//! Three documents into one: what the template was, what it is now, what the team has.
//!
//! Invariant: where only one side changed, that change stands; where both did, the team's does and the place is named. Lists of
//! entries with ids are merged entry by entry, other lists as a whole.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::{Map, Value};

/// A place that the template and the team both changed; the team's stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Conflict {
    /// A JSON pointer, with ids instead of indexes.
    pub path: String,
    pub template: Value,
}

pub(super) struct Merging {
    pub conflicts: Vec<Conflict>,
    /// Every text of the team's document that is no id: what the team refers to must not go.
    pub spoken_of: BTreeSet<String>,
}

impl Merging {
    pub fn value(
        &mut self,
        path: &str,
        base: Option<&Value>,
        newer: Option<&Value>,
        team: Option<&Value>,
    ) -> Option<Value> {
        if team == newer || newer == base {
            return team.cloned();
        }
        if team == base {
            return newer.cloned();
        }
        match (newer, team) {
            (Some(Value::Object(newer)), Some(Value::Object(team))) => {
                let none = Map::new();
                let base = base.and_then(Value::as_object).unwrap_or(&none);
                Some(Value::Object(self.object(path, base, newer, team)))
            }
            (Some(Value::Array(newer)), Some(Value::Array(team))) if have_ids(newer) && have_ids(team) => {
                let none = Vec::new();
                let base = base.and_then(Value::as_array).filter(|base| have_ids(base)).unwrap_or(&none);
                Some(Value::Array(self.entries(path, base, newer, team)))
            }
            // A list that became empty is left out of a document, and is still a list of entries.
            (None, Some(Value::Array(team))) if have_ids(team) => {
                let none = Vec::new();
                let base = base.and_then(Value::as_array).filter(|base| have_ids(base)).unwrap_or(&none);
                Some(Value::Array(self.entries(path, base, &[], team)))
            }
            (Some(Value::Array(newer)), None) if have_ids(newer) => {
                let none = Vec::new();
                let base = base.and_then(Value::as_array).filter(|base| have_ids(base)).unwrap_or(&none);
                Some(Value::Array(self.entries(path, base, newer, &[])))
            }
            _ => {
                let template = newer.cloned().unwrap_or(Value::Null);
                self.conflicts.push(Conflict { path: path.to_owned(), template });
                team.cloned()
            }
        }
    }

    fn object(
        &mut self,
        path: &str,
        base: &Map<String, Value>,
        newer: &Map<String, Value>,
        team: &Map<String, Value>,
    ) -> Map<String, Value> {
        let names: BTreeSet<&String> = newer.keys().chain(team.keys()).collect();
        let mut merged = Map::new();
        for name in names {
            let path = format!("{path}/{name}");
            if let Some(value) = self.value(&path, base.get(name), newer.get(name), team.get(name)) {
                merged.insert(name.clone(), value);
            }
        }
        merged
    }

    /// In the team's order; what is new stands behind the entry that it follows in the template.
    fn entries(&mut self, path: &str, base: &[Value], newer: &[Value], team: &[Value]) -> Vec<Value> {
        let mut merged = Vec::new();
        for entry in team {
            let id = id(entry);
            let path = format!("{path}/{id}");
            let (was, is) = (with_id(base, id), with_id(newer, id));
            let gone = was.is_some() && is.is_none();
            // What the template gave up goes with it, unless the team changed it or speaks of it.
            if gone && was == Some(entry) && !self.spoken_of.contains(id) {
                continue;
            }
            if gone {
                merged.push(entry.clone());
                continue;
            }
            merged.extend(self.value(&path, was, is.or(was), Some(entry)));
        }
        for (place, entry) in newer.iter().enumerate() {
            let id = id(entry);
            let removed_by_team = with_id(base, id).is_some();
            if with_id(team, id).is_some() || removed_by_team {
                continue;
            }
            let mut before = newer[..place].iter().rev().map(self::id);
            let after = before.find_map(|id| merged.iter().position(|entry| self::id(entry) == id));
            merged.insert(after.map_or(0, |at| at + 1), entry.clone());
        }
        merged
    }
}

fn have_ids(entries: &[Value]) -> bool {
    entries.iter().all(|entry| entry.get("id").is_some_and(Value::is_string))
}

fn id(entry: &Value) -> &str {
    entry.get("id").and_then(Value::as_str).unwrap_or_default()
}

fn with_id<'a>(entries: &'a [Value], wanted: &str) -> Option<&'a Value> {
    entries.iter().find(|entry| id(entry) == wanted)
}

/// Every text but ids.
pub(super) fn texts(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => {
            found.insert(text.clone());
        }
        Value::Array(values) => values.iter().for_each(|value| texts(value, found)),
        Value::Object(members) => {
            members.iter().filter(|(name, _)| *name != "id").for_each(|(_, value)| texts(value, found));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
