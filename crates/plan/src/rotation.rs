//! Whose turn it is to be the release manager.
//!
//! Invariant: the one who has not had the role for the longest time is next, in the order of the list where nobody had it; who is
//! away is passed over and stays first in line. Deliberately not here: who agrees.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Serialize;

use crate::document::DaysOff;

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Turn {
    /// Absent where the list is empty or everybody is away.
    pub person: Option<String>,
    /// Who would have been before, and which days they are away.
    pub passed_over: Vec<PassedOver>,
    pub why: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PassedOver {
    pub person: String,
    pub away: DaysOff,
}

/// For a release that lasts from one day to another (both counted). `past` has the oldest first; who left the list is ignored.
pub fn next(
    list: &[String],
    past: &[String],
    away: &BTreeMap<String, Vec<DaysOff>>,
    period: DaysOff,
) -> Turn {
    let last_held = |person: &String| past.iter().rposition(|held| held == person);
    let mut line: Vec<(Option<usize>, usize)> =
        list.iter().enumerate().map(|(place, person)| (last_held(person), place)).collect();
    line.sort_unstable();
    line.dedup_by(|one, other| list[one.1] == list[other.1]);
    let mut passed_over = Vec::new();
    for (held, place) in line {
        let person = &list[place];
        let days = away.get(person).into_iter().flatten();
        if let Some(off) = days.copied().find(|off| overlap(*off, period)) {
            passed_over.push(PassedOver { person: person.clone(), away: off });
            continue;
        }
        let since = match held {
            None => format!("{person} never had the role"),
            Some(held) => {
                format!("{person} had it {} releases ago, longest of those who are there", past.len() - held)
            }
        };
        return Turn { person: Some(person.clone()), passed_over, why: since };
    }
    let why = if list.is_empty() { "the list is empty" } else { "everybody on the list is away" };
    Turn { person: None, passed_over, why: why.to_owned() }
}

fn overlap(one: DaysOff, other: DaysOff) -> bool {
    let both: (Date, Date) = (one.from.max(other.from), one.until.min(other.until));
    both.0 <= both.1
}
