//! Laws that hold for every document and every context.

#![allow(clippy::unwrap_used)]

mod made;

use made::{KEYS, context, definition, document, value};
use proptest::prelude::*;
use serde_json::{Value, json};
use tidegate_flags::{Context, FlagSet, Reason};

/// Everything an answer says, in a form that can be compared.
fn told(set: &FlagSet, key: &str, context: &Context) -> String {
    let details = set.evaluate(key, context);
    format!(
        "{:?} {:?} {:?} {:?} {:?} {}",
        details.value(),
        details.variant(),
        details.reason(),
        details.error(),
        details.off(),
        details.lacks_targeting_key()
    )
}

fn asked(set: &FlagSet, context: &Context) {
    for (key, details) in set.evaluate_all(context) {
        assert_eq!(details.error().is_some(), details.reason() == Reason::Error);
        assert!(details.error().is_none() || details.value().is_none());
        assert_eq!(format!("{details:?}"), format!("{:?}", set.evaluate(key, context)));
        set.boolean(key, context, true);
        set.integer(key, context, 1);
        set.float(key, context, 1.0);
        set.string(key, context, "default");
        set.object(key, context, &Value::Null);
    }
}

/// A share that stands first, of the subjects for whom it is asked.
fn shared(share: u32, unit: &Value) -> FlagSet {
    let rule = json!({"fractional": [unit, ["in", share], ["out", 1_000 - share]]});
    let flag = json!({"state": "ENABLED", "variants": {"in": 1, "out": 0}, "defaultVariant": "out", "targeting": rule});
    let (set, problems) = FlagSet::compile(&json!({"flags": {"f": flag}}));
    assert!(problems.is_empty(), "{problems:?}");
    set
}

proptest! {


    #[test]
    fn nothing_that_is_json_makes_it_panic(document in value(), flag in value(), context in context()) {
        let (set, problems) = FlagSet::compile(&document);
        asked(&set, &context);
        let flags = json!({"flags": {"f": flag, "g": document}, "$evaluators": document, "segments": flag});
        let (set, _) = FlagSet::compile(&flags);
        asked(&set, &context);
        set.to_flagd();
        prop_assert!(document.is_object() || !problems.is_empty());
    }

    #[test]
    fn a_made_up_rule_is_answered(document in document(), context in context()) {
        let (set, problems) = FlagSet::compile(&document);
        asked(&set, &context);
        for problem in problems {
            // A member that is missing has no place itself; what it is missing from has.
            let (above, _) = problem.path.rsplit_once('/').unwrap_or_default();
            let place = document.pointer(&problem.path).or(document.pointer(above));
            prop_assert!(place.is_some(), "{problem} in {document}");
        }
    }

    #[test]
    fn what_is_exported_answers_the_same(document in document(), contexts in prop::collection::vec(context(), 4)) {
        let (set, _) = FlagSet::compile(&document);
        let export = set.to_flagd();
        let (pure, problems) = FlagSet::compile(&export.document);
        prop_assert!(!problems.iter().any(|problem| problem.refused), "{problems:?} in {}", export.document);
        let text = export.document.to_string();
        let own = ["segment", "prerequisites", "schedule", "offVariant"];
        prop_assert!(own.iter().all(|member| !text.contains(&format!("\"{member}\""))), "not flagd's own words");
        prop_assert_eq!(pure.len() + export.problems.len(), set.len());
        for context in &contexts {
            for key in pure.keys() {
                let (here, there) = (set.evaluate(key, context), pure.evaluate(key, context));
                prop_assert_eq!(
                    (here.value(), here.variant(), here.error()),
                    (there.value(), there.variant(), there.error()),
                    "{} of {} exported as {}", key, document, text
                );
            }
        }
    }

    #[test]
    fn one_flag_replaced_is_the_whole_compiled_anew(
        document in document(),
        changes in prop::collection::vec((prop::sample::select(&KEYS[..]), prop::option::of(definition())), 1..8),
        context in context(),
    ) {
        let mut document = document;
        let (mut set, _) = FlagSet::compile(&document);
        for (key, definition) in changes {
            set = if let Some(definition) = &definition {
                document["flags"][key] = definition.clone();
                set.with(key, definition).0
            } else {
                document["flags"].as_object_mut().unwrap().remove(key);
                set.without(key)
            };
        }
        let (anew, _) = FlagSet::compile(&document);
        prop_assert_eq!(set.len(), anew.len());
        for key in KEYS {
            prop_assert_eq!(told(&set, key, &context), told(&anew, key, &context), "{}", key);
            prop_assert_eq!(set.definition(key), anew.definition(key));
        }
    }

    #[test]
    fn raising_a_share_moves_nobody_out(low in 0_u32..1_000, more in 0_u32..1_000, subjects in prop::collection::vec(".{1,20}", 20)) {
        let high = (low + more).min(1_000);
        for unit in [json!({"var": "targetingKey"}), json!({"cat": [{"var": "$flagd.flagKey"}, {"var": "targetingKey"}]})] {
            let (before, after) = (shared(low, &unit), shared(high, &unit));
            for subject in &subjects {
                let context = Context::at(0).with_targeting_key(subject.as_str());
                let was_in = before.evaluate("f", &context).variant() == Some("in");
                let is_in = after.evaluate("f", &context).variant() == Some("in");
                prop_assert!(is_in || !was_in, "{subject}");
            }
        }
    }

    #[test]
    fn a_subject_stays_where_it_is(subject in ".{1,40}", other in value()) {
        let unit = json!({"cat": ["cohort-7:", {"var": "targetingKey"}]});
        let sets = [shared(400, &unit), shared(400, &json!({"cat": ["cohort-", 7, ":", {"var": "targetingKey"}]}))];
        let bare = Context::at(0).with_targeting_key(subject.as_str());
        let later = bare.clone().with("other", other).with_timestamp(1_795_219_200);
        let told = sets.each_ref().map(|set| told(set, "f", &bare));
        prop_assert_eq!(&told[0], &told[1], "however the unit is put together");
        prop_assert_eq!(&told[0], &self::told(&sets[0], "f", &later));
    }
}
