//! Messages out: who subscribed to events is told of them, from the log itself.
//!
//! Invariant: the log is the outbox: nothing is told that was not committed, and nothing that was is left out; the same
//! fact has the same id at every attempt. A receiver that fails holds up neither the others nor its own other messages.
//! Deliberately not here: when to try again (`connectors::schedule`), and what a message says (`telling`).

mod follow;
mod kept;
mod secrets;
mod telling;

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tidegate_api::{Delivery, DeliveryState};
use tidegate_connectors::deliver::{Message, Outcome, attempt};
use tidegate_connectors::guard::{Guard, SendFailure, Url};
use tidegate_connectors::standard_webhooks::MessageId;
use tidegate_domain::name::WebhookName;
use tidegate_domain::webhook::Webhook;
use tidegate_ports::Fault;

use crate::app::App;
use crate::each::Each;
pub(crate) use kept::{at_once, dead, forget, kept, one, waiting, write};
pub(crate) use secrets::Secrets;

/// How long a change of the subscriptions may go unseen, should its wake-up be missed.
const LOOK: Duration = Duration::from_secs(1);
const RECENT_MAX: usize = 100;

/// What sending needs, and what was sent lately.
pub(crate) struct Desk {
    pub guard: Guard,
    pub secrets: Secrets,
    /// Where this server is reached: the source of its events.
    pub server: Url,
    recent: Mutex<BTreeMap<WebhookName, VecDeque<Delivery>>>,
}

impl Desk {
    pub fn new(guard: Guard, secrets: Secrets, server: Url) -> Self {
        Self { guard, secrets, server, recent: Mutex::default() }
    }

    /// Whether messages may go there, by its form and by where it leads now.
    pub async fn check(&self, url: &str) -> Result<(), SendFailure> {
        self.guard.check(url).await.map(drop)
    }

    pub async fn send(&self, name: &WebhookName, message: &Message, now_ms: u64) -> Result<Outcome, Fault> {
        let endpoint = self.secrets.endpoint(name, now_ms)?;
        Ok(attempt(&self.guard, &endpoint, message, now_ms / 1000).await)
    }

    /// That somebody listens: the outcome of one message, sent now.
    pub async fn test(&self, name: &WebhookName, now_ms: u64) -> Result<Outcome, Fault> {
        let id = MessageId::parse(&format!("msg_test_{now_ms}_{name}"));
        let id = id.map_err(|why| Fault::hold("webhook-unsendable", why.to_string()))?;
        let body = serde_json::json!({ "kind": "webhook.test", "webhook": name.as_str(), "at_ms": now_ms });
        let message = Message::json(id, body.to_string().into_bytes());
        self.send(name, &message, now_ms).await
    }

    fn note(&self, name: &WebhookName, delivery: Delivery) {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        let of_this = recent.entry(name.clone()).or_default();
        of_this.push_back(delivery);
        if of_this.len() > RECENT_MAX {
            of_this.pop_front();
        }
    }

    /// Delivered since the server started, newest first.
    pub fn recent(&self, name: &WebhookName) -> Vec<Delivery> {
        let recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        recent.get(name).map_or_else(Vec::new, |found| found.iter().rev().cloned().collect())
    }
}

/// Keeps one task for each subscription that is not switched off.
pub(crate) async fn run(app: Arc<App>, desk: Arc<Desk>) {
    let mut written = app.written.clone();
    let mut following = Each::default();
    loop {
        written.mark_unchanged();
        match app.engine.webhooks().await {
            Ok(webhooks) => {
                let on = webhooks.by_name.iter().filter(|(_, webhook)| webhook.disabled.is_none());
                let wanted = on.map(|(name, webhook)| (name.clone(), webhook.clone())).collect();
                following.keep(wanted, |name, webhook: &Webhook| {
                    let (app, desk) = (Arc::clone(&app), Arc::clone(&desk));
                    tokio::spawn(follow::follow(app, desk, name.clone(), webhook.clone()))
                });
            }
            Err(fault) => tracing::warn!(code = fault.code, %fault, "webhooks could not be read"),
        }
        tokio::select! {
            changed = written.changed() => if changed.is_err() { return },
            () = tokio::time::sleep(LOOK) => {}
        }
        // Changes that come together are looked at together.
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// A delivery after an attempt.
pub(crate) fn noted(before: Delivery, outcome: &Outcome, now_ms: u64) -> Delivery {
    Delivery {
        attempts: before.attempts + 1,
        attempted_ms: Some(now_ms),
        next_ms: None,
        status: outcome.status,
        said: Some(outcome.said.clone()).filter(|said| !said.is_empty()),
        failure: outcome.failure.as_ref().map(|failure| failure.message.clone()),
        duration_ms: Some(outcome.duration_ms),
        state: DeliveryState::Delivered,
        ..before
    }
}
