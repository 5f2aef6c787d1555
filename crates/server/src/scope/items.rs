//! What trackers and tables say, in the plan's words.
//!
//! Invariant: nothing is decided here; what a request closes is named in full, so that it means the same everywhere.

use http::StatusCode;
use tidegate_connectors::scope::{
    EstimateUnit, ItemKind, ItemState, Query, ScopeItem, ScopeRefusal, Tracker, told_by_github,
};
use tidegate_domain::inbound::InboundKind;
use tidegate_domain::scope_source::{Definition, SourceKind};
use tidegate_engine::Tracked;
use tidegate_plan::tracked::{TrackedItem, TrackedKind, TrackedState, closing};

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

pub(crate) fn tracked(query: &Query, item: ScopeItem) -> TrackedItem {
    of(&query.project, item)
}

pub(crate) fn of_table(item: ScopeItem) -> TrackedItem {
    of("", item)
}

/// What a delivery says of an issue or a request; only a sender that is proved is read.
pub(crate) fn tracked_by_webhook(kind: InboundKind, event: &str, body: &[u8]) -> Option<Tracked> {
    match kind {
        InboundKind::Github => {
            let (project, item) = told_by_github(event, body)?;
            let item = Some(of(&project, item));
            Some(Tracked { kind: SourceKind::Github, project, item })
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

fn of(project: &str, item: ScopeItem) -> TrackedItem {
    let hours = item.estimate.filter(|estimate| estimate.unit == EstimateUnit::Hours);
    let closes = item.description.as_deref().map(closing).unwrap_or_default();
    let full = |name: String| {
        let bare = name.starts_with(['#', '!']);
        if bare { format!("{project}{name}") } else { name }
    };
    TrackedItem {
        key: item.key,
        title: item.title,
        url: item.url,
        kind: match item.kind {
            ItemKind::Bug => TrackedKind::Bug,
            ItemKind::Feature => TrackedKind::Feature,
            ItemKind::Improvement => TrackedKind::Improvement,
            ItemKind::Security => TrackedKind::Security,
            ItemKind::Documentation => TrackedKind::Documentation,
            ItemKind::Task => TrackedKind::Task,
        },
        state: match item.state {
            ItemState::Open => TrackedState::Open,
            ItemState::Closed => TrackedState::Closed,
            ItemState::Merged => TrackedState::Merged,
        },
        labels: item.labels,
        milestone: item.milestone,
        author: item.author,
        created_ms: item.created_ms,
        updated_ms: item.updated_ms,
        closed_ms: item.closed_ms,
        is_change: item.is_pull_request,
        hours_hundredths: hours.map(|estimate| estimate.hundredths),
        closes: closes.into_iter().map(full).collect(),
    }
}
