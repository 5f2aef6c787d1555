//! How much traffic each hour of the week brings.
//!
//! Invariant: hour 0 is Monday from midnight to one, by the local clock of the zone that was named. Counts with times become the
//! mean of the hours that were seen, in thousandths, so an hour that was seen twice as often weighs no more.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};

use crate::zone::zone;

pub const HOURS: usize = 168;
pub const CSV_BYTES_MAX: usize = 8 << 20;
/// More than ten years of hours.
pub const CSV_ROWS_MAX: usize = 100_000;
const HOUR_MS: i64 = 3_600_000;
/// Means keep so many parts of one.
const PARTS: u64 = 1_000;
/// So that no sum of weeks is too big.
const COUNT_MAX: u64 = 1 << 50;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<u64>", into = "Vec<u64>")]
pub struct Traffic {
    hours: [u64; HOURS],
    /// Hours of which the history says nothing: they count as without traffic.
    unseen: usize,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadTraffic {
    #[error("a week has {HOURS} hours, and {0} counts were given; the first is for Monday, midnight to one")]
    NotAWeek(usize),
    #[error("{0:?} is no time zone of the IANA database; one is Europe/Berlin")]
    UnknownZone(String),
    #[error("the table has {0} bytes, and {CSV_BYTES_MAX} are the most that is read")]
    TooLong(usize),
    #[error("the table has more than {CSV_ROWS_MAX} rows")]
    TooManyRows,
    #[error("line {line}: {text:?} is not two columns, an hour of the week (or a time) and a count")]
    NotARow { line: usize, text: String },
    #[error(
        "line {line}: {text:?} is neither an hour of the week from 0 to 167 nor a time such as 2026-11-22T03:00:00Z"
    )]
    NotAnHour { line: usize, text: String },
    #[error("line {line}: {text:?} is no count: a whole number, 0 or more")]
    NotACount { line: usize, text: String },
    #[error("line {line}: hour {hour} was counted on an earlier line already")]
    Twice { line: usize, hour: usize },
    #[error("hour {hour} of the week is missing; all {HOURS} are needed, with 0 where nothing came")]
    Missing { hour: usize },
    #[error("line {line}: some rows have hours of the week and some have times; a table has one of them")]
    Mixed { line: usize },
}

impl Traffic {
    pub fn new(counts: &[u64]) -> Result<Self, BadTraffic> {
        let capped: Vec<u64> = counts.iter().map(|count| (*count).min(COUNT_MAX)).collect();
        let hours = capped.try_into().map_err(|counts: Vec<u64>| BadTraffic::NotAWeek(counts.len()))?;
        Ok(Self { hours, unseen: 0 })
    }

    /// What came at instants (or in the hours that begin there), folded to the week of a zone.
    pub fn of_instants(counts: &[(u64, u64)], zone_name: &str) -> Result<Self, BadTraffic> {
        let local = zone(zone_name).ok_or_else(|| BadTraffic::UnknownZone(zone_name.to_owned()))?;
        let mut sums = [0_u128; HOURS];
        let mut seen: Vec<BTreeSet<i64>> = vec![BTreeSet::new(); HOURS];
        for (at_ms, count) in counts {
            let Some(at) = i64::try_from(*at_ms).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok())
            else {
                continue;
            };
            let hour = hour_of_week(local.to_datetime(at));
            sums[hour] += u128::from(*count);
            seen[hour].insert(at.as_millisecond().div_euclid(HOUR_MS));
        }
        let mean = |hour: usize| {
            let hours = seen[hour].len().max(1) as u128;
            u64::try_from(sums[hour] * u128::from(PARTS) / hours).unwrap_or(COUNT_MAX).min(COUNT_MAX)
        };
        let unseen = seen.iter().filter(|hours| hours.is_empty()).count();
        Ok(Self { hours: std::array::from_fn(mean), unseen })
    }

    /// `hour,count` with hours of the week, or `time,count` with times of RFC 3339 or milliseconds since 1970; a heading may come first.
    pub fn of_csv(text: &str, zone_name: &str) -> Result<Self, BadTraffic> {
        if text.len() > CSV_BYTES_MAX {
            return Err(BadTraffic::TooLong(text.len()));
        }
        let mut week: [Option<u64>; HOURS] = [None; HOURS];
        let mut instants = Vec::new();
        let mut hourly = 0_usize;
        for (index, text) in text.lines().enumerate() {
            let (line, row) = (index + 1, text.trim().trim_start_matches('\u{feff}'));
            if row.is_empty() {
                continue;
            }
            let [first, count] = columns(row).ok_or_else(|| not_a_row(line, row))?;
            // A heading has no figure in it.
            if line == 1 && !row.contains(|letter: char| letter.is_ascii_digit()) {
                continue;
            }
            if hourly + instants.len() >= CSV_ROWS_MAX {
                return Err(BadTraffic::TooManyRows);
            }
            let bad_count = || BadTraffic::NotACount { line, text: count.to_owned() };
            let count: u64 = count.parse().ok().filter(|count| *count <= COUNT_MAX).ok_or_else(bad_count)?;
            match When::read(first) {
                Some(When::Hour(hour)) => {
                    hourly += 1;
                    if week[hour].replace(count).is_some() {
                        return Err(BadTraffic::Twice { line, hour });
                    }
                }
                Some(When::Instant(at_ms)) => instants.push((at_ms, count)),
                None => return Err(BadTraffic::NotAnHour { line, text: first.to_owned() }),
            }
            if hourly > 0 && !instants.is_empty() {
                return Err(BadTraffic::Mixed { line });
            }
        }
        if !instants.is_empty() {
            return Self::of_instants(&instants, zone_name);
        }
        if let Some(hour) = week.iter().position(Option::is_none) {
            return Err(BadTraffic::Missing { hour });
        }
        Self::new(&week.map(Option::unwrap_or_default))
    }

    pub fn hours(&self) -> &[u64; HOURS] {
        &self.hours
    }

    /// How many hours of the week no instant of the history lies in.
    pub fn unseen(&self) -> usize {
        self.unseen
    }

    pub fn week(&self) -> u64 {
        self.hours.iter().sum()
    }

    pub(super) fn at(&self, clock: DateTime) -> u64 {
        self.hours[hour_of_week(clock)]
    }
}

fn hour_of_week(clock: DateTime) -> usize {
    let day = usize::from(clock.weekday().to_monday_zero_offset().unsigned_abs());
    day * 24 + usize::from(clock.hour().unsigned_abs())
}

enum When {
    Hour(usize),
    Instant(u64),
}

impl When {
    fn read(text: &str) -> Option<Self> {
        if let Ok(number) = text.parse::<u64>() {
            return match usize::try_from(number) {
                Ok(hour) if hour < HOURS => Some(Self::Hour(hour)),
                // Milliseconds, of a day after the first of 1970.
                _ => (number >= 86_400_000).then_some(Self::Instant(number)),
            };
        }
        let at = text.parse::<Timestamp>().ok()?;
        u64::try_from(at.as_millisecond()).ok().map(Self::Instant)
    }
}

fn columns(row: &str) -> Option<[&str; 2]> {
    let mut columns = row.split([',', ';']).map(|column| column.trim().trim_matches('"'));
    let both = [columns.next()?, columns.next()?];
    columns.next().is_none().then_some(both)
}

fn not_a_row(line: usize, row: &str) -> BadTraffic {
    BadTraffic::NotARow { line, text: row.chars().take(80).collect() }
}

impl TryFrom<Vec<u64>> for Traffic {
    type Error = BadTraffic;

    fn try_from(counts: Vec<u64>) -> Result<Self, BadTraffic> {
        Self::new(&counts)
    }
}

impl From<Traffic> for Vec<u64> {
    fn from(traffic: Traffic) -> Self {
        traffic.hours.to_vec()
    }
}
