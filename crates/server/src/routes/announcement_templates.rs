//! `/announcement-templates`: the words of announcements, and trying them.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use tidegate_api::{
    AnnouncementPreview, AnnouncementTemplate, Page, PreviewAnnouncementRequest,
    SetAnnouncementTemplateRequest,
};
use tidegate_connectors::template::{TemplateRefusal, html_of};
use tidegate_domain::announcement::{Occasion, Setup, SetupCommand, Template};
use tidegate_domain::name::Version;
use tidegate_domain::refusal::Refusal;
use tidegate_domain::release::ReleaseRefusal;
use tidegate_engine::{Command, ForAnnouncements, NewSetup};

use super::Nothing;
use super::problems::{Commanding, Reading};
use crate::announcements::words::{Values, check, filled, occasion};
use crate::app::App;
use crate::asked::Asked;
use crate::extract::{At, name};
use crate::problem::Trouble;

/// List templates
///
/// One for each occasion: what somebody wrote, else what came with Tidegate.
#[utoipa::path(
    get, path = "/announcement-templates", operation_id = "list_announcement_templates", tag = "announcements",
    responses((status = 200, description = "Every template", body = Page<AnnouncementTemplate>), Reading)
)]
pub(super) async fn list(State(app): State<Arc<App>>) -> Result<Json<Page<AnnouncementTemplate>>, Trouble> {
    let setup = app.engine.announcements_setup().await?;
    let items = Occasion::ALL.iter().map(|occasion| wire(&setup, *occasion)).collect();
    Ok(Json(Page { items, next: None }))
}

/// Set a template
///
/// Tried on an example before it is taken.
#[utoipa::path(
    put, path = "/announcement-templates/{occasion}", operation_id = "set_announcement_template",
    tag = "announcements",
    params(("occasion" = tidegate_api::Occasion, Path, description = "What it is for")),
    request_body = SetAnnouncementTemplateRequest,
    responses((status = 200, description = "The template", body = AnnouncementTemplate), Commanding)
)]
pub(super) async fn set(
    State(app): State<Arc<App>>,
    At(given): At<String>,
    asked: Asked<SetAnnouncementTemplateRequest>,
) -> Result<Json<AnnouncementTemplate>, Trouble> {
    let (body, asked) = asked.split();
    let template = Template { subject: body.subject, text: body.text };
    template.check().map_err(Refusal::from)?;
    check(&template).map_err(|refusal| unfilled(&refusal))?;
    change(&app, asked, named(&given)?, Some(template)).await
}

/// Reset a template
///
/// The words that came with Tidegate stand again.
#[utoipa::path(
    delete, path = "/announcement-templates/{occasion}", operation_id = "reset_announcement_template",
    tag = "announcements",
    params(("occasion" = tidegate_api::Occasion, Path, description = "What it is for")),
    responses((status = 200, description = "The template", body = AnnouncementTemplate), Commanding)
)]
pub(super) async fn reset(
    State(app): State<Arc<App>>,
    At(given): At<String>,
    asked: Asked<Nothing>,
) -> Result<Json<AnnouncementTemplate>, Trouble> {
    let (Nothing {}, asked) = asked.split();
    change(&app, asked, named(&given)?, None).await
}

/// Preview an announcement
///
/// Fills words in, those that are sent or those that stand, and sends nothing.
#[utoipa::path(
    post, path = "/announcement-templates/preview", operation_id = "preview_announcement", tag = "announcements",
    request_body = PreviewAnnouncementRequest,
    responses((status = 200, description = "How it would read", body = AnnouncementPreview), Commanding)
)]
pub(super) async fn preview(
    State(app): State<Arc<App>>,
    asked: Asked<PreviewAnnouncementRequest>,
) -> Result<Json<AnnouncementPreview>, Trouble> {
    let body = asked.body;
    let words = match (body.subject, body.text) {
        (Some(subject), Some(text)) => Template { subject, text },
        (None, None) => app.engine.announcements_setup().await?.template(occasion_of(body.occasion)),
        (Some(_), None) | (None, Some(_)) => {
            return Err(Trouble::unfit("own words are a `subject` and a `text`"));
        }
    };
    words.check().map_err(Refusal::from)?;
    let values = match body.release.as_deref().map(name::<Version>).transpose()? {
        None => Values::example(),
        Some(version) => {
            let unknown = || Refusal::from(ReleaseRefusal::Unknown { version: version.clone() });
            Values::of_release(&app, &version).await?.ok_or_else(unknown)?
        }
    };
    let (subject, text) = filled(&words, &values).map_err(|refusal| unfilled(&refusal))?;
    Ok(Json(AnnouncementPreview { html: html_of(&text), subject, text, names: Values::names() }))
}

async fn change(
    app: &App,
    asked: Asked<()>,
    occasion: Occasion,
    template: Option<Template>,
) -> Result<Json<AnnouncementTemplate>, Trouble> {
    let command = SetupCommand::SetTemplate { occasion, template };
    let wish = NewSetup { command, secret: None, notes: Vec::new() };
    let command = Command::Announcements(Box::new(ForAnnouncements::Setup(wish)));
    app.engine.submit(&asked.to(command), app.clock.now()).await?;
    let setup = app.engine.announcements_setup().await?;
    Ok(Json(wire(&setup, occasion)))
}

fn named(text: &str) -> Result<Occasion, Trouble> {
    occasion(text).ok_or_else(|| {
        let known = Occasion::ALL.map(Occasion::as_str).join(", ");
        Trouble::new(StatusCode::NOT_FOUND, "unknown-occasion", format!("there is no occasion `{text}`"))
            .help(format!("there are: {known}"))
    })
}

pub(super) fn unfilled(refusal: &TemplateRefusal) -> Trouble {
    Trouble::new(StatusCode::UNPROCESSABLE_ENTITY, refusal.code(), refusal.to_string()).help(refusal.help())
}

fn wire(setup: &Setup, occasion: Occasion) -> AnnouncementTemplate {
    let Template { subject, text } = setup.template(occasion);
    let own = setup.templates.contains_key(&occasion);
    AnnouncementTemplate { occasion: occasion_wire(occasion), subject, text, own }
}

pub(super) fn occasion_of(occasion: tidegate_api::Occasion) -> Occasion {
    match occasion {
        tidegate_api::Occasion::Schedule => Occasion::Schedule,
        tidegate_api::Occasion::Progress => Occasion::Progress,
        tidegate_api::Occasion::Confirmation => Occasion::Confirmation,
        tidegate_api::Occasion::Rollback => Occasion::Rollback,
        tidegate_api::Occasion::Feedback => Occasion::Feedback,
    }
}

pub(super) fn occasion_wire(occasion: Occasion) -> tidegate_api::Occasion {
    match occasion {
        Occasion::Schedule => tidegate_api::Occasion::Schedule,
        Occasion::Progress => tidegate_api::Occasion::Progress,
        Occasion::Confirmation => tidegate_api::Occasion::Confirmation,
        Occasion::Rollback => tidegate_api::Occasion::Rollback,
        Occasion::Feedback => tidegate_api::Occasion::Feedback,
    }
}
