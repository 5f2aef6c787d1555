//! How many hours each person has until a day.
//!
//! Invariant: a week's hours are spread evenly over Monday to Friday, nothing over days off; in fifths of an hour, so exactly.

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

use super::HORIZON_DAYS;
use crate::document::Person;

pub(super) struct Hours {
    from: Date,
    /// Of each person: what a working day brings, and the days off, merged and sorted.
    people: Vec<(u64, Vec<(Date, Date)>)>,
}

impl Hours {
    pub fn new(people: &[Person], from: Date) -> Self {
        // A fifth of a week's hours is a day's; five fifths of an hour are one, so the two fives cancel.
        let people =
            people.iter().map(|person| (u64::from(person.hours_per_week), merged(person, from))).collect();
        Self { from, people }
    }

    pub fn from(&self) -> Date {
        self.from
    }

    pub fn last_day(&self) -> Option<Date> {
        self.from.checked_add(HORIZON_DAYS.days()).ok()
    }

    /// Of each person, from the first day to this one, both counted.
    pub fn until(&self, day: Date) -> Vec<u64> {
        let worked = |off: &[(Date, Date)]| {
            let missed: u64 = off.iter().map(|(from, until)| working_days(*from, (*until).min(day))).sum();
            working_days(self.from, day).saturating_sub(missed)
        };
        self.people.iter().map(|(daily, off)| daily * worked(off)).collect()
    }
}

fn merged(person: &Person, first: Date) -> Vec<(Date, Date)> {
    let mut off: Vec<(Date, Date)> =
        person.days_off.iter().map(|off| (off.from.max(first), off.until)).collect();
    off.sort_unstable();
    let mut merged: Vec<(Date, Date)> = Vec::new();
    for (from, until) in off {
        match merged.last_mut() {
            Some((_, last)) if from <= *last => *last = (*last).max(until),
            Some(_) | None => merged.push((from, until)),
        }
    }
    merged
}

/// Both days counted; none where the second is before the first.
fn working_days(from: Date, until: Date) -> u64 {
    if until < from {
        return 0;
    }
    let days = u64::from((until - from).get_days().unsigned_abs()) + 1;
    let weekend = |day: u64| {
        let weekday = u64::from(from.weekday().to_monday_zero_offset().unsigned_abs()) + day;
        weekday % 7 >= u64::from(Weekday::Saturday.to_monday_zero_offset().unsigned_abs())
    };
    let rest = (0..days % 7).filter(|day| !weekend(*day)).count() as u64;
    days / 7 * 5 + rest
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn working_days_are_counted_as_by_going_through_them() {
        for start in 0..14 {
            let from = date(2026, 11, 20).checked_add(start.days()).unwrap();
            for length in 0..40 {
                let until = from.checked_add(length.days()).unwrap();
                let working = |day: &Date| !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
                let each = from.series(1.day()).take_while(|day| *day <= until).filter(working).count();
                assert_eq!(working_days(from, until), each as u64, "{from} to {until}");
            }
        }
        assert_eq!(working_days(date(2026, 11, 22), date(2026, 11, 21)), 0);
    }
}
