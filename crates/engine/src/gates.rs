//! What the gates say of a release that would enter an environment, or goes on in it.
//!
//! Invariant: the same question gets the same answer from a person's request, from automation, and before each step of a
//! rollout; what cannot be found out closes. Deliberately not here: deciding (`domain::gate`), and asking other systems.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tidegate_calendar::{Status, Subject};
use tidegate_domain::catalog::Catalog;
use tidegate_domain::environment::EnvironmentSpec;
use tidegate_domain::gate::{
    Dependency, Dues, EXPRESSION_VARIABLES, Facts, Finding, GateRule, GateSpec, GateStatus, Vote, Voter,
    evaluate,
};
use tidegate_domain::id::{SlotId, StreamId};
use tidegate_domain::moment::Moment;
use tidegate_domain::name::{
    ComponentName, EnvironmentName, GateName, PersonName, SecretName, TenantName, Version,
};
use tidegate_domain::pipeline::StageSpec;
use tidegate_domain::refusal::Refusal;
use tidegate_domain::release::{Release, ReleaseRefusal, Standing};
use tidegate_domain::rights::Role;
use tidegate_domain::secret::Secrets;
use tidegate_evidence::{Digest, Report, Requirement, decide};
use tidegate_expression::Expression;
use tidegate_ports::Fault;

use crate::Engine;
use crate::command::SubmitError;
use crate::draft::{Draft, Error};
use crate::secrets::secrets;

/// Every gate between a release and an environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GatesView {
    pub release: String,
    pub environment: String,
    /// Whether all of them are open.
    pub open: bool,
    /// Of what would go out; approvals are bound to it.
    pub digest: String,
    pub gates: Vec<GateStatus>,
}

/// Who or what would go where.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub release: &'a Release,
    pub environment: &'a EnvironmentName,
    pub gates: &'a [GateSpec],
    pub digest: &'a str,
    /// Whether it would enter; else it is there already and would go on.
    pub enters: bool,
}

impl Asked<'_> {
    /// Before a release enters, nobody asks for what comes before a later ring.
    pub fn now(&self) -> Vec<GateSpec> {
        let wanted = |gate: &&GateSpec| !self.enters || gate.is_asked_before(None);
        self.gates.iter().filter(wanted).cloned().collect()
    }
}

/// What stands before an environment for one release.
pub(crate) struct StageGates {
    pub release: Release,
    pub gates: Vec<GateSpec>,
    pub digest: String,
}

impl Engine {
    pub async fn gates(
        &self,
        version: &Version,
        environment: &EnvironmentName,
        now: Moment,
    ) -> Result<GatesView, SubmitError> {
        let mut draft = Draft::new(self, "", now);
        Ok(self.gates_view(&mut draft, version, environment).await?)
    }

    pub(crate) async fn gates_view(
        &self,
        draft: &mut Draft<'_>,
        version: &Version,
        environment: &EnvironmentName,
    ) -> Result<GatesView, Error> {
        let StageGates { release, gates, digest } = self.stage_gates_of(draft, version, environment).await?;
        let asked = Asked { release: &release, environment, gates: &gates, digest: &digest, enters: true };
        let gates = self.gate_statuses(draft, asked).await?;
        Ok(GatesView {
            release: version.to_string(),
            environment: environment.to_string(),
            open: gates.iter().all(|gate| gate.open),
            digest,
            gates,
        })
    }

    /// As a rollout that starts now would be asked for them.
    pub(crate) async fn stage_gates_of(
        &self,
        draft: &mut Draft<'_>,
        version: &Version,
        environment: &EnvironmentName,
    ) -> Result<StageGates, Error> {
        let release = draft.state(&StreamId::Release(version.clone())).await?.release().cloned();
        let release =
            release.ok_or_else(|| Refusal::from(ReleaseRefusal::Unknown { version: version.clone() }))?;
        let catalog = draft.state(&StreamId::Catalog).await?.catalog().clone();
        catalog.environment(environment).map_err(Refusal::from)?;
        let pipeline = catalog.pipeline_for(release.kind);
        let stage = pipeline.and_then(|pipeline| pipeline.stage(environment)).map(|(_, stage)| stage);
        let secrets = secrets(draft).await?;
        let revisions = revisions(&catalog, &secrets, environment);
        let digest = digest((&release, environment), stage, &revisions);
        let gates = stage.map_or_else(Vec::new, |stage| stage.gates.clone());
        Ok(StageGates { release, gates, digest })
    }

    pub(crate) async fn gate_statuses(
        &self,
        draft: &mut Draft<'_>,
        asked: Asked<'_>,
    ) -> Result<Vec<GateStatus>, Error> {
        let Asked { release, environment, digest, enters, .. } = asked;
        let gates = &asked.now();
        let now_ms = draft.at().wall_ms;
        let calendar = calendar_status(draft, release, environment).await?;
        if gates.is_empty() && calendar.is_open() {
            return Ok(Vec::new());
        }
        let votes = release.votes.get(environment).map_or(&[][..], Vec::as_slice);
        let voters = self.voters(votes, environment).await?;
        let verified_before_ms = self.verified_before(draft, release, environment).await?;
        let dues = self.dues(draft, gates).await?;
        let mut findings = self.findings(release, environment, gates, now_ms).await?;
        findings.extend(self.plan_findings(draft, release, gates).await?);
        let inquiries = self.inquiries(release, environment, gates).await?;
        let catalog = draft.state(&StreamId::Catalog).await?.catalog().clone();
        let overdue =
            if enters { self.overdue(&catalog, (release, environment), now_ms).await? } else { None };
        Ok(evaluate(
            gates,
            &Facts {
                now_ms,
                release: &release.version,
                environment,
                author: &release.author,
                change: release.change,
                digest,
                votes,
                voters: &voters,
                overrides: release.overrides.get(environment).map_or(&[][..], Vec::as_slice),
                calendar: &calendar,
                verified_before_ms,
                dues: &dues,
                findings: &findings,
                inquiries: &inquiries,
                overdue: overdue.as_ref(),
            },
        ))
    }

    /// Who of those that said something may say it now. Before there are people, names are taken at their word.
    async fn voters(
        &self,
        votes: &[Vote],
        environment: &EnvironmentName,
    ) -> Result<BTreeMap<PersonName, Voter>, Fault> {
        let names = votes.iter().map(|vote| &vote.person);
        if votes.is_empty() {
            return Ok(BTreeMap::new());
        }
        let directory = self.directory().await?;
        Ok(if directory.is_empty() {
            at_their_word(names)
        } else {
            directory.voters(names, (&self.project, environment))
        })
    }

    /// When the rollout that verified it in the stage before came to its end.
    async fn verified_before(
        &self,
        draft: &mut Draft<'_>,
        release: &Release,
        environment: &EnvironmentName,
    ) -> Result<Option<u64>, Error> {
        let catalog = draft.state(&StreamId::Catalog).await?.catalog().clone();
        let Some(pipeline) = catalog.pipeline_for(release.kind) else { return Ok(None) };
        let before =
            pipeline.stage(environment).and_then(|(index, _)| pipeline.stages.get(index.checked_sub(1)?));
        let Some(before) = before.filter(|before| release.verified_in_stage(before)) else { return Ok(None) };
        let mut ends = Vec::new();
        for place in before.environments() {
            if let Some(Standing::Verified { rollout }) = release.standings.get(place) {
                ends.push(self.cache.load(&StreamId::Rollout(rollout.clone())).await?.ended.wall_ms);
            }
        }
        // Since the last of those that were needed.
        ends.sort_unstable();
        Ok(ends.get(before.needed() - 1).copied())
    }

    /// What of the things that gates depend on is there.
    async fn dues(&self, draft: &mut Draft<'_>, gates: &[GateSpec]) -> Result<Dues, Error> {
        let mut dues = Dues::default();
        for gate in gates {
            match &gate.rule {
                GateRule::Dependency(Dependency::Release { release, environment }) => {
                    let other = draft.state(&StreamId::Release(release.clone())).await?.release();
                    if other.is_some_and(|other| other.verified_in(environment)) {
                        dues.verified.push((release.clone(), environment.clone()));
                    }
                }
                GateRule::Dependency(Dependency::Component { component, environment, .. }) => {
                    let id = SlotId { environment: environment.clone(), component: component.clone() };
                    let stable = draft.slot(&id).await?.stable.map(|placed| placed.version().clone());
                    dues.serving
                        .extend(stable.map(|version| (component.clone(), version, environment.clone())));
                }
                GateRule::Sign(_)
                | GateRule::Evidence(_)
                | GateRule::Soak { .. }
                | GateRule::Expression { .. }
                | GateRule::Webhook(_)
                | GateRule::Plan(_) => {}
            }
        }
        Ok(dues)
    }

    async fn findings(
        &self,
        release: &Release,
        environment: &EnvironmentName,
        gates: &[GateSpec],
        now_ms: u64,
    ) -> Result<BTreeMap<GateName, Finding>, Fault> {
        let mut findings = BTreeMap::new();
        let mut reports = None;
        for gate in gates {
            let finding = match &gate.rule {
                GateRule::Evidence(requirement) => {
                    if reports.is_none() {
                        reports = Some(self.reports.of(&*self.store, release).await?);
                    }
                    let reports = reports.as_deref().unwrap_or_default();
                    Some(by_evidence(release, requirement, reports, now_ms))
                }
                GateRule::Expression { source } => Some(by_expression(release, environment, source)),
                GateRule::Sign(_)
                | GateRule::Soak { .. }
                | GateRule::Dependency(_)
                | GateRule::Webhook(_)
                | GateRule::Plan(_) => None,
            };
            findings.extend(finding.map(|finding| (gate.name.clone(), finding)));
        }
        Ok(findings)
    }
}

/// What the calendar says of this release there, now.
pub(crate) async fn calendar_status(
    draft: &mut Draft<'_>,
    release: &Release,
    environment: &EnvironmentName,
) -> Result<Status, Fault> {
    let components: Vec<&str> = release.components.keys().map(ComponentName::as_str).collect();
    let catalog = Arc::clone(draft.state(&StreamId::Catalog).await?.catalog());
    let tenants = catalog.environment(environment).map(|spec| &spec.tenants).ok();
    let tenants: Vec<&str> = tenants.into_iter().flatten().map(TenantName::as_str).collect();
    let subject = Subject { environment: environment.as_str(), components: &components, tenants: &tenants };
    let now_ms = draft.at().wall_ms;
    Ok(draft.state(&StreamId::Calendar).await?.calendar().schedule.status(&subject, now_ms))
}

pub(crate) fn hex_digest(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0');
    Sha256::digest(bytes).iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// SHA-256 over what would go out: the artifacts, where to, the stage with its strategy and gates, and the revisions of
/// the secrets that it would run with. Without secrets it is what it was before there were any.
pub(crate) fn digest(
    (release, environment): (&Release, &EnvironmentName),
    stage: Option<&StageSpec>,
    secrets: &BTreeMap<SecretName, u64>,
) -> String {
    let artifacts: Vec<_> = release.components.iter().collect();
    let mut seen = serde_json::to_vec(&(&release.version, artifacts, environment, stage)).unwrap_or_default();
    if !secrets.is_empty() {
        seen.extend(serde_json::to_vec(secrets).unwrap_or_default());
    }
    hex_digest(&seen)
}

/// Of everything that the environment asks for; one without a value is at 0.
pub(crate) fn revisions(
    catalog: &Catalog,
    secrets: &Secrets,
    environment: &EnvironmentName,
) -> BTreeMap<SecretName, u64> {
    let wanted = catalog.environment(environment).map(EnvironmentSpec::all_secrets).unwrap_or_default();
    let revision = |name: &SecretName| secrets.record(environment, name).map_or(0, |record| record.revision);
    wanted.into_iter().map(|name| (name.clone(), revision(&name))).collect()
}

/// Whoever speaks is known and has every role.
pub(crate) fn at_their_word<'a>(people: impl Iterator<Item = &'a PersonName>) -> BTreeMap<PersonName, Voter> {
    let roles: BTreeSet<Role> = Role::ALL.into_iter().collect();
    let known =
        |name: &PersonName| Voter { name: name.clone(), roles: roles.clone(), groups: BTreeSet::new() };
    people.map(|name| (name.clone(), known(name))).collect()
}

fn by_evidence(
    release: &Release,
    requirement: &Requirement,
    reports: &[Arc<Report>],
    now_ms: u64,
) -> Finding {
    let digests =
        release.components.values().filter_map(|artifact| artifact.digest.as_deref()?.parse::<Digest>().ok());
    let artifacts: BTreeSet<Digest> = digests.collect();
    let decision = decide(requirement, reports, &artifacts, &release.waivers, now_ms);
    let reasons: Vec<_> = decision.reasons.iter().map(ToString::to_string).collect();
    let command = format!("tidegate evidence add FILE --for {}", release.version);
    if decision.open {
        let waived = decision.waived.len();
        let also = if waived == 0 { String::new() } else { format!(", {waived} waived") };
        return Finding {
            open: true,
            why: format!("its evidence holds{also}"),
            since_ms: None,
            command,
            who: String::new(),
        };
    }
    Finding { open: false, why: reasons.join("; "), since_ms: None, command, who: String::new() }
}

fn by_expression(release: &Release, environment: &EnvironmentName, source: &str) -> Finding {
    let facts = serde_json::json!({
        "release": {
            "version": release.version,
            "kind": release.kind,
            "change": release.change,
            "author": release.author,
            "notes": release.notes,
            "components": release.components.keys().collect::<Vec<_>>(),
        },
        "environment": { "name": environment },
        "rollout": { "replaces": release.standings.contains_key(environment) },
    });
    let answer = Expression::compile(source, EXPRESSION_VARIABLES)
        .map_err(|bad| bad.to_string())
        .and_then(|expression| expression.answer(&facts).map_err(|why| why.to_string()));
    let command = format!("tidegate gate why {} --to {environment}", release.version);
    match answer {
        Ok(true) => Finding {
            open: true,
            why: format!("`{source}` holds"),
            since_ms: None,
            command,
            who: String::new(),
        },
        Ok(false) => Finding {
            open: false,
            why: format!("`{source}` does not hold"),
            since_ms: None,
            command,
            who: String::new(),
        },
        Err(why) => Finding {
            open: false,
            why: format!("`{source}` has no answer: {why}"),
            since_ms: None,
            command,
            who: String::new(),
        },
    }
}
