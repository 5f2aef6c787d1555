//! A value while a rule runs, and how JsonLogic sees it: truth, numbers, texts, equality.
//!
//! Invariant: what comes from the context or the rule is borrowed; only what a rule makes anew is owned. Coercions are
//! those of json-logic-js, which flagd's evaluators follow.

use std::borrow::Cow;
use std::cmp::Ordering;

use serde_json::Value;

#[derive(Clone, Debug)]
pub(crate) enum Held<'a> {
    Null,
    Bool(bool),
    Number(Number),
    Text(Cow<'a, str>),
    List(Vec<Held<'a>>),
    Object(Vec<(Cow<'a, str>, Held<'a>)>),
    /// An array or an object of the context or of the rule.
    Json(&'a Value),
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Number {
    Int(i64),
    /// Above what `Int` holds.
    Unsigned(u64),
    Float(f64),
}

impl Number {
    pub(crate) fn float(self) -> f64 {
        match self {
            Self::Int(whole) => whole as f64,
            Self::Unsigned(whole) => whole as f64,
            Self::Float(float) => float,
        }
    }

    /// A number without a fraction as a whole one, where 64 bits hold it.
    pub(crate) fn normal(self) -> Self {
        let float = match self {
            Self::Int(_) => return self,
            Self::Unsigned(whole) => return i64::try_from(whole).map_or(self, Self::Int),
            Self::Float(float) => float,
        };
        // 2^63 and 2^64 are floats exactly; what is below them fits.
        if float.fract() != 0.0
            || !(-9_223_372_036_854_775_808.0..18_446_744_073_709_551_616.0).contains(&float)
        {
            return self;
        }
        if float < 9_223_372_036_854_775_808.0 {
            Self::Int(float as i64)
        } else {
            Self::Unsigned(float as u64)
        }
    }

    pub(crate) fn text(self) -> String {
        match self.normal() {
            Self::Int(whole) => whole.to_string(),
            Self::Unsigned(whole) => whole.to_string(),
            Self::Float(float) if float.is_nan() => "NaN".to_owned(),
            Self::Float(float) if float.is_infinite() => {
                if float > 0.0 { "Infinity" } else { "-Infinity" }.to_owned()
            }
            Self::Float(float) if (1e-6..1e21).contains(&float.abs()) => float.to_string(),
            Self::Float(float) => {
                let text = format!("{float:e}");
                if text.contains("e-") { text } else { text.replace('e', "e+") }
            }
        }
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        match (self.normal(), other.normal()) {
            (Self::Int(one), Self::Int(other)) => one == other,
            (Self::Unsigned(one), Self::Unsigned(other)) => one == other,
            (one, other) => one.float().partial_cmp(&other.float()) == Some(Ordering::Equal),
        }
    }
}

impl From<&serde_json::Number> for Number {
    fn from(number: &serde_json::Number) -> Self {
        match (number.as_i64(), number.as_u64()) {
            (Some(whole), _) => Self::Int(whole),
            (None, Some(whole)) => Self::Unsigned(whole),
            (None, None) => Self::Float(number.as_f64().unwrap_or(f64::NAN)),
        }
    }
}

impl<'a> Held<'a> {
    #[inline]
    pub(crate) fn of(value: &'a Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(truth) => Self::Bool(*truth),
            Value::Number(number) => Self::Number(number.into()),
            Value::String(text) => Self::Text(Cow::Borrowed(text)),
            Value::Array(_) | Value::Object(_) => Self::Json(value),
        }
    }

    pub(crate) fn float(float: f64) -> Self {
        Self::Number(Number::Float(float))
    }

    pub(crate) fn is_list(&self) -> bool {
        matches!(self, Self::List(_) | Self::Json(Value::Array(_)))
    }

    pub(crate) fn is_object(&self) -> bool {
        matches!(self, Self::Object(_) | Self::Json(Value::Object(_)))
    }

    pub(crate) fn as_text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// Elements of a list; none of anything else.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::List(elements) => elements.len(),
            Self::Json(Value::Array(elements)) => elements.len(),
            Self::Json(_)
            | Self::Null
            | Self::Bool(_)
            | Self::Number(_)
            | Self::Text(_)
            | Self::Object(_) => 0,
        }
    }

    pub(crate) fn element(&self, index: usize) -> Option<Held<'a>> {
        match self {
            Self::List(elements) => elements.get(index).cloned(),
            Self::Json(Value::Array(elements)) => elements.get(index).map(Held::of),
            Self::Json(_)
            | Self::Null
            | Self::Bool(_)
            | Self::Number(_)
            | Self::Text(_)
            | Self::Object(_) => None,
        }
    }

    pub(crate) fn member(&self, name: &str) -> Option<Held<'a>> {
        match self {
            Self::Object(members) => {
                members.iter().find(|(known, _)| known == name).map(|(_, held)| held.clone())
            }
            Self::Json(Value::Object(members)) => members.get(name).map(Held::of),
            Self::Json(_) | Self::Null | Self::Bool(_) | Self::Number(_) | Self::Text(_) | Self::List(_) => {
                None
            }
        }
    }

    /// Of an object, and of nothing else.
    pub(crate) fn members(&self) -> Option<Vec<(&str, Held<'a>)>> {
        match self {
            Self::Object(members) => {
                Some(members.iter().map(|(name, held)| (&**name, held.clone())).collect())
            }
            Self::Json(Value::Object(members)) => {
                Some(members.iter().map(|(name, value)| (&**name, Held::of(value))).collect())
            }
            Self::Json(_) | Self::Null | Self::Bool(_) | Self::Number(_) | Self::Text(_) | Self::List(_) => {
                None
            }
        }
    }

    /// An empty list and an empty text are false, `"0"` is true: JsonLogic's truth, not JavaScript's.
    pub(crate) fn truth(&self) -> bool {
        match self {
            Self::Null => false,
            Self::Bool(truth) => *truth,
            Self::Number(number) => number.float() != 0.0 && !number.float().is_nan(),
            Self::Text(text) => !text.is_empty(),
            Self::List(_) | Self::Json(Value::Array(_)) => self.len() > 0,
            Self::Object(_) | Self::Json(_) => true,
        }
    }

    /// NaN where it is none.
    pub(crate) fn number(&self) -> f64 {
        match self {
            Self::Null => 0.0,
            Self::Bool(truth) => f64::from(u8::from(*truth)),
            Self::Number(number) => number.float(),
            Self::Text(text) => number_in(text),
            Self::List(_) | Self::Json(Value::Array(_)) => match self.len() {
                0 => 0.0,
                1 => self.element(0).map_or(f64::NAN, |only| only.number()),
                _ => f64::NAN,
            },
            Self::Object(_) | Self::Json(_) => f64::NAN,
        }
    }

    pub(crate) fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Null => Cow::Borrowed("null"),
            Self::Bool(true) => Cow::Borrowed("true"),
            Self::Bool(false) => Cow::Borrowed("false"),
            Self::Number(number) => Cow::Owned(number.text()),
            Self::Text(text) => Cow::Borrowed(text),
            Self::List(_) | Self::Json(Value::Array(_)) => {
                let parts: Vec<String> = (0..self.len())
                    .filter_map(|index| self.element(index))
                    .map(|part| part.joined().into_owned())
                    .collect();
                Cow::Owned(parts.join(","))
            }
            Self::Object(_) | Self::Json(_) => Cow::Borrowed("[object Object]"),
        }
    }

    /// As a part of a longer text, where nothing is an empty text.
    pub(crate) fn joined(&self) -> Cow<'_, str> {
        if matches!(self, Self::Null) { Cow::Borrowed("") } else { self.text() }
    }

    /// `===`: the same kind and the same value; structures are the same only as themselves, so never.
    pub(crate) fn same(&self, other: &Held<'_>) -> bool {
        match (self, other) {
            (Self::Null, Held::Null) => true,
            (Self::Bool(one), Held::Bool(other)) => one == other,
            (Self::Number(one), Held::Number(other)) => one == other,
            (Self::Text(one), Held::Text(other)) => one == other,
            _ => false,
        }
    }

    /// `==`: numbers where one side is a number or a boolean, texts where one side is a text.
    pub(crate) fn equal(&self, other: &Held<'_>) -> bool {
        let null = |held: &Held<'_>| matches!(held, Held::Null);
        let text = |held: &Held<'_>| matches!(held, Held::Text(_));
        let structure = |held: &Held<'_>| held.is_list() || held.is_object();
        if null(self) || null(other) {
            return null(self) && null(other);
        }
        if structure(self) && structure(other) {
            return false;
        }
        if (text(self) || structure(self)) && (text(other) || structure(other)) {
            return self.text() == other.text();
        }
        self.same(other) || Number::Float(self.number()) == Number::Float(other.number())
    }

    /// How `<` and its like see two values: as texts where neither is a number, a boolean or null.
    pub(crate) fn order(&self, other: &Held<'_>) -> Option<Ordering> {
        let textual = |held: &Held<'_>| !matches!(held, Held::Null | Held::Bool(_) | Held::Number(_));
        if textual(self) && textual(other) {
            return Some(self.text().cmp(&other.text()));
        }
        self.number().partial_cmp(&other.number())
    }

    /// None for a number that JSON has no word for.
    pub(crate) fn into_value(self) -> Option<Value> {
        Some(match self {
            Self::Null => Value::Null,
            Self::Bool(truth) => Value::Bool(truth),
            Self::Number(number) => match number.normal() {
                Number::Int(whole) => Value::from(whole),
                Number::Unsigned(whole) => Value::from(whole),
                Number::Float(float) => Value::Number(serde_json::Number::from_f64(float)?),
            },
            Self::Text(text) => Value::String(text.into_owned()),
            Self::List(elements) => {
                Value::Array(elements.into_iter().map(Held::into_value).collect::<Option<_>>()?)
            }
            Self::Object(members) => Value::Object(
                members
                    .into_iter()
                    .map(|(name, held)| Some((name.into_owned(), held.into_value()?)))
                    .collect::<Option<_>>()?,
            ),
            Self::Json(value) => value.clone(),
        })
    }
}

/// As JavaScript's `Number(text)` for decimal numbers.
fn number_in(text: &str) -> f64 {
    let text = text.trim();
    if text.is_empty() {
        return 0.0;
    }
    let decimal = text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    if decimal { text.parse().unwrap_or(f64::NAN) } else { f64::NAN }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn equality_is_that_of_json_logic() {
        let table = [
            (json!(1), json!("1"), true, false),
            (json!(1), json!(1.0), true, true),
            (json!(true), json!(1), true, false),
            (json!(null), json!(0), false, false),
            (json!(null), json!(null), true, true),
            (json!("a"), json!("a"), true, true),
            (json!([1]), json!("1"), true, false),
            (json!([]), json!([]), false, false),
            (json!("x"), json!(1), false, false),
        ];
        for (one, other, loose, strict) in table {
            assert_eq!(Held::of(&one).equal(&Held::of(&other)), loose, "{one} == {other}");
            assert_eq!(Held::of(&one).same(&Held::of(&other)), strict, "{one} === {other}");
        }
    }

    #[test]
    fn numbers_are_written_as_javascript_writes_them() {
        let table = [(json!(1.0), "1"), (json!(-0.5), "-0.5"), (json!(1e-7), "1e-7"), (json!(1e21), "1e+21")];
        for (number, expected) in table {
            assert_eq!(Held::of(&number).text(), expected);
        }
    }
}
