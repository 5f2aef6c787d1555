//! Flags of other systems → definitions in flagd's format, as far as the meaning carries over. flagd's own need none.
//!
//! Invariant: a flag is brought whole or not at all: what cannot be said leaves its flag out, with a path into the export
//! that was given. What comes over with a difference, above all who is in a percentage, is said for each flag.

mod launchdarkly;
mod unleash;

use serde_json::{Map, Value, json};

pub use self::launchdarkly::launchdarkly;
pub use self::unleash::unleash;
use crate::context::TARGETING_KEY;
use crate::problem::{Found, Path, Problem};

/// What came over. Problems that refuse name what was left out; the others, what is different now.
#[derive(Clone, Debug)]
pub struct Import {
    /// For [`FlagSet::compile`](crate::FlagSet::compile).
    pub document: Value,
    pub problems: Vec<Problem>,
}

/// Flags and segments as they are made, and what was found on the way.
#[derive(Default)]
struct Made {
    flags: Map<String, Value>,
    segments: Map<String, Value>,
    problems: Vec<Problem>,
}

impl Made {
    fn flag(&mut self, key: &str, made: Result<Value, Found>, advice: Vec<Found>) {
        match made {
            Ok(flag) => {
                self.problems.extend(advice.into_iter().map(|found| found.of_flag(key)));
                self.flags.insert(key.to_owned(), flag);
            }
            Err(found) => self.problems.push(found.of_flag(key)),
        }
    }

    fn segment(&mut self, name: String, made: Result<Value, Found>) {
        match made {
            Ok(condition) => {
                self.segments.insert(name, condition);
            }
            Err(found) => self.problems.push(found.of_set()),
        }
    }

    fn import(self) -> Import {
        let mut document = json!({ "flags": self.flags });
        if !self.segments.is_empty() {
            document["segments"] = self.segments.into();
        }
        Import { document, problems: self.problems }
    }
}

/// Where one reads, and what is different about the flag so far.
struct Reading<'a> {
    path: &'a mut Path,
    advice: Vec<Found>,
}

impl Reading<'_> {
    fn at<T>(&mut self, member: &str, inside: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.path.enter(member);
        let answer = inside(self);
        self.path.leave(before);
        answer
    }

    /// Each element of a list, with its place.
    fn each<T>(
        &mut self,
        of: &Value,
        member: &str,
        mut read: impl FnMut(&mut Self, &Value) -> Result<T, Found>,
    ) -> Result<Vec<T>, Found> {
        let given = of.get(member).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        self.at(member, |reading| {
            let each = given.iter().enumerate();
            each.map(|(index, one)| reading.at(&index.to_string(), |reading| read(reading, one))).collect()
        })
    }

    fn wrong<T>(&self, detail: impl Into<String>) -> Result<T, Found> {
        Err(self.path.here(detail))
    }

    fn advise(&mut self, detail: &str) {
        if self.advice.iter().all(|known| known.detail != detail) {
            let advice = self.path.advice(detail);
            self.advice.push(advice);
        }
    }
}

fn text<'a>(of: &'a Value, member: &str) -> &'a str {
    of.get(member).and_then(Value::as_str).unwrap_or_default()
}

fn var(name: &str) -> Value {
    json!({ "var": name })
}

fn subject() -> Value {
    var(TARGETING_KEY)
}

/// All of them; nothing where there are none.
fn all(mut conditions: Vec<Value>) -> Value {
    match conditions.len() {
        0 => json!(true),
        1 => conditions.swap_remove(0),
        _ => json!({ "and": conditions }),
    }
}

fn any(mut conditions: Vec<Value>) -> Value {
    match conditions.len() {
        0 => json!(false),
        1 => conditions.swap_remove(0),
        _ => json!({ "or": conditions }),
    }
}

fn is_there(attribute: &Value) -> Value {
    json!({"!==": [attribute, null]})
}

/// Shares of the subjects that have such a unit, under a seed of their own; the rest get what is for them.
fn shares(seed: &str, unit: &Value, shares: Vec<(Value, u64)>, without: &Value) -> Value {
    let shares = shares.into_iter().map(|(result, weight)| json!([result, weight]));
    let fractional: Vec<Value> = std::iter::once(json!({"cat": [seed, ":", unit]})).chain(shares).collect();
    json!({"if": [unit, { "fractional": fractional }, without]})
}
