//! Feature flags.

use serde_json::Value;
use tidegate_api as api;
use tidegate_domain::flag::{Change, Flag, FlagEvent, FlagKind, Life, Proposal, Said, Standing, differences};
use tidegate_domain::flag_keys::{FlagKeyKind, FlagSdkKey};
use tidegate_domain::person::TokenId;
use tidegate_engine::{FlagEntry, FlagView};
use tidegate_sdk::usage::UseSeen;

use crate::flags;

/// How a flag is used in an environment, by the environment's name.
pub(crate) type Used<'a> = &'a dyn Fn(&str) -> Option<UseSeen>;

/// What counts as long.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Window {
    pub now_ms: u64,
    pub length_ms: u64,
}

pub(crate) fn flag(view: &FlagView, whole: Option<&Flag>, used: Used<'_>, window: Window) -> api::Flag {
    let life = &view.life;
    let environments: Vec<_> =
        view.environments.iter().map(|stands| environment(stands, whole, (used, life), window)).collect();
    let proposals = whole.map(|whole| {
        whole.proposals.iter().map(|(id, proposal)| self::proposal(whole, *id, proposal)).collect()
    });
    let stale = if view.archived { None } else { stale(view, &environments, window) };
    api::Flag {
        key: view.key.clone(),
        kind: kind(life.kind),
        owner: filled(&life.owner),
        description: filled(&life.description),
        remove_by_ms: life.remove_by_ms,
        release: life.release.as_ref().map(ToString::to_string),
        archived: view.archived,
        environments,
        proposals,
        waiting: view.waiting,
        stale,
        created_ms: view.created_ms,
        changed_ms: view.changed_ms,
    }
}

/// Past its own date; or doing nothing in every environment that it has.
fn stale(view: &FlagView, environments: &[api::FlagEnvironment], window: Window) -> Option<String> {
    if view.life.remove_by_ms.is_some_and(|by| by < window.now_ms) {
        return Some("it should have been removed by now".to_owned());
    }
    let all = environments.iter().map(|one| one.stale.as_deref());
    let reasons: Option<Vec<&str>> = all.collect();
    let reasons = reasons.filter(|reasons| !reasons.is_empty())?;
    let same = reasons.iter().all(|reason| *reason == reasons[0]);
    Some(if same { reasons[0].to_owned() } else { "it does nothing anywhere any more".to_owned() })
}

fn environment(
    stands: &tidegate_engine::FlagStands,
    whole: Option<&Flag>,
    (used, life): (Used<'_>, &Life),
    window: Window,
) -> api::FlagEnvironment {
    let seen = used(stands.environment.as_str()).unwrap_or_default();
    let standing = whole.and_then(|whole| whole.environments.get(&stands.environment));
    let said = standing.map(|standing| &standing.current.said);
    let definition = standing.map(|standing| standing.current.definition.value());
    // Those that are meant to stay may well do one thing for years.
    let stale =
        if life.kind.is_temporary() { flags::stale(&seen, window.now_ms, window.length_ms) } else { None };
    let served = seen.variants.iter().map(|seen| api::FlagServed {
        variant: seen.variant.clone(),
        count: seen.count,
        last_ms: seen.last_ms,
    });
    api::FlagEnvironment {
        environment: stands.environment.to_string(),
        edition: stands.edition,
        on: stands.on,
        definition,
        changed_by: stands.changed_by.clone(),
        approved_by: said.and_then(|said| said.approved_by.clone()),
        changed_ms: stands.changed_ms,
        reason: said.and_then(|said| filled(&said.reason)),
        evaluated_ms: Some(seen.last_ms).filter(|last| *last > 0),
        served: served.collect(),
        stale,
        rollout: standing
            .and_then(|standing| standing.showing.as_ref())
            .map(|showing| showing.rollout.to_string()),
        warnings: whole.zip(standing).map(|(whole, standing)| warnings(whole, standing)).unwrap_or_default(),
    }
}

fn warnings(whole: &Flag, standing: &Standing) -> Vec<api::FlagWarning> {
    let told = standing.current.definition.warnings(&whole.key);
    told.into_iter().map(|(path, why)| api::FlagWarning { path, why }).collect()
}

fn proposal(whole: &Flag, id: u64, given: &tidegate_domain::flag::Proposal) -> api::FlagProposal {
    let (definition, on, edition) = match &given.change {
        Change::Configure { definition } => (Some(definition.value()), None, None),
        Change::Switch { on } => (None, Some(*on), None),
        Change::Revert { to } => (None, None, Some(*to)),
    };
    api::FlagProposal {
        id,
        environment: given.environment.to_string(),
        against: given.against,
        stale: whole.is_stale(given),
        definition,
        on,
        edition,
        by: given.said.by.clone(),
        at_ms: given.said.at_ms,
        reason: filled(&given.said.reason),
    }
}

/// The newest first, as it is given.
pub(crate) fn flag_history(entries: &[FlagEntry]) -> Vec<api::FlagChange> {
    let mut stands: std::collections::BTreeMap<String, Value> = std::collections::BTreeMap::new();
    let mut told = Vec::with_capacity(entries.len());
    for entry in entries.iter().rev() {
        let mut change = change(entry, &mut stands);
        if let FlagEvent::ChangeProposed { proposal, .. } = &entry.event {
            change.differences = proposed(entries, proposal, &stands);
        }
        told.push(change);
    }
    told.reverse();
    told
}

/// What would become another.
fn proposed(
    entries: &[FlagEntry],
    Proposal { environment, change, .. }: &Proposal,
    stands: &std::collections::BTreeMap<String, Value>,
) -> Vec<api::FlagDifference> {
    let before = stands.get(environment.as_str());
    let after = match change {
        Change::Configure { definition } => Some(definition.value()),
        Change::Switch { on } => before.map(|before| switched(before, *on)),
        Change::Revert { to } => edition(entries, environment.as_str(), *to),
    };
    let nothing = Value::Object(serde_json::Map::new());
    after.map(|after| told_apart(before.unwrap_or(&nothing), &after)).unwrap_or_default()
}

/// As it stood then; none of one that is no longer told.
fn edition(entries: &[FlagEntry], environment: &str, wanted: u64) -> Option<Value> {
    let mut stands = std::collections::BTreeMap::new();
    let mut oldest_first = entries.iter().rev();
    oldest_first.find(|entry| {
        let made = change(entry, &mut stands);
        made.edition == Some(wanted) && made.environment.as_deref() == Some(environment)
    })?;
    stands.remove(environment)
}

fn switched(before: &Value, on: bool) -> Value {
    let mut after = before.clone();
    if let Some(members) = after.as_object_mut() {
        members.insert("state".to_owned(), if on { "ENABLED" } else { "DISABLED" }.into());
    }
    after
}

fn told_apart(before: &Value, after: &Value) -> Vec<api::FlagDifference> {
    let all = differences(before, after).into_iter();
    all.map(|one| api::FlagDifference { path: one.path, before: one.before, after: one.after }).collect()
}

fn change(entry: &FlagEntry, stands: &mut std::collections::BTreeMap<String, Value>) -> api::FlagChange {
    let mut told = api::FlagChange {
        position: entry.position,
        kind: entry.event.kind().to_owned(),
        by: entry.actor.clone(),
        approved_by: None,
        at_ms: entry.at_ms,
        reason: None,
        environment: None,
        edition: None,
        proposal: None,
        differences: Vec::new(),
    };
    match &entry.event {
        FlagEvent::Configured { environment, edition }
        | FlagEvent::Reverted { environment, edition, .. }
        | FlagEvent::Shown { environment, edition, .. }
        | FlagEvent::TakenBack { environment, edition, .. } => {
            say(&mut told, &edition.said);
            becomes(&mut told, (environment.as_str(), edition.number), &edition.definition.value(), stands);
        }
        FlagEvent::Switched { environment, on, number, said } => {
            say(&mut told, said);
            let after = switched(stands.get(environment.as_str()).unwrap_or(&Value::Null), *on);
            becomes(&mut told, (environment.as_str(), *number), &after, stands);
        }
        FlagEvent::Archived(archived) => told.reason = filled(&archived.reason),
        FlagEvent::ChangeProposed { id, proposal } => {
            told.proposal = Some(*id);
            told.environment = Some(proposal.environment.to_string());
            told.reason = filled(&proposal.said.reason);
        }
        FlagEvent::ChangeApproved { id, said } | FlagEvent::ChangeRejected { id, said } => {
            told.proposal = Some(*id);
            told.reason = filled(&said.reason);
        }
        FlagEvent::ChangeWithdrawn { id } => told.proposal = Some(*id),
        FlagEvent::Claimed { environment, rollout, .. } | FlagEvent::Released { environment, rollout } => {
            told.environment = Some(environment.to_string());
            told.reason = Some(format!("by {rollout}"));
        }
        FlagEvent::Created { .. } | FlagEvent::Described { .. } | FlagEvent::Restored => {}
    }
    told
}

fn say(told: &mut api::FlagChange, said: &Said) {
    told.by.clone_from(&said.by);
    told.approved_by.clone_from(&said.approved_by);
    told.reason = filled(&said.reason);
}

fn becomes(
    told: &mut api::FlagChange,
    (environment, edition): (&str, u64),
    after: &Value,
    stands: &mut std::collections::BTreeMap<String, Value>,
) {
    told.environment = Some(environment.to_owned());
    told.edition = Some(edition);
    let before = stands
        .insert(environment.to_owned(), after.clone())
        .unwrap_or_else(|| Value::Object(serde_json::Map::new()));
    told.differences = told_apart(&before, after);
}

pub(crate) fn flag_key((id, key): (&TokenId, &FlagSdkKey), (now_ms, used_ms): (u64, u64)) -> api::FlagKey {
    api::FlagKey {
        id: id.to_string(),
        environment: key.environment.to_string(),
        kind: match key.kind {
            FlagKeyKind::Client => api::FlagKeyKind::Client,
            FlagKeyKind::Server => api::FlagKeyKind::Server,
        },
        label: key.label.clone(),
        issued_by: key.by.clone(),
        issued_ms: key.issued_ms,
        expires_ms: key.expires_ms,
        revoked: key.revoked,
        valid: key.is_valid(now_ms),
        last_used_ms: Some(used_ms).filter(|used| *used > 0),
    }
}

fn kind(kind: FlagKind) -> api::FlagKind {
    match kind {
        FlagKind::Release => api::FlagKind::Release,
        FlagKind::Experiment => api::FlagKind::Experiment,
        FlagKind::Operations => api::FlagKind::Operations,
        FlagKind::Permission => api::FlagKind::Permission,
    }
}

pub(crate) fn read_flag_kind(kind: api::FlagKind) -> FlagKind {
    match kind {
        api::FlagKind::Release => FlagKind::Release,
        api::FlagKind::Experiment => FlagKind::Experiment,
        api::FlagKind::Operations => FlagKind::Operations,
        api::FlagKind::Permission => FlagKind::Permission,
    }
}

fn filled(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}
