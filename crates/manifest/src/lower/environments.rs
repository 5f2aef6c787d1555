//! Environments and what runs in them.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use tidegate_domain::environment::{EnvironmentSpec, TargetKind};
use tidegate_domain::name::EnvironmentName;

use super::inheritance::{Chain, Inherited, Origins, chains};
use super::placements::{Reading, names};
use super::routes::Routes;
use super::variables;
use crate::diagnostic::quoted;
use crate::place::Place;
use crate::problems::{Problems, Wrong};
use crate::written::component::ComponentText;
use crate::written::entries::{Entries, too_many};
use crate::written::environment::EnvironmentText;
use crate::written::form::At;
use crate::written::scalar::read_or;

pub const ENVIRONMENTS_MAX: usize = 250;

/// What was read, and every name that was written, also those that are not allowed.
pub struct Environments {
    specs: Vec<EnvironmentSpec>,
    written: Vec<String>,
    /// Those that are only there to be inherited from.
    bases: Vec<String>,
    /// Components that have nothing to run yet.
    planned: Vec<String>,
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

    pub fn is_base(&self, name: &str) -> bool {
        self.bases.iter().any(|base| base == name)
    }

    /// Whether something there is planned only, so that more is still to come.
    pub fn is_unfinished(&self, spec: &EnvironmentSpec) -> bool {
        let mut names = spec.placements.keys();
        spec.placements.is_empty()
            || names.any(|name| self.planned.iter().any(|known| known == name.as_str()))
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
    let planned = components.iter().filter(|entry| entry.value.run.is_none());
    let mut read = Environments {
        specs: Vec::new(),
        written: Vec::new(),
        bases: Vec::new(),
        planned: planned.map(|entry| entry.key.clone()).collect(),
        routes: Routes::default(),
    };
    let mut routes = Routes::default();
    if let Some(first) = list.get(ENVIRONMENTS_MAX) {
        problems.add(first.place, too_many(list.len(), ENVIRONMENTS_MAX, "environments"));
    }
    let list = &list[..list.len().min(ENVIRONMENTS_MAX)];
    for (At { place, value: text }, chain) in list.iter().zip(chains(list, problems)) {
        let name = read.name(*place, text, problems);
        let called = text.name.as_ref().map_or("", |name| name.text.as_str());
        let here = Here { called, place: *place, chain: &chain, components };
        if read_or(text.r#abstract.as_ref(), false, problems) {
            read.bases.push(called.to_owned());
            here.check_base(problems);
            continue;
        }
        let spec = here.spec(name.clone(), &mut routes, problems);
        read.specs.extend(name.and(spec));
    }
    read.routes = routes;
    read
}

/// One environment while it is read.
pub(super) struct Here<'a> {
    pub(super) called: &'a str,
    pub(super) place: Place,
    pub(super) chain: &'a Chain<'a>,
    pub(super) components: &'a Entries<ComponentText>,
}

impl Here<'_> {
    /// A base need not be whole, but what is there must be right, also where nobody inherits it.
    fn check_base(&self, problems: &mut Problems) {
        let mut found = Problems::default();
        self.spec(EnvironmentName::new("base").ok(), &mut Routes::default(), &mut found);
        problems.adopt(found, |wrong| !matches!(wrong.code, "missing-key" | "empty-environment"));
    }

    fn spec(
        &self,
        name: Option<EnvironmentName>,
        routes: &mut Routes,
        problems: &mut Problems,
    ) -> Option<EnvironmentSpec> {
        let mut origins = Origins::default();
        let target = origins.take("target", self.chain.nearest(|text| text.target.as_ref()));
        let tier = origins.take("tier", self.chain.nearest(|text| text.tier.as_ref()));
        let owner = origins.take("owner", self.chain.nearest(|text| text.owner.as_ref()));
        let protected = origins.take("protected", self.chain.nearest(|text| text.protected.as_ref()));
        let variables = self.variables(&mut origins, problems);
        let secrets =
            names("secrets", self.chain.all(|text| text.secrets.as_ref()), (&mut origins, problems));
        let tenants =
            names("tenants", self.chain.all(|text| text.tenants.as_ref()), (&mut origins, problems));
        let mut reading = Reading { here: self, routes, origins: &mut origins, problems };
        let placements = reading.placements();
        let spec = EnvironmentSpec {
            target: read_or(target, TargetKind::Process, problems),
            tier: tier.and_then(|word| word.read(problems)),
            owner: owner.and_then(|text| text.read(problems)),
            protected: read_or(protected, false, problems),
            variables,
            placements,
            tenants,
            secrets,
            origins: origins.found,
            ..EnvironmentSpec::new(name?)
        };
        self.either_variable_or_secret(&spec, problems);
        Some(spec)
    }

    fn variables(&self, origins: &mut Origins, problems: &mut Problems) -> BTreeMap<String, String> {
        let mut all = BTreeMap::new();
        for Inherited { value: written, from } in self.chain.all(|text| text.variables.as_ref()) {
            for entry in variables::entries(written, problems) {
                if !all.contains_key(&entry.key) {
                    all.insert(entry.key.clone(), entry.value.read_or(String::new(), problems));
                    origins.note(format!("variables.{}", entry.key), from.clone());
                }
            }
        }
        all
    }

    /// Of a variable and a secret of one name, one would be lost.
    fn either_variable_or_secret(&self, spec: &EnvironmentSpec, problems: &mut Problems) {
        for name in spec.all_secrets().iter().filter(|name| spec.variables.contains_key(name.as_str())) {
            let written = self.chain.all(|text| text.variables.as_ref());
            let entry = written.iter().flat_map(|found| found.value.iter()).find(|e| e.key == name.as_str());
            let message =
                format!("{} is a variable and a secret of {}", quoted(name.as_str()), quoted(self.called));
            let wrong = Wrong::new("bad-variable", message, "keep one of the two");
            problems.add(entry.map_or(self.place, |entry| entry.place), wrong);
        }
    }
}
