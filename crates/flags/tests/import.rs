//! Exports of other systems, brought over: what came, what did not, and who gets what.

use serde_json::{Value, json};
use tidegate_flags::import::{Import, launchdarkly, unleash};
use tidegate_flags::{Context, FlagSet, Problem};

fn set(import: &Import) -> FlagSet {
    let (set, problems) = FlagSet::compile(&import.document);
    assert!(problems.is_empty(), "{problems:?} in {}", import.document);
    let export = set.to_flagd();
    assert!(export.problems.is_empty(), "{:?}", export.problems);
    set
}

fn problems(import: &Import, refused: bool) -> Vec<String> {
    import.problems.iter().filter(|problem| problem.refused == refused).map(Problem::to_string).collect()
}

fn person(key: &str) -> Context {
    Context::at(1_795_219_200).with_targeting_key(key)
}

/// How many of a thousand get a variant.
fn share(set: &FlagSet, flag: &str, variant: &str, attribute: (&'static str, &str)) -> usize {
    let people = (0..1_000).map(|number| person(&format!("user-{number}")).with(attribute.0, attribute.1));
    people.filter(|person| set.evaluate(flag, person).variant() == Some(variant)).count()
}

fn toggles() -> Value {
    json!({"version": 2, "features": [
        {"name": "plain", "enabled": true, "type": "release", "description": "A plain one", "strategies": [{"name": "default"}]},
        {"name": "killed", "enabled": false, "strategies": [{"name": "default"}]},
        {"name": "people", "enabled": true, "strategies": [{"name": "userWithId", "parameters": {"userIds": "ann, bob"}}]},
        {"name": "share", "enabled": true, "strategies": [
            {"name": "flexibleRollout", "parameters": {"rollout": "25", "stickiness": "default", "groupId": "share"},
             "constraints": [{"contextName": "country", "operator": "IN", "values": ["AT", "CH"]}]},
            {"name": "default", "segments": [7]}]},
        {"name": "colours", "enabled": true, "strategies": [{"name": "default"}], "variants": [
            {"name": "red", "weight": 500, "stickiness": "default", "payload": {"type": "json", "value": "{\"hex\": \"#f00\"}"}},
            {"name": "blue", "weight": 500, "payload": {"type": "json", "value": "{}"}, "overrides": [{"contextName": "userId", "values": ["ann"]}]}]},
        {"name": "needing", "enabled": true, "strategies": [{"name": "default"}], "dependencies": [{"feature": "people"}]},
        {"name": "random", "enabled": true, "strategies": [
            {"name": "flexibleRollout", "parameters": {"rollout": "25", "stickiness": "random"}}]},
        {"name": "pattern", "enabled": true, "strategies": [
            {"name": "default", "constraints": [{"contextName": "email", "operator": "REGEX", "value": ".*"}]}]},
        {"name": "compared", "enabled": true, "strategies": [{"name": "default", "constraints": [
            {"contextName": "age", "operator": "NUM_GTE", "value": "18"},
            {"contextName": "version", "operator": "SEMVER_GT", "value": "2.0.0"},
            {"contextName": "email", "operator": "STR_ENDS_WITH", "values": ["@example.com", "@example.org"]},
            {"contextName": "country", "operator": "IN", "values": ["XX"], "inverted": true},
            {"contextName": "currentTime", "operator": "DATE_AFTER", "value": "2026-01-01T00:00:00Z"}]}]},
    ], "segments": [{"id": 7, "constraints": [{"contextName": "plan", "operator": "IN", "values": ["pro"]}]}]})
}

#[test]
fn toggles_of_unleash_come_over() {
    let import = unleash(&toggles());
    let set = set(&import);
    let on = |flag: &str, person: &Context| set.boolean(flag, person, false).value;
    assert!(on("plain", &person("ann")) && !on("killed", &person("ann")));
    assert_eq!(set.evaluate("killed", &person("ann")).reason().as_str(), "DISABLED");
    assert!(on("people", &person("bob")) && !on("people", &person("eve")));
    assert!(on("needing", &person("bob")) && !on("needing", &person("eve")));
    assert!((200..300).contains(&share(&set, "share", "on", ("country", "AT"))));
    assert_eq!(share(&set, "share", "on", ("country", "DE")), 0);
    assert_eq!(share(&set, "share", "on", ("plan", "pro")), 1_000);
    assert!((420..580).contains(&share(&set, "colours", "red", ("country", "AT"))));
    assert_eq!(set.evaluate("colours", &person("ann")).variant(), Some("blue"));
    let grown = person("ann").with("age", "33").with("version", "2.1.0").with("email", "ann@example.org");
    assert!(on("compared", &grown) && !on("compared", &person("ann")));
    assert!(!on("compared", &grown.with("country", "XX")));
}

#[test]
fn what_unleash_says_otherwise_is_listed() {
    let import = unleash(&toggles());
    assert_eq!(
        problems(&import, true),
        [
            "/features/6/strategies/0: a percentage that is drawn anew each time does not carry over",
            "/features/7/strategies/0/constraints/0: the operator `REGEX` does not carry over",
        ]
    );
    assert_eq!(problems(&import, false).len(), 2, "the two with percentages: {:?}", problems(&import, false));
    assert_eq!(problems(&unleash(&json!([])), true).len(), 1);
}

#[test]
fn an_export_of_unleashs_admin_comes_over() {
    let import = unleash(&json!({
        "features": [{"name": "a", "type": "release"}],
        "featureStrategies": [{"featureName": "a", "name": "userWithId", "parameters": {"userIds": "ann"}}],
        "featureEnvironments": [{"featureName": "a", "enabled": true, "environment": "production"}],
    }));
    let set = set(&import);
    assert!(set.boolean("a", &person("ann"), false).value && !set.boolean("a", &person("bob"), true).value);
}

fn flags() -> Value {
    let on_off = json!([true, false]);
    json!({"flags": {
        "plain": {"key": "plain", "on": true, "variations": on_off, "offVariation": 1, "fallthrough": {"variation": 0}},
        "killed": {"key": "killed", "on": false, "variations": on_off, "offVariation": 1, "fallthrough": {"variation": 0}},
        "rules": {"key": "rules", "on": true, "variations": ["a", "b", "c"], "offVariation": 2,
            "targets": [{"values": ["ann"], "variation": 0}],
            "rules": [{"variation": 1, "clauses": [
                {"attribute": "country", "op": "in", "values": ["AT", "CH"]},
                {"attribute": "/device/os", "contextKind": "user", "op": "in", "values": ["iOS"], "negate": true}]}],
            "fallthrough": {"rollout": {"variations": [{"variation": 0, "weight": 25000}, {"variation": 2, "weight": 75000}]}},
            "prerequisites": [{"key": "plain", "variation": 0}]},
        "segmented": {"key": "segmented", "on": true, "variations": on_off, "offVariation": 1, "fallthrough": {"variation": 1},
            "rules": [{"variation": 0, "clauses": [{"op": "segmentMatch", "values": ["beta"]}]}]},
        "organisations": {"key": "organisations", "on": true, "variations": on_off, "fallthrough": {"variation": 1},
            "rules": [{"variation": 0, "clauses": [{"attribute": "key", "contextKind": "org", "op": "in", "values": ["x"]}]}]},
        "pattern": {"key": "pattern", "on": true, "variations": on_off, "fallthrough": {"variation": 1},
            "rules": [{"variation": 0, "clauses": [{"attribute": "email", "op": "matches", "values": [".*"]}]}]},
    }, "segments": {
        "beta": {"key": "beta", "included": ["ann"], "excluded": ["bob"], "rules": [
            {"clauses": [{"attribute": "email", "op": "endsWith", "values": ["@beta.example.org"]}], "weight": 50000}]},
        "big": {"key": "big", "unbounded": true},
    }})
}

#[test]
fn flags_of_launchdarkly_come_over() {
    let import = launchdarkly(&flags());
    let set = set(&import);
    assert!(
        set.boolean("plain", &person("ann"), false).value
            && !set.boolean("killed", &person("ann"), true).value
    );
    let told = |person: &Context| set.string("rules", person, "-").value;
    assert_eq!(told(&person("ann")), "a");
    let android = person("bob").with("country", "AT").with("device", json!({"os": "Android"}));
    assert_eq!(told(&android), "b");
    assert!((200..300).contains(&share(&set, "rules", "variation-0", ("country", "DE"))));
    assert!(
        (200..300).contains(&share(&set, "rules", "variation-0", ("country", "AT"))),
        "without a device, no rule holds"
    );
    assert!(set.boolean("segmented", &person("ann"), false).value);
    assert!(!set.boolean("segmented", &person("bob").with("email", "bob@beta.example.org"), true).value);
    assert!((420..580).contains(&share(&set, "segmented", "on", ("email", "x@beta.example.org"))));
}

#[test]
fn what_launchdarkly_says_otherwise_is_listed() {
    let import = launchdarkly(&flags());
    assert_eq!(
        problems(&import, true),
        [
            "/segments/big: a big segment keeps its members elsewhere and does not carry over",
            "/flags/organisations/rules/0/clauses/0: contexts of the kind `org` do not carry over",
            "/flags/pattern/rules/0/clauses/0/op: the operator `matches` does not carry over",
        ]
    );
    assert_eq!(problems(&import, false).len(), 1);
    assert_eq!(problems(&launchdarkly(&json!({"flags": []})), true).len(), 1);
}
