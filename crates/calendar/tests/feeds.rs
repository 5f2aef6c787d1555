//! iCalendar feeds, out and in.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use jiff::civil::date;
use proptest::prelude::*;
use tidegate_calendar::{FEED_BYTES_MAX, FeedEvent, FeedTime, Period, Span, feed, holidays};

fn event(uid: &str, summary: &str) -> FeedEvent {
    FeedEvent {
        uid: uid.to_owned(),
        sequence: 2,
        summary: summary.to_owned(),
        description: "No change; ask Ann, then Bo.\nSee the wiki".to_owned(),
        when: FeedTime::Span(Span { from_ms: 1_798_131_600_000, until_ms: 1_798_873_200_000 }),
        cancelled: false,
        changed_ms: 1_795_000_000_000,
    }
}

#[test]
fn a_feed_is_written_as_the_standard_says() {
    insta::assert_snapshot!(
        feed("Tidegate", &[event("freeze/year-end@tidegate", "Year end, all of it")]).replace("\r\n", "\n")
    );
}

#[test]
fn the_same_events_give_the_same_bytes() {
    let events = [event("a@tidegate", "one"), event("b@tidegate", "two")];
    assert_eq!(feed("Tidegate", &events), feed("Tidegate", &events));
}

#[test]
fn lines_are_folded_at_75_bytes_and_end_with_carriage_return_and_line_feed() {
    let long = "überaus lange Freigabe ".repeat(20);
    let text = feed("Tidegate", &[event("a@tidegate", &long)]);
    assert!(text.split("\r\n").all(|line| line.len() <= 75 && !line.contains('\n')), "{text}");
    let read = holidays(&text, "UTC").unwrap();
    assert_eq!(read[0].summary.trim(), long.trim(), "and unfold to what they were");
}

#[test]
fn whole_days_and_what_is_called_off_are_said_so() {
    let days = FeedTime::Days { from: date(2026, 12, 30), until: date(2026, 12, 31) };
    let qa = FeedEvent { when: days, cancelled: false, ..event("qa@tidegate", "Final QA") };
    let gone = FeedEvent { cancelled: true, ..event("gone@tidegate", "Called off") };
    let text = feed("Tidegate", &[qa, gone]);
    assert!(
        text.contains("DTSTART;VALUE=DATE:20261230\r\n") && text.contains("DTEND;VALUE=DATE:20270101\r\n"),
        "{text}"
    );
    assert!(text.contains("STATUS:CANCELLED\r\n"), "{text}");
    // What is called off is no holiday.
    let read = holidays(&text, "Europe/Berlin").unwrap();
    assert_eq!(read.iter().map(|holiday| holiday.uid.as_str()).collect::<Vec<_>>(), ["qa@tidegate"]);
    let span = Period::parse(&read[0].period).unwrap().spans(0, u64::MAX >> 12, 2);
    assert_eq!(span[0].until_ms - span[0].from_ms, 2 * 86_400_000);
}

#[test]
fn a_time_on_a_clock_is_an_instant_of_its_zone() {
    let at = |hour| date(2026, 7, 1).at(hour, 0, 0, 0);
    let span = Span::local(at(10), at(12), "Europe/Berlin").unwrap();
    assert_eq!((span.from_ms, span.until_ms), (1_782_892_800_000, 1_782_900_000_000));
    assert_eq!(Span::local(at(10), at(12), "Europe/Atlantis"), None);
    assert_eq!(Span::local(at(12), at(12), "UTC"), None);
}

const PUBLIC: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example//holidays//EN\r\n\
BEGIN:VEVENT\r\nUID:xmas\r\nDTSTAMP:20260101T000000Z\r\nDTSTART;VALUE=DATE:20261225\r\nSUMMARY:Christmas\r\nRRULE:FREQ=YEARLY\r\nEXDATE;VALUE=DATE:20281225\r\nEND:VEVENT\r\n\
BEGIN:VEVENT\r\nUID:move\r\nDTSTAMP:20260101T000000Z\r\nDTSTART;TZID=America/New_York:20261130T200000\r\nDTEND;TZID=America/New_York:20261201T040000\r\nSUMMARY:Data centre \r\n move\r\nEND:VEVENT\r\n\
BEGIN:VEVENT\r\nUID:gone\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20261201T000000Z\r\nDURATION:PT2H\r\nSTATUS:CANCELLED\r\nSUMMARY:Called off\r\nEND:VEVENT\r\n\
BEGIN:VEVENT\r\nUID:short\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20261201T000000Z\r\nDURATION:PT2H\r\nSUMMARY:Short\r\nEND:VEVENT\r\n\
END:VCALENDAR\r\n";

#[test]
fn a_public_feed_is_read() {
    let read = holidays(PUBLIC, "Europe/Berlin").unwrap();
    let told: Vec<_> =
        read.iter().map(|holiday| (holiday.summary.as_str(), holiday.period.zone.as_str())).collect();
    assert_eq!(
        told,
        [("Christmas", "Europe/Berlin"), ("Data centre move", "America/New_York"), ("Short", "UTC")]
    );
    let spans = |index: usize| {
        Period::parse(&read[index].period).unwrap().spans(1_798_000_000_000, 1_900_000_000_000, 10)
    };
    let christmas: Vec<_> = spans(0).iter().map(|span| span.until_ms - span.from_ms).collect();
    assert_eq!(christmas, [86_400_000; 3], "2026, 2027 and 2029: one is excepted");
    assert_eq!(read[2].period.until.as_deref(), Some("2026-12-01T02:00:00"));
}

#[test]
fn a_broken_feed_is_refused_with_what_is_wrong() {
    let start = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:a\r\nSUMMARY:Some\r\n";
    let end = "END:VEVENT\r\nEND:VCALENDAR\r\n";
    let with = |lines: &str| format!("{start}{lines}{end}");
    for (text, code) in [
        ("<html>404</html>".to_owned(), "not-a-calendar"),
        (String::new(), "not-a-calendar"),
        (with(""), "feed-event-incomplete"),
        (with("DTSTART:yesterday\r\n"), "feed-event-incomplete"),
        (with("DTSTART;TZID=Europe/Atlantis:20261201T000000\r\n"), "unknown-time-zone"),
        (with("DTSTART:20261201T000000Z\r\nDTEND:20261101T000000Z\r\n"), "period-ends-first"),
        (with("DTSTART:20261201T000000Z\r\nRRULE:FREQ=SECONDLY\r\n"), "recurrence-too-often"),
        (" ".repeat(FEED_BYTES_MAX + 1), "feed-too-large"),
    ] {
        let refused = holidays(&text, "UTC").expect_err(&text.chars().take(300).collect::<String>());
        assert_eq!(refused.code(), code, "{refused}");
    }
    let many = format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{}END:VCALENDAR\r\n",
        "BEGIN:VEVENT\r\nUID:a\r\nDTSTART:20261201T000000Z\r\nEND:VEVENT\r\n".repeat(5_001)
    );
    assert_eq!(holidays(&many, "UTC").expect_err("too many").code(), "feed-too-many-events");
}

/// As section 3.3.11 escapes a text.
fn escaped(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut out = String::new();
    for letter in text.chars() {
        match letter {
            '\\' | ';' | ',' => out.extend(['\\', letter]),
            '\n' => out.push_str("\\n"),
            letter if letter.is_control() => out.push(' '),
            letter => out.push(letter),
        }
    }
    out
}

proptest! {
    #[test]
    fn whatever_it_says_lines_are_short_and_unfold_to_it(
        summary in "\\PC{1,150}",
        description in proptest::collection::vec(any::<char>(), 0..200),
    ) {
        let description: String = description.into_iter().collect();
        let said = FeedEvent { description: description.clone(), ..event("a@tidegate", &summary) };
        let text = feed("Tidegate", &[said, event("b@tidegate", "after it")]);
        prop_assert!(text.ends_with("\r\n"));
        for line in text.split("\r\n") {
            prop_assert!(line.len() <= 75, "{} bytes: {line:?}", line.len());
            prop_assert!(!line.contains(['\r', '\n']), "{line:?}");
        }
        let unfolded = text.replace("\r\n ", "");
        prop_assert!(unfolded.contains(&format!("\r\nSUMMARY:{}\r\n", escaped(&summary))), "{unfolded}");
        if !description.is_empty() {
            prop_assert!(unfolded.contains(&format!("\r\nDESCRIPTION:{}\r\n", escaped(&description))), "{unfolded}");
        }
        // Whoever reads it finds both, whatever the first one says.
        prop_assert_eq!(holidays(&text, "UTC").unwrap().len(), 2);
    }

    #[test]
    fn no_feed_ends_the_program(cut in 0..PUBLIC.len(), with in ".{0,10}", upto in 0..40_usize) {
        let end = (cut + upto).min(PUBLIC.len());
        let _ = holidays(&format!("{}{with}{}", &PUBLIC[..cut], &PUBLIC[end..]), "UTC");
        let _ = holidays(&with, "UTC");
    }
}
