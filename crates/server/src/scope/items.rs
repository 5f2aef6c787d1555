//! What a source asks its tracker, and what a tracker tells of itself.
//!
//! Invariant: nothing is decided here, and only a delivery that proved itself is read.

use http::StatusCode;
use tidegate_connectors::scope::{Query, ScopeRefusal, Tracker, told_by_github};
use tidegate_domain::inbound::InboundKind;
use tidegate_domain::scope_source::{Definition, SourceKind};
use tidegate_engine::Tracked;

use crate::problem::Trouble;

pub(crate) fn query(definition: &Definition) -> Result<Query, ScopeRefusal> {
    let tracker = match definition.kind {
        SourceKind::Github | SourceKind::Csv => Tracker::Github,
        SourceKind::Gitlab => Tracker::Gitlab,
    };
    let mut query = Query::new(tracker, definition.base.as_deref(), &definition.project)?;
    if let Some(milestone) = &definition.milestone {
        query = query.of_milestone(milestone)?;
    }
    query.with_labels(definition.labels.iter().map(String::as_str))
}

pub(crate) fn unfit(refusal: &ScopeRefusal) -> Trouble {
    Trouble::new(StatusCode::UNPROCESSABLE_ENTITY, refusal.code(), refusal.to_string()).help(refusal.help())
}

/// What a delivery says of an issue or a request; only a sender that is proved is read.
pub(crate) fn tracked_by_webhook(kind: InboundKind, event: &str, body: &[u8]) -> Option<Tracked> {
    match kind {
        InboundKind::Github => {
            let (project, item) = told_by_github(event, body)?;
            Some(Tracked { kind: SourceKind::Github, project, item: Some(item) })
        }
        // GitLab tells a milestone by a number that its lists do not use: it is asked what changed.
        InboundKind::Gitlab => {
            let value: serde_json::Value = serde_json::from_slice(body).ok()?;
            let about = value["object_kind"].as_str()?;
            let project = value["project"]["path_with_namespace"].as_str()?.to_owned();
            let counts = matches!(about, "issue" | "merge_request");
            counts.then_some(Tracked { kind: SourceKind::Gitlab, project, item: None })
        }
        InboundKind::Alertmanager | InboundKind::Cdevents | InboundKind::Generic => None,
    }
}
