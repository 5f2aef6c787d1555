//! Why a release stands where it stands: the facts, gathered for every environment.
//!
//! Invariant: nothing is written, and gates are asked as a start would ask them. Deliberately not here: what the facts mean
//! (`domain::why`).

use std::sync::Arc;

use tidegate_domain::catalog::Catalog;
use tidegate_domain::environment::EnvironmentSpec;
use tidegate_domain::gate::GateStatus;
use tidegate_domain::id::{RolloutId, SlotId, StreamId};
use tidegate_domain::moment::Moment;
use tidegate_domain::name::{EnvironmentName, SecretName, Version};
use tidegate_domain::refusal::Refusal;
use tidegate_domain::release::{Release, ReleaseRefusal, Standing};
use tidegate_domain::rollout::{Phase, Rollout};
use tidegate_domain::why::{UnderWay, Why, WhyFacts, why};
use tidegate_ports::{Fault, RowQuery};

use crate::Engine;
use crate::command::SubmitError;
use crate::draft::{Draft, Error};
use crate::gates::{Asked, digest, revisions};
use crate::secrets::secrets;
use crate::views::next;

/// Asked without a version, the newest are looked at: so many, and fewer where there are many environments, but never so
/// few that what is on its way is left out.
const RELEASES_MAX: usize = 50;
const RELEASES_MIN: usize = 10;
/// Of all answers together.
const ANSWERS_MAX: usize = 2_500;

/// One answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WhyView {
    pub release: Version,
    pub environment: EnvironmentName,
    pub why: Why,
}

impl Engine {
    /// For this release, or the newest; for this environment, or all.
    pub async fn why(
        &self,
        version: Option<&Version>,
        to: Option<&EnvironmentName>,
        now: Moment,
    ) -> Result<Vec<WhyView>, SubmitError> {
        let mut draft = Draft::new(self, "", now);
        let catalog = Arc::clone(draft.state(&StreamId::Catalog).await?.catalog());
        let places: Vec<&EnvironmentSpec> = match to {
            Some(environment) => vec![catalog.environment(environment).map_err(Refusal::from)?],
            None => catalog.environments.iter().collect(),
        };
        let mut answers = Vec::new();
        for version in self.asked_for(version, places.len()).await? {
            let release = draft.state(&StreamId::Release(version.clone())).await?.release().cloned();
            let unknown = || Refusal::from(ReleaseRefusal::Unknown { version: version.clone() });
            let release = release.ok_or_else(unknown)?;
            for place in &places {
                let why = self.why_one(&mut draft, &release, (&catalog, place)).await?;
                let (release, environment) = (version.clone(), place.name.clone());
                answers.push(WhyView { release, environment, why });
            }
        }
        Ok(answers)
    }

    async fn asked_for(&self, version: Option<&Version>, places: usize) -> Result<Vec<Version>, Fault> {
        if let Some(version) = version {
            return Ok(vec![version.clone()]);
        }
        let releases = (ANSWERS_MAX / places.max(1)).clamp(RELEASES_MIN, RELEASES_MAX);
        let limit = u32::try_from(releases).unwrap_or(u32::MAX);
        let query = RowQuery { kind: "release".to_owned(), limit, ..RowQuery::default() };
        let rows = self.store.rows(query).await?;
        Ok(rows.into_iter().filter_map(|(_, row)| Version::new(row.id).ok()).collect())
    }

    async fn why_one(
        &self,
        draft: &mut Draft<'_>,
        release: &Release,
        (catalog, place): (&Catalog, &EnvironmentSpec),
    ) -> Result<Why, Error> {
        let environment = &place.name;
        let under_way = self.under_way(draft, release.standings.get(environment)).await?;
        let (live, busy) = self.standing_there(draft, release, place).await?;
        let gates = match under_way {
            Some(_) => Vec::new(),
            None => self.gates_before(draft, release, (catalog, environment)).await?,
        };
        let secrets_missing = missing(draft, release, place).await?;
        let pipeline = catalog.pipeline_for(release.kind);
        Ok(why(&WhyFacts {
            now_ms: draft.at().wall_ms,
            release,
            pipeline,
            environment,
            under_way,
            live,
            gates: &gates,
            secrets_missing,
            busy,
        }))
    }

    async fn under_way(
        &self,
        draft: &mut Draft<'_>,
        standing: Option<&Standing>,
    ) -> Result<Option<UnderWay>, Fault> {
        let Some(Standing::Underway { rollout }) = standing else { return Ok(None) };
        let now = draft.at();
        let state = draft.state(&StreamId::Rollout(rollout.clone())).await?.rollout();
        Ok(state.filter(|state| !state.is_done()).map(|state| looked_at(state, now)))
    }

    /// Whether all that it has there is what stands, and who else is changing any of it.
    async fn standing_there(
        &self,
        draft: &mut Draft<'_>,
        release: &Release,
        place: &EnvironmentSpec,
    ) -> Result<(bool, Option<(SlotId, RolloutId)>), Fault> {
        let (mut live, mut busy) = (true, None);
        for (component, artifact) in &release.components {
            if !place.placements.contains_key(component) {
                continue;
            }
            let id = SlotId { environment: place.name.clone(), component: component.clone() };
            let slot = draft.slot(&id).await?;
            live &= slot.stable.as_ref().is_some_and(|stable| *stable.version() == artifact.version);
            busy = busy.or(slot.rollout.map(|rollout| (id, rollout)));
        }
        Ok((live, busy))
    }

    async fn gates_before(
        &self,
        draft: &mut Draft<'_>,
        release: &Release,
        (catalog, environment): (&Catalog, &EnvironmentName),
    ) -> Result<Vec<GateStatus>, Error> {
        let stage = catalog.pipeline_for(release.kind).and_then(|pipeline| pipeline.stage(environment));
        let Some((_, stage)) = stage else { return Ok(Vec::new()) };
        let secrets = secrets(draft).await?;
        let digest = digest((release, environment), Some(stage), &revisions(catalog, &secrets, environment));
        let asked = Asked { release, environment, gates: &stage.gates, digest: &digest, enters: true };
        self.gate_statuses(draft, asked).await
    }
}

async fn missing(
    draft: &mut Draft<'_>,
    release: &Release,
    place: &EnvironmentSpec,
) -> Result<Vec<SecretName>, Fault> {
    let secrets = secrets(draft).await?;
    let placed = release.components.keys().filter(|name| place.placements.contains_key(*name));
    let wanted = placed.flat_map(|name| place.secrets_of(name));
    let mut missing: Vec<_> = wanted.filter(|name| secrets.record(&place.name, name).is_none()).collect();
    missing.sort();
    missing.dedup();
    Ok(missing)
}

fn looked_at(rollout: &Rollout, now: Moment) -> UnderWay {
    let (plan, leg) = rollout.leg();
    let waits_for = next(rollout, now).map_or_else(String::new, |next| match next.in_ms {
        0 => next.what,
        ms => format!("{} in {} s", next.what, ms.div_ceil(1000)),
    });
    let person =
        || rollout.phase == Phase::Advancing && rollout.closed.is_empty() && rollout.waits_for_person();
    let by_plan = || ("its plan".to_owned(), "somebody has to let it go on".to_owned());
    let hold = rollout.hold.as_ref().map(|hold| (hold.by.clone(), hold.reason.clone()));
    UnderWay {
        rollout: rollout.id.clone(),
        step: format!("{} of {} ({})", leg.step + 1, plan.steps.len(), plan.steps[leg.step].name),
        waits_for,
        held: hold.or_else(|| person().then(by_plan)),
        returning: matches!(rollout.phase, Phase::Returning { .. }),
        closed: rollout.closed.clone(),
    }
}
