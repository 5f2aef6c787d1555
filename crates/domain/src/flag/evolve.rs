//! A flag's history folded to how it stands.
//!
//! Invariant: total: what was recorded is never refused. Deliberately not here: deciding.

use std::collections::{BTreeMap, VecDeque};

use super::{EDITIONS_KEPT_MAX, Edition, Flag, FlagEvent, PROPOSALS_MAX, Proposal, Said, Standing};
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
        FlagEvent::Configured { environment, edition } | FlagEvent::Reverted { environment, edition, .. } => {
            flag.stand(environment, edition.clone());
        }
        FlagEvent::Switched { environment, on, number, said } => {
            flag.switch(environment, (*on, *number), said);
        }
        FlagEvent::Archived(archived) => flag.archived = Some(archived.clone()),
        FlagEvent::Restored => flag.archived = None,
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
            let standing = Standing { current: edition, earlier: VecDeque::new() };
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
