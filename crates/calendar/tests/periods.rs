//! Periods across zones, changes of the clocks, rules and refusals.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use jiff::Timestamp;
use proptest::prelude::*;
use tidegate_calendar::{Period, PeriodText, Span};

fn at(text: &str) -> u64 {
    u64::try_from(text.parse::<Timestamp>().unwrap().as_millisecond()).unwrap()
}

fn told(ms: u64) -> String {
    Timestamp::from_millisecond(i64::try_from(ms).unwrap()).unwrap().to_string()
}

fn once(from: &str, until: &str, zone: &str) -> PeriodText {
    let (from, until, zone) = (from.to_owned(), Some(until.to_owned()), zone.to_owned());
    PeriodText { from, until, lasts_seconds: None, zone, rule: None, except: Vec::new() }
}

fn again(from: &str, (rule, hours): (&str, u64), zone: &str) -> PeriodText {
    let (from, zone, rule) = (from.to_owned(), zone.to_owned(), Some(rule.to_owned()));
    PeriodText { from, until: None, lasts_seconds: Some(hours * 3600), zone, rule, except: Vec::new() }
}

#[track_caller]
fn check(text: &PeriodText, (from, until): (&str, &str), expect: &[(&str, &str)]) {
    let period = Period::parse(text).unwrap();
    let spans = period.spans(at(from), at(until), 100);
    let told: Vec<_> = spans.iter().map(|span| (told(span.from_ms), told(span.until_ms))).collect();
    let told: Vec<_> = told.iter().map(|(from, until)| (from.as_str(), until.as_str())).collect();
    assert_eq!(told, expect);
}

#[test]
fn a_period_holds_its_beginning_and_not_its_end() {
    let period = Period::parse(&once("2026-12-24T18:00", "2027-01-02T08:00", "Europe/Berlin")).unwrap();
    let holds =
        |text: &str| period.spans(at(text), at(text), 1).first().is_some_and(|span| span.holds(at(text)));
    assert!(!holds("2026-12-24T16:59:59.999Z"));
    assert!(holds("2026-12-24T17:00:00Z"));
    assert!(holds("2027-01-02T06:59:59.999Z"));
    assert!(!holds("2027-01-02T07:00:00Z"));
}

#[test]
fn line_9_a_weekend_stays_a_weekend_when_the_clocks_change() {
    let weekend = again("2026-10-16T18:00", ("FREQ=WEEKLY;BYDAY=FR", 62), "Europe/Berlin");
    check(
        &weekend,
        ("2026-10-20T00:00:00Z", "2026-11-01T00:00:00Z"),
        &[
            ("2026-10-23T16:00:00Z", "2026-10-26T07:00:00Z"), // 63 hours: the clocks went back
            ("2026-10-30T17:00:00Z", "2026-11-02T07:00:00Z"),
        ],
    );
    check(
        &weekend,
        ("2027-03-25T00:00:00Z", "2027-03-29T00:00:00Z"),
        &[
            ("2027-03-26T17:00:00Z", "2027-03-29T06:00:00Z"), // 61 hours: the clocks went forward
        ],
    );
}

#[test]
fn line_9_a_night_window_in_the_hour_that_is_skipped_or_happens_twice() {
    let night = again("2026-01-01T02:00", ("FREQ=DAILY", 1), "Europe/Berlin");
    // 02:00 to 03:00 does not exist: the same hour by the clock that goes on, 03:00 to 03:00, is empty.
    check(&night, ("2027-03-28T00:00:00Z", "2027-03-28T12:00:00Z"), &[]);
    // 02:00 comes twice; the first one begins it, and 03:00 comes once.
    check(
        &night,
        ("2026-10-24T23:00:00Z", "2026-10-25T12:00:00Z"),
        &[("2026-10-25T00:00:00Z", "2026-10-25T02:00:00Z")],
    );
    let longer = again("2026-01-01T02:00", ("FREQ=DAILY", 3), "Europe/Berlin");
    check(
        &longer,
        ("2027-03-28T00:00:00Z", "2027-03-28T12:00:00Z"),
        &[("2027-03-28T01:00:00Z", "2027-03-28T03:00:00Z")],
    );
}

#[test]
fn a_leap_day_comes_in_leap_years() {
    let leap = again("2024-02-29T00:00", ("FREQ=YEARLY", 24), "UTC");
    check(
        &leap,
        ("2025-01-01T00:00:00Z", "2033-01-01T00:00:00Z"),
        &[("2028-02-29T00:00:00Z", "2028-03-01T00:00:00Z"), ("2032-02-29T00:00:00Z", "2032-03-01T00:00:00Z")],
    );
}

#[test]
fn rules_end_by_count_by_local_time_by_date_and_by_instant() {
    let week = ("2026-06-01T00:00:00Z", "2026-06-08T00:00:00Z");
    let tokyo = |rule: &str| again("2026-06-01T09:00", (rule, 1), "Asia/Tokyo");
    let third = &[
        ("2026-06-01T00:00:00Z", "2026-06-01T01:00:00Z"),
        ("2026-06-02T00:00:00Z", "2026-06-02T01:00:00Z"),
        ("2026-06-03T00:00:00Z", "2026-06-03T01:00:00Z"),
    ];
    for rule in [
        "FREQ=DAILY;COUNT=3",
        "FREQ=DAILY;UNTIL=20260603T090000",
        "FREQ=DAILY;UNTIL=20260603",
        "FREQ=DAILY;UNTIL=20260603T000000Z",
        "RRULE:freq=daily;count=3",
    ] {
        check(&tokyo(rule), week, third);
    }
    check(&tokyo("FREQ=DAILY;UNTIL=20260602T235959Z"), week, &third[..2]);
}

#[test]
fn an_exception_takes_one_occurrence_out() {
    let mut daily = again("2026-06-01T22:00", ("FREQ=DAILY;COUNT=3", 4), "America/New_York");
    daily.except = vec!["2026-06-02".to_owned()];
    check(
        &daily,
        ("2026-06-01T00:00:00Z", "2026-06-10T00:00:00Z"),
        &[("2026-06-02T02:00:00Z", "2026-06-02T06:00:00Z"), ("2026-06-04T02:00:00Z", "2026-06-04T06:00:00Z")],
    );
}

#[test]
fn the_last_friday_of_a_month() {
    let last = again("2026-01-30T12:00", ("FREQ=MONTHLY;BYDAY=-1FR", 12), "UTC");
    check(
        &last,
        ("2026-02-01T00:00:00Z", "2026-03-31T00:00:00Z"),
        &[("2026-02-27T12:00:00Z", "2026-02-28T00:00:00Z"), ("2026-03-27T12:00:00Z", "2026-03-28T00:00:00Z")],
    );
}

#[test]
fn a_rule_that_began_long_ago_still_holds() {
    let old = again("1971-01-01T00:00", ("FREQ=DAILY", 1), "UTC");
    check(
        &old,
        ("2026-06-01T00:00:00Z", "2026-06-01T12:00:00Z"),
        &[("2026-06-01T00:00:00Z", "2026-06-01T01:00:00Z")],
    );
}

#[test]
fn what_can_not_be_taken_is_refused_with_a_code() {
    let berlin = |from: &str, until: &str| once(from, until, "Europe/Berlin");
    let ruled = |rule: &str| again("2026-06-01T09:00", (rule, 1), "UTC");
    let neither = PeriodText { until: None, ..berlin("2026-01-01", "2026-01-02") };
    let both = PeriodText { lasts_seconds: Some(60), ..berlin("2026-01-01", "2026-01-02") };
    let nothing = PeriodText { until: None, lasts_seconds: Some(0), ..berlin("2026-01-01", "") };
    let long_rule = format!("FREQ=DAILY;BYMONTHDAY={}", "1,".repeat(400));
    for (text, code) in [
        (berlin("tomorrow", "2026-01-02"), "not-a-local-time"),
        (berlin("2026-01-01T00:00Z", "2026-01-02"), "not-a-local-time"),
        (berlin("2026-01-01T00:00+01:00", "2026-01-02"), "not-a-local-time"),
        (berlin("2026-02-30", "2026-03-02"), "not-a-local-time"),
        (once("2026-01-01", "2026-01-02", "Europe/Atlantis"), "unknown-time-zone"),
        (once("2026-01-01", "2026-01-02", "../../etc/passwd"), "unknown-time-zone"),
        (neither, "period-without-end"),
        (both, "period-without-end"),
        (nothing, "period-without-end"),
        (berlin("2026-01-02", "2026-01-01"), "period-ends-first"),
        (berlin("2026-01-02", "2026-01-02"), "period-ends-first"),
        (berlin("2026-01-02", "2028-01-02"), "period-too-long"),
        (ruled("every friday"), "bad-recurrence-rule"),
        (ruled("FREQ=WEEKLY;UNTIL=soon"), "bad-recurrence-rule"),
        (ruled("FREQ=WEEKLY\nDTSTART:20200101T000000Z"), "bad-recurrence-rule"),
        (ruled(&long_rule), "bad-recurrence-rule"),
        (ruled("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"), "bad-recurrence-rule"),
        (ruled("FREQ=DAILY;UNTIL=20200101"), "bad-recurrence-rule"),
        (ruled("FREQ=HOURLY"), "recurrence-too-often"),
        (ruled("FREQ=SECONDLY;COUNT=2"), "recurrence-too-often"),
        (ruled("FREQ=DAILY;BYMINUTE=1,2,3"), "recurrence-too-often"),
    ] {
        let refused = Period::parse(&text).expect_err(&format!("{text:?}"));
        assert_eq!(refused.code(), code, "{text:?}: {refused}");
        assert!(!refused.help().is_empty());
    }
}

prop_compose! {
    fn rules()(freq in 0..4_usize, interval in 1..5_u32, hour in 0..24_u32, hours in 1..200_u64, zone in 0..4_usize) -> PeriodText {
        let freq = ["DAILY", "WEEKLY;BYDAY=MO,FR", "MONTHLY", "YEARLY"][freq];
        let zone = ["UTC", "Europe/Berlin", "America/Sao_Paulo", "Australia/Lord_Howe"][zone];
        again(&format!("2026-01-05T{hour:02}:30"), (&format!("FREQ={freq};INTERVAL={interval}"), hours), zone)
    }
}

proptest! {
    #[test]
    fn asking_about_less_time_gives_the_same_spans(rule in rules(), from_hours in 0..20_000_u64, hours in 0..500_u64) {
        let period = Period::parse(&rule).unwrap();
        let from = at("2026-01-01T00:00:00Z") + from_hours * 3_600_000;
        let until = from + hours * 3_600_000;
        let touching = |span: &Span| span.from_ms <= until && span.until_ms > from;
        let wide: Vec<_> = period.spans(from - 30 * 86_400_000, until + 30 * 86_400_000, 10_000);
        let expected: Vec<_> = wide.into_iter().filter(touching).collect();
        prop_assert_eq!(period.spans(from, until, 10_000), expected);
    }

    #[test]
    fn asking_for_fewer_gives_the_first_of_them(rule in rules(), from_hours in 0..20_000_u64, limit in 1..5_usize) {
        let from = at("2025-01-01T00:00:00Z") + from_hours * 3_600_000;
        let period = Period::parse(&rule).unwrap();
        let mut all = period.spans(from, from + 400 * 86_400_000, 10_000);
        all.truncate(limit);
        prop_assert_eq!(period.spans(from, from + 400 * 86_400_000, limit), all);
    }

    #[test]
    fn a_span_is_never_empty_and_they_come_in_order(rule in rules(), from_hours in 0..20_000_u64) {
        let from = at("2026-01-01T00:00:00Z") + from_hours * 3_600_000;
        let spans = Period::parse(&rule).unwrap().spans(from, from + 400 * 86_400_000, 10_000);
        prop_assert!(spans.iter().all(|span| span.from_ms < span.until_ms));
        prop_assert!(spans.is_sorted());
    }

    #[test]
    fn no_text_ends_the_program(from in ".{0,30}", rule in "[A-Z=;,0-9-]{0,40}", zone in ".{0,20}") {
        let text = PeriodText { from, until: None, lasts_seconds: Some(60), zone, rule: Some(rule.clone()), except: Vec::new() };
        let _ = Period::parse(&text);
        let fine = PeriodText { from: "2026-01-01".to_owned(), zone: "UTC".to_owned(), ..text };
        if let Ok(period) = Period::parse(&fine) {
            period.spans(at("2026-06-01T00:00:00Z"), at("2026-07-01T00:00:00Z"), 10);
        }
    }
}

#[test]
fn a_time_cut_within_a_character_is_refused() {
    for from in ["2026-12-2é18:00", "éééééééé", "\u{19}\u{418c6}\u{94}\u{4ffff}x"] {
        assert!(Period::parse(&once(from, "2026-12-27", "UTC")).is_err(), "{from}");
        assert!(Period::parse(&once("2026-12-24", from, "UTC")).is_err(), "until {from}");
    }
}
