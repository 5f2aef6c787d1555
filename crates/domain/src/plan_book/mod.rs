//! A project's own ways of planning: the team's templates, each with its editions, and whose turn it is to manage a release.
//!
//! Invariant: what an edition of a template says never changes, a name of a built-in one is never taken, and a rotation names
//! somebody. Deliberately not here: what a template holds and who is next (`tidegate-plan`).

mod refusal;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tidegate_plan::document::DaysOff;
use tidegate_plan::templates::{Template, all_built_in, check_template};

pub use refusal::PlanBookRefusal;

use crate::release_plan::Said;

pub const TEMPLATES_MAX: usize = 20;
/// Older ones are forgotten but by the log.
pub const EDITIONS_MAX: usize = 10;
pub const TEMPLATE_BYTES_MAX: usize = 128 << 10;
pub const PEOPLE_MAX: usize = 100;
const NAME_CHARS_MAX: usize = 64;
const DAYS_OFF_MAX: usize = 100;
/// By which plans call it where nobody says otherwise.
pub const MANAGER_ROLE: &str = "release-manager";

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PlanBook {
    /// By name, the newest edition last.
    pub templates: BTreeMap<String, Vec<(Arc<Template>, Said)>>,
    pub rotation: Option<(Rotation, Said)>,
}

/// Who takes turns at a role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rotation {
    /// Its id in plans.
    pub role: String,
    /// In the order in which they begin.
    pub people: Vec<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub away: BTreeMap<String, Vec<DaysOff>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum PlanBookEvent {
    TemplateWritten { template: Box<Template>, said: Said },
    TemplateRemoved { name: String, said: Said },
    RotationWritten { rotation: Rotation, said: Said },
}

impl PlanBookEvent {
    pub fn kind(&self) -> &'static str {
        match self {
            Self::TemplateWritten { .. } => "plan-book.template-written",
            Self::TemplateRemoved { .. } => "plan-book.template-removed",
            Self::RotationWritten { .. } => "plan-book.rotation-written",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlanBookCommand {
    /// Its version is the next one, whatever it says.
    WriteTemplate {
        template: Box<Template>,
    },
    RemoveTemplate {
        name: String,
    },
    WriteRotation {
        rotation: Rotation,
    },
}

impl PlanBook {
    /// The newest edition of one of the team's own.
    pub fn template(&self, name: &str) -> Option<&Template> {
        self.templates.get(name)?.last().map(|(template, _)| &**template)
    }

    /// The team's own or a built-in one, by its edition; the newest where none is named.
    pub fn find(&self, name: &str, version: Option<u32>) -> Result<Template, PlanBookRefusal> {
        let fits = |template: &Template| version.is_none_or(|version| template.version == version);
        let own = self.templates.get(name).into_iter().flatten().map(|(template, _)| &**template);
        let found = own.rev().find(|template| fits(template)).cloned();
        let built_in = || all_built_in().into_iter().rev().find(|it| it.name == name && fits(it));
        found.or_else(built_in).ok_or_else(|| {
            let known: BTreeSet<String> =
                self.templates.keys().cloned().chain(all_built_in().into_iter().map(|it| it.name)).collect();
            PlanBookRefusal::Unknown { name: name.to_owned(), version, known: known.into_iter().collect() }
        })
    }
}

pub fn decide(
    state: &PlanBook,
    command: PlanBookCommand,
    said: Said,
) -> Result<Vec<PlanBookEvent>, PlanBookRefusal> {
    match command {
        PlanBookCommand::WriteTemplate { template } => write(state, template, said),
        PlanBookCommand::RemoveTemplate { name } => {
            if is_built_in(&name) {
                return Err(PlanBookRefusal::BuiltIn { name });
            }
            if !state.templates.contains_key(&name) {
                state.find(&name, None)?;
            }
            Ok(vec![PlanBookEvent::TemplateRemoved { name, said }])
        }
        PlanBookCommand::WriteRotation { rotation } => {
            fits(&rotation)?;
            let stands = state.rotation.as_ref().is_some_and(|(known, _)| *known == rotation);
            Ok((!stands).then_some(PlanBookEvent::RotationWritten { rotation, said }).into_iter().collect())
        }
    }
}

fn is_built_in(name: &str) -> bool {
    all_built_in().iter().any(|template| template.name == name)
}

fn write(
    state: &PlanBook,
    mut template: Box<Template>,
    said: Said,
) -> Result<Vec<PlanBookEvent>, PlanBookRefusal> {
    if is_built_in(&template.name) {
        return Err(PlanBookRefusal::BuiltIn { name: template.name });
    }
    let newest = state.template(&template.name);
    template.version = newest.map_or(0, |template| template.version) + 1;
    let bytes = serde_json::to_vec(&template).map_or(usize::MAX, |text| text.len());
    if bytes > TEMPLATE_BYTES_MAX {
        return Err(PlanBookRefusal::TooLong { bytes, most: TEMPLATE_BYTES_MAX });
    }
    let problems = check_template(&template);
    if !problems.is_empty() {
        return Err(PlanBookRefusal::Unfit { problems });
    }
    if newest.is_some_and(|known| known.plan == template.plan && known.days == template.days) {
        return Ok(Vec::new());
    }
    if newest.is_none() && state.templates.len() >= TEMPLATES_MAX {
        return Err(PlanBookRefusal::Full { most: TEMPLATES_MAX });
    }
    Ok(vec![PlanBookEvent::TemplateWritten { template, said }])
}

fn fits(rotation: &Rotation) -> Result<(), PlanBookRefusal> {
    let bad = |why: &str| Err(PlanBookRefusal::RotationUnfit { why: why.to_owned() });
    let named = |name: &str| {
        let length = name.chars().count();
        (1..=NAME_CHARS_MAX).contains(&length) && name.trim() == name && !name.chars().any(char::is_control)
    };
    if rotation.people.is_empty() {
        return bad("a rotation of nobody has no next one: name at least one person");
    }
    if rotation.people.len() > PEOPLE_MAX {
        return bad("a rotation has at most 100 people");
    }
    if !named(&rotation.role) || !rotation.people.iter().all(|person| named(person)) {
        return bad("a name is one line of 1 to 64 characters, without spaces at its ends");
    }
    let once: BTreeSet<&String> = rotation.people.iter().collect();
    if once.len() < rotation.people.len() {
        return bad("each person stands in a rotation once");
    }
    if let Some(person) = rotation.away.keys().find(|person| !once.contains(person)) {
        return bad(&format!("`{}` has days off and is not in the rotation", person.escape_debug()));
    }
    for days in rotation.away.values() {
        if days.len() > DAYS_OFF_MAX {
            return bad("somebody has more than 100 times off");
        }
        if let Some(off) = days.iter().find(|off| off.until < off.from) {
            return bad(&format!("the last day off ({}) is before the first ({})", off.until, off.from));
        }
    }
    Ok(())
}

pub fn evolve(mut state: PlanBook, event: &PlanBookEvent) -> PlanBook {
    match event {
        PlanBookEvent::TemplateWritten { template, said } => {
            let editions = state.templates.entry(template.name.clone()).or_default();
            editions.push((Arc::new((**template).clone()), said.clone()));
            let old = editions.len().saturating_sub(EDITIONS_MAX);
            editions.drain(..old);
        }
        PlanBookEvent::TemplateRemoved { name, .. } => {
            state.templates.remove(name);
        }
        PlanBookEvent::RotationWritten { rotation, said } => {
            state.rotation = Some((rotation.clone(), said.clone()));
        }
    }
    state
}
