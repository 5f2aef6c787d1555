//! What stands in the way of a plan's times: freezes, windows, other plans, rollouts that are under way, and people who are wanted twice.
//!
//! Invariant: what the caller may not see is neither named nor counted. Deliberately not here: what a conflict is, and finding a free
//! time (`tidegate-plan`).

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use tidegate_api::{PlanConflict, PlanConflicts};
use tidegate_calendar::{Kind, Schedule, Span, Subject};
use tidegate_domain::id::SlotId;
use tidegate_domain::name::{ComponentName, EnvironmentName, TenantName, Version};
use tidegate_domain::release::ReleaseKind;
use tidegate_domain::release_plan::ReleasePlan;
use tidegate_domain::rights::Right;
use tidegate_engine::PLAN_ROW;
use tidegate_plan::conflicts::{Hold, conflicts, next_free};
use tidegate_plan::document::{self, Activity, ActivityState};
use tidegate_ports::RowQuery;

use super::plan_advice::outside;
use crate::app::App;
use crate::identity::Caller;
use crate::paging;
use crate::problem::Trouble;
use crate::wire;

const DAY_MS: u64 = 86_400_000;
/// How far ahead a free time is looked for.
const AHEAD_MS: u64 = 366 * DAY_MS;
/// Of one entry of the calendar.
const SPANS_MAX: usize = 1_000;
/// The plans that were changed last.
const PLANS_MAX: u32 = 200;
const FOUND_MAX: usize = 200;

pub(super) async fn of_plan(
    app: &App,
    caller: &Caller,
    plan: &ReleasePlan,
) -> Result<PlanConflicts, Trouble> {
    let now_ms = app.clock.now().wall_ms;
    let environments = goes_to(app, caller, plan).await?;
    let components: Vec<String> =
        plan.document.components.iter().map(|component| component.id.clone()).collect();
    let mut told = PlanConflicts {
        environments: environments.iter().map(ToString::to_string).collect(),
        components,
        ..PlanConflicts::default()
    };
    if plan.is_over() {
        return Ok(told);
    }
    let window = plan.document.deployment.window.as_ref();
    let span = window.and_then(|window| Span::local(window.from, window.until, &window.zone));
    let from_ms = span.map_or(now_ms, |span| span.from_ms.min(now_ms));
    let until_ms = span.map_or(now_ms, |span| span.until_ms.max(now_ms)).saturating_add(AHEAD_MS);
    let reach = (from_ms, until_ms);
    let (closed, freezes) = closed(app, (&environments, &told.components), reach).await?;
    let others = others(app, plan).await?;
    if let Some(span) = span {
        let mut holds = closed;
        holds.extend(others.iter().filter_map(|other| held_by(other, plan)));
        holds.extend(under_way(app, plan, (&environments, now_ms)).await?);
        let asked = (span.from_ms, span.until_ms);
        let found = conflicts(asked, &holds);
        told.found.extend(found.iter().map(|hold| in_words(hold)));
        if !found.is_empty()
            && let Some(free_ms) = next_free(asked, &holds, (now_ms, until_ms))
        {
            let zone = window.map_or("UTC", |window| window.zone.as_str());
            (told.next_free_ms, told.next_free) = (Some(free_ms), local(free_ms, zone));
        }
    }
    for activity in plan.document.activities.iter().filter(|activity| is_open(activity)) {
        told.found.extend(frozen_all_through(plan, activity, &freezes));
        told.found.extend(others.iter().filter_map(|other| same_person((plan, activity), other)));
    }
    told.found.truncate(FOUND_MAX);
    Ok(told)
}

/// The last stage of its pipeline, or every environment where there is none.
async fn goes_to(app: &App, caller: &Caller, plan: &ReleasePlan) -> Result<Vec<EnvironmentName>, Trouble> {
    let catalog = app.engine.catalog().await?;
    let kind = match plan.document.kind {
        document::Kind::Hotfix => ReleaseKind::Hotfix,
        document::Kind::Planned | document::Kind::Rollback => ReleaseKind::Planned,
    };
    let last = catalog.pipeline_for(kind).and_then(|pipeline| pipeline.stages.last());
    let all: Vec<EnvironmentName> = match last {
        Some(stage) => stage.environments().cloned().collect(),
        None => catalog.environments.iter().map(|spec| spec.name.clone()).collect(),
    };
    Ok(all.into_iter().filter(|name| caller.may_in(Right::Read, name)).collect())
}

/// When nothing may change in any of these places, and of that, the freezes alone.
async fn closed(
    app: &App,
    (environments, components): (&[EnvironmentName], &[String]),
    (from_ms, until_ms): (u64, u64),
) -> Result<(Vec<Hold>, Vec<Hold>), Trouble> {
    let (calendar, _) = app.engine.calendar().await?;
    let catalog = app.engine.catalog().await?;
    let schedule: &Schedule = &calendar.schedule;
    let (mut holds, mut freezes) = (Vec::new(), Vec::new());
    for name in environments {
        let spec = catalog.environment(name).ok();
        let tenants: Vec<&str> =
            spec.into_iter().flat_map(|spec| &spec.tenants).map(TenantName::as_str).collect();
        // A plan that names no component may change any of them.
        let placed: Vec<&str> = if components.is_empty() {
            spec.into_iter().flat_map(|spec| spec.placements.keys()).map(ComponentName::as_str).collect()
        } else {
            components.iter().map(String::as_str).collect()
        };
        let subject = Subject { environment: name.as_str(), components: &placed, tenants: &tenants };
        let (mut windows, mut names) = (Vec::new(), Vec::new());
        for entry in schedule.entries.iter().filter(|entry| entry.reach.reaches(&subject)) {
            let spans = entry.period.spans(from_ms, until_ms, SPANS_MAX);
            match entry.kind {
                Kind::Freeze => freezes.extend(spans.into_iter().map(|span| Hold {
                    from_ms: span.from_ms,
                    until_ms: span.until_ms,
                    kind: "freeze",
                    who: entry.name.clone(),
                    environment: Some(name.to_string()),
                    why: entry.reason.clone(),
                })),
                Kind::Window => {
                    names.push(entry.name.clone());
                    windows.extend(spans);
                }
            }
        }
        if !names.is_empty() {
            holds.extend(outside(windows, (from_ms, until_ms)).into_iter().map(|gap| Hold {
                from_ms: gap.from_ms,
                until_ms: gap.until_ms,
                kind: "outside-windows",
                who: names.join(", "),
                environment: Some(name.to_string()),
                why: gap.reason,
            }));
        }
    }
    holds.extend(freezes.iter().cloned());
    Ok((holds, freezes))
}

/// Of other releases that are not out and not cancelled.
async fn others(app: &App, plan: &ReleasePlan) -> Result<Vec<Arc<ReleasePlan>>, Trouble> {
    let query = RowQuery { kind: PLAN_ROW.to_owned(), limit: PLANS_MAX, ..RowQuery::default() };
    let (rows, _) = paging::rows(&*app.store, query).await?;
    let mut others = Vec::new();
    for row in &rows {
        let Ok(version) = wire::plan_of_row(row)?.version.parse::<Version>() else { continue };
        if version == plan.version {
            continue;
        }
        let found = app.engine.release_plan(&version).await?.map(|(found, ..)| found);
        others.extend(found.filter(|found| !found.is_over() && shares(found, plan)));
    }
    Ok(others)
}

/// A plan that names no components may hold any.
fn shares(one: &ReleasePlan, other: &ReleasePlan) -> bool {
    let names = |plan: &ReleasePlan| -> BTreeSet<String> {
        plan.document.components.iter().map(|component| component.id.clone()).collect()
    };
    let (one, other) = (names(one), names(other));
    one.is_empty() || other.is_empty() || !one.is_disjoint(&other)
}

fn held_by(other: &ReleasePlan, plan: &ReleasePlan) -> Option<Hold> {
    let window = other.document.deployment.window.as_ref()?;
    let span = Span::local(window.from, window.until, &window.zone)?;
    let mine: BTreeSet<&str> =
        plan.document.components.iter().map(|component| component.id.as_str()).collect();
    let theirs = other.document.components.iter().map(|component| component.id.as_str());
    let both: Vec<&str> = theirs.filter(|id| mine.contains(id)).collect();
    let what = if both.is_empty() { "what this release may change".to_owned() } else { both.join(", ") };
    let decider = other.decider().map(|person| format!(" ({person} decides)")).unwrap_or_default();
    Some(Hold {
        from_ms: span.from_ms,
        until_ms: span.until_ms,
        kind: "plan",
        who: other.version.to_string(),
        environment: None,
        why: format!("{} changes {what} then{decider}", other.document.title),
    })
}

/// Rollouts of other releases that hold a component there now; nobody knows their end, so they hold this moment.
async fn under_way(
    app: &App,
    plan: &ReleasePlan,
    (environments, now_ms): (&[EnvironmentName], u64),
) -> Result<Vec<Hold>, Trouble> {
    let catalog = app.engine.catalog().await?;
    let wanted: BTreeSet<&str> =
        plan.document.components.iter().map(|component| component.id.as_str()).collect();
    let mut seen = BTreeSet::new();
    let mut holds = Vec::new();
    for environment in environments {
        let Ok(spec) = catalog.environment(environment) else { continue };
        let placed =
            spec.placements.keys().filter(|name| wanted.is_empty() || wanted.contains(name.as_str()));
        for component in placed {
            let id = SlotId { environment: environment.clone(), component: component.clone() };
            let Some(rollout) = app.engine.slot(&id).await?.rollout else { continue };
            let Ok(id) = rollout.parse() else { continue };
            let Some(view) = app.engine.rollout(&id, app.clock.now()).await? else { continue };
            let is_ours = view.release.parse().is_ok_and(|release| plan.is_about(&release));
            if !is_ours && seen.insert(rollout.clone()) {
                holds.push(Hold {
                    from_ms: now_ms,
                    until_ms: now_ms.saturating_add(1),
                    kind: "rollout",
                    who: rollout,
                    environment: Some(environment.to_string()),
                    why: format!("{} is on its way there and holds {component}", view.release),
                });
            }
        }
    }
    Ok(holds)
}

fn in_words(hold: &Hold) -> PlanConflict {
    let place = hold.environment.as_ref().map(|name| format!(" in {name}")).unwrap_or_default();
    let says = match hold.kind {
        "freeze" => format!("the freeze {} holds{place}: {}", hold.who, hold.why),
        "outside-windows" => format!("no window is open{place}; there are {}", hold.who),
        "plan" => format!("the plan of {}: {}", hold.who, hold.why),
        _ => format!("the rollout {}: {}", hold.who, hold.why),
    };
    PlanConflict {
        activity: None,
        kind: hold.kind.to_owned(),
        who: hold.who.clone(),
        environment: hold.environment.clone(),
        from_ms: hold.from_ms,
        until_ms: hold.until_ms,
        says,
    }
}

fn is_open(activity: &Activity) -> bool {
    matches!(activity.state, ActivityState::Open | ActivityState::UnderWay)
}

fn span_of(plan: &ReleasePlan, activity: &Activity) -> Option<Span> {
    let from = activity.start.or(activity.end)?;
    let until = activity.end.unwrap_or(from).max(from).tomorrow().ok()?;
    Span::local(from.at(0, 0, 0, 0), until.at(0, 0, 0, 0), &plan.document.zone)
}

/// An activity of weeks with a frozen weekend in it is none; one that no freeze leaves a moment is.
fn frozen_all_through(plan: &ReleasePlan, activity: &Activity, freezes: &[Hold]) -> Option<PlanConflict> {
    let span = span_of(plan, activity)?;
    let whole = freezes.iter().find(|hold| hold.from_ms <= span.from_ms && span.until_ms <= hold.until_ms)?;
    let mut told = in_words(whole);
    told.says = format!("all of {} is within it: {}", activity.name, told.says);
    told.activity = Some(activity.id.clone());
    Some(told)
}

/// Whom the plan names for an owner that is a role.
fn person<'a>(plan: &'a ReleasePlan, activity: &'a Activity) -> Option<&'a str> {
    let owner = activity.owner.as_deref()?;
    let role = plan.document.roles.iter().find(|role| role.id == owner);
    role.map_or(Some(owner), |role| role.person.as_deref())
}

fn same_person((plan, activity): (&ReleasePlan, &Activity), other: &ReleasePlan) -> Option<PlanConflict> {
    let (who, span) = (person(plan, activity)?, span_of(plan, activity)?);
    let there = other.document.activities.iter().filter(|there| is_open(there));
    let (theirs, held) = there
        .filter(|there| person(other, there) == Some(who))
        .filter_map(|there| Some((there, span_of(other, there)?)))
        .find(|(_, held)| held.from_ms < span.until_ms && span.from_ms < held.until_ms)?;
    Some(PlanConflict {
        activity: Some(activity.id.clone()),
        kind: "person".to_owned(),
        who: who.to_owned(),
        environment: None,
        from_ms: held.from_ms.max(span.from_ms),
        until_ms: held.until_ms.min(span.until_ms),
        says: format!("{who} has {} of {} on the same days as {}", theirs.name, other.version, activity.name),
    })
}

fn local(at_ms: u64, zone: &str) -> Option<String> {
    let zone = TimeZoneDatabase::bundled().get(zone).unwrap_or(TimeZone::UTC);
    let at = Timestamp::from_millisecond(i64::try_from(at_ms).ok()?).ok()?;
    Some(zone.to_datetime(at).to_string())
}
