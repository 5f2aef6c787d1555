//! Sources of deliveries: other systems that tell us what happened there.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum InboundKind {
    /// `X-Hub-Signature-256` over the raw body.
    Github,
    /// `X-Gitlab-Token`.
    Gitlab,
    /// `Authorization: Bearer`.
    Alertmanager,
    /// CDEvents over CloudEvents, signed by Standard Webhooks.
    Cdevents,
    /// Any JSON object, signed by Standard Webhooks.
    Generic,
}

/// What an alert that begins to fire does to rollouts where it fires.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
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

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Inbound {
    pub name: String,
    pub kind: InboundKind,
    pub on_alert: OnAlert,
    /// Where deliveries are sent to.
    pub url: String,
    /// Different deliveries so far, and when the newest came.
    pub received: u64,
    pub last_ms: Option<u64>,
    /// Alerts that fire now.
    pub firing: Vec<Firing>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Firing {
    pub says: String,
    pub environment: Option<String>,
    pub component: Option<String>,
    pub severity: Option<String>,
    pub since_ms: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddInboundRequest {
    pub name: String,
    pub kind: InboundKind,
    /// For an `alertmanager`; `record` where absent.
    #[serde(default)]
    pub on_alert: OnAlert,
}

/// With what the other system proves who it is; never shown again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct InboundSecret {
    pub inbound: Inbound,
    pub secret: String,
}

/// What became of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Taken {
    /// How many things it told; a copy is answered like the first.
    pub deliveries: u64,
}
