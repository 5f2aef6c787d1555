//! Ids that Tidegate makes: `rol_…` for rollouts, `inc_…` for incidents, and the names of event streams.
//!
//! Invariant: an id says what it names by its prefix; the random part comes in as an argument (no randomness in
//! this crate). Deliberately not here: names that people choose (`name.rs`).

use serde::{Deserialize, Serialize};

use crate::announcement::AnnouncementId;
use crate::name::{ComponentName, EnvironmentName, FlagKey, PersonName, ScopeSourceName, Version};

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is not {what} id: it looks like {prefix}0123456789abcdef")]
pub struct BadId {
    given: String,
    what: &'static str,
    prefix: &'static str,
}

macro_rules! id {
    ($(#[$doc:meta])* $type:ident, $what:literal, $prefix:literal, $pattern:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $type(String);

        impl $type {
            pub const PATTERN: &'static str = $pattern;

            pub fn from_bits(bits: u64) -> Self {
                Self(format!("{}{bits:016x}", $prefix))
            }
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl TryFrom<String> for $type {
            type Error = BadId;
            fn try_from(text: String) -> Result<Self, BadId> {
                match text.strip_prefix($prefix) {
                    Some(rest) if rest.len() == 16 && rest.bytes().all(|b| b.is_ascii_alphanumeric()) => {
                        Ok(Self(text))
                    }
                    _ => Err(BadId { given: text, what: $what, prefix: $prefix }),
                }
            }
        }
        impl std::str::FromStr for $type {
            type Err = BadId;
            fn from_str(text: &str) -> Result<Self, BadId> {
                Self::try_from(text.to_owned())
            }
        }
        impl From<$type> for String {
            fn from(id: $type) -> String {
                id.0
            }
        }
        impl std::fmt::Display for $type {
            fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                out.write_str(&self.0)
            }
        }
    };
}

id!(
    /// One rollout, `rol_` and 16 letters or digits.
    RolloutId, "a rollout", "rol_", "^rol_[A-Za-z0-9]{16}$"
);
id!(
    /// One time in which something was wrong for users, `inc_` and 16 letters or digits.
    IncidentId, "an incident", "inc_", "^inc_[A-Za-z0-9]{16}$"
);

/// The place of one component in one environment: who serves there, and which rollout may change it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SlotId {
    pub environment: EnvironmentName,
    pub component: ComponentName,
}

impl std::fmt::Display for SlotId {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}/{}", self.environment, self.component)
    }
}

/// An event stream: the history of one aggregate.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StreamId {
    /// What `tidegate.yaml` last said.
    Catalog,
    Release(Version),
    Slot(SlotId),
    Rollout(RolloutId),
    /// Freezes and windows.
    Calendar,
    /// Somebody, or a service account.
    Person(PersonName),
    /// What members of groups may do.
    Groups,
    /// Which projects there are.
    Projects,
    /// Which secrets there are.
    Secrets,
    /// Who outside is told what.
    Webhooks,
    /// How long the log remembers from where somebody asked.
    Retention,
    /// What other systems tell us.
    Inbound,
    /// By which ways whom announcements reach.
    Announcements,
    Announcement(AnnouncementId),
    Flag(FlagKey),
    /// The plan of a release.
    Plan(Version),
    /// The team's own templates of plans, and whose turn it is.
    PlanBook,
    /// By what programs prove that they may ask for flags.
    FlagKeys,
    /// Something was wrong for users.
    Incident(IncidentId),
    /// Whose bundles are taken, and which there are.
    Bundles,
    /// Issues and pull requests of one tracker.
    ScopeSource(ScopeSourceName),
}

impl std::fmt::Display for StreamId {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Catalog => out.write_str("catalog"),
            Self::Release(version) => write!(out, "release/{version}"),
            Self::Slot(slot) => write!(out, "slot/{slot}"),
            Self::Rollout(id) => write!(out, "rollout/{id}"),
            Self::Calendar => out.write_str("calendar"),
            Self::Person(name) => write!(out, "person/{name}"),
            Self::Groups => out.write_str("groups"),
            Self::Projects => out.write_str("projects"),
            Self::Secrets => out.write_str("secrets"),
            Self::Webhooks => out.write_str("webhooks"),
            Self::Retention => out.write_str("retention"),
            Self::Inbound => out.write_str("inbound"),
            Self::Announcements => out.write_str("announcements"),
            Self::Announcement(id) => write!(out, "announcement/{id}"),
            Self::Flag(key) => write!(out, "flag/{key}"),
            Self::Plan(version) => write!(out, "plan/{version}"),
            Self::PlanBook => out.write_str("plan-book"),
            Self::FlagKeys => out.write_str("flag-keys"),
            Self::Bundles => out.write_str("bundles"),
            Self::Incident(id) => write!(out, "incident/{id}"),
            Self::ScopeSource(name) => write!(out, "scope-source/{name}"),
        }
    }
}

impl std::str::FromStr for StreamId {
    type Err = BadStream;
    fn from_str(text: &str) -> Result<Self, BadStream> {
        let bad = || BadStream(text.to_owned());
        match text.split_once('/') {
            None if text == "catalog" => Ok(Self::Catalog),
            None if text == "calendar" => Ok(Self::Calendar),
            None if text == "groups" => Ok(Self::Groups),
            None if text == "projects" => Ok(Self::Projects),
            None if text == "secrets" => Ok(Self::Secrets),
            None if text == "webhooks" => Ok(Self::Webhooks),
            None if text == "retention" => Ok(Self::Retention),
            None if text == "inbound" => Ok(Self::Inbound),
            None if text == "plan-book" => Ok(Self::PlanBook),
            None if text == "flag-keys" => Ok(Self::FlagKeys),
            None if text == "bundles" => Ok(Self::Bundles),
            None if text == "announcements" => Ok(Self::Announcements),
            Some(("announcement", id)) => id.parse().map(Self::Announcement).map_err(|_| bad()),
            Some(("flag", key)) => key.parse().map(Self::Flag).map_err(|_| bad()),
            Some(("plan", version)) => Version::new(version).map(Self::Plan).map_err(|_| bad()),
            Some(("incident", id)) => id.parse().map(Self::Incident).map_err(|_| bad()),
            Some(("scope-source", name)) => name.parse().map(Self::ScopeSource).map_err(|_| bad()),
            Some(("person", name)) => name.parse().map(Self::Person).map_err(|_| bad()),
            Some(("release", version)) => Version::new(version).map(Self::Release).map_err(|_| bad()),
            Some(("rollout", id)) => id.parse().map(Self::Rollout).map_err(|_| bad()),
            Some(("slot", rest)) => {
                let (environment, component) = rest.split_once('/').ok_or_else(bad)?;
                Ok(Self::Slot(SlotId {
                    environment: environment.parse().map_err(|_| bad())?,
                    component: component.parse().map_err(|_| bad())?,
                }))
            }
            _ => Err(bad()),
        }
    }
}

/// Streams travel as their text: `rollout/rol_…`.
impl Serialize for StreamId {
    fn serialize<S: serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for StreamId {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` names no stream")]
pub struct BadStream(String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stream_reads_back_from_its_text() {
        for text in [
            "catalog",
            "calendar",
            "groups",
            "secrets",
            "release/2.1.0",
            "slot/production/api",
            "rollout/rol_00000000000000ff",
            "person/ann",
            "webhooks",
            "inbound",
            "announcements",
            "announcement/ann_00000000000000ff",
            "flag/team/new-checkout",
            "plan/2.1.0",
            "flag-keys",
            "plan-book",
            "incident/inc_00000000000000ff",
            "scope-source/shop",
        ] {
            let stream: StreamId = text.parse().unwrap();
            assert_eq!(stream.to_string(), text);
        }
        for text in [
            "",
            "release/",
            "slot/production",
            "rollout/7",
            "catalog/x",
            "flag/",
            "flag/a b",
            "incident/rol_00000000000000ff",
        ] {
            assert!(text.parse::<StreamId>().is_err(), "{text}");
        }
    }
}
