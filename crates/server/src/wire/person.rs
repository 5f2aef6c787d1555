//! People, their grants and tokens.

use tidegate_api::{self as api, Hidden};
use tidegate_domain::name::{EnvironmentName, GroupName};
use tidegate_domain::person::{PersonKind, Token, TokenId, TokenScope};
use tidegate_domain::rights::{Grant, Role};
use tidegate_engine::{Directory, Known};

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

pub(crate) fn whoami(caller: &Caller) -> api::Whoami {
    let known = caller.known.as_deref();
    let all = [api::Grant { role: api::Role::Admin, project: None, environment: None }];
    let held = known.map_or_else(|| all.to_vec(), |known| grants(&known.grants));
    api::Whoami {
        name: caller.name.clone(),
        open: known.is_none(),
        kind: known.map_or(api::PersonKind::Person, |known| kind(known.person.kind)),
        display: known.map_or_else(|| caller.name.clone(), |known| known.person.display.clone()),
        how: caller.how.word().to_owned(),
        grants: caller.at_most().map_or(held, grants),
        groups: known.into_iter().flat_map(|known| &known.person.groups).map(ToString::to_string).collect(),
        csrf: None::<Hidden>,
    }
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
        role: match grant.role {
            Role::Viewer => api::Role::Viewer,
            Role::Developer => api::Role::Developer,
            Role::Approver => api::Role::Approver,
            Role::ReleaseManager => api::Role::ReleaseManager,
            Role::Admin => api::Role::Admin,
        },
        project: grant.project.clone(),
        environment: grant.environment.as_ref().map(ToString::to_string),
    };
    held.iter().map(grant).collect()
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
