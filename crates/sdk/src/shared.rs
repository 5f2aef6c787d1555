//! What whoever asks and whoever follows have in common.
//!
//! Invariant: asking reads one state of all flags, by a handle that is swapped under it. Deliberately not here: waiting.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use arc_swap::ArcSwap;
use tidegate_flags::{Context, Details, ErrorCode};
use tokio::sync::watch;

use crate::definitions::Held;
use crate::follow::{Learner, Learnt, Trouble};
use crate::freshness::Freshness;
use crate::outcomes::{Outcomes, Report};
use crate::usage::{News, Uses};

pub(crate) struct Shared {
    pub held: ArcSwap<Held>,
    uses: Uses,
    pub outcomes: Outcomes,
    pub freshness: Freshness,
    /// Told after anything changed that one can wait for.
    pub told: watch::Sender<u64>,
    /// Nobody follows any more.
    pub ended: AtomicBool,
    /// Why nothing can be learnt.
    pub trouble: ArcSwap<Option<String>>,
}

impl Shared {
    pub fn new() -> Self {
        Self {
            held: ArcSwap::default(),
            uses: Uses::default(),
            outcomes: Outcomes::new(),
            freshness: Freshness::new(),
            told: watch::Sender::default(),
            ended: AtomicBool::new(false),
            trouble: ArcSwap::default(),
        }
    }

    /// One flag for somebody, counted.
    #[inline]
    pub fn ask<T>(&self, key: &str, context: &Context, read: impl FnOnce(Details<'_>) -> T) -> T {
        let held = self.held.load();
        if held.version.is_none() {
            let message = "no flags were learnt yet";
            return read(Details::failure(ErrorCode::ProviderNotReady, message));
        }
        let details = held.set.evaluate(key, context).as_served();
        // What was given counts, mistakes of the asker do not.
        if details.error().is_none() {
            self.uses.note(key, details.variant(), now_ms());
        }
        read(details)
    }

    pub fn is_ready(&self) -> bool {
        self.held.load().version.is_some()
    }

    pub fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Acquire)
    }

    pub fn tell(&self) {
        self.told.send_modify(|times| *times += 1);
    }

    pub fn end(&self) {
        self.freshness.cut_off();
        self.ended.store(true, Ordering::Release);
        self.tell();
    }
}

/// Puts what is learnt where it is asked for.
pub(crate) struct Learning(pub Arc<Shared>);

impl Learning {
    fn hold(&self, next: Held) {
        self.0.uses.know_all(next.set.keys(), now_ms());
        self.0.held.store(Arc::new(next));
        self.0.tell();
    }
}

impl Learner for Learning {
    fn learn(&mut self, answer: &[u8]) -> Result<Learnt, String> {
        let Some(next) = self.0.held.load().followed_by(answer)? else { return Ok(Learnt::Known) };
        self.hold(next);
        Ok(Learnt::News)
    }

    fn remember(&mut self, answer: &[u8]) -> Result<(), String> {
        let kept = self.0.held.load().followed_by(answer)?;
        if let Some(mut kept) = kept {
            kept.remembered = true;
            self.hold(kept);
        }
        Ok(())
    }

    fn newest(&mut self) {
        if self.0.freshness.newest() {
            self.0.trouble.store(Arc::default());
            self.0.tell();
        }
    }

    fn stale(&mut self, since: Duration) {
        if self.0.freshness.stale(since) {
            self.0.tell();
        }
    }

    fn cut_off(&mut self, why: &Trouble) {
        self.0.trouble.store(Arc::new(Some(why.to_string())));
        if self.0.freshness.cut_off() {
            self.0.tell();
        }
    }

    fn given(&mut self, most: usize) -> Vec<News> {
        self.0.uses.news(most)
    }

    fn outcomes(&mut self, _: usize) -> Vec<Report> {
        self.0.outcomes.report().into_iter().collect()
    }

    fn unheard(&mut self, _: &Report) {
        self.0.outcomes.again();
    }
}

pub(crate) fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64)
}
