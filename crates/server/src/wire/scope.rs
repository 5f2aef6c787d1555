//! Sources of scope, and what they hold.

use tidegate_api::{
    ScopeRule, ScopeSource, ScopeSourceKind, ScopeSourceState, ScopeStop, ScopeToken, TrackedItem,
};
use tidegate_domain::scope_source::{self as domain, SourceKind};
use tidegate_plan::tracked;
use tidegate_ports::Fault;

use super::plan::retold;

pub(crate) fn scope_source(source: &domain::ScopeSource, edition: u64) -> Result<ScopeSource, Fault> {
    let definition = &*source.definition;
    let rules: Vec<ScopeRule> = retold(&definition.rules)?;
    let filled = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    Ok(ScopeSource {
        name: source.name.to_string(),
        kind: match definition.kind {
            SourceKind::Github => ScopeSourceKind::Github,
            SourceKind::Gitlab => ScopeSourceKind::Gitlab,
            SourceKind::Csv => ScopeSourceKind::Csv,
        },
        base: definition.base.clone(),
        project: filled(&definition.project),
        milestone: definition.milestone.clone(),
        labels: definition.labels.clone(),
        token: definition.token.as_ref().map(|token| ScopeToken {
            environment: token.environment.to_string(),
            secret: token.name.to_string(),
        }),
        rules,
        every_minutes: definition.every_minutes,
        state: match source.word() {
            "stopped" => ScopeSourceState::Stopped,
            "waiting" => ScopeSourceState::Waiting,
            "reading" => ScopeSourceState::Reading,
            _ => ScopeSourceState::Whole,
        },
        count: source.items.len() as u64,
        gone: source.items.values().filter(|item| item.gone_ms.is_some()).count() as u64,
        pages: source.pages,
        read_ms: source.read_ms,
        pause_until_ms: source.pause.as_ref().map(|pause| pause.until_ms),
        pause_why: source.pause.as_ref().map(|pause| pause.why.clone()),
        stop: source.stop.clone().map(|domain::Stop { code, why, help, at_ms }| ScopeStop {
            code,
            why,
            help,
            at_ms,
        }),
        edition,
    })
}

pub(crate) fn tracked_item(item: &tracked::TrackedItem) -> Result<TrackedItem, Fault> {
    retold(item)
}
