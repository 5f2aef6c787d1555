//! What of the log somebody may see.
//!
//! Invariant: whoever may read in one environment only is shown nothing of the others, not even that something was
//! measured there. Deliberately not here: how it is told (`routes::events`).

use std::collections::BTreeMap;

use tidegate_domain::id::{RolloutId, StreamId};
use tidegate_domain::name::EnvironmentName;
use tidegate_domain::rights::{Place, Right};

use super::caller::Caller;
use crate::app::App;

/// Of how many rollouts it is remembered where they are.
const ROLLOUTS_MAX: usize = 1_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Seen {
    Whole,
    /// The thing may be read, cut to what is theirs; an event of it tells of every environment.
    ThatItChanged,
    Nothing,
}

/// Remembers in which environment rollouts are.
#[derive(Debug, Default)]
pub(crate) struct Sight {
    rollouts: BTreeMap<RolloutId, EnvironmentName>,
}

impl Sight {
    pub async fn of(&mut self, (app, caller): (&App, &Caller), stream: &StreamId) -> Seen {
        if caller.may(Right::Read, Place::Project(caller.project.as_str())) {
            return if sees_whole(caller, stream) { Seen::Whole } else { Seen::Nothing };
        }
        let whole = |may: bool| if may { Seen::Whole } else { Seen::Nothing };
        match stream {
            StreamId::Slot(slot) => whole(caller.may_in(Right::Read, &slot.environment)),
            StreamId::Rollout(id) => {
                let environment = self.environment(app, id).await;
                whole(environment.is_some_and(|environment| caller.may_in(Right::Read, environment)))
            }
            StreamId::Incident(id) => {
                let found = app.engine.incident(id).await.ok().flatten();
                let environment = found.and_then(|found| found.about.environment);
                whole(environment.is_some_and(|environment| caller.may_in(Right::Read, &environment)))
            }
            StreamId::Catalog
            | StreamId::Release(_)
            | StreamId::Calendar
            | StreamId::Secrets
            | StreamId::Flag(_)
            | StreamId::Plan(_)
            | StreamId::PlanBook
            | StreamId::Bundles
            | StreamId::ScopeSource(_) => Seen::ThatItChanged,
            StreamId::Inbound
            | StreamId::Announcements
            | StreamId::Announcement(_)
            | StreamId::Webhooks
            | StreamId::Retention
            | StreamId::Person(_)
            | StreamId::Groups
            | StreamId::FlagKeys
            | StreamId::Projects => Seen::Nothing,
        }
    }

    async fn environment(&mut self, app: &App, id: &RolloutId) -> Option<&EnvironmentName> {
        if !self.rollouts.contains_key(id) {
            let found = app.engine.rollout(id, app.clock.now()).await.ok()??;
            if self.rollouts.len() >= ROLLOUTS_MAX {
                self.rollouts.clear();
            }
            self.rollouts.insert(id.clone(), found.environment.parse().ok()?);
        }
        self.rollouts.get(id)
    }
}

/// For whoever may read the whole project: who signs in from where, and who may do what, is for those who may see the
/// audit trail.
pub(crate) fn sees_whole(caller: &Caller, stream: &StreamId) -> bool {
    match stream {
        StreamId::Person(_) | StreamId::Groups | StreamId::Projects | StreamId::FlagKeys => {
            sees_people(caller)
        }
        StreamId::Catalog
        | StreamId::Release(_)
        | StreamId::Slot(_)
        | StreamId::Rollout(_)
        | StreamId::Calendar
        | StreamId::Secrets
        | StreamId::Inbound
        | StreamId::Announcements
        | StreamId::Announcement(_)
        | StreamId::Webhooks
        | StreamId::Retention
        | StreamId::Flag(_)
        | StreamId::Plan(_)
        | StreamId::PlanBook
        | StreamId::Bundles
        | StreamId::Incident(_)
        | StreamId::ScopeSource(_) => true,
    }
}

pub(crate) fn sees_people(caller: &Caller) -> bool {
    caller.may(Right::ReadAudit, Place::Installation)
}
