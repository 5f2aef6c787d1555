//! The time ahead in quarters of an hour: what each brings, and whether it is closed.
//!
//! Invariant: offsets of all zones of the database since 1970 that still hold are multiples of a quarter, so a quarter lies in one
//! hour of the local clock. A window begins at a quarter and may end inside of one.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{BadQuestion, DAY_MS, Question, Traffic};

const QUARTER_MS: u64 = 15 * 60 * 1_000;
const MINUTE_MS: u64 = 60_000;
pub(super) const MINUTES_OF_HOUR: u64 = 60;
const MINUTES_OF_QUARTER: u128 = 15;

pub(super) struct Slots {
    from_ms: u64,
    minutes: u64,
    /// What an hour like that of the slot brings.
    rates: Vec<u64>,
    frozen: Vec<bool>,
    night: Vec<bool>,
    /// Windows begin here: at full and half hours of the local clock.
    begins: Vec<bool>,
    /// How many slots a window may begin in; the rest is there for windows to end in.
    starts: usize,
}

pub(super) struct Chosen {
    pub windows: Vec<Window>,
    pub looked_at: usize,
    pub frozen: usize,
    pub at_night: usize,
}

#[derive(Clone, Copy)]
pub(super) struct Window {
    pub from_ms: u64,
    pub until_ms: u64,
    /// Traffic times the minutes of an hour, so that it stays whole.
    pub expected: u128,
}

impl Slots {
    pub fn new(traffic: &Traffic, local: &TimeZone, question: &Question) -> Result<Self, BadQuestion> {
        let from_ms = question.from_ms.div_ceil(QUARTER_MS) * QUARTER_MS;
        let starts = (u64::from(question.days) * DAY_MS / QUARTER_MS) as usize;
        let minutes = u64::from(question.minutes);
        let more = (minutes * MINUTE_MS).div_ceil(QUARTER_MS) as usize;
        let (mut rates, mut begins) = (Vec::new(), Vec::new());
        for slot in 0..starts + more {
            let at_ms = from_ms + slot as u64 * QUARTER_MS;
            let clock = at(at_ms).map(|at| local.to_datetime(at)).ok_or(BadQuestion::Instant(at_ms))?;
            rates.push(traffic.at(clock));
            begins.push(clock.minute() % 30 == 0);
        }
        let closed = vec![false; rates.len()];
        Ok(Self { from_ms, minutes, rates, frozen: closed.clone(), night: closed, begins, starts })
    }

    pub fn freeze(&mut self, from_ms: u64, until_ms: u64) {
        for slot in 0..self.frozen.len() {
            let start = self.start(slot);
            self.frozen[slot] |= start < until_ms && from_ms < start + QUARTER_MS;
        }
    }

    pub fn sleep(&mut self, zone: &TimeZone, from: u8, until: u8) {
        for slot in 0..self.night.len() {
            let Some(hour) = at(self.start(slot)).map(|at| zone.to_datetime(at).hour().unsigned_abs()) else {
                continue;
            };
            let asleep =
                if from <= until { (from..until).contains(&hour) } else { hour >= from || hour < until };
            self.night[slot] |= asleep;
        }
    }

    pub fn choose(&self, most: usize) -> Chosen {
        let mut chosen = Chosen { windows: Vec::new(), looked_at: 0, frozen: 0, at_night: 0 };
        let (frozen, night) = (sums(&self.frozen), sums(&self.night));
        let mut brought = vec![0_u128];
        for rate in &self.rates {
            let before = brought[brought.len() - 1];
            brought.push(before + u128::from(*rate) * MINUTES_OF_QUARTER);
        }
        let length = (self.minutes * MINUTE_MS).div_ceil(QUARTER_MS) as usize;
        let mut free = Vec::new();
        for slot in (0..self.starts).filter(|slot| self.begins[*slot]) {
            chosen.looked_at += 1;
            let end = slot + length;
            if frozen[end] > frozen[slot] {
                chosen.frozen += 1;
            } else if night[end] > night[slot] {
                chosen.at_night += 1;
            } else {
                // The last quarter counts for as much of it as the window takes.
                let over = u128::from(length as u64 * QUARTER_MS / MINUTE_MS - self.minutes);
                let expected = brought[end] - brought[slot] - over * u128::from(self.rates[end - 1]);
                let from_ms = self.start(slot);
                free.push(Window { from_ms, until_ms: from_ms + self.minutes * MINUTE_MS, expected });
            }
        }
        free.sort_by_key(|window| (window.expected, window.from_ms));
        for window in free {
            let apart = |other: &Window| window.until_ms <= other.from_ms || other.until_ms <= window.from_ms;
            if chosen.windows.len() < most && chosen.windows.iter().all(apart) {
                chosen.windows.push(window);
            }
        }
        chosen
    }

    fn start(&self, slot: usize) -> u64 {
        self.from_ms + slot as u64 * QUARTER_MS
    }
}

fn sums(closed: &[bool]) -> Vec<usize> {
    let mut sums = vec![0];
    for closed in closed {
        sums.push(sums[sums.len() - 1] + usize::from(*closed));
    }
    sums
}

fn at(at_ms: u64) -> Option<Timestamp> {
    Timestamp::from_millisecond(i64::try_from(at_ms).ok()?).ok()
}

/// `Tue 2026-11-24 03:30`.
pub(super) fn clock(at_ms: u64, zone: &TimeZone) -> String {
    let Some(clock) = at(at_ms).map(|at| zone.to_datetime(at)) else { return String::new() };
    clock.strftime("%a %Y-%m-%d %H:%M").to_string()
}
