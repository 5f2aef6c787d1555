//! What executes a mitigation: whether the flag, the rollback rule or the gate that a risk names is there.
//!
//! Invariant: where a project has any of a kind, a plan that newly names another one is refused with those that there are; where it has
//! none yet, or one went away later, that is told with the plan's readiness. Deliberately not here: executing.

use std::collections::BTreeSet;

use tidegate_analysis::Metric;
use tidegate_domain::catalog::Catalog;
use tidegate_domain::id::StreamId;
use tidegate_domain::name::Version;
use tidegate_domain::refusal::Refusal;
use tidegate_domain::release_plan::PlanRefusal;
use tidegate_plan::document::{Bound, BoundKind, Plan, Problem};
use tidegate_ports::Fault;

use crate::Engine;
use crate::draft::{Draft, Error};

/// As many names as anybody reads.
const NAMES_MAX: usize = 50;

/// A risk whose mitigation is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unbound {
    pub risk: String,
    pub bound: Bound,
    /// Those of the kind that there are.
    pub known: Vec<String>,
}

#[derive(Default)]
struct Known {
    flags: BTreeSet<String>,
    gates: BTreeSet<String>,
    rules: BTreeSet<String>,
}

impl Known {
    fn of(&self, kind: BoundKind) -> &BTreeSet<String> {
        match kind {
            BoundKind::Flag => &self.flags,
            BoundKind::Gate => &self.gates,
            BoundKind::RollbackRule => &self.rules,
        }
    }

    fn missing(&self, document: &Plan) -> Vec<(usize, Unbound)> {
        let missing = |(index, risk): (usize, &tidegate_plan::document::Risk)| {
            let bound = risk.bound.clone()?;
            let known = self.of(bound.kind);
            let names = known.iter().take(NAMES_MAX).cloned().collect();
            let unbound = Unbound { risk: risk.id.clone(), bound: bound.clone(), known: names };
            (!known.contains(&bound.name)).then_some((index, unbound))
        };
        document.risks.iter().enumerate().filter_map(missing).collect()
    }
}

impl Engine {
    /// Refuses what newly names something that is not there, where there are others of its kind.
    pub(crate) async fn bound(
        &self,
        draft: &mut Draft<'_>,
        version: &Version,
        document: &Plan,
    ) -> Result<(), Error> {
        if document.risks.iter().all(|risk| risk.bound.is_none()) {
            return Ok(());
        }
        let stands = draft.state(&StreamId::Plan(version.clone())).await?.plan().cloned();
        let named_before = |unbound: &Unbound| {
            stands.as_ref().is_some_and(|plan| {
                plan.document.risks.iter().any(|risk| risk.bound.as_ref() == Some(&unbound.bound))
            })
        };
        let missing = self.known().await?.missing(document);
        let problems: Vec<Problem> = missing
            .into_iter()
            .filter(|(_, unbound)| !unbound.known.is_empty() && !named_before(unbound))
            .map(|(index, Unbound { bound, known, .. })| {
                let (kind, name, there) = (bound.kind.word(), bound.name, known.join(", "));
                let (path, code) = (format!("/risks/{index}/bound/name"), "unknown-reference");
                Problem { path, code, says: format!("there is no {kind} {name:?}; there are: {there}") }
            })
            .collect();
        if problems.is_empty() {
            return Ok(());
        }
        Err(Refusal::from(PlanRefusal::Unfit { problems }).into())
    }

    /// Whose mitigation is not there now.
    pub async fn unbound(&self, document: &Plan) -> Result<Vec<Unbound>, Fault> {
        if document.risks.iter().all(|risk| risk.bound.is_none()) {
            return Ok(Vec::new());
        }
        Ok(self.known().await?.missing(document).into_iter().map(|(_, unbound)| unbound).collect())
    }

    async fn known(&self) -> Result<Known, Fault> {
        let catalog = self.catalog().await?;
        let flags = self.flags().await?.into_iter().filter(|flag| !flag.archived);
        let mut known = Known { flags: flags.map(|flag| flag.key.clone()).collect(), ..Known::default() };
        for stage in stages(&catalog) {
            known.gates.extend(stage.gates.iter().map(|gate| gate.name.to_string()));
            if stage.analysis.is_some() {
                known.rules.extend(Metric::ALL.map(|metric| metric.name().to_owned()));
            }
        }
        Ok(known)
    }
}

fn stages(catalog: &Catalog) -> impl Iterator<Item = &tidegate_domain::pipeline::StageSpec> {
    catalog.pipeline.iter().chain(&catalog.hotfix_pipeline).flat_map(|pipeline| &pipeline.stages)
}
