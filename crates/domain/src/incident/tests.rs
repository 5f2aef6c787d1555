//! Its life, by tables and a law.

use proptest::prelude::*;

use super::*;
use crate::refusal::Refuse;

const NOW: Saying<'_> = Saying { by: "ann", now_ms: 1_000 };

fn id() -> IncidentId {
    IncidentId::from_bits(1)
}
fn rollout(bits: u64) -> RolloutId {
    RolloutId::from_bits(bits)
}

fn about(title: &str, detected_ms: u64) -> About {
    About {
        title: title.to_owned(),
        severity: Some("critical".to_owned()),
        environment: "production".parse().ok(),
        component: None,
        detected_ms,
    }
}

fn open() -> IncidentCommand {
    IncidentCommand::Open { about: about("Orders fail", 500) }
}

fn code(state: Option<&Incident>, command: IncidentCommand) -> &'static str {
    decide(state, &id(), command, NOW).unwrap_err().code()
}

fn after(commands: &[IncidentCommand]) -> Option<Incident> {
    commands.iter().fold(None, |state, command| {
        let events = decide(state.as_ref(), &id(), command.clone(), NOW).unwrap();
        events.iter().fold(state, evolve)
    })
}

#[test]
fn it_is_opened_once_linked_ended_and_opened_again() {
    let link = |bits| IncidentCommand::Link { rollout: rollout(bits) };
    let incident =
        after(&[open(), open(), link(1), link(1), link(2), IncidentCommand::Unlink { rollout: rollout(1) }]);
    let incident = incident.unwrap();
    assert_eq!((incident.by.as_str(), incident.is_open()), ("ann", true));
    assert_eq!(incident.rollouts, BTreeSet::from([rollout(2)]));
    assert_eq!(code(Some(&incident), IncidentCommand::Reopen), "incident-open");
    assert_eq!(code(Some(&incident), IncidentCommand::Unlink { rollout: rollout(1) }), "incident-not-linked");
    let resolve = |at_ms| IncidentCommand::Resolve { at_ms };
    assert_eq!(code(Some(&incident), resolve(Some(499))), "incident-ends-first");
    assert_eq!(code(Some(&incident), resolve(Some(1_001))), "incident-ahead");
    let over = after(&[open(), resolve(None)]).unwrap();
    assert_eq!(over.resolved_ms, Some(1_000));
    assert_eq!(code(Some(&over), resolve(Some(700))), "incident-resolved");
    let again = after(&[open(), resolve(None), IncidentCommand::Reopen, resolve(Some(700))]).unwrap();
    assert_eq!(again.resolved_ms, Some(700));
}

#[test]
fn what_is_no_text_or_lies_ahead_is_refused() {
    let open = |title: &str, at| IncidentCommand::Open { about: about(title, at) };
    for title in ["", "  ", "a\nb", "a\u{1b}[2J", &"x".repeat(TITLE_CHARS_MAX + 1)] {
        assert_eq!(code(None, open(title, 1)), "incident-text", "{title:?}");
    }
    assert_eq!(code(None, open("a", 1_001)), "incident-ahead");
    assert_eq!(code(None, IncidentCommand::Reopen), "unknown-incident");
    let incident = after(&[open("a", 1)]).unwrap();
    let note = |text: &str| IncidentCommand::Note { text: text.to_owned() };
    assert_eq!(code(Some(&incident), note(&"x".repeat(NOTE_CHARS_MAX + 1))), "incident-text");
    assert!(decide(Some(&incident), &id(), note("two\nlines"), NOW).is_ok());
}

#[test]
fn what_it_holds_has_a_limit() {
    let note = IncidentCommand::Note { text: "more".to_owned() };
    let notes: Vec<_> = std::iter::once(open()).chain(std::iter::repeat_n(note.clone(), NOTES_MAX)).collect();
    assert_eq!(code(after(&notes).as_ref(), note), "incident-full");
    let link = |bits| IncidentCommand::Link { rollout: rollout(bits) };
    let links: Vec<_> = std::iter::once(open()).chain((0..LINKS_MAX as u64).map(link)).collect();
    assert_eq!(code(after(&links).as_ref(), link(1_000)), "incident-full");
}

fn any_command() -> impl Strategy<Value = IncidentCommand> {
    prop_oneof![
        Just(open()),
        (0u64..4).prop_map(|bits| IncidentCommand::Link { rollout: rollout(bits) }),
        (0u64..4).prop_map(|bits| IncidentCommand::Unlink { rollout: rollout(bits) }),
        prop::option::of(0u64..2_000).prop_map(|at_ms| IncidentCommand::Resolve { at_ms }),
        Just(IncidentCommand::Reopen),
        Just(IncidentCommand::Note { text: "said".to_owned() }),
    ]
}

proptest! {
    #[test]
    fn it_never_ends_before_it_began_and_what_is_said_twice_counts_once(
        commands in prop::collection::vec(any_command(), 0..40)
    ) {
        let mut state: Option<Incident> = None;
        for command in commands {
            let Ok(events) = decide(state.as_ref(), &id(), command.clone(), NOW) else { continue };
            state = events.iter().fold(state, evolve);
            let incident = state.as_ref().unwrap();
            prop_assert!(incident.resolved_ms.is_none_or(|end| end >= incident.about.detected_ms && end <= NOW.now_ms));
            let again = decide(state.as_ref(), &id(), command.clone(), NOW);
            match command {
                IncidentCommand::Open { .. } | IncidentCommand::Link { .. } => prop_assert_eq!(again, Ok(Vec::new())),
                IncidentCommand::Note { .. } => prop_assert!(again.is_ok()),
                IncidentCommand::Unlink { .. } | IncidentCommand::Resolve { .. } | IncidentCommand::Reopen => {
                    prop_assert!(again.is_err());
                }
            }
        }
    }
}
