//! The one way in: a command, decided on what stands, written with everything that follows from it.
//!
//! Invariant: an accepted command is durable when it is answered; with a key, it happens once however often it is sent.

use tidegate_domain::catalog::{self, Catalog, CatalogCommand, CatalogEvent, CatalogRefusal};
use tidegate_domain::id::{RolloutId, SlotId, StreamId};
use tidegate_domain::moment::Moment;
use tidegate_domain::name::{EnvironmentName, Version};
use tidegate_domain::projects;
use tidegate_domain::refusal::Refusal;
use tidegate_domain::release::{ReleaseCommand, ReleaseRefusal};
use tidegate_domain::rollout::{Outcome, Phase, RolloutCommand, RolloutRefusal};
use tidegate_domain::slot::SlotCommand;
use tidegate_domain::{retention, webhook};
use tidegate_ports::{AppendError, Fault, Receipt};

use crate::Engine;
use crate::codec::Event;
use crate::command::{Act, Answer, Command, Key, NewRelease, Request, StartRollout, SubmitError};
use crate::draft::{Draft, Error};

/// How often a command is decided anew because somebody wrote first.
const ATTEMPTS_MAX: usize = 20;
/// Whoever lost so often waits for their turn: else, of many who change the same thing at once, some lose every time.
const ATTEMPTS_UNORDERED: usize = 2;

impl Engine {
    pub async fn submit(&self, request: &Request, now: Moment) -> Result<Answer, SubmitError> {
        if let Some(answer) = self.answered(request.key.as_ref()).await? {
            return Ok(answer);
        }
        let mut turn = None;
        for attempt in 0..ATTEMPTS_MAX {
            if attempt == ATTEMPTS_UNORDERED {
                turn = Some(self.turns.lock().await);
            }
            let mut draft = Draft::new(self, &request.actor, now).from(request.origin.as_deref());
            if let Some(seen) = &request.seen
                && !draft.still(&seen.stream, &seen.versions).await?
            {
                return self.answered(request.key.as_ref()).await?.ok_or(SubmitError::ChangedMeanwhile);
            }
            let answer = match self.decide(&mut draft, request).await {
                Ok(answer) => answer,
                Err(error) => return self.refused(request, error).await,
            };
            if request.dry_run {
                return Ok(answer);
            }
            draft.receipt = receipt(request.key.as_ref(), &answer)?;
            if draft.is_empty() && draft.receipt.is_none() {
                return Ok(answer);
            }
            match draft.commit(None).await {
                Ok(()) => return Ok(answer),
                Err(AppendError::Answered(receipt)) => return replay(request.key.as_ref(), &receipt),
                Err(AppendError::Conflict { stream } | AppendError::LeaseLost { stream }) => {
                    self.cache.refresh(&stream).await?;
                }
                Err(AppendError::Fault(fault)) => return Err(fault.into()),
            }
        }
        drop(turn);
        Err(Fault::retry("too-busy", "others kept changing the same thing")
            .with_help("send the command again; with the same idempotency key it happens once")
            .into())
    }

    async fn decide(&self, draft: &mut Draft<'_>, request: &Request) -> Result<Answer, Error> {
        let answer = self.draw_up(draft, request).await?;
        draft.settle().await?;
        Ok(answer)
    }

    /// The same command sent twice at once: the second may be refused by what the first did, and is answered like it.
    async fn refused(&self, request: &Request, error: Error) -> Result<Answer, SubmitError> {
        match self.answered(request.key.as_ref()).await? {
            Some(answer) => Ok(answer),
            None => Err(error.into()),
        }
    }

    async fn answered(&self, key: Option<&Key>) -> Result<Option<Answer>, SubmitError> {
        let Some(key) = key else { return Ok(None) };
        match self.store.receipt(&key.text).await? {
            Some(receipt) => replay(Some(key), &receipt).map(Some),
            None => Ok(None),
        }
    }

    async fn draw_up(&self, draft: &mut Draft<'_>, request: &Request) -> Result<Answer, Error> {
        match &request.command {
            Command::Apply(catalog) => self.apply(draft, catalog).await,
            Command::CreateRelease(wish) => self.create_release(draft, wish, &request.actor).await,
            Command::StartRollout(wish) => {
                let ids = self.start(draft, wish, request.by_person).await?;
                Ok(Answer::Rollouts { ids })
            }
            Command::Promote { release, to, supersede } => {
                let environments = self.next_stage(draft, release, to).await?;
                let mut ids = Vec::new();
                for environment in environments {
                    let (release, supersede) = (release.clone(), *supersede);
                    let wish =
                        StartRollout { release, environment, strategy: None, supersede, independent: false };
                    // Promoting is asking the pipeline; only a deployment by name passes the bar of a rollback.
                    ids.extend(self.start(draft, &wish, false).await?);
                }
                Ok(Answer::Rollouts { ids })
            }
            Command::Allow { release, environment } => {
                let environment = environment.clone();
                draft.release(release, ReleaseCommand::Allow { environment }).await?;
                Ok(Answer::Done)
            }
            Command::Rollout { id, act } => self.act(draft, id, act).await,
            Command::Calendar(command) => self.set_calendar(draft, command).await,
            Command::Webhook(command) => {
                let state = draft.state(&StreamId::Webhooks).await?.webhooks();
                let events = webhook::decide(state, command.clone()).map_err(Refusal::from)?;
                draft.push(&StreamId::Webhooks, events.into_iter().map(Event::Webhook).collect()).await?;
                Ok(Answer::Done)
            }
            Command::Retention(command) => {
                let state = draft.state(&StreamId::Retention).await?.retention();
                let events = retention::decide(state, *command).map_err(Refusal::from)?;
                draft.push(&StreamId::Retention, events.into_iter().map(Event::Retention).collect()).await?;
                Ok(Answer::Done)
            }
            Command::Announcements(wish) => self.for_announcements(draft, wish).await,
            Command::SetInbound(wish) => self.set_inbound(draft, wish).await,
            Command::Receive(wish) => self.receive(draft, wish).await,
            Command::SetChange { release, change } => {
                draft.release(release, ReleaseCommand::SetChange { change: *change }).await?;
                Ok(Answer::Done)
            }
            Command::Vote(wish) => self.vote(draft, wish, &request.actor).await,
            Command::Override(wish) => self.let_through(draft, wish, &request.actor).await,
            Command::Review(wish) => self.review(draft, wish, &request.actor).await,
            Command::AddEvidence(wish) => self.add_evidence(draft, wish).await,
            Command::Notes(wish) => self.for_notes(draft, wish).await,
            Command::AnswerGate(wish) => self.answer_gate(draft, wish).await,
            Command::AnswerSmoke(wish) => self.answer_smoke(draft, wish).await,
            Command::SetSecret(wish) => self.set_secret(draft, wish, &request.actor).await,
            Command::RemoveSecret { environment, name } => self.remove_secret(draft, environment, name).await,
            Command::ResealSecrets => self.reseal_secrets(draft).await,
            Command::Waive { release, waiver } => {
                draft.release(release, ReleaseCommand::Waive { waiver: waiver.clone() }).await?;
                Ok(Answer::Done)
            }
            Command::Flags(wish) => self.for_flags(draft, wish, (&request.actor, request.by_person)).await,
            Command::FlagKeys(command) => self.for_flag_keys(draft, command).await,
            Command::Plan(wish) => self.for_plan(draft, wish, (&request.actor, request.by_person)).await,
            Command::PlanBook(wish) => self.for_plan_book(draft, (&wish.0, &wish.1), &request.actor).await,
            Command::Bundles(command) => self.for_bundles(draft, (**command).clone()).await,
            Command::Scope(wish) => self.for_scope(draft, wish, &request.actor).await,
            Command::Incident(wish) => self.for_incident(draft, wish, &request.actor).await,
            Command::Person(wish) => self.for_person(draft, wish).await,
            Command::Group(wish) => self.for_group(draft, wish).await,
            Command::AddProject(name) => {
                let state = draft.state(&StreamId::Projects).await?.projects();
                let events = projects::decide(state, name.clone()).map_err(Refusal::from)?;
                draft.push(&StreamId::Projects, events.into_iter().map(Event::Projects).collect()).await?;
                Ok(Answer::Done)
            }
        }
    }

    async fn apply(&self, draft: &mut Draft<'_>, catalog: &Catalog) -> Result<Answer, Error> {
        let before = draft.state(&StreamId::Catalog).await?.catalog();
        let events =
            catalog::decide(before, CatalogCommand::Apply(catalog.clone())).map_err(Refusal::from)?;
        let Some(CatalogEvent::Applied { changes, .. }) = events.first() else {
            return Ok(Answer::Applied { changes: Vec::new() });
        };
        let changes = changes.clone();
        draft.push(&StreamId::Catalog, events.into_iter().map(Event::Catalog).collect()).await?;
        for environment in &catalog.environments {
            for (component, placement) in &environment.placements {
                let slot = SlotId { environment: environment.name.clone(), component: component.clone() };
                let (replicas, route) = (placement.replicas, placement.route.clone());
                draft.claim(&slot, SlotCommand::Adjust { replicas, route }).await?;
            }
        }
        Ok(Answer::Applied { changes })
    }

    async fn create_release(
        &self,
        draft: &mut Draft<'_>,
        wish: &NewRelease,
        author: &str,
    ) -> Result<Answer, Error> {
        let catalog = draft.state(&StreamId::Catalog).await?.catalog().clone();
        for name in wish.components.keys() {
            catalog.component(name).map_err(Refusal::from)?;
        }
        let create = ReleaseCommand::Create {
            version: wish.version.clone(),
            kind: wish.kind,
            components: wish.components.clone(),
            notes: wish.notes.clone(),
            author: author.to_owned(),
        };
        draft.release(&wish.version, create).await?;
        self.release_bundles(draft, wish).await?;
        // Whoever names none says nothing about them.
        if !wish.commits.is_empty() {
            let commits = ReleaseCommand::ListCommits { commits: wish.commits.clone() };
            draft.release(&wish.version, commits).await?;
        }
        Ok(Answer::Release { version: wish.version.clone() })
    }

    async fn next_stage(
        &self,
        draft: &mut Draft<'_>,
        version: &Version,
        to: &[EnvironmentName],
    ) -> Result<Vec<EnvironmentName>, Error> {
        let catalog = draft.state(&StreamId::Catalog).await?.catalog().clone();
        let release = draft.state(&StreamId::Release(version.clone())).await?.release();
        let unknown = || Refusal::from(ReleaseRefusal::Unknown { version: version.clone() });
        let release = release.ok_or_else(unknown)?;
        let pipeline = catalog.pipeline_for(release.kind);
        let pipeline = pipeline.ok_or(CatalogRefusal::NoPipeline).map_err(Refusal::from)?;
        for environment in to {
            catalog.environment(environment).map_err(Refusal::from)?;
        }
        let environments =
            if to.is_empty() { release.next_stage(pipeline).map_err(Refusal::from)? } else { to.to_vec() };
        for environment in &environments {
            release.may_be_promoted(pipeline, environment).map_err(Refusal::from)?;
        }
        Ok(environments)
    }

    async fn act(&self, draft: &mut Draft<'_>, id: &RolloutId, act: &Act) -> Result<Answer, Error> {
        let stream = StreamId::Rollout(id.clone());
        let rollout = draft.state(&stream).await?.rollout();
        let rollout = rollout.ok_or_else(|| Refusal::from(RolloutRefusal::Unknown { id: id.clone() }))?;
        let succeeded = rollout.phase == Phase::Done(Outcome::Succeeded);
        let command = match act {
            Act::RollBack { over_seconds, .. } if succeeded => {
                let ids = vec![self.start_back(draft, id, *over_seconds).await?];
                return Ok(Answer::Rollouts { ids });
            }
            Act::RollBack { reason, over_seconds } => {
                RolloutCommand::RollBack { reason: reason.clone(), over_seconds: *over_seconds }
            }
            Act::Hold { reason } => RolloutCommand::Hold { reason: reason.clone() },
            Act::Resume => RolloutCommand::Resume,
            Act::Promote => RolloutCommand::Promote,
            Act::Abort { reason } => RolloutCommand::Abort { reason: reason.clone() },
        };
        draft.rollout(id, command).await?;
        Ok(Answer::Rollouts { ids: vec![id.clone()] })
    }
}

fn receipt(key: Option<&Key>, answer: &Answer) -> Result<Option<Receipt>, SubmitError> {
    let Some(key) = key else { return Ok(None) };
    let answer = serde_json::to_string(answer)
        .map_err(|why| Fault::hold("answer-unwritable", "an answer could not be written").caused_by(why))?;
    Ok(Some(Receipt { key: key.text.clone(), command_digest: key.digest.clone(), answer }))
}

/// The same command gets the answer it got before; another one is told so.
fn replay(key: Option<&Key>, receipt: &Receipt) -> Result<Answer, SubmitError> {
    if key.is_none_or(|key| key.digest != receipt.command_digest) {
        return Err(SubmitError::KeyReused);
    }
    serde_json::from_str(&receipt.answer).map_err(|why| {
        SubmitError::Fault(Fault::hold("answer-unreadable", "a kept answer cannot be read").caused_by(why))
    })
}

impl From<Error> for SubmitError {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(refusal) => Self::Refused(refusal),
            Error::Fault(fault) => Self::Fault(fault),
        }
    }
}
