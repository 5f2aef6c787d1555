//! `sem_ver`: versions as flagd compares them.
//!
//! Invariant: as the specification of semantic versions orders them, build metadata left out; before that a `v` is taken
//! off and `1` or `1.2` filled up to three numbers. What is no version compares to nothing.

use std::cmp::Ordering;

use semver::{BuildMetadata, Version};

use super::held::Held;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    SameMajor,
    SameMinor,
}

impl Comparison {
    pub(crate) fn of(operator: &str) -> Option<Self> {
        Some(match operator {
            "=" => Self::Equal,
            "!=" => Self::NotEqual,
            "<" => Self::Less,
            "<=" => Self::LessOrEqual,
            ">" => Self::Greater,
            ">=" => Self::GreaterOrEqual,
            "^" => Self::SameMajor,
            "~" => Self::SameMinor,
            _ => return None,
        })
    }

    pub(crate) fn holds(self, one: &Version, other: &Version) -> bool {
        let order = one.cmp(other);
        match self {
            Self::Equal => order == Ordering::Equal,
            Self::NotEqual => order != Ordering::Equal,
            Self::Less => order == Ordering::Less,
            Self::LessOrEqual => order != Ordering::Greater,
            Self::Greater => order == Ordering::Greater,
            Self::GreaterOrEqual => order != Ordering::Less,
            Self::SameMajor => one.major == other.major,
            Self::SameMinor => one.major == other.major && one.minor == other.minor,
        }
    }
}

pub(crate) fn read(held: &Held<'_>) -> Option<Version> {
    match held {
        Held::Text(text) => parse(text),
        Held::Number(number) => parse(&number.text()),
        Held::Null | Held::Bool(_) | Held::List(_) | Held::Object(_) | Held::Json(_) => None,
    }
}

fn parse(text: &str) -> Option<Version> {
    let text = text.strip_prefix(['v', 'V']).unwrap_or(text);
    let numbers = text.split(['-', '+']).next().unwrap_or_default();
    let mut version = match numbers.bytes().filter(|byte| *byte == b'.').count() {
        0 => Version::parse(&format!("{numbers}.0.0{}", &text[numbers.len()..])),
        1 => Version::parse(&format!("{numbers}.0{}", &text[numbers.len()..])),
        _ => Version::parse(text),
    }
    .ok()?;
    version.build = BuildMetadata::EMPTY;
    Some(version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_as_flagd_says() {
        let table = [
            ("v1.0", "=", "1.0.0+build", Some(true)),
            ("1-alpha", "<", "1", Some(true)),
            ("1.2.3", "~", "1.2.9", Some(true)),
            ("1.2.3", "^", "2", Some(false)),
            ("1.0.0.0", "=", "1.0.0", None),
            ("01.0.0", "=", "1.0.0", None),
            ("", "=", "1.0.0", None),
        ];
        for (one, operator, other, expected) in table {
            let comparison = Comparison::of(operator).unwrap();
            let both = parse(one).zip(parse(other));
            assert_eq!(
                both.map(|(one, other)| comparison.holds(&one, &other)),
                expected,
                "{one} {operator} {other}"
            );
        }
    }
}
