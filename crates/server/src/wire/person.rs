//! People, their grants and tokens.

use tidegate_api::{self as api, Hidden};
use tidegate_domain::name::{EnvironmentName, GroupName};
use tidegate_domain::person::{PersonKind, Token, TokenId, TokenScope};
use tidegate_domain::rights::{Grant, Place, Right, Role};
use tidegate_engine::{Directory, Known};
use tidegate_ports::Fault;

use crate::extract::name;
use crate::identity::Caller;
use crate::problem::Trouble;

pub(crate) fn person(known: &Known) -> api::Person {
    let person = &known.person;
    api::Person {
        name: person.name.to_string(),
        kind: kind(person.kind),
        display: person.display.clone(),
        grants: grants(&person.grants),
        groups: person.groups.iter().map(ToString::to_string).collect(),
        effective: grants(&known.grants),
        has_password: person.has_password,
        providers: person.links.iter().map(|(issuer, _)| issuer.clone()).collect(),
        links: person.links.iter().map(link).collect(),
        disabled: person.disabled.clone(),
        added_ms: known.added_ms,
        changed_ms: known.changed_ms,
    }
}

fn link((issuer, subject): &(String, String)) -> api::Link {
    api::Link { issuer: issuer.clone(), subject: subject.clone() }
}

/// `environments` are those of the project.
pub(crate) fn whoami(caller: &Caller, environments: &[EnvironmentName]) -> Result<api::Whoami, Fault> {
    let known = caller.known.as_deref();
    let all = [api::Grant { role: api::Role::Admin, project: None, environment: None }];
    let held = known.map_or_else(|| all.to_vec(), |known| grants(&known.grants));
    Ok(api::Whoami {
        name: caller.name.clone(),
        open: known.is_none(),
        kind: known.map_or(api::PersonKind::Person, |known| kind(known.person.kind)),
        display: known.map_or_else(|| caller.name.clone(), |known| known.person.display.clone()),
        how: caller.how.word().to_owned(),
        grants: caller.at_most().map_or(held, grants),
        groups: known.into_iter().flat_map(|known| &known.person.groups).map(ToString::to_string).collect(),
        may: allowed(|right, place| caller.may(right, place), caller.project.as_str(), environments)?,
        csrf: None::<Hidden>,
    })
}

/// By what admits each of their requests, so that nothing is offered that would be refused.
fn allowed(
    may: impl Fn(Right, Place<'_>) -> bool,
    project: &str,
    environments: &[EnvironmentName],
) -> Result<Vec<api::May>, Fault> {
    let mut found = Vec::new();
    for right in Right::ALL {
        let word = wire_right(right)?;
        if may(right, Place::Project(project)) {
            let installation = may(right, Place::Installation);
            found.push(api::May { right: word, environment: None, installation });
            continue;
        }
        let there = |environment: &&EnvironmentName| may(right, Place::Environment(project, environment));
        found.extend(environments.iter().filter(there).map(|environment| {
            let environment = Some(environment.to_string());
            api::May { right: word, environment, installation: false }
        }));
    }
    found.sort();
    Ok(found)
}

fn wire_right(right: Right) -> Result<api::Right, Fault> {
    let text = serde_json::to_value(right).map_err(super::unreadable)?;
    serde_json::from_value(text).map_err(super::unreadable)
}

pub(crate) fn group(directory: &Directory, name: &GroupName) -> api::Group {
    let members = directory.people().filter(|known| known.person.groups.contains(name));
    api::Group {
        name: name.to_string(),
        grants: directory.groups().grants.get(name).map_or_else(Vec::new, |held| grants(held)),
        people: members.map(|known| known.person.name.to_string()).collect(),
    }
}

pub(crate) fn token(
    owner: &Known,
    (id, token): (&TokenId, &Token),
    (now_ms, last_used_ms): (u64, Option<u64>),
) -> api::Token {
    api::Token {
        id: id.to_string(),
        person: owner.person.name.to_string(),
        label: token.label.clone(),
        scope: match &token.scope {
            TokenScope::Owner => None,
            TokenScope::Grants(scope) => Some(grants(scope)),
        },
        issued_ms: token.issued_ms,
        expires_ms: token.expires_ms,
        revoked: token.revoked,
        valid: owner.person.token(id, now_ms).is_some(),
        last_used_ms,
    }
}

pub(crate) fn grants(held: &[Grant]) -> Vec<api::Grant> {
    let grant = |grant: &Grant| api::Grant {
        role: role_of(grant.role),
        project: grant.project.clone(),
        environment: grant.environment.as_ref().map(ToString::to_string),
    };
    held.iter().map(grant).collect()
}

pub(crate) fn role_of(role: Role) -> api::Role {
    match role {
        Role::Viewer => api::Role::Viewer,
        Role::Developer => api::Role::Developer,
        Role::Approver => api::Role::Approver,
        Role::ReleaseManager => api::Role::ReleaseManager,
        Role::Admin => api::Role::Admin,
    }
}

/// Each once, in their order.
pub(crate) fn read_grants(given: Vec<api::Grant>) -> Result<Vec<Grant>, Trouble> {
    let mut read = Vec::with_capacity(given.len());
    for grant in given {
        let role = match grant.role {
            api::Role::Viewer => Role::Viewer,
            api::Role::Developer => Role::Developer,
            api::Role::Approver => Role::Approver,
            api::Role::ReleaseManager => Role::ReleaseManager,
            api::Role::Admin => Role::Admin,
        };
        // Projects are named by the same rule.
        let project = grant.project.as_deref().map(name::<EnvironmentName>).transpose()?.map(String::from);
        let environment = grant.environment.as_deref().map(name).transpose()?;
        read.push(Grant { role, project, environment });
    }
    read.sort();
    read.dedup();
    Ok(read)
}

fn kind(kind: PersonKind) -> api::PersonKind {
    match kind {
        PersonKind::Person => api::PersonKind::Person,
        PersonKind::Service => api::PersonKind::Service,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use tidegate_domain::rights::permits;

    use super::*;

    fn grants() -> Vec<Grant> {
        let environment = |name: &str| EnvironmentName::new(name).unwrap();
        let places = [None, Some("default"), Some("bank")].into_iter().flat_map(|project| {
            let environments = [None, Some("staging"), Some("production"), Some("gone")];
            environments.map(|at| (project.map(str::to_owned), at.map(environment)))
        });
        let of_role =
            |role| places.clone().map(move |(project, environment)| Grant { role, project, environment });
        Role::ALL.into_iter().flat_map(of_role).collect()
    }

    /// Whether `said` offers the right there.
    fn offers(said: &[api::May], right: Right, place: Place<'_>) -> bool {
        let right = wire_right(right).unwrap();
        said.iter().filter(|may| may.right == right).any(|may| match place {
            Place::Installation => may.installation,
            Place::Project(_) => may.environment.is_none(),
            Place::Somewhere(_) => true,
            Place::Environment(_, named) => {
                may.environment.as_deref().is_none_or(|environment| environment == named.as_str())
            }
        })
    }

    #[test]
    fn what_is_said_to_be_allowed_is_what_is_allowed() {
        let environments = ["production", "staging"].map(|name| EnvironmentName::new(name).unwrap());
        let all = grants();
        for (at, one) in all.iter().enumerate() {
            // Each alone, and beside another.
            for held in [vec![one.clone()], vec![one.clone(), all[(at * 7 + 3) % all.len()].clone()]] {
                let may = |right, place: Place<'_>| permits(&held, right, place);
                let said = allowed(may, "default", &environments).unwrap();
                assert!(said.is_sorted(), "{said:?}");
                assert_eq!(said.iter().collect::<BTreeSet<_>>().len(), said.len(), "{said:?}");
                for right in Right::ALL {
                    let there = environments.iter().map(|name| Place::Environment("default", name));
                    for place in there.chain([Place::Project("default"), Place::Installation]) {
                        assert_eq!(
                            offers(&said, right, place),
                            may(right, place),
                            "{held:?} {right:?} {place:?}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn as_long_as_there_is_nobody_everybody_may_everything() {
        let said = allowed(|_, _| true, "default", &[EnvironmentName::new("production").unwrap()]).unwrap();
        assert_eq!(said.len(), Right::ALL.len());
        assert!(said.iter().all(|may| may.environment.is_none() && may.installation));
    }
}
