//! Counting who said yes.
//!
//! Invariant: a person counts once, by their last word; a word counts while it is about exactly what would go out now,
//! has not expired, and comes from somebody who may say it *now*; one valid no outweighs any number of yes.
//! Deliberately not here: who somebody is (`rights`).

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::spec::{ChangeType, SignRule, Signer};
use crate::name::{GateName, GroupName, PersonName};
use crate::rights::Role;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Choice {
    Yes,
    No,
    /// Takes the person's earlier word back.
    Withdrawn,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vote {
    pub gate: GateName,
    pub person: PersonName,
    pub choice: Choice,
    pub reason: String,
    /// Of what was seen: release, environment, plan.
    pub digest: String,
    pub at_ms: u64,
}

/// Somebody as they are now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Voter {
    pub name: PersonName,
    /// Held for this project and environment.
    pub roles: BTreeSet<Role>,
    pub groups: BTreeSet<GroupName>,
}

/// Why a word does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Void {
    /// What would go out has changed since.
    Changed,
    Expired,
    /// The person left, or no longer has the role or the group.
    NoLongerMay,
    /// The author of the release.
    Author,
}

impl Void {
    pub fn words(self) -> &'static str {
        match self {
            Self::Changed => "what would go out has changed since",
            Self::Expired => "it has expired",
            Self::NoLongerMay => "they may no longer sign this gate",
            Self::Author => "the author of the release does not count",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tally {
    pub yes: Vec<PersonName>,
    pub no: Option<Vote>,
    pub void: Vec<(PersonName, Void)>,
    /// Still wanted.
    pub missing: u32,
}

/// What the votes are held against.
#[derive(Debug, Clone, Copy)]
pub struct Ballot<'a> {
    pub voters: &'a BTreeMap<PersonName, Voter>,
    pub author: &'a str,
    pub digest: &'a str,
    pub change: ChangeType,
    pub now_ms: u64,
}

/// `votes` in the order they were given; those of other gates play no part.
pub fn tally(rule: &SignRule, gate: &GateName, votes: &[Vote], ballot: &Ballot<'_>) -> Tally {
    let mut last: BTreeMap<&PersonName, &Vote> = BTreeMap::new();
    for vote in votes.iter().filter(|vote| vote.gate == *gate) {
        last.insert(&vote.person, vote);
    }
    let mut tally = Tally::default();
    for (person, vote) in last {
        match (vote.choice, void(rule, vote, ballot)) {
            (Choice::Withdrawn, _) => {}
            (Choice::Yes | Choice::No, Some(why)) => tally.void.push((person.clone(), why)),
            (Choice::Yes, None) => tally.yes.push(person.clone()),
            (Choice::No, None) => tally.no = Some(vote.clone()),
        }
    }
    let counted = u32::try_from(tally.yes.len()).unwrap_or(u32::MAX);
    tally.missing = rule.needed(ballot.change).saturating_sub(counted);
    tally
}

fn void(rule: &SignRule, vote: &Vote, ballot: &Ballot<'_>) -> Option<Void> {
    if vote.digest != ballot.digest {
        return Some(Void::Changed);
    }
    // A clock that went back does not make an old word young: the later of the two counts as now.
    let age_ms = ballot.now_ms.saturating_sub(vote.at_ms);
    if age_ms >= rule.expires_seconds.saturating_mul(1000) {
        return Some(Void::Expired);
    }
    if !ballot.voters.get(&vote.person).is_some_and(|voter| rule.may_sign(voter)) {
        return Some(Void::NoLongerMay);
    }
    (!rule.author_counts && vote.person.as_str() == ballot.author).then_some(Void::Author)
}

impl SignRule {
    pub fn may_sign(&self, voter: &Voter) -> bool {
        let counts = |signer: &Signer| match signer {
            Signer::Role(role) => voter.roles.iter().any(|held| held.includes(*role)),
            Signer::Group(group) => voter.groups.contains(group),
        };
        self.from.is_empty() || self.from.iter().any(counts)
    }
}
