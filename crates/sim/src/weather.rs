//! What goes wrong between the control planes and the world, and until when.
//!
//! Invariant: from `calm_from_ms` on nothing goes wrong any more, so that what should end can end.

use crate::random::Random;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Port {
    /// Reading history, and the agenda.
    Read,
    /// Writing history.
    Write,
    Target,
    Router,
    Metrics,
    Notifier,
}

impl Port {
    pub const ALL: [Self; 6] =
        [Self::Read, Self::Write, Self::Target, Self::Router, Self::Metrics, Self::Notifier];
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mishap {
    /// It fails and nothing has happened.
    Before,
    /// It happens, and the answer is lost.
    Answerless,
    /// It happens now and once more later.
    Twice { again_ms: u64 },
    /// The caller gives up; it happens later all the same.
    Late { after_ms: u64 },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outage {
    pub port: Port,
    pub from_ms: u64,
    pub until_ms: u64,
}

#[derive(Debug, Clone, Default)]
pub struct Weather {
    pub calm_from_ms: u64,
    /// Of a thousand calls of each port, in the order of `Port::ALL`.
    pub mishaps_per_mille: [u64; 6],
    pub outages: Vec<Outage>,
    /// The most that a call usually takes each way.
    pub delay_ms_max: u64,
    /// Of a thousand calls, how many take up to a hundred times as long.
    pub slow_per_mille: u64,
}

impl Weather {
    pub fn is_out(&self, port: Port, now_ms: u64) -> bool {
        let out = |outage: &Outage| {
            outage.port == port && (outage.from_ms..outage.until_ms.min(self.calm_from_ms)).contains(&now_ms)
        };
        self.outages.iter().any(out)
    }

    pub fn mishap(&self, port: Port, now_ms: u64, random: &mut Random) -> Option<Mishap> {
        if now_ms >= self.calm_from_ms {
            return None;
        }
        if self.is_out(port, now_ms) {
            return Some(Mishap::Before);
        }
        let index = Port::ALL.iter().position(|known| *known == port).unwrap_or(0);
        if !random.chance(self.mishaps_per_mille[index]) {
            return None;
        }
        let later = random.between(1, 8_000);
        Some(match (port, random.up_to(3)) {
            (Port::Read | Port::Metrics, _) | (_, 0) => Mishap::Before,
            (Port::Write | Port::Notifier, _) | (_, 1) => Mishap::Answerless,
            (Port::Target | Port::Router, 2) => Mishap::Twice { again_ms: later },
            (Port::Target | Port::Router, _) => Mishap::Late { after_ms: later },
        })
    }

    pub fn delay_ms(&self, now_ms: u64, random: &mut Random) -> u64 {
        if now_ms < self.calm_from_ms && random.chance(self.slow_per_mille) {
            return random.up_to(self.delay_ms_max * 100);
        }
        random.up_to(self.delay_ms_max)
    }
}
