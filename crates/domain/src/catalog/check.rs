//! Whether a configuration holds together.
//!
//! Invariant: what passes here can be planned without surprises about names, routes, strategies or cycles.

use std::collections::BTreeMap;

use super::{Catalog, CatalogRefusal};
use crate::environment::{EnvironmentSpec, Placement, RouteSpec};
use crate::name::ComponentName;
use crate::pipeline::PipelineSpec;

const REPLICAS_MAX: u32 = 100;

pub(super) fn check(catalog: &Catalog) -> Result<(), CatalogRefusal> {
    components(catalog)?;
    environments(catalog)?;
    routes(catalog)?;
    pipeline(catalog)
}

/// One installation holds one project: another's file would take everything away.
pub(super) fn same_project(stands: &Catalog, given: &Catalog) -> Result<(), CatalogRefusal> {
    if stands.project.is_empty() || stands.project == given.project {
        return Ok(());
    }
    Err(CatalogRefusal::OtherProject { stands: stands.project.clone(), given: given.project.clone() })
}

fn components(catalog: &Catalog) -> Result<(), CatalogRefusal> {
    for (name, spec) in &catalog.components {
        for need in &spec.depends_on {
            defined(catalog, need, || format!("`depends_on` of `{name}`"))?;
        }
        no_cycle(catalog, name)?;
    }
    for name in catalog.teams.keys() {
        defined(catalog, name, || "`team`".to_owned())?;
    }
    Ok(())
}

fn defined(
    catalog: &Catalog,
    name: &ComponentName,
    place: impl FnOnce() -> String,
) -> Result<(), CatalogRefusal> {
    if catalog.components.contains_key(name) {
        return Ok(());
    }
    Err(CatalogRefusal::UndefinedComponent { name: name.clone(), place: place() })
}

/// Walks the dependencies of `start`; coming back to it is a cycle.
fn no_cycle(catalog: &Catalog, start: &ComponentName) -> Result<(), CatalogRefusal> {
    let mut came_from: BTreeMap<&ComponentName, &ComponentName> = BTreeMap::new();
    let mut open = vec![start];
    while let Some(at) = open.pop() {
        for need in catalog.components.get(at).map_or(&[][..], |spec| &spec.depends_on) {
            if need == start {
                return Err(CatalogRefusal::DependencyCycle {
                    name: start.clone(),
                    path: path(&came_from, at),
                });
            }
            if !came_from.contains_key(need) {
                came_from.insert(need, at);
                open.push(need);
            }
        }
    }
    Ok(())
}

fn path(came_from: &BTreeMap<&ComponentName, &ComponentName>, end: &ComponentName) -> String {
    let mut names = vec![format!("`{end}`")];
    let mut at = end;
    while let Some(before) = came_from.get(at) {
        names.push(format!("`{before}`"));
        at = before;
    }
    names.reverse();
    names.join(" → ")
}

fn environments(catalog: &Catalog) -> Result<(), CatalogRefusal> {
    for (index, environment) in catalog.environments.iter().enumerate() {
        if catalog.environments[..index].iter().any(|other| other.name == environment.name) {
            return Err(CatalogRefusal::DoubleEnvironment { name: environment.name.clone() });
        }
        for (component, placement) in &environment.placements {
            defined(catalog, component, || format!("the environment `{}`", environment.name))?;
            replicas(environment, component, placement)?;
        }
    }
    Ok(())
}

fn replicas(
    environment: &EnvironmentSpec,
    component: &ComponentName,
    placement: &Placement,
) -> Result<(), CatalogRefusal> {
    if (1..=REPLICAS_MAX).contains(&placement.replicas) {
        return Ok(());
    }
    Err(CatalogRefusal::BadReplicas {
        component: component.clone(),
        environment: environment.name.clone(),
        given: placement.replicas,
    })
}

/// Two routes clash when address, path and some host (or no host at all) are the same.
fn routes(catalog: &Catalog) -> Result<(), CatalogRefusal> {
    let mut taken: BTreeMap<(&str, &str, &str), String> = BTreeMap::new();
    for environment in &catalog.environments {
        for (component, placement) in &environment.placements {
            let Some(route) = &placement.route else { continue };
            let hosts: Vec<&str> = if route.hosts.is_empty() {
                vec![""]
            } else {
                route.hosts.iter().map(String::as_str).collect()
            };
            for host in hosts {
                let second = format!("{}/{component}", environment.name);
                let key = (route.listen.as_str(), route.path_prefix.as_str(), host);
                if let Some(first) = taken.insert(key, second.clone()) {
                    let (listen, path) = (route.listen.clone(), route.path_prefix.clone());
                    return Err(CatalogRefusal::RouteTaken { first, second, listen, path });
                }
            }
        }
    }
    previews(catalog)
}

/// An address for previews is for those alone, and there the path tells components apart, no host.
fn previews(catalog: &Catalog) -> Result<(), CatalogRefusal> {
    let placed = catalog.environments.iter().flat_map(|environment| {
        let of = move |component| format!("{}/{component}", environment.name);
        let placements = environment.placements.iter();
        placements.filter_map(move |(component, placement)| Some((of(component), placement.route.as_ref()?)))
    });
    let routes: Vec<(String, &RouteSpec)> = placed.collect();
    for (second, route) in &routes {
        let Some(preview) = &route.preview else { continue };
        let clashes = |(other, with): &&(String, &RouteSpec)| {
            let among_previews =
                with.preview.as_ref() == Some(preview) && with.path_prefix == route.path_prefix;
            with.listen == *preview || (other != second && among_previews)
        };
        if let Some((first, _)) = routes.iter().find(clashes) {
            let (listen, path) = (preview.clone(), route.path_prefix.clone());
            return Err(CatalogRefusal::RouteTaken {
                first: first.clone(),
                second: second.clone(),
                listen,
                path,
            });
        }
    }
    Ok(())
}

fn pipeline(catalog: &Catalog) -> Result<(), CatalogRefusal> {
    let pipelines = catalog.pipeline.iter().chain(&catalog.hotfix_pipeline);
    pipelines.into_iter().try_for_each(|pipeline| stages(catalog, pipeline))
}

fn stages(catalog: &Catalog, pipeline: &PipelineSpec) -> Result<(), CatalogRefusal> {
    let mut seen = Vec::new();
    for stage in &pipeline.stages {
        for name in stage.environments() {
            if catalog.environment(name).is_err() {
                return Err(CatalogRefusal::UndefinedEnvironment { name: name.clone() });
            }
            if seen.contains(&name) {
                return Err(CatalogRefusal::DoubleEnvironment { name: name.clone() });
            }
            seen.push(name);
        }
        let environment = stage.environment.clone();
        stage
            .strategy
            .validate()
            .map_err(|why| CatalogRefusal::BadStrategy { environment: environment.clone(), why })?;
        if let Some(analysis) = &stage.analysis {
            let bad = |why: String| CatalogRefusal::BadAnalysis { environment, why };
            analysis.validate().map_err(|why| bad(why.to_string()))?;
        }
    }
    Ok(())
}
