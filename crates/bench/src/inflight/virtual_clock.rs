//! A clock that begins where it is told: rollouts can be made to be due together, and days can pass in no time.
//!
//! Invariant: it never runs backwards. Deliberately not here: who sets it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use tidegate_domain::moment::{Moment, Steady};

use crate::drive::Clock;

/// Stands still but for what it is moved on.
#[derive(Debug, Clone)]
pub struct Held {
    now_ms: Arc<AtomicU64>,
}

impl Held {
    pub fn at(start_ms: u64) -> Self {
        Self { now_ms: Arc::new(AtomicU64::new(start_ms)) }
    }
    pub fn forward_to(&self, now_ms: u64) {
        self.now_ms.fetch_max(now_ms, Ordering::Relaxed);
    }
    pub fn now(&self) -> Moment {
        moment(self.now_ms.load(Ordering::Relaxed))
    }
    pub fn clock(&self) -> Clock {
        let held = self.clone();
        Arc::new(move || held.now())
    }
}

/// Runs as the machine's does, from there.
pub fn running_from(start_ms: u64) -> Clock {
    let began = Instant::now();
    Arc::new(move || moment(start_ms + began.elapsed().as_millis() as u64))
}

fn moment(ms: u64) -> Moment {
    Moment { wall_ms: ms, steady: Steady(ms) }
}
