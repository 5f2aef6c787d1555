//! A mapping whose keys are names, in the order of the file.
//!
//! Invariant: each key keeps its place; that no key stands twice is the parser's care.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::json;
use serde_saphyr::Spanned;

use crate::place::Place;
use crate::problems::{Problems, Wrong};
use crate::written::scalar::schema;

#[derive(Debug)]
pub struct Entries<T>(Vec<Entry<T>>);

#[derive(Debug)]
pub struct Entry<T> {
    pub key: String,
    pub place: Place,
    pub value: T,
}

impl<T> Entries<T> {
    pub fn iter(&self) -> impl Iterator<Item = &Entry<T>> + Clone {
        self.0.iter()
    }

    pub fn keys(&self) -> impl Iterator<Item = &str> + Clone {
        self.0.iter().map(|entry| entry.key.as_str())
    }

    /// Notes the first entry past the limit.
    pub fn at_most(&self, most: usize, what: &str, problems: &mut Problems) {
        if let Some(entry) = self.0.get(most) {
            problems.add(entry.place, too_many(self.0.len(), most, what));
        }
    }
}

pub fn too_many(given: usize, most: usize, what: &str) -> Wrong {
    Wrong::new(
        "too-many",
        format!("{given} {what} are more than the {most} possible"),
        format!("keep {most} or fewer"),
    )
}

impl<T> Default for Entries<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

struct EntriesVisitor<T>(PhantomData<fn() -> T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for EntriesVisitor<T> {
    type Value = Entries<T>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("`name: …` lines")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries<T>, A::Error> {
        let mut entries = Vec::new();
        while let Some(key) = map.next_key::<Spanned<String>>()? {
            let value = map.next_value()?;
            entries.push(Entry { key: key.value, place: key.defined.into(), value });
        }
        Ok(Entries(entries))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Entries<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(EntriesVisitor(PhantomData))
    }
}

impl<T: Serialize> Serialize for Entries<T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_map(self.0.iter().map(|entry| (&entry.key, &entry.value)))
    }
}

impl<T: JsonSchema> JsonSchema for Entries<T> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        format!("{}ByName", T::schema_name()).into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        schema(json!({ "type": "object", "additionalProperties": generator.subschema_for::<T>() }))
    }
}
