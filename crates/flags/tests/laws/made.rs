//! Documents and contexts that are made up: mostly sense, and some nonsense.

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};
use tidegate_flags::Context;

pub const KEYS: [&str; 6] = ["a", "b", "c", "d", "e", "f"];
const VARIANTS: [&str; 4] = ["on", "off", "true", "other"];
const NAMES: [&str; 9] = [
    "targetingKey",
    "country",
    "user.name",
    "n",
    "list",
    "list.1",
    "absent",
    "$flagd.flagKey",
    "$flagd.timestamp",
];
const TEXTS: [&str; 8] = ["on", "off", "true", "AT", "CH", "1.2.3", "", "u1"];

pub fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        (-3_i64..100).prop_map(Value::from),
        select(&TEXTS[..]).prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(word(), inner, 0..5).prop_map(|members| json!(members)),
        ]
    })
}

/// A word of the format, or any.
fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        select(
            &["flags", "state", "variants", "targeting", "defaultVariant", "if", "var", "fractional", "$ref"]
                [..]
        )
        .prop_map(str::to_owned),
        select(&OPERATORS[..]).prop_map(str::to_owned),
        ".{0,6}",
    ]
}

const OPERATORS: [&str; 37] = [
    "var",
    "missing",
    "missing_some",
    "if",
    "==",
    "===",
    "!=",
    "!==",
    "!",
    "!!",
    "or",
    "and",
    ">",
    ">=",
    "<",
    "<=",
    "max",
    "min",
    "+",
    "-",
    "*",
    "/",
    "%",
    "map",
    "filter",
    "reduce",
    "all",
    "none",
    "some",
    "merge",
    "in",
    "cat",
    "substr",
    "fractional",
    "sem_ver",
    "starts_with",
    "ends_with",
];

pub fn rule() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        select(&NAMES[..]).prop_map(|name| json!({"var": name})),
        select(&NAMES[..]).prop_map(|name| json!({"var": [name, "on"]})),
        select(&TEXTS[..]).prop_map(Value::from),
        (-3_i64..100).prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        Just(Value::Null),
        Just(json!(["AT", "CH", "on"])),
        Just(json!({"segment": "s"})),
        Just(json!({"$ref": "e"})),
    ];
    leaf.prop_recursive(4, 40, 4, |inner| {
        let some = || prop::collection::vec(inner.clone(), 0..4);
        prop_oneof![
            (select(&OPERATORS[..]), some()).prop_map(|(operator, parts)| json!({operator: parts})),
            (inner.clone(), inner.clone(), inner.clone()).prop_map(|(a, b, c)| json!({"if": [a, b, c]})),
            (select(&NAMES[..]), prop::collection::vec(select(&TEXTS[..]), 0..12))
                .prop_map(|(name, texts)| json!({"in": [{"var": name}, texts]})),
            (inner.clone(), -1_i64..60, inner.clone(), inner.clone()).prop_map(
                |(unit, weight, one, other)| json!({"fractional": [unit, [one, weight], [other, 40]]})
            ),
            (0_i64..60, inner.clone())
                .prop_map(|(weight, one)| json!({"fractional": [[one, weight], ["off", 40]]})),
        ]
    })
}

fn targeting() -> impl Strategy<Value = Value> {
    prop_oneof![
        2 => Just(json!({})),
        6 => (rule(), select(&VARIANTS[..]), rule()).prop_map(|(c, then, or)| json!({"if": [c, then, or]})),
        2 => rule().prop_map(|rule| json!({"or": [rule]})),
        2 => (0_i64..100).prop_map(|share| json!({"fractional": [
            {"cat": [{"var": "$flagd.flagKey"}, {"var": "targetingKey"}]}, ["on", share], ["off", 100 - share]]})),
        1 => (0_i64..100).prop_map(|share| json!({"fractional": [["on", share], ["off", 100 - share]]})),
    ]
}

fn state() -> impl Strategy<Value = &'static str> {
    prop_oneof![5 => Just("ENABLED"), 1 => Just("DISABLED")]
}

fn named() -> impl Strategy<Value = Value> {
    prop_oneof![4 => select(&VARIANTS[..3]).prop_map(Value::from), 1 => Just(Value::Null)]
}

pub fn definition() -> impl Strategy<Value = Value> {
    let change = (state(), named(), prop::option::of(targeting()));
    let schedule = prop::collection::vec(change, 0..3);
    let needed = (select(&KEYS[..]), prop::collection::vec(select(&VARIANTS[..]), 1..3));
    let prerequisites = prop::collection::vec(needed, 0..3);
    (state(), named(), prop::option::of(named()), prop::option::of(targeting()), schedule, prerequisites)
        .prop_map(|(state, default, off, targeting, schedule, prerequisites)| {
            let mut made = json!({
                "state": state, "defaultVariant": default,
                "variants": {"on": 1, "off": 0, "true": 2, "null": 3, "AT": 4},
            });
            if let Some(off) = off {
                made["offVariant"] = off;
            }
            if let Some(targeting) = targeting {
                made["targeting"] = targeting;
            }
            let entries = schedule.into_iter().enumerate().map(|(index, (state, default, targeting))| {
                let at = ["2026-01-01T00:00:00Z", "2026-06-01T00:00:00+02:00"][index.min(1)];
                let mut entry = json!({"at": at, "state": state, "defaultVariant": default});
                if let Some(targeting) = targeting {
                    entry["targeting"] = targeting;
                }
                entry
            });
            let entries: Vec<Value> = entries.collect();
            if !entries.is_empty() {
                made["schedule"] = entries.into();
            }
            let wanted: Vec<Value> = prerequisites
                .into_iter()
                .map(|(flag, variants)| json!({"flag": flag, "variants": variants}))
                .collect();
            if !wanted.is_empty() {
                made["prerequisites"] = wanted.into();
            }
            made
        })
}

pub fn document() -> impl Strategy<Value = Value> {
    let flags = prop::collection::btree_map(select(&KEYS[..]), definition(), 1..=KEYS.len());
    (flags, rule(), rule()).prop_map(|(flags, segment, evaluator)| {
        json!({"flags": flags, "segments": {"s": segment}, "$evaluators": {"e": evaluator}})
    })
}

/// Before, between and after the times that schedules are made of.
const TIMES: [i64; 4] = [0, 1_767_225_600, 1_770_000_000, 1_795_219_200];

pub fn context() -> impl Strategy<Value = Context> {
    let key = prop::option::of(select(&["u1", "u2", "u3", "", "somebody else"][..]));
    let members = prop::collection::btree_map(
        select(&["country", "user", "n", "list"][..]),
        prop_oneof![
            3 => select(&TEXTS[..]).prop_map(Value::from),
            2 => Just(json!({"name": "u1"})),
            2 => Just(json!(["AT", 2, null])),
            2 => value(),
        ],
        0..4,
    );
    (key, members, select(&TIMES[..])).prop_map(|(key, members, at)| {
        let mut members: Map<String, Value> =
            members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        if let Some(key) = key {
            members.insert("targetingKey".to_owned(), json!(key));
        }
        Context::from_json(members, at).unwrap()
    })
}
