//! From a wish ("2.1.0 to production") to a frozen plan.
//!
//! Invariant: everything the rollout needs of configuration, release and slots is copied into the plan. Deliberately not
//! here: claiming the slots and starting it.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use tidegate_analysis::ladder::RUNGS_MAX;
use tidegate_analysis::{Ladder, Parameters, Schedule};

use crate::catalog::{Catalog, CatalogRefusal};
use crate::component::{Artifact, ComponentSpec};
use crate::database::DatabaseSteps;
use crate::environment::EnvironmentSpec;
use crate::gate::GateSpec;
use crate::id::RolloutId;
use crate::name::{ComponentName, EnvironmentName, FlagKey};
use crate::pipeline::StageSpec;
use crate::placed::Placed;
use crate::refusal::Refusal;
use crate::release::{Release, ReleaseKind};
use crate::rollout::{FlagPlan, LegPlan, Plan, RETURN_SECONDS_MAX, RolloutKind, RolloutRefusal};
use crate::secret::Secrets;
use crate::slot::Slot;
use crate::smoke::SmokeTest;
use crate::strategy::{BlueGreen, Canary, Climb, Flagged, Setting, Strategy, steps};
use crate::weight::Weight;

/// Into how many even steps a way back over a time is cut; the first goes at once.
const STEPS_BACK: u64 = 10;

/// What stands, as far as a plan looks at it.
pub struct Ground<'a> {
    pub catalog: &'a Catalog,
    /// The slots of the environment; a missing one is empty.
    pub slots: &'a BTreeMap<ComponentName, Slot>,
    pub secrets: &'a Secrets,
    /// Feature flags that belong to the release and stand in the environment.
    pub flags: &'a [FlagKey],
}

/// Plans a release for an environment, by the strategy of its stage or one given for this time.
pub fn plan(
    ground: &Ground<'_>,
    release: &Release,
    environment: &EnvironmentName,
    strategy: Option<&Strategy>,
) -> Result<Plan, Refusal> {
    let plan = outline(ground, release, environment, strategy)?;
    let candidates = plan.legs.iter().map(|leg| &leg.candidate.component);
    let names: Vec<ComponentName> =
        candidates.filter(|spec| spec.run.is_empty()).map(|spec| spec.name.clone()).collect();
    if names.is_empty() { Ok(plan) } else { Err(CatalogRefusal::NothingToRun { names }.into()) }
}

/// The same way with components that have nothing to run yet: to be looked at, never to be walked.
pub fn outline(
    ground: &Ground<'_>,
    release: &Release,
    environment: &EnvironmentName,
    strategy: Option<&Strategy>,
) -> Result<Plan, Refusal> {
    let place = ground.catalog.environment(environment)?;
    let stage = stage(ground.catalog, release.kind, environment)?;
    let strategy = strategy.unwrap_or(&stage.strategy);
    strategy.validate().map_err(|why| RolloutRefusal::BadStrategy { why: why.to_string() })?;
    let names: Vec<ComponentName> = release.components.keys().cloned().collect();
    for name in &names {
        ground.catalog.component(name)?;
    }
    let placed: Vec<ComponentName> =
        names.into_iter().filter(|name| place.placements.contains_key(name)).collect();
    if placed.is_empty() {
        let (version, environment) = (release.version.clone(), environment.clone());
        return Err(RolloutRefusal::NothingPlaced { version, environment }.into());
    }
    let ladder = ladder(stage);
    let (mut legs, mut changed) = (Vec::new(), None);
    for name in ground.catalog.in_dependency_order(&placed) {
        let candidate = candidate(ground, place, &name, &release.components[&name])?;
        let stable = ground.slots.get(&name).and_then(|slot| slot.stable.clone());
        match stable {
            Some(stable) if stable.version() == candidate.version() => {
                changed = changed.or_else(|| changed_form(&stable, &candidate));
            }
            stable => {
                may_stand(ground.slots.get(&name), &candidate, environment)?;
                let (smoke, database) = asked_of(ground.catalog, environment, &name)?;
                legs.push(LegPlan { smoke, database, ..leg(candidate, stable, (strategy, &ladder)) });
            }
        }
    }
    if let Some(refusal) = changed.filter(|_| legs.is_empty()) {
        return Err(refusal.into());
    }
    if legs.is_empty() {
        let (version, environment) = (release.version.clone(), environment.clone());
        return Err(RolloutRefusal::NothingToDo { version, environment }.into());
    }
    if let (Strategy::Flag(knobs), Some(last)) = (strategy, legs.last_mut()) {
        last.steps.extend(knobs.exposures(last.candidate.replicas));
    }
    for leg in legs.iter_mut().filter(|leg| leg.database.contract.is_some()) {
        // What the version before needs is taken away: none of it is kept for an instant return.
        leg.steps.last_mut().into_iter().for_each(|last| last.stable = 0);
    }
    let gates = stage.gates.iter().map(|gate| asked_on_the_way(gate, &legs)).collect();
    Ok(Plan {
        release: release.version.clone(),
        environment: environment.clone(),
        kind: match release.kind {
            ReleaseKind::Planned => RolloutKind::Release,
            ReleaseKind::Hotfix => RolloutKind::Hotfix,
        },
        strategy: strategy.name().to_owned(),
        legs,
        analysis: stage.analysis_for(strategy).map(|parameters| matched(parameters, strategy, &ladder)),
        scrape_interval_ms: stage.scrape_interval_ms,
        progress_deadline_seconds: stage.progress_deadline_seconds,
        keep_stable_seconds: kept(strategy),
        gates,
        flags: flags(strategy, ground.flags),
        digest: String::new(),
    })
}

/// Plans the way back after a rollout had ended: each component to the version that stood before it, by one switch, or in
/// even steps over this time.
pub fn plan_back(
    ground: &Ground<'_>,
    of: &RolloutId,
    done: &Plan,
    over_seconds: Option<u64>,
) -> Result<Plan, Refusal> {
    let no_way = || Refusal::from(RolloutRefusal::NoWayBack { id: of.clone() });
    let way = way_back(over_seconds.unwrap_or(0))?;
    let mut legs = Vec::new();
    for leg_done in done.legs.iter().rev() {
        let name = &leg_done.candidate.component.name;
        let slot = ground.slots.get(name).ok_or_else(no_way)?;
        if slot.stable.as_ref().map(Placed::version) != Some(leg_done.candidate.version()) {
            let (id, environment) = (of.clone(), done.environment.clone());
            return Err(RolloutRefusal::NotNewest { id, environment }.into());
        }
        let before = slot.previous.as_ref().ok_or_else(no_way)?;
        may_stand(Some(slot), &before.placed, &done.environment)?;
        legs.push(leg(before.placed.clone(), slot.stable.clone(), (&way, &Ladder::default())));
    }
    Ok(Plan {
        kind: RolloutKind::Rollback { of: of.clone() },
        strategy: "rollback".to_owned(),
        legs,
        analysis: None,
        keep_stable_seconds: 0,
        gates: Vec::new(),
        ..done.clone()
    })
}

/// That which the strategy shows, and those of the release.
fn flags(strategy: &Strategy, of_release: &[FlagKey]) -> Vec<FlagPlan> {
    let shown = match strategy {
        Strategy::Flag(knobs) => Some(knobs),
        Strategy::Recreate(_)
        | Strategy::Rolling(_)
        | Strategy::BlueGreen(_)
        | Strategy::Canary(_)
        | Strategy::Phased(_)
        | Strategy::Shadow(_) => None,
    };
    let others = of_release.iter().filter(|key| shown.is_none_or(|shown| shown.flag != **key));
    let others = others.map(|key| FlagPlan { key: key.clone(), variant: None, prometheus: None });
    let shown = shown.map(|Flagged { flag, variant, prometheus, .. }| FlagPlan {
        key: flag.clone(),
        variant: Some(variant.clone()),
        prometheus: prometheus.clone(),
    });
    shown.into_iter().chain(others).collect()
}

/// A gate before a ring that this plan does not have, such as that of a first version, is asked before everything: nobody
/// passes by it.
fn asked_on_the_way(gate: &GateSpec, legs: &[LegPlan]) -> GateSpec {
    let has = |leg: &LegPlan, ring: &String| leg.steps.iter().any(|step| step.name == *ring);
    // A flag is shown behind the code of all components: its rings stand in the last of them.
    let shown = legs.iter().any(|leg| leg.steps.iter().any(|step| step.exposure.is_some()));
    let within = |ring: &String| {
        if shown { legs.iter().any(|leg| has(leg, ring)) } else { legs.iter().all(|leg| has(leg, ring)) }
    };
    GateSpec { ring: gate.ring.clone().filter(within), ..gate.clone() }
}

/// What stood before was verified once, so no evidence is waited for.
fn way_back(over_seconds: u64) -> Result<Strategy, RolloutRefusal> {
    let seconds = over_seconds.div_ceil(STEPS_BACK - 1);
    let way = if over_seconds == 0 {
        Strategy::BlueGreen(BlueGreen { soak_seconds: 0, keep_stable_seconds: 0, ..BlueGreen::default() })
    } else {
        let step = Weight::from_ratio(1, STEPS_BACK as u32);
        let climb = Climb::Ramp { initial_traffic: step, increment: step, interval_seconds: seconds };
        Strategy::Canary(Canary { climb, soak_seconds: 0, keep_stable_seconds: 0 })
    };
    if over_seconds > RETURN_SECONDS_MAX {
        return Err(RolloutRefusal::ReturnTooLong { seconds: over_seconds, most: RETURN_SECONDS_MAX });
    }
    Ok(way)
}

/// One version cannot stand twice in one place, so it stays in the form it has. Sizes and routes follow the
/// configuration by themselves.
fn changed_form(stable: &Placed, candidate: &Placed) -> Option<RolloutRefusal> {
    let (replicas, route) = (stable.replicas, stable.route.clone());
    let same = *stable == Placed { replicas, route, ..candidate.clone() };
    let (version, component) = (candidate.version().clone(), candidate.component.name.clone());
    (!same).then_some(RolloutRefusal::SameVersion { version, component })
}

fn leg(candidate: Placed, stable: Option<Placed>, (strategy, ladder): (&Strategy, &Ladder)) -> LegPlan {
    let setting = Setting { replicas: candidate.replicas, has_stable: stable.is_some(), ladder };
    let steps = steps(strategy, &setting);
    LegPlan { candidate, stable, steps, smoke: Vec::new(), database: DatabaseSteps::default() }
}

/// The rungs of the stage's analysis, where it owns the shares; else those of the rule.
fn ladder(stage: &StageSpec) -> Ladder {
    match stage.analysis.as_ref().map(|parameters| &parameters.schedule) {
        Some(Schedule::Ladder(ladder)) => ladder.clone(),
        Some(Schedule::Plan { .. }) | None => Ladder::default(),
    }
}

/// Who owns the shares follows from the strategy, also from one given for this time only.
fn matched(parameters: Parameters, strategy: &Strategy, ladder: &Ladder) -> Parameters {
    let schedule = match strategy {
        Strategy::Canary(Canary { climb: Climb::Analysis, .. }) => Schedule::Ladder(ladder.clone()),
        Strategy::Canary(_)
        | Strategy::BlueGreen(_)
        | Strategy::Phased(_)
        | Strategy::Shadow(_)
        | Strategy::Flag(_) => Schedule::Plan { weights_basis_points: shares(strategy) },
        Strategy::Rolling(_) | Strategy::Recreate(_) => Schedule::Plan { weights_basis_points: Vec::new() },
    };
    Parameters { schedule, ..parameters }
}

/// The shares of the rungs, so that the rule can weigh the next one; none where there are more than it looks ahead.
fn shares(strategy: &Strategy) -> Vec<u16> {
    let setting = Setting { replicas: 1, has_stable: true, ladder: &Ladder::default() };
    let shown = if let Strategy::Flag(knobs) = strategy { knobs.exposures(1) } else { Vec::new() };
    let rungs = if shown.is_empty() { steps(strategy, &setting) } else { shown };
    let shares = rungs.into_iter().map(|step| step.share().basis_points());
    let mut shares: Vec<u16> = shares.filter(|share| *share > 0).collect();
    shares.dedup();
    if shares.len() > RUNGS_MAX { Vec::new() } else { shares }
}

fn kept(strategy: &Strategy) -> u64 {
    match strategy {
        Strategy::BlueGreen(knobs) => knobs.keep_stable_seconds,
        Strategy::Canary(knobs) => knobs.keep_stable_seconds,
        Strategy::Phased(knobs) => knobs.keep_stable_seconds,
        Strategy::Shadow(knobs) => knobs.keep_stable_seconds,
        Strategy::Recreate(_) | Strategy::Rolling(_) | Strategy::Flag(_) => 0,
    }
}

fn stage<'a>(
    catalog: &'a Catalog,
    kind: ReleaseKind,
    environment: &EnvironmentName,
) -> Result<&'a StageSpec, CatalogRefusal> {
    let pipeline = catalog.pipeline_for(kind).ok_or(CatalogRefusal::NoPipeline)?;
    let stage = pipeline.stage(environment).map(|(_, stage)| stage);
    stage.ok_or_else(|| CatalogRefusal::NoStage { environment: environment.clone() })
}

fn candidate(
    ground: &Ground<'_>,
    place: &EnvironmentSpec,
    name: &ComponentName,
    artifact: &Artifact,
) -> Result<Placed, Refusal> {
    let placement = place.placements.get(name).ok_or_else(|| CatalogRefusal::UndefinedComponent {
        name: name.clone(),
        place: format!("the environment `{}`", place.name),
    })?;
    Ok(Placed {
        // What is asked of it is the plan's, and no part of what stands there.
        component: ComponentSpec {
            smoke: Vec::new(),
            database: DatabaseSteps::default(),
            ..ground.catalog.component(name)?.clone()
        },
        artifact: artifact.clone(),
        variables: place.variables.clone(),
        replicas: placement.replicas,
        route: placement.route.clone(),
        secrets: ground.secrets.revisions(&place.name, &place.secrets_of(name))?,
    })
}

fn asked_of(
    catalog: &Catalog,
    environment: &EnvironmentName,
    name: &ComponentName,
) -> Result<(Vec<SmokeTest>, DatabaseSteps), CatalogRefusal> {
    let spec = catalog.component(name)?;
    let tests = spec.smoke.iter().filter(|test| test.is_asked_in(environment)).cloned().collect();
    Ok((tests, spec.database.asked_in(environment)))
}

/// No version from before a contraction of the database finds what it needs there.
fn may_stand(
    slot: Option<&Slot>,
    candidate: &Placed,
    environment: &EnvironmentName,
) -> Result<(), RolloutRefusal> {
    let floor = slot.and_then(|slot| slot.contracted.as_ref()).filter(|floor| candidate.version() < *floor);
    floor.map_or(Ok(()), |floor| {
        Err(RolloutRefusal::BeforeContraction {
            version: candidate.version().clone(),
            component: candidate.component.name.clone(),
            contracted: floor.clone(),
            environment: environment.clone(),
        })
    })
}
