//! What is decided about bundles, as a table and as a property over any order of commands.

use proptest::prelude::*;

use super::*;
use crate::refusal::Refuse;

fn name(text: &str) -> BundleKeyName {
    text.parse().unwrap()
}

fn key(id: u8) -> TrustedKey {
    TrustedKey { id: format!("{id:064x}"), pem: format!("pem {id}"), by: "ann".to_owned(), at_ms: 1 }
}

fn record(version: &str, signers: &[u8]) -> BundleRecord {
    BundleRecord {
        name: "shop".to_owned(),
        version: version.to_owned(),
        bytes: 7,
        manifest: "m".to_owned(),
        signers: signers.iter().map(|id| key(*id).id).collect(),
        by: "ann".to_owned(),
        at_ms: 2,
    }
}

fn after(commands: Vec<BundlesCommand>) -> Bundles {
    commands.into_iter().fold(Bundles::default(), |state, command| {
        decide(&state, command).unwrap().iter().fold(state.clone(), evolve)
    })
}

fn trusting() -> BundlesCommand {
    BundlesCommand::Trust { name: name("ann"), key: key(1) }
}

fn taking(signers: &[u8]) -> BundlesCommand {
    BundlesCommand::Take { digest: "d".to_owned(), record: record("2.1.0", signers) }
}

fn releasing(version: &str) -> BundlesCommand {
    BundlesCommand::Release { digest: "d".to_owned(), release: version.parse().unwrap() }
}

#[test]
fn nothing_is_taken_or_released_without_somebody_who_is_trusted() {
    let refused = |state: &Bundles, command| decide(state, command).unwrap_err().code();
    let nobody = Bundles::default();
    assert!(nobody.trusted().is_err());
    assert_eq!(refused(&nobody, taking(&[1])), "bundle-key-untrusted");
    let one = after(vec![trusting()]);
    assert_eq!(refused(&one, taking(&[2])), "bundle-key-untrusted");
    assert_eq!(refused(&one, taking(&[])), "bundle-key-untrusted");
    assert_eq!(refused(&one, releasing("2.1.0")), "unknown-bundle");
    let taken = after(vec![trusting(), taking(&[1, 2])]);
    assert_eq!(refused(&taken, releasing("2.1.1")), "bundle-other-version");
    let gone = after(vec![trusting(), taking(&[1]), BundlesCommand::Distrust { name: name("ann") }]);
    assert_eq!(refused(&gone, releasing("2.1.0")), "bundle-key-untrusted");
}

#[test]
fn what_stands_changes_nothing() {
    let state = after(vec![trusting(), taking(&[1]), releasing("2.1.0")]);
    for command in [trusting(), taking(&[1]), releasing("2.1.0")] {
        assert_eq!(decide(&state, command), Ok(Vec::new()));
    }
    // Signed by one more: who brought it first stays.
    let again = BundleRecord { by: "bob".to_owned(), at_ms: 9, ..record("2.1.0", &[1, 2]) };
    let events = decide(&state, BundlesCommand::Take { digest: "d".to_owned(), record: again }).unwrap();
    let state = events.iter().fold(state, evolve);
    let known = &state.taken["d"];
    assert_eq!((known.by.as_str(), known.at_ms, known.signers.len()), ("ann", 2, 2));
}

#[test]
fn a_name_means_one_key_and_a_key_has_one_name() {
    let state = after(vec![trusting()]);
    for (called, id) in [("ann", 2), ("bob", 1)] {
        let refused = decide(&state, BundlesCommand::Trust { name: name(called), key: key(id) }).unwrap_err();
        assert_eq!(refused.code(), "bundle-key-exists");
    }
}

#[test]
fn one_that_a_release_is_made_of_stays() {
    let remove = || BundlesCommand::Remove { digest: "d".to_owned() };
    let state = after(vec![trusting(), taking(&[1]), releasing("2.1.0")]);
    assert_eq!(decide(&state, remove()).unwrap_err().code(), "bundle-needed");
    let state = after(vec![trusting(), taking(&[1]), remove()]);
    assert_eq!(decide(&state, remove()).unwrap_err().code(), "unknown-bundle");
}

/// The others cannot be removed, so they are in nobody's way.
#[test]
fn only_bundles_without_a_release_are_counted() {
    let take = |state: &Bundles, number: usize| {
        decide(state, BundlesCommand::Take { digest: format!("d{number}"), record: record("2.1.0", &[1]) })
    };
    let mut state = after(vec![trusting()]);
    for number in 0..BUNDLES_MAX {
        state = take(&state, number).unwrap().iter().fold(state, evolve);
    }
    assert_eq!(take(&state, BUNDLES_MAX).unwrap_err().code(), "bundles-full");
    let release = BundlesCommand::Release { digest: "d7".to_owned(), release: "2.1.0".parse().unwrap() };
    let state = decide(&state, release).unwrap().iter().fold(state, evolve);
    assert_eq!(take(&state, BUNDLES_MAX).unwrap().len(), 1);
}

fn any_command() -> impl Strategy<Value = BundlesCommand> {
    let digest = || prop_oneof![Just("d".to_owned()), Just("e".to_owned())];
    let named = || prop_oneof![Just(name("ann")), Just(name("bob"))];
    let version = || prop_oneof![Just("2.1.0"), Just("2.2.0")];
    prop_oneof![
        (named(), 1_u8..4).prop_map(|(name, id)| BundlesCommand::Trust { name, key: key(id) }),
        named().prop_map(|name| BundlesCommand::Distrust { name }),
        (digest(), version(), proptest::collection::vec(1_u8..4, 0..3))
            .prop_map(|(digest, version, by)| BundlesCommand::Take { digest, record: record(version, &by) }),
        digest().prop_map(|digest| BundlesCommand::Remove { digest }),
        (digest(), version())
            .prop_map(|(digest, of)| BundlesCommand::Release { digest, release: of.parse().unwrap() }),
    ]
}

proptest! {
    /// Whatever is asked in whatever order: a release's bundle is there, and was let in by a key trusted then.
    #[test]
    fn a_history_of_bundles_holds_what_it_promises(
        commands in proptest::collection::vec(any_command(), 0..40)
    ) {
        let mut state = Bundles::default();
        for command in commands {
            let Ok(events) = decide(&state, command) else { continue };
            for event in events {
                if let BundlesEvent::Taken { record, .. } = &event {
                    prop_assert!(state.signers(record).next().is_some());
                }
                if let BundlesEvent::Released { digest, .. } = &event {
                    prop_assert!(state.signers(&state.taken[digest]).next().is_some());
                }
                state = evolve(state, &event);
            }
            for digest in state.releases.keys() {
                prop_assert!(state.taken.contains_key(digest));
            }
            let ids: BTreeSet<_> = state.keys.values().map(|key| &key.id).collect();
            prop_assert_eq!(ids.len(), state.keys.len());
        }
    }
}
