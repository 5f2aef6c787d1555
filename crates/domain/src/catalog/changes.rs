//! What a new configuration would change, in words.
//!
//! Invariant: empty if and only if nothing changes. Deliberately not here: carrying the change out.

use std::collections::BTreeSet;

use super::Catalog;
use crate::environment::{EnvironmentSpec, Placement};

pub fn changes(before: &Catalog, after: &Catalog) -> Vec<String> {
    let mut told = Vec::new();
    if !before.project.is_empty() && before.project != after.project {
        told.push(format!("~ project {} → {}", before.project, after.project));
    }
    components(before, after, &mut told);
    environments(before, after, &mut told);
    let pipelines = [(&before.pipeline, &after.pipeline), (&before.hotfix_pipeline, &after.hotfix_pipeline)];
    for pair in pipelines {
        match pair {
            (None, Some(pipeline)) => told.push(format!("+ pipeline {}", pipeline.name)),
            (Some(pipeline), None) => told.push(format!("- pipeline {}", pipeline.name)),
            (Some(old), Some(new)) if old != new => told.push(pipeline_change(old, new)),
            _ => {}
        }
    }
    if told.is_empty() && before != after {
        told.push("~ the order of the environments".to_owned());
    }
    told
}

fn components(before: &Catalog, after: &Catalog, told: &mut Vec<String>) {
    let names: BTreeSet<_> = before.components.keys().chain(after.components.keys()).collect();
    for name in names {
        match (before.components.get(name), after.components.get(name)) {
            (None, Some(_)) => told.push(format!("+ component {name}")),
            (Some(_), None) => told.push(format!("- component {name}")),
            (Some(old), Some(new)) if old != new || before.teams.get(name) != after.teams.get(name) => {
                let parts = [
                    ("team", before.teams.get(name) != after.teams.get(name)),
                    ("run", old.run != new.run),
                    ("variables", old.variables != new.variables),
                    ("readiness", old.readiness != new.readiness),
                    ("stop", old.stop != new.stop),
                    ("depends_on", old.depends_on != new.depends_on),
                    ("smoke", old.smoke != new.smoke),
                    ("database", old.database != new.database),
                ];
                told.push(format!("~ component {name}: {}", named(&parts)));
            }
            _ => {}
        }
    }
}

fn environments(before: &Catalog, after: &Catalog, told: &mut Vec<String>) {
    for old in &before.environments {
        if after.environment(&old.name).is_err() {
            told.push(format!("- environment {}", old.name));
        }
    }
    for new in &after.environments {
        let Ok(old) = before.environment(&new.name) else {
            told.push(format!("+ environment {}", new.name));
            continue;
        };
        let parts = environment_parts(old, new);
        if parts.iter().any(|(_, changed)| *changed) {
            told.push(format!("~ environment {}: {}", new.name, named(&parts)));
        }
        let places: BTreeSet<_> = old.placements.keys().chain(new.placements.keys()).collect();
        for component in places {
            let place = format!("{}/{component}", new.name);
            match (old.placements.get(component), new.placements.get(component)) {
                (None, Some(_)) => told.push(format!("+ {place}")),
                (Some(_), None) => told.push(format!("- {place}")),
                (Some(was), Some(is))
                    if *was == (Placement { replicas: was.replicas, ..is.clone() }) && was != is =>
                {
                    told.push(format!("~ {place}: replicas {} → {}", was.replicas, is.replicas));
                }
                (Some(was), Some(is)) if was != is => {
                    let parts = [
                        ("replicas", was.replicas != is.replicas),
                        ("route", was.route != is.route),
                        ("secrets", was.secrets != is.secrets),
                    ];
                    told.push(format!("~ {place}: {}", named(&parts)));
                }
                _ => {}
            }
        }
    }
}

/// Where values are inherited from counts only if nothing else tells of the change.
fn environment_parts(old: &EnvironmentSpec, new: &EnvironmentSpec) -> [(&'static str, bool); 8] {
    let same_but_origins = *old == EnvironmentSpec { origins: old.origins.clone(), ..new.clone() };
    [
        ("variables", old.variables != new.variables),
        ("target", old.target != new.target),
        ("tier", old.tier != new.tier),
        ("owner", old.owner != new.owner),
        ("protected", old.protected != new.protected),
        ("tenants", old.tenants != new.tenants),
        ("secrets", old.secrets != new.secrets),
        ("what it inherits from", same_but_origins && old.origins != new.origins),
    ]
}

fn pipeline_change(old: &crate::pipeline::PipelineSpec, new: &crate::pipeline::PipelineSpec) -> String {
    let stages: Vec<String> = new
        .stages
        .iter()
        .filter(|stage| !old.stages.contains(stage))
        .flat_map(|stage| stage.environments().map(ToString::to_string))
        .collect();
    match stages.as_slice() {
        [] => format!("~ pipeline {}: name, order or fewer stages", new.name),
        some => format!("~ pipeline {}: {}", new.name, some.join(", ")),
    }
}

fn named(parts: &[(&str, bool)]) -> String {
    parts.iter().filter(|(_, changed)| *changed).map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
}
