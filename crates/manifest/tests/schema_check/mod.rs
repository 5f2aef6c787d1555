//! As much of JSON Schema (draft 7) as ours uses, so that it can be tested without forty packages.
//!
//! Invariant: a keyword that is not known here fails the test, so a schema that grows is never half checked. Patterns
//! are taken as they are: the parser's own tests cover them.

use serde_json::{Map, Value};

pub fn violations(schema: &Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    Check { root: schema, found: &mut found }.at("", schema, value);
    found
}

struct Check<'a> {
    root: &'a Value,
    found: &'a mut Vec<String>,
}

impl Check<'_> {
    fn at(&mut self, path: &str, schema: &Value, value: &Value) {
        let Value::Object(schema) = schema else {
            assert_eq!(schema, &Value::Bool(true), "{path}");
            return;
        };
        for (keyword, rule) in schema {
            if !self.holds(path, schema, (keyword, rule), value) {
                self.found.push(format!("{path}: {keyword}"));
            }
        }
    }

    fn holds(
        &mut self,
        path: &str,
        schema: &Map<String, Value>,
        (keyword, rule): (&str, &Value),
        value: &Value,
    ) -> bool {
        match keyword {
            "$schema" | "title" | "description" | "examples" | "pattern" | "definitions" | "format" => true,
            "$ref" => {
                let pointer = rule.as_str().unwrap().strip_prefix('#').unwrap();
                let target = self.root.pointer(pointer).unwrap_or_else(|| panic!("{pointer}"));
                self.at(path, &target.clone(), value);
                true
            }
            "type" => types(rule).any(|name| is(name, value)),
            "enum" => rule.as_array().unwrap().contains(value),
            "const" => rule == value,
            "anyOf" => rule.as_array().unwrap().iter().any(|option| {
                let mut found = Vec::new();
                Check { root: self.root, found: &mut found }.at(path, option, value);
                found.is_empty()
            }),
            "allOf" => {
                rule.as_array().unwrap().iter().for_each(|part| self.at(path, part, value));
                true
            }
            "required" => {
                let names = rule.as_array().unwrap();
                value
                    .as_object()
                    .is_none_or(|object| names.iter().all(|name| object.contains_key(name.as_str().unwrap())))
            }
            "properties" | "additionalProperties" => self.properties(path, schema, (keyword, rule), value),
            "items" => {
                for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                    self.at(&format!("{path}[{index}]"), rule, item);
                }
                true
            }
            "minProperties" => {
                value.as_object().is_none_or(|object| object.len() as u64 >= rule.as_u64().unwrap())
            }
            "maxProperties" => {
                value.as_object().is_none_or(|object| object.len() as u64 <= rule.as_u64().unwrap())
            }
            "minItems" => value.as_array().is_none_or(|list| list.len() as u64 >= rule.as_u64().unwrap()),
            "minLength" => {
                value.as_str().is_none_or(|text| text.chars().count() as u64 >= rule.as_u64().unwrap())
            }
            "maxLength" => {
                value.as_str().is_none_or(|text| text.chars().count() as u64 <= rule.as_u64().unwrap())
            }
            "minimum" => value.as_f64().is_none_or(|number| number >= rule.as_f64().unwrap()),
            "maximum" => value.as_f64().is_none_or(|number| number <= rule.as_f64().unwrap()),
            "exclusiveMaximum" => value.as_f64().is_none_or(|number| number < rule.as_f64().unwrap()),
            unknown => panic!("{path}: the keyword {unknown} is not checked here"),
        }
    }

    fn properties(
        &mut self,
        path: &str,
        schema: &Map<String, Value>,
        (keyword, rule): (&str, &Value),
        value: &Value,
    ) -> bool {
        let Some(object) = value.as_object() else { return true };
        let named = schema.get("properties").and_then(Value::as_object);
        for (key, inner) in object {
            let own = named.and_then(|named| named.get(key));
            let path = format!("{path}.{key}");
            match (keyword, own) {
                ("properties", Some(own)) => self.at(&path, own, inner),
                ("additionalProperties", None) if rule == &Value::Bool(false) => return false,
                ("additionalProperties", None) => self.at(&path, rule, inner),
                _ => {}
            }
        }
        true
    }
}

fn types(rule: &Value) -> impl Iterator<Item = &str> {
    let several = rule.as_array().into_iter().flatten().filter_map(Value::as_str);
    rule.as_str().into_iter().chain(several)
}

fn is(name: &str, value: &Value) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "integer" => value.is_u64() || value.is_i64(),
        "number" => value.is_number(),
        other => panic!("the type {other}"),
    }
}
