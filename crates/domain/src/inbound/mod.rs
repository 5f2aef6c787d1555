//! What other systems tell us: from which sources deliveries are taken, and what came in.
//!
//! Invariant: a delivery has one effect however often it comes, and an alert that is over does not begin again because its
//! beginning arrives late; what is remembered has a limit. No secret is ever part of an event. Deliberately not here:
//! verifying a sender and reading formats (the connectors).

mod refusal;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde::{Deserialize, Serialize};

pub use refusal::InboundRefusal;

use crate::name::InboundName;

const SOURCES_MAX: usize = 50;
/// Of each source, the newest are known.
const SEEN_MAX: usize = 2_000;
/// Alerts that fire, and as many that are over.
const ALERTS_MAX: usize = 1_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum InboundKind {
    Github,
    Gitlab,
    Alertmanager,
    Cdevents,
    /// Any JSON, signed by Standard Webhooks.
    Generic,
}

/// What an alert that begins to fire does to rollouts where it fires.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnAlert {
    /// It stands in the log.
    #[default]
    Record,
    /// No step forward until a person resumes.
    Hold,
    /// They go back.
    Abort,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    pub kind: InboundKind,
    #[serde(default, skip_serializing_if = "OnAlert::is_default")]
    pub on_alert: OnAlert,
}

impl OnAlert {
    pub fn is_default(&self) -> bool {
        *self == Self::Record
    }
}

/// What one delivery told, in few words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// The same for every copy.
    pub id: String,
    /// In the sender's words: `push`, `Pipeline Hook`, `firing`.
    pub event: String,
    /// In a line.
    pub says: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alert: Option<Alert>,
    pub at_ms: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// One outage of one alert.
    pub incident: String,
    pub firing: bool,
    /// Where, in the words of its labels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub component: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<String>,
    /// With what it is told together: alerts of one group that fire at the same time are one incident of ours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// When it began, or ended, in the sender's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_ms: Option<u64>,
}

impl Alert {
    fn group(&self) -> &str {
        self.group.as_deref().unwrap_or(&self.incident)
    }
}

/// What a delivery means for incidents of ours. Each is known by the alert that it began with, its lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outage<'a> {
    Begins { lead: &'a str },
    Joins { lead: &'a str },
    Ends { lead: &'a str },
}

/// Alerts that fire together.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Together {
    lead: String,
    alerts: BTreeSet<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Inbound {
    pub by_name: BTreeMap<InboundName, Known>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    pub source: Source,
    /// When its secret was last replaced: the one before counts for a while.
    pub rotated_ms: Option<u64>,
    pub received: u64,
    pub last_ms: Option<u64>,
    /// By incident, those that fire.
    pub firing: BTreeMap<String, Delivery>,
    /// The same, by group.
    groups: BTreeMap<String, Together>,
    /// Incidents that are over, the oldest first.
    over: VecDeque<String>,
    /// Ids, the oldest first.
    seen: VecDeque<String>,
}

#[expect(
    clippy::large_enum_variant,
    reason = "a delivery is most of what happens, and each lives for one call"
)]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum InboundEvent {
    Added { name: InboundName, source: Source },
    Removed { name: InboundName },
    SecretRotated { name: InboundName, at_ms: u64 },
    Received { name: InboundName, delivery: Delivery },
}

impl InboundEvent {
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Added { .. } => "inbound.added",
            Self::Removed { .. } => "inbound.removed",
            Self::SecretRotated { .. } => "inbound.secret-rotated",
            Self::Received { .. } => "inbound.received",
        }
    }
}

#[expect(
    clippy::large_enum_variant,
    reason = "a delivery is most of what happens, and each lives for one call"
)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InboundCommand {
    Add { name: InboundName, source: Source },
    Remove { name: InboundName },
    RotateSecret { name: InboundName, at_ms: u64 },
    Receive { name: InboundName, delivery: Delivery },
}

pub fn decide(state: &Inbound, command: InboundCommand) -> Result<Vec<InboundEvent>, InboundRefusal> {
    match command {
        InboundCommand::Add { name, source } => {
            if state.by_name.contains_key(&name) {
                return Err(InboundRefusal::Exists { name });
            }
            if state.by_name.len() >= SOURCES_MAX {
                return Err(InboundRefusal::TooMany { most: SOURCES_MAX });
            }
            if source.on_alert != OnAlert::Record && source.kind != InboundKind::Alertmanager {
                return Err(InboundRefusal::NoAlerts { name });
            }
            Ok(vec![InboundEvent::Added { name, source }])
        }
        InboundCommand::Remove { name } => state.known(&name).map(|_| vec![InboundEvent::Removed { name }]),
        InboundCommand::RotateSecret { name, at_ms } => {
            state.known(&name).map(|_| vec![InboundEvent::SecretRotated { name, at_ms }])
        }
        InboundCommand::Receive { name, delivery } => {
            let again = state.known(&name)?.seen.contains(&delivery.id);
            Ok(if again { Vec::new() } else { vec![InboundEvent::Received { name, delivery }] })
        }
    }
}

pub fn evolve(mut state: Inbound, event: &InboundEvent) -> Inbound {
    match event {
        InboundEvent::Added { name, source } => {
            let known = Known {
                source: *source,
                rotated_ms: None,
                received: 0,
                last_ms: None,
                firing: BTreeMap::new(),
                groups: BTreeMap::new(),
                over: VecDeque::new(),
                seen: VecDeque::new(),
            };
            state.by_name.insert(name.clone(), known);
        }
        InboundEvent::Removed { name } => {
            state.by_name.remove(name);
        }
        InboundEvent::SecretRotated { name, at_ms } => {
            if let Some(known) = state.by_name.get_mut(name) {
                known.rotated_ms = Some(*at_ms);
            }
        }
        InboundEvent::Received { name, delivery } => {
            if let Some(known) = state.by_name.get_mut(name) {
                known.take(delivery);
            }
        }
    }
    state
}

impl Inbound {
    pub fn known(&self, name: &InboundName) -> Result<&Known, InboundRefusal> {
        self.by_name.get(name).ok_or_else(|| InboundRefusal::Unknown {
            name: name.clone(),
            known: self.by_name.keys().map(ToString::to_string).collect(),
        })
    }
}

impl Known {
    /// The alert that begins with this delivery: one that neither fires already nor is over.
    pub fn begins<'a>(&self, delivery: &'a Delivery) -> Option<&'a Alert> {
        let alert = delivery.alert.as_ref().filter(|alert| alert.firing)?;
        let known = self.firing.contains_key(&alert.incident) || self.over.contains(&alert.incident);
        (!known).then_some(alert)
    }

    /// None where it is no news, or of an alert that nobody follows.
    pub fn outage<'a>(&'a self, delivery: &'a Delivery) -> Option<Outage<'a>> {
        let alert = delivery.alert.as_ref()?;
        if alert.firing {
            self.begins(delivery).filter(|_| self.firing.len() < ALERTS_MAX)?;
            return Some(match self.groups.get(alert.group()) {
                Some(together) => Outage::Joins { lead: &together.lead },
                None => Outage::Begins { lead: &alert.incident },
            });
        }
        let (_, together) = self.group_of(&alert.incident)?;
        (together.alerts.len() == 1).then_some(Outage::Ends { lead: &together.lead })
    }

    /// As it was told when the alert began: its end may come with another group.
    fn group_of(&self, incident: &str) -> Option<(&str, &Together)> {
        let began = self.firing.get(incident)?.alert.as_ref()?;
        self.groups.get_key_value(began.group()).map(|(group, together)| (group.as_str(), together))
    }

    fn leave(&mut self, incident: &str) {
        let Some(group) = self.group_of(incident).map(|(group, _)| group.to_owned()) else { return };
        if let Some(together) = self.groups.get_mut(&group) {
            together.alerts.remove(incident);
            if together.alerts.is_empty() {
                self.groups.remove(&group);
            }
        }
    }

    fn take(&mut self, delivery: &Delivery) {
        self.received += 1;
        self.last_ms = Some(delivery.at_ms);
        remember(&mut self.seen, &delivery.id, SEEN_MAX);
        let Some(alert) = &delivery.alert else { return };
        if !alert.firing {
            self.leave(&alert.incident);
            self.firing.remove(&alert.incident);
            if !self.over.contains(&alert.incident) {
                remember(&mut self.over, &alert.incident, ALERTS_MAX);
            }
        } else if self.begins(delivery).is_some() && self.firing.len() < ALERTS_MAX {
            let new = || Together { lead: alert.incident.clone(), alerts: BTreeSet::new() };
            let together = self.groups.entry(alert.group().to_owned()).or_insert_with(new);
            together.alerts.insert(alert.incident.clone());
            self.firing.insert(alert.incident.clone(), delivery.clone());
        }
    }
}

fn remember(known: &mut VecDeque<String>, id: &str, most: usize) {
    if known.len() >= most {
        known.pop_front();
    }
    known.push_back(id.to_owned());
}
