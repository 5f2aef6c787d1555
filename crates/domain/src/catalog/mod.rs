//! What `tidegate.yaml` last said: components, environments in order, the pipeline.
//!
//! Invariant: a catalog holds together (every name it uses is defined in it). Deliberately not here: text and
//! positions in files (`tidegate-manifest`), and what stands where (`slot`).

mod changes;
mod check;
mod refusal;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use tidegate_calendar::Reach;

pub use changes::changes;
pub use refusal::{CatalogRefusal, Reached};

use crate::component::ComponentSpec;
use crate::environment::{EnvironmentSpec, Tier};
use crate::gate::{GateRule, WebhookRule};
use crate::name::{ComponentName, EnvironmentName, GateName, TeamName, TenantName};
use crate::pipeline::PipelineSpec;
use crate::release::ReleaseKind;

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Catalog {
    /// Whose configuration this is; empty before the first one.
    #[serde(default)]
    pub project: String,
    pub components: BTreeMap<ComponentName, ComponentSpec>,
    /// Whose components they are, where somebody said. Beside them: what runs is the same whoever it belongs to.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub teams: BTreeMap<ComponentName, TeamName>,
    pub environments: Vec<EnvironmentSpec>,
    pub pipeline: Option<PipelineSpec>,
    /// The way of a hotfix, where it is another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hotfix_pipeline: Option<PipelineSpec>,
    /// The file it was read from, so that it can be read again and changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
}

/// A file as it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Only to name it.
    pub file_name: String,
    pub text: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum CatalogEvent {
    Applied { catalog: Catalog, changes: Vec<String> },
}

impl CatalogEvent {
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Applied { .. } => "catalog.applied",
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub enum CatalogCommand {
    Apply(Catalog),
}

/// Applying what stands already changes nothing, and says so with no event.
pub fn decide(state: &Catalog, command: CatalogCommand) -> Result<Vec<CatalogEvent>, CatalogRefusal> {
    let CatalogCommand::Apply(catalog) = command;
    check::check(&catalog)?;
    check::same_project(state, &catalog)?;
    // Another wording of the same is no change.
    let changes = changes(state, &Catalog { source: state.source.clone(), ..catalog.clone() });
    Ok(if changes.is_empty() { Vec::new() } else { vec![CatalogEvent::Applied { catalog, changes }] })
}

pub fn evolve(_state: Catalog, event: &CatalogEvent) -> Catalog {
    match event {
        CatalogEvent::Applied { catalog, .. } => catalog.clone(),
    }
}

impl Catalog {
    pub fn environment(&self, name: &EnvironmentName) -> Result<&EnvironmentSpec, CatalogRefusal> {
        self.environments.iter().find(|environment| environment.name == *name).ok_or_else(|| {
            CatalogRefusal::UnknownEnvironment {
                name: name.clone(),
                known: self.environments.iter().map(|environment| environment.name.to_string()).collect(),
            }
        })
    }

    /// Whether everything that a freeze or a window names is there: one with a slip of the pen would protect nothing.
    pub fn check_reach(&self, reach: &Reach) -> Result<(), CatalogRefusal> {
        let environments = self.environments.iter().map(|environment| environment.name.as_str()).collect();
        let components = self.components.keys().map(ComponentName::as_str).collect();
        let tenants = self.environments.iter().flat_map(|environment| &environment.tenants);
        let tenants = tenants.map(TenantName::as_str).collect();
        let named: [(Reached, &[String], BTreeSet<&str>); 3] = [
            (Reached::Environment, &reach.environments, environments),
            (Reached::Component, &reach.components, components),
            (Reached::Tenant, &reach.tenants, tenants),
        ];
        for (kind, names, known) in named {
            if let Some(name) = names.iter().find(|name| !known.contains(name.as_str())) {
                let known = known.iter().map(ToString::to_string).collect();
                return Err(CatalogRefusal::Unreached { kind, name: name.clone(), known });
            }
        }
        Ok(())
    }

    /// Where users are, for measures: what says that it is production; where nothing says what it is, the last stage.
    pub fn production(&self) -> BTreeSet<EnvironmentName> {
        let named = |spec: &&EnvironmentSpec| spec.tier == Some(Tier::Production);
        if self.environments.iter().any(|spec| spec.tier.is_some()) {
            return self.environments.iter().filter(named).map(|spec| spec.name.clone()).collect();
        }
        match self.pipeline.as_ref().and_then(|pipeline| pipeline.stages.last()) {
            Some(stage) => stage.environments().cloned().collect(),
            None => self.environments.last().map(|spec| spec.name.clone()).into_iter().collect(),
        }
    }

    /// The way of a release of this kind.
    pub fn pipeline_for(&self, kind: ReleaseKind) -> Option<&PipelineSpec> {
        match kind {
            ReleaseKind::Planned => self.pipeline.as_ref(),
            ReleaseKind::Hotfix => self.hotfix_pipeline.as_ref().or(self.pipeline.as_ref()),
        }
    }

    /// The gates before an environment that ask another system, on whatever way there.
    pub fn webhook_gates<'a>(
        &'a self,
        environment: &'a EnvironmentName,
    ) -> impl Iterator<Item = (&'a GateName, &'a WebhookRule)> {
        let pipelines = self.pipeline.iter().chain(&self.hotfix_pipeline);
        let stages = pipelines.filter_map(|pipeline| pipeline.stage(environment).map(|(_, stage)| stage));
        stages.flat_map(|stage| &stage.gates).filter_map(|gate| match &gate.rule {
            GateRule::Webhook(rule) => Some((&gate.name, rule)),
            GateRule::Sign(_)
            | GateRule::Evidence(_)
            | GateRule::Plan(_)
            | GateRule::Soak { .. }
            | GateRule::Dependency(_)
            | GateRule::Expression { .. } => None,
        })
    }

    pub fn component(&self, name: &ComponentName) -> Result<&ComponentSpec, CatalogRefusal> {
        self.components.get(name).ok_or_else(|| CatalogRefusal::UnknownComponent {
            name: name.clone(),
            known: self.components.keys().map(ToString::to_string).collect(),
        })
    }

    /// Each component after those it depends on; otherwise by name.
    pub fn in_dependency_order(&self, wanted: &[ComponentName]) -> Vec<ComponentName> {
        let mut ordered = Vec::new();
        let mut waiting: Vec<&ComponentName> = wanted.iter().collect();
        waiting.sort();
        waiting.dedup();
        while !waiting.is_empty() {
            let free = |name: &&ComponentName| {
                let needs = self.components.get(*name).map_or(&[][..], |spec| &spec.depends_on);
                needs.iter().all(|need| !waiting.contains(&need))
            };
            // A cycle was refused when the catalog was applied; should one stand there, names decide.
            let at = waiting.iter().position(free).unwrap_or(0);
            ordered.push(waiting.remove(at).clone());
        }
        ordered
    }
}

#[cfg(test)]
mod tests;
