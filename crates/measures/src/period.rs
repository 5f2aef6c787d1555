//! Days, ISO weeks and months as they are in a time zone.
//!
//! Invariant: periods of one unit in one zone follow each other without gap and without overlap, also where clocks change;
//! zones come from the bundled IANA database, never from this machine's files.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use serde::{Deserialize, Serialize};

use crate::question::Unanswerable;

const ZONE_CHARS_MAX: usize = 64;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    Day,
    /// From Monday to Sunday, as ISO 8601 counts them.
    #[default]
    Week,
    Month,
}

impl Unit {
    pub fn word(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }

    /// The first day of the period that a day is in.
    pub fn first_day(self, day: Date) -> Option<Date> {
        match self {
            Self::Day => Some(day),
            Self::Week => plus_days(day, -i64::from(day.weekday().to_monday_zero_offset())),
            Self::Month => Some(day.first_of_month()),
        }
    }

    /// The first day of the period that comes `count` after the one which begins there.
    pub fn after(self, first: Date, count: i64) -> Option<Date> {
        match self {
            Self::Day => plus_days(first, count),
            Self::Week => plus_days(first, count.checked_mul(7)?),
            Self::Month => first.checked_add(jiff::Span::new().try_months(count).ok()?).ok(),
        }
    }

    /// `2026-11-22`, `2026-W47`, `2026-11`
    pub fn name(self, first: Date) -> String {
        match self {
            Self::Day => first.to_string(),
            Self::Week => {
                let week = first.iso_week_date();
                format!("{:04}-W{:02}", week.year(), week.week())
            }
            Self::Month => format!("{:04}-{:02}", first.year(), first.month()),
        }
    }
}

pub(crate) fn plus_days(day: Date, count: i64) -> Option<Date> {
    day.checked_add(jiff::Span::new().try_days(count).ok()?).ok()
}

/// A time zone by its name.
#[derive(Debug, Clone, PartialEq)]
pub struct Zone {
    name: String,
    zone: TimeZone,
}

impl Zone {
    pub fn named(name: &str) -> Result<Self, Unanswerable> {
        if name.eq_ignore_ascii_case("utc") {
            return Ok(Self { name: "UTC".to_owned(), zone: TimeZone::UTC });
        }
        let unknown = || Unanswerable::ZoneUnknown { zone: name.chars().take(ZONE_CHARS_MAX).collect() };
        let zone = TimeZoneDatabase::bundled().get(name).map_err(|_| unknown())?;
        let name = zone.iana_name().ok_or_else(unknown)?.to_owned();
        Ok(Self { name, zone })
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// When a day begins there; where its midnight does not exist, at the first instant after the gap.
    pub fn start_ms(&self, day: Date) -> Option<u64> {
        let start = self.zone.to_timestamp(day.at(0, 0, 0, 0)).ok()?;
        u64::try_from(start.as_millisecond()).ok()
    }

    pub fn day_at(&self, at_ms: u64) -> Option<Date> {
        let at = Timestamp::from_millisecond(i64::try_from(at_ms).ok()?).ok()?;
        Some(self.zone.to_datetime(at).date())
    }
}

/// One day, week or month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Period {
    /// `2026-11-22`, `2026-W47`, `2026-11`
    pub name: String,
    pub first: Date,
    /// Its last day.
    pub last: Date,
    pub from_ms: u64,
    /// Not in it any more.
    pub until_ms: u64,
}

impl Period {
    pub(crate) fn beginning(unit: Unit, first: Date, zone: &Zone) -> Option<Self> {
        let next = unit.after(first, 1)?;
        Some(Self {
            name: unit.name(first),
            first,
            last: plus_days(next, -1)?,
            from_ms: zone.start_ms(first)?,
            until_ms: zone.start_ms(next)?,
        })
    }

    pub fn days(&self) -> impl Iterator<Item = Date> {
        let last = self.last;
        std::iter::successors(Some(self.first), |day| plus_days(*day, 1)).take_while(move |day| *day <= last)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn periods_have_the_names_and_edges_that_calendars_give_them() {
        let check = |unit: Unit, day: Date, name: &str, first: Date, last: Date| {
            let start = unit.first_day(day).unwrap();
            let period = Period::beginning(unit, start, &Zone::named("UTC").unwrap()).unwrap();
            assert_eq!((period.name.as_str(), period.first, period.last), (name, first, last));
        };
        check(Unit::Day, date(2026, 2, 28), "2026-02-28", date(2026, 2, 28), date(2026, 2, 28));
        // The first days of January can be in the last week of the year before, and the other way round.
        check(Unit::Week, date(2027, 1, 3), "2026-W53", date(2026, 12, 28), date(2027, 1, 3));
        check(Unit::Week, date(2024, 12, 30), "2025-W01", date(2024, 12, 30), date(2025, 1, 5));
        check(Unit::Month, date(2024, 2, 10), "2024-02", date(2024, 2, 1), date(2024, 2, 29));
    }

    #[test]
    fn periods_follow_each_other_where_clocks_change() {
        for (name, unit) in [
            ("Europe/Berlin", Unit::Day),
            // Its clocks change at midnight, so that some days begin at one o'clock.
            ("America/Asuncion", Unit::Day),
            ("Africa/Cairo", Unit::Day),
            ("Pacific/Apia", Unit::Week),
            ("Australia/Lord_Howe", Unit::Month),
        ] {
            let zone = Zone::named(name).unwrap();
            let mut first = unit.first_day(date(2023, 1, 1)).unwrap();
            for _ in 0..400 {
                let period = Period::beginning(unit, first, &zone).unwrap();
                let next = unit.after(first, 1).unwrap();
                assert_eq!(Some(period.until_ms), zone.start_ms(next));
                assert!(period.from_ms < period.until_ms, "{name} {}", period.name);
                assert_eq!(zone.day_at(period.from_ms), Some(period.first), "{name}");
                assert_eq!(zone.day_at(period.until_ms - 1), Some(period.last), "{name}");
                first = next;
            }
        }
    }

    #[test]
    fn a_zone_is_one_of_the_database() {
        assert_eq!(Zone::named("europe/berlin").unwrap().name(), "Europe/Berlin");
        for bad in ["", "Europe/Atlantis", "../../etc/passwd", "+02:00"] {
            assert!(Zone::named(bad).is_err(), "{bad}");
        }
    }
}
