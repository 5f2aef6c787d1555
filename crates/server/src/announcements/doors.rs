//! How often strangers may do what costs somebody something: write a letter, leave an answer.
//!
//! Invariant: what is remembered has a limit, and when that is reached strangers wait rather than that nobody counts.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

const KEYS_MAX: usize = 10_000;
const WITHIN: Duration = Duration::from_mins(10);
/// Forgetting those who have not come lately takes a look at all of them.
const FORGET_EVERY: Duration = Duration::from_secs(10);
/// Of one address, and of all together.
const SUBSCRIBING: (u32, u32) = (5, 100);
const ANSWERING: (u32, u32) = (20, 600);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Door {
    Subscribe,
    Answer,
}

#[derive(Debug, Default)]
pub(crate) struct Doors {
    /// When each began, and how many came since.
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    counts: BTreeMap<(Door, String), (Instant, u32)>,
    forgot: Option<Instant>,
}

impl Doors {
    /// Whether there is room for one more.
    pub fn enter(&self, door: Door, from: Option<IpAddr>) -> bool {
        self.enter_at(door, from, Instant::now())
    }

    fn enter_at(&self, door: Door, from: Option<IpAddr>, now: Instant) -> bool {
        let (of_one, of_all) = match door {
            Door::Subscribe => SUBSCRIBING,
            Door::Answer => ANSWERING,
        };
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let long_ago = seen.forgot.is_none_or(|at| now.saturating_duration_since(at) >= FORGET_EVERY);
        if seen.counts.len() >= KEYS_MAX && long_ago {
            seen.counts.retain(|_, (began, _)| now.saturating_duration_since(*began) < WITHIN);
            seen.forgot = Some(now);
        }
        if seen.counts.len() >= KEYS_MAX {
            return false;
        }
        let mut take = |key: String, most: u32| {
            let count = seen.counts.entry((door, key)).or_insert((now, 0));
            if now.saturating_duration_since(count.0) >= WITHIN {
                *count = (now, 0);
            }
            count.1 += 1;
            count.1 <= most
        };
        // Whoever knocks too often takes no room from the others.
        take(network(from), of_one) && take(String::new(), of_all)
    }
}

/// Whoever has an address in IPv6 has 2^64 of them.
fn network(from: Option<IpAddr>) -> String {
    match from.map(|from| from.to_canonical()) {
        None => "unknown".to_owned(),
        Some(IpAddr::V4(address)) => address.to_string(),
        Some(IpAddr::V6(address)) => format!("{:x}", address.to_bits() >> 64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_takes_no_room_from_another() {
        let (doors, now) = (Doors::default(), Instant::now());
        let ask = |address: &str, at| doors.enter_at(Door::Subscribe, Some(address.parse().unwrap()), at);
        let first: Vec<bool> = (0..7).map(|_| ask("10.0.0.1", now)).collect();
        assert_eq!(first, [true, true, true, true, true, false, false]);
        assert!(ask("10.0.0.2", now));
        assert!(!ask("::ffff:10.0.0.1", now), "the same in another form");
        assert!(doors.enter_at(Door::Answer, Some("10.0.0.1".parse().unwrap()), now));
        assert!(ask("10.0.0.1", now + WITHIN), "after a while there is room again");
    }

    #[test]
    fn all_together_have_a_limit_and_so_has_the_memory() {
        let (doors, now) = (Doors::default(), Instant::now());
        let ask = |at: u32, now| {
            doors.enter_at(Door::Subscribe, Some(std::net::Ipv4Addr::from_bits(at).into()), now)
        };
        let entered = (0..20_000).filter(|at| ask(*at, now)).count();
        assert_eq!(entered, SUBSCRIBING.1 as usize);
        assert!(doors.seen.lock().unwrap().counts.len() <= KEYS_MAX + 1);
        assert!(ask(1, now + WITHIN));
    }
}
