//! Alertmanager's webhook (version 4 of its payload): alerts as incidents that open and are resolved.
//!
//! Invariant: an alert that is told again, as Alertmanager does every few hours, has the same id and state. Source: the
//! Prometheus documentation, `webhook_config`. Deliberately not here: who may send (Alertmanager signs nothing; it logs
//! in with a token of ours), and which incident of ours an alert belongs to.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use crate::hex::hex;

/// Alertmanager's own `max_alerts` has none; a storm beyond this is told by its size.
pub const ALERTS: usize = 1000;
const LABELS: usize = 64;
const TEXT: usize = 2000;

/// Which labels say where an alert belongs.
#[derive(Debug, Clone)]
pub struct LabelNames {
    pub environment: String,
    pub component: String,
    pub severity: String,
}

impl Default for LabelNames {
    fn default() -> Self {
        let [environment, component, severity] = ["environment", "component", "severity"].map(str::to_owned);
        Self { environment, component, severity }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IncidentState {
    Opened,
    Resolved,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncidentChange {
    /// One outage of one alert: its fingerprint and when it began.
    pub incident: String,
    /// With what it was told together, by Alertmanager's grouping.
    pub group: Option<String>,
    pub state: IncidentState,
    /// Milliseconds since 1970: when it began, or ended.
    pub at_ms: i64,
    pub title: String,
    pub description: String,
    pub severity: Option<String>,
    pub environment: Option<String>,
    pub component: Option<String>,
    /// Where the alert is shown; http or https only.
    pub url: Option<String>,
    pub labels: BTreeMap<String, String>,
}

impl IncidentChange {
    /// Tells copies.
    pub fn delivery(&self) -> String {
        let state = match self.state {
            IncidentState::Opened => "opened",
            IncidentState::Resolved => "resolved",
        };
        format!("{}/{state}", self.incident)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    #[error("this is not a payload of Alertmanager: {0}")]
    Shape(String),
    #[error("version {0} of Alertmanager's payload is not known; 4 is")]
    Version(String),
    #[error("one payload holds {0} alerts; {ALERTS} are taken")]
    TooMany(usize),
    #[error("`{0}` is not a time of RFC 3339")]
    Time(String),
}

impl Unreadable {
    pub fn code(&self) -> &'static str {
        "alerts-unreadable"
    }
    pub fn help(&self) -> &'static str {
        "let Alertmanager's webhook_configs send here, with max_alerts at most 1000"
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Payload {
    version: String,
    #[serde(default)]
    group_key: String,
    alerts: Vec<Alert>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Alert {
    status: String,
    #[serde(default)]
    labels: BTreeMap<String, String>,
    #[serde(default)]
    annotations: BTreeMap<String, String>,
    starts_at: String,
    #[serde(default)]
    ends_at: String,
    #[serde(default, rename = "generatorURL")]
    generator_url: String,
    /// Not sent before 0.22.
    #[serde(default)]
    fingerprint: String,
}

/// All alerts of one payload, or none.
pub fn read(body: &[u8], names: &LabelNames) -> Result<Vec<IncidentChange>, Unreadable> {
    let payload: Payload = serde_json::from_slice(body).map_err(|why| Unreadable::Shape(why.to_string()))?;
    if payload.version != "4" {
        return Err(Unreadable::Version(short(&payload.version)));
    }
    if payload.alerts.len() > ALERTS {
        return Err(Unreadable::TooMany(payload.alerts.len()));
    }
    let group = Some(&payload.group_key).filter(|key| !key.is_empty());
    payload.alerts.iter().map(|alert| change(alert, group, names)).collect()
}

fn change(alert: &Alert, group: Option<&String>, names: &LabelNames) -> Result<IncidentChange, Unreadable> {
    let state = match alert.status.as_str() {
        "firing" => IncidentState::Opened,
        "resolved" => IncidentState::Resolved,
        other => return Err(Unreadable::Shape(format!("status `{}`", short(other)))),
    };
    let starts = time(&alert.starts_at)?;
    let at = match state {
        IncidentState::Opened => starts,
        IncidentState::Resolved => time(&alert.ends_at)?,
    };
    let label =
        |name: &str| alert.labels.get(name).filter(|value| !value.is_empty()).map(|value| short(value));
    let note = |name: &str| alert.annotations.get(name).map(|value| short(value));
    let fingerprint =
        if alert.fingerprint.is_empty() { own(&alert.labels) } else { short(&alert.fingerprint) };
    Ok(IncidentChange {
        incident: format!("{fingerprint}/{}", starts.as_millisecond()),
        group: group.map(|key| short(key)),
        state,
        at_ms: at.as_millisecond(),
        title: note("summary").or_else(|| label("alertname")).unwrap_or_else(|| "alert".to_owned()),
        description: note("description").or_else(|| note("message")).unwrap_or_default(),
        severity: label(&names.severity),
        environment: label(&names.environment),
        component: label(&names.component),
        url: link(&alert.generator_url),
        labels: alert.labels.iter().take(LABELS).map(|(name, value)| (short(name), short(value))).collect(),
    })
}

fn time(text: &str) -> Result<Timestamp, Unreadable> {
    text.parse().map_err(|_| Unreadable::Time(short(text)))
}

/// Alertmanager's fingerprint is a hash of the labels too; any will do, if it stays the same.
fn own(labels: &BTreeMap<String, String>) -> String {
    let mut hash = Sha256::new();
    for (name, value) in labels {
        hash.update(name);
        hash.update([0xff]);
        hash.update(value);
        hash.update([0xff]);
    }
    hex(&hash.finalize()[..8])
}

/// `javascript:` and its like are not shown as links.
fn link(text: &str) -> Option<String> {
    let url = reqwest::Url::parse(text).ok()?;
    (matches!(url.scheme(), "http" | "https") && text.len() <= TEXT).then(|| url.to_string())
}

fn short(text: &str) -> String {
    text.chars().take(TEXT).collect()
}
