//! What an evaluation asks of the memory allocator: nothing, for what most flags are made of.

use allocation_counter::measure;
use serde_json::{Value, json};
use tidegate_flags::{Context, FlagSet};

const NOW: i64 = 1_795_219_200;

fn flag(targeting: &Value) -> Value {
    json!({"state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": "off", "targeting": targeting})
}

fn set() -> FlagSet {
    let unit = json!({"cat": [{"var": "$flagd.flagKey"}, ":", {"var": "targetingKey"}]});
    let mut many = json!({
        "static": flag(&json!({})),
        "share": flag(&json!({"fractional": [["on", 25], ["off", 75]]})),
        "share-by-unit": flag(&json!({"fractional": [unit, ["on", 25], ["off", 75]]})),
        "countries": flag(&json!({"if": [
            {"in": [{"var": "country"}, ["AT", "BE", "CH", "DE", "DK", "ES", "FR", "IT", "NL", "SE"]]},
            {"fractional": [["on", 25], ["off", 75]]},
        ]})),
        "conditions": flag(&json!({"if": [
            {"and": [
                {"==": [{"var": "plan"}, "pro"]}, {"!==": [{"var": "country"}, "XX"]}, {">=": [{"var": "age"}, 18]},
                {"<": [{"var": "$flagd.timestamp"}, 4_133_980_802_i64]}, {"!": {"var": "user.blocked"}},
                {"ends_with": [{"var": "user.email"}, "@example.org"]}, {"sem_ver": [{"var": "version"}, "^", "2.0.0"]},
                {"some": [{"var": "groups"}, {"==": [{"var": ""}, "beta"]}]},
            ]},
            "on",
        ]})),
        "segment": flag(&json!({"if": [{"segment": "alps"}, "on"]})),
    });
    let mut needing = flag(&json!({"if": [{"segment": "alps"}, "on"]}));
    needing["prerequisites"] = json!([{"flag": "static", "variants": ["off"]}]);
    needing["schedule"] = json!([{"at": "2026-01-01T00:00:00Z", "defaultVariant": "on"}]);
    many["prerequisites-and-schedule"] = needing;
    for number in 0..1_000 {
        many[format!("flag-{number}")] = many["countries"].clone();
    }
    let segments = json!({"alps": {"in": [{"var": "country"}, ["AT", "CH"]]}});
    let (set, problems) = FlagSet::compile(&json!({"flags": many, "segments": segments}));
    assert!(problems.is_empty(), "{problems:?}");
    set
}

fn somebody() -> Context {
    Context::at(NOW)
        .with_targeting_key("user-4711")
        .with("country", "CH")
        .with("plan", "pro")
        .with("age", 33)
        .with("version", "2.1.0")
        .with("groups", json!(["alpha", "beta"]))
        .with("user", json!({"email": "somebody@example.org"}))
}

#[test]
fn evaluating_allocates_nothing() {
    let (set, context) = (set(), somebody());
    let keys = [
        "static",
        "share",
        "share-by-unit",
        "countries",
        "conditions",
        "segment",
        "prerequisites-and-schedule",
        "absent",
    ];
    for key in keys {
        let counted = measure(|| {
            for context in [&context, &context] {
                assert!(set.evaluate(key, context).metadata().is_some() || key == "absent");
                set.boolean(key, context, false);
                set.string(key, context, "of another type");
            }
        });
        assert_eq!(counted.count_total, 0, "{key}");
    }
    assert_eq!(set.evaluate("conditions", &context).variant(), Some("on"), "every condition was looked at");
    let counted = measure(|| assert!(set.evaluate_all(&context).count() > 1_000));
    assert_eq!(counted.count_total, 0, "all of them");
}

#[test]
fn replacing_one_flag_of_many_copies_few() {
    let (set, definition) = (set(), flag(&json!({})));
    let counted = measure(|| drop(set.with("countries", &definition)));
    assert!(counted.count_total < 100, "{counted:?}");
}
