//! What may be done to a flag.
//!
//! Invariant: pure; a proposal that is approved changes what it was proposed against, or nothing. Deliberately not here:
//! which right each takes (the server's table).

use super::{
    Archived, Change, Edition, Flag, FlagCommand, FlagEvent, FlagRefusal, PROPOSALS_MAX, Proposal, Said,
};
use crate::name::{EnvironmentName, FlagKey};

/// Who asks, and what is known of the world.
pub struct Asking<'a> {
    pub by: &'a str,
    /// Rather than a program: only a person's word is a second one.
    pub is_person: bool,
    pub at_ms: u64,
    pub reason: &'a str,
    /// Whether a change there takes two.
    pub is_protected: &'a (dyn Fn(&EnvironmentName) -> bool + Sync),
}

impl Asking<'_> {
    pub(super) fn said(&self) -> Said {
        let (by, reason) = (self.by.to_owned(), self.reason.to_owned());
        Said { by, approved_by: None, at_ms: self.at_ms, reason }
    }
}

/// `key` is the flag that is meant, whether or not it is there.
pub fn decide(
    state: Option<&Flag>,
    key: &FlagKey,
    command: FlagCommand,
    asking: &Asking<'_>,
) -> Result<Vec<FlagEvent>, FlagRefusal> {
    match (state, command) {
        (None, FlagCommand::Create { key, life }) => Ok(vec![FlagEvent::Created { key, life }]),
        (None, _) => Err(FlagRefusal::Unknown { key: key.clone() }),
        (Some(flag), command) => flag.decide(command, asking),
    }
}

impl Flag {
    fn decide(&self, command: FlagCommand, asking: &Asking<'_>) -> Result<Vec<FlagEvent>, FlagRefusal> {
        match command {
            FlagCommand::Create { key, .. } => Err(FlagRefusal::Exists { key }),
            FlagCommand::Describe { life } => {
                let new = life != self.life;
                Ok(new.then_some(FlagEvent::Described { life }).into_iter().collect())
            }
            FlagCommand::Change { environment, change } => {
                self.in_use()?;
                if !change.only_stops() {
                    self.free(&environment)?;
                }
                let event = self.changed(&environment, change.clone(), asking.said())?;
                if event.is_some() && !change.only_stops() && (asking.is_protected)(&environment) {
                    return Err(FlagRefusal::NeedsApproval { key: self.key.clone(), environment });
                }
                Ok(event.into_iter().collect())
            }
            FlagCommand::Propose { environment, change } => self.propose(environment, change, asking),
            FlagCommand::Approve { id } => self.approve(id, asking),
            FlagCommand::Reject { id } => {
                self.proposal(id)?;
                Ok(vec![FlagEvent::ChangeRejected { id, said: asking.said() }])
            }
            FlagCommand::Withdraw { id } => {
                self.proposal(id)?;
                Ok(vec![FlagEvent::ChangeWithdrawn { id }])
            }
            FlagCommand::Archive => self.archive(asking),
            FlagCommand::ForRollout(asked) => self.for_rollout(asked, asking),
            FlagCommand::Restore => {
                Ok(self.archived.is_some().then_some(FlagEvent::Restored).into_iter().collect())
            }
        }
    }

    /// None where it stands so already.
    fn changed(
        &self,
        environment: &EnvironmentName,
        change: Change,
        said: Said,
    ) -> Result<Option<FlagEvent>, FlagRefusal> {
        let number = self.edition(environment) + 1;
        let standing = self.environments.get(environment);
        let stands = standing.map(|standing| &standing.current.definition);
        let environment = environment.clone();
        let none = || FlagRefusal::NotConfigured { key: self.key.clone(), environment: environment.clone() };
        Ok(match change {
            Change::Configure { definition } if stands == Some(&definition) => None,
            Change::Configure { definition } => {
                Some(FlagEvent::Configured { environment, edition: Edition { number, definition, said } })
            }
            Change::Switch { on } => {
                let stands = stands.ok_or_else(none)?;
                (stands.is_on() != on).then_some(FlagEvent::Switched { environment, on, number, said })
            }
            Change::Revert { to } => {
                let standing = standing.ok_or_else(none)?;
                let definition = standing.edition(to).map(|edition| edition.definition.clone());
                let definition = definition.ok_or_else(|| self.no_edition(&environment, to))?;
                let event = FlagEvent::Reverted {
                    environment,
                    to,
                    edition: Edition { number, definition: definition.clone(), said },
                };
                (stands != Some(&definition)).then_some(event)
            }
        })
    }

    fn propose(
        &self,
        environment: EnvironmentName,
        change: Change,
        asking: &Asking<'_>,
    ) -> Result<Vec<FlagEvent>, FlagRefusal> {
        self.in_use()?;
        // What would change nothing needs nobody's word.
        if self.changed(&environment, change.clone(), asking.said())?.is_none() {
            return Err(FlagRefusal::StandsSo { key: self.key.clone(), environment });
        }
        let open = self.proposals.values().filter(|known| !self.is_stale(known)).count();
        if open >= PROPOSALS_MAX {
            return Err(FlagRefusal::TooManyProposals { key: self.key.clone(), most: PROPOSALS_MAX });
        }
        let against = self.edition(&environment);
        let proposal = Proposal { environment, change, against, said: asking.said() };
        Ok(vec![FlagEvent::ChangeProposed { id: self.last_proposal + 1, proposal }])
    }

    fn approve(&self, id: u64, asking: &Asking<'_>) -> Result<Vec<FlagEvent>, FlagRefusal> {
        let proposal = self.proposal(id)?;
        self.in_use()?;
        self.free(&proposal.environment)?;
        if self.is_stale(proposal) {
            let now = self.edition(&proposal.environment);
            return Err(FlagRefusal::Stale { key: self.key.clone(), id, against: proposal.against, now });
        }
        if proposal.said.by.eq_ignore_ascii_case(asking.by) {
            return Err(FlagRefusal::Own { key: self.key.clone(), id, by: asking.by.to_owned() });
        }
        if !asking.is_person {
            return Err(FlagRefusal::ByProgram { key: self.key.clone(), id, by: asking.by.to_owned() });
        }
        let said =
            Said { approved_by: Some(asking.by.to_owned()), at_ms: asking.at_ms, ..proposal.said.clone() };
        let change = self.changed(&proposal.environment, proposal.change.clone(), said)?;
        let approved = FlagEvent::ChangeApproved { id, said: asking.said() };
        Ok(std::iter::once(approved).chain(change).collect())
    }

    /// Programs that ask for it get their own default from then on, so first it is switched off where users are.
    fn archive(&self, asking: &Asking<'_>) -> Result<Vec<FlagEvent>, FlagRefusal> {
        if self.archived.is_some() {
            return Ok(Vec::new());
        }
        self.environments.keys().try_for_each(|environment| self.free(environment))?;
        let on = self.environments.iter().find(|(environment, standing)| {
            (asking.is_protected)(environment) && standing.current.definition.is_on()
        });
        if let Some((environment, _)) = on {
            return Err(FlagRefusal::InUse { key: self.key.clone(), environment: environment.clone() });
        }
        let Said { by, at_ms, reason, .. } = asking.said();
        Ok(vec![FlagEvent::Archived(Archived { by, at_ms, reason })])
    }

    pub(super) fn in_use(&self) -> Result<(), FlagRefusal> {
        match self.archived {
            None => Ok(()),
            Some(_) => Err(FlagRefusal::Archived { key: self.key.clone() }),
        }
    }

    fn proposal(&self, id: u64) -> Result<&Proposal, FlagRefusal> {
        self.proposals.get(&id).ok_or_else(|| FlagRefusal::UnknownProposal {
            key: self.key.clone(),
            id,
            known: self.proposals.keys().copied().collect(),
        })
    }

    fn no_edition(&self, environment: &EnvironmentName, edition: u64) -> FlagRefusal {
        let (key, environment) = (self.key.clone(), environment.clone());
        FlagRefusal::UnknownEdition { key, environment, edition }
    }
}
