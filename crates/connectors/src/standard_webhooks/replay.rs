//! Which messages came before, so that a hundred copies have one effect.
//!
//! Invariant: an id that was seen is known until its time is over; where the memory is full a new id is turned away
//! instead of an old one forgotten. Deliberately not here: clocks, locks, and what outlives a restart (the inbox).

use std::collections::{HashMap, VecDeque};

/// What to do with a message that was verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrival {
    /// Act on it; `forget` it again if acting failed, so that the sender's next attempt counts.
    First,
    /// Answer as if it had been acted on, and do nothing.
    Again,
    /// No room: answer 503; the sender tries again.
    Full,
}

/// Ids with the time until which they count.
#[derive(Debug)]
pub struct SeenIds {
    limit: usize,
    keep_seconds: u64,
    until: HashMap<String, u64>,
    /// The same ids, soonest first: times only grow, because `latest` does.
    order: VecDeque<(u64, String)>,
    latest_seconds: u64,
}

impl SeenIds {
    /// Where the sender signs its time, `REMEMBER_SECONDS` are enough; else as long as replays are to be found.
    pub fn new(limit: usize, keep_seconds: u64) -> Self {
        Self { limit, keep_seconds, until: HashMap::new(), order: VecDeque::new(), latest_seconds: 0 }
    }

    pub fn arrive(&mut self, id: &str, now_seconds: u64) -> Arrival {
        // A clock that is set back must not make ids live shorter than those before them.
        self.latest_seconds = self.latest_seconds.max(now_seconds);
        self.expire();
        if self.until.contains_key(id) {
            return Arrival::Again;
        }
        if self.until.len() >= self.limit {
            return Arrival::Full;
        }
        let until = self.latest_seconds.saturating_add(self.keep_seconds);
        self.until.insert(id.to_owned(), until);
        self.order.push_back((until, id.to_owned()));
        Arrival::First
    }

    /// Acting on it failed: the next copy is the first one again.
    pub fn forget(&mut self, id: &str) {
        if self.until.remove(id).is_some() {
            self.order.retain(|(_, known)| known != id);
        }
    }

    pub fn len(&self) -> usize {
        self.until.len()
    }
    pub fn is_empty(&self) -> bool {
        self.until.is_empty()
    }

    fn expire(&mut self) {
        while self.order.front().is_some_and(|(until, _)| *until < self.latest_seconds) {
            if let Some((_, id)) = self.order.pop_front() {
                self.until.remove(&id);
            }
        }
    }
}
