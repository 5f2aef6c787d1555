//! When to deploy: the quietest windows of a wanted length, by the traffic of each hour of the week.
//!
//! Invariant: whole numbers and a fixed order, so the same question has the same answer. Traffic follows the local clock, so an
//! hour that the clocks skip brings none and one that comes twice brings its traffic twice. No window touches a freeze or an
//! owner's night. Deliberately not here: where the counts come from.

mod slots;
mod traffic;

use serde::{Deserialize, Serialize};

use crate::zone::zone;
use slots::Slots;

pub use traffic::{BadTraffic, CSV_BYTES_MAX, CSV_ROWS_MAX, HOURS, Traffic};

/// How far ahead may be looked.
pub const DAYS_MAX: u32 = 92;
/// Of a window.
pub const MINUTES_MAX: u32 = 24 * 60;
pub const WINDOWS_MAX: usize = 50;
const DAY_MS: u64 = 86_400_000;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Of the IANA database; the zone whose clock the traffic follows.
    pub zone: String,
    pub from_ms: u64,
    pub days: u32,
    pub minutes: u32,
    /// How many windows at most.
    pub windows: usize,
    /// From an instant up to another, without it.
    #[serde(default)]
    pub freezes: Vec<Freeze>,
    /// Who has to be awake.
    #[serde(default)]
    pub owners: Vec<Owner>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Freeze {
    pub from_ms: u64,
    pub until_ms: u64,
    pub reason: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Owner {
    pub name: String,
    pub zone: String,
    /// Their night begins at this hour and ends before the other: 22 and 7 where they do not say. The same hour twice is no night.
    #[serde(default = "night_from")]
    pub night_from: u8,
    #[serde(default = "night_until")]
    pub night_until: u8,
}

fn night_from() -> u8 {
    22
}

fn night_until() -> u8 {
    7
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Advice {
    /// The quietest first; none of them overlap.
    pub windows: Vec<Advised>,
    /// Beginnings that were looked at, and how many of them were left out.
    pub looked_at: usize,
    pub frozen: usize,
    pub at_night: usize,
    pub says: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Advised {
    pub from_ms: u64,
    pub until_ms: u64,
    /// On the clock of the zone.
    pub from: String,
    pub until: String,
    /// Of a week's traffic, 0 to 1.
    pub share: f64,
    /// Against a window of the same length at the mean of the week: 1 is average.
    pub times_mean: f64,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadQuestion {
    #[error("{0:?} is no time zone of the IANA database; one is Europe/Berlin")]
    UnknownZone(String),
    #[error("a window lasts 1 to {MINUTES_MAX} minutes, not {0}")]
    Minutes(u32),
    #[error("one looks 1 to {DAYS_MAX} days ahead, not {0}")]
    Days(u32),
    #[error("there may be 1 to {WINDOWS_MAX} windows, not {0}")]
    Windows(usize),
    #[error("the night of {0:?} begins and ends at hours from 0 to 23")]
    Night(String),
    #[error("the instant {0} is too far away")]
    Instant(u64),
    #[error("there is no traffic in the history, so no hour is quieter than another")]
    NoTraffic,
    #[error("a question has at most {0} freezes and owners")]
    TooMany(usize),
}

/// Of freezes and of owners.
const ASKED_MAX: usize = 1_000;

pub fn advise(traffic: &Traffic, question: &Question) -> Result<Advice, BadQuestion> {
    let zone_of = |name: &str| zone(name).ok_or_else(|| BadQuestion::UnknownZone(name.to_owned()));
    let local = zone_of(&question.zone)?;
    if !(1..=MINUTES_MAX).contains(&question.minutes) {
        return Err(BadQuestion::Minutes(question.minutes));
    }
    if !(1..=DAYS_MAX).contains(&question.days) {
        return Err(BadQuestion::Days(question.days));
    }
    if !(1..=WINDOWS_MAX).contains(&question.windows) {
        return Err(BadQuestion::Windows(question.windows));
    }
    if question.freezes.len() > ASKED_MAX || question.owners.len() > ASKED_MAX {
        return Err(BadQuestion::TooMany(ASKED_MAX));
    }
    let week = traffic.week();
    if week == 0 {
        return Err(BadQuestion::NoTraffic);
    }
    let mut slots = Slots::new(traffic, &local, question)?;
    for freeze in &question.freezes {
        slots.freeze(freeze.from_ms, freeze.until_ms);
    }
    for owner in &question.owners {
        if owner.night_from > 23 || owner.night_until > 23 {
            return Err(BadQuestion::Night(owner.name.clone()));
        }
        slots.sleep(&zone_of(&owner.zone)?, owner.night_from, owner.night_until);
    }
    let found = slots.choose(question.windows);
    let share = |expected: u128| expected as f64 / (week as f64 * slots::MINUTES_OF_HOUR as f64);
    let mean = f64::from(question.minutes) / (7.0 * 24.0 * 60.0);
    let windows: Vec<Advised> = found
        .windows
        .iter()
        .map(|window| Advised {
            from_ms: window.from_ms,
            until_ms: window.until_ms,
            from: slots::clock(window.from_ms, &local),
            until: slots::clock(window.until_ms, &local),
            share: share(window.expected),
            times_mean: share(window.expected) / mean,
        })
        .collect();
    let says = says(&windows, (&found, traffic.unseen()), question);
    Ok(Advice { windows, looked_at: found.looked_at, frozen: found.frozen, at_night: found.at_night, says })
}

fn says(windows: &[Advised], (found, unseen): (&slots::Chosen, usize), question: &Question) -> Vec<String> {
    let mut says: Vec<String> = windows
        .iter()
        .map(|window| {
            format!(
                "{} to {} in {}: {:.2} % of a week's traffic, {:.2} times the mean of as long.",
                window.from,
                window.until,
                question.zone,
                100.0 * window.share,
                window.times_mean
            )
        })
        .collect();
    if windows.is_empty() {
        says.push(format!(
            "No window of {} minutes is free in {} days: of {} beginnings {} touch a freeze and {} an owner's night. \
             Ask for a shorter window, look further ahead, or lift a freeze.",
            question.minutes, question.days, found.looked_at, found.frozen, found.at_night
        ));
    }
    if unseen > 0 {
        says.push(format!(
            "The history says nothing of {unseen} of the week's {HOURS} hours, and they count as without traffic. \
             Where nobody counted then, give them a count, or a longer history."
        ));
    }
    says
}
