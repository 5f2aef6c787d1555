//! Who outside is told what: subscriptions to the events of the log.
//!
//! Invariant: a subscription that stands has a name, a host and at least one pattern; secrets, and paths that may be, are never
//! part of an event. Deliberately not here: sending, and whether an address may be reached.

mod refusal;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use refusal::WebhookRefusal;

use crate::name::WebhookName;

const WEBHOOKS_MAX: usize = 100;
const PATTERNS_MAX: usize = 50;
const PATTERN_CHARS_MAX: usize = 80;

/// In whose words messages are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WebhookFormat {
    /// CDEvents in CloudEvents.
    #[default]
    Cdevents,
    /// Each event as it stands in the log.
    Tidegate,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhook {
    /// Of the address; the rest of it may be secret, and is kept with the secrets.
    pub host: String,
    /// `rollout.*`, `release.created`, `*`: kinds of events.
    pub patterns: Vec<String>,
    pub format: WebhookFormat,
    /// Why nothing is sent; absent while it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disabled: Option<String>,
}

impl Webhook {
    pub fn wants(&self, kind: &str) -> bool {
        self.patterns.iter().any(|pattern| match pattern.strip_suffix('*') {
            Some(start) => kind.starts_with(start),
            None => kind == pattern,
        })
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Webhooks {
    pub by_name: BTreeMap<WebhookName, Webhook>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum WebhookEvent {
    Added {
        name: WebhookName,
        webhook: Webhook,
    },
    Removed {
        name: WebhookName,
    },
    Enabled {
        name: WebhookName,
    },
    Disabled {
        name: WebhookName,
        why: String,
    },
    /// Messages are signed by a new secret, and by the one before for a while.
    SecretRotated {
        name: WebhookName,
    },
}

impl WebhookEvent {
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Added { .. } => "webhook.added",
            Self::Removed { .. } => "webhook.removed",
            Self::Enabled { .. } => "webhook.enabled",
            Self::Disabled { .. } => "webhook.disabled",
            Self::SecretRotated { .. } => "webhook.secret-rotated",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WebhookCommand {
    Add { name: WebhookName, webhook: Webhook },
    Remove { name: WebhookName },
    Enable { name: WebhookName },
    Disable { name: WebhookName, why: String },
    RotateSecret { name: WebhookName },
}

/// What stands already changes nothing, and says so with no event.
pub fn decide(state: &Webhooks, command: WebhookCommand) -> Result<Vec<WebhookEvent>, WebhookRefusal> {
    match command {
        WebhookCommand::Add { name, webhook } => {
            check(&webhook)?;
            if state.by_name.contains_key(&name) {
                return Err(WebhookRefusal::Exists { name });
            }
            if state.by_name.len() >= WEBHOOKS_MAX {
                return Err(WebhookRefusal::TooMany { most: WEBHOOKS_MAX });
            }
            Ok(vec![WebhookEvent::Added { name, webhook }])
        }
        WebhookCommand::Remove { name } => known(state, &name).map(|_| vec![WebhookEvent::Removed { name }]),
        WebhookCommand::Enable { name } => {
            let stands = known(state, &name)?.disabled.is_none();
            Ok(if stands { Vec::new() } else { vec![WebhookEvent::Enabled { name }] })
        }
        WebhookCommand::Disable { name, why } => {
            let stands = known(state, &name)?.disabled.is_some();
            Ok(if stands { Vec::new() } else { vec![WebhookEvent::Disabled { name, why }] })
        }
        WebhookCommand::RotateSecret { name } => {
            known(state, &name).map(|_| vec![WebhookEvent::SecretRotated { name }])
        }
    }
}

fn known<'a>(state: &'a Webhooks, name: &WebhookName) -> Result<&'a Webhook, WebhookRefusal> {
    state.by_name.get(name).ok_or_else(|| WebhookRefusal::Unknown {
        name: name.clone(),
        known: state.by_name.keys().map(ToString::to_string).collect(),
    })
}

fn check(webhook: &Webhook) -> Result<(), WebhookRefusal> {
    if webhook.patterns.is_empty() || webhook.patterns.len() > PATTERNS_MAX {
        return Err(WebhookRefusal::Patterns { most: PATTERNS_MAX });
    }
    let fits = |pattern: &&String| {
        let kind = pattern.strip_suffix('*').unwrap_or(pattern);
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte == b'.' || byte == b'-';
        !pattern.is_empty() && pattern.len() <= PATTERN_CHARS_MAX && kind.bytes().all(plain)
    };
    match webhook.patterns.iter().find(|pattern| !fits(pattern)) {
        Some(pattern) => Err(WebhookRefusal::Pattern { pattern: pattern.clone() }),
        None => Ok(()),
    }
}

pub fn evolve(mut state: Webhooks, event: &WebhookEvent) -> Webhooks {
    match event {
        WebhookEvent::Added { name, webhook } => {
            state.by_name.insert(name.clone(), webhook.clone());
        }
        WebhookEvent::Removed { name } => {
            state.by_name.remove(name);
        }
        WebhookEvent::Enabled { name } => set_disabled(&mut state, name, None),
        WebhookEvent::Disabled { name, why } => set_disabled(&mut state, name, Some(why.clone())),
        WebhookEvent::SecretRotated { .. } => {}
    }
    state
}

fn set_disabled(state: &mut Webhooks, name: &WebhookName, disabled: Option<String>) {
    if let Some(webhook) = state.by_name.get_mut(name) {
        webhook.disabled = disabled;
    }
}
