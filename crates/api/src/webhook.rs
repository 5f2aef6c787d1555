//! Subscriptions to events, and what became of their messages.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WebhookFormat {
    /// CDEvents 0.5.1 in CloudEvents 1.0 (structured).
    #[default]
    Cdevents,
    /// Each event as in `GET /events`.
    Tidegate,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Webhook {
    pub name: String,
    /// Without its path and query, which may be secret.
    pub host: String,
    /// Kinds of events, with `*` at the end: `rollout.*`.
    pub events: Vec<String>,
    pub format: WebhookFormat,
    /// Why nothing is sent; absent while it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disabled: Option<String>,
    /// Messages that wait for their next attempt.
    pub waiting: u64,
    /// Messages that were given up.
    pub dead: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddWebhookRequest {
    pub name: String,
    pub url: String,
    /// All where absent.
    #[serde(default)]
    pub events: Vec<String>,
    #[serde(default)]
    pub format: WebhookFormat,
}

/// A secret is shown here and never again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WebhookSecret {
    pub webhook: Webhook,
    /// `whsec_…`, by Standard Webhooks.
    pub secret: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DeliveryState {
    /// For its next attempt.
    Waiting,
    Delivered,
    /// Given up: replay it.
    Dead,
}

/// One message to one receiver.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Delivery {
    /// `webhook-id`, the same at each attempt.
    pub id: String,
    pub webhook: String,
    /// Of the event.
    pub position: u64,
    /// Of the event.
    pub kind: String,
    pub state: DeliveryState,
    pub attempts: u32,
    pub attempted_ms: Option<u64>,
    /// When it is tried again.
    pub next_ms: Option<u64>,
    /// That the receiver answered last.
    pub status: Option<u16>,
    /// The beginning of its answer.
    pub said: Option<String>,
    /// Why there was no answer.
    pub failure: Option<String>,
    pub duration_ms: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplayRequest {
    /// One delivery; all that were given up where absent.
    #[serde(default)]
    pub delivery: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Replayed {
    pub deliveries: u64,
}

/// What one message to a receiver led to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WebhookTested {
    pub ok: bool,
    pub status: Option<u16>,
    pub said: Option<String>,
    pub failure: Option<String>,
    pub duration_ms: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SwitchWebhookRequest {
    /// Why it is switched off.
    #[serde(default)]
    pub reason: Option<String>,
}
