//! Rules that always name a variant: what would be null becomes the default.
//!
//! Invariant: what a rule decides stays the same; only null is replaced.

use serde_json::{Value, json};

pub(crate) fn with_default(rule: Value, default: Option<&str>) -> Value {
    match default {
        None => rule,
        Some(default) => at_leaves(rule, &|leaf| match leaf {
            Value::Null => json!(default),
            Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => leaf,
            Value::Object(_) => json!({"if": [{"===": [leaf, null]}, default, leaf]}),
        }),
    }
}

/// The same, with variants `true` and `false` named by texts: a rule may name them by booleans.
pub(crate) fn as_text(rule: Value, default: Option<&str>) -> Value {
    at_leaves(rule, &|leaf| match leaf {
        Value::Null => json!(default),
        Value::Bool(truth) => json!(truth.to_string()),
        Value::Number(_) | Value::String(_) | Value::Array(_) => leaf,
        Value::Object(_) => json!({"if": [
            {"===": [leaf, true]}, "true",
            {"===": [leaf, false]}, "false",
            {"===": [leaf, null]}, default,
            leaf,
        ]}),
    })
}

/// Goes through the results of `if`, which is what most rules are made of; everything else is a leaf.
fn at_leaves(rule: Value, change: &dyn Fn(Value) -> Value) -> Value {
    let Some(parts) = rule.get("if").and_then(Value::as_array).filter(|_| is_single(&rule)) else {
        return change(rule);
    };
    let last = parts.len().saturating_sub(1);
    let result = |index: usize| !index.is_multiple_of(2) || index == last;
    let mut changed: Vec<Value> = parts
        .iter()
        .enumerate()
        .map(|(index, part)| if result(index) { at_leaves(part.clone(), change) } else { part.clone() })
        .collect();
    if changed.len().is_multiple_of(2) {
        changed.push(change(Value::Null));
    }
    json!({ "if": changed })
}

fn is_single(rule: &Value) -> bool {
    rule.as_object().is_some_and(|members| members.len() == 1)
}
