//! A person or a service account: what they may do, by what they prove who they are, and whether they still may.
//!
//! Invariant: somebody disabled has no rights and no valid token; a token never gives more than its owner has; the last
//! administrator cannot be lost. Deliberately not here: secrets themselves (passwords are hashed and kept beside the
//! log, of tokens only a hash is known here), sessions, checking a password.

mod refusal;
#[cfg(test)]
mod tests;
mod token;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

pub use refusal::PersonRefusal;
pub use token::{Token, TokenId, TokenScope};

use crate::name::{GroupName, PersonName};
use crate::rights::{Grant, Right};

const GRANTS_MAX: usize = 200;
const GROUPS_MAX: usize = 200;
const TOKENS_MAX: usize = 100;
const LINKS_MAX: usize = 20;
const LINK_BYTES_MAX: usize = 1_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PersonKind {
    Person,
    /// A program: it has tokens and no password, and its word is no person's word.
    Service,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    pub name: PersonName,
    pub kind: PersonKind,
    pub display: String,
    /// Given here; those of the identity provider's groups come on top.
    pub grants: Vec<Grant>,
    pub groups: BTreeSet<GroupName>,
    /// Subjects at identity providers that are this person: issuer and subject.
    pub links: BTreeSet<(String, String)>,
    pub has_password: bool,
    pub tokens: BTreeMap<TokenId, Token>,
    /// Why they may do nothing any more.
    pub disabled: Option<String>,
    /// Raised when every session of theirs must end.
    pub session_generation: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum PersonEvent {
    Added {
        name: PersonName,
        kind: PersonKind,
        display: String,
        grants: Vec<Grant>,
    },
    Granted {
        grants: Vec<Grant>,
    },
    GroupsSet {
        groups: BTreeSet<GroupName>,
    },
    Linked {
        issuer: String,
        subject: String,
    },
    Unlinked {
        issuer: String,
        subject: String,
    },
    /// The hash stands beside the log, where it can be replaced.
    PasswordSet,
    TokenIssued {
        id: TokenId,
        token: Token,
    },
    TokenRevoked {
        id: TokenId,
    },
    Disabled {
        reason: String,
    },
    Enabled,
    /// By password or an identity provider. Only earlier Tidegates wrote from where: it stands in the event's origin,
    /// which can be forgotten.
    SignedIn {
        how: String,
        #[serde(default, skip_serializing_if = "String::is_empty")]
        from: String,
    },
    SessionsEnded,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PersonCommand {
    Add { name: PersonName, kind: PersonKind, display: String, grants: Vec<Grant> },
    Grant { grants: Vec<Grant> },
    SetGroups { groups: BTreeSet<GroupName> },
    Link { issuer: String, subject: String },
    Unlink { issuer: String, subject: String },
    SetPassword,
    IssueToken { id: TokenId, token: Token },
    RevokeToken { id: TokenId },
    Disable { reason: String },
    Enable,
    SignIn { how: String, from: String },
    EndSessions,
}

impl PersonEvent {
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Added { .. } => "person.added",
            Self::Granted { .. } => "person.granted",
            Self::GroupsSet { .. } => "person.groups-set",
            Self::Linked { .. } => "person.linked",
            Self::Unlinked { .. } => "person.unlinked",
            Self::PasswordSet => "person.password-set",
            Self::TokenIssued { .. } => "person.token-issued",
            Self::TokenRevoked { .. } => "person.token-revoked",
            Self::Disabled { .. } => "person.disabled",
            Self::Enabled => "person.enabled",
            Self::SignedIn { .. } => "person.signed-in",
            Self::SessionsEnded => "person.sessions-ended",
        }
    }
}

/// `other_admins` says how many more may administer the installation.
pub fn decide(
    state: Option<&Person>,
    command: PersonCommand,
    other_admins: usize,
) -> Result<Vec<PersonEvent>, PersonRefusal> {
    match (state, command) {
        (None, PersonCommand::Add { name, kind, display, grants }) => {
            within("grants", grants.len(), GRANTS_MAX)?;
            Ok(vec![PersonEvent::Added { name, kind, display, grants }])
        }
        (None, _) => Err(PersonRefusal::Unknown),
        (Some(person), command) => person.decide(command, other_admins),
    }
}

impl Person {
    fn decide(&self, command: PersonCommand, other_admins: usize) -> Result<Vec<PersonEvent>, PersonRefusal> {
        match command {
            PersonCommand::Add { name, .. } => Err(PersonRefusal::Exists { name }),
            PersonCommand::Grant { grants } => self.grant(grants, other_admins),
            PersonCommand::SetGroups { groups } => {
                within("groups", groups.len(), GROUPS_MAX)?;
                Ok(changed(groups != self.groups, PersonEvent::GroupsSet { groups }))
            }
            PersonCommand::Link { issuer, subject } => self.link(issuer, subject),
            PersonCommand::Unlink { issuer, subject } => {
                let known = self.links.contains(&(issuer.clone(), subject.clone()));
                Ok(changed(known, PersonEvent::Unlinked { issuer, subject }))
            }
            PersonCommand::SetPassword => self.set_password(),
            PersonCommand::IssueToken { id, token } => self.issue(id, token),
            PersonCommand::RevokeToken { id } => match self.tokens.get(&id) {
                None => Err(PersonRefusal::UnknownToken { id }),
                Some(token) => Ok(changed(!token.revoked, PersonEvent::TokenRevoked { id })),
            },
            PersonCommand::Disable { reason } => {
                self.not_the_last(other_admins)?;
                Ok(changed(self.disabled.is_none(), PersonEvent::Disabled { reason }))
            }
            PersonCommand::Enable => Ok(changed(self.disabled.is_some(), PersonEvent::Enabled)),
            PersonCommand::SignIn { how, .. } => {
                self.active()?;
                Ok(vec![PersonEvent::SignedIn { how, from: String::new() }])
            }
            PersonCommand::EndSessions => Ok(vec![PersonEvent::SessionsEnded]),
        }
    }

    fn grant(&self, grants: Vec<Grant>, other_admins: usize) -> Result<Vec<PersonEvent>, PersonRefusal> {
        within("grants", grants.len(), GRANTS_MAX)?;
        if !administers(&grants) {
            self.not_the_last(other_admins)?;
        }
        Ok(changed(grants != self.grants, PersonEvent::Granted { grants }))
    }

    fn set_password(&self) -> Result<Vec<PersonEvent>, PersonRefusal> {
        match self.kind {
            PersonKind::Service => Err(PersonRefusal::ServiceHasNoPassword { name: self.name.clone() }),
            PersonKind::Person => Ok(vec![PersonEvent::PasswordSet]),
        }
    }

    fn link(&self, issuer: String, subject: String) -> Result<Vec<PersonEvent>, PersonRefusal> {
        if self.kind == PersonKind::Service {
            return Err(PersonRefusal::ServiceHasNoPassword { name: self.name.clone() });
        }
        let fits =
            |text: &str| (1..=LINK_BYTES_MAX).contains(&text.len()) && !text.contains(char::is_control);
        if !fits(&issuer) || !fits(&subject) {
            return Err(PersonRefusal::BadLink);
        }
        let new = !self.links.contains(&(issuer.clone(), subject.clone()));
        within("links", self.links.len() + usize::from(new), LINKS_MAX)?;
        Ok(changed(new, PersonEvent::Linked { issuer, subject }))
    }

    fn issue(&self, id: TokenId, token: Token) -> Result<Vec<PersonEvent>, PersonRefusal> {
        self.active()?;
        if self.tokens.contains_key(&id) {
            return Err(PersonRefusal::TokenExists { id });
        }
        within(
            "valid tokens",
            self.tokens.values().filter(|known| known.is_valid(token.issued_ms)).count() + 1,
            TOKENS_MAX,
        )?;
        Ok(vec![PersonEvent::TokenIssued { id, token }])
    }

    fn active(&self) -> Result<(), PersonRefusal> {
        match &self.disabled {
            None => Ok(()),
            Some(reason) => Err(PersonRefusal::Disabled { name: self.name.clone(), reason: reason.clone() }),
        }
    }

    fn not_the_last(&self, other_admins: usize) -> Result<(), PersonRefusal> {
        if other_admins == 0 && self.administers() {
            return Err(PersonRefusal::LastAdministrator { name: self.name.clone() });
        }
        Ok(())
    }

    /// Whether they keep the installation, and may act at all.
    pub fn administers(&self) -> bool {
        self.disabled.is_none() && self.kind == PersonKind::Person && administers(&self.grants)
    }

    /// What they may do, with the grants that their groups have; nothing when disabled.
    pub fn effective(&self, by_group: &BTreeMap<GroupName, Vec<Grant>>) -> Vec<Grant> {
        if self.disabled.is_some() {
            return Vec::new();
        }
        let groups = self.groups.iter().filter_map(|group| by_group.get(group)).flatten();
        self.grants.iter().chain(groups).cloned().collect()
    }
}

fn administers(grants: &[Grant]) -> bool {
    let whole = |grant: &&Grant| grant.project.is_none() && grant.environment.is_none();
    grants.iter().filter(whole).any(|grant| crate::rights::may(grant.role, Right::Administer))
}

fn changed(is: bool, event: PersonEvent) -> Vec<PersonEvent> {
    if is { vec![event] } else { Vec::new() }
}

fn within(what: &'static str, count: usize, most: usize) -> Result<(), PersonRefusal> {
    if count > most { Err(PersonRefusal::TooMany { what, most }) } else { Ok(()) }
}

pub fn evolve(state: Option<Person>, event: &PersonEvent) -> Option<Person> {
    if let PersonEvent::Added { name, kind, display, grants } = event {
        return Some(Person {
            name: name.clone(),
            kind: *kind,
            display: display.clone(),
            grants: grants.clone(),
            groups: BTreeSet::new(),
            links: BTreeSet::new(),
            has_password: false,
            tokens: BTreeMap::new(),
            disabled: None,
            session_generation: 0,
        });
    }
    let mut person = state?;
    match event {
        PersonEvent::Added { .. } | PersonEvent::SignedIn { .. } => {}
        PersonEvent::Granted { grants } => person.grants.clone_from(grants),
        PersonEvent::GroupsSet { groups } => person.groups.clone_from(groups),
        PersonEvent::Linked { issuer, subject } => {
            person.links.insert((issuer.clone(), subject.clone()));
        }
        PersonEvent::Unlinked { issuer, subject } => {
            person.links.remove(&(issuer.clone(), subject.clone()));
        }
        // Whoever knew the old one is shut out.
        PersonEvent::PasswordSet => {
            person.has_password = true;
            person.session_generation += 1;
        }
        PersonEvent::TokenIssued { id, token } => {
            // What can never be used again is remembered by the log alone.
            if person.tokens.len() >= 2 * TOKENS_MAX {
                person.tokens.retain(|_, known| known.is_valid(token.issued_ms));
            }
            person.tokens.insert(id.clone(), token.clone());
        }
        PersonEvent::TokenRevoked { id } => {
            if let Some(token) = person.tokens.get_mut(id) {
                token.revoked = true;
            }
        }
        PersonEvent::Disabled { reason } => {
            person.disabled = Some(reason.clone());
            person.session_generation += 1;
        }
        PersonEvent::Enabled => person.disabled = None,
        PersonEvent::SessionsEnded => person.session_generation += 1,
    }
    Some(person)
}
