//! The catalog.

use tidegate_api::{Catalog, CatalogComponent, CatalogEnvironment, CatalogPlacement, CatalogStage, Route};
use tidegate_domain::environment::{EnvironmentSpec, Placement, RouteSpec, TargetKind};
use tidegate_domain::pipeline::{Promotion, StageSpec};

pub(crate) fn catalog(given: &tidegate_domain::catalog::Catalog) -> Catalog {
    let components = given.components.values().map(|spec| {
        let depends_on = spec.depends_on.iter().map(ToString::to_string).collect();
        let team = given.teams.get(&spec.name).map(ToString::to_string);
        (spec.name.to_string(), CatalogComponent { run: spec.run.clone(), depends_on, team })
    });
    Catalog {
        components: components.collect(),
        environments: given.environments.iter().map(environment).collect(),
        stages: given.pipeline.iter().flat_map(|pipeline| &pipeline.stages).map(stage).collect(),
        hotfix_stages: given.hotfix_pipeline.iter().flat_map(|way| &way.stages).map(stage).collect(),
    }
}

fn environment(spec: &EnvironmentSpec) -> CatalogEnvironment {
    let placement = |placement: &Placement| CatalogPlacement {
        replicas: placement.replicas,
        route: placement.route.as_ref().map(route),
    };
    let placements = spec.placements.iter().map(|(name, found)| (name.to_string(), placement(found)));
    CatalogEnvironment {
        name: spec.name.to_string(),
        target: target(spec.target).to_owned(),
        tier: spec.tier.map(|tier| tier.word().to_owned()),
        owner: spec.owner.clone(),
        protected: spec.protected,
        tenants: spec.tenants.iter().map(ToString::to_string).collect(),
        secrets: spec.all_secrets().iter().map(ToString::to_string).collect(),
        placements: placements.collect(),
    }
}

pub(super) fn target(kind: TargetKind) -> &'static str {
    match kind {
        TargetKind::Process => "process",
    }
}

fn route(spec: &RouteSpec) -> Route {
    let (listen, hosts, path_prefix) = (spec.listen.clone(), spec.hosts.clone(), spec.path_prefix.clone());
    Route { listen, hosts, path_prefix }
}

fn stage(spec: &StageSpec) -> CatalogStage {
    CatalogStage {
        environment: spec.environment.to_string(),
        beside: spec.beside.iter().map(ToString::to_string).collect(),
        needed: spec.needed(),
        strategy: spec.strategy.name().to_owned(),
        judged: spec.analysis.is_some(),
        automatic: spec.promotion == Promotion::Automatic,
    }
}
