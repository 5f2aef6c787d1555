//! Evaluations as OFREP writes them (github.com/open-feature/protocol, openapi.yaml 0.3.0).
//!
//! Invariant: a flag that is switched off is answered with its off variant and that variant's value, because clients fail
//! without; values leave, rules never do. Deliberately not here: requests.
//!
//! Reasons are OpenFeature's. `DEFAULT` is among them and in no list of OFREP's document; flagd answers it, too, and every
//! client takes it.

use serde::Serialize;
use serde_json::{Map, Value};
use tidegate_flags::{Context, Details, ErrorCode, FlagSet, Reason};
use tidegate_sdk::usage::Uses;

use super::place::Served;

/// What an evaluation came to.
pub(crate) enum Outcome<'a> {
    Value { variant: Option<&'a str>, value: Option<&'a Value>, reason: Reason },
    Failure { code: ErrorCode, message: &'a str },
}

pub(crate) fn outcome<'a>(details: &Details<'a>) -> Outcome<'a> {
    let details = details.as_served();
    match details.error() {
        Some(code) => {
            let message = details.message().unwrap_or("the flag cannot be evaluated");
            Outcome::Failure { code, message }
        }
        None => {
            Outcome::Value { variant: details.variant(), value: details.value(), reason: details.reason() }
        }
    }
}

/// Of answers that may be old.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Staleness {
    pub seconds: u64,
}

/// One flag's answer as a member of an answer, or as one itself.
pub(crate) fn write(out: &mut Vec<u8>, key: &str, details: &Details<'_>, stale: Option<Staleness>) {
    out.extend_from_slice(b"{\"key\":");
    json(out, key);
    match outcome(details) {
        Outcome::Value { variant, value, reason } => {
            if let Some(value) = value {
                out.extend_from_slice(b",\"value\":");
                json(out, value);
            }
            if let Some(variant) = variant {
                out.extend_from_slice(b",\"variant\":");
                json(out, variant);
            }
            out.extend_from_slice(b",\"reason\":");
            json(out, reason.as_str());
        }
        Outcome::Failure { code, message } => {
            out.extend_from_slice(b",\"errorCode\":");
            json(out, code.as_str());
            out.extend_from_slice(b",\"errorDetails\":");
            json(out, message);
        }
    }
    let metadata = details.metadata().filter(|metadata| !metadata.is_empty());
    if metadata.is_some() || stale.is_some() {
        write_metadata(out, metadata, stale);
    }
    out.push(b'}');
}

fn write_metadata(out: &mut Vec<u8>, metadata: Option<&Map<String, Value>>, stale: Option<Staleness>) {
    out.extend_from_slice(b",\"metadata\":");
    let Some(Staleness { seconds }) = stale else {
        json(out, &metadata);
        return;
    };
    out.extend_from_slice(b"{\"stale\":true,\"staleSeconds\":");
    json(out, &seconds);
    for (name, value) in metadata.into_iter().flatten() {
        if name != "stale" && name != "staleSeconds" {
            out.push(b',');
            json(out, name);
            out.push(b':');
            json(out, value);
        }
    }
    out.push(b'}');
}

/// All flags for one subject, counted.
pub(crate) fn write_all(
    out: &mut Vec<u8>,
    (served, uses): (&Served, &Uses),
    (context, now_ms): (&Context, u64),
    stale: Option<Staleness>,
) {
    out.extend_from_slice(b"{\"flags\":[");
    for (index, (key, details)) in served.set.evaluate_all(context).enumerate() {
        if index > 0 {
            out.push(b',');
        }
        note(uses, (key, &details), now_ms);
        write(out, key, &details, stale);
    }
    out.extend_from_slice(b"]");
    let version = served.version.to_string();
    let metadata = set_metadata(&served.set, version);
    write_metadata(out, Some(&metadata), stale);
}

fn set_metadata(set: &FlagSet, version: String) -> Map<String, Value> {
    let mut metadata = set.metadata().clone();
    metadata.insert("version".to_owned(), Value::String(version));
    metadata
}

/// What was given counts, mistakes of the asker do not.
pub(crate) fn note(uses: &Uses, (key, details): (&str, &Details<'_>), now_ms: u64) {
    if let Outcome::Value { variant, .. } = outcome(details) {
        uses.note(key, variant, now_ms);
    }
}

/// A failure without an evaluation.
pub(crate) fn failure(key: Option<&str>, code: ErrorCode, message: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(128);
    out.push(b'{');
    if let Some(key) = key {
        out.extend_from_slice(b"\"key\":");
        json(&mut out, key);
        out.push(b',');
    }
    out.extend_from_slice(b"\"errorCode\":");
    json(&mut out, code.as_str());
    out.extend_from_slice(b",\"errorDetails\":");
    json(&mut out, message);
    out.push(b'}');
    out
}

fn json<T: Serialize + ?Sized>(out: &mut Vec<u8>, value: &T) {
    // Writing to memory does not fail, and everything here has a JSON form.
    let _written = serde_json::to_writer(out, value);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn answer(flag: &Value, context: &Context, stale: Option<Staleness>) -> Value {
        let (set, problems) = FlagSet::compile(&json!({"flags": {"f": flag}}));
        assert!(problems.iter().all(|problem| !problem.refused), "{problems:?}");
        let mut out = Vec::new();
        write(&mut out, "f", &set.evaluate("f", context), stale);
        serde_json::from_slice(&out).unwrap()
    }

    fn flag(more: Value) -> Value {
        let mut flag =
            json!({"state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": "on"});
        let (Some(members), Value::Object(more)) = (flag.as_object_mut(), more) else { panic!() };
        members.extend(more);
        flag
    }

    #[test]
    fn an_answer_has_the_form_of_ofrep() {
        let somebody = Context::at(0).with_targeting_key("ann");
        let check = |more: Value, expect: Value| assert_eq!(answer(&flag(more), &somebody, None), expect);
        check(json!({}), json!({"key": "f", "value": true, "variant": "on", "reason": "STATIC"}));
        check(
            json!({"targeting": {"if": [true, "off"]}, "metadata": {"team": "shop"}}),
            json!({"key": "f", "value": false, "variant": "off", "reason": "TARGETING_MATCH", "metadata": {"team": "shop"}}),
        );
        check(json!({"defaultVariant": null}), json!({"key": "f", "reason": "DEFAULT"}));
    }

    #[test]
    fn one_that_is_off_has_a_variant_and_a_value() {
        let check = |more: Value, expect: (&str, bool)| {
            let told = answer(&flag(more), &Context::at(0), None);
            assert_eq!(
                told,
                json!({"key": "f", "value": expect.1, "variant": expect.0, "reason": "DISABLED"})
            );
        };
        check(json!({"state": "DISABLED", "offVariant": "off"}), ("off", false));
        check(json!({"state": "DISABLED"}), ("on", true));
    }

    #[test]
    fn a_share_of_nobody_is_a_failure_of_the_asker() {
        let rule = json!({"fractional": [["on", 50], ["off", 50]]});
        let told = answer(&flag(json!({"targeting": rule})), &Context::at(0), None);
        assert_eq!(told["errorCode"], "TARGETING_KEY_MISSING");
        assert!(told.get("value").is_none());
    }

    #[test]
    fn what_may_be_old_says_so() {
        let told = answer(
            &flag(json!({"metadata": {"stale": "no", "team": "a"}})),
            &Context::at(0),
            Some(Staleness { seconds: 7 }),
        );
        assert_eq!(told["metadata"], json!({"stale": true, "staleSeconds": 7, "team": "a"}));
    }
}
