//! Who is named in a plan and known to nobody: an owner whom no message reaches, a role whose vote nobody can give.
//!
//! Invariant: told, never refused, since people come and go outside of a plan; and only once Tidegate knows anybody at all.
//! Deliberately not here: who may do what.

use std::collections::{BTreeMap, BTreeSet};

use tidegate_domain::name::GroupName;
use tidegate_plan::document::Plan;
use tidegate_ports::Fault;

use crate::Engine;

/// A name that is neither somebody's, nor a group's, nor of the plan's own people or roles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stranger {
    pub name: String,
    /// As what: `role qa`, `activity build`, `risk data`.
    pub named_as: Vec<String>,
}

impl Engine {
    /// Of these names, those that are nobody's; none while nobody is known at all.
    pub async fn nobody_called(&self, names: &[String]) -> Result<Vec<String>, Fault> {
        let directory = self.directory().await?;
        let known: BTreeSet<&str> = directory.people().map(|known| known.person.name.as_str()).collect();
        let unknown = names.iter().filter(|name| !known.is_empty() && !known.contains(name.as_str()));
        Ok(unknown.cloned().collect())
    }

    pub async fn strangers(&self, document: &Plan) -> Result<Vec<Stranger>, Fault> {
        let directory = self.directory().await?;
        let mut known: BTreeSet<&str> = directory.people().map(|known| known.person.name.as_str()).collect();
        if known.is_empty() {
            return Ok(Vec::new());
        }
        known.extend(directory.groups().grants.keys().map(GroupName::as_str));
        known.extend(document.people.iter().map(|person| person.id.as_str()));
        let mut strangers: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for role in &document.roles {
            // A vote takes somebody who signs in.
            let person = role.person.as_deref().filter(|person| !known.contains(person));
            if let Some(person) = person {
                strangers.entry(person).or_default().push(format!("role {}", role.id));
            }
        }
        for (owner, named_as) in owners(document) {
            let is_role = document.roles.iter().any(|role| [&role.id, &role.name].contains(&owner));
            if !is_role && !known.contains(owner.as_str()) {
                strangers.entry(owner).or_default().push(named_as);
            }
        }
        let told = strangers.into_iter();
        Ok(told.map(|(name, named_as)| Stranger { name: name.to_owned(), named_as }).collect())
    }
}

/// Whoever is to do something, and what.
fn owners(document: &Plan) -> Vec<(&String, String)> {
    let activities = document.activities.iter().map(|it| (it.owner.as_ref(), "activity", &it.id));
    let lists = document.readiness.iter().chain(&document.afterwards);
    let lists = lists.map(|it| (it.owner.as_ref(), "checklist item", &it.id));
    let risks = document.risks.iter().map(|it| (it.owner.as_ref(), "risk", &it.id));
    let cases = document.test_cases.iter().map(|it| (it.assignee.as_ref(), "test case", &it.id));
    let materials = document.materials.iter().map(|it| (it.owner.as_ref(), "material", &it.id));
    let actions = document.actions.iter().map(|it| (it.owner.as_ref(), "action", &it.id));
    let all = activities.chain(lists).chain(risks).chain(cases).chain(materials).chain(actions);
    all.filter_map(|(owner, what, id)| Some((owner?, format!("{what} {id}")))).collect()
}
