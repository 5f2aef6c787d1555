//! A flag's history folded to how it stands.
//!
//! Invariant: total: what was recorded is never refused. Deliberately not here: deciding.

use std::collections::{BTreeMap, VecDeque};

use serde_json::Value;

use super::{
    EDITIONS_KEPT_MAX, Edition, Flag, FlagEvent, PROPOSALS_MAX, Proposal, Said, Showing, Shown, Standing,
};
use crate::id::RolloutId;
use crate::name::EnvironmentName;

pub fn evolve(state: Option<Flag>, event: &FlagEvent) -> Option<Flag> {
    if let FlagEvent::Created { key, life } = event {
        return Some(Flag {
            key: key.clone(),
            life: life.clone(),
            archived: None,
            environments: BTreeMap::new(),
            proposals: BTreeMap::new(),
            last_proposal: 0,
        });
    }
    let mut flag = state?;
    match event {
        FlagEvent::Created { .. } => {}
        FlagEvent::Described { life } => flag.life.clone_from(life),
        FlagEvent::Configured { environment, edition }
        | FlagEvent::Reverted { environment, edition, .. }
        | FlagEvent::Shown { environment, edition, .. }
        | FlagEvent::TakenBack { environment, edition, .. } => {
            flag.stand(environment, edition.clone());
        }
        FlagEvent::Switched { environment, on, number, said } => {
            flag.switch(environment, (*on, *number), said);
        }
        FlagEvent::Archived(archived) => flag.archived = Some(archived.clone()),
        FlagEvent::Restored => flag.archived = None,
        FlagEvent::Claimed { environment, rollout, variant } => flag.claim(environment, rollout, variant),
        FlagEvent::Released { environment, rollout } => flag.release(environment, rollout),
        FlagEvent::ChangeProposed { id, proposal } => flag.remember(*id, proposal),
        FlagEvent::ChangeApproved { id, .. }
        | FlagEvent::ChangeRejected { id, .. }
        | FlagEvent::ChangeWithdrawn { id } => {
            flag.proposals.remove(id);
        }
    }
    Some(flag)
}

impl Flag {
    fn stand(&mut self, environment: &EnvironmentName, edition: Edition) {
        let Some(standing) = self.environments.get_mut(environment) else {
            let standing =
                Standing { current: edition, earlier: VecDeque::new(), showing: None, shown: None };
            self.environments.insert(environment.clone(), standing);
            return;
        };
        let before = std::mem::replace(&mut standing.current, edition);
        standing.earlier.push_back(before);
        if standing.earlier.len() > EDITIONS_KEPT_MAX {
            standing.earlier.pop_front();
        }
    }

    fn switch(&mut self, environment: &EnvironmentName, (on, number): (bool, u64), said: &Said) {
        let Some(standing) = self.environments.get(environment) else { return };
        let definition = standing.current.definition.switched(on);
        self.stand(environment, Edition { number, definition, said: said.clone() });
    }

    fn claim(&mut self, environment: &EnvironmentName, rollout: &RolloutId, variant: &str) {
        let Some(standing) = self.environments.get_mut(environment) else { return };
        let base = standing.current.definition.clone();
        standing.showing = Some(Showing { rollout: rollout.clone(), variant: variant.to_owned(), base });
    }

    /// What was shown to everybody stays, and can be taken back until it is shown again.
    fn release(&mut self, environment: &EnvironmentName, rollout: &RolloutId) {
        let Some(standing) = self.environments.get_mut(environment) else { return };
        let Some(Showing { variant, base, .. }) = standing.showing.take() else { return };
        let default = |value: &Value| value.get("defaultVariant").and_then(Value::as_str).map(str::to_owned);
        if default(&standing.current.definition.value()).as_ref() == Some(&variant)
            && let Some(default) = default(&base.value())
        {
            standing.shown = Some(Shown { rollout: rollout.clone(), variant, default });
        }
    }

    /// Those that can no longer be approved make room.
    fn remember(&mut self, id: u64, proposal: &Proposal) {
        self.last_proposal = self.last_proposal.max(id);
        if self.proposals.len() >= PROPOSALS_MAX {
            let stale: Vec<u64> =
                self.proposals.iter().filter(|(_, known)| self.is_stale(known)).map(|(id, _)| *id).collect();
            self.proposals.retain(|id, _| !stale.contains(id));
        }
        self.proposals.insert(id, proposal.clone());
    }
}
