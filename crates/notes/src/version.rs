//! Versions as SemVer 2.0.0 has them: what one is, which goes before which, and the steps from one to another.
//!
//! Invariant: order is precedence, which build metadata has no part in; numbers have no upper bound, as the
//! specification has none. Steps are those of npm's `semver`, whose table is a test. Not here: which step a change asks for.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

/// Longer texts are no versions that anybody means.
const LENGTH_MAX: usize = 256;

/// Digits without a leading zero.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Number(String);

impl Number {
    fn parse(text: &str) -> Option<Self> {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        (digits && (text.len() == 1 || !text.starts_with('0'))).then(|| Self(text.to_owned()))
    }

    pub fn zero() -> Self {
        Self("0".to_owned())
    }

    pub fn is_zero(&self) -> bool {
        self.0 == "0"
    }

    #[must_use]
    pub fn next(&self) -> Self {
        let mut digits = self.0.clone().into_bytes();
        for digit in digits.iter_mut().rev() {
            if *digit < b'9' {
                *digit += 1;
                return Self(digits.into_iter().map(char::from).collect());
            }
            *digit = b'0';
        }
        Self(std::iter::once('1').chain(digits.into_iter().map(char::from)).collect())
    }
}

impl From<u32> for Number {
    fn from(number: u32) -> Self {
        Self(number.to_string())
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.len().cmp(&other.0.len()).then_with(|| self.0.cmp(&other.0))
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// One part of what stands behind the hyphen. Numbers go before words, as the order of the variants says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    Number(Number),
    Word(String),
}

impl fmt::Display for Part {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(Number(text)) | Self::Word(text) => formatter.write_str(text),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Version {
    pub major: Number,
    pub minor: Number,
    pub patch: Number,
    /// Empty for a release.
    pub pre: Vec<Part>,
    pub build: String,
}

/// From one version to the next. `Pre…` begin a pre-release of what follows; `Prerelease` goes on with one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Major,
    Minor,
    Patch,
    PreMajor,
    PreMinor,
    PrePatch,
    Prerelease,
    Release,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no version as SemVer 2.0.0 writes them, like 1.4.0 or 1.4.0-rc.1")]
pub struct NoVersion(pub String);

impl FromStr for Version {
    type Err = NoVersion;

    fn from_str(text: &str) -> Result<Self, NoVersion> {
        let no = || NoVersion(text.chars().take(80).collect());
        if text.len() > LENGTH_MAX {
            return Err(no());
        }
        let (rest, build) = text.split_once('+').map_or((text, None), |(rest, build)| (rest, Some(build)));
        let (core, pre) = rest.split_once('-').map_or((rest, None), |(core, pre)| (core, Some(pre)));
        let mut numbers = core.split('.').map(Number::parse);
        let (Some(Some(major)), Some(Some(minor)), Some(Some(patch)), None) =
            (numbers.next(), numbers.next(), numbers.next(), numbers.next())
        else {
            return Err(no());
        };
        let pre = pre.map_or(Some(Vec::new()), |pre| pre.split('.').map(part).collect()).ok_or_else(no)?;
        if build.is_some_and(|build| !build.split('.').all(is_word)) {
            return Err(no());
        }
        Ok(Self { major, minor, patch, pre, build: build.unwrap_or_default().to_owned() })
    }
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn part(text: &str) -> Option<Part> {
    if !is_word(text) {
        return None;
    }
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Number::parse(text).map(Part::Number);
    }
    Some(Part::Word(text.to_owned()))
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}.{}", self.major.0, self.minor.0, self.patch.0)?;
        for (index, part) in self.pre.iter().enumerate() {
            write!(formatter, "{}{part}", if index == 0 { '-' } else { '.' })?;
        }
        if self.build.is_empty() { Ok(()) } else { write!(formatter, "+{}", self.build) }
    }
}

impl serde::Serialize for Version {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Version {
    pub fn is_prerelease(&self) -> bool {
        !self.pre.is_empty()
    }

    /// Before 1.0.0, where anything may change.
    pub fn is_initial(&self) -> bool {
        self.major.is_zero()
    }

    /// Which goes first; build metadata has no say.
    pub fn precedence(&self, other: &Self) -> Ordering {
        let core = |version: &Self| (version.major.clone(), version.minor.clone(), version.patch.clone());
        // A pre-release goes before its release.
        let pre = || match (self.pre.is_empty(), other.pre.is_empty()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Greater,
            (false, true) => Ordering::Less,
            (false, false) => self.pre.cmp(&other.pre),
        };
        core(self).cmp(&core(other)).then_with(pre)
    }

    /// Its three numbers alone.
    #[must_use]
    pub fn release(&self) -> Self {
        Self { pre: Vec::new(), build: String::new(), ..self.clone() }
    }

    /// None where there is no such step: a release has no `Release` to go to. `first` is the number that a named
    /// series of pre-releases begins with.
    pub fn step(&self, step: Step, name: Option<&str>, first: u32) -> Option<Self> {
        let mut next = self.release();
        let lower = |numbers: [&Number; 2]| numbers.iter().all(|number| number.is_zero());
        match step {
            Step::Major => {
                if !(self.is_prerelease() && lower([&self.minor, &self.patch])) {
                    next.raise_major();
                }
            }
            Step::Minor => {
                if !(self.is_prerelease() && self.patch.is_zero()) {
                    next.raise_minor();
                }
            }
            Step::Patch => {
                if !self.is_prerelease() {
                    next.patch = next.patch.next();
                }
            }
            Step::PreMajor => {
                next.raise_major();
                next.pre = begin(name, first);
            }
            Step::PreMinor => {
                next.raise_minor();
                next.pre = begin(name, first);
            }
            Step::PrePatch => {
                next.patch = next.patch.next();
                next.pre = begin(name, first);
            }
            Step::Prerelease if self.is_prerelease() => next.pre = continued(&self.pre, name, first),
            Step::Prerelease => {
                next.patch = next.patch.next();
                next.pre = begin(name, first);
            }
            Step::Release if self.is_prerelease() => {}
            Step::Release => return None,
        }
        Some(next)
    }

    fn raise_major(&mut self) {
        self.major = self.major.next();
        self.minor = Number::zero();
        self.patch = Number::zero();
    }

    fn raise_minor(&mut self) {
        self.minor = self.minor.next();
        self.patch = Number::zero();
    }

    /// The same with `-name.number` behind it.
    #[must_use]
    pub fn prerelease(&self, name: &str, number: Number) -> Self {
        let pre = vec![Part::Word(name.to_owned()), Part::Number(number)];
        Self { pre, ..self.release() }
    }

    /// The number of `-name.number`, where it is of that series.
    pub fn number_in(&self, name: &str) -> Option<&Number> {
        match self.pre.as_slice() {
            [Part::Word(word), Part::Number(number)] if word == name => Some(number),
            _ => None,
        }
    }
}

fn begin(name: Option<&str>, first: u32) -> Vec<Part> {
    let number = Part::Number(first.into());
    name.map(|name| Part::Word(name.to_owned())).into_iter().chain([number]).collect()
}

/// The last number grows; a series of another name begins anew.
fn continued(pre: &[Part], name: Option<&str>, first: u32) -> Vec<Part> {
    let mut next = pre.to_vec();
    let last = next.iter_mut().rev().find_map(|part| match part {
        Part::Number(number) => Some(number),
        Part::Word(_) => None,
    });
    match last {
        Some(number) => *number = number.next(),
        None => next.push(Part::Number(first.into())),
    }
    let Some(name) = name else { return next };
    let same = next.first() == Some(&Part::Word(name.to_owned()));
    if same && matches!(next.get(1), Some(Part::Number(_))) { next } else { begin(Some(name), first) }
}

/// What may stand for the name of a series: one word of SemVer that is no number.
pub fn is_channel(name: &str) -> bool {
    matches!(part(name), Some(Part::Word(_))) && name.len() <= 32
}
