//! Plans begun from a template, and `/plan-actions`: what earlier retrospectives asked for.
//!
//! Invariant: an action is carried once, with the release that it comes from. Deliberately not here: templates (`plan_templates`).

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use tidegate_api::{BeginPlanRequest, Plan as Told, PlanActions, PlanOpenAction};
use tidegate_domain::id::StreamId;
use tidegate_domain::name::Version;
use tidegate_domain::refusal::Refusal;
use tidegate_domain::release_plan::PlanCommand;
use tidegate_engine::{Command, ForPlan, OpenAction, PlanWish, Request, Seen, Versions};
use tidegate_plan::document::{Action, Plan};
use tidegate_plan::templates::instantiate;

use super::plan_rotation::suggested;
use super::plans::shown;
use super::problems::{Commanding, Reading};
use crate::app::App;
use crate::asked::Asked;
use crate::extract::{At, day, name};
use crate::problem::Trouble;

/// Begin a plan from a template
///
/// With dates where the day is named on which all has to be ready, with whose turn it is as its release manager, and with what earlier
/// retrospectives asked for. Refused where there is a plan already.
#[utoipa::path(
    post, path = "/plans/{version}/begin", operation_id = "begin_plan", tag = "plans", request_body = BeginPlanRequest,
    params(("version" = String, Path, description = "Of the release that it is for")),
    responses((status = 200, description = "The plan", body = Told), Commanding)
)]
pub(super) async fn begin(
    State(app): State<Arc<App>>,
    At(version): At<String>,
    asked: Asked<BeginPlanRequest>,
) -> Result<Json<Told>, Trouble> {
    let (body, asked) = asked.split();
    let version: Version = name(&version)?;
    let BeginPlanRequest { template, edition, title, ready_on, carry } = body;
    let book = app.engine.plan_book().await?;
    let template = book.find(&template, edition).map_err(Refusal::from)?;
    let ready_on = ready_on.as_deref().map(|text| day("ready_on", text)).transpose()?;
    let title = title.unwrap_or_else(|| format!("Release {version}"));
    let mut plan = instantiate(&template, &title, ready_on);
    carried(&app, &mut plan, &carry).await?;
    if let Some((role, person)) = suggested(&app, &version, &plan).await?
        && let Some(role) = plan.roles.iter_mut().find(|known| known.id == role && known.person.is_none())
    {
        role.person = Some(person);
    }
    let note = format!("from the template {}, edition {}", template.name, template.version);
    let wish = PlanWish::Command(PlanCommand::Write { document: Box::new(plan) });
    let command = Command::Plan(Box::new(ForPlan { version: version.clone(), wish, note }));
    let seen = Seen { stream: StreamId::Plan(version.clone()), versions: Versions::OneOf(vec![0]) };
    let request = Request { seen: Some(seen), ..asked.to(command) };
    app.engine.submit(&request, app.clock.now()).await.map_err(|refused| {
        if matches!(refused, tidegate_engine::SubmitError::ChangedMeanwhile) {
            let detail = format!("there is a plan of {version} already");
            Trouble::new(StatusCode::CONFLICT, "plan-exists", detail)
                .help(format!("look at it: `tidegate plan show {version}`"))
        } else {
            refused.into()
        }
    })?;
    shown(&app, &version).await
}

/// Each action once, with the release that it comes from.
async fn carried(app: &App, plan: &mut Plan, wanted: &[String]) -> Result<(), Trouble> {
    if wanted.is_empty() {
        return Ok(());
    }
    let open = app.engine.open_actions().await?;
    let named = |it: &OpenAction| format!("{}/{}", it.action.from, it.action.id);
    for name in wanted.iter().filter(|name| *name != "all") {
        if !open.iter().any(|it| named(it) == *name) {
            let known: Vec<_> = open.iter().map(named).take(30).collect();
            let there = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            return Err(Trouble::unfit(format!("no action `{}` is open", name.escape_debug()))
                .help(format!("there are: {there}")));
        }
    }
    let all = wanted.iter().any(|name| name == "all");
    for it in open.iter().filter(|it| all || wanted.contains(&named(it))) {
        let stem = it.action.id.as_str();
        let numbered = (2_u32..).map(|number| format!("{stem}-{number}"));
        let is_free = |id: &String| plan.actions.iter().all(|action| action.id != *id);
        let id = std::iter::once(stem.to_owned()).chain(numbered).find(is_free).unwrap_or_default();
        plan.actions.push(Action {
            id,
            text: it.action.text.clone(),
            owner: it.action.owner.clone(),
            due: it.action.due.as_deref().and_then(|due| due.parse().ok()),
            from: Some(it.action.from.clone()),
            done: false,
        });
    }
    Ok(())
}

/// List what retrospectives asked for
///
/// Whatever nobody has done yet, neither in its retrospective nor in a plan that carries it; the most urgent first.
#[utoipa::path(
    get, path = "/plan-actions", operation_id = "list_plan_actions", tag = "plans",
    responses((status = 200, description = "What is open", body = PlanActions), Reading)
)]
pub(super) async fn actions(State(app): State<Arc<App>>) -> Result<Json<PlanActions>, Trouble> {
    let open = app.engine.open_actions().await?;
    let actions = open.into_iter().map(|OpenAction { action, carried_by }| PlanOpenAction {
        from: action.from,
        id: action.id,
        text: action.text,
        owner: action.owner,
        due: action.due,
        carried_by,
    });
    Ok(Json(PlanActions { actions: actions.collect() }))
}
