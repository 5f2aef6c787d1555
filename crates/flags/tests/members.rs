//! What a definition may say beyond flagd's words, and what is said about one that is wrong.

use serde_json::{Value, json};
use tidegate_flags::{Context, ErrorCode, FlagSet, InvalidContext, Problem, Reason, limits};

const NOW: i64 = 1_795_219_200;

fn flag(more: &Value) -> Value {
    let mut made =
        json!({"state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": "on"});
    for (name, value) in more.as_object().into_iter().flatten() {
        made[name] = value.clone();
    }
    made
}

fn compiled(document: &Value) -> FlagSet {
    let (set, problems) = FlagSet::compile(document);
    assert!(problems.iter().all(|problem| !problem.refused), "{problems:?}");
    set
}

fn told(set: &FlagSet, key: &str, context: &Context) -> (Option<String>, &'static str) {
    let details = set.evaluate(key, context);
    (details.variant().map(str::to_owned), details.reason().as_str())
}

fn said(problems: &[Problem]) -> Vec<String> {
    problems.iter().map(Problem::to_string).collect()
}

fn is(variant: &str, reason: &'static str) -> (Option<String>, &'static str) {
    (Some(variant.to_owned()), reason)
}

#[test]
fn a_bad_flag_is_refused_alone_and_says_where() {
    let shares = json!({"fractional": [["on", 1.5], ["off", 2]]});
    let table = [
        (json!({"state": "PAUSED"}), "/state: a flag's state is \"ENABLED\" or \"DISABLED\"", true),
        (json!({"variants": {}}), "/variants: a flag has an object of at least one variant", true),
        (json!({"defaultVariant": "maybe"}), "/defaultVariant: there is no variant `maybe`", true),
        (json!({"offVariant": 3}), "/offVariant: a variant is named by a string", true),
        (json!({"targeting": 1}), "/targeting: targeting is an object", true),
        (
            json!({"targeting": {"if": [{"is": [1]}, "on"]}}),
            "/targeting/if/0/is: there is no operator `is`",
            true,
        ),
        (json!({"targeting": {"if": [{"$ref": "x"}, "on"]}}), "/targeting/if/0: $ref `x` is not there", true),
        (
            json!({"targeting": {"if": [true, "maybe"]}}),
            "/targeting/if/1: there is no variant `maybe`",
            false,
        ),
        (json!({"targeting": shares}), "/targeting/fractional: weights are whole numbers", false),
        (
            json!({"targeting": {"starts_with": ["on"]}}),
            "/targeting/starts_with: this takes two texts",
            false,
        ),
        (json!({"metadata": {"a": []}}), "/metadata/a: a member of metadata is a string", true),
        (json!({"schedule": [{"at": "tomorrow"}]}), "/schedule/0/at: a time is written as in RFC 3339", true),
        (
            json!({"schedule": [{"at": "2026-01-01T00:00:00Z", "variants": {}}]}),
            "/schedule/0/variants: an entry",
            true,
        ),
        (json!({"prerequisites": [{"flag": "a"}]}), "/prerequisites/0/variants: a prerequisite names", true),
        (
            json!({"prerequisites": [{"flag": "bad", "variants": ["on"]}]}),
            "/prerequisites: its prerequisites lead",
            true,
        ),
    ];
    for (wrong, expected, refused) in table {
        let (set, problems) =
            FlagSet::compile(&json!({"flags": {"bad": flag(&wrong), "good": flag(&json!({}))}}));
        let [problem] = &problems[..] else { panic!("{wrong}: {problems:?}") };
        assert!(problem.to_string().starts_with(&format!("/flags/bad{expected}")), "{problem}");
        assert_eq!((problem.flag.as_deref(), problem.refused), (Some("bad"), refused), "{wrong}");
        let details = set.evaluate("bad", &Context::at(NOW));
        assert_eq!(details.error() == Some(ErrorCode::ParseError), refused, "{wrong}: {details:?}");
        assert_eq!(told(&set, "good", &Context::at(NOW)), is("on", "STATIC"));
    }
}

#[test]
fn a_document_that_is_none_is_refused_whole() {
    for document in [json!(null), json!([]), json!({}), json!({"flags": 1})] {
        let (set, problems) = FlagSet::compile(&document);
        assert_eq!((set.len(), problems.len(), problems[0].refused), (0, 1, true), "{document}");
        assert_eq!(set.evaluate("a", &Context::at(NOW)).error(), Some(ErrorCode::FlagNotFound));
    }
    let (_, problems) = FlagSet::parse("{");
    assert!(problems[0].detail.starts_with("this is no JSON"), "{problems:?}");
}

#[test]
fn flags_may_be_a_list_as_flagds_daemon_takes_them() {
    let mut named = flag(&json!({}));
    named["key"] = json!("a");
    let (set, problems) = FlagSet::compile(&json!({"flags": [named, named, flag(&json!({}))]}));
    assert_eq!(told(&set, "a", &Context::at(NOW)), is("on", "STATIC"));
    let expected =
        ["/flags/1: another flag has this key already", "/flags/2: a flag's key has 1 to 1024 bytes"];
    assert_eq!(said(&problems), expected);
}

#[test]
fn what_is_too_much_is_refused() {
    let deep = (0..limits::RULE_DEPTH_MAX).fold(json!(true), |inner, _| json!({"!": [inner]}));
    let nested = |count: usize| {
        (0..count).map(|number| (format!("v{number}"), json!(1))).collect::<serde_json::Map<_, _>>()
    };
    let entries: Vec<Value> = vec![json!({"at": "2026-01-01T00:00:00Z"}); limits::SCHEDULE_MAX + 1];
    let needs = vec![json!({"flag": "a", "variants": ["on"]}); limits::PREREQUISITES_MAX + 1];
    let table = [
        (flag(&json!({"targeting": {"if": [deep, "on"]}})), "nested deeper"),
        (json!({"state": "ENABLED", "variants": nested(limits::VARIANTS_MAX + 1)}), "variants"),
        (flag(&json!({"metadata": nested(limits::METADATA_MAX + 1)})), "members"),
        (flag(&json!({"schedule": entries})), "entries"),
        (flag(&json!({"prerequisites": needs})), "prerequisites"),
        (flag(&json!({"targeting": {"in": [1, vec![1; limits::RULE_NODES_MAX]]}})), "operators and values"),
    ];
    for (flag, expected) in table {
        let (_, problems) = FlagSet::compile(&json!({"flags": {"a": flag}}));
        assert!(problems[0].refused && problems[0].detail.contains(expected), "{expected}: {problems:?}");
    }
    let (_, problems) =
        FlagSet::compile(&json!({"flags": {"a".repeat(limits::KEY_BYTES_MAX + 1): flag(&json!({}))}}));
    assert!(problems[0].refused);
}

#[test]
fn a_rule_that_would_not_end_soon_answers_an_error() {
    let twice =
        json!({"reduce": [{"var": "list"}, {"cat": [{"var": "accumulator"}, {"var": "accumulator"}]}, "ab"]});
    let lists = json!({"reduce": [{"var": "list"}, {"merge": [{"var": "accumulator"}, {"var": "accumulator"}]}, [1, 2]]});
    let loops = json!({"map": [{"var": "list"}, {"map": [{"var": "list"}, {"var": ""}]}]});
    let square = json!({"some": [{"var": "all"}, {"some": [{"var": ""}, {"some": [{"var": ""}, false]}]}]});
    let numbers: Vec<u32> = (0..64).collect();
    let cube = vec![vec![vec![0_u8; 60]; 60]; 60];
    let context = Context::at(NOW).with("list", json!(numbers)).with("all", json!(cube));
    for (rule, fails) in [(twice, true), (lists, true), (loops, false), (square, true)] {
        let set = compiled(&json!({"flags": {"a": flag(&json!({"targeting": {"if": [rule, "off"]}}))}}));
        let details = set.evaluate("a", &context);
        assert_eq!(details.error() == Some(ErrorCode::General), fails, "{rule}: {details:?}");
    }
}

#[test]
fn a_kill_switch_answers_off_where_a_protocol_needs_a_value() {
    let disabled = json!({"state": "DISABLED"});
    let with_off = json!({"state": "DISABLED", "offVariant": "off", "targeting": {"if": [true, "on"]}});
    let set = compiled(&json!({"flags": {"flagd": flag(&disabled), "own": flag(&with_off)}}));
    let somebody = Context::at(NOW);
    let (flagd, own) = (set.evaluate("flagd", &somebody), set.evaluate("own", &somebody));
    assert_eq!((flagd.value(), flagd.reason()), (None, Reason::Disabled), "as flagd: the caller's default");
    assert_eq!(flagd.off(), Some(("on", &json!(true))), "for OFREP: the default variant");
    assert_eq!(
        (own.value(), own.variant(), own.reason()),
        (Some(&json!(false)), Some("off"), Reason::Disabled)
    );
    assert_eq!(own.off(), Some(("off", &json!(false))));
    assert!(!set.boolean("own", &somebody, true).value);
    let pure = compiled(&set.to_flagd().document);
    assert_eq!(told(&pure, "own", &somebody), is("off", "STATIC"), "in process too");
    assert_eq!(told(&pure, "flagd", &somebody), (None, "DISABLED"));
}

#[test]
fn a_schedule_changes_a_flag_by_the_time_of_the_context() {
    let schedule = json!([
        {"at": "2026-11-21T00:00:00Z", "targeting": {"if": [{"==": [{"var": "plan"}, "pro"]}, "off"]}},
        {"at": "2026-11-21T02:00:00+01:00", "defaultVariant": "off"},
        {"at": "2026-11-22T00:00:00Z", "state": "DISABLED"},
    ]);
    let set = compiled(&json!({"flags": {"a": flag(&json!({"schedule": schedule}))}}));
    let pure = compiled(&set.to_flagd().document);
    let midnight = 1_795_219_200;
    let table = [
        (midnight - 1, is("on", "STATIC")),
        (midnight, is("off", "TARGETING_MATCH")),
        (midnight + 3_599, is("off", "TARGETING_MATCH")),
        (midnight + 3_600, is("off", "TARGETING_MATCH")),
        (midnight + 86_400, (None, "DISABLED")),
    ];
    for (at, expected) in table {
        let pro = Context::at(at).with("plan", "pro");
        assert_eq!(told(&set, "a", &pro), expected, "{at}");
        assert_eq!(pure.evaluate("a", &pro).variant(), expected.0.as_deref(), "{at} exported");
    }
    let free = Context::at(midnight + 1);
    assert_eq!(told(&set, "a", &free), is("on", "DEFAULT"));
    assert_eq!(told(&set, "a", &free.with_timestamp(midnight + 3_601)), is("off", "DEFAULT"));
}

fn needing(other: &str) -> Value {
    json!([{"flag": other, "variants": ["on"]}])
}

#[test]
fn a_flag_whose_prerequisite_is_not_met_is_off() {
    let by_plan =
        json!({"targeting": {"if": [{"==": [{"var": "plan"}, "pro"]}, "on", "off"]}, "offVariant": "off"});
    let document = json!({"flags": {
        "base": flag(&by_plan),
        "next": flag(&json!({"prerequisites": needing("base"), "offVariant": "off"})),
        "last": flag(&json!({"prerequisites": needing("next"), "offVariant": "off"})),
        "lost": flag(&json!({"prerequisites": needing("nobody"), "offVariant": "off"})),
    }});
    let set = compiled(&document);
    let (pro, free) = (Context::at(NOW).with("plan", "pro"), Context::at(NOW));
    assert_eq!(told(&set, "last", &pro), is("on", "STATIC"));
    assert_eq!(told(&set, "last", &free), is("off", "DEFAULT"));
    assert_eq!(set.evaluate("next", &free).message(), Some("a prerequisite is not met"));
    assert_eq!(told(&set, "lost", &pro), is("off", "DEFAULT"));
    let killed = set.with("base", &flag(&json!({"state": "DISABLED", "offVariant": "on"}))).0;
    assert_eq!(told(&killed, "last", &pro), is("off", "DEFAULT"), "what is switched off meets nothing");
}

#[test]
fn prerequisites_that_lead_back_are_refused_when_they_come() {
    let names = ["a", "b", "c"];
    let chain = |key: usize| flag(&json!({"prerequisites": needing(names[(key + 1) % 3])}));
    let set = compiled(&json!({"flags": {"a": chain(0), "b": chain(1), "c": flag(&json!({}))}}));
    let (circle, problems) = set.with("c", &chain(2));
    let back = |way: [&str; 4]| {
        let way = way.join(" → ");
        format!("/flags/{}/prerequisites: its prerequisites lead round in a circle: {way}", &way[..1])
    };
    let ways = [["a", "b", "c", "a"], ["b", "c", "a", "b"], ["c", "a", "b", "c"]];
    assert_eq!(said(&problems), ways.map(back), "all three are told");
    assert_eq!(circle.evaluate("a", &Context::at(NOW)).error(), Some(ErrorCode::ParseError));
    let (mended, problems) = circle.with("b", &flag(&json!({})));
    assert_eq!((said(&problems).len(), told(&mended, "a", &Context::at(NOW))), (0, is("on", "STATIC")));
    let long: serde_json::Map<String, Value> = (0..=limits::PREREQUISITE_DEPTH_MAX + 1)
        .map(|number| {
            (format!("f{number}"), flag(&json!({"prerequisites": needing(&format!("f{}", number + 1))})))
        })
        .collect();
    let (_, problems) = FlagSet::compile(&json!({ "flags": long }));
    assert!(
        problems.iter().all(|problem| problem.detail.contains("is the limit")) && !problems.is_empty(),
        "{problems:?}"
    );
}

#[test]
fn a_rule_that_moves_keeps_its_buckets_or_stays_out_of_the_export() {
    let unit = json!({"cat": [{"var": "$flagd.flagKey"}, {"var": "targetingKey"}]});
    let explicit = json!({"targeting": {"fractional": [unit, ["on", 30], ["off", 70]]}});
    let shorthand = json!({"targeting": {"fractional": [["on", 30], ["off", 70]]}});
    let set = compiled(&json!({"flags": {
        "explicit": flag(&explicit), "shorthand": flag(&shorthand),
        "fine": flag(&json!({"prerequisites": needing("explicit"), "offVariant": "off"})),
        "stuck": flag(&json!({"prerequisites": needing("shorthand"), "offVariant": "off"})),
    }}));
    let export = set.to_flagd();
    let [problem] = &export.problems[..] else { panic!("{:?}", export.problems) };
    assert!(
        problem.flag.as_deref() == Some("stuck") && problem.detail.contains("names no unit"),
        "{problem}"
    );
    let pure = compiled(&export.document);
    let mut on = 0;
    for number in 0..500 {
        let person = Context::at(NOW).with_targeting_key(format!("user-{number}"));
        for key in ["explicit", "shorthand", "fine"] {
            assert_eq!(set.evaluate(key, &person).variant(), pure.evaluate(key, &person).variant());
        }
        assert_eq!(set.evaluate("fine", &person).variant(), set.evaluate("explicit", &person).variant());
        on += usize::from(set.evaluate("fine", &person).variant() == Some("on"));
    }
    assert!((100..200).contains(&on), "{on}");
}

#[test]
fn segments_are_conditions_that_flags_share() {
    let document = json!({
        "segments": {
            "alps": {"in": [{"var": "country"}, ["AT", "CH"]]},
            "alpine-pros": {"and": [{"segment": "alps"}, {"$ref": "pro"}]},
            "endless": {"segment": "endless"},
        },
        "$evaluators": {"pro": {"==": [{"var": "plan"}, "pro"]}, "segment/alps": {"var": "taken"}},
        "flags": {
            "a": flag(&json!({"targeting": {"if": [{"segment": "alpine-pros"}, "off"]}})),
            "b": flag(&json!({"targeting": {"if": [{"segment": "endless"}, "off"]}})),
        },
    });
    let (set, problems) = FlagSet::compile(&document);
    let expected = [
        "/segments/endless: it leads back to itself",
        "/flags/b/targeting/if/0: segment `endless` is refused itself",
    ];
    assert_eq!(said(&problems), expected);
    let pure = compiled(&set.to_flagd().document);
    for (country, plan, expected) in [("AT", "pro", "off"), ("DE", "pro", "on"), ("AT", "free", "on")] {
        let person = Context::at(NOW).with("country", country).with("plan", plan);
        assert_eq!(set.evaluate("a", &person).variant(), Some(expected));
        assert_eq!(pure.evaluate("a", &person).variant(), Some(expected));
    }
    assert!(set.to_flagd().document["$evaluators"]["segment//alps"].is_object(), "a name that is not taken");
}

#[test]
fn conditions_that_multiply_are_refused() {
    let twice =
        |number: usize| json!({"or": [{"$ref": format!("e{number}")}, {"$ref": format!("e{number}")}]});
    let mut evaluators = json!({"e0": {"==": [{"var": "a"}, 1]}});
    for number in 0..30 {
        evaluators[format!("e{}", number + 1)] = twice(number);
    }
    let rule = flag(&json!({"targeting": {"if": [{"$ref": "e30"}, "off"]}}));
    let (set, problems) = FlagSet::compile(&json!({"$evaluators": evaluators, "flags": {"a": rule}}));
    assert!(problems.iter().any(|problem| problem.detail.contains("operators and values")), "{problems:?}");
    assert_eq!(set.evaluate("a", &Context::at(NOW)).error(), Some(ErrorCode::ParseError));
}

#[test]
fn whoever_needs_a_targeting_key_is_told() {
    let unit = json!({"cat": ["cohort:", {"var": "targetingKey"}]});
    let set = compiled(&json!({"flags": {
        "share": flag(&json!({"targeting": {"fractional": [["on", 1], ["off", 1]]}})),
        "cohort": flag(&json!({"targeting": {"fractional": [unit, ["on", 1], ["off", 1]]}})),
        "inside": flag(&json!({"targeting": {"if": [{"var": "in"}, {"fractional": [["on", 1]]}, "off"]}})),
    }}));
    let nobody = Context::at(NOW);
    assert!(
        set.evaluate("share", &nobody).lacks_targeting_key()
            && set.evaluate("cohort", &nobody).lacks_targeting_key()
    );
    assert_eq!(told(&set, "share", &nobody), is("on", "DEFAULT"));
    assert!(!set.evaluate("share", &nobody.clone().with_targeting_key("u")).lacks_targeting_key());
    assert!(!set.evaluate("inside", &nobody).lacks_targeting_key(), "the share was not reached");
    assert!(set.evaluate("inside", &nobody.with("in", true)).lacks_targeting_key());
}

#[test]
fn a_context_that_is_none_is_refused() {
    let from = |context: Value| Context::from_json(context.as_object().cloned().unwrap_or_default(), NOW);
    let many: serde_json::Map<_, _> =
        (0..=limits::CONTEXT_ATTRIBUTES_MAX).map(|number| (number.to_string(), json!(1))).collect();
    let deep = (0..=limits::CONTEXT_DEPTH_MAX).fold(json!(1), |inner, _| json!([inner]));
    assert_eq!(from(json!({"targetingKey": 1})).err(), Some(InvalidContext::TargetingKeyNotText));
    assert_eq!(from(many.into()).err(), Some(InvalidContext::TooManyAttributes));
    assert_eq!(from(json!({ "deep": deep })).err(), Some(InvalidContext::TooDeep("deep".to_owned())));
    let context = from(json!({"targetingKey": "u", "a": 1})).unwrap().with("a", 2);
    assert_eq!((context.targeting_key(), context.get("a")), (Some("u"), Some(&json!(2))));
}

#[test]
fn a_set_that_grows_and_shrinks_keeps_every_flag() {
    let mut set = FlagSet::default();
    for number in 0..3_000 {
        set = set.with(&format!("f{number}"), &flag(&json!({"metadata": {"number": number}}))).0;
    }
    for number in 0..1_000 {
        set = set.without(&format!("f{number}"));
    }
    assert_eq!((set.len(), set.keys().count()), (2_000, 2_000));
    for number in 0..3_000 {
        let found = set.evaluate(&format!("f{number}"), &Context::at(NOW));
        let metadata = found.metadata().map(|metadata| metadata["number"].clone());
        assert_eq!(metadata, (number >= 1_000).then(|| json!(number)));
    }
}

#[test]
fn values_are_of_the_type_asked_for() {
    let set = compiled(&json!({"metadata": {"team": "shop", "tier": 1}, "flags": {"n": {
        "state": "ENABLED", "variants": {"whole": 2.0, "part": 2.5}, "defaultVariant": "whole", "metadata": {"tier": 2},
        "targeting": {"if": [{"var": "part"}, "part"]},
    }}}));
    let (whole, part) = (Context::at(NOW), Context::at(NOW).with("part", true));
    assert_eq!((set.integer("n", &whole, 7).value, set.float("n", &part, 7.0).value), (2, 2.5));
    let mismatch = set.integer("n", &part, 7);
    assert_eq!((mismatch.value, mismatch.details.error()), (7, Some(ErrorCode::TypeMismatch)));
    assert_eq!((mismatch.details.value(), mismatch.details.reason()), (None, Reason::Error));
    assert_eq!(set.string("n", &whole, "default").value, "default");
    let metadata = json!({"team": "shop", "tier": 2});
    assert_eq!(set.evaluate("n", &whole).metadata(), metadata.as_object(), "the flag's over the set's");
}

#[test]
fn as_served_a_flag_that_is_off_has_a_value_and_a_share_of_nobody_an_error() {
    let share = json!({"fractional": [["on", 50], ["off", 50]]});
    let check = |more: Value, expect: (Option<&str>, &str, Option<ErrorCode>)| {
        let mut flag =
            json!({"state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": "on"});
        flag.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let (set, _) = FlagSet::compile(&json!({"flags": {"f": flag}}));
        let served = set.evaluate("f", &Context::at(NOW)).as_served();
        assert_eq!((served.variant(), served.reason().as_str(), served.error()), expect);
    };
    check(json!({}), (Some("on"), "STATIC", None));
    check(json!({"state": "DISABLED"}), (Some("on"), "DISABLED", None));
    check(json!({"state": "DISABLED", "offVariant": "off"}), (Some("off"), "DISABLED", None));
    check(json!({"targeting": share}), (None, "ERROR", Some(ErrorCode::TargetingKeyMissing)));
}

#[test]
fn sets_say_which_flags_are_others() {
    let set = |a: &str, more: Value| {
        let mut document = json!({"flags": {
            "a": {"state": "ENABLED", "variants": {"x": 1, "y": 2}, "defaultVariant": a},
            "b": {"state": "ENABLED", "variants": {"x": 1}, "defaultVariant": "x"},
        }});
        document.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        FlagSet::compile(&document).0
    };
    let base = set("x", json!({}));
    let check = |other: FlagSet, expect: &[&str]| {
        assert_eq!(other.differing(&base), expect);
        assert_eq!(base.differing(&other), expect);
    };
    check(set("x", json!({})), &[]);
    check(set("y", json!({})), &["a"]);
    check(base.without("b"), &["b"]);
    check(set("x", json!({"metadata": {"team": "shop"}})), &["a", "b"]);
    check(set("x", json!({"segments": {"s": {"==": [1, 1]}}})), &["a", "b"]);
}
