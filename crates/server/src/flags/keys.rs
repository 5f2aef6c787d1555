//! Who may ask: flag keys, found without the store.
//!
//! Invariant: a key is found by its public part and proved by its secret in constant time; one that is revoked or at its
//! end opens nothing; each has a pace of its own, which a change of another key does not reset. Deliberately not here:
//! making keys (`routes::flag_keys`).

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use tidegate_domain::flag_keys::{FlagKeyKind, FlagKeys, FlagSdkKey};
use tidegate_domain::person::TokenId;
use tidegate_identity::{FlagKeyHash, show_flag_key};

use super::{Place, Serving, Where, now_ms};
use crate::pace::Pace;

#[derive(Default)]
pub(crate) struct Keys {
    by_id: HashMap<String, Arc<Key>>,
    /// When those were last used that open nothing any more.
    used_before: HashMap<String, u64>,
}

pub(crate) struct Key {
    pub id: String,
    pub at: Where,
    pub kind: FlagKeyKind,
    pub hash: FlagKeyHash,
    /// In the address of its stream of changes.
    pub ticket: String,
    pub expires_ms: Option<u64>,
    pub place: Arc<Place>,
    pace: Option<DefaultDirectRateLimiter>,
    pub used_ms: AtomicU64,
}

/// A key as others are told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeyFacts {
    pub id: String,
    pub kind: FlagKeyKind,
    pub hash: FlagKeyHash,
    pub expires_ms: Option<u64>,
}

impl Key {
    fn new(at: Where, facts: KeyFacts, (place, pace): (Arc<Place>, Option<Pace>)) -> Self {
        let KeyFacts { id, kind, hash, expires_ms } = facts;
        let pace =
            pace.map(|pace| RateLimiter::direct(Quota::per_second(pace.per_second).allow_burst(pace.burst)));
        let ticket = hash.ticket();
        Self { id, at, kind, hash, ticket, expires_ms, place, pace, used_ms: AtomicU64::new(0) }
    }

    fn is_valid(&self, now_ms: u64) -> bool {
        self.expires_ms.is_none_or(|end| now_ms < end)
    }

    /// Takes one request's room, or says for how long there is none.
    pub fn take(&self) -> Result<(), Duration> {
        let Some(pace) = &self.pace else { return Ok(()) };
        pace.check().map_err(|until| until.wait_time_from(DefaultClock::default().now()))
    }

    fn facts(&self) -> KeyFacts {
        let (id, hash) = (self.id.clone(), self.hash.clone());
        KeyFacts { id, kind: self.kind, hash, expires_ms: self.expires_ms }
    }
}

impl Keys {
    /// The key that this text is, if it opens anything now.
    pub fn opened_by(&self, text: &str) -> Option<&Arc<Key>> {
        let shown = show_flag_key(text).ok()?;
        let key = self.by_id.get(shown.id()).filter(|key| shown.matches(&key.hash))?;
        let now_ms = now_ms();
        key.used_ms.store(now_ms, Ordering::Relaxed);
        Some(key).filter(|key| key.is_valid(now_ms))
    }

    /// The key whose stream this ticket opens.
    pub fn followed_by(&self, id: &str, ticket: &str) -> Option<&Arc<Key>> {
        let key = self.by_id.get(id).filter(|key| key.hash.is_ticket(ticket))?;
        Some(key).filter(|key| key.is_valid(now_ms()))
    }

    /// Whether a key that was found still opens what it did.
    pub fn holds(&self, key: &Key) -> bool {
        self.by_id.get(&key.id).is_some_and(|known| known.hash == key.hash && known.is_valid(now_ms()))
    }

    /// When it was last used since this server started, also where it opens nothing any more; 0 for never.
    pub fn used_ms(&self, id: &str) -> u64 {
        let known = self.by_id.get(id).map(|key| key.used_ms.load(Ordering::Relaxed));
        known.or_else(|| self.used_before.get(id).copied()).unwrap_or(0)
    }

    /// Those of one environment, in the order of their ids.
    pub fn of(&self, at: &Where) -> Vec<KeyFacts> {
        let mut found: Vec<KeyFacts> =
            self.by_id.values().filter(|key| key.at == *at).map(|key| key.facts()).collect();
        found.sort_by(|one, other| one.id.cmp(&other.id));
        found
    }
}

impl Serving {
    /// As they stand in the log; what came later stays.
    pub fn know_keys(&self, keys: &FlagKeys, position: u64) {
        let mut newest = self.keying.lock().unwrap_or_else(PoisonError::into_inner);
        if position < *newest {
            return;
        }
        *newest = position;
        let facts = keys.by_id.iter().filter(|(_, key)| !key.revoked).filter_map(|(id, key)| of_log(id, key));
        self.set_keys(facts.collect());
    }

    pub fn set_keys(&self, all: Vec<(Where, KeyFacts)>) {
        let before = self.keys.load_full();
        let mut by_id = HashMap::with_capacity(all.len());
        for (at, facts) in all {
            let known = before.by_id.get(&facts.id).filter(|key| key.at == at && key.facts() == facts);
            let key = known.map_or_else(
                || {
                    let place = self.place(&at);
                    Arc::new(Key::new(at, facts, (place, self.pace)))
                },
                Arc::clone,
            );
            by_id.insert(key.id.clone(), key);
        }
        let mut used_before = before.used_before.clone();
        let gone = before.by_id.values().filter(|key| !by_id.contains_key(&key.id));
        used_before.extend(gone.map(|key| (key.id.clone(), key.used_ms.load(Ordering::Relaxed))));
        let next = Arc::new(Keys { by_id, used_before });
        self.keys.store(Arc::clone(&next));
        let other = |key: &&Arc<Key>, keys: &Keys| {
            keys.by_id.get(&key.id).is_none_or(|known| !Arc::ptr_eq(known, key))
        };
        let new = next.by_id.values().filter(|key| other(key, &before));
        let gone = before.by_id.values().filter(|key| other(key, &next));
        for key in new.chain(gone) {
            key.place.tell_keys_changed();
        }
    }
}

fn of_log(id: &TokenId, key: &FlagSdkKey) -> Option<(Where, KeyFacts)> {
    let hash = FlagKeyHash::parse(&key.hash)?;
    let facts = KeyFacts { id: id.0.clone(), kind: key.kind, hash, expires_ms: key.expires_ms };
    Some(((key.project.clone(), key.environment.clone()), facts))
}
