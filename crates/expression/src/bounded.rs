//! What an expression is asked about, cut to a size that keeps it quick.
//!
//! Invariant: no list is longer and no text larger than the limits; what was cut says so at its end. Deliberately not
//! here: which facts there are.

use serde_json::Value;

pub const INPUT_LIST_MAX: usize = 100;
pub const INPUT_TEXT_BYTES_MAX: usize = 1_024;
const DEPTH_MAX: usize = 6;

/// Facts as an expression may see them.
pub fn bounded(value: &Value) -> Value {
    cut(value, DEPTH_MAX)
}

fn cut(value: &Value, deep: usize) -> Value {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
        Value::String(text) => Value::String(cut_text(text)),
        Value::Array(_) | Value::Object(_) if deep == 0 => Value::Null,
        Value::Array(list) => {
            list.iter().take(INPUT_LIST_MAX).map(|element| cut(element, deep - 1)).collect()
        }
        Value::Object(map) => {
            let entries = map.iter().take(INPUT_LIST_MAX);
            Value::Object(entries.map(|(name, value)| (cut_text(name), cut(value, deep - 1))).collect())
        }
    }
}

fn cut_text(text: &str) -> String {
    if text.len() <= INPUT_TEXT_BYTES_MAX {
        return text.to_owned();
    }
    let end =
        (0..=INPUT_TEXT_BYTES_MAX - '…'.len_utf8()).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    format!("{}…", &text[..end])
}
