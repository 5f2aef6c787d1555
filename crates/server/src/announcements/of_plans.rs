//! Keeps the announcements that plans ask for as the plans stand: made, changed while they wait, taken back.
//!
//! Invariant: an entry's announcements have ids that follow from plan, entry and place, so asking again makes none twice, also after
//! a kill; what was told is told again only when another date or another release has to be told. Deliberately not here: what a
//! plan asks for (`domain::announcement::of_plan`), telling (`follow`).

use std::collections::BTreeSet;

use sha2::{Digest as _, Sha256};
use tidegate_domain::announcement::of_plan::{Around, Wanted, is_same_news, says_the_same, wanted, why_not};
use tidegate_domain::announcement::{AnnouncementCommand, AnnouncementId, Plan, Reaches, STEP_MAX, When};
use tidegate_domain::catalog::Catalog;
use tidegate_domain::name::{EnvironmentName, Version};
use tidegate_domain::release::ReleaseKind;
use tidegate_engine::{AnnouncementView, ForAnnouncement, PLAN_ROW, PlanView};
use tidegate_plan::document::Kind;
use tidegate_ports::{Fault, RowQuery};

use super::Window;
use super::follow::submit;
use crate::app::App;

const PLANS_MAX: u32 = 1_000;
/// Of one entry in one place: as often a date may move after it was told.
const TIMES_MAX: u32 = 100;

/// What was looked at last: the newest change of any plan, and where users are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stood {
    plan: Option<u64>,
    places: [Vec<EnvironmentName>; 2],
}

pub(super) async fn stands(app: &App) -> Result<Stood, Fault> {
    let query = RowQuery { kind: PLAN_ROW.to_owned(), limit: 1, ..RowQuery::default() };
    let plan = app.store.rows(query).await?.first().map(|(position, _)| *position);
    let catalog = app.engine.catalog().await?;
    Ok(Stood { plan, places: [places(&catalog, Kind::Planned), places(&catalog, Kind::Hotfix)] })
}

/// The last stage of its pipeline.
fn places(catalog: &Catalog, kind: Kind) -> Vec<EnvironmentName> {
    let kind = if kind == Kind::Hotfix { ReleaseKind::Hotfix } else { ReleaseKind::Planned };
    match catalog.pipeline_for(kind).and_then(|pipeline| pipeline.stages.last()) {
        Some(stage) => stage.environments().cloned().collect(),
        None => catalog.production().into_iter().collect(),
    }
}

/// Whether anything had to be changed; `planned` is everything that waits.
pub(super) async fn keep(app: &App, planned: &[(u64, AnnouncementView)]) -> Result<bool, Fault> {
    let catalog = app.engine.catalog().await?;
    let query = RowQuery { kind: PLAN_ROW.to_owned(), limit: PLANS_MAX, ..RowQuery::default() };
    let (mut asked, mut changed) = (BTreeSet::new(), false);
    for (_, row) in app.store.rows(query).await? {
        let Ok(view) = serde_json::from_str::<PlanView>(&row.body) else { continue };
        let Some(version) = view.version.parse::<Version>().ok() else { continue };
        if matches!(view.state.as_str(), "draft" | "cancelled") {
            continue;
        }
        let Some((plan, _, _)) = app.engine.release_plan(&version).await? else { continue };
        if plan.document.announcements.is_empty() {
            continue;
        }
        let window = Window::read(&plan);
        let around = Around {
            places: places(&catalog, plan.document.kind),
            starts_ms: window.starts_ms,
            ends_ms: window.ends_ms,
            downtime_minutes: window.downtime_minutes,
            now_ms: app.clock.now().wall_ms,
        };
        for wanted in wanted(&plan, &around).into_iter().filter(|it| !is_arranged(planned, &it.plan)) {
            let (id, moved) = follow(app, wanted).await?;
            asked.extend(id);
            changed |= moved;
        }
    }
    for (_, view) in planned {
        let Some(of_plan) = view.plan.of_plan.as_ref().filter(|_| !asked.contains(&view.id)) else {
            continue;
        };
        let plan = app.engine.release_plan(&of_plan.plan).await?;
        let reason = why_not(plan.as_ref().map(|(plan, _, _)| &**plan)).to_owned();
        let command = AnnouncementCommand::Withdraw { reason };
        submit(app, ForAnnouncement { id: view.id.clone(), command, rows: Vec::new() }).await?;
        changed = true;
    }
    Ok(changed)
}

/// Somebody arranged it beside the plan, in the usual words, and it waits.
fn is_arranged(planned: &[(u64, AnnouncementView)], wanted: &Plan) -> bool {
    let known = planned.iter().map(|(_, view)| &view.plan);
    let mut beside = known.filter(|known| known.of_plan.is_none() && known.words.is_none());
    beside.any(|known| is_same_news(known, wanted))
}

/// The one that waits for it, and whether it had to be changed; none where it was told.
async fn follow(app: &App, wanted: Wanted) -> Result<(Option<AnnouncementId>, bool), Fault> {
    let Wanted { mut plan, each_step } = wanted;
    let steps = if each_step { STEP_MAX } else { 1 };
    for step in 1..=steps {
        if let When::Rollout { reaches: Reaches::Step(number), .. } = &mut plan.when {
            *number = step;
        }
        if let Open::At(id, known) = open(app, &plan, step).await? {
            let next = known.as_deref().map_or_else(|| plan.clone(), |known| like(&plan, known));
            let stands = known.is_some_and(|known| !known.withdrawn && known.plan == next);
            if !stands {
                let command = AnnouncementCommand::Follow(Box::new(next));
                submit(app, ForAnnouncement { id: id.clone(), command, rows: Vec::new() }).await?;
            }
            return Ok((Some(id), !stands));
        }
    }
    Ok((None, false))
}

enum Open {
    /// There it waits, is to wait again, or is to be made.
    At(AnnouncementId, Option<Box<AnnouncementView>>),
    /// It was told so, or somebody cancelled it.
    Over,
}

async fn open(app: &App, plan: &Plan, step: u32) -> Result<Open, Fault> {
    let mut last: Option<Plan> = None;
    for number in 0..TIMES_MAX {
        let id = id(plan, step, number);
        let known = app.engine.announcement(&id).await?;
        let is_over = known.as_ref().is_some_and(|known| known.state != "planned" && !known.withdrawn);
        match known {
            Some(known) if is_over => last = Some(known.plan),
            known => {
                let was_said = last.is_some_and(|last| says_the_same(&last, plan));
                return Ok(if was_said { Open::Over } else { Open::At(id, known.map(Box::new)) });
            }
        }
    }
    Ok(Open::Over)
}

/// What a rollout did counts while it waits, and what it did before it was asked for does not.
fn like(plan: &Plan, known: &AnnouncementView) -> Plan {
    let mut plan = plan.clone();
    if known.withdrawn {
        return plan;
    }
    if let (When::Rollout { came, .. }, When::Rollout { came: did, .. }) = (&mut plan.when, &known.plan.when)
        && plan.release == known.plan.release
    {
        came.clone_from(did);
    }
    if let (Some(now), Some(before)) = (&mut plan.of_plan, &known.plan.of_plan) {
        now.since_ms = before.since_ms;
    }
    plan
}

fn id(plan: &Plan, step: u32, number: u32) -> AnnouncementId {
    let (of, entry) = plan.of_plan.as_ref().map_or(("", ""), |of| (of.plan.as_str(), of.entry.as_str()));
    let place = match &plan.when {
        When::Rollout { environment, .. } => environment.as_str(),
        When::At { .. } => "",
    };
    let digest = Sha256::digest(format!("plan\0{of}\0{entry}\0{place}\0{step}\0{number}"));
    AnnouncementId::from_bits(digest[..8].iter().fold(0_u64, |bits, byte| (bits << 8) | u64::from(*byte)))
}
