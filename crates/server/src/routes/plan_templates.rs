//! `/plan-templates`, and what a newer edition of one brings into a plan.
//!
//! Invariant: what a newer edition brings changes nothing that the team wrote. Deliberately not here: merging (`tidegate-plan`).

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use tidegate_api::{
    EmptyRequest, PlanDifference, PlanTemplate, PlanTemplateApplied, PlanTemplateBrief, PlanTemplateDays,
    PlanTemplateUse, PlanTemplates, WritePlanTemplateRequest,
};
use tidegate_domain::name::Version;
use tidegate_domain::plan_book::{PlanBook, PlanBookCommand};
use tidegate_domain::refusal::Refusal;
use tidegate_domain::release_plan::PlanCommand;
use tidegate_engine::{Command, PlanWish};
use tidegate_plan::changes::changes;
use tidegate_plan::document::Plan;
use tidegate_plan::templates::{Days, Template, all_built_in, apply, of_plan};
use utoipa::IntoParams;

use super::plan_past::told;
use super::plans::{done, look, read};
use super::problems::{Commanding, Reading, ReadingOne};
use crate::app::App;
use crate::asked::Asked;
use crate::extract::{At, Wanted, name};
use crate::problem::Trouble;
use crate::wire;

/// List templates of plans
///
/// Tidegate's own, one for each kind of release, and the team's.
#[utoipa::path(
    get, path = "/plan-templates", operation_id = "list_plan_templates", tag = "plans",
    responses((status = 200, description = "The templates", body = PlanTemplates), Reading)
)]
pub(super) async fn list(State(app): State<Arc<App>>) -> Result<Json<PlanTemplates>, Trouble> {
    let book = app.engine.plan_book().await?;
    let mut built_in: Vec<Template> = Vec::new();
    for template in all_built_in() {
        built_in.retain(|known| known.name != template.name);
        built_in.push(template);
    }
    let mut templates: Vec<_> = built_in.iter().map(|template| brief(&book, template, None)).collect();
    let own = book.templates.values().filter_map(|editions| editions.last());
    templates.extend(own.map(|(template, said)| brief(&book, template, Some(wire::plan_said(said)))));
    Ok(Json(PlanTemplates { templates }))
}

fn brief(book: &PlanBook, template: &Template, said: Option<tidegate_api::PlanSaid>) -> PlanTemplateBrief {
    let based_on = template.plan.template.as_ref();
    let newer = based_on.and_then(|used| {
        let newest = book.find(&used.name, None).ok()?.version;
        (newest > used.version).then_some(newest)
    });
    PlanTemplateBrief {
        name: template.name.clone(),
        kind: template.plan.kind.word().to_owned(),
        version: template.version,
        change: template.change.clone(),
        own: said.is_some(),
        said,
        based_on: based_on.map(|it| PlanTemplateUse { name: it.name.clone(), version: it.version }),
        newer,
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct EditionWanted {
    /// Which edition; the newest where absent.
    edition: Option<u32>,
}

/// Show a template of plans
#[utoipa::path(
    get, path = "/plan-templates/{name}", operation_id = "show_plan_template", tag = "plans",
    params(("name" = String, Path, description = "Of the template"), EditionWanted),
    responses((status = 200, description = "The template", body = PlanTemplate), ReadingOne)
)]
pub(super) async fn show(
    State(app): State<Arc<App>>,
    At(name): At<String>,
    Wanted(wanted): Wanted<EditionWanted>,
) -> Result<Json<PlanTemplate>, Trouble> {
    let book = app.engine.plan_book().await?;
    let template = book.find(&name, wanted.edition).map_err(Refusal::from)?;
    Ok(Json(whole(&book, &template)?))
}

fn whole(book: &PlanBook, template: &Template) -> Result<PlanTemplate, Trouble> {
    let own = book.templates.get(&template.name);
    let built_in = || all_built_in().into_iter().filter(|it| it.name == template.name).map(|it| it.version);
    let versions = match own {
        Some(editions) => editions.iter().map(|(template, _)| template.version).collect(),
        None => built_in().collect(),
    };
    Ok(PlanTemplate {
        name: template.name.clone(),
        version: template.version,
        versions,
        change: template.change.clone(),
        own: own.is_some(),
        document: serde_json::to_value(&template.plan).map_err(|_| Trouble::bug())?,
        days: template
            .days
            .iter()
            .map(|days| PlanTemplateDays {
                activity: days.activity.clone(),
                from: days.from,
                until: days.until,
            })
            .collect(),
    })
}

/// Keep a template of the team's own
///
/// A new edition of it: a document, or a plan without what belongs to its release alone. Templates of Tidegate's own stay as they are.
#[utoipa::path(
    put, path = "/plan-templates/{name}", operation_id = "write_plan_template", tag = "plans",
    request_body = WritePlanTemplateRequest, params(("name" = String, Path, description = "Of the template")),
    responses((status = 200, description = "The template", body = PlanTemplate), Commanding)
)]
pub(super) async fn write(
    State(app): State<Arc<App>>,
    At(name): At<String>,
    asked: Asked<WritePlanTemplateRequest>,
) -> Result<Json<PlanTemplate>, Trouble> {
    let (body, asked) = asked.split();
    let WritePlanTemplateRequest { document, days, plan, change } = body;
    let (plan, days) = match (document, plan) {
        (Some(document), None) => {
            let days =
                days.into_iter().map(|it| Days { activity: it.activity, from: it.from, until: it.until });
            (read(document)?, days.collect())
        }
        (None, Some(version)) if days.is_empty() => {
            of_plan(&look(&app, &crate::extract::name::<Version>(&version)?).await?.document)
        }
        _ => {
            return Err(Trouble::unfit(
                "a template is made of a `document`, with its `days`, or of a `plan`",
            )
            .help("send one of the two"));
        }
    };
    let template =
        Template { name: name.clone(), version: 0, change: change.unwrap_or_default(), plan, days };
    let command = PlanBookCommand::WriteTemplate { template: Box::new(template) };
    submit(&app, asked, command).await?;
    let book = app.engine.plan_book().await?;
    let template = book.find(&name, None).map_err(Refusal::from)?;
    Ok(Json(whole(&book, &template)?))
}

/// Remove a template of the team's own
///
/// Plans that were made from it stay as they are.
#[utoipa::path(
    delete, path = "/plan-templates/{name}", operation_id = "remove_plan_template", tag = "plans",
    params(("name" = String, Path, description = "Of the template")),
    responses((status = 200, description = "What is left", body = PlanTemplates), Commanding)
)]
pub(super) async fn remove(
    State(app): State<Arc<App>>,
    At(name): At<String>,
    asked: Asked<EmptyRequest>,
) -> Result<Json<PlanTemplates>, Trouble> {
    submit(&app, asked.split().1, PlanBookCommand::RemoveTemplate { name }).await?;
    list(State(app)).await
}

async fn submit(app: &App, asked: Asked<()>, command: PlanBookCommand) -> Result<(), Trouble> {
    let command = Command::PlanBook(Box::new((command, String::new())));
    app.engine.submit(&asked.to(command), app.clock.now()).await?;
    Ok(())
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct EditionsWanted {
    /// The earlier edition; the one before `to` where absent.
    from: Option<u32>,
    /// The later edition; the newest where absent.
    to: Option<u32>,
}

/// Show what two editions of a template say otherwise
#[utoipa::path(
    get, path = "/plan-templates/{name}/difference", operation_id = "show_plan_template_difference", tag = "plans",
    params(("name" = String, Path, description = "Of the template"), EditionsWanted),
    responses((status = 200, description = "What they say otherwise", body = PlanDifference), ReadingOne)
)]
pub(super) async fn difference(
    State(app): State<Arc<App>>,
    At(name): At<String>,
    Wanted(wanted): Wanted<EditionsWanted>,
) -> Result<Json<PlanDifference>, Trouble> {
    let book = app.engine.plan_book().await?;
    let later = book.find(&name, wanted.to).map_err(Refusal::from)?;
    let from = wanted.from.unwrap_or_else(|| later.version.saturating_sub(1).max(1));
    let earlier = book.find(&name, Some(from)).map_err(Refusal::from)?;
    let changes = changes(&earlier.plan, &later.plan).into_iter().map(|change| told(change, None)).collect();
    let (from, to) = (format!("edition {from}"), format!("edition {}", later.version));
    Ok(Json(PlanDifference { from, to, changes }))
}

/// Bring a newer edition into a template of the team's own
///
/// Of the template that it was made from. What the team wrote, added or took out stays; where both changed the same, the team's stands and
/// is named.
#[utoipa::path(
    post, path = "/plan-templates/{name}/update", operation_id = "update_plan_template", tag = "plans",
    request_body = EmptyRequest, params(("name" = String, Path, description = "Of the template")),
    responses((status = 200, description = "What was brought in", body = PlanTemplateApplied), Commanding)
)]
pub(super) async fn update(
    State(app): State<Arc<App>>,
    At(name): At<String>,
    asked: Asked<EmptyRequest>,
) -> Result<Json<PlanTemplateApplied>, Trouble> {
    let book = app.engine.plan_book().await?;
    let own = book.find(&name, None).map_err(Refusal::from)?;
    let (mut applied, plan) = brought(&book, &own.plan)?;
    let change = format!("Edition {} of the template that it was made from.", applied.to);
    let template = Template { plan, change, ..own };
    submit(&app, asked.split().1, PlanBookCommand::WriteTemplate { template: Box::new(template) }).await?;
    let version = app.engine.plan_book().await?.template(&name).map_or(0, |template| template.version);
    applied.edition = u64::from(version);
    Ok(Json(applied))
}

/// What the newest edition of its template brings into a plan.
fn brought(book: &PlanBook, plan: &Plan) -> Result<(PlanTemplateApplied, Plan), Trouble> {
    let used = plan.template.as_ref().ok_or_else(|| {
        Trouble::unfit("it was not made from a template, so there is no newer edition of one to bring in")
            .help("see which there are: `tidegate plan template list`")
    })?;
    let base = book.find(&used.name, Some(used.version)).map_err(Refusal::from)?;
    let newer = book.find(&used.name, None).map_err(Refusal::from)?;
    let applied = apply(&base, &newer, plan);
    let told = PlanTemplateApplied {
        from: base.version,
        to: newer.version,
        conflicts: wire::retold(&applied.conflicts)?,
        says: applied.says,
        edition: 0,
    };
    Ok((told, applied.plan))
}

/// Bring the newest edition of its template into a plan
///
/// What the team wrote, added or took out stays; where both changed the same, the team's stands and is named.
#[utoipa::path(
    post, path = "/plans/{version}/template", operation_id = "update_plan_from_template", tag = "plans",
    request_body = EmptyRequest, params(("version" = String, Path, description = "Of the release that it is for")),
    responses((status = 200, description = "What was brought in", body = PlanTemplateApplied), Commanding)
)]
pub(super) async fn renew(
    State(app): State<Arc<App>>,
    At(version): At<String>,
    asked: Asked<EmptyRequest>,
) -> Result<Json<PlanTemplateApplied>, Trouble> {
    let version: Version = name(&version)?;
    let plan = look(&app, &version).await?;
    let book = app.engine.plan_book().await?;
    let (mut applied, document) = brought(&book, &plan.document)?;
    let note = format!("edition {} of its template", applied.to);
    let wish = PlanWish::Command(PlanCommand::Write { document: Box::new(document) });
    applied.edition = done(&app, asked.split().1, (version, wish, Some(note))).await?.0.edition;
    Ok(Json(applied))
}
