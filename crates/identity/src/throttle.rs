//! How often somebody may try to sign in.
//!
//! Invariant: within any stretch of the budget's length, no key has more tries than the budget; a try that is refused is
//! no try, so that whoever guesses cannot keep the owner out for ever. It keeps a bounded number of keys. Deliberately
//! not here: what a key is (an account, an address).

use std::collections::{BTreeMap, VecDeque};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    pub tries: usize,
    pub within_ms: u64,
}

impl Budget {
    /// OWASP ASVS 5.0, 6.3.1 asks for a limit; ten in a quarter of an hour.
    pub const ACCOUNT: Self = Self { tries: 10, within_ms: 15 * 60_000 };
    /// A company behind one address signs in in the morning.
    pub const ADDRESS: Self = Self { tries: 100, within_ms: 15 * 60_000 };
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many tries; the next one is possible in {retry_after_ms} ms")]
pub struct Wait {
    pub retry_after_ms: u64,
}

/// Milliseconds here never run backwards.
#[derive(Debug)]
pub struct Throttle {
    budget: Budget,
    keys_max: usize,
    tries: BTreeMap<String, VecDeque<u64>>,
}

impl Throttle {
    pub fn new(budget: Budget, keys_max: usize) -> Self {
        Self { budget, keys_max, tries: BTreeMap::new() }
    }

    /// Counts a try, or says how long to wait.
    pub fn attempt(&mut self, key: &str, now_ms: u64) -> Result<(), Wait> {
        let Budget { tries: most, within_ms } = self.budget;
        if !self.tries.contains_key(key) && self.tries.len() >= self.keys_max {
            self.tidy(now_ms);
        }
        if !self.tries.contains_key(key) && self.tries.len() >= self.keys_max {
            // Somebody floods with made-up names: until their tries have aged, no new name is let in.
            return Err(Wait { retry_after_ms: within_ms });
        }
        let tries = self.tries.entry(key.to_owned()).or_default();
        forget(tries, within_ms, now_ms);
        match tries.front() {
            Some(oldest) if tries.len() >= most => {
                Err(Wait { retry_after_ms: (oldest + within_ms).saturating_sub(now_ms).max(1) })
            }
            Some(_) | None => {
                tries.push_back(now_ms);
                Ok(())
            }
        }
    }

    /// It was the right one: what was tried before is forgiven.
    pub fn forgive(&mut self, key: &str) {
        self.tries.remove(key);
    }

    pub fn len(&self) -> usize {
        self.tries.len()
    }

    pub fn is_empty(&self) -> bool {
        self.tries.is_empty()
    }

    fn tidy(&mut self, now_ms: u64) {
        let within_ms = self.budget.within_ms;
        self.tries.retain(|_, tries| {
            forget(tries, within_ms, now_ms);
            !tries.is_empty()
        });
    }
}

fn forget(tries: &mut VecDeque<u64>, within_ms: u64, now_ms: u64) {
    while tries.front().is_some_and(|at| now_ms.saturating_sub(*at) >= within_ms) {
        tries.pop_front();
    }
}
