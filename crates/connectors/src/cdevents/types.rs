//! The type of an event, `dev.cdevents.service.deployed.0.3.0`, and text that is not empty.
//!
//! Invariant: a type of ours has a schema; one that was read has all its parts.

use std::fmt;
use std::str::FromStr;

/// Text of 1 to 1 000 characters: the schemas want every id to say something.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Text(String);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an id in an event has 1 to 1000 characters")]
pub struct EmptyText;

impl Text {
    pub fn new(text: impl Into<String>) -> Result<Self, EmptyText> {
        let text = text.into();
        let fits = !text.trim().is_empty() && text.chars().count() <= 1000;
        if fits { Ok(Self(text)) } else { Err(EmptyText) }
    }
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// `custom` ones stand under `dev.cdeventsx` and name the tool in their subject.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct EventType {
    pub custom: bool,
    pub subject: String,
    pub predicate: String,
    /// Of this event, not of the specification.
    pub version: String,
}

impl EventType {
    pub(super) fn standard(subject: &str, predicate: &str, version: &str) -> Self {
        Self { custom: false, subject: subject.into(), predicate: predicate.into(), version: version.into() }
    }
    pub(super) fn of_release(predicate: &str) -> Self {
        let subject = "tidegate-release".to_owned();
        Self { custom: true, subject, predicate: predicate.into(), version: "0.1.0".into() }
    }
}

impl fmt::Display for EventType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let space = if self.custom { "dev.cdeventsx" } else { "dev.cdevents" };
        write!(formatter, "{space}.{}.{}.{}", self.subject, self.predicate, self.version)
    }
}

impl FromStr for EventType {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut parts = text.splitn(5, '.');
        let mut part = || parts.next().filter(|part| !part.is_empty()).ok_or(());
        let (dev, space) = (part()?, part()?);
        let (subject, predicate, version) = (part()?, part()?, part()?);
        let custom = match (dev, space) {
            ("dev", "cdevents") => false,
            ("dev", "cdeventsx") => true,
            _ => return Err(()),
        };
        let word = |word: &str| word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        let numbers = |number: &str| {
            !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        let fits = word(subject)
            && word(predicate)
            && version.split('.').count() == 3
            && version.split('.').all(numbers);
        let (subject, predicate, version) = (subject.into(), predicate.into(), version.into());
        fits.then_some(Self { custom, subject, predicate, version }).ok_or(())
    }
}
