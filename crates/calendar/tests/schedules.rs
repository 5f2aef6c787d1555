//! Freezes and windows together, and what they say of the time to come.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use jiff::Timestamp;
use proptest::prelude::*;
use tidegate_calendar::{Entry, Kind, PeriodText, Reach, Schedule, Status, Subject};

fn at(text: &str) -> u64 {
    u64::try_from(text.parse::<Timestamp>().unwrap().as_millisecond()).unwrap()
}

fn entry(name: &str, kind: Kind, reach: Reach, text: &PeriodText) -> Entry {
    Entry::parse(name, kind, ("because", reach), text).unwrap()
}

fn period(from: &str, hours: u64, rule: Option<&str>) -> PeriodText {
    let (from, zone, rule) = (from.to_owned(), "UTC".to_owned(), rule.map(str::to_owned));
    PeriodText { from, until: None, lasts_seconds: Some(hours * 3600), zone, rule, except: Vec::new() }
}

fn only(environment: &str) -> Reach {
    Reach { environments: vec![environment.to_owned()], ..Reach::default() }
}

const PRODUCTION: Subject<'static> =
    Subject { environment: "production", components: &["api", "web"], tenants: &[] };
const STAGING: Subject<'static> = Subject { environment: "staging", components: &["api"], tenants: &[] };

/// Mornings of working days, a year-end freeze, and one for a component.
fn schedule() -> Schedule {
    let mornings = period("2026-11-02T09:00", 3, Some("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"));
    let web = Reach { components: vec!["web".to_owned()], ..Reach::default() };
    Schedule {
        entries: vec![
            entry("mornings", Kind::Window, only("production"), &mornings),
            entry("year-end", Kind::Freeze, Reach::default(), &period("2026-12-21T10:00", 24 * 14, None)),
            entry("web-move", Kind::Freeze, web, &period("2026-11-24T00:00", 24, None)),
        ],
    }
}

#[test]
fn without_entries_everything_is_open() {
    assert_eq!(
        Schedule::default().status(&PRODUCTION, at("2026-11-21T12:00:00Z")),
        Status::Open { until_ms: None }
    );
}

#[test]
fn a_window_opens_and_shuts_and_says_when() {
    let status = |text: &str| schedule().status(&PRODUCTION, at(text));
    assert_eq!(status("2026-11-23T09:00:00Z"), Status::Open { until_ms: Some(at("2026-11-23T12:00:00Z")) });
    let Status::Outside { windows, opens_ms } = status("2026-11-25T12:00:00Z") else { panic!("it is shut") };
    assert_eq!((windows, opens_ms), (vec!["mornings".to_owned()], Some(at("2026-11-26T09:00:00Z"))));
}

#[test]
fn a_freeze_wins_over_a_window_and_says_who_and_when() {
    let Status::Frozen { name, since_ms, opens_ms, .. } =
        schedule().status(&PRODUCTION, at("2026-12-22T09:30:00Z"))
    else {
        panic!("it is frozen")
    };
    assert_eq!((name.as_str(), since_ms), ("year-end", at("2026-12-21T10:00:00Z")));
    assert_eq!(opens_ms, Some(at("2027-01-04T10:00:00Z")), "within the next morning after it");
}

#[test]
fn a_frozen_component_freezes_what_holds_it_and_nothing_else() {
    let during = at("2026-11-24T10:00:00Z");
    assert!(
        matches!(schedule().status(&PRODUCTION, during), Status::Frozen { name, .. } if name == "web-move")
    );
    assert!(schedule().status(&STAGING, during).is_open());
}

#[test]
fn a_tenant_is_frozen_alone() {
    let reach = Reach { tenants: vec!["acme".to_owned()], ..Reach::default() };
    let schedule = Schedule {
        entries: vec![entry("audit", Kind::Freeze, reach, &period("2026-11-21T00:00", 24, None))],
    };
    let now = at("2026-11-21T12:00:00Z");
    let subject = |tenants| Subject { environment: "production", components: &["api"], tenants };
    assert!(!schedule.status(&subject(&["acme", "bolt"]), now).is_open());
    assert!(schedule.status(&subject(&["bolt"]), now).is_open());
}

#[test]
fn the_longest_of_several_freezes_is_named() {
    let long = entry("long", Kind::Freeze, Reach::default(), &period("2026-11-20T00:00", 72, None));
    let short = entry("short", Kind::Freeze, Reach::default(), &period("2026-11-21T00:00", 24, None));
    let schedule = Schedule { entries: vec![short, long] };
    let status = schedule.status(&STAGING, at("2026-11-21T12:00:00Z"));
    assert!(matches!(status, Status::Frozen { name, opens_ms, .. }
        if name == "long" && opens_ms == Some(at("2026-11-23T00:00:00Z"))));
}

proptest! {
    /// What is said about the next change is true, and nothing changes before it.
    #[test]
    fn the_next_change_is_the_next_change(minutes in 0..400_000_u64, some in 0.0..1.0_f64) {
        let now = at("2026-11-01T00:00:00Z") + minutes * 60_000;
        let status = schedule().status(&PRODUCTION, now);
        let next = match &status {
            Status::Open { until_ms } => *until_ms,
            Status::Frozen { opens_ms, .. } | Status::Outside { opens_ms, .. } => *opens_ms,
        };
        let next = next.expect("these windows come again for ever");
        let before = now + ((next - now) as f64 * some) as u64;
        prop_assert!(next > now);
        prop_assert_ne!(schedule().status(&PRODUCTION, next).is_open(), status.is_open());
        if before < next {
            prop_assert_eq!(schedule().status(&PRODUCTION, before).is_open(), status.is_open());
        }
    }
}
