//! `/plans/{version}/retrospective`: a release looked back at, filled from the record, with what people say of it.
//!
//! Invariant: what happened in an environment, and its figures, are told to those alone who may read there. Deliberately not here:
//! collecting the record (`tidegate-engine`), how it is written out (`tidegate-plan`).

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use serde::Deserialize;
use tidegate_api::{LookedAction, Retrospective as Told, RetrospectiveFormat, WriteRetrospectiveRequest};
use tidegate_domain::name::Version;
use tidegate_domain::release_plan::{PlanCommand, ReleasePlan};
use tidegate_domain::rights::Right;
use tidegate_engine::{Command, Decidable, ForPlan, PlanWish, Record};
use tidegate_plan::document::Action;
use tidegate_plan::retrospective::{
    Event, Heard, Incident, LINES_MAX, Retrospective, Rollback, Wait, Words, render,
};
use utoipa::IntoParams;

use super::plans::found;
use super::problems::{Commanding, ReadingOne};
use crate::announcements::feedback;
use crate::app::App;
use crate::asked::{Asked, By};
use crate::extract::{At, Wanted, name};
use crate::identity::Caller;
use crate::measures::compared;
use crate::problem::Trouble;
use crate::wire;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct RetrospectiveWanted {
    /// `json` where absent.
    #[param(inline)]
    format: Option<RetrospectiveFormat>,
}

/// Look back at a release
///
/// What happened (rollouts and their steps, rollbacks, approvals, votes, the final call), how long each gate kept it waiting, incidents,
/// its measures beside those of the five releases before it, what users said, and what people wrote.
#[utoipa::path(
    get, path = "/plans/{version}/retrospective", operation_id = "show_retrospective", tag = "plans",
    params(("version" = String, Path, description = "Of the plan"), RetrospectiveWanted),
    responses(
        (status = 200, description = "The retrospective", content((Told = "application/json"), (String = "text/markdown"))),
        ReadingOne
    )
)]
pub(super) async fn show(
    State(app): State<Arc<App>>,
    By(caller): By,
    At(version): At<String>,
    Wanted(wanted): Wanted<RetrospectiveWanted>,
) -> Result<Response, Trouble> {
    let version: Version = name(&version)?;
    let (plan, edition) = found(&app, &version).await?;
    let retrospective = filled(&app, &caller, &plan).await?;
    Ok(match wanted.format.unwrap_or(RetrospectiveFormat::Json) {
        RetrospectiveFormat::Markdown => {
            ([(CONTENT_TYPE, "text/markdown; charset=utf-8")], render(&retrospective)).into_response()
        }
        RetrospectiveFormat::Json => Json(told(&plan, edition, &retrospective)?).into_response(),
    })
}

/// Write what people say of a release
///
/// The whole of it: summary, what went well, what to improve, and actions, each with who owns it. Actions that are not done are listed for
/// the next plan. Also after the end of a plan. Answers with the retrospective as it stands then.
#[utoipa::path(
    put, path = "/plans/{version}/retrospective", operation_id = "write_retrospective", tag = "plans",
    request_body = WriteRetrospectiveRequest, params(("version" = String, Path, description = "Of the plan")),
    responses((status = 200, description = "The retrospective", body = Told), Commanding)
)]
pub(super) async fn write(
    State(app): State<Arc<App>>,
    At(version): At<String>,
    asked: Asked<WriteRetrospectiveRequest>,
) -> Result<Json<Told>, Trouble> {
    let (body, asked) = asked.split();
    let version: Version = name(&version)?;
    let WriteRetrospectiveRequest { summary, went_well, to_improve, actions, note } = body;
    let actions = actions.into_iter().map(action).collect::<Result<_, _>>()?;
    let words = Box::new(Words { summary, went_well, to_improve, actions });
    let wish = PlanWish::Command(PlanCommand::LookBack { words });
    let wish = ForPlan { version: version.clone(), wish, note: note.unwrap_or_default() };
    let caller = Arc::clone(&asked.caller);
    app.engine.submit(&asked.to(Command::Plan(Box::new(wish))), app.clock.now()).await?;
    let (plan, edition) = found(&app, &version).await?;
    let retrospective = filled(&app, &caller, &plan).await?;
    Ok(Json(told(&plan, edition, &retrospective)?))
}

fn action(given: LookedAction) -> Result<Action, Trouble> {
    let LookedAction { id, text, owner, due, done } = given;
    let due = due.map(|due| {
        due.parse().map_err(|_| {
            Trouble::unfit(format!(
                "`due` of `{}` is `{}`, which is no day",
                id.escape_debug(),
                due.escape_debug()
            ))
            .help("write a day like 2027-01-15")
        })
    });
    Ok(Action { id, text, owner, due: due.transpose()?, from: None, done })
}

async fn filled(app: &App, caller: &Caller, plan: &ReleasePlan) -> Result<Retrospective, Trouble> {
    let Record { releases, rollouts, mut timeline, mut waits, mut rollbacks, incidents } =
        app.engine.record_of_plan(&plan.version).await?;
    let sees = |environment: &str| {
        environment.parse().is_ok_and(|environment| caller.may_in(Right::Read, &environment))
    };
    timeline.retain(|line: &Event| line.environment.as_deref().is_none_or(sees));
    timeline.truncate(LINES_MAX);
    waits.extend(still_closed(app, plan).await?);
    waits.retain(|wait: &Wait| wait.environment == "plan" || sees(&wait.environment));
    waits.sort_by(|one, other| other.waited_ms.cmp(&one.waited_ms).then_with(|| one.gate.cmp(&other.gate)));
    rollbacks.retain(|back: &Rollback| sees(&back.environment));
    let incidents = incidents
        .into_iter()
        .filter(|incident| incident.about.environment.as_ref().is_none_or(|place| sees(place.as_str())))
        .map(|it| Incident {
            at_ms: it.about.detected_ms,
            what: it.about.title,
            resolved_ms: it.resolved_ms,
        });
    let (measures, compared_with) = compared(app, caller, (&releases, &rollouts)).await?;
    let words = plan.looked_back.as_ref().map(|(words, _)| Words::clone(words)).unwrap_or_default();
    Ok(Retrospective {
        release: plan.version.to_string(),
        kind: plan.document.kind,
        zone: plan.document.zone.clone(),
        summary: words.summary,
        timeline,
        waits,
        rollbacks,
        incidents: incidents.collect(),
        measures,
        compared_with,
        feedback: heard(app, &releases).await?,
        went_well: words.went_well,
        to_improve: words.to_improve,
        actions: words.actions,
    })
}

/// Gates that keep it waiting now, where it is known since when.
async fn still_closed(app: &App, plan: &ReleasePlan) -> Result<Vec<Wait>, Trouble> {
    if plan.is_over() || plan.candidate.is_none() {
        return Ok(Vec::new());
    }
    let now = app.clock.now();
    let Decidable { gates, .. } = app.engine.decidable(&plan.version, now).await?;
    let waits = gates.iter().flat_map(|view| {
        view.gates.iter().filter(|gate| !gate.open).filter_map(|gate| {
            Some(Wait {
                gate: gate.gate.to_string(),
                environment: view.environment.clone(),
                waited_ms: now.wall_ms.saturating_sub(gate.since_ms?),
                open: true,
            })
        })
    });
    Ok(waits.collect())
}

async fn heard(app: &App, releases: &std::collections::BTreeSet<Version>) -> Result<Option<Heard>, Trouble> {
    let (mut count, mut sum) = (0_u64, 0_u64);
    for release in releases {
        for answer in feedback::of(app, release.as_str()).await? {
            count += 1;
            sum += u64::from(answer.rating);
        }
    }
    let average = (count > 0).then(|| (sum as f64 / count as f64 * 100.0).round() / 100.0);
    Ok((count > 0).then_some(Heard { count, average }))
}

fn told(plan: &ReleasePlan, edition: u64, filled: &Retrospective) -> Result<Told, Trouble> {
    let said = plan.looked_back.as_ref().map(|(_, said)| wire::plan_said(said));
    Ok(Told {
        release: filled.release.clone(),
        edition,
        kind: filled.kind.word().to_owned(),
        state: plan.word().to_owned(),
        zone: filled.zone.clone(),
        summary: filled.summary.clone(),
        timeline: wire::retold(&filled.timeline)?,
        waits: wire::retold(&filled.waits)?,
        rollbacks: wire::retold(&filled.rollbacks)?,
        incidents: wire::retold(&filled.incidents)?,
        measures: wire::retold(&filled.measures)?,
        compared_with: filled.compared_with.clone(),
        feedback: filled.feedback.as_ref().map(wire::retold).transpose()?,
        went_well: filled.went_well.clone(),
        to_improve: filled.to_improve.clone(),
        actions: wire::retold(&filled.actions)?,
        said,
    })
}
