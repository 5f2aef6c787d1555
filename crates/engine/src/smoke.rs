//! Smoke tests: the one that a rollout waits for is asked by somebody else; what came of it is a command.
//!
//! Invariant: an outcome and its output are written in one transaction, and only for the test that is awaited. Deliberately
//! not here: when one is awaited and what an outcome means (`domain::rollout`), and asking it.

use serde::{Deserialize, Serialize};
use tidegate_domain::id::{RolloutId, StreamId};
use tidegate_domain::name::{ComponentName, GateName};
use tidegate_domain::rollout::{Rollout, RolloutCommand, smoke_due};
use tidegate_domain::smoke::{SmokePhase, SmokeResult, SmokeTest, SmokeVerdict};
use tidegate_ports::{Fault, Note, SmokeGround, SmokeQuestion};

use crate::Engine;
use crate::command::{Answer, NewSmoke};
use crate::draft::{Draft, Error};

/// One of them in a few words, for whoever looks at the rollout.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SmokeBrief {
    pub component: String,
    pub test: String,
    /// `before-traffic` or `with-all-traffic`.
    pub phase: String,
    /// `waiting`, `running`, `passed`, `failed`, `faulted`.
    pub state: String,
    /// Of one that did not pass.
    pub seen: Option<String>,
}

/// A smoke test of a rollout, in one of its phases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmokeView {
    pub component: String,
    pub phase: SmokePhase,
    pub test: SmokeTest,
    /// None where it was not asked yet.
    pub result: Option<SmokeResult>,
    /// Whether the rollout waits for it now.
    pub awaited: bool,
    pub output: Option<Vec<u8>>,
}

impl SmokeView {
    /// `waiting`, `running`, `passed`, `failed`, `faulted`.
    pub fn state(&self) -> &'static str {
        match &self.result {
            Some(result) => result.verdict.word(),
            None if self.awaited => "running",
            None => "waiting",
        }
    }
}

impl Engine {
    /// What this rollout waits for now, to whoever asks.
    pub(crate) fn attend_smoke(&self, state: &Rollout) {
        let Some(tester) = &self.tester else { return };
        if state.plan.legs.iter().any(|leg| leg.asked().next().is_some()) {
            tester.attend(&state.id, question(state));
        }
    }

    /// The test that a rollout waits for as it stands now.
    pub async fn smoke_question(&self, id: &RolloutId) -> Result<Option<SmokeQuestion>, Fault> {
        let loaded = self.cache.load(&StreamId::Rollout(id.clone())).await?;
        Ok(loaded.state.rollout().and_then(question))
    }

    pub(crate) async fn answer_smoke(&self, draft: &mut Draft<'_>, wish: &NewSmoke) -> Result<Answer, Error> {
        let NewSmoke { rollout, leg, phase, test, result, output } = wish;
        let command =
            RolloutCommand::Smoked { leg: *leg, phase: *phase, test: test.clone(), result: result.clone() };
        draft.rollout(rollout, command).await?;
        if draft.moved() && !output.is_empty() {
            let (stream, name) = (StreamId::Rollout(rollout.clone()), note(*leg, *phase, test));
            draft.notes.push(Note { stream, name, body: Some(output.clone()) });
        }
        if draft.moved() {
            self.add_smoke_evidence(draft, wish).await?;
        }
        Ok(Answer::Done)
    }

    /// Every smoke test of a rollout, or of one component in it, in the order in which they are asked; none where there is no such rollout.
    pub async fn smoke_tests(
        &self,
        id: &RolloutId,
        component: Option<&ComponentName>,
    ) -> Result<Option<Vec<SmokeView>>, Fault> {
        let stream = StreamId::Rollout(id.clone());
        let loaded = self.cache.load(&stream).await?;
        let Some(rollout) = loaded.state.rollout() else { return Ok(None) };
        let mut views = views(rollout);
        views.retain(|(_, view)| component.is_none_or(|wanted| view.component == wanted.as_str()));
        for (index, view) in &mut views {
            if view.result.as_ref().is_some_and(|result| !result.output_digest.is_empty()) {
                let name = note(*index, view.phase, &view.test.name);
                view.output = self.store.note(&stream, &name).await?;
            }
        }
        Ok(Some(views.into_iter().map(|(_, view)| view).collect()))
    }
}

pub(crate) fn briefs(rollout: &Rollout) -> Vec<SmokeBrief> {
    views(rollout).iter().map(|(_, view)| brief(view)).collect()
}

fn brief(view: &SmokeView) -> SmokeBrief {
    let missed = view.result.as_ref().filter(|result| result.verdict != SmokeVerdict::Passed);
    SmokeBrief {
        component: view.component.clone(),
        test: view.test.name.to_string(),
        phase: view.phase.word().to_owned(),
        state: view.state().to_owned(),
        seen: missed.map(|result| result.seen.clone()),
    }
}

/// In a sentence's part: what keeps the rollout.
pub(crate) fn waits_for(rollout: &Rollout) -> String {
    let Some(due) = smoke_due(rollout) else { return String::new() };
    let component = &rollout.plan.legs[due.leg].candidate.component.name;
    match due.phase {
        SmokePhase::Expand => format!("expands the database of {component}"),
        SmokePhase::Contracted => format!("looks whether the database of {component} is to be contracted"),
        SmokePhase::Contract => format!("contracts the database of {component}"),
        SmokePhase::Before | SmokePhase::After => {
            format!("waits for the smoke test `{}` of {component}", due.test.name)
        }
    }
}

/// Without outputs, each with its leg.
fn views(rollout: &Rollout) -> Vec<(usize, SmokeView)> {
    let due = smoke_due(rollout);
    let mut views = Vec::new();
    for (index, (plan, leg)) in rollout.plan.legs.iter().zip(&rollout.legs).enumerate() {
        for (phase, test) in plan.asked() {
            let done = leg.smoke.iter().rev().find(|done| done.phase == phase && done.test == test.name);
            let awaited = due.is_some_and(|due| due.leg == index && due.phase == phase && due.test == test);
            let view = SmokeView {
                component: plan.candidate.component.name.to_string(),
                phase,
                test: test.clone(),
                result: done.map(|done| done.result.clone()),
                awaited,
                output: None,
            };
            views.push((index, view));
        }
    }
    views
}

fn question(rollout: &Rollout) -> Option<SmokeQuestion> {
    let due = smoke_due(rollout)?;
    let candidate = &rollout.plan.legs[due.leg].candidate;
    let variables = candidate.component.variables.iter().chain(&candidate.variables);
    Some(SmokeQuestion {
        rollout: rollout.id.clone(),
        leg: due.leg,
        phase: due.phase,
        test: due.test.clone(),
        slot: rollout.slot(due.leg),
        version: candidate.version().clone(),
        variables: variables.map(|(name, value)| (name.clone(), value.clone())).collect(),
        with: due.phase.is_of_database().then(|| SmokeGround {
            artifact: candidate.artifact.clone(),
            secrets: candidate.secrets.keys().cloned().collect(),
        }),
    })
}

pub(crate) fn note(leg: usize, phase: SmokePhase, test: &GateName) -> String {
    format!("smoke/{leg}/{}/{test}", phase.word())
}
