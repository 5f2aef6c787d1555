//! How a flag stands in one environment: its definition in flagd's format, as one text.
//!
//! Invariant: equal definitions are equal texts (members in the order of their names), and whatever was made by
//! [`Definition::compiled`] can be served. Deliberately not here: what a definition means (`tidegate-flags`).

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};
use tidegate_flags::FlagSet;

use super::FlagRefusal;
use crate::name::FlagKey;

/// Long lists of subjects belong into attributes that the caller sends.
pub const DEFINITION_BYTES_MAX: usize = 128 << 10;

#[derive(Clone, PartialEq, Eq)]
pub struct Definition(Arc<str>);

impl Definition {
    /// One that can be served, or where and why it cannot.
    pub fn compiled(key: &FlagKey, given: &Value) -> Result<Self, FlagRefusal> {
        let definition = Self::of(given);
        let bytes = definition.0.len();
        if bytes > DEFINITION_BYTES_MAX {
            return Err(FlagRefusal::DefinitionTooLong {
                key: key.clone(),
                bytes,
                most: DEFINITION_BYTES_MAX,
            });
        }
        let (_, problems) = FlagSet::default().with(key.as_str(), given);
        match problems.into_iter().find(|problem| problem.refused) {
            None => Ok(definition),
            Some(problem) => {
                let pointer = within(key, &problem.path);
                Err(FlagRefusal::BadDefinition { key: key.clone(), pointer, why: problem.detail })
            }
        }
    }

    /// What most likely is not meant so, each with its place; it is served all the same.
    pub fn warnings(&self, key: &FlagKey) -> Vec<(String, String)> {
        let (_, problems) = FlagSet::default().with(key.as_str(), &self.value());
        let advice = problems.into_iter().filter(|problem| !problem.refused);
        advice.map(|problem| (within(key, &problem.path), problem.detail)).collect()
    }

    pub(super) fn of(value: &Value) -> Self {
        Self(sorted(value).to_string().into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn value(&self) -> Value {
        // It was written from a value.
        serde_json::from_str(&self.0).unwrap_or_default()
    }

    /// Whether its rules are asked; else everybody gets its off variant.
    pub fn is_on(&self) -> bool {
        self.value().get("state").and_then(Value::as_str) == Some("ENABLED")
    }

    /// The same, switched on or off.
    #[must_use]
    pub fn switched(&self, on: bool) -> Self {
        let mut value = self.value();
        if let Some(members) = value.as_object_mut() {
            members.insert("state".to_owned(), if on { "ENABLED" } else { "DISABLED" }.into());
        }
        Self::of(&value)
    }
}

impl std::fmt::Debug for Definition {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.0)
    }
}

/// In the log it is JSON like everything else there.
impl Serialize for Definition {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        self.value().serialize(out)
    }
}

/// What was recorded is never refused.
impl<'de> Deserialize<'de> for Definition {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Value::deserialize(from).map(|value| Self::of(&value))
    }
}

/// Whatever order the features of `serde_json` keep members in.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut names: Vec<&String> = members.keys().collect();
            names.sort_unstable();
            let each = names.into_iter().map(|name| (name.clone(), sorted(&members[name])));
            Value::Object(each.collect::<Map<_, _>>())
        }
        Value::Array(items) => Value::Array(items.iter().map(sorted).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

/// The place in the definition rather than in a document that holds it.
fn within(key: &FlagKey, path: &str) -> String {
    let escaped = key.as_str().replace('~', "~0").replace('/', "~1");
    path.strip_prefix(&format!("/flags/{escaped}")).unwrap_or(path).to_owned()
}
