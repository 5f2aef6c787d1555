//! The subject that flags are evaluated for: a targeting key, attributes, and the time.
//!
//! Invariant: an attribute is found by its name alone, and the time is the caller's: nothing here reads a clock.

use std::borrow::Cow;
use std::fmt;

use serde_json::{Map, Value};

use crate::hash;
use crate::limits::{CONTEXT_ATTRIBUTES_MAX, CONTEXT_DEPTH_MAX};

/// The name under which OpenFeature's targeting key stands among the attributes.
pub const TARGETING_KEY: &str = "targetingKey";

/// For whom, and when. Built once, used for any number of flags.
#[derive(Clone, Debug, Default)]
pub struct Context {
    /// Hashes of the names, apart from the attributes: most look-ups read nothing else.
    names: Vec<u32>,
    attributes: Vec<Attribute>,
    /// Where the targeting key is among them.
    targeting_key: Option<usize>,
    timestamp_seconds: i64,
}

#[derive(Clone, Debug)]
pub(crate) struct Attribute {
    name: Cow<'static, str>,
    pub(crate) value: Value,
    /// Of the value, where that is a text.
    pub(crate) text_hash: u32,
}

impl Context {
    /// A context without subject at a time: seconds since 1970 in UTC, which rules read as `$flagd.timestamp`.
    pub fn at(timestamp_seconds: i64) -> Self {
        Self { timestamp_seconds, ..Self::default() }
    }

    /// From a JSON object as OFREP and every OpenFeature client send it; `targetingKey` is one of its members.
    pub fn from_json(object: Map<String, Value>, timestamp_seconds: i64) -> Result<Self, InvalidContext> {
        if object.len() > CONTEXT_ATTRIBUTES_MAX {
            return Err(InvalidContext::TooManyAttributes);
        }
        if object.get(TARGETING_KEY).is_some_and(|key| !key.is_string() && !key.is_null()) {
            return Err(InvalidContext::TargetingKeyNotText);
        }
        let mut context = Self::at(timestamp_seconds);
        for (name, value) in object {
            if too_deep(&value, CONTEXT_DEPTH_MAX) {
                return Err(InvalidContext::TooDeep(name));
            }
            context.set(Cow::Owned(name), value);
        }
        Ok(context)
    }

    /// The stable name of the subject.
    #[must_use]
    pub fn with_targeting_key(self, key: impl Into<String>) -> Self {
        self.with(TARGETING_KEY, key.into())
    }

    /// One attribute more; one of the same name is replaced. More than [`CONTEXT_ATTRIBUTES_MAX`] are not taken.
    #[must_use]
    pub fn with(mut self, name: impl Into<Cow<'static, str>>, value: impl Into<Value>) -> Self {
        self.set(name.into(), value.into());
        self
    }

    /// The same subject at another time.
    #[must_use]
    pub fn with_timestamp(mut self, timestamp_seconds: i64) -> Self {
        self.timestamp_seconds = timestamp_seconds;
        self
    }

    pub fn timestamp_seconds(&self) -> i64 {
        self.timestamp_seconds
    }

    pub fn targeting_key(&self) -> Option<&str> {
        self.targeting_key
            .and_then(|at| self.attributes.get(at))
            .and_then(|attribute| attribute.value.as_str())
    }

    pub fn get(&self, name: &str) -> Option<&Value> {
        self.find(hash::short(name), name).map(|attribute| &attribute.value)
    }

    /// Every attribute, the targeting key among them.
    pub fn attributes(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.attributes.iter().map(|attribute| (&*attribute.name, &attribute.value))
    }

    #[inline]
    pub(crate) fn find(&self, name_hash: u32, name: &str) -> Option<&Attribute> {
        self.position(name_hash, name).map(|at| &self.attributes[at])
    }

    #[inline]
    fn position(&self, name_hash: u32, name: &str) -> Option<usize> {
        let mut from = 0;
        while let Some(found) = self.names[from..].iter().position(|hash| *hash == name_hash) {
            if self.attributes[from + found].name == name {
                return Some(from + found);
            }
            from += found + 1;
        }
        None
    }

    fn set(&mut self, name: Cow<'static, str>, value: Value) {
        let name_hash = hash::short(&name);
        let text_hash = value.as_str().map(hash::short).unwrap_or_default();
        let known = self.position(name_hash, &name);
        let attribute = Attribute { name, value, text_hash };
        match known {
            Some(known) => self.attributes[known] = attribute,
            None if self.attributes.len() < CONTEXT_ATTRIBUTES_MAX => {
                if attribute.name == TARGETING_KEY {
                    self.targeting_key = Some(self.attributes.len());
                }
                self.names.push(name_hash);
                self.attributes.push(attribute);
            }
            None => {}
        }
    }
}

fn too_deep(value: &Value, left: usize) -> bool {
    let mut inside: Box<dyn Iterator<Item = &Value>> = match value {
        Value::Array(elements) => Box::new(elements.iter()),
        Value::Object(members) => Box::new(members.values()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => return false,
    };
    left == 0 || inside.any(|value| too_deep(value, left - 1))
}

/// Why a JSON object is no context: OpenFeature's `INVALID_CONTEXT`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InvalidContext {
    TargetingKeyNotText,
    TooManyAttributes,
    TooDeep(String),
}

impl fmt::Display for InvalidContext {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TargetingKeyNotText => write!(out, "`targetingKey` is not a string"),
            Self::TooManyAttributes => write!(out, "more than {CONTEXT_ATTRIBUTES_MAX} attributes"),
            Self::TooDeep(name) => write!(out, "`{name}` is nested deeper than {CONTEXT_DEPTH_MAX}"),
        }
    }
}

impl std::error::Error for InvalidContext {}
