//! What became another between two definitions, place by place.
//!
//! Invariant: putting every `after` where its path says makes the one into the other, up to a limit of places. Not here:
//! what a difference means for anybody.

use serde_json::Value;

/// More than people read.
const PLACES_MAX: usize = 200;

#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// A JSON pointer (RFC 6901).
    pub path: String,
    /// None where nothing stood.
    pub before: Option<Value>,
    /// None where nothing stands any more.
    pub after: Option<Value>,
}

/// In the order of their paths.
pub fn differences(before: &Value, after: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    compare(&mut String::new(), (Some(before), Some(after)), &mut found);
    found
}

fn compare(
    path: &mut String,
    (before, after): (Option<&Value>, Option<&Value>),
    found: &mut Vec<Difference>,
) {
    if before == after || found.len() >= PLACES_MAX {
        return;
    }
    match (before, after) {
        (Some(Value::Object(one)), Some(Value::Object(other))) => {
            let mut names: Vec<&String> = one.keys().chain(other.keys()).collect();
            names.sort_unstable();
            names.dedup();
            for name in names {
                let escaped = name.replace('~', "~0").replace('/', "~1");
                within(path, &escaped, (one.get(name), other.get(name)), found);
            }
        }
        (Some(Value::Array(one)), Some(Value::Array(other))) => {
            for index in 0..one.len().max(other.len()) {
                within(path, &index.to_string(), (one.get(index), other.get(index)), found);
            }
        }
        (before, after) => {
            found.push(Difference { path: path.clone(), before: before.cloned(), after: after.cloned() });
        }
    }
}

fn within(
    path: &mut String,
    step: &str,
    pair: (Option<&Value>, Option<&Value>),
    found: &mut Vec<Difference>,
) {
    let length = path.len();
    path.push('/');
    path.push_str(step);
    compare(path, pair, found);
    path.truncate(length);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_place_is_told_once_with_what_stood_and_stands() {
        let before = json!({"a/b": 1, "list": [1, 2], "gone": true, "same": {"x": 1}});
        let after = json!({"a/b": 2, "list": [1, 3, 4], "same": {"x": 1}, "new": null});
        let told: Vec<_> =
            differences(&before, &after).into_iter().map(|one| (one.path, one.before, one.after)).collect();
        let expect = [
            ("/a~1b", Some(json!(1)), Some(json!(2))),
            ("/gone", Some(json!(true)), None),
            ("/list/1", Some(json!(2)), Some(json!(3))),
            ("/list/2", None, Some(json!(4))),
            ("/new", None, Some(json!(null))),
        ];
        assert_eq!(told, expect.map(|(path, before, after)| (path.to_owned(), before, after)));
        assert!(differences(&before, &before).is_empty());
    }

    #[test]
    fn there_is_a_limit() {
        let many: Vec<u32> = (0..1_000).collect();
        assert_eq!(differences(&json!([]), &json!(many)).len(), PLACES_MAX);
    }
}
