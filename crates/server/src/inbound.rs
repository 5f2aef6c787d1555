//! What comes in from other systems: who sent it, proved over the raw body, and what it tells.
//!
//! Invariant: nothing of a body is parsed before its sender was verified, in constant time; a name that nobody has is
//! answered like a wrong secret. Deliberately not here: what a delivery does (the engine).

use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tidegate_connectors::HeaderMap;
use tidegate_connectors::cdevents;
use tidegate_connectors::inbound::{Refused, alertmanager, bearer, github, gitlab};
use tidegate_connectors::standard_webhooks::{SharedKey, VerifyingKey, verify};
use tidegate_domain::id::StreamId;
use tidegate_domain::inbound::{Alert, Delivery, InboundKind, Known};
use tidegate_domain::name::InboundName;
use tidegate_engine::{inbound_note, inbound_place};
use tidegate_ports::Fault;

use crate::app::App;

/// How long both secrets count after one was replaced.
const OVERLAP_MS: u64 = 24 * 3600 * 1000;
const TEXT_CHARS_MAX: usize = 300;
const ID_CHARS_MAX: usize = 200;

/// Why a delivery is not taken.
pub(crate) enum Untaken {
    /// Not proved who sends it.
    Refused(Refused),
    /// Proved, and not readable.
    Unreadable {
        code: &'static str,
        message: String,
        help: &'static str,
    },
    Fault(Fault),
}

impl From<Refused> for Untaken {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

impl From<Fault> for Untaken {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// A new secret in the form that this kind of sender takes.
pub(crate) fn new_secret(kind: InboundKind) -> Result<SecretString, Fault> {
    let bytes = rand::random::<[u8; 32]>();
    match kind {
        InboundKind::Cdevents | InboundKind::Generic => {
            let key = SharedKey::from_bytes(bytes.to_vec());
            key.map(|key| key.reveal()).map_err(|no| Fault::hold(no.code(), no.to_string()))
        }
        InboundKind::Github | InboundKind::Gitlab | InboundKind::Alertmanager => {
            Ok(crate::wire::hex(&bytes).into())
        }
    }
}

/// Everything that a delivery tells, once its sender is proved.
pub(crate) async fn take(
    app: &App,
    (name, known): (&InboundName, &Known),
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Vec<Delivery>, Untaken> {
    let now_ms = app.clock.now().wall_ms;
    let secrets = secrets(app, (name, known), now_ms).await?;
    let standard = || -> Result<String, Untaken> {
        let keys = secrets.iter().filter_map(|key| VerifyingKey::parse(key.expose_secret()).ok());
        let verified = verify(&keys.collect::<Vec<_>>(), headers, body, now_ms / 1000);
        Ok(verified.map_err(Refused::from)?.id.as_str().to_owned())
    };
    let one = |id: String, event: String, says: String| {
        let (id, event, says) = (digest(&id), short(&event), short(&says));
        vec![Delivery { id, event, says, alert: None, at_ms: now_ms }]
    };
    Ok(match known.source.kind {
        InboundKind::Github => {
            let from = github::verify(&secrets, headers, body)?;
            let says = github_says(&from.event, &json(body)?);
            one(from.id, from.event, says)
        }
        InboundKind::Gitlab => {
            let hook = gitlab::Hook::Token(secrets);
            let from = gitlab::verify(&hook, headers, body, now_ms / 1000)?;
            let says = gitlab_says(&json(body)?);
            one(from.id, from.event, says)
        }
        InboundKind::Alertmanager => {
            bearer::verify(&secrets, headers)?;
            alerts(body, now_ms)?
        }
        InboundKind::Cdevents => {
            standard()?;
            let event = cdevents::read(headers, body).map_err(|no| Untaken::Unreadable {
                code: no.code(),
                message: no.to_string(),
                help: no.help(),
            })?;
            let says = match event.environment() {
                Some(environment) => format!("{} in {environment}", event.subject_id),
                None => event.subject_id.clone(),
            };
            one(event.delivery(), event.kind.to_string(), says)
        }
        InboundKind::Generic => {
            let id = standard()?;
            let value = json(body)?;
            let text = |name: &str| value[name].as_str().map(str::to_owned);
            let says = text("text").or_else(|| text("message")).unwrap_or_default();
            one(id, text("event").or_else(|| text("type")).unwrap_or_else(|| "message".to_owned()), says)
        }
    })
}

/// The one that counts, and for a day after it was replaced the one before.
async fn secrets(
    app: &App,
    (name, known): (&InboundName, &Known),
    now_ms: u64,
) -> Result<Vec<SecretString>, Fault> {
    let missing = || {
        Fault::hold("inbound-secret-missing", format!("the secret of the inbound source `{name}` is gone"))
            .with_help(format!("make a new one: `tidegate inbound rotate {name}`"))
    };
    let body = app.store.note(&StreamId::Inbound, &inbound_note(name)).await?.ok_or_else(missing)?;
    let (environment, secret) = inbound_place(name);
    let mut values = app.vault.all_values((&environment, &secret), &body)?;
    let overlaps = known.rotated_ms.is_some_and(|at| now_ms.saturating_sub(at) < OVERLAP_MS);
    values.truncate(if overlaps { 2 } else { 1 });
    Ok(values)
}

fn alerts(body: &[u8], now_ms: u64) -> Result<Vec<Delivery>, Untaken> {
    let changes = alertmanager::read(body, &alertmanager::LabelNames::default())
        .map_err(|no| Untaken::Unreadable { code: no.code(), message: no.to_string(), help: no.help() })?;
    let delivery = |change: alertmanager::IncidentChange| {
        let firing = change.state == alertmanager::IncidentState::Opened;
        Delivery {
            id: digest(&change.delivery()),
            event: if firing { "firing" } else { "resolved" }.to_owned(),
            says: short(&change.title),
            alert: Some(Alert {
                incident: change.incident.chars().take(ID_CHARS_MAX).collect(),
                firing,
                environment: change.environment.as_deref().map(short),
                component: change.component.as_deref().map(short),
                severity: change.severity.as_deref().map(short),
                group: change.group.as_deref().map(digest),
                at_ms: u64::try_from(change.at_ms).ok(),
            }),
            at_ms: now_ms,
        }
    };
    Ok(changes.into_iter().map(delivery).collect())
}

fn json(body: &[u8]) -> Result<Value, Untaken> {
    let unreadable = |message: String| Untaken::Unreadable {
        code: "bad-request",
        message,
        help: "send a JSON object, with content-type: application/json",
    };
    let value: Value =
        serde_json::from_slice(body).map_err(|why| unreadable(format!("the body is not JSON: {why}")))?;
    if value.is_object() { Ok(value) } else { Err(unreadable("the body is not a JSON object".to_owned())) }
}

/// What people know an event of GitHub by: the workflow and how it ended, a branch, a tag, a pull request.
fn github_says(event: &str, value: &Value) -> String {
    let repository = value["repository"]["full_name"].as_str().unwrap_or_default();
    let run = &value["workflow_run"];
    let parts = match event {
        "workflow_run" => [&run["name"], &run["conclusion"], &run["head_branch"], &run["head_sha"]],
        "push" | "create" | "delete" => [&value["ref"], &value["after"], &Value::Null, &Value::Null],
        "release" => [&value["action"], &value["release"]["tag_name"], &Value::Null, &Value::Null],
        _ => [&value["action"], &value["number"], &Value::Null, &Value::Null],
    };
    line(repository, &parts)
}

fn gitlab_says(value: &Value) -> String {
    let project = value["project"]["path_with_namespace"].as_str().unwrap_or_default();
    let attributes = &value["object_attributes"];
    line(project, &[&attributes["status"], &attributes["ref"], &attributes["sha"], &value["ref"]])
}

fn line(first: &str, parts: &[&Value]) -> String {
    let text = |value: &&Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    };
    let parts: Vec<String> = parts.iter().filter_map(text).collect();
    if parts.is_empty() { first.to_owned() } else { format!("{first}: {}", parts.join(" ")) }
}

/// One line without what a terminal obeys.
fn short(text: &str) -> String {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    words.chars().filter(|character| !character.is_control()).take(TEXT_CHARS_MAX).collect()
}

/// Ids are as long as their senders like.
fn digest(id: &str) -> String {
    crate::wire::hex(&Sha256::digest(id)[..16])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_told_is_one_short_line() {
        let run = json!({"repository": {"full_name": "shop/api"}, "action": "completed", "workflow_run":
            {"name": "build\u{1b}[2J", "conclusion": "success", "head_branch": "main", "head_sha": "a1b2"}});
        assert_eq!(short(&github_says("workflow_run", &run)), "shop/api: build[2J success main a1b2");
        assert_eq!(github_says("ping", &json!({"repository": {"full_name": "shop/api"}})), "shop/api");
        let push =
            json!({"ref": "refs/heads/main", "after": "a1b2", "repository": {"full_name": "shop/api"}});
        assert_eq!(github_says("push", &push), "shop/api: refs/heads/main a1b2");
        let pipeline = json!({"project": {"path_with_namespace": "shop/api"},
            "object_attributes": {"status": "success", "ref": "main", "sha": "a1b2", "id": 5}});
        assert_eq!(gitlab_says(&pipeline), "shop/api: success main a1b2");
        assert_eq!(short(&"ü\n".repeat(900)).chars().count(), TEXT_CHARS_MAX);
    }
}
