//! Setting, removing and importing freezes and windows.

use tidegate_calendar::Subject;

use super::*;
use crate::refusal::Refuse;

/// 2026-11-21T12:00:00Z
const NOW_MS: u64 = 1_795_262_400_000;

fn name(text: &str) -> GateName {
    GateName::new(text).unwrap()
}

fn freeze(from: &str, until: &str) -> CalendarEntry {
    let period = PeriodText {
        from: from.into(),
        until: Some(until.into()),
        lasts_seconds: None,
        zone: "UTC".into(),
        rule: None,
        except: vec![],
    };
    CalendarEntry {
        kind: Kind::Freeze,
        reason: "stocktaking".into(),
        reach: Reach::default(),
        period,
        feed: None,
    }
}

fn today() -> CalendarEntry {
    freeze("2026-11-21", "2026-11-22")
}

fn after(state: Calendar, command: CalendarCommand) -> Calendar {
    decide(&state, command).unwrap().iter().fold(state, evolve)
}

fn set(text: &str, entry: CalendarEntry) -> CalendarCommand {
    CalendarCommand::Set { name: name(text), entry: Box::new(entry) }
}

fn is_open(state: &Calendar) -> bool {
    let subject = Subject { environment: "production", components: &["api"], tenants: &[] };
    state.schedule.status(&subject, NOW_MS).is_open()
}

#[test]
fn a_freeze_holds_until_it_is_changed_or_removed() {
    let set = |entry| set("stock", entry);
    let frozen = after(Calendar::default(), set(today()));
    assert!(!is_open(&frozen));
    assert_eq!(decide(&frozen, set(today())), Ok(vec![]), "the same again changes nothing");
    let moved = after(frozen.clone(), set(freeze("2026-11-22", "2026-11-23")));
    assert!(is_open(&moved) && moved.schedule.entries.len() == 1);
    assert!(is_open(&after(frozen, CalendarCommand::Remove { name: name("stock") })));
}

#[test]
fn what_is_wrong_is_refused_with_its_code() {
    let state = Calendar::default();
    let zone =
        |zone: &str| CalendarEntry { period: PeriodText { zone: zone.into(), ..today().period }, ..today() };
    for (command, code) in [
        (set("a", zone("Mars/Base")), "unknown-time-zone"),
        (set("a", CalendarEntry { reason: " ".into(), ..today() }), "calendar-without-reason"),
        (CalendarCommand::Remove { name: name("a") }, "unknown-calendar-entry"),
    ] {
        let refusal = decide(&state, command).unwrap_err();
        assert_eq!(refusal.code(), code);
        assert!(!refusal.help().is_empty());
    }
}

#[test]
fn a_feed_brings_and_takes_its_own_and_nothing_else() {
    let import = |names: &[&str]| CalendarCommand::Import {
        feed: "holidays".into(),
        entries: names.iter().map(|text| (name(text), today())).collect(),
    };
    let by_hand = after(Calendar::default(), set("stock", today()));
    let imported = after(by_hand, import(&["xmas", "easter"]));
    assert_eq!(imported.entries.len(), 3);
    let shrunk = after(imported.clone(), import(&["xmas"]));
    assert_eq!(shrunk.entries.keys().map(GateName::as_str).collect::<Vec<_>>(), ["stock", "xmas"]);
    assert_eq!(decide(&imported, import(&["stock"])).unwrap_err().code(), "calendar-name-taken");
    assert_eq!(decide(&shrunk, import(&["xmas"])), Ok(vec![]));
}
