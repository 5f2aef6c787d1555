//! Copies and late arrivals, by tables and laws.

use proptest::prelude::*;

use super::*;

fn name() -> InboundName {
    "alerts".parse().unwrap()
}

fn added(kind: InboundKind) -> Inbound {
    let add = InboundCommand::Add { name: name(), source: Source { kind, on_alert: OnAlert::Record } };
    take(Inbound::default(), add)
}

fn take(state: Inbound, command: InboundCommand) -> Inbound {
    decide(&state, command).unwrap().iter().fold(state, evolve)
}

fn delivery(incident: u8, firing: bool) -> Delivery {
    let word = if firing { "firing" } else { "resolved" };
    Delivery {
        id: format!("i{incident}/{word}"),
        event: word.into(),
        says: "slow".into(),
        alert: Some(Alert {
            incident: format!("i{incident}"),
            firing,
            environment: Some("production".into()),
            component: None,
            severity: None,
        }),
        at_ms: 1,
    }
}

fn receive(delivery: Delivery) -> InboundCommand {
    InboundCommand::Receive { name: name(), delivery }
}

#[test]
fn a_copy_changes_nothing_and_an_alert_that_is_over_does_not_begin_again() {
    let state = added(InboundKind::Alertmanager);
    assert!(state.by_name[&name()].begins(&delivery(1, true)).is_some());
    let fires = take(state.clone(), receive(delivery(1, true)));
    assert_eq!(decide(&fires, receive(delivery(1, true))), Ok(Vec::new()));
    assert_eq!(fires.by_name[&name()].firing.len(), 1);
    let over = take(fires, receive(delivery(1, false)));
    assert!(over.by_name[&name()].firing.is_empty());
    // The end came first.
    let late = take(state, receive(delivery(1, false)));
    assert!(late.by_name[&name()].begins(&delivery(1, true)).is_none());
    assert!(take(late, receive(delivery(1, true))).by_name[&name()].firing.is_empty());
}

#[test]
fn what_is_remembered_has_a_limit() {
    let mut state = added(InboundKind::Generic);
    for number in 0..SEEN_MAX + 5 {
        let plain = Delivery { id: format!("d{number}"), alert: None, ..delivery(1, true) };
        state = take(state, receive(plain));
    }
    let known = &state.by_name[&name()];
    assert_eq!((known.seen.len(), known.received), (SEEN_MAX, SEEN_MAX as u64 + 5));
    assert_eq!(known.seen.front().map(String::as_str), Some("d5"));
}

#[test]
fn refusals() {
    let state = added(InboundKind::Github);
    let code = |command| decide(&state, command).map_err(|no| crate::refusal::Refuse::code(&no)).unwrap_err();
    let source = |kind, on_alert| Source { kind, on_alert };
    let other = || "other".parse().unwrap();
    let github = source(InboundKind::Github, OnAlert::Record);
    assert_eq!(code(InboundCommand::Add { name: name(), source: github }), "inbound-exists");
    let holds = source(InboundKind::Github, OnAlert::Hold);
    assert_eq!(code(InboundCommand::Add { name: other(), source: holds }), "inbound-without-alerts");
    assert_eq!(code(InboundCommand::Remove { name: other() }), "unknown-inbound");
    assert_eq!(
        code(InboundCommand::Receive { name: other(), delivery: delivery(1, true) }),
        "unknown-inbound"
    );
}

proptest! {
    /// Whatever the order and however often each comes: what is over stays over, and each has one event.
    #[test]
    fn order_and_copies_do_not_matter(order in prop::collection::vec((0..4_u8, any::<bool>()), 0..40)) {
        let mut state = added(InboundKind::Alertmanager);
        let (mut events, mut begun) = (0, Vec::new());
        for (incident, firing) in &order {
            let delivery = delivery(*incident, *firing);
            let new = decide(&state, receive(delivery.clone())).unwrap();
            if !new.is_empty() && state.by_name[&name()].begins(&delivery).is_some() {
                begun.push(*incident);
            }
            events += new.len();
            state = new.iter().fold(state, evolve);
        }
        let distinct: std::collections::BTreeSet<_> = order.iter().collect();
        prop_assert_eq!(events, distinct.len());
        let mut once = begun.clone();
        once.sort_unstable();
        once.dedup();
        prop_assert_eq!(once.len(), begun.len(), "an alert begins once");
        for incident in 0..4 {
            let ended = distinct.contains(&(incident, false));
            let fires = state.by_name[&name()].firing.contains_key(&format!("i{incident}"));
            prop_assert_eq!(fires, !ended && distinct.contains(&(incident, true)));
        }
    }
}
