//! Whose an identity is here: by its link, by its verified address, or somebody new; where the settings say so.
//!
//! Invariant: an identity becomes somebody who is here only by a link, or by an address that is their name and that nobody
//! else of that provider has; whoever is made has no right. Deliberately not here: what the provider said
//! (`tidegate-openid`), writing it.

use std::collections::BTreeSet;
use std::sync::Arc;

use http::StatusCode;
use tidegate_domain::name::{GroupName, PersonName};
use tidegate_domain::person::{PersonCommand, PersonKind, PersonRefusal};
use tidegate_domain::refusal::Refusal;
use tidegate_engine::{Directory, Known};
use tidegate_openid::{Identity, ProviderSettings};

use crate::problem::Trouble;

/// Somebody who signs in, and what changes by that.
#[derive(Debug)]
pub(crate) struct Whose {
    pub name: PersonName,
    pub display: String,
    pub generation: u64,
    pub changes: Vec<PersonCommand>,
}

pub(crate) fn whose(
    directory: &Directory,
    identity: &Identity,
    settings: &ProviderSettings,
) -> Result<Whose, Trouble> {
    let (issuer, subject) = (identity.issuer.clone(), identity.subject.clone());
    if let Some(known) = directory.by_link(&issuer, &subject) {
        return of(known, Vec::new(), identity);
    }
    let link = PersonCommand::Link { issuer, subject };
    if let Some(known) = by_address(directory, identity, settings) {
        if known.person.links.iter().any(|(issuer, _)| *issuer == identity.issuer) {
            return Err(taken(known.person.name.as_str(), identity, settings));
        }
        return of(known, vec![link], identity);
    }
    if !settings.create || !identity.is_of(&settings.email_domains) {
        return Err(unknown(identity, settings));
    }
    let name = identity.name.as_deref().and_then(|name| name.parse::<PersonName>().ok());
    let name = name.ok_or_else(|| nameless(identity, settings))?;
    if directory.get(&name).is_some() {
        return Err(taken(name.as_str(), identity, settings));
    }
    let display = identity.display.clone().unwrap_or_else(|| name.to_string());
    let add = PersonCommand::Add {
        name: name.clone(),
        kind: PersonKind::Person,
        display: display.clone(),
        grants: Vec::new(),
    };
    let mut changes = vec![add, link];
    changes.extend(groups(&BTreeSet::new(), identity));
    Ok(Whose { name, display, generation: 0, changes })
}

fn by_address<'a>(
    directory: &'a Directory,
    identity: &Identity,
    settings: &ProviderSettings,
) -> Option<&'a Arc<Known>> {
    if !settings.match_email || !identity.is_of(&settings.email_domains) {
        return None;
    }
    let name = identity.email.as_deref()?.parse::<PersonName>().ok()?;
    directory.get(&name).filter(|known| known.person.kind == PersonKind::Person)
}

fn of(known: &Known, mut changes: Vec<PersonCommand>, identity: &Identity) -> Result<Whose, Trouble> {
    let person = &known.person;
    if let Some(reason) = &person.disabled {
        let refusal = PersonRefusal::Disabled { name: person.name.clone(), reason: reason.clone() };
        return Err(Refusal::from(refusal).into());
    }
    changes.extend(groups(&person.groups, identity));
    Ok(Whose {
        name: person.name.clone(),
        display: person.display.clone(),
        generation: person.session_generation,
        changes,
    })
}

/// Those that the provider decides on are as it says; the others stay.
fn groups(before: &BTreeSet<GroupName>, identity: &Identity) -> Option<PersonCommand> {
    let (found, theirs) = identity.groups.as_ref()?;
    let found = found.iter().filter_map(|group| group.parse().ok());
    let stay = before.iter().filter(|group| !theirs.contains(group.as_str())).cloned();
    let groups: BTreeSet<GroupName> = stay.chain(found).collect();
    (groups != *before).then_some(PersonCommand::SetGroups { groups })
}

fn unknown(identity: &Identity, settings: &ProviderSettings) -> Trouble {
    let detail = format!("{} knows you, but nobody here is you", settings.display);
    Trouble::new(StatusCode::FORBIDDEN, "identity-unknown", detail)
        .help(link_help("NAME", identity, settings))
}

fn nameless(identity: &Identity, settings: &ProviderSettings) -> Trouble {
    let claim = &settings.name_claim;
    let detail = format!("{} gives you no name that could stand here (`{claim}`)", settings.display);
    Trouble::new(StatusCode::FORBIDDEN, "identity-unknown", detail)
        .help(link_help("NAME", identity, settings))
}

fn taken(name: &str, identity: &Identity, settings: &ProviderSettings) -> Trouble {
    let detail = format!("there is a `{name}` here who is not known to be you");
    Trouble::new(StatusCode::CONFLICT, "identity-taken", detail).help(link_help(name, identity, settings))
}

/// The subject is theirs to know, and says nothing to anybody else.
fn link_help(name: &str, identity: &Identity, settings: &ProviderSettings) -> String {
    let quoted = identity.subject.replace('\'', "'\\''");
    format!(
        "an administrator can say who you are: `tidegate user link {name} --oidc {} --subject '{quoted}'`",
        settings.name
    )
}
