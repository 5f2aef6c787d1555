//! What a rollout would do, before anybody starts it.
//!
//! Invariant: nothing is written, and what would refuse the start is what refuses it here. Deliberately not here:
//! starting (`start`).

use tidegate_analysis::Trigger;
use tidegate_domain::gate::GateStatus;
use tidegate_domain::moment::Moment;
use tidegate_domain::refusal::Refusal;
use tidegate_domain::rollout::{LegPlan, Plan};

use crate::Engine;
use crate::command::{StartRollout, SubmitError};
use crate::draft::{Draft, Error};
use crate::views::{StepView, step_view};

#[derive(Debug, Clone, PartialEq)]
pub struct OutlineView {
    pub release: String,
    pub environment: String,
    /// Empty where nothing could be planned.
    pub strategy: String,
    /// Of what would go out; approvals are bound to it.
    pub digest: String,
    pub legs: Vec<LegOutline>,
    pub gates: Vec<GateStatus>,
    /// Whether an analysis would judge it.
    pub judged: bool,
    /// The ceilings that would take it back.
    pub rollback_when: Vec<Trigger>,
    /// Why a start would be refused now.
    pub refusal: Option<Refusal>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct LegOutline {
    pub component: String,
    pub stable: Option<String>,
    pub candidate: String,
    pub replicas: u32,
    /// The gateway's address; none where nobody calls it.
    pub listen: Option<String>,
    /// Whether there is something to run.
    pub runs: bool,
    pub steps: Vec<StepView>,
}

impl Engine {
    /// A release or environment that does not exist is refused; everything else is told.
    pub async fn outline(
        &self,
        actor: &str,
        wish: &StartRollout,
        now: Moment,
    ) -> Result<OutlineView, SubmitError> {
        let gates = self.gates(&wish.release, &wish.environment, now).await?;
        let mut draft = Draft::new(self, actor, now);
        let planned = match self.sketch(&mut draft, wish).await {
            Ok(plan) => Some(plan),
            Err(Error::Refused(_)) => None,
            Err(Error::Fault(fault)) => return Err(fault.into()),
        };
        let refusal = match self.tried(&mut Draft::new(self, actor, now), wish).await {
            Ok(()) => None,
            Err(Error::Refused(refusal)) => Some(refusal),
            Err(Error::Fault(fault)) => return Err(fault.into()),
        };
        let analysis = planned.as_ref().and_then(|plan| plan.analysis.as_ref());
        Ok(OutlineView {
            release: gates.release,
            environment: gates.environment,
            strategy: planned.as_ref().map_or_else(String::new, |plan| plan.strategy.clone()),
            digest: gates.digest,
            gates: gates.gates,
            judged: analysis.is_some(),
            rollback_when: analysis.map_or_else(Vec::new, |parameters| parameters.ceilings.clone()),
            legs: planned.map_or_else(Vec::new, legs),
            refusal,
        })
    }
}

impl Engine {
    async fn tried(&self, draft: &mut Draft<'_>, wish: &StartRollout) -> Result<(), Error> {
        self.start(draft, wish, true).await?;
        draft.settle().await
    }
}

fn legs(plan: Plan) -> Vec<LegOutline> {
    let leg = |LegPlan { candidate, stable, steps, smoke: _, database: _ }: LegPlan| LegOutline {
        component: candidate.component.name.to_string(),
        stable: stable.map(|stable| stable.version().to_string()),
        candidate: candidate.version().to_string(),
        replicas: candidate.replicas,
        listen: candidate.route.as_ref().map(|route| route.listen.clone()),
        runs: !candidate.component.run.is_empty(),
        steps: steps.iter().map(step_view).collect(),
    };
    plan.legs.into_iter().map(leg).collect()
}
