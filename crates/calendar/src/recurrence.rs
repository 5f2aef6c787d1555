//! When a period begins again: an RFC 5545 rule over local time.
//!
//! Invariant: the rule is worked out on the local clock, as if that clock were UTC, and only then turned into
//! instants; so a Friday stays a Friday when the clocks change. At most [`OCCURRENCES_MAX`] are looked at.
//! Deliberately not here: rules that repeat within a day.

use chrono::{DateTime as ChronoDateTime, NaiveDate, TimeZone as _, Timelike as _};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use rrule::{Frequency, RRule, RRuleSet, Tz, Unvalidated};

use crate::{BadPeriod, zone};

/// The library looks at each occurrence from the first one on: a daily rule for 90 years.
const OCCURRENCES_MAX: usize = 32_768;
const RULE_BYTES_MAX: usize = 500;

#[derive(Debug, Clone, PartialEq)]
pub struct Recurrence {
    set: RRuleSet,
}

impl Recurrence {
    pub fn parse(rule: &str, first: DateTime, zone: &TimeZone) -> Result<Self, BadPeriod> {
        let bad = |why: String| BadPeriod::BadRule { rule: rule.chars().take(RULE_BYTES_MAX).collect(), why };
        if rule.len() > RULE_BYTES_MAX {
            return Err(bad(format!("it is longer than {RULE_BYTES_MAX} bytes")));
        }
        let rule_text = rule.trim().trim_start_matches("RRULE:").to_ascii_uppercase();
        if rule_text.contains(['\n', '\r']) {
            return Err(bad("it has more than one line".to_owned()));
        }
        let floating = with_local_until(&rule_text, zone)
            .ok_or_else(|| bad("its UNTIL is not a date and time".into()))?;
        let parsed: RRule<Unvalidated> =
            floating.parse().map_err(|error: rrule::RRuleError| bad(error.to_string()))?;
        seldom_enough(&parsed, &rule_text)?;
        let start =
            as_if_utc(first).ok_or_else(|| bad("it begins in a year that no calendar has".to_owned()))?;
        let set = parsed.build(start).map_err(|error| bad(error.to_string()))?;
        // The library gives up after so many tries on a rule that never comes true (the 30th of February).
        let set = set.limit();
        if set.into_iter().next().is_none() {
            return Err(bad("it never comes true".to_owned()));
        }
        Ok(Self { set })
    }

    /// The local beginnings between two local times, both included.
    pub fn beginnings(&self, from: DateTime, until: DateTime) -> impl Iterator<Item = DateTime> {
        let span = as_if_utc(from).zip(as_if_utc(until));
        let all = span.map(|(from, until)| {
            let all = self.set.into_iter().take(OCCURRENCES_MAX);
            all.skip_while(move |at| *at < from).take_while(move |at| *at <= until)
        });
        all.into_iter().flatten().filter_map(|at| as_local(&at))
    }
}

fn seldom_enough(rule: &RRule<Unvalidated>, text: &str) -> Result<(), BadPeriod> {
    let often = |what: &str| Err(BadPeriod::TooOften { what: what.to_owned() });
    match rule.get_freq() {
        Frequency::Hourly => return often("FREQ=HOURLY"),
        Frequency::Minutely => return often("FREQ=MINUTELY"),
        Frequency::Secondly => return often("FREQ=SECONDLY"),
        Frequency::Yearly | Frequency::Monthly | Frequency::Weekly | Frequency::Daily => {}
    }
    ["BYHOUR", "BYMINUTE", "BYSECOND"].into_iter().find(|part| text.contains(part)).map_or(Ok(()), often)
}

/// The library wants the end of a rule in the zone of its beginning; ours begins on a local clock that we call UTC.
/// An UNTIL in UTC is turned to what the local clock shows then; one without a zone is local already.
fn with_local_until(rule: &str, zone: &TimeZone) -> Option<String> {
    let mut parts = Vec::new();
    for part in rule.split(';').filter(|part| !part.is_empty()) {
        let Some(until) = part.strip_prefix("UNTIL=") else {
            parts.push(part.to_owned());
            continue;
        };
        let local = match until.strip_suffix('Z') {
            Some(utc) => zone::clock(zone::instant_ms(compact(utc)?, &TimeZone::UTC)?, zone)?,
            // A date alone means that whole day.
            None if until.len() == 8 => compact(until)?.date().at(23, 59, 59, 0),
            None => compact(until)?,
        };
        parts.push(format!("UNTIL={}", local.strftime("%Y%m%dT%H%M%SZ")));
    }
    Some(parts.join(";"))
}

/// `20261231T235959` or `20261231`.
pub fn compact(text: &str) -> Option<DateTime> {
    let number =
        |range: std::ops::Range<usize>| text.get(range)?.parse::<i8>().ok().filter(|number| *number >= 0);
    let year = text.get(0..4)?.parse::<i16>().ok()?;
    let date = jiff::civil::Date::new(year, number(4..6)?, number(6..8)?).ok()?;
    match (text.len(), text.as_bytes().get(8)) {
        (8, None) => Some(date.at(0, 0, 0, 0)),
        (15, Some(b'T')) => {
            let time = jiff::civil::Time::new(number(9..11)?, number(11..13)?, number(13..15)?, 0).ok()?;
            Some(date.to_datetime(time))
        }
        _ => None,
    }
}

fn as_if_utc(local: DateTime) -> Option<ChronoDateTime<Tz>> {
    let (month, day) = (u32::try_from(local.month()).ok()?, u32::try_from(local.day()).ok()?);
    let date = NaiveDate::from_ymd_opt(i32::from(local.year()), month, day)?;
    let part = |number: i8| u32::try_from(number).ok();
    let clock = date.and_hms_opt(part(local.hour())?, part(local.minute())?, part(local.second())?)?;
    Tz::UTC.from_local_datetime(&clock).single()
}

fn as_local(at: &ChronoDateTime<Tz>) -> Option<DateTime> {
    let clock = at.naive_utc();
    let day = compact(&clock.format("%Y%m%d").to_string())?.date();
    let part = |number: u32| i8::try_from(number).ok();
    Some(day.at(part(clock.hour())?, part(clock.minute())?, part(clock.second())?, 0))
}
