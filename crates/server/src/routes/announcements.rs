//! `/announcements`: what people are told of a release, and what became of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use tidegate_api::{
    AnnounceAgainRequest, AnnounceRequest, AnnounceWhen, Announcement, AnnouncementDelivery,
    AnnouncementState, CancelAnnouncementRequest, DeliveryState, Page, Reaches, Replayed,
};
use tidegate_domain::announcement::{
    self, AnnouncementCommand, AnnouncementId, AnnouncementRefusal, Plan, Setup, Template, When,
};
use tidegate_domain::name::{EnvironmentName, Version};
use tidegate_domain::refusal::Refusal;
use tidegate_engine::{AnnouncementView, Command, ForAnnouncement, ForAnnouncements};
use tidegate_ports::RowQuery;
use utoipa::IntoParams;

use super::announcement_templates::{occasion_of, occasion_wire, unfilled};
use super::gates::REASON_CHARS_MAX;
use super::problems::{Commanding, Reading, ReadingOne};
use super::webhooks::wanted_state;
use crate::announcements::truth::untrue;
use crate::announcements::words::{Reached, Values, check, filled, words_of};
use crate::announcements::{Known, letters};
use crate::app::App;
use crate::asked::Asked;
use crate::extract::{At, Wanted, name};
use crate::problem::Trouble;

const CANCELLED: &str = "cancelled by hand";
const LISTED_MAX: u32 = 100;
/// Clocks differ, and a request takes its time.
const PAST_MS: u64 = 5 * 60_000;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct AnnouncementsWanted {
    /// Of this release; of all where absent.
    release: Option<String>,
}

/// List announcements
///
/// Newest change first, a hundred at most.
#[utoipa::path(
    get, path = "/announcements", operation_id = "list_announcements", tag = "announcements",
    params(AnnouncementsWanted),
    responses((status = 200, description = "Announcements", body = Page<Announcement>), Reading)
)]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Wanted(wanted): Wanted<AnnouncementsWanted>,
) -> Result<Json<Page<Announcement>>, Trouble> {
    let scope =
        wanted.release.as_deref().map(name::<Version>).transpose()?.map(|version| version.to_string());
    let query =
        RowQuery { kind: "announcement".to_owned(), scope, state: None, before: None, limit: LISTED_MAX };
    let rows = app.store.rows(query).await?;
    let open = open(&app);
    let setup = app.engine.announcements_setup().await?;
    let mut items = Vec::new();
    for (_, row) in rows {
        let view: AnnouncementView = serde_json::from_str(&row.body).map_err(|_| Trouble::bug())?;
        items.push(wire(&app, (&setup, &open), view).await?);
    }
    Ok(Json(Page { items, next: None }))
}

/// Announce
///
/// At a time, when a rollout comes so far, or now. It is told once to each whom it is for, by the channels of its audience.
#[utoipa::path(
    post, path = "/announcements", operation_id = "announce", tag = "announcements", request_body = AnnounceRequest,
    responses((status = 201, description = "The announcement", body = Announcement), Commanding)
)]
pub(super) async fn announce(
    State(app): State<Arc<App>>,
    asked: Asked<AnnounceRequest>,
) -> Result<(StatusCode, Json<Announcement>), Trouble> {
    let (body, asked) = asked.split();
    let plan = Box::new(plan(&app, body)?);
    let is_due = plan.when.due_ms().is_some_and(|ms| ms <= app.clock.now().wall_ms);
    if is_due && let Some(why) = untrue(&app, &plan).await? {
        return Err(Trouble::new(StatusCode::CONFLICT, "release-not-out", why).help(
            "let it be told when it comes: `--when success --env ENVIRONMENT`; or say it in your own words",
        ));
    }
    // The same request again is the same announcement.
    let id = match &asked.key {
        Some(key) => {
            let digest = Sha256::digest(format!("{}\0{}", key.text, key.digest));
            AnnouncementId::from_bits(u64::from_be_bytes(digest[..8].try_into().map_err(|_| Trouble::bug())?))
        }
        None => AnnouncementId::from_bits(rand::random()),
    };
    submit(&app, asked, &id, AnnouncementCommand::Plan(plan)).await?;
    Ok((StatusCode::CREATED, Json(look(&app, &id).await?)))
}

/// Show an announcement
///
/// With its words as they went out, or as they would now.
#[utoipa::path(
    get, path = "/announcements/{announcement}", operation_id = "show_announcement", tag = "announcements",
    params(("announcement" = String, Path, description = "Its id")),
    responses((status = 200, description = "The announcement", body = Announcement), ReadingOne)
)]
pub(super) async fn show(
    State(app): State<Arc<App>>,
    At(given): At<String>,
) -> Result<Json<Announcement>, Trouble> {
    Ok(Json(look(&app, &name(&given)?).await?))
}

/// Cancel an announcement
///
/// What has not gone out does not; what has stays, but for the public page, where it is no longer shown.
#[utoipa::path(
    post, path = "/announcements/{announcement}/cancel", operation_id = "cancel_announcement", tag = "announcements",
    params(("announcement" = String, Path, description = "Its id")), request_body = CancelAnnouncementRequest,
    responses((status = 200, description = "The announcement", body = Announcement), Commanding)
)]
pub(super) async fn cancel(
    State(app): State<Arc<App>>,
    At(given): At<String>,
    asked: Asked<CancelAnnouncementRequest>,
) -> Result<Json<Announcement>, Trouble> {
    let (body, asked) = asked.split();
    let id: AnnouncementId = name(&given)?;
    let reason =
        body.reason.filter(|reason| !reason.trim().is_empty()).unwrap_or_else(|| CANCELLED.to_owned());
    if reason.chars().count() > REASON_CHARS_MAX {
        return Err(Trouble::bad_request(format!("a reason has at most {REASON_CHARS_MAX} characters")));
    }
    let why = format!("cancelled: {reason}");
    submit(&app, asked, &id, AnnouncementCommand::Cancel { reason }).await?;
    letters::give_up(&app, id.as_str(), &why).await?;
    Ok(Json(look(&app, &id).await?))
}

/// Send again
///
/// One delivery, whether it arrived or not, or all that were given up; each under the id that it had.
#[utoipa::path(
    post, path = "/announcements/{announcement}/again", operation_id = "announce_again", tag = "announcements",
    params(("announcement" = String, Path, description = "Its id")), request_body = AnnounceAgainRequest,
    responses((status = 200, description = "How many wait now", body = Replayed), Commanding)
)]
pub(super) async fn again(
    State(app): State<Arc<App>>,
    At(given): At<String>,
    asked: Asked<AnnounceAgainRequest>,
) -> Result<Json<Replayed>, Trouble> {
    let id: AnnouncementId = name(&given)?;
    let view = known(&app, &id).await?;
    if let Some(why) = &view.cancelled {
        let detail = format!("{id} was cancelled: {why}");
        return Err(Trouble::new(StatusCode::CONFLICT, "announcement-cancelled", detail)
            .help("announce it anew: `tidegate announce send`"));
    }
    let of_it = letters::of(&app, id.as_str()).await?;
    let wanted: Vec<String> = match &asked.body.delivery {
        None => {
            let dead = of_it.iter().filter(|letter| letter.state == DeliveryState::Dead);
            dead.map(|letter| letter.id.clone()).collect()
        }
        Some(delivery) => {
            let found = of_it.iter().find(|letter| letter.id == *delivery).ok_or_else(|| {
                Trouble::new(
                    StatusCode::NOT_FOUND,
                    "unknown-delivery",
                    format!("{id} has no delivery of this id"),
                )
                .help(format!("see which there are: tidegate announce deliveries {id}"))
            })?;
            vec![found.id.clone()]
        }
    };
    Ok(Json(Replayed { deliveries: letters::again(&app, &wanted).await? }))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct AnnouncementDeliveriesWanted {
    /// `waiting`, `delivered`, `dead`; all where absent.
    state: Option<String>,
}

/// List the deliveries of an announcement
///
/// To whom it goes by which channel, how often that was tried, and what came of it; those that did not arrive first.
#[utoipa::path(
    get, path = "/announcements/{announcement}/deliveries", operation_id = "list_announcement_deliveries",
    tag = "announcements",
    params(("announcement" = String, Path, description = "Its id"), AnnouncementDeliveriesWanted),
    responses((status = 200, description = "Deliveries", body = Page<AnnouncementDelivery>), ReadingOne)
)]
pub(super) async fn deliveries(
    State(app): State<Arc<App>>,
    At(given): At<String>,
    Wanted(wanted): Wanted<AnnouncementDeliveriesWanted>,
) -> Result<Json<Page<AnnouncementDelivery>>, Trouble> {
    let id: AnnouncementId = name(&given)?;
    known(&app, &id).await?;
    let state = wanted_state(wanted.state.as_deref())?;
    let mut items = letters::of(&app, id.as_str()).await?;
    items.retain(|letter| state.is_none_or(|state| letter.state == state));
    Ok(Json(Page { items, next: None }))
}

fn plan(app: &App, body: AnnounceRequest) -> Result<Plan, Trouble> {
    let when = match (body.at_ms, body.when) {
        (Some(_), Some(_)) => {
            return Err(Trouble::unfit("it is told at a time or when a rollout comes so far, not both"));
        }
        (Some(ms), None) if ms.saturating_add(PAST_MS) < app.clock.now().wall_ms => {
            return Err(
                Trouble::unfit("the time to tell it at is past").help("leave the time out to tell it now")
            );
        }
        (Some(ms), None) => When::At { ms },
        (None, None) => When::At { ms: app.clock.now().wall_ms },
        (None, Some(when)) => When::reached(name(&when.environment)?, reaches(&when)?),
    };
    let words = match (body.subject, body.text) {
        (Some(subject), Some(text)) => Some(Template { subject, text }),
        (None, None) => None,
        (Some(_), None) | (None, Some(_)) => {
            return Err(Trouble::unfit("own words are a `subject` and a `text`"));
        }
    };
    if let Some(words) = &words {
        words.check().map_err(Refusal::from)?;
        check(words).map_err(|refusal| unfilled(&refusal))?;
    }
    Ok(Plan {
        release: name(&body.release)?,
        occasion: occasion_of(body.occasion),
        audience: name(&body.audience)?,
        when,
        environment: body.environment.as_deref().map(name::<EnvironmentName>).transpose()?,
        starts_ms: body.starts_ms,
        downtime_minutes: body.downtime_minutes,
        note: body.note,
        words,
        of_plan: None,
        channels: Vec::new(),
    })
}

fn reaches(when: &AnnounceWhen) -> Result<announcement::Reaches, Trouble> {
    match (when.reaches, when.step) {
        (Reaches::Step, Some(step)) => Ok(announcement::Reaches::Step(step)),
        (Reaches::Start, None) => Ok(announcement::Reaches::Start),
        (Reaches::Success, None) => Ok(announcement::Reaches::Success),
        (Reaches::Rollback, None) => Ok(announcement::Reaches::Rollback),
        (Reaches::Step, None) | (Reaches::Start | Reaches::Success | Reaches::Rollback, Some(_)) => {
            Err(Trouble::unfit("`step` stands where a step is waited for, and nowhere else"))
        }
    }
}

async fn submit(
    app: &App,
    asked: Asked<()>,
    id: &AnnouncementId,
    command: AnnouncementCommand,
) -> Result<(), Trouble> {
    let wish = ForAnnouncement { id: id.clone(), command, rows: Vec::new() };
    let command = Command::Announcements(Box::new(ForAnnouncements::One(wish)));
    app.engine.submit(&asked.to(command), app.clock.now()).await?;
    Ok(())
}

async fn known(app: &App, id: &AnnouncementId) -> Result<AnnouncementView, Trouble> {
    let unknown = || Refusal::from(AnnouncementRefusal::Unknown { id: id.clone() });
    Ok(app.engine.announcement(id).await?.ok_or_else(unknown)?)
}

pub(super) async fn look(app: &App, id: &AnnouncementId) -> Result<Announcement, Trouble> {
    let view = known(app, id).await?;
    let setup = app.engine.announcements_setup().await?;
    wire(app, (&setup, &open(app)), view).await
}

type Open = (Known, BTreeMap<String, (u64, u64)>);

fn open(app: &App) -> Open {
    let known = app.herald.known();
    (known, letters::open_by(app, |letter| letter.announcement.clone()))
}

async fn wire(
    app: &App,
    (setup, (known, open)): (&Setup, &Open),
    view: AnnouncementView,
) -> Result<Announcement, Trouble> {
    let AnnouncementView { id, plan, told, cancelled, state, planned_ms, .. } = view;
    let (subject, text) = if let Some(told) = &told {
        (told.subject.clone(), told.text.clone())
    } else {
        let values = Values::of(app, (&id, &plan, setup), Reached::default()).await?;
        // What no longer renders is said when its time comes.
        filled(&words_of(&plan, setup), &values).unwrap_or_default()
    };
    let deliveries = told.as_ref().map_or(0, |told| u64::from(told.letters));
    let (waiting, dead) = if known.holds(id.as_str()) {
        open.get(id.as_str()).copied().unwrap_or_default()
    } else {
        (deliveries, 0)
    };
    let is_public = told.as_ref().is_some_and(|told| told.public) && cancelled.is_none();
    let at_ms = plan.when.due_ms();
    let (after_minutes, when, place) = match plan.when {
        When::At { .. } => (None, None, plan.environment),
        When::Rollout { environment, reaches, after_minutes, .. } => {
            let (reaches, step) = match reaches {
                announcement::Reaches::Start => (Reaches::Start, None),
                announcement::Reaches::Step(step) => (Reaches::Step, Some(step)),
                announcement::Reaches::Success => (Reaches::Success, None),
                announcement::Reaches::Rollback => (Reaches::Rollback, None),
            };
            let when = AnnounceWhen { environment: environment.to_string(), reaches, step };
            (Some(after_minutes).filter(|minutes| *minutes > 0), Some(when), Some(environment))
        }
    };
    Ok(Announcement {
        release: plan.release.to_string(),
        occasion: occasion_wire(plan.occasion),
        audience: plan.audience.to_string(),
        state: match state.as_str() {
            "told" => AnnouncementState::Told,
            "cancelled" => AnnouncementState::Cancelled,
            _ => AnnouncementState::Planned,
        },
        at_ms,
        when,
        after_minutes,
        plan: plan.of_plan.as_ref().map(|of_plan| of_plan.plan.to_string()),
        entry: plan.of_plan.map(|of_plan| of_plan.entry),
        environment: place.map(|place| place.to_string()),
        starts_ms: plan.starts_ms,
        downtime_minutes: plan.downtime_minutes,
        note: plan.note,
        planned_ms,
        told_ms: told.map(|told| told.at_ms),
        subject,
        text,
        url: is_public.then(|| app.herald.announcement_url(app, setup, &id)),
        cancelled,
        deliveries,
        delivered: deliveries.saturating_sub(waiting + dead),
        waiting,
        dead,
        id: id.to_string(),
    })
}
