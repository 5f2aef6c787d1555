//! What may be done to a flag, told in examples and as laws.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::id::RolloutId;
use crate::refusal::Refuse as _;
use crate::strategy::Exposure;
use crate::weight::Weight;

const NOW: u64 = 1_000;

fn key() -> FlagKey {
    "checkout/new".parse().unwrap()
}
fn place(name: &str) -> EnvironmentName {
    name.parse().unwrap()
}
fn boolean(default: &str) -> Definition {
    let given = json!({
        "state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": default,
    });
    Definition::compiled(&key(), &given).unwrap()
}

/// Production is protected.
fn ask(state: Option<&Flag>, by: &str, command: FlagCommand) -> Result<Vec<FlagEvent>, FlagRefusal> {
    asks(state, (by, true), command)
}
fn asks(
    state: Option<&Flag>,
    (by, is_person): (&str, bool),
    command: FlagCommand,
) -> Result<Vec<FlagEvent>, FlagRefusal> {
    let is_protected = |environment: &EnvironmentName| environment.as_str() == "production";
    let asking = Asking { by, is_person, at_ms: NOW, reason: "because", is_protected: &is_protected };
    decide(state, &key(), command, &asking)
}

fn fold(state: Option<Flag>, events: &[FlagEvent]) -> Option<Flag> {
    events.iter().fold(state, evolve)
}
fn created() -> Flag {
    let create = FlagCommand::Create { key: key(), life: Life::default() };
    fold(None, &ask(None, "ann", create).unwrap()).unwrap()
}
fn after(flag: Flag, by: &str, command: FlagCommand) -> Flag {
    let events = ask(Some(&flag), by, command).unwrap();
    fold(Some(flag), &events).unwrap()
}
fn configure(environment: &str, default: &str) -> FlagCommand {
    let change = Change::Configure { definition: boolean(default) };
    FlagCommand::Change { environment: place(environment), change }
}
fn propose(environment: &str, change: Change) -> FlagCommand {
    FlagCommand::Propose { environment: place(environment), change }
}
fn switch(environment: &str, on: bool) -> FlagCommand {
    FlagCommand::Change { environment: place(environment), change: Change::Switch { on } }
}
fn code(refused: Result<Vec<FlagEvent>, FlagRefusal>) -> &'static str {
    refused.unwrap_err().code()
}
/// With a definition in production that two people agreed on.
fn live() -> Flag {
    let proposed =
        after(created(), "ann", propose("production", Change::Configure { definition: boolean("off") }));
    after(proposed, "bob", FlagCommand::Approve { id: 1 })
}

#[test]
fn a_definition_that_cannot_be_served_is_refused_with_its_place() {
    let check = |given: Value, expect: &str| match Definition::compiled(&key(), &given) {
        Err(FlagRefusal::BadDefinition { pointer, .. }) => assert_eq!(pointer, expect, "{given}"),
        other => panic!("{given}: {other:?}"),
    };
    check(json!([]), "");
    check(json!({"state": "ON", "variants": {"on": true}}), "/state");
    check(json!({"state": "ENABLED", "variants": {"on": true}, "defaultVariant": "of"}), "/defaultVariant");
    let long = json!({"state": "ENABLED", "variants": {"on": "x".repeat(DEFINITION_BYTES_MAX)}});
    assert_eq!(Definition::compiled(&key(), &long).unwrap_err().code(), "flag-definition-too-long");
}

#[test]
fn equal_definitions_are_equal_texts() {
    let [one, other] = [
        r#"{"state": "ENABLED", "variants": {"b": 1, "a": {"y": 1, "x": 2}}, "defaultVariant": "a"}"#,
        r#"{"defaultVariant":"a","variants":{"a":{"x":2,"y":1},"b":1},"state":"ENABLED"}"#,
    ]
    .map(|text| Definition::compiled(&key(), &serde_json::from_str(text).unwrap()).unwrap());
    assert_eq!(one, other);
    assert_eq!(serde_json::from_value::<Definition>(serde_json::to_value(&one).unwrap()).unwrap(), one);
}

#[test]
fn where_nothing_is_protected_one_word_is_enough() {
    let flag = after(created(), "ann", configure("staging", "off"));
    assert_eq!(flag.edition(&place("staging")), 1);
    let again = ask(Some(&flag), "ann", configure("staging", "off")).unwrap();
    assert!(again.is_empty(), "the same again is no change");
    let flag = after(flag, "ann", switch("staging", false));
    assert!(!flag.served(&place("staging")).unwrap().is_on());
}

#[test]
fn where_it_is_protected_a_second_person_must_agree_except_to_switching_off() {
    let flag = live();
    let said = &flag.environments[&place("production")].current.said;
    assert_eq!((said.by.as_str(), said.approved_by.as_deref()), ("ann", Some("bob")));
    assert_eq!(code(ask(Some(&flag), "ann", configure("production", "on"))), "flag-needs-approval");
    let flag = after(flag, "ann", switch("production", false));
    assert!(!flag.served(&place("production")).unwrap().is_on());
    assert_eq!(code(ask(Some(&flag), "ann", switch("production", true))), "flag-needs-approval");
    let back = FlagCommand::Change { environment: place("production"), change: Change::Revert { to: 1 } };
    assert_eq!(code(ask(Some(&flag), "ann", back)), "flag-needs-approval");
}

#[test]
fn nobody_agrees_with_themselves_and_no_program_does() {
    let flag = after(live(), "ann", propose("production", Change::Configure { definition: boolean("on") }));
    let approve = || FlagCommand::Approve { id: 2 };
    assert_eq!(code(ask(Some(&flag), "ann", approve())), "flag-change-own");
    assert_eq!(code(ask(Some(&flag), "Ann", approve())), "flag-change-own");
    assert_eq!(code(asks(Some(&flag), ("ci", false), approve())), "flag-change-by-program");
    assert_eq!(code(ask(Some(&flag), "bob", FlagCommand::Approve { id: 3 })), "unknown-flag-change");
    let flag = after(flag, "bob", FlagCommand::Reject { id: 2 });
    assert_eq!(code(ask(Some(&flag), "bob", approve())), "unknown-flag-change");
}

#[test]
fn a_word_counts_for_the_edition_it_was_given_about() {
    let flag = after(live(), "ann", propose("production", Change::Configure { definition: boolean("on") }));
    let flag = after(flag, "eve", switch("production", false));
    assert_eq!(code(ask(Some(&flag), "bob", FlagCommand::Approve { id: 2 })), "flag-change-stale");
    assert!(flag.is_stale(&flag.proposals[&2]));
}

#[test]
fn what_changes_nothing_is_not_proposed() {
    let flag = live();
    let same = propose("production", Change::Configure { definition: boolean("off") });
    assert_eq!(code(ask(Some(&flag), "ann", same)), "flag-stands-so");
    let nowhere = propose("staging", Change::Switch { on: true });
    assert_eq!(code(ask(Some(&flag), "ann", nowhere)), "flag-not-configured");
    let unknown = propose("production", Change::Revert { to: 7 });
    assert_eq!(code(ask(Some(&flag), "ann", unknown)), "unknown-flag-edition");
}

#[test]
fn proposals_have_a_limit_and_stale_ones_make_room() {
    let mut flag = live();
    let change = |index: usize| {
        let given = json!({"state": "ENABLED", "variants": {"n": index}});
        propose("production", Change::Configure { definition: Definition::compiled(&key(), &given).unwrap() })
    };
    for index in 0..PROPOSALS_MAX {
        flag = after(flag, "ann", change(index));
    }
    assert_eq!(code(ask(Some(&flag), "ann", change(PROPOSALS_MAX))), "too-many-flag-changes");
    let flag = after(flag, "eve", switch("production", false));
    let flag = after(flag, "ann", change(0));
    assert_eq!(flag.proposals.len(), 1, "those that nobody could approve any more are gone");
}

#[test]
fn what_users_have_is_switched_off_before_it_is_archived() {
    let flag = live();
    assert_eq!(code(ask(Some(&flag), "ann", FlagCommand::Archive)), "flag-in-use");
    let flag = after(flag, "ann", switch("production", false));
    let flag = after(flag, "ann", FlagCommand::Archive);
    assert_eq!(flag.served(&place("production")), None);
    assert_eq!(code(ask(Some(&flag), "ann", configure("staging", "on"))), "flag-archived");
    let flag = after(flag, "ann", FlagCommand::Restore);
    assert!(!flag.served(&place("production")).unwrap().is_on());
}

#[test]
fn a_flag_is_made_once_and_nothing_is_done_to_none() {
    let create = || FlagCommand::Create { key: key(), life: Life::default() };
    assert_eq!(code(ask(Some(&created()), "ann", create())), "flag-exists");
    assert_eq!(code(ask(None, "ann", FlagCommand::Archive)), "unknown-flag");
}

#[test]
fn a_document_is_taken_apart_into_flags_that_stand_alone() {
    let document = json!({
        "metadata": {"team": "shop"},
        "$evaluators": {"staff": {"in": ["@example.com", {"var": "email"}]}, "loop": {"$ref": "loop"}},
        "segments": {"alps": {"or": [{"segment": "tyrol"}, {"$ref": "staff"}]}, "tyrol": {"var": "tyrol"}},
        "flags": {
            "a": {"state": "ENABLED", "variants": {"on": true}, "targeting": {"if": [{"$ref": "staff"}, "on"]}},
            "s": {"targeting": {"if": [{"segment": "alps"}, "on"]}},
            "b": {"targeting": {"$ref": "loop"}},
            "d": {"targeting": {"segment": "nobody"}},
            "c": {"targeting": {"$ref": "nobody"}},
            "no key": {},
        }
    });
    let found = from_flagd(&document).unwrap();
    let of = |key: &str| found.iter().find(|one| one.key == key).unwrap().definition.clone();
    let (_, a) = of("a").unwrap();
    assert_eq!(a["targeting"]["if"][0], document["$evaluators"]["staff"]);
    assert_eq!(a["metadata"], json!({"team": "shop"}));
    let (_, s) = of("s").unwrap();
    let alps = json!({"or": [{"var": "tyrol"}, document["$evaluators"]["staff"]]});
    assert_eq!(s["targeting"]["if"][0], alps);
    for key in ["b", "c", "d", "no key"] {
        assert!(of(key).is_err(), "{key}");
    }
    assert_eq!(from_flagd(&json!({"flag": {}})), None);
}

fn command() -> impl Strategy<Value = FlagCommand> {
    let environment = || prop::sample::select(vec!["staging", "production"]).prop_map(place);
    let change = || {
        prop_oneof![
            any::<bool>().prop_map(|on| Change::Switch { on }),
            prop::sample::select(vec!["on", "off"])
                .prop_map(|default| Change::Configure { definition: boolean(default) }),
            (1..6_u64).prop_map(|to| Change::Revert { to }),
        ]
    };
    prop_oneof![
        4 => (environment(), change()).prop_map(|(environment, change)| FlagCommand::Change { environment, change }),
        3 => (environment(), change()).prop_map(|(environment, change)| FlagCommand::Propose { environment, change }),
        3 => (1..8_u64).prop_map(|id| FlagCommand::Approve { id }),
        1 => (1..8_u64).prop_map(|id| FlagCommand::Reject { id }),
        1 => (1..8_u64).prop_map(|id| FlagCommand::Withdraw { id }),
        1 => Just(FlagCommand::Archive),
        1 => Just(FlagCommand::Restore),
        4 => for_rollout(),
    ]
}

fn for_rollout() -> impl Strategy<Value = FlagCommand> {
    let share = |basis_points: u16| Exposure {
        named: Vec::new(),
        share: Weight::from_basis_points(basis_points).unwrap(),
    };
    let wish = prop_oneof![
        2 => Just(Wish::Claim { variant: "on".to_owned(), exposures: vec![share(500), share(10_000)] }),
        3 => (0_u16..=10_000).prop_map(move |points| Wish::Show(share(points))),
        2 => Just(Wish::TakeBack),
        1 => Just(Wish::Release),
    ];
    (prop::sample::select(vec!["staging", "production"]), 1..3_u64, wish).prop_map(
        |(environment, rollout, wish)| {
            let (environment, rollout) = (environment.parse().unwrap(), RolloutId::from_bits(rollout));
            FlagCommand::ForRollout(ForRollout { environment, rollout, wish })
        },
    )
}

proptest! {
    /// Of every history: folding it anew gives the state; numbers go up by one; a revert restores exactly; in production
    /// nothing but switching off ever happened on one person's word; and what a rollout has nobody else changes, and it
    /// gives it back as it was.
    #[test]
    fn a_history_holds_what_it_promises(
        steps in prop::collection::vec((prop::sample::select(vec!["ann", "bob"]), command()), 0..40)
    ) {
        let mut history = vec![FlagEvent::Created { key: key(), life: Life::default() }];
        let mut flag = fold(None, &history).unwrap();
        for (by, command) in steps {
            let Ok(events) = ask(Some(&flag), by, command) else { continue };
            for event in &events {
                let before = flag.clone();
                flag = evolve(Some(flag), event).unwrap();
                let changed = match event {
                    FlagEvent::Configured { environment, .. }
                    | FlagEvent::Switched { environment, .. }
                    | FlagEvent::Shown { environment, .. } => Some(environment),
                    FlagEvent::TakenBack { environment, .. } => {
                        let (had, now) = (&before.environments[environment], &flag.environments[environment]);
                        if let Some(showing) = &had.showing {
                            let stands = &now.current.definition;
                            prop_assert_eq!(stands, &showing.base.switched(stands.is_on()));
                        }
                        Some(environment)
                    }
                    FlagEvent::Reverted { environment, to, .. } => {
                        let earlier = before.environments[environment].edition(*to).unwrap();
                        let now = &flag.environments[environment].current;
                        prop_assert_eq!(&earlier.definition, &now.definition);
                        Some(environment)
                    }
                    FlagEvent::Created { .. } | FlagEvent::Described { .. } | FlagEvent::Archived(_)
                    | FlagEvent::Restored | FlagEvent::Claimed { .. } | FlagEvent::Released { .. }
                    | FlagEvent::ChangeProposed { .. } | FlagEvent::ChangeApproved { .. }
                    | FlagEvent::ChangeRejected { .. } | FlagEvent::ChangeWithdrawn { .. } => None,
                };
                if let Some(environment) = changed {
                    prop_assert_eq!(flag.edition(environment), before.edition(environment) + 1);
                    let now = &flag.environments[environment].current;
                    let stops = matches!(event, FlagEvent::Switched { on: false, .. });
                    let second = now.said.approved_by.as_ref().is_some_and(|second| *second != now.said.by);
                    let by_rollout = matches!(event, FlagEvent::Shown { .. } | FlagEvent::TakenBack { .. });
                    prop_assert!(environment.as_str() != "production" || stops || second || by_rollout, "{event:?}");
                    let had = before.environments.get(environment).is_some_and(|standing| standing.showing.is_some());
                    prop_assert!(!had || stops || by_rollout, "{event:?}");
                }
            }
            history.extend(events);
        }
        prop_assert_eq!(fold(None, &history), Some(flag.clone()));
        let texts: Vec<String> = history.iter().map(|event| serde_json::to_string(event).unwrap()).collect();
        let read: Vec<FlagEvent> = texts.iter().map(|text| serde_json::from_str(text).unwrap()).collect();
        prop_assert_eq!(read, history);
    }
}
