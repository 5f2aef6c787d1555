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
            group: Some(format!("g{}", incident % 3)),
            at_ms: Some(1),
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

#[test]
fn alerts_of_a_group_that_fire_together_are_one_outage() {
    let outage = |state: &Inbound, told: &Delivery| {
        let known = &state.by_name[&name()];
        known.outage(told).map(|outage| format!("{outage:?}"))
    };
    let (begins, joins, ends) = (
        |lead: &str| Some(format!("Begins {{ lead: {lead:?} }}")),
        |lead: &str| Some(format!("Joins {{ lead: {lead:?} }}")),
        |lead: &str| Some(format!("Ends {{ lead: {lead:?} }}")),
    );
    let mut state = added(InboundKind::Alertmanager);
    // 1 and 4 are of one group, 2 is of another.
    let story = [
        (delivery(1, true), begins("i1")),
        (delivery(1, true), None),
        (delivery(4, true), joins("i1")),
        (delivery(2, true), begins("i2")),
        (delivery(1, false), None),
        (delivery(7, true), joins("i1")),
        (delivery(4, false), None),
        (delivery(7, false), ends("i1")),
        (delivery(7, false), None),
        // Its end was told before.
        (delivery(1, true), None),
        (delivery(10, true), begins("i10")),
        (delivery(2, false), ends("i2")),
        (delivery(3, false), None),
    ];
    for (told, expect) in story {
        assert_eq!(outage(&state, &told), expect, "{told:?}");
        state = take(state, receive(told));
    }
    assert_eq!(state.by_name[&name()].firing.len(), 1);
}

proptest! {
    /// Whatever the order and however often: what began ends once, and nothing ends that did not begin.
    #[test]
    fn every_outage_that_begins_ends_once(order in prop::collection::vec((0u8..9, any::<bool>()), 0..60)) {
        let mut state = added(InboundKind::Alertmanager);
        let mut open: Vec<String> = Vec::new();
        let all = order.into_iter().chain((0..9).map(|number| (number, false)));
        for (number, firing) in all {
            let told = delivery(number, firing);
            match state.by_name[&name()].outage(&told) {
                Some(Outage::Begins { lead }) => {
                    prop_assert!(!open.contains(&lead.to_owned()));
                    open.push(lead.to_owned());
                }
                Some(Outage::Joins { lead }) => prop_assert!(open.contains(&lead.to_owned())),
                Some(Outage::Ends { lead }) => {
                    prop_assert!(open.contains(&lead.to_owned()));
                    open.retain(|known| known != lead);
                }
                None => {}
            }
            state = take(state, receive(told));
        }
        prop_assert!(open.is_empty(), "{open:?}");
    }
}
