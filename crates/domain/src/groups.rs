//! What members of a group may do: the grants that stand under the names the identity provider sends.
//!
//! Invariant: a group without a grant is not kept; nobody becomes the last administrator through a group, so losing one
//! locks nobody out. Deliberately not here: who is in a group (`person`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::name::GroupName;
use crate::person::PersonRefusal;
use crate::rights::Grant;

const GRANTS_MAX: usize = 200;
const GROUPS_MAX: usize = 1_000;

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Groups {
    pub grants: BTreeMap<GroupName, Vec<Grant>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum GroupsEvent {
    /// In the place of what was granted before; nothing where it is empty.
    Granted { group: GroupName, grants: Vec<Grant> },
}

impl GroupsEvent {
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Granted { .. } => "groups.granted",
        }
    }
}

pub fn decide(
    state: &Groups,
    group: GroupName,
    grants: Vec<Grant>,
) -> Result<Vec<GroupsEvent>, PersonRefusal> {
    if grants.len() > GRANTS_MAX {
        return Err(PersonRefusal::TooMany { what: "grants", most: GRANTS_MAX });
    }
    let known = state.grants.get(&group);
    if known.is_none() && state.grants.len() >= GROUPS_MAX {
        return Err(PersonRefusal::TooMany { what: "groups", most: GROUPS_MAX });
    }
    let changes = known.map_or(&[][..], Vec::as_slice) != grants;
    Ok(if changes { vec![GroupsEvent::Granted { group, grants }] } else { Vec::new() })
}

pub fn evolve(mut state: Groups, event: &GroupsEvent) -> Groups {
    match event {
        GroupsEvent::Granted { group, grants } if grants.is_empty() => {
            state.grants.remove(group);
        }
        GroupsEvent::Granted { group, grants } => {
            state.grants.insert(group.clone(), grants.clone());
        }
    }
    state
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::refusal::Refuse;
    use crate::rights::Role;

    fn granted(state: Groups, group: &str, roles: &[Role]) -> (Groups, usize) {
        let grants = roles.iter().map(|role| Grant { role: *role, project: None, environment: None });
        let events = decide(&state, group.parse().unwrap(), grants.collect()).unwrap();
        (events.iter().fold(state, evolve), events.len())
    }

    #[test]
    fn the_last_word_about_a_group_stands() {
        let (state, _) = granted(Groups::default(), "ops", &[Role::Viewer]);
        let (state, events) = granted(state, "ops", &[Role::Viewer]);
        assert_eq!(events, 0, "what stands already is no event");
        let (state, _) = granted(state, "ops", &[Role::Approver, Role::Developer]);
        assert_eq!(state.grants[&"ops".parse().unwrap()].len(), 2);
        let (state, _) = granted(state, "ops", &[]);
        assert_eq!(state, Groups::default());
        assert_eq!(granted(state, "ops", &[]).1, 0, "there is nothing to take away");
    }

    #[test]
    fn groups_and_their_grants_have_a_limit() {
        let many = vec![Grant { role: Role::Viewer, project: None, environment: None }; GRANTS_MAX + 1];
        let refused = decide(&Groups::default(), "ops".parse().unwrap(), many).unwrap_err();
        assert_eq!(refused.code(), "too-many-of-a-person");
        let mut full = Groups::default();
        for number in 0..GROUPS_MAX {
            full = granted(full, &format!("g{number}"), &[Role::Viewer]).0;
        }
        let one = vec![Grant { role: Role::Viewer, project: None, environment: None }];
        assert!(decide(&full, "more".parse().unwrap(), one.clone()).is_err());
        assert!(decide(&full, "g0".parse().unwrap(), one).is_ok());
    }
}
