//! One value of the file that has not been read yet: its text, its place and what kind it must be.
//!
//! Invariant: reading a bad value notes a problem at its place and never stops the reading of others.

use std::borrow::Cow;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use serde_saphyr::Spanned;

use crate::place::Place;
use crate::problems::{Problems, Wrong};

/// What a value must be, and how it is read from its text.
pub trait Kind {
    type Value;
    /// Of the schema.
    const NAME: &'static str;

    fn read(text: &str) -> Result<Self::Value, Wrong>;

    /// A JSON Schema object.
    fn schema() -> Value;
}

pub struct Scalar<K> {
    pub text: String,
    pub place: Place,
    kind: PhantomData<fn() -> K>,
}

const SCALAR_BYTES_MAX: usize = 8 << 10;

impl<K: Kind> Scalar<K> {
    pub fn new(text: String, place: Place) -> Self {
        Self { text, place, kind: PhantomData }
    }

    pub fn read(&self, problems: &mut Problems) -> Option<K::Value> {
        problems.take(self.place, short(&self.text).and_then(K::read))
    }

    /// The value, or `default` where it cannot be read, so that the rest of the file is looked at too.
    pub fn read_or(&self, default: K::Value, problems: &mut Problems) -> K::Value {
        self.read(problems).unwrap_or(default)
    }
}

fn short(text: &str) -> Result<&str, Wrong> {
    if text.len() <= SCALAR_BYTES_MAX {
        return Ok(text);
    }
    let message =
        format!("this value has {} bytes, more than the {SCALAR_BYTES_MAX} that one may have", text.len());
    Err(Wrong::new("too-long", message, "put long content into a file of the artifact"))
}

/// The value of a key that may be absent.
pub fn read_or<K: Kind>(scalar: Option<&Scalar<K>>, default: K::Value, problems: &mut Problems) -> K::Value {
    match scalar {
        Some(scalar) => scalar.read_or(default, problems),
        None => default,
    }
}

impl<K> Clone for Scalar<K> {
    fn clone(&self) -> Self {
        Self { text: self.text.clone(), place: self.place, kind: PhantomData }
    }
}

impl<K> std::fmt::Debug for Scalar<K> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{:?}@{}:{}", self.text, self.place.line, self.place.column)
    }
}

impl<'de, K: Kind> Deserialize<'de> for Scalar<K> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<String>::deserialize(from)?;
        Ok(Self::new(spanned.value, spanned.defined.into()))
    }
}

/// As it was written, always as a text: a version `1.10` must not become the number 1.1.
impl<K> Serialize for Scalar<K> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.text)
    }
}

impl<K: Kind> JsonSchema for Scalar<K> {
    fn schema_name() -> Cow<'static, str> {
        K::NAME.into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        schema(K::schema())
    }
}

pub fn schema(object: Value) -> Schema {
    Schema::try_from(object).unwrap_or_default()
}
