//! Values with a short form (one word) and a long one (a mapping), and values with their place.
//!
//! Invariant: the mapping is read straight from the parser, so the places inside it are kept.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Value, json};
use serde_saphyr::Spanned;

use crate::place::Place;
use crate::written::scalar::schema;

/// A value and where it stands.
#[derive(Debug, Clone)]
pub struct At<T> {
    pub place: Place,
    pub value: T,
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for At<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<T>::deserialize(from)?;
        Ok(Self { place: spanned.defined.into(), value: spanned.value })
    }
}

impl<T: Serialize> Serialize for At<T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.value.serialize(to)
    }
}

impl<T: JsonSchema> JsonSchema for At<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }
    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }
    fn schema_id() -> Cow<'static, str> {
        T::schema_id()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

/// What may be written in one word instead of the whole.
pub trait ShortForm {
    const NAME: &'static str;
    /// Which long form there is, in a message.
    const EXPECTED: &'static str;
    fn short_schema() -> Value;
}

/// One word, or all of it.
#[derive(Debug)]
pub enum Form<T> {
    Short(String),
    Long(T),
}

struct FormVisitor<T>(PhantomData<fn() -> T>);

impl<'de, T: Deserialize<'de> + ShortForm> Visitor<'de> for FormVisitor<T> {
    type Value = Form<T>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(T::EXPECTED)
    }
    fn visit_str<E: Error>(self, text: &str) -> Result<Form<T>, E> {
        Ok(Form::Short(text.to_owned()))
    }
    fn visit_bool<E: Error>(self, given: bool) -> Result<Form<T>, E> {
        Ok(Form::Short(given.to_string()))
    }
    fn visit_u64<E: Error>(self, given: u64) -> Result<Form<T>, E> {
        Ok(Form::Short(given.to_string()))
    }
    fn visit_i64<E: Error>(self, given: i64) -> Result<Form<T>, E> {
        Ok(Form::Short(given.to_string()))
    }
    fn visit_f64<E: Error>(self, given: f64) -> Result<Form<T>, E> {
        Ok(Form::Short(given.to_string()))
    }
    /// Nothing behind a dash or a colon.
    fn visit_unit<E: Error>(self) -> Result<Form<T>, E> {
        Ok(Form::Short(String::new()))
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Form<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Form::Long)
    }
}

impl<'de, T: Deserialize<'de> + ShortForm> Deserialize<'de> for Form<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(FormVisitor(PhantomData))
    }
}

impl<T: Serialize> Serialize for Form<T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Short(word) => to.serialize_str(word),
            Self::Long(text) => text.serialize(to),
        }
    }
}

impl<T: JsonSchema + ShortForm> JsonSchema for Form<T> {
    fn schema_name() -> Cow<'static, str> {
        T::NAME.into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let long = generator.subschema_for::<T>();
        schema(json!({ "anyOf": [T::short_schema(), long] }))
    }
}

/// For keys whose value may be left empty: `canary:` is a canary with its defaults.
pub fn given<'de, T, D>(from: D) -> Result<Option<T>, D::Error>
where
    T: Deserialize<'de> + Default,
    D: Deserializer<'de>,
{
    Option::<T>::deserialize(from).map(|value| Some(value.unwrap_or_default()))
}
