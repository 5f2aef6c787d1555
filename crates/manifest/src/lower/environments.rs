//! Environments and what runs in them.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use tidegate_domain::environment::{EnvironmentSpec, Placement, TargetKind};
use tidegate_domain::name::{ComponentName, EnvironmentName};

use super::components::COMPONENTS_MAX;
use super::routes::Routes;
use super::{is_defined, undefined, variables};
use crate::diagnostic::quoted;
use crate::place::Place;
use crate::problems::{Problems, Wrong};
use crate::written::component::ComponentText;
use crate::written::entries::{Entries, too_many};
use crate::written::environment::{EnvironmentText, PlacementText};
use crate::written::form::At;
use crate::written::scalar::read_or;

pub const ENVIRONMENTS_MAX: usize = 50;
const REPLICAS_MAX: u32 = 100;

/// What was read, and every name that was written, also those that are not allowed.
pub struct Environments {
    specs: Vec<EnvironmentSpec>,
    written: Vec<String>,
    routes: Routes,
}

impl Environments {
    pub fn into_specs(self) -> Vec<EnvironmentSpec> {
        self.specs
    }

    fn name(
        &mut self,
        place: Place,
        text: &EnvironmentText,
        problems: &mut Problems,
    ) -> Option<EnvironmentName> {
        let name = problems.required(place, "name: production", text.name.as_ref())?;
        if self.written.contains(&name.text) {
            let message = format!("the environment {} stands twice", quoted(&name.text));
            let suggestion = "keep one of the two, or give it another name";
            problems.add(name.place, Wrong::new("double-environment", message, suggestion));
        } else {
            self.written.push(name.text.clone());
        }
        name.read(problems)
    }

    /// Gives each route there its address for previews; answers who has it already, with whom it would clash.
    pub fn preview(&mut self, environment: &str, listen: SocketAddr) -> Option<(String, String)> {
        let spec = self.specs.iter_mut().find(|spec| spec.name.as_str() == environment)?;
        let mut clash = None;
        for (component, placement) in &mut spec.placements {
            let Some(route) = &mut placement.route else { continue };
            let owner = format!("{environment}/{component}");
            let first = self.routes.claim_preview(&owner, listen, &route.path_prefix);
            clash = clash.or(first.map(|first| (first, owner)));
            route.preview = Some(listen.to_string());
        }
        clash
    }

    pub fn names(&self) -> impl Iterator<Item = &str> + Clone {
        self.written.iter().map(String::as_str)
    }

    pub fn spec(&self, name: &EnvironmentName) -> Option<&EnvironmentSpec> {
        self.specs.iter().find(|spec| spec.name == *name)
    }
}

pub fn environments(
    list: &[At<EnvironmentText>],
    components: &Entries<ComponentText>,
    problems: &mut Problems,
) -> Environments {
    let mut read = Environments { specs: Vec::new(), written: Vec::new(), routes: Routes::default() };
    let mut routes = Routes::default();
    if let Some(first) = list.get(ENVIRONMENTS_MAX) {
        problems.add(first.place, too_many(list.len(), ENVIRONMENTS_MAX, "environments"));
    }
    for At { place, value: text } in list.iter().take(ENVIRONMENTS_MAX) {
        let name = read.name(*place, text, problems);
        let target = read_or(text.target.as_ref(), TargetKind::Process, problems);
        let variables = variables::variables(text.variables.as_ref(), problems);
        let called = text.name.as_ref().map_or("", |name| name.text.as_str());
        let mut here = Here { called, place: *place, routes: &mut routes, problems };
        let placements = here.placements(text, components.keys());
        if let Some(name) = name {
            read.specs.push(EnvironmentSpec { name, target, variables, placements });
        }
    }
    read.routes = routes;
    read
}

/// One environment while it is read.
struct Here<'a> {
    called: &'a str,
    place: Place,
    routes: &'a mut Routes,
    problems: &'a mut Problems,
}

impl Here<'_> {
    fn placements<'b>(
        &mut self,
        text: &EnvironmentText,
        components: impl Iterator<Item = &'b str> + Clone,
    ) -> BTreeMap<ComponentName, Placement> {
        let components = components.take(COMPONENTS_MAX);
        let mut placements = BTreeMap::new();
        let Some(written) = text.components.as_ref().filter(|written| !written.is_empty()) else {
            let message = format!("nothing runs in {}", quoted(self.called));
            let wrong =
                Wrong::new("empty-environment", message, "name at least one component under `components:`");
            self.problems.add(self.place, wrong);
            return placements;
        };
        written.at_most(COMPONENTS_MAX, "components", self.problems);
        for entry in written.iter().take(COMPONENTS_MAX) {
            if !is_defined(&entry.key, components.clone()) {
                let wrong = undefined("undefined-component", "component", &entry.key, components.clone());
                self.problems.add(entry.place, wrong);
            }
            let placement = self.placement(&entry.key, entry.value.as_ref());
            if let Ok(name) = ComponentName::new(entry.key.as_str()) {
                placements.insert(name, placement);
            }
        }
        placements
    }

    fn placement(&mut self, component: &str, text: Option<&PlacementText>) -> Placement {
        let Some(text) = text else { return Placement { replicas: 1, route: None } };
        let replicas = read_or(text.replicas.as_ref(), 1, self.problems);
        if let Some(scalar) = text.replicas.as_ref().filter(|_| !(1..=REPLICAS_MAX).contains(&replicas)) {
            let message = format!("{replicas} replicas are not possible");
            let wrong =
                Wrong::new("bad-replicas", message, format!("write a number from 1 to {REPLICAS_MAX}"));
            self.problems.add(scalar.place, wrong);
        }
        let owner = format!("{}/{component}", self.called);
        let route = text.route.as_ref().and_then(|route| self.routes.read(&owner, route, self.problems));
        Placement { replicas, route }
    }
}
