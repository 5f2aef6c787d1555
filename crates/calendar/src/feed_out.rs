//! Freezes, windows, releases and what leads to them as an iCalendar feed (RFC 5545).
//!
//! Invariant: the same events give the same bytes; a UID never changes, and SEQUENCE only grows when an event does.
//! Times go out in UTC, one entry an occurrence, so that no reader needs our zones. Deliberately not here: choosing
//! which events.

use chrono::{DateTime, NaiveDate};
use icalendar::{Calendar, Component, Event, EventLike, EventStatus};
use jiff::civil::Date;

use crate::Span;

const LINE_OCTETS: usize = 75;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedEvent {
    /// Stable over the event's life, and unlike any other: `freeze/year-end@tidegate`.
    pub uid: String,
    /// How often it was changed.
    pub sequence: u32,
    pub summary: String,
    pub description: String,
    pub when: FeedTime,
    /// It does not take place; programs take it out or strike it through.
    pub cancelled: bool,
    /// When it was last changed, in milliseconds since 1970.
    pub changed_ms: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FeedTime {
    Span(Span),
    /// Whole days in whatever zone the reader is, the last one included.
    Days {
        from: Date,
        until: Date,
    },
}

pub fn feed(name: &str, events: &[FeedEvent]) -> String {
    let mut calendar = Calendar::empty();
    for property in [("VERSION", "2.0"), ("PRODID", "-//Tidegate//Tidegate//EN"), ("CALSCALE", "GREGORIAN")] {
        calendar.append_property(property);
    }
    calendar.name(name);
    for event in events {
        calendar.push(entry(event));
    }
    folded(&calendar.to_string())
}

/// The library counts a continued line without its space, which makes it an octet too long (RFC 5545, section 3.1).
fn folded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.replace("\r\n ", "").split_terminator("\r\n") {
        let mut room = LINE_OCTETS;
        for letter in line.chars() {
            if letter.len_utf8() > room {
                out.push_str("\r\n ");
                room = LINE_OCTETS - 1;
            }
            room -= letter.len_utf8();
            out.push(letter);
        }
        out.push_str("\r\n");
    }
    out
}

fn entry(event: &FeedEvent) -> Event {
    let mut entry = Event::new();
    entry.uid(&event.uid).summary(&plain(&event.summary)).sequence(event.sequence);
    if !event.description.is_empty() {
        entry.description(&plain(&event.description));
    }
    if event.cancelled {
        entry.status(EventStatus::Cancelled);
    }
    let at =
        |ms: u64| DateTime::from_timestamp_millis(i64::try_from(ms).unwrap_or(i64::MAX)).unwrap_or_default();
    entry.timestamp(at(event.changed_ms));
    match event.when {
        FeedTime::Span(span) => entry.starts(at(span.from_ms)).ends(at(span.until_ms)),
        FeedTime::Days { from, until } => {
            // The end of whole days is the day behind the last.
            entry.starts(day(from)).ends(day(until.tomorrow().unwrap_or(until)))
        }
    };
    entry.done()
}

fn day(day: Date) -> NaiveDate {
    let [month, of_month] = [day.month(), day.day()].map(|part| u32::try_from(part).unwrap_or(1));
    NaiveDate::from_ymd_opt(i32::from(day.year()), month, of_month).unwrap_or_default()
}

/// A text holds no control characters but line breaks (RFC 5545, section 3.1); a reader would stop at them.
fn plain(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    text.chars().map(|letter| if letter.is_control() && letter != '\n' { ' ' } else { letter }).collect()
}
