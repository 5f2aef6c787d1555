//! People, groups, projects, what is forgotten, and secrets.

use tidegate_domain::groups::GroupsEvent;
use tidegate_domain::name::SecretName;
use tidegate_domain::person::{PersonEvent, PersonKind, Token, TokenId, TokenScope};
use tidegate_domain::projects::ProjectsEvent;
use tidegate_domain::retention::RetentionEvent;
use tidegate_domain::rights::{Grant, Role};
use tidegate_domain::secret::{SecretEvent, SecretRecord};

use super::samples::{ana, because, check, name, production};

#[test]
fn person_events_keep_their_form() {
    let grant =
        Grant { role: Role::Approver, project: Some("shop".to_owned()), environment: Some(production()) };
    let token = Token {
        label: "ci".to_owned(),
        hash: "00ff".to_owned(),
        scope: TokenScope::Grants(vec![grant.clone()]),
        issued_ms: 1,
        expires_ms: 2,
        revoked: false,
    };
    let (issuer, subject, id) = ("https://id.example".to_owned(), "17".to_owned(), TokenId("7f".to_owned()));
    let events = [
        PersonEvent::Added {
            name: name(),
            kind: PersonKind::Person,
            display: ana(),
            grants: vec![grant.clone()],
        },
        PersonEvent::Granted { grants: vec![grant] },
        PersonEvent::GroupsSet { groups: ["ops".parse().unwrap()].into() },
        PersonEvent::Linked { issuer: issuer.clone(), subject: subject.clone() },
        PersonEvent::Unlinked { issuer, subject },
        PersonEvent::PasswordSet,
        PersonEvent::TokenIssued { id: id.clone(), token },
        PersonEvent::TokenRevoked { id },
        PersonEvent::Disabled { reason: because() },
        PersonEvent::Enabled,
        PersonEvent::SignedIn { how: "password".to_owned(), from: "127.0.0.1".to_owned() },
        PersonEvent::SessionsEnded,
    ];
    events.iter().for_each(|event| check(event.kind(), event));
}

#[test]
fn group_events_keep_their_form() {
    let grant = Grant { role: Role::Viewer, project: None, environment: Some(production()) };
    let granted = GroupsEvent::Granted { group: "ops".parse().unwrap(), grants: vec![grant] };
    check(granted.kind(), &granted);
}

#[test]
fn project_events_keep_their_form() {
    let added = ProjectsEvent::Added { name: "bank".parse().unwrap() };
    check(added.kind(), &added);
}

#[test]
fn retention_events_keep_their_form() {
    let set = RetentionEvent::Set { origin_days: Some(90) };
    check(set.kind(), &set);
    let forgotten = RetentionEvent::OriginsForgotten { through: 300, origins: 12, before_ms: 1 };
    check(forgotten.kind(), &forgotten);
}

#[test]
fn secret_events_keep_their_form() {
    let (environment, name) = (production(), "DB_PASSWORD".parse::<SecretName>().unwrap());
    let record =
        SecretRecord { revision: 2, fingerprint: "00ff00ff00ff00ff00ff00ff".to_owned(), by: ana(), at_ms: 1 };
    let events = [
        SecretEvent::Set { environment: environment.clone(), name: name.clone(), record },
        SecretEvent::Removed { environment: environment.clone(), name: name.clone() },
        SecretEvent::Resealed { environment, name, fingerprint: "ff".to_owned() },
    ];
    events.iter().for_each(|event| check(event.kind(), event));
}
