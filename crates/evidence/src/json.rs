//! Looking into JSON that somebody else wrote.
//!
//! Invariant: what is absent is absent, and what has the wrong shape where a list decides is refused, never taken for
//! an empty list. Not here: reading bytes (`document`).

use serde_json::{Map, Value};

use crate::bad_report::BadReport;
use crate::format::Format;

pub(crate) fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key)?.as_str()
}

/// By a path of keys.
pub(crate) fn at<'a>(value: &'a Value, path: &[&str]) -> Option<&'a Value> {
    path.iter().try_fold(value, |value, key| value.get(key)).filter(|value| !value.is_null())
}

pub(crate) fn text_at<'a>(value: &'a Value, path: &[&str]) -> Option<&'a str> {
    at(value, path)?.as_str()
}

/// A number, also where the tool writes it as text (`"9.8"`).
pub(crate) fn number(value: &Value) -> Option<f64> {
    let read = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok());
    read.filter(|number: &f64| number.is_finite())
}

pub(crate) fn number_at(value: &Value, path: &[&str]) -> Option<f64> {
    at(value, path).and_then(number)
}

/// A count; a negative or broken one is none.
pub(crate) fn count_at(value: &Value, path: &[&str]) -> Option<u64> {
    let number = number_at(value, path)?;
    (number >= 0.0).then_some(number as u64)
}

/// Refuses what is there and is something else.
pub(crate) struct Shapes(pub(crate) Format);

impl Shapes {
    /// Absent and null are empty.
    pub(crate) fn list<'a>(&self, value: &'a Value, key: &str) -> Result<&'a [Value], BadReport> {
        match value.get(key) {
            None | Some(Value::Null) => Ok(&[]),
            Some(Value::Array(list)) => Ok(list),
            Some(_) => Err(self.wrong(key, "not a list")),
        }
    }

    pub(crate) fn required_list<'a>(&self, value: &'a Value, key: &str) -> Result<&'a [Value], BadReport> {
        match value.get(key) {
            Some(Value::Array(list)) => Ok(list),
            None | Some(Value::Null) => Err(self.wrong(key, "missing")),
            Some(_) => Err(self.wrong(key, "not a list")),
        }
    }

    /// Absent and null are none.
    pub(crate) fn object<'a>(
        &self,
        value: &'a Value,
        key: &str,
    ) -> Result<Option<&'a Map<String, Value>>, BadReport> {
        match value.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Object(object)) => Ok(Some(object)),
            Some(_) => Err(self.wrong(key, "not an object")),
        }
    }

    pub(crate) fn required_object<'a>(
        &self,
        value: &'a Value,
        key: &str,
    ) -> Result<&'a Map<String, Value>, BadReport> {
        self.object(value, key)?.ok_or_else(|| self.wrong(key, "missing"))
    }

    pub(crate) fn wrong(&self, place: &str, why: &'static str) -> BadReport {
        BadReport::Shape { format: self.0, place: format!("`{place}`"), why }
    }

    pub(crate) fn version(&self, found: &str, known: &'static str) -> BadReport {
        let found = found.chars().take(40).collect();
        BadReport::Version { format: self.0, found, known }
    }
}
