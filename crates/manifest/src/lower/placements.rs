//! What runs in an environment: replicas, routes and secrets of each component, its own and inherited.
//!
//! Invariant: a component is placed where the environment or one it inherits from names it; each knob is the nearest one.
//! Deliberately not here: that two routes clash (`routes`).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

use tidegate_domain::environment::{Placement, RouteSpec};
use tidegate_domain::name::ComponentName;

use super::components::COMPONENTS_MAX;
use super::environments::Here;
use super::inheritance::{Inherited, Origins};
use super::routes::Routes;
use super::{is_defined, undefined};
use crate::diagnostic::quoted;
use crate::place::Place;
use crate::problems::{Problems, Wrong};
use crate::written::entries::{Entry, too_many};
use crate::written::environment::{PlacementText, RouteText};
use crate::written::form::At;
use crate::written::scalar::{Kind, Scalar, read_or};

const REPLICAS_MAX: u32 = 100;
const NAMES_MAX: usize = 100;

/// Where things are read to.
pub struct Reading<'a, 'b> {
    pub here: &'a Here<'b>,
    pub routes: &'a mut Routes,
    pub origins: &'a mut Origins,
    pub problems: &'a mut Problems,
}

type Written<'a> = Inherited<'a, Entry<Option<PlacementText>>>;

impl Reading<'_, '_> {
    pub fn placements(&mut self) -> BTreeMap<ComponentName, Placement> {
        let here = self.here;
        let components = here.components.keys().take(COMPONENTS_MAX);
        let mut by_name: BTreeMap<&str, Vec<Written<'_>>> = BTreeMap::new();
        for Inherited { value: written, from } in here.chain.all(|text| text.components.as_ref()) {
            written.at_most(COMPONENTS_MAX, "components", self.problems);
            for value in written.iter().take(COMPONENTS_MAX) {
                if !is_defined(&value.key, components.clone()) {
                    let wrong = undefined("undefined-component", "component", &value.key, components.clone());
                    self.problems.add(value.place, wrong);
                }
                by_name.entry(&value.key).or_default().push(Inherited { value, from: from.clone() });
            }
        }
        match (self.is_planned(), by_name.is_empty()) {
            (None, true) => self.nothing_runs(),
            (Some(place), false) => {
                let message = "an environment in which something runs is more than planned";
                self.problems.add(place, Wrong::new("bad-planned", message, "leave out `planned`"));
            }
            (None, false) | (Some(_), true) => {}
        }
        let mut placements = BTreeMap::new();
        for (name, written) in by_name {
            let placement = self.placement(name, &written);
            if let Ok(name) = ComponentName::new(name) {
                placements.insert(name, placement);
            }
        }
        placements
    }

    /// Where it says that it is known by its name only.
    fn is_planned(&mut self) -> Option<Place> {
        let planned = self.here.chain.own()?.planned.as_ref()?;
        planned.read_or(false, self.problems).then_some(planned.place)
    }

    fn nothing_runs(&mut self) {
        let message = format!("nothing runs in {}", quoted(self.here.called));
        let suggestion = "name at least one component under `components:`";
        self.problems.add(self.here.place, Wrong::new("empty-environment", message, suggestion));
    }

    fn placement(&mut self, component: &str, written: &[Written<'_>]) -> Placement {
        if let Some(from) = written.first().and_then(|nearest| nearest.from.clone()) {
            self.origins.note(format!("components.{component}"), Some(from));
        }
        let texts: Vec<Inherited<'_, PlacementText>> = written
            .iter()
            .filter_map(|found| {
                Some(Inherited { value: found.value.value.as_ref()?, from: found.from.clone() })
            })
            .collect();
        let path = |knob: &str| format!("components.{component}.{knob}");
        let replicas = self.origins.take(&path("replicas"), pick(&texts, |text| text.replicas.as_ref()));
        let lists = texts.iter().filter_map(|found| found.pick(|text| text.secrets.as_ref())).collect();
        Placement {
            replicas: self.replicas(replicas),
            route: self.route(component, &texts),
            secrets: names(&path("secrets"), lists, (self.origins, self.problems)),
        }
    }

    fn replicas(&mut self, written: Option<&Scalar<crate::written::kinds::Count>>) -> u32 {
        let replicas = read_or(written, 1, self.problems);
        if let Some(scalar) = written.filter(|_| !(1..=REPLICAS_MAX).contains(&replicas)) {
            let message = format!("{replicas} replicas are not possible");
            let suggestion = format!("write a number from 1 to {REPLICAS_MAX}");
            self.problems.add(scalar.place, Wrong::new("bad-replicas", message, suggestion));
        }
        replicas
    }

    /// Knob by knob: an address of its own with the base's path and hosts.
    fn route(&mut self, component: &str, texts: &[Inherited<'_, PlacementText>]) -> Option<RouteSpec> {
        let routes: Vec<Inherited<'_, At<RouteText>>> =
            texts.iter().filter_map(|found| found.pick(|text| text.route.as_ref())).collect();
        let place = routes.first()?.value.place;
        let path = |knob: &str| format!("components.{component}.route.{knob}");
        let origins = &mut *self.origins;
        let value = RouteText {
            listen: origins.take(&path("listen"), pick_route(&routes, |text| text.listen.as_ref())).cloned(),
            path: origins.take(&path("path"), pick_route(&routes, |text| text.path.as_ref())).cloned(),
            strip_path: origins
                .take(&path("strip_path"), pick_route(&routes, |text| text.strip_path.as_ref()))
                .cloned(),
            hosts: origins.take(&path("hosts"), pick_route(&routes, |text| text.hosts.as_ref())).cloned(),
            sticky: origins.take(&path("sticky"), pick_route(&routes, |text| text.sticky.as_ref())).cloned(),
        };
        let owner = format!("{}/{component}", self.here.called);
        self.routes.read(&owner, &At { place, value }, self.problems)
    }
}

fn pick<'a, T>(
    texts: &[Inherited<'a, PlacementText>],
    pick: impl Fn(&'a PlacementText) -> Option<&'a T>,
) -> Option<Inherited<'a, T>> {
    texts.iter().find_map(|found| found.pick(&pick))
}

fn pick_route<'a, T>(
    routes: &[Inherited<'a, At<RouteText>>],
    pick: impl Fn(&'a RouteText) -> Option<&'a T>,
) -> Option<Inherited<'a, T>> {
    routes.iter().find_map(|found| found.pick(|route| pick(&route.value)))
}

/// The names of all lists together: what a base asks for, its heirs need too. `path` ends with what they are.
pub fn names<K>(
    path: &str,
    lists: Vec<Inherited<'_, Vec<Scalar<K>>>>,
    (origins, problems): (&mut Origins, &mut Problems),
) -> BTreeSet<K::Value>
where
    K: Kind<Value: Ord + Display>,
{
    let mut all = BTreeSet::new();
    for Inherited { value: list, from } in lists {
        if let Some(first) = list.get(NAMES_MAX) {
            let what = path.rsplit('.').next().unwrap_or(path);
            problems.add(first.place, too_many(list.len(), NAMES_MAX, what));
        }
        for scalar in list.iter().take(NAMES_MAX) {
            let Some(name) = scalar.read(problems) else { continue };
            let path = format!("{path}.{name}");
            if all.insert(name) {
                origins.note(path, from.clone());
            }
        }
    }
    all
}
