//! How often one caller may ask: each token, each person, and each address as long as nobody is proved.
//!
//! Invariant: nobody's asking takes another one's room; what is remembered is bounded, and an address that made room for
//! others shares theirs. Deliberately not here: tries at passwords (`identity::passwords`), who asks (`identity::admit`).

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::str::FromStr;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use crate::problem::Trouble;

/// draft-ietf-httpapi-ratelimit-headers-10
const POLICY_HEADER: HeaderName = HeaderName::from_static("ratelimit-policy");
const LEFT_HEADER: HeaderName = HeaderName::from_static("ratelimit");
/// Callers that are told apart; some 100 bytes each.
const KEYS_MAX: usize = 50_000;
/// Forgetting those who have not asked lately takes a look at all of them.
const FORGET_EVERY: Duration = Duration::from_secs(1);
/// All who come when there is no room.
const OTHERS: &str = "others";

/// Requests a second, and how many may come at once after a rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    pub per_second: NonZeroU32,
    pub burst: NonZeroU32,
}

/// None: as often as one likes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paces {
    /// Of each token, and of each person's sessions.
    pub callers: Option<Pace>,
    /// Of each address, for what nobody has to be signed in for, and what proves nobody.
    pub addresses: Option<Pace>,
    /// Of each flag key, which thousands may hold.
    pub flag_keys: Option<Pace>,
}

impl Pace {
    const fn new(per_second: u32, burst: u32) -> Option<Self> {
        match (NonZeroU32::new(per_second), NonZeroU32::new(burst)) {
            (Some(per_second), Some(burst)) => Some(Self { per_second, burst }),
            _ => None,
        }
    }
}

impl Default for Paces {
    fn default() -> Self {
        Self {
            callers: Pace::new(50, 200),
            addresses: Pace::new(20, 200),
            flag_keys: Pace::new(20_000, 40_000),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is neither requests a second and how many at once, as in 50/200, nor `off`")]
pub struct BadPace(String);

/// `50/200`
impl FromStr for Pace {
    type Err = BadPace;
    fn from_str(text: &str) -> Result<Self, BadPace> {
        let numbers =
            text.split_once('/').and_then(|(rate, burst)| Some((rate.parse().ok()?, burst.parse().ok()?)));
        numbers.and_then(|(rate, burst)| Self::new(rate, burst)).ok_or_else(|| BadPace(text.to_owned()))
    }
}

/// How much room there is, for the headers of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Room {
    policy: &'static str,
    pace: Pace,
    left: u32,
    /// Until all of it is there again; where none is left, until one is.
    wait_seconds: u64,
}

impl Room {
    pub fn tell(&self, headers: &mut HeaderMap) {
        let Self { policy, pace, left, wait_seconds } = self;
        let window = pace.burst.get().div_ceil(pace.per_second.get());
        let value = |text: String| HeaderValue::from_str(&text).ok();
        let rule = value(format!("\"{policy}\";q={};w={window}", pace.burst));
        let now = value(format!("\"{policy}\";r={left};t={wait_seconds}"));
        headers.extend(rule.map(|value| (POLICY_HEADER, value)));
        headers.extend(now.map(|value| (LEFT_HEADER, value)));
    }

    /// What is answered where none is left.
    pub fn refuse(&self) -> Trouble {
        let Pace { per_second, burst } = self.pace;
        let detail = format!(
            "more requests than {per_second} a second, and {burst} at once, came from one {}",
            self.policy
        );
        let trouble = Trouble::new(StatusCode::TOO_MANY_REQUESTS, "too-many-requests", detail).help(
            "wait as long as Retry-After says; follow the event stream instead of asking again and again, or give each \
             program a token of its own",
        );
        Trouble { retry_after_seconds: Some(u32::try_from(self.wait_seconds).unwrap_or(u32::MAX)), ..trouble }
    }
}

type Keyed<C> = RateLimiter<String, HashMapStateStore<String>, C, StateInformationMiddleware>;

pub(crate) struct Limiter<C: Clock = DefaultClock> {
    policy: &'static str,
    pace: Pace,
    clock: C,
    keyed: Keyed<C>,
    keys_max: usize,
    forgot: Mutex<Option<Instant>>,
}

impl<C: Clock + Clone> Limiter<C> {
    fn new(policy: &'static str, pace: Pace, clock: C) -> Self {
        let quota = Quota::per_second(pace.per_second).allow_burst(pace.burst);
        let keyed = Keyed::<C>::new(quota, HashMapStateStore::default(), clock.clone());
        Self { policy, pace, clock, keyed, keys_max: KEYS_MAX, forgot: Mutex::default() }
    }

    /// Takes one request's room, or says that there is none.
    pub fn take(&self, key: &str) -> Result<Room, Room> {
        let key = if self.has_place() { key } else { OTHERS };
        let room = |left, wait: Duration| Room {
            policy: self.policy,
            pace: self.pace,
            left,
            wait_seconds: wait.as_millis().div_ceil(1_000) as u64,
        };
        match self.keyed.check_key(&key.to_owned()) {
            Ok(state) => {
                let left = state.remaining_burst_capacity();
                let taken = self.pace.burst.get().saturating_sub(left);
                let millis = u64::from(taken) * 1_000 / u64::from(self.pace.per_second.get());
                Ok(room(left, Duration::from_millis(millis)))
            }
            Err(until) => Err(room(0, until.wait_time_from(self.clock.now()).max(Duration::from_millis(1)))),
        }
    }

    fn has_place(&self) -> bool {
        if self.keyed.len() < self.keys_max {
            return true;
        }
        let mut forgot = self.forgot.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if forgot.is_none_or(|at| at.elapsed() >= FORGET_EVERY) {
            self.keyed.retain_recent();
            *forgot = Some(Instant::now());
        }
        self.keyed.len() < self.keys_max
    }
}

/// Of a whole server.
pub(crate) struct Limits {
    callers: Option<Limiter>,
    addresses: Option<Limiter>,
}

impl Limits {
    pub fn new(paces: Paces) -> Self {
        let limiter =
            |policy, pace: Option<Pace>| pace.map(|pace| Limiter::new(policy, pace, DefaultClock::default()));
        Self { callers: limiter("caller", paces.callers), addresses: limiter("address", paces.addresses) }
    }

    pub fn caller(&self, key: &str) -> Option<Result<Room, Room>> {
        self.callers.as_ref().map(|limiter| limiter.take(key))
    }

    /// Whoever has an address in IPv6 has 2^64 of them.
    pub fn address(&self, from: Option<IpAddr>) -> Option<Result<Room, Room>> {
        let key = match from.map(|from| from.to_canonical()) {
            None => "unknown".to_owned(),
            Some(IpAddr::V4(address)) => address.to_string(),
            Some(IpAddr::V6(address)) => format!("{:x}", address.to_bits() >> 64),
        };
        self.addresses.as_ref().map(|limiter| limiter.take(&key))
    }
}

#[cfg(test)]
mod tests {
    use governor::clock::FakeRelativeClock;

    use super::*;

    fn pace(text: &str) -> Pace {
        text.parse().unwrap()
    }

    #[test]
    fn a_burst_then_one_after_the_other() {
        let clock = FakeRelativeClock::default();
        let limiter = Limiter::new("caller", pace("2/4"), clock.clone());
        let left: Vec<u32> = (0..4).map(|_| limiter.take("ann").unwrap().left).collect();
        assert_eq!(left, [3, 2, 1, 0]);
        let none = limiter.take("ann").unwrap_err();
        assert_eq!((none.left, none.wait_seconds), (0, 1));
        assert_eq!(limiter.take("bob").unwrap().left, 3, "another one has room");
        clock.advance(Duration::from_millis(500));
        assert_eq!(limiter.take("ann").unwrap().left, 0);
        assert!(limiter.take("ann").is_err());
        clock.advance(Duration::from_mins(1));
        assert_eq!(limiter.take("ann").unwrap().left, 3, "no more than the burst is saved up");
    }

    #[test]
    fn the_headers_say_what_is_left() {
        let limiter = Limiter::new("caller", pace("50/200"), FakeRelativeClock::default());
        let mut headers = HeaderMap::new();
        limiter.take("ann").unwrap().tell(&mut headers);
        assert_eq!(headers[POLICY_HEADER], "\"caller\";q=200;w=4");
        assert_eq!(headers[LEFT_HEADER], "\"caller\";r=199;t=1");
        let refused = (0..200).find_map(|_| limiter.take("ann").err()).unwrap().refuse();
        assert_eq!((refused.status.as_u16(), refused.code), (429, "too-many-requests"));
        assert_eq!(refused.retry_after_seconds, Some(1));
    }

    #[test]
    fn what_is_remembered_is_bounded_and_forgotten_when_it_is_over() {
        let clock = FakeRelativeClock::default();
        let mut limiter = Limiter::new("address", pace("1/2"), clock.clone());
        limiter.keys_max = 3;
        for key in ["a", "b", "c"] {
            limiter.take(key).unwrap();
        }
        // Three more share one place.
        let told: Vec<bool> = ["d", "e", "f"].map(|key| limiter.take(key).is_ok()).to_vec();
        assert_eq!(told, [true, true, false]);
        assert_eq!(limiter.keyed.len(), 4);
        clock.advance(Duration::from_secs(10));
        *limiter.forgot.lock().unwrap() = None;
        limiter.take("g").unwrap();
        assert_eq!(limiter.keyed.len(), 1);
    }

    #[test]
    fn addresses_are_told_apart_by_their_network() {
        let limits = Limits::new(Paces { callers: None, addresses: Some(pace("1/1")), flag_keys: None });
        let ask = |address: &str| limits.address(Some(address.parse().unwrap())).unwrap().is_ok();
        assert!(ask("10.0.0.1") && ask("10.0.0.2") && !ask("::ffff:10.0.0.1"));
        assert!(ask("2001:db8::1") && !ask("2001:db8::2") && ask("2001:db8:0:1::1"));
        assert!(limits.caller("ann").is_none());
    }

    #[test]
    fn a_pace_is_two_numbers() {
        assert_eq!(pace("50/200"), Pace::new(50, 200).unwrap());
        for bad in ["", "50", "50/", "/200", "0/1", "1/0", "-1/2", "a/b", "1/2/3", "99999999999/1"] {
            assert!(bad.parse::<Pace>().is_err(), "{bad}");
        }
    }
}
