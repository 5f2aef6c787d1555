//! Bytes to a document: strict JSON, or the text of an XML file.
//!
//! Invariant: size, depth and count are checked while reading, before anything of that size is built; a key that
//! stands twice in one object is refused, because two readers would read two reports. Not here: what the document
//! says.

use std::cell::RefCell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::bad_report::BadReport;
use crate::limits::Limits;

pub(crate) enum Document<'a> {
    /// One value; or several, one after the other, as cargo-criterion writes them.
    Json(Vec<Value>),
    Xml(&'a str),
}

impl<'a> Document<'a> {
    pub(crate) fn read(bytes: &'a [u8], limits: Limits) -> Result<Self, BadReport> {
        if bytes.len() > limits.bytes_max {
            return Err(BadReport::TooBig { bytes: bytes.len(), bytes_max: limits.bytes_max });
        }
        let text = utf8(bytes)?.trim();
        match text.as_bytes().first() {
            None => Err(BadReport::Unreadable { why: "it is empty".to_owned() }),
            Some(b'<') => Ok(Self::Xml(text)),
            Some(_) => Ok(Self::Json(json(text, limits)?)),
        }
    }
}

fn utf8(bytes: &[u8]) -> Result<&str, BadReport> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err(BadReport::Encoding { found: "UTF-16" });
    }
    std::str::from_utf8(bytes).map_err(|_| BadReport::Encoding { found: "another encoding" })
}

fn json(text: &str, limits: Limits) -> Result<Vec<Value>, BadReport> {
    let watch = Watch { limits, values: RefCell::new(0), trouble: RefCell::new(None) };
    let mut reader = serde_json::Deserializer::from_str(text);
    let mut values = Vec::new();
    loop {
        let read = Seed { watch: &watch, depth: 1 }.deserialize(&mut reader);
        values.push(read.map_err(|error| watch.explain(&error))?);
        if reader.end().is_ok() {
            return Ok(values);
        }
    }
}

/// What is counted while reading, and why reading was stopped.
struct Watch {
    limits: Limits,
    values: RefCell<usize>,
    trouble: RefCell<Option<BadReport>>,
}

impl Watch {
    fn count<E: Error>(&self, depth: usize) -> Result<(), E> {
        let depth_max = self.limits.depth();
        if depth > depth_max {
            return Err(self.stop(BadReport::TooDeep { depth_max }));
        }
        let mut values = self.values.borrow_mut();
        *values += 1;
        if *values > self.limits.values_max {
            let most = self.limits.values_max;
            return Err(self.stop(BadReport::TooMany { what: "values", most }));
        }
        Ok(())
    }

    fn stop<E: Error>(&self, trouble: BadReport) -> E {
        *self.trouble.borrow_mut() = Some(trouble);
        E::custom("stopped")
    }

    fn explain(&self, error: &serde_json::Error) -> BadReport {
        let why = || BadReport::Unreadable { why: error.to_string() };
        self.trouble.borrow_mut().take().unwrap_or_else(why)
    }
}

#[derive(Clone, Copy)]
struct Seed<'w> {
    watch: &'w Watch,
    depth: usize,
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        self.watch.count(self.depth)?;
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Value;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let inner = Self { depth: self.depth + 1, ..self };
        let mut values = Vec::new();
        while let Some(value) = list.next_element_seed(inner)? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Value, A::Error> {
        let inner = Self { depth: self.depth + 1, ..self };
        let mut values = Map::new();
        while let Some(key) = object.next_key::<String>()? {
            let value = object.next_value_seed(inner)?;
            if values.contains_key(&key) {
                let key = key.chars().take(100).collect();
                return Err(self.watch.stop(BadReport::KeyTwice { key }));
            }
            values.insert(key, value);
        }
        Ok(Value::Object(values))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(bytes: &[u8], limits: Limits) -> &'static str {
        Document::read(bytes, limits).err().map_or("read", |bad| bad.code())
    }

    #[test]
    fn what_asks_too_much_is_refused_while_reading() {
        let limits = Limits { bytes_max: 1000, depth_max: 10, values_max: 50, ..Limits::default() };
        let nested = format!("{}{}", "[".repeat(11), "]".repeat(11));
        let wide = format!("[{}1]", "1,".repeat(60));
        let table: [(&[u8], &str); 12] = [
            (b"{}", "read"),
            (b"\xef\xbb\xbf[1, 2.5, null, \"x\", true]", "read"),
            (b"{}\n{}\n", "read"),
            (nested.as_bytes(), "report-too-deep"),
            (wide.as_bytes(), "report-too-many-parts"),
            (&[b' '; 1001], "report-too-big"),
            (b"", "report-unreadable"),
            (b"{\"a\":", "report-unreadable"),
            (b"{\"a\":1,\"b\":{\"c\":1,\"c\":2}}", "report-key-twice"),
            (b"\xff\xfe{\0}\0", "report-not-utf8"),
            (b"{\"a\":\"\xe4\"}", "report-not-utf8"),
            (b"found 0 vulnerabilities", "report-unreadable"),
        ];
        for (bytes, expect) in table {
            assert_eq!(code(bytes, limits), expect, "{}", String::from_utf8_lossy(bytes));
        }
    }

    #[test]
    fn a_bomb_of_nested_lists_is_stopped_at_the_limit() {
        let bomb = "[".repeat(1_000_000);
        assert_eq!(
            code(bomb.as_bytes(), Limits { depth_max: 10_000, ..Limits::default() }),
            "report-too-deep"
        );
    }
}
