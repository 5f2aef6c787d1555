//! Gates that ask other systems: which questions are due, and what came back.
//!
//! Invariant: an answer is kept with what it is about and when it came; what it says is told to the log when it is news,
//! in the same transaction. Automation asks when no other gate is closed any more, so that nobody is asked about what
//! cannot move anyway. Deliberately not here: sending questions, and what an answer is worth (`domain::gate`).

use std::collections::BTreeMap;

use tidegate_domain::gate::{
    Asking, ChangeType, GateAnswer, GateRule, GateSpec, GateStatus, Inquiries, WebhookRule, is_due,
};
use tidegate_domain::id::{RolloutId, StreamId};
use tidegate_domain::moment::Moment;
use tidegate_domain::name::{EnvironmentName, GateName, Version};
use tidegate_domain::release::{Release, ReleaseCommand, Standing};
use tidegate_domain::rollout::{Phase, Rollout};
use tidegate_ports::{About, Fault, Note, Question};

use crate::Engine;
use crate::command::{Answer, NewAnswer, SubmitError};
use crate::draft::{Draft, Error};
use crate::gates::{Asked, hex_digest};
use crate::tick::asked_now;

impl Engine {
    /// What has to be asked before somebody who looks can be told how the gates are: of the rollout that is on its way
    /// there, else of one that would start.
    pub async fn questions(
        &self,
        version: &Version,
        environment: &EnvironmentName,
        now: Moment,
    ) -> Result<Vec<Question>, SubmitError> {
        let mut draft = Draft::new(self, "", now);
        let stage = self.stage_gates_of(&mut draft, version, environment).await.map_err(SubmitError::from)?;
        let (release, now_ms) = (&stage.release, now.wall_ms);
        if let Some(Standing::Underway { rollout }) = release.standings.get(environment) {
            let loaded = self.cache.load(&StreamId::Rollout(rollout.clone())).await?;
            if let Some(rollout) = loaded.state.rollout().filter(|rollout| rollout.phase == Phase::Advancing)
            {
                return Ok(self.questions_of(release, rollout, (Asking::Person, now_ms)).await?);
            }
        }
        let asked = Asked { release, environment, gates: &stage.gates, digest: &stage.digest, enters: true };
        Ok(self.questions_due(asked, None, (Asking::Person, now_ms)).await?)
    }

    /// Before a release can enter by itself.
    pub(crate) async fn want_entry(
        &self,
        (version, environment): (&Version, &EnvironmentName),
        closed: &[GateStatus],
        now: Moment,
    ) -> Result<(), Fault> {
        if !only_answers_miss(closed) || self.inquirer.is_none() {
            return Ok(());
        }
        let mut draft = Draft::new(self, "", now);
        let stage = match self.stage_gates_of(&mut draft, version, environment).await {
            Ok(stage) => stage,
            Err(Error::Fault(fault)) => return Err(fault),
            Err(Error::Refused(_)) => return Ok(()),
        };
        let asked = Asked {
            release: &stage.release,
            environment,
            gates: &stage.gates,
            digest: &stage.digest,
            enters: true,
        };
        self.want(self.questions_due(asked, None, (Asking::Automation, now.wall_ms)).await?);
        Ok(())
    }

    /// So that the next step finds its answers.
    pub(crate) async fn want_step(
        &self,
        (release, rollout): (&Release, &Rollout),
        statuses: &[GateStatus],
        now_ms: u64,
    ) -> Result<(), Fault> {
        if self.inquirer.is_some() && only_answers_miss(statuses) {
            self.want(self.questions_of(release, rollout, (Asking::Automation, now_ms)).await?);
        }
        Ok(())
    }

    async fn questions_of(
        &self,
        release: &Release,
        rollout: &Rollout,
        asking: (Asking, u64),
    ) -> Result<Vec<Question>, Fault> {
        let plan = &rollout.plan;
        let asked = Asked {
            release,
            environment: &plan.environment,
            gates: &asked_now(&plan.gates, rollout),
            digest: &plan.digest,
            enters: false,
        };
        self.questions_due(asked, Some(&rollout.id), asking).await
    }

    async fn questions_due(
        &self,
        asked: Asked<'_>,
        rollout: Option<&RolloutId>,
        (asking, now_ms): (Asking, u64),
    ) -> Result<Vec<Question>, Fault> {
        let mut questions = Vec::new();
        for gate in &asked.now() {
            let GateRule::Webhook(rule) = &gate.rule else { continue };
            let known = self.inquiries_of(asked.release, asked.environment, &gate.name).await?;
            let inquiry = known.about(asked.digest);
            if is_due(inquiry, rule, now_ms, asking) {
                let stage = self.stage_beside(asked.release, asked.environment).await?;
                let about = self.about(asked.release, stage, rollout);
                // What was known before it tells this question from the next.
                let before = serde_json::to_string(&inquiry).unwrap_or_default();
                questions.push(question(asked, (&gate.name, rule), (about, &before)));
            }
        }
        Ok(questions)
    }

    fn about(&self, release: &Release, stage: Vec<EnvironmentName>, rollout: Option<&RolloutId>) -> About {
        let components = release
            .components
            .iter()
            .map(|(name, artifact)| (name.clone(), (artifact.version.clone(), artifact.digest.clone())));
        About {
            project: self.project.to_string(),
            kind: release.kind.word().to_owned(),
            change: match release.change {
                ChangeType::Standard => "standard",
                ChangeType::Normal => "normal",
                ChangeType::Emergency => "emergency",
            }
            .to_owned(),
            author: release.author.clone(),
            stage,
            components: components.collect(),
            rollout: rollout.cloned(),
        }
    }

    async fn stage_beside(
        &self,
        release: &Release,
        environment: &EnvironmentName,
    ) -> Result<Vec<EnvironmentName>, Fault> {
        let loaded = self.cache.load(&StreamId::Catalog).await?;
        let pipeline = loaded.state.catalog().pipeline_for(release.kind);
        let stage = pipeline.and_then(|pipeline| pipeline.stage(environment));
        Ok(stage.map_or_else(Vec::new, |(_, stage)| stage.environments().cloned().collect()))
    }

    fn want(&self, questions: Vec<Question>) {
        if let Some(inquirer) = &self.inquirer {
            for question in questions {
                inquirer.want(question);
            }
        }
    }

    /// By gate, for those that ask another system.
    pub(crate) async fn inquiries(
        &self,
        release: &Release,
        environment: &EnvironmentName,
        gates: &[GateSpec],
    ) -> Result<BTreeMap<GateName, Inquiries>, Fault> {
        let mut all = BTreeMap::new();
        for gate in gates.iter().filter(|gate| matches!(gate.rule, GateRule::Webhook(_))) {
            all.insert(gate.name.clone(), self.inquiries_of(release, environment, &gate.name).await?);
        }
        Ok(all)
    }

    async fn inquiries_of(
        &self,
        release: &Release,
        environment: &EnvironmentName,
        gate: &GateName,
    ) -> Result<Inquiries, Fault> {
        let stream = StreamId::Release(release.version.clone());
        let kept = self.store.note(&stream, &note(environment, gate)).await?;
        // What cannot be read is no answer, and is asked anew.
        Ok(kept.and_then(|body| serde_json::from_slice(&body).ok()).unwrap_or_default())
    }

    pub(crate) async fn answer_gate(&self, draft: &mut Draft<'_>, wish: &NewAnswer) -> Result<Answer, Error> {
        let NewAnswer { release, environment, gate, digest, reply } = wish;
        let stream = StreamId::Release(release.clone());
        let at_ms = draft.at().wall_ms;
        let known = match draft.state(&stream).await?.release().cloned() {
            Some(release) => self.inquiries_of(&release, environment, gate).await?,
            None => Inquiries::default(),
        };
        let body = serde_json::to_vec(&known.with(digest, reply, at_ms)).map_err(|why| {
            Fault::hold("answer-unwritable", "an answer could not be written").caused_by(why)
        })?;
        let (gate_name, digest, reply) = (gate.clone(), digest.clone(), reply.clone());
        let answer = GateAnswer { gate: gate_name, digest, reply, at_ms };
        let command = ReleaseCommand::Answer { environment: environment.clone(), answer };
        draft.release(release, command).await?;
        draft.notes.push(Note { stream, name: note(environment, gate), body: Some(body) });
        Ok(Answer::Done)
    }
}

fn note(environment: &EnvironmentName, gate: &GateName) -> String {
    format!("answer/{environment}/{gate}")
}

fn only_answers_miss(statuses: &[GateStatus]) -> bool {
    statuses.iter().all(|gate| gate.open || gate.kind == "webhook")
}

fn question(
    asked: Asked<'_>,
    (gate, rule): (&GateName, &WebhookRule),
    (about, before): (About, &str),
) -> Question {
    let Asked { release, environment, digest, .. } = asked;
    let subject = (&about.project, &release.version, environment, gate, digest, before);
    let hash = hex_digest(&serde_json::to_vec(&subject).unwrap_or_default());
    Question {
        id: format!("ask_{}", &hash[..32]),
        release: release.version.clone(),
        environment: environment.clone(),
        gate: gate.clone(),
        rule: rule.clone(),
        digest: digest.to_owned(),
        about,
    }
}
