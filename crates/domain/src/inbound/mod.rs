//! What other systems tell us: from which sources deliveries are taken, and what came in.
//!
//! Invariant: a delivery has one effect however often it comes, and an alert that is over does not begin again because its
//! beginning arrives late; what is remembered has a limit. No secret is ever part of an event. Deliberately not here:
//! verifying a sender and reading formats (the connectors).

mod refusal;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, VecDeque};

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
    /// Incidents that are over, the oldest first.
    over: VecDeque<String>,
    /// Ids, the oldest first.
    seen: VecDeque<String>,
}

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

    fn take(&mut self, delivery: &Delivery) {
        self.received += 1;
        self.last_ms = Some(delivery.at_ms);
        remember(&mut self.seen, &delivery.id, SEEN_MAX);
        let Some(alert) = &delivery.alert else { return };
        if !alert.firing {
            self.firing.remove(&alert.incident);
            if !self.over.contains(&alert.incident) {
                remember(&mut self.over, &alert.incident, ALERTS_MAX);
            }
        } else if self.begins(delivery).is_some() && self.firing.len() < ALERTS_MAX {
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
