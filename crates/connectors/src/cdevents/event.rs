//! An occurrence as a CDEvent: context, subject and custom data.
//!
//! Invariant: the version in the type is that of the schema whose content is filled in. Source: the schemas of CDEvents
//! 0.5.1. Deliberately not here: HTTP (`binding`).

use jiff::Timestamp;
use reqwest::Url;
use serde_json::{Map, Value, json};
use tidegate_domain::name::EnvironmentName;

use super::SPEC_VERSION;
use super::happening::{
    Artifact, Happening, Incident, Occurrence, ReleaseChange, Service, TestCase, TestState,
};
use super::types::EventType;

/// A CDEvent, ready for either HTTP form.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    pub id: String,
    pub source: String,
    pub kind: EventType,
    /// RFC 3339.
    pub time: String,
    /// Of the subject.
    pub subject_id: String,
    /// The whole event.
    pub json: Value,
}

impl Event {
    pub fn of(occurrence: &Occurrence) -> Self {
        let server = &occurrence.server;
        let Told { kind, id: subject_id, content } = told(&occurrence.happening, occurrence);
        let (source, time) = (server.to_string(), rfc3339(occurrence.at_ms));
        let mut context = json!({
            "specversion": SPEC_VERSION, "id": occurrence.id.as_str(), "source": source,
            "type": kind.to_string(), "timestamp": time,
        });
        if let Some(rollout) = &occurrence.rollout {
            context["chainId"] = rollout.as_str().into();
        }
        let json = json!({
            "context": context,
            "subject": { "id": subject_id, "source": source, "content": content },
            "customData": custom(occurrence),
            "customDataContentType": "application/json",
        });
        Self { id: occurrence.id.as_str().to_owned(), source, kind, time, subject_id, json }
    }
}

struct Told {
    kind: EventType,
    id: String,
    content: Value,
}

fn told(happening: &Happening, occurrence: &Occurrence) -> Told {
    let server = &occurrence.server;
    match happening {
        Happening::EnvironmentCreated(name) => environment(name, "created", server),
        Happening::EnvironmentModified(name) => environment(name, "modified", server),
        Happening::EnvironmentDeleted(name) => environment(name, "deleted", server),
        Happening::ServiceDeployed(it, artifact) => service(it, "deployed", Some(artifact), server),
        Happening::ServiceUpgraded(it, artifact) => service(it, "upgraded", Some(artifact), server),
        Happening::ServiceRolledBack(it, artifact) => service(it, "rolledback", Some(artifact), server),
        Happening::ServiceRemoved(it) => service(it, "removed", None, server),
        Happening::ServicePublished(it) => service(it, "published", None, server),
        Happening::IncidentDetected(it) => incident(it, "detected", None, server),
        Happening::IncidentReported(it, ticket) => incident(it, "reported", Some(ticket), server),
        Happening::IncidentResolved(it) => incident(it, "resolved", None, server),
        Happening::TestCaseRun(case, state) => test_case(case, state, server),
        Happening::ArtifactPublished(artifact) => Told {
            kind: EventType::standard("artifact", "published", "0.3.0"),
            id: purl(artifact),
            content: json!({ "user": occurrence.who.as_str() }),
        },
        Happening::ReleaseChanged(change) => release(change, server),
    }
}

fn environment(name: &EnvironmentName, predicate: &str, server: &Url) -> Told {
    let kind = EventType::standard("environment", predicate, "0.3.0");
    let mut content = json!({ "name": name.as_str() });
    if predicate != "deleted" {
        content["uri"] = page(server, &["environments", name.as_str()]).into();
    }
    Told { kind, id: name.to_string(), content }
}

fn service(service: &Service, predicate: &str, artifact: Option<&Artifact>, server: &Url) -> Told {
    let kind = EventType::standard("service", predicate, "0.3.0");
    let mut content = json!({ "environment": place(&service.environment, server) });
    if let Some(artifact) = artifact {
        content["artifactId"] = purl(artifact).into();
    }
    Told { kind, id: service.component.to_string(), content }
}

fn incident(incident: &Incident, predicate: &str, ticket: Option<&Url>, server: &Url) -> Told {
    let kind = EventType::standard("incident", predicate, "0.3.0");
    let mut content = json!({
        "description": incident.description, "environment": place(&incident.environment, server),
    });
    if let Some(component) = &incident.component {
        content["service"] = json!({ "id": component.as_str(), "source": server.as_str() });
    }
    if let Some(artifact) = &incident.artifact {
        content["artifactId"] = purl(artifact).into();
    }
    if let Some(ticket) = ticket {
        content["ticketURI"] = ticket.as_str().into();
    }
    Told { kind, id: incident.id.as_str().to_owned(), content }
}

fn test_case(case: &TestCase, state: &TestState, server: &Url) -> Told {
    let mut content = json!({
        "environment": place(&case.environment, server),
        "testCase": { "id": case.case.as_str(), "name": case.name },
    });
    let pipeline = json!({ "type": "pipeline" });
    let (predicate, version) = match state {
        TestState::Queued => ("queued", "0.3.0"),
        TestState::Started => ("started", "0.3.0"),
        // The one that the specification left behind.
        TestState::Skipped { .. } => ("skipped", "0.2.0"),
        TestState::Finished { .. } => ("finished", "0.3.0"),
    };
    match state {
        TestState::Queued | TestState::Started => content["trigger"] = pipeline,
        TestState::Skipped { reason } => content["reason"] = reason.as_str().into(),
        TestState::Finished { outcome, reason } => {
            content["outcome"] = outcome.as_str().into();
            content["reason"] = reason.as_str().into();
        }
    }
    let kind = EventType::standard("testcaserun", predicate, version);
    Told { kind, id: case.run.as_str().to_owned(), content }
}

fn release(change: &ReleaseChange, server: &Url) -> Told {
    let artifacts: Vec<String> = change.artifacts.iter().map(purl).collect();
    let mut content = json!({
        "release": change.release.as_str(), "reason": change.reason, "artifactIds": artifacts,
        "uri": page(server, &["releases", change.release.as_str()]),
    });
    if let Some(name) = &change.environment {
        content["environment"] = place(name, server);
    }
    Told { kind: EventType::of_release(change.predicate.as_str()), id: change.release.to_string(), content }
}

fn custom(occurrence: &Occurrence) -> Value {
    let mut custom = Map::new();
    custom.insert("who".to_owned(), occurrence.who.as_str().into());
    if let Some(release) = &occurrence.release {
        custom.insert("release".to_owned(), release.as_str().into());
    }
    if let Some(rollout) = &occurrence.rollout {
        custom.insert("rollout".to_owned(), rollout.as_str().into());
    }
    Value::Object(custom)
}

fn place(environment: &EnvironmentName, server: &Url) -> Value {
    json!({ "id": environment.as_str(), "source": server.as_str() })
}

/// Of the console.
fn page(server: &Url, path: &[&str]) -> String {
    let mut url = server.clone();
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty().extend(path);
    }
    url.to_string()
}

/// `pkg:generic/api@2.1.0?checksum=sha256:…`, by the package-url specification.
fn purl(artifact: &Artifact) -> String {
    let (name, version) = (artifact.component.as_str(), encoded(artifact.version.as_str()));
    let digest = artifact.digest.as_ref().map(|digest| format!("?checksum={}", encoded(digest.as_str())));
    format!("pkg:generic/{name}@{version}{}", digest.unwrap_or_default())
}

fn encoded(text: &str) -> String {
    let kept = |byte: u8| byte.is_ascii_alphanumeric() || b".-_~:".contains(&byte);
    let encode = |byte: u8| if kept(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(encode).collect()
}

/// Times beyond the year 9999 are its last moment.
fn rfc3339(at_ms: u64) -> String {
    let at = i64::try_from(at_ms).ok().and_then(|at| Timestamp::from_millisecond(at).ok());
    at.unwrap_or(Timestamp::MAX).to_string()
}
