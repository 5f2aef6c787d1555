//! Holidays from somebody's iCalendar feed, as periods.
//!
//! Invariant: a feed is taken whole or refused with what is wrong; its size and the number of its events are bounded.
//! Deliberately not here: fetching it.

use icalendar::parser::{Component, Property, read_calendar, unfold};
use jiff::civil::DateTime;

use crate::recurrence::compact;
use crate::{BadPeriod, Period, PeriodText};

pub const FEED_BYTES_MAX: usize = 2 * 1024 * 1024;
const EVENTS_MAX: usize = 5_000;

/// One event of a feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holiday {
    pub uid: String,
    pub summary: String,
    pub period: PeriodText,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadFeed {
    #[error("the feed has {bytes} bytes; the most is {FEED_BYTES_MAX}")]
    TooLarge { bytes: usize },
    #[error("this is not an iCalendar document: {why}")]
    NotACalendar { why: String },
    #[error("the feed has more than {EVENTS_MAX} events")]
    TooMany,
    #[error("the event `{summary}` has no {what}")]
    Incomplete { summary: String, what: &'static str },
    #[error("the event `{summary}`: {why}")]
    BadEvent { summary: String, why: BadPeriod },
}

impl BadFeed {
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "feed-too-large",
            Self::NotACalendar { .. } => "not-a-calendar",
            Self::TooMany => "feed-too-many-events",
            Self::Incomplete { .. } => "feed-event-incomplete",
            Self::BadEvent { why, .. } => why.code(),
        }
    }
}

/// The events of a feed. `zone` is for those that name none: whole days, and floating times.
pub fn holidays(text: &str, zone: &str) -> Result<Vec<Holiday>, BadFeed> {
    if text.len() > FEED_BYTES_MAX {
        return Err(BadFeed::TooLarge { bytes: text.len() });
    }
    let unfolded = unfold(text);
    let calendar = read_calendar(&unfolded).map_err(|why| BadFeed::NotACalendar { why: first_line(&why) })?;
    let events: Vec<_> = calendar.components.iter().filter(|component| component.name == "VEVENT").collect();
    if events.len() > EVENTS_MAX {
        return Err(BadFeed::TooMany);
    }
    events
        .into_iter()
        .filter(|event| value(event, "STATUS") != Some("CANCELLED"))
        .map(|event| holiday(event, zone))
        .collect()
}

fn holiday(event: &Component<'_>, zone: &str) -> Result<Holiday, BadFeed> {
    let summary = value(event, "SUMMARY").unwrap_or("without a title").to_owned();
    let incomplete = |what| BadFeed::Incomplete { summary: summary.clone(), what };
    let start = event.find_prop("DTSTART").ok_or_else(|| incomplete("DTSTART"))?;
    let (begins, named) = time(start).ok_or_else(|| incomplete("DTSTART that can be read"))?;
    let ends = match (event.find_prop("DTEND"), value(event, "DURATION")) {
        (Some(end), _) => {
            time(end).map(|(ends, _)| ends).ok_or_else(|| incomplete("DTEND that can be read"))?
        }
        (None, Some(length)) => {
            after(begins, length).ok_or_else(|| incomplete("DURATION that can be read"))?
        }
        // Without an end, a date means that day (RFC 5545, 3.6.1).
        (None, None) => begins.tomorrow().map_err(|_| incomplete("end"))?,
    };
    let period = PeriodText {
        from: begins.to_string(),
        until: Some(ends.to_string()),
        lasts_seconds: None,
        zone: named.unwrap_or(zone).to_owned(),
        rule: value(event, "RRULE").map(str::to_owned),
        except: exceptions(event),
    };
    Period::parse(&period).map_err(|why| BadFeed::BadEvent { summary: summary.clone(), why })?;
    let uid = value(event, "UID").map_or_else(|| format!("{summary}/{begins}"), str::to_owned);
    Ok(Holiday { uid, summary, period })
}

fn exceptions(event: &Component<'_>) -> Vec<String> {
    let properties = event.properties.iter().filter(|property| property.name == "EXDATE");
    let dates = properties.flat_map(|property| property.val.as_str().split(','));
    dates.filter_map(|date| compact(date.trim_end_matches('Z'))).map(|at| at.date().to_string()).collect()
}

fn after(begins: DateTime, length: &str) -> Option<DateTime> {
    let length: jiff::Span = length.parse().ok()?;
    begins.checked_add(length).ok()
}

/// The local time of a property and the zone it names.
fn time<'a>(property: &'a Property<'_>) -> Option<(DateTime, Option<&'a str>)> {
    let text = property.val.as_str();
    if let Some(utc) = text.strip_suffix('Z') {
        return Some((compact(utc)?, Some("UTC")));
    }
    let zone = property.params.iter().find(|parameter| parameter.key == "TZID");
    let zone = zone.and_then(|parameter| parameter.val.as_ref()).map(icalendar::parser::ParseString::as_str);
    Some((compact(text)?, zone))
}

fn value<'a>(event: &'a Component<'_>, name: &str) -> Option<&'a str> {
    event.find_prop(name).map(|property| property.val.as_str())
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or("nothing in it can be read").chars().take(200).collect()
}
