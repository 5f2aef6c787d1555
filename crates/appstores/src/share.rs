//! How many of an app's users get a version, in hundredths of a percent.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

const WHOLE: u16 = 10_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct Share(u16);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no share of the users: write a percentage from 0 to 100, such as 5 or 0.25")]
pub struct BadShare(String);

impl Share {
    pub const NONE: Self = Self(0);
    pub const ALL: Self = Self(WHOLE);

    pub fn from_percent(percent: u8) -> Option<Self> {
        Some(Self(u16::from(percent) * 100)).filter(|share| *share <= Self::ALL)
    }

    /// Of a fraction as Google writes it; the nearest hundredth of a percent.
    pub fn from_fraction(fraction: f64) -> Option<Self> {
        if !(0.0..=1.0).contains(&fraction) {
            return None;
        }
        let parts = (fraction * f64::from(WHOLE)).round();
        // Between 0 and 10 000 by the check above.
        (0..=WHOLE).find(|whole| f64::from(*whole) >= parts).map(Self)
    }

    pub fn fraction(self) -> f64 {
        f64::from(self.0) / f64::from(WHOLE)
    }

    /// Neither nobody nor everybody.
    pub fn is_part(self) -> bool {
        self > Self::NONE && self < Self::ALL
    }
}

impl fmt::Display for Share {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, parts) = (self.0 / 100, self.0 % 100);
        match parts {
            0 => write!(out, "{whole} %"),
            parts if parts % 10 == 0 => write!(out, "{whole}.{} %", parts / 10),
            parts => write!(out, "{whole}.{parts:02} %"),
        }
    }
}

impl FromStr for Share {
    type Err = BadShare;

    fn from_str(text: &str) -> Result<Self, BadShare> {
        let bad = || BadShare(text.chars().take(20).collect());
        let number = text.trim().trim_end_matches('%').trim_end();
        let (whole, parts) = number.split_once('.').unwrap_or((number, "0"));
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(whole) || !digits(parts) || whole.len() > 3 || parts.len() > 2 {
            return Err(bad());
        }
        let whole: u16 = whole.parse().map_err(|_| bad())?;
        let parts: u16 = format!("{parts:0<2}").parse().map_err(|_| bad())?;
        Self::try_from(whole * 100 + parts).map_err(|_| bad())
    }
}

impl TryFrom<u16> for Share {
    type Error = BadShare;

    fn try_from(parts: u16) -> Result<Self, BadShare> {
        if parts <= WHOLE { Ok(Self(parts)) } else { Err(BadShare(parts.to_string())) }
    }
}

impl From<Share> for u16 {
    fn from(share: Share) -> Self {
        share.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_written_is_read_and_a_fraction_is_the_same_share(parts in 0_u16..=WHOLE) {
            let share = Share(parts);
            prop_assert_eq!(share.to_string().parse::<Share>().unwrap(), share);
            prop_assert_eq!(Share::from_fraction(share.fraction()), Some(share));
        }
    }

    #[test]
    fn what_is_no_share_is_refused() {
        for text in ["", "%", "101", "100.01", "-1", "1.234", "5,5", "1e2", "0x5", "99999"] {
            assert!(text.parse::<Share>().is_err(), "{text}");
        }
        assert_eq!("0.5 %".parse::<Share>(), Share::from_fraction(0.005).ok_or(BadShare(String::new())));
        assert_eq!((Share::from_fraction(f64::NAN), Share::from_fraction(1.1)), (None, None));
    }
}
