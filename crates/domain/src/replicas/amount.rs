//! "2" or "25%": an amount of replicas, and the two amounts that fence a rolling strategy in.
//!
//! Invariant: a parsed percentage is at most 100; fence posts are never both 0, so a step is always possible.
//! Deliberately not here: the defaults of a strategy (25 % and 25 %), which belong to the strategy.

use std::fmt;
use std::str::FromStr;

use serde::de::{Deserialize, Deserializer, Unexpected, Visitor};
use serde::ser::{Serialize, Serializer};

/// So many replicas, or so many percent of those wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Amount {
    Count(u32),
    Percent(u32),
}

/// Text that is no amount, with what is wrong in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BadAmount {
    NotAnAmount(String),
    Negative(String),
    MoreThanAll(String),
    /// A quoted number: it could be meant either way.
    Ambiguous(String),
}

impl Amount {
    /// The replicas meant, a part of one counted as one.
    pub fn rounded_up(self, desired: u32) -> u32 {
        match self {
            Self::Count(count) => count,
            Self::Percent(percent) => saturated((u64::from(percent) * u64::from(desired)).div_ceil(100)),
        }
    }

    /// The replicas meant, a part of one left out.
    pub fn rounded_down(self, desired: u32) -> u32 {
        match self {
            Self::Count(count) => count,
            Self::Percent(percent) => saturated(u64::from(percent) * u64::from(desired) / 100),
        }
    }

    fn percent(text: &str, digits: &str) -> Result<Self, BadAmount> {
        match digits.trim_end().parse::<u32>() {
            Ok(percent) if percent <= 100 => Ok(Self::Percent(percent)),
            Ok(_) => Err(BadAmount::MoreThanAll(text.to_owned())),
            Err(_) => Err(unreadable(text)),
        }
    }
}

fn saturated(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn unreadable(text: &str) -> BadAmount {
    let digits = text.strip_suffix('%').unwrap_or(text);
    match digits.strip_prefix('-') {
        Some(rest) if !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit()) => {
            BadAmount::Negative(text.to_owned())
        }
        _ => BadAmount::NotAnAmount(text.to_owned()),
    }
}

/// From a command line, where a bare number is a count: `2` or `25%`.
impl FromStr for Amount {
    type Err = BadAmount;
    fn from_str(given: &str) -> Result<Self, BadAmount> {
        let text = given.trim();
        match text.strip_suffix('%') {
            Some(digits) => Self::percent(text, digits),
            None => text.parse().map(Self::Count).map_err(|_| unreadable(text)),
        }
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(count) => write!(out, "{count}"),
            Self::Percent(percent) => write!(out, "{percent}%"),
        }
    }
}

impl fmt::Display for BadAmount {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAnAmount(given) => {
                write!(
                    out,
                    "`{given}` is no amount of replicas: write a count like 2 or a share like \"25%\""
                )
            }
            Self::Negative(given) => write!(out, "`{given}` is negative: an amount of replicas is 0 or more"),
            Self::MoreThanAll(given) => {
                write!(out, "`{given}` is more than all replicas: a share is at most \"100%\"")
            }
            Self::Ambiguous(given) => {
                write!(
                    out,
                    "\"{given}\" may mean two things: write {given} for a count or \"{given}%\" for a share"
                )
            }
        }
    }
}

impl std::error::Error for BadAmount {}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Count(count) => out.serialize_u32(*count),
            Self::Percent(_) => out.collect_str(self),
        }
    }
}

/// A number, or a text that ends in `%`.
impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(AmountVisitor)
    }
}

struct AmountVisitor;

impl Visitor<'_> for AmountVisitor {
    type Value = Amount;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a count of replicas like 2 or a share like \"25%\"")
    }

    fn visit_u64<E: serde::de::Error>(self, count: u64) -> Result<Amount, E> {
        u32::try_from(count)
            .map(Amount::Count)
            .map_err(|_| E::invalid_value(Unexpected::Unsigned(count), &self))
    }

    fn visit_i64<E: serde::de::Error>(self, count: i64) -> Result<Amount, E> {
        match u64::try_from(count) {
            Ok(count) => self.visit_u64(count),
            Err(_) => Err(E::custom(BadAmount::Negative(count.to_string()))),
        }
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Amount, E> {
        match text.parse::<Amount>().map_err(E::custom)? {
            Amount::Count(_) => Err(E::custom(BadAmount::Ambiguous(text.trim().to_owned()))),
            share @ Amount::Percent(_) => Ok(share),
        }
    }
}

/// How far a step may go: `surge` replicas more than wanted, `unavailable` fewer ready than wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FencePosts {
    surge: u32,
    unavailable: u32,
}

impl FencePosts {
    /// Both 0 would leave no room for any step, so `unavailable` becomes 1 then.
    pub fn new(surge: u32, unavailable: u32) -> Self {
        let unavailable = if surge == 0 { unavailable.max(1) } else { unavailable };
        Self { surge, unavailable }
    }
    pub fn surge(self) -> u32 {
        self.surge
    }
    pub fn unavailable(self) -> u32 {
        self.unavailable
    }
    /// The most replicas of all versions together.
    pub fn replicas_most(self, desired: u32) -> u32 {
        desired.saturating_add(self.surge)
    }
    /// The fewest ready replicas of all versions together.
    pub fn ready_least(self, desired: u32) -> u32 {
        desired.saturating_sub(self.unavailable)
    }
}

/// Surge rounds up and unavailable down, as Kubernetes documents for `maxSurge` and `maxUnavailable`
/// (<https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#rolling-update-deployment>).
/// Nothing can fail here: whatever is no amount was refused when it was read.
pub fn resolve_fence_posts(surge: Amount, unavailable: Amount, desired: u32) -> FencePosts {
    FencePosts::new(surge.rounded_up(desired), unavailable.rounded_down(desired))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn from_json(text: &str) -> Result<Amount, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    #[test]
    fn amounts_are_read_from_numbers_and_shares() {
        for (given, expect) in [
            ("2", Amount::Count(2)),
            ("0", Amount::Count(0)),
            ("\"25%\"", Amount::Percent(25)),
            ("\" 100 % \"", Amount::Percent(100)),
        ] {
            assert_eq!(from_json(given), Ok(expect), "{given}");
        }
        assert_eq!("3".parse(), Ok(Amount::Count(3)));
    }

    #[test]
    fn what_is_no_amount_is_refused_in_words() {
        for (given, words) in [
            ("\"oops\"", "`oops` is no amount of replicas"),
            ("\"\"", "is no amount of replicas"),
            ("\"%\"", "is no amount of replicas"),
            ("\"-%\"", "is no amount of replicas"),
            ("\"2.5%\"", "is no amount of replicas"),
            ("\"99999999999%\"", "is no amount of replicas"),
            ("\"-5%\"", "is negative"),
            ("-1", "`-1` is negative"),
            ("\"101%\"", "at most \"100%\""),
            ("\"25\"", "write 25 for a count or \"25%\" for a share"),
            ("0.25", "a count of replicas like 2 or a share"),
            ("5000000000", "a count of replicas like 2 or a share"),
            ("true", "a count of replicas like 2 or a share"),
        ] {
            let error = from_json(given).unwrap_err();
            assert!(error.contains(words), "{given}: {error}");
        }
    }

    #[test]
    fn a_single_replica_surges_rather_than_stops() {
        let quarter = Amount::Percent(25);
        let posts = resolve_fence_posts(quarter, quarter, 1);
        assert_eq!((posts.surge(), posts.unavailable()), (1, 0));
    }

    proptest! {
        #[test]
        fn an_amount_survives_writing_and_reading(count in any::<u32>(), percent in 0u32..=100) {
            for amount in [Amount::Count(count), Amount::Percent(percent)] {
                let text = serde_json::to_string(&amount).unwrap();
                prop_assert_eq!(from_json(&text), Ok(amount));
                prop_assert_eq!(amount.to_string().parse(), Ok(amount));
            }
        }

        #[test]
        fn there_is_always_room_for_a_step(surge in 0u32..=100, unavailable in 0u32..=100, desired in 0u32..1000) {
            let posts = resolve_fence_posts(Amount::Percent(surge), Amount::Percent(unavailable), desired);
            prop_assert!(posts.surge() + posts.unavailable() > 0);
            prop_assert!(posts.surge() <= desired && posts.unavailable() <= desired.max(1));
        }
    }
}
