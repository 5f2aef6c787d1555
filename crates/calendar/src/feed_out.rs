//! Freezes, windows and releases as an iCalendar feed (RFC 5545).
//!
//! Invariant: the same events give the same bytes; a UID never changes, and SEQUENCE only grows when an event does.
//! Times go out in UTC, one entry an occurrence, so that no reader needs our zones. Deliberately not here: choosing
//! which events.

use chrono::DateTime;
use icalendar::{Calendar, Component, Event, EventLike};

use crate::Span;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedEvent {
    /// Stable over the event's life, and unlike any other: `freeze/year-end@tidegate`.
    pub uid: String,
    /// How often it was changed.
    pub sequence: u32,
    pub summary: String,
    pub description: String,
    pub span: Span,
    /// When it was last changed, in milliseconds since 1970.
    pub changed_ms: u64,
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
    calendar.to_string()
}

fn entry(event: &FeedEvent) -> Event {
    let mut entry = Event::new();
    entry.uid(&event.uid).summary(&event.summary).sequence(event.sequence);
    if !event.description.is_empty() {
        entry.description(&event.description);
    }
    let at =
        |ms: u64| DateTime::from_timestamp_millis(i64::try_from(ms).unwrap_or(i64::MAX)).unwrap_or_default();
    entry.timestamp(at(event.changed_ms));
    entry.starts(at(event.span.from_ms)).ends(at(event.span.until_ms));
    entry.done()
}
