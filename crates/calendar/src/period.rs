//! A period that was understood: when it holds, once or again and again.
//!
//! Invariant: its length is kept on the local clock, and each occurrence is a span that is not empty. Deliberately not
//! here: whether a period forbids or allows (`schedule`).

use jiff::SignedDuration;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use crate::recurrence::Recurrence;
use crate::{BadPeriod, PeriodText, Span, zone};

const DAYS_MAX: u64 = 400;
const DAY_SECONDS: u64 = 86_400;
const EXCEPTIONS_MAX: usize = 1_000;

#[derive(Debug, Clone, PartialEq)]
pub struct Period {
    zone: TimeZone,
    first: DateTime,
    lasts: SignedDuration,
    again: Option<Recurrence>,
    except: Vec<Date>,
}

impl Period {
    pub fn parse(text: &PeriodText) -> Result<Self, BadPeriod> {
        let zone = zone::zone(&text.zone)?;
        let first = zone::local(&text.from)?;
        let lasts = length(text, first)?;
        let again = text.rule.as_deref().map(|rule| Recurrence::parse(rule, first, &zone)).transpose()?;
        if text.except.len() > EXCEPTIONS_MAX {
            return Err(BadPeriod::TooManyExceptions { count: text.except.len(), most: EXCEPTIONS_MAX });
        }
        let except = text.except.iter().map(|date| zone::local(date).map(DateTime::date));
        let except = except.collect::<Result<_, _>>()?;
        Ok(Self { zone, first, lasts, again, except })
    }

    /// Every occurrence that touches the time between two instants, in order, at most `limit` of them.
    pub fn spans(&self, from_ms: u64, until_ms: u64, limit: usize) -> Vec<Span> {
        let Some(again) = &self.again else {
            return self
                .span(self.first)
                .filter(|span| touches(*span, from_ms, until_ms))
                .into_iter()
                .collect();
        };
        // One that began as long ago as it lasts may still hold; a day more for the clocks between.
        let slack = self.lasts.saturating_add(SignedDuration::from_hours(24));
        let clock = |at_ms| zone::clock(at_ms, &self.zone);
        let earliest = clock(from_ms).and_then(|clock| clock.checked_sub(slack).ok());
        let (Some(earliest), Some(latest)) = (earliest, clock(until_ms)) else { return Vec::new() };
        let beginnings = again.beginnings(earliest, latest);
        let wanted = beginnings.filter(|begins| !self.except.contains(&begins.date()));
        let spans = wanted.filter_map(|begins| self.span(begins));
        let mut spans: Vec<Span> =
            spans.filter(|span| touches(*span, from_ms, until_ms)).take(limit).collect();
        spans.sort_unstable();
        spans
    }

    fn span(&self, begins: DateTime) -> Option<Span> {
        let ends = begins.checked_add(self.lasts).ok()?;
        let from_ms = zone::instant_ms(begins, &self.zone)?;
        let until_ms = zone::instant_ms(ends, &self.zone)?;
        // A period within the hour that the clocks skip has no time to hold.
        (from_ms < until_ms).then_some(Span { from_ms, until_ms })
    }
}

fn touches(span: Span, from_ms: u64, until_ms: u64) -> bool {
    span.from_ms <= until_ms && span.until_ms > from_ms
}

fn length(text: &PeriodText, first: DateTime) -> Result<SignedDuration, BadPeriod> {
    let seconds = match (&text.until, text.lasts_seconds) {
        (Some(until), None) => {
            let ends = zone::local(until)?;
            let seconds = ends.duration_since(first).as_secs();
            let ends_first = || BadPeriod::EndsFirst { from: text.from.clone(), until: until.clone() };
            u64::try_from(seconds).ok().filter(|seconds| *seconds > 0).ok_or_else(ends_first)?
        }
        (None, Some(seconds)) if seconds > 0 => seconds,
        (None, None | Some(_)) | (Some(_), Some(_)) => return Err(BadPeriod::NoEnd),
    };
    if seconds > DAYS_MAX * DAY_SECONDS {
        return Err(BadPeriod::TooLong { days: seconds.div_ceil(DAY_SECONDS), most: DAYS_MAX });
    }
    Ok(SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX)))
}
