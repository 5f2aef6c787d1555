//! What is kept for a short time and taken once: sign-ins that a provider has not answered yet, and codes for command lines.
//!
//! Invariant: kept under a hash of the secret that it is taken with; gone when it was taken, whatever came of it, and when
//! its time is over; one address never fills it. Deliberately not here: what is kept.

use std::collections::BTreeMap;
use std::net::IpAddr;

use tidegate_domain::moment::Steady;
use tidegate_identity::{Secret, Session};

#[derive(Debug, Clone, Copy)]
pub(crate) struct Room {
    pub lasts_ms: u64,
    pub most: usize,
    /// Of one address.
    pub most_each: usize,
}

/// There is no room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Full {
    Everywhere,
    /// This address has begun too many.
    Address,
}

pub(crate) struct Once<T> {
    room: Room,
    kept: BTreeMap<String, Kept<T>>,
}

struct Kept<T> {
    what: T,
    from: Option<IpAddr>,
    until_ms: u64,
}

impl<T> Once<T> {
    pub fn new(room: Room) -> Self {
        Self { room, kept: BTreeMap::new() }
    }

    pub fn put(
        &mut self,
        secret: &Secret,
        (what, from): (T, Option<IpAddr>),
        now: Steady,
    ) -> Result<(), Full> {
        let Room { lasts_ms, most, most_each } = self.room;
        self.kept.retain(|_, kept| now.0 < kept.until_ms);
        if self.kept.len() >= most {
            return Err(Full::Everywhere);
        }
        if self.kept.values().filter(|kept| kept.from == from).count() >= most_each {
            return Err(Full::Address);
        }
        let until_ms = now.0.saturating_add(lasts_ms);
        self.kept.insert(Session::key(secret), Kept { what, from, until_ms });
        Ok(())
    }

    pub fn take(&mut self, secret: &Secret, now: Steady) -> Option<T> {
        let kept = self.kept.remove(&Session::key(secret))?;
        (now.0 < kept.until_ms).then_some(kept.what)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: Room = Room { lasts_ms: 100, most: 3, most_each: 2 };

    fn from(last: u8) -> IpAddr {
        IpAddr::from([10, 0, 0, last])
    }

    #[test]
    fn it_is_taken_once_and_in_time() {
        let mut once = Once::new(ROOM);
        let (one, two) = (Secret::new("one"), Secret::new("two"));
        once.put(&one, (1, Some(from(1))), Steady(0)).unwrap();
        once.put(&two, (2, Some(from(1))), Steady(0)).unwrap();
        assert_eq!(once.take(&Secret::new("three"), Steady(0)), None);
        assert_eq!(once.take(&one, Steady(99)), Some(1));
        assert_eq!(once.take(&one, Steady(99)), None);
        assert_eq!(once.take(&two, Steady(100)), None);
        assert_eq!(once.take(&two, Steady(0)), None, "who came too late has used it up");
    }

    #[test]
    fn one_address_does_not_fill_it_and_time_empties_it() {
        let mut once = Once::new(ROOM);
        let mut put = |secret: &str, last: u8, now: u64| {
            once.put(&Secret::new(secret), ((), Some(from(last))), Steady(now))
        };
        assert_eq!((put("a", 1, 0), put("b", 1, 0)), (Ok(()), Ok(())));
        assert_eq!(put("c", 1, 0), Err(Full::Address));
        assert_eq!(put("d", 2, 50), Ok(()));
        assert_eq!(put("e", 3, 50), Err(Full::Everywhere));
        assert_eq!(put("f", 1, 100), Ok(()));
    }
}
