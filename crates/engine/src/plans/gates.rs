//! What the plan of a release says at its gates.
//!
//! Invariant: without a plan, without a candidate, and for another release than the one that was looked at, every one of these gates
//! is closed. Deliberately not here: what a plan is (`domain::release_plan`), and how gates are told (`domain::gate`).

use std::collections::BTreeMap;
use std::sync::Arc;

use tidegate_domain::gate::{Finding, GateRule, GateSpec, PlanRule};
use tidegate_domain::id::StreamId;
use tidegate_domain::name::GateName;
use tidegate_domain::release::Release;
use tidegate_domain::release_plan::{ReleasePlan, plans_of};
use tidegate_plan::risk;

use crate::Engine;
use crate::draft::{Draft, Error};
use crate::gates::{Asked, StageGates};
use crate::plans::artifacts;
use crate::plans::tested::{Wanted, features, tested};

pub(crate) const WHO: &str = "whoever may create releases here";

impl Engine {
    pub(crate) async fn plan_findings(
        &self,
        draft: &mut Draft<'_>,
        release: &Release,
        gates: &[GateSpec],
    ) -> Result<BTreeMap<GateName, Finding>, Error> {
        let mut findings = BTreeMap::new();
        let mut known = None;
        for gate in gates {
            let GateRule::Plan(rule) = &gate.rule else { continue };
            if known.is_none() {
                known = Some(plan_of(draft, release).await?);
            }
            let plan = known.as_ref().and_then(Option::as_deref);
            let finding = match (plan, rule) {
                (None, _) => without(release),
                (Some(plan), PlanRule::GoNoGo) => decided(plan, release),
                (Some(plan), PlanRule::ManualTests) => tested(plan, release, Wanted::Manual),
                (Some(plan), PlanRule::Acceptance) => tested(plan, release, Wanted::Acceptance),
                (Some(plan), PlanRule::TestSet { set }) => tested(plan, release, Wanted::Set(set)),
                (Some(plan), PlanRule::FeatureTests) => {
                    let reports = self.reports.of(&*self.store, release).await?;
                    features(plan, release, &reports)
                }
                (Some(plan), PlanRule::RiskCeiling { most }) => {
                    let counted = Box::pin(self.counted(draft, release)).await?;
                    let standing = plan.standing(counted, draft.at().wall_ms);
                    ceiling(plan, (risk::score(&standing).score, *most))
                }
            };
            findings.insert(gate.name.clone(), finding);
        }
        Ok(findings)
    }

    /// Of the gates on its way that the risk score counts: how many there are, and how many of them are closed.
    async fn counted(&self, draft: &mut Draft<'_>, release: &Release) -> Result<(u64, u64), Error> {
        let (mut all, mut closed) = (0, 0);
        for environment in self.way(draft, release).await? {
            let found = self.stage_gates_of(draft, &release.version, &environment).await?;
            let StageGates { release, mut gates, digest } = found;
            gates.retain(|gate| !matches!(&gate.rule, GateRule::Plan(rule) if !rule.counts_for_risk()));
            let asked = Asked {
                release: &release,
                environment: &environment,
                gates: &gates,
                digest: &digest,
                enters: true,
            };
            for status in self.gate_statuses(draft, asked).await? {
                all += 1;
                closed += u64::from(!status.open);
            }
        }
        Ok((all, closed))
    }
}

/// Its own, or the one of the version that it leads to.
async fn plan_of(draft: &mut Draft<'_>, release: &Release) -> Result<Option<Arc<ReleasePlan>>, Error> {
    for version in plans_of(&release.version) {
        let stream = StreamId::Plan(version);
        let plan = draft.state(&stream).await?.plan().cloned();
        // What is decided on it holds only while it stands.
        draft.guard(stream);
        if let Some(plan) = plan.filter(|plan| plan.is_about(&release.version)) {
            return Ok(Some(plan));
        }
    }
    Ok(None)
}

pub(crate) fn closed(why: String, who: impl Into<String>, command: String) -> Finding {
    Finding { open: false, why, since_ms: None, command, who: who.into() }
}

pub(crate) fn open(why: String, since_ms: Option<u64>) -> Finding {
    Finding { open: true, why, since_ms, command: String::new(), who: String::new() }
}

fn without(release: &Release) -> Finding {
    let version = &release.version;
    let why = format!("there is no plan by which {version} goes");
    closed(why, WHO, format!("tidegate plan import FILE --for {version}"))
}

fn decided(plan: &ReleasePlan, release: &Release) -> Finding {
    let version = &plan.version;
    if let Some(hold) = &plan.hold {
        let why = format!("the plan of {version} is on hold by {}: {}", hold.by, hold.note);
        let finding = closed(why, WHO, format!("tidegate plan resume {version}"));
        return Finding { since_ms: Some(hold.at_ms), ..finding };
    }
    let command = format!("tidegate plan go-no-go {version}");
    let who =
        plan.decider().map_or_else(|| "nobody, until the plan names somebody".to_owned(), str::to_owned);
    let Some(call) = plan.go() else {
        let why = format!("nobody has said go for {version}: its plan is {}", plan.phase);
        return Finding { since_ms: Some(plan.moved.at_ms), ..closed(why, who, command) };
    };
    let same = plan.candidate.as_ref().is_some_and(|candidate| candidate.artifacts == artifacts(release));
    if !same {
        let why =
            format!("since {} said go, the artifacts of {} have changed", call.said.by, release.version);
        return Finding { since_ms: Some(call.said.at_ms), ..closed(why, who, command) };
    }
    let why = format!("{} said go for rc.{} ({})", call.said.by, call.candidate, release.version);
    open(why, Some(call.said.at_ms))
}

fn ceiling(plan: &ReleasePlan, (score, most): (u8, u8)) -> Finding {
    if score <= most {
        return open(format!("the risk score is {score}, and {most} is the most"), None);
    }
    let why = format!("the risk score is {score}, which is above {most}");
    closed(why, "whoever closes its work, tests and gates", format!("tidegate plan risks {}", plan.version))
}
