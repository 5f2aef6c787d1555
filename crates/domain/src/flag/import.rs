//! A document in flagd's format, or with segments, taken apart: each flag with everything that its definition refers to.
//!
//! Invariant: a flag that is taken out means by itself what it meant in the document; one of which that cannot be said is
//! refused alone. Deliberately not here: whether a definition can be served (`definition`), other systems' formats.

use serde_json::{Map, Value};

use crate::name::FlagKey;

/// References within references; flagd's own documents have one or two.
const DEPTH_MAX: usize = 32;

/// A flag of a document, or why it cannot be taken, with a JSON pointer into the document.
#[derive(Debug, Clone, PartialEq)]
pub struct Imported {
    pub key: String,
    pub pointer: String,
    pub definition: Result<(FlagKey, Value), String>,
}

/// None where the document is none.
pub fn from_flagd(document: &Value) -> Option<Vec<Imported>> {
    let shared = Shared {
        evaluators: document.get("$evaluators").and_then(Value::as_object),
        segments: document.get("segments").and_then(Value::as_object),
    };
    let metadata = document.get("metadata").and_then(Value::as_object);
    let one = |key: &str, member: &str, definition: &Value| {
        let escaped = member.replace('~', "~0").replace('/', "~1");
        let taken = key.parse::<FlagKey>().map_err(|bad| bad.to_string()).and_then(|name| {
            let whole = resolved(definition, &shared, DEPTH_MAX)?;
            Ok((name, with_metadata(whole, metadata)))
        });
        Imported { key: key.to_owned(), pointer: format!("/flags/{escaped}"), definition: taken }
    };
    match document.get("flags")? {
        Value::Object(flags) => Some(flags.iter().map(|(key, flag)| one(key, key, flag)).collect()),
        Value::Array(flags) => {
            let key = |flag: &Value| flag.get("key").and_then(Value::as_str).unwrap_or_default().to_owned();
            let each = flags.iter().enumerate();
            Some(each.map(|(index, flag)| one(&key(flag), &index.to_string(), flag)).collect())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

/// What several flags refer to.
struct Shared<'a> {
    evaluators: Option<&'a Map<String, Value>>,
    segments: Option<&'a Map<String, Value>>,
}

impl<'a> Shared<'a> {
    /// What stands for this object, with its name, where it is a reference.
    fn named<'n>(&self, members: &'n Map<String, Value>) -> Option<Result<(&'n str, &'a Value), String>> {
        let (word, name) = members.iter().next().filter(|_| members.len() == 1)?;
        let (known, place) = match word.as_str() {
            "$ref" => (self.evaluators, "$evaluators"),
            "segment" => (self.segments, "segments"),
            _ => return None,
        };
        let name = name.as_str()?;
        let found = known.and_then(|known| known.get(name)).map(|found| (name, found));
        Some(found.ok_or_else(|| format!("`{word}` names `{name}`, which is not in `{place}`")))
    }
}

/// With what `$ref` (flagd.dev, "Shared evaluators") and `segment` name in their places.
fn resolved(value: &Value, shared: &Shared<'_>, depth: usize) -> Result<Value, String> {
    match value {
        Value::Object(members) => {
            if let Some(found) = shared.named(members) {
                let (name, known) = found?;
                if depth == 0 {
                    return Err(format!("`{name}` refers to itself, or to too many others"));
                }
                return resolved(known, shared, depth - 1);
            }
            let each =
                members.iter().map(|(name, value)| Ok((name.clone(), resolved(value, shared, depth)?)));
            each.collect::<Result<Map<_, _>, String>>().map(Value::Object)
        }
        Value::Array(items) => {
            let each = items.iter().map(|item| resolved(item, shared, depth));
            each.collect::<Result<_, _>>().map(Value::Array)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(value.clone()),
    }
}

/// The document's metadata is every flag's, unless the flag says otherwise.
fn with_metadata(mut definition: Value, shared: Option<&Map<String, Value>>) -> Value {
    let (Some(shared), Some(members)) = (shared, definition.as_object_mut()) else { return definition };
    let own = members.entry("metadata").or_insert_with(|| Value::Object(Map::new()));
    if let Some(own) = own.as_object_mut() {
        for (name, value) in shared {
            own.entry(name.clone()).or_insert_with(|| value.clone());
        }
    }
    definition
}
