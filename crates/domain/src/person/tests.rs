//! People by tables and laws.

use proptest::prelude::*;

use super::*;
use crate::name::EnvironmentName;
use crate::refusal::Refuse;
use crate::rights::{Role, allowed};

fn name(text: &str) -> PersonName {
    PersonName::new(text).unwrap()
}

fn whole(role: Role) -> Grant {
    Grant { role, project: None, environment: None }
}

fn token(scope: TokenScope) -> Token {
    Token {
        label: "ci".into(),
        hash: "00".into(),
        scope,
        issued_ms: 1_000,
        expires_ms: 2_000,
        revoked: false,
    }
}

fn fold(commands: Vec<PersonCommand>) -> Option<Person> {
    commands.into_iter().fold(None, |state, command| {
        let events = decide(state.as_ref(), command, 1).unwrap_or_default();
        events.iter().fold(state, evolve)
    })
}

fn added(kind: PersonKind, role: Role) -> PersonCommand {
    PersonCommand::Add { name: name("ann"), kind, display: "Ann".into(), grants: vec![whole(role)] }
}

#[track_caller]
fn refused(person: &Person, command: PersonCommand, other_admins: usize, code: &str) {
    let refusal = decide(Some(person), command, other_admins).unwrap_err();
    assert_eq!(refusal.code(), code);
    assert!(!refusal.help().is_empty());
}

#[test]
fn the_last_administrator_stays() {
    let ann = fold(vec![added(PersonKind::Person, Role::Admin)]).unwrap();
    let lowered = PersonCommand::Grant { grants: vec![whole(Role::Viewer)] };
    let disabled = PersonCommand::Disable { reason: "left".into() };
    for command in [lowered, disabled] {
        refused(&ann, command.clone(), 0, "last-administrator");
        assert!(decide(Some(&ann), command, 1).is_ok());
    }
    // An administrator of one project keeps no installation.
    let of_one = Grant { project: Some("shop".into()), ..whole(Role::Admin) };
    refused(&ann, PersonCommand::Grant { grants: vec![of_one] }, 0, "last-administrator");
}

#[test]
fn a_service_has_tokens_and_no_password() {
    let service = fold(vec![added(PersonKind::Service, Role::Developer)]).unwrap();
    refused(&service, PersonCommand::SetPassword, 1, "service-has-no-password");
    let issued = PersonCommand::IssueToken { id: TokenId("a".into()), token: token(TokenScope::Owner) };
    assert!(decide(Some(&service), issued, 1).is_ok());
}

#[test]
fn whoever_is_disabled_may_nothing_and_comes_back_without_old_sessions() {
    let issue = PersonCommand::IssueToken { id: TokenId("a".into()), token: token(TokenScope::Owner) };
    let disable = PersonCommand::Disable { reason: "left".into() };
    let ann = fold(vec![added(PersonKind::Person, Role::ReleaseManager), issue.clone(), disable]).unwrap();
    assert_eq!(ann.effective(&BTreeMap::new()), vec![]);
    assert_eq!(ann.token(&TokenId("a".into()), 1_500), None);
    refused(
        &ann,
        PersonCommand::SignIn { how: "password".into(), from: "127.0.0.1".into() },
        1,
        "person-disabled",
    );
    refused(&ann, issue, 1, "person-disabled");
    let back = evolve(Some(ann.clone()), &PersonEvent::Enabled).unwrap();
    assert!(back.session_generation > 0 && back.token(&TokenId("a".into()), 1_500).is_some());
}

#[test]
fn a_token_holds_from_its_issue_to_its_end_unless_revoked() {
    let id = TokenId("a".into());
    let issue = PersonCommand::IssueToken { id: id.clone(), token: token(TokenScope::Owner) };
    let ann = fold(vec![added(PersonKind::Person, Role::Developer), issue]).unwrap();
    for (now, valid) in [(999, false), (1_000, true), (1_999, true), (2_000, false)] {
        assert_eq!(ann.token(&id, now).is_some(), valid, "{now}");
    }
    let revoked = evolve(Some(ann), &PersonEvent::TokenRevoked { id: id.clone() }).unwrap();
    assert_eq!(revoked.token(&id, 1_500), None);
    refused(&revoked, PersonCommand::RevokeToken { id: TokenId("b".into()) }, 1, "unknown-token");
    assert_eq!(decide(Some(&revoked), PersonCommand::RevokeToken { id }, 1), Ok(vec![]));
}

#[test]
fn what_stands_already_is_no_event() {
    let ann = fold(vec![added(PersonKind::Person, Role::Developer)]).unwrap();
    let same = PersonCommand::Grant { grants: ann.grants.clone() };
    for command in [same, PersonCommand::Enable, PersonCommand::SetGroups { groups: BTreeSet::new() }] {
        assert_eq!(decide(Some(&ann), command, 1), Ok(vec![]));
    }
    refused(&ann, added(PersonKind::Person, Role::Admin), 1, "person-exists");
}

#[test]
fn groups_bring_grants() {
    let groups = BTreeSet::from([GroupName::new("ops").unwrap()]);
    let ann =
        fold(vec![added(PersonKind::Person, Role::Viewer), PersonCommand::SetGroups { groups }]).unwrap();
    let by_group = BTreeMap::from([(GroupName::new("ops").unwrap(), vec![whole(Role::ReleaseManager)])]);
    assert!(allowed(&ann.effective(&by_group), Right::Deploy, ("shop", None)));
    assert!(!allowed(&ann.effective(&BTreeMap::new()), Right::Deploy, ("shop", None)));
}

fn some_grants() -> impl Strategy<Value = Vec<Grant>> {
    let role = prop::sample::select(Role::ALL.to_vec());
    let project = prop::sample::select(vec![None, Some("shop"), Some("bank")]);
    let grant = (role, project)
        .prop_map(|(role, project)| Grant { project: project.map(str::to_owned), ..whole(role) });
    prop::collection::vec(grant, 0..4)
}

proptest! {
    /// Whatever its scope says, a token never does what its owner may not.
    #[test]
    fn a_token_never_gives_more_than_its_owner_has(owner in some_grants(), scope in some_grants()) {
        let token = token(TokenScope::Grants(scope.clone()));
        let production = EnvironmentName::new("production").unwrap();
        for right in Right::ALL {
            for project in ["shop", "bank"] {
                let place = (project, Some(&production));
                let may = token.allows(&owner, right, place);
                prop_assert_eq!(may, allowed(&owner, right, place) && allowed(&scope, right, place));
            }
        }
    }
}
