//! What people say about releases and times: votes, overrides, evidence, waivers, freezes.
//!
//! Invariant: a word at a gate is bound to the digest of what the person could see when they gave it; whoever may not say
//! it is told so at once. Deliberately not here: what the gates make of it (`gates`).

use tidegate_calendar::Status;
use tidegate_domain::calendar::{self, CalendarCommand};
use tidegate_domain::gate::{
    FREEZE, GateRefusal, GateRule, GateSpec, GateStatus, Override, SignRule, Vote, WINDOW,
};
use tidegate_domain::id::StreamId;
use tidegate_domain::name::{EnvironmentName, GateName, PersonName, Version};
use tidegate_domain::refusal::Refusal;
use tidegate_domain::release::ReleaseCommand;
use tidegate_domain::rights::{Grant, roles};
use tidegate_ports::Note;

use crate::Engine;
use crate::codec::Event;
use crate::command::{Answer, NewEvidence, NewOverride, NewVote};
use crate::draft::{Draft, Error};
use crate::gates::calendar_status;
use crate::reports;

/// An override that names no end holds a working day: long enough to ship, too short to be forgotten.
const OVERRIDE_SECONDS: u64 = 8 * 3_600;
pub const OVERRIDE_SECONDS_MAX: u64 = 30 * 24 * 3_600;

impl Engine {
    pub(crate) async fn set_calendar(
        &self,
        draft: &mut Draft<'_>,
        command: &CalendarCommand,
    ) -> Result<Answer, Error> {
        let catalog = draft.state(&StreamId::Catalog).await?.catalog();
        for reach in command.reaches() {
            catalog.check_reach(reach).map_err(Refusal::from)?;
        }
        let state = draft.state(&StreamId::Calendar).await?.calendar();
        let events = calendar::decide(state, command.clone()).map_err(Refusal::from)?;
        draft.push(&StreamId::Calendar, events.into_iter().map(Event::Calendar).collect()).await?;
        Ok(Answer::Done)
    }

    pub(crate) async fn vote(
        &self,
        draft: &mut Draft<'_>,
        wish: &NewVote,
        person: &str,
    ) -> Result<Answer, Error> {
        let NewVote { release, environment, gate, choice, reason, at_most } = wish;
        let view = self.gates_view(draft, release, environment).await?;
        let specs = self.stage_gates(draft, (release, environment)).await?;
        let (gate, rule) = to_sign(&specs, environment, gate.as_ref()).map_err(Refusal::from)?;
        let person = known(person)?;
        let release_state = draft.state(&StreamId::Release(release.clone())).await?.release();
        let author = release_state.is_some_and(|state| state.author == person.as_str());
        if author && !rule.author_counts {
            return Err(Refusal::from(GateRefusal::Author { person, gate }).into());
        }
        self.may_sign(rule, (&gate, &person), (environment, at_most.as_deref())).await?;
        let at_ms = draft.at().wall_ms;
        let (choice, reason) = (*choice, reason.trim().to_owned());
        let vote = Vote { gate, person, choice, reason, digest: view.digest, at_ms };
        let environment = environment.clone();
        draft.release(release, ReleaseCommand::Vote { environment, vote }).await?;
        Ok(Answer::Done)
    }

    /// Told at once, rather than by a word that never counts.
    async fn may_sign(
        &self,
        rule: &SignRule,
        (gate, person): (&GateName, &PersonName),
        (environment, at_most): (&EnvironmentName, Option<&[Grant]>),
    ) -> Result<(), Error> {
        let directory = self.directory().await?;
        if directory.is_empty() {
            return Ok(());
        }
        let mut voter =
            directory.voters(std::iter::once(person), (&self.project, environment)).remove(person);
        if let (Some(voter), Some(grants)) = (&mut voter, at_most) {
            // Through a token, nobody is more than the token says, and a group's word is not in it.
            let scope = roles(grants, self.project.as_str(), Some(environment));
            voter.roles.retain(|role| scope.iter().any(|most| most.includes(*role)));
            voter.groups.clear();
        }
        if voter.is_some_and(|voter| rule.may_sign(&voter)) {
            return Ok(());
        }
        let (person, gate) = (person.clone(), gate.clone());
        let from = rule.from.iter().map(ToString::to_string).collect();
        Err(Refusal::from(GateRefusal::MayNotSign { person, gate, from }).into())
    }

    pub(crate) async fn let_through(
        &self,
        draft: &mut Draft<'_>,
        wish: &NewOverride,
        person: &str,
    ) -> Result<Answer, Error> {
        let NewOverride { release, environment, name, reason, seconds } = wish;
        if reason.trim().is_empty() {
            return Err(Refusal::from(GateRefusal::NoReason).into());
        }
        let view = self.gates_view(draft, release, environment).await?;
        let holds = self.holds(draft, release, environment).await?;
        let Some(holds) = holds.filter(|_| view.gates.iter().any(closes)) else {
            let (version, environment) = (release.clone(), environment.clone());
            return Err(Refusal::from(GateRefusal::NothingToOverride { version, environment }).into());
        };
        if let Some(name) = name.as_ref().filter(|name| **name != holds) {
            return Err(Refusal::from(GateRefusal::OtherHolds { name: name.clone(), holds }).into());
        }
        let at_ms = draft.at().wall_ms;
        let seconds = seconds.unwrap_or(OVERRIDE_SECONDS).min(OVERRIDE_SECONDS_MAX);
        let pass = Override {
            name: holds,
            by: known(person)?,
            reason: reason.trim().to_owned(),
            digest: view.digest,
            at_ms,
            until_ms: at_ms.saturating_add(seconds.saturating_mul(1000)),
        };
        let environment = environment.clone();
        draft.release(release, ReleaseCommand::Override { environment, pass }).await?;
        Ok(Answer::Done)
    }

    pub(crate) async fn add_evidence(
        &self,
        draft: &mut Draft<'_>,
        wish: &NewEvidence,
    ) -> Result<Answer, Error> {
        let (evidence, kept) = reports::record(&wish.report, &wish.id, draft.at().wall_ms)?;
        draft.release(&wish.release, ReleaseCommand::AddEvidence { evidence }).await?;
        let stream = StreamId::Release(wish.release.clone());
        draft.notes.push(Note { stream, name: reports::note(&wish.id), body: Some(kept) });
        Ok(Answer::Done)
    }

    async fn stage_gates(
        &self,
        draft: &mut Draft<'_>,
        (release, environment): (&Version, &EnvironmentName),
    ) -> Result<Vec<GateSpec>, Error> {
        let release = draft.state(&StreamId::Release(release.clone())).await?.release();
        let kind = release.map(|release| release.kind).unwrap_or_default();
        let catalog = draft.state(&StreamId::Catalog).await?.catalog();
        let stage = catalog.pipeline_for(kind).and_then(|pipeline| pipeline.stage(environment));
        Ok(stage.map_or_else(Vec::new, |(_, stage)| stage.gates.clone()))
    }

    /// The freeze that holds, or `window` outside of every window.
    async fn holds(
        &self,
        draft: &mut Draft<'_>,
        release: &Version,
        environment: &EnvironmentName,
    ) -> Result<Option<String>, Error> {
        let loaded = self.cache.load(&StreamId::Release(release.clone())).await?;
        let Some(release) = loaded.state.release() else { return Ok(None) };
        Ok(match calendar_status(draft, release, environment).await? {
            Status::Open { .. } => None,
            Status::Frozen { name, .. } => Some(name),
            Status::Outside { .. } => Some(WINDOW.to_owned()),
        })
    }
}

fn closes(gate: &GateStatus) -> bool {
    !gate.open && (gate.kind == FREEZE || gate.kind == WINDOW)
}

/// The gate that is meant, where people sign it.
fn to_sign<'a>(
    specs: &'a [GateSpec],
    environment: &EnvironmentName,
    gate: Option<&GateName>,
) -> Result<(GateName, &'a SignRule), GateRefusal> {
    let signed =
        |spec: &'a GateSpec| if let GateRule::Sign(rule) = &spec.rule { Some((spec, rule)) } else { None };
    let environment = environment.clone();
    let Some(gate) = gate else {
        let all: Vec<_> = specs.iter().filter_map(signed).collect();
        return match all.as_slice() {
            [] => Err(GateRefusal::NoneToSign { environment }),
            [(spec, rule)] => Ok((spec.name.clone(), rule)),
            _ => Err(GateRefusal::Which {
                environment,
                gates: all.iter().map(|(spec, _)| spec.name.clone()).collect(),
            }),
        };
    };
    let Some(spec) = specs.iter().find(|spec| spec.name == *gate) else {
        let known = specs.iter().map(|spec| spec.name.clone()).collect();
        return Err(GateRefusal::Unknown { environment, gate: gate.clone(), known });
    };
    let not_signed = || GateRefusal::NotSigned { gate: gate.clone(), kind: spec.rule.kind() };
    signed(spec).map(|(spec, rule)| (spec.name.clone(), rule)).ok_or_else(not_signed)
}

/// Names stand in the log in lower case: one person is one name.
pub(crate) fn known(person: &str) -> Result<PersonName, Error> {
    PersonName::new(person.to_lowercase())
        .map_err(|bad| Refusal::from(GateRefusal::Nameless { given: bad.given }).into())
}
