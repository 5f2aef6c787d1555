//! `/announcement-schedules`: everything that the users of a release are told while it comes to a place, arranged at once.
//!
//! Invariant: of one release, place and audience each of the four waits at most once, however often and at the same time it is
//! asked for; what was told or cancelled before is arranged anew, for the next try.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use sha2::{Digest as _, Sha256};
use tidegate_api::{Announcement, Page, ScheduleAnnouncementsRequest};
use tidegate_domain::announcement::of_plan::is_same_news;
use tidegate_domain::announcement::{AnnouncementCommand, AnnouncementId, Occasion, Plan, Reaches, When};
use tidegate_domain::name::{EnvironmentName, Version};
use tidegate_engine::{AnnouncementView, Command, ForAnnouncement, ForAnnouncements};
use tidegate_ports::RowQuery;

use super::announcements::look;
use super::problems::Commanding;
use crate::announcements::Window;
use crate::app::App;
use crate::asked::Asked;
use crate::extract::name;
use crate::problem::Trouble;

const PAGE: u32 = 1_000;

/// What is told when; the schedule is told by the clock.
const FOUR: [(Occasion, Option<Reaches>); 4] = [
    (Occasion::Schedule, None),
    (Occasion::Progress, Some(Reaches::Start)),
    (Occasion::Confirmation, Some(Reaches::Success)),
    (Occasion::Rollback, Some(Reaches::Rollback)),
];

/// Arrange the announcements of a rollout
///
/// Four: when it is expected and how long nothing answers, that it is on its way, that it is out, and that it went back. The first
/// goes out at a time or now, the others when the next rollout of the release in that environment comes so far. Window and
/// downtime are those of the release's plan where they are not given. Asked for again, what still waits stays as it is;
/// what the release's plan tells the same readers already is not told twice.
#[utoipa::path(
    post, path = "/announcement-schedules", operation_id = "schedule_announcements", tag = "announcements",
    request_body = ScheduleAnnouncementsRequest,
    responses((status = 201, description = "The four of them", body = Page<Announcement>), Commanding)
)]
pub(super) async fn arrange(
    State(app): State<Arc<App>>,
    asked: Asked<ScheduleAnnouncementsRequest>,
) -> Result<(StatusCode, Json<Page<Announcement>>), Trouble> {
    let (body, asked) = asked.split();
    let release: Version = name(&body.release)?;
    // Kept with each, so that a window that is moved later is another schedule.
    let window = Window::of(&app, &release).await?;
    let starts_ms = body.starts_ms.or(window.starts_ms);
    let downtime_minutes = body.downtime_minutes.or(window.downtime_minutes);
    let environment: EnvironmentName = name(&body.environment)?;
    let before = of_release(&app, &release).await?;
    let mut ids = Vec::new();
    for (occasion, reaches) in FOUR {
        let when = match &reaches {
            None => When::At { ms: body.at_ms.unwrap_or_else(|| app.clock.now().wall_ms) },
            Some(reaches) => When::reached(environment.clone(), *reaches),
        };
        let plan = Plan {
            release: release.clone(),
            occasion,
            audience: name(&body.audience)?,
            when,
            environment: Some(environment.clone()),
            starts_ms,
            downtime_minutes,
            note: body.note.clone(),
            words: None,
            of_plan: None,
            channels: Vec::new(),
        };
        let of_plan = |known: &&AnnouncementView| {
            known.state == "planned" && known.plan.of_plan.is_some() && is_same_news(&known.plan, &plan)
        };
        if let Some(known) = before.values().find(of_plan) {
            // The release's own plan tells them already.
            ids.push(known.id.clone());
            continue;
        }
        let id = free(&before, &plan, reaches.is_none());
        let wish = ForAnnouncement {
            id: id.clone(),
            command: AnnouncementCommand::Plan(Box::new(plan)),
            rows: Vec::new(),
        };
        let command = Command::Announcements(Box::new(ForAnnouncements::One(wish)));
        app.engine.submit(&asked.again(command), app.clock.now()).await?;
        ids.push(id);
    }
    let mut items = Vec::new();
    for id in &ids {
        items.push(look(&app, id).await?);
    }
    Ok((StatusCode::CREATED, Json(Page { items, next: None })))
}

/// Every announcement of a release, by its id.
async fn of_release(
    app: &App,
    release: &Version,
) -> Result<BTreeMap<AnnouncementId, AnnouncementView>, Trouble> {
    let (mut found, mut before) = (BTreeMap::new(), None);
    loop {
        let query = RowQuery {
            kind: "announcement".to_owned(),
            scope: Some(release.to_string()),
            state: None,
            before,
            limit: PAGE,
        };
        let page = app.store.rows(query).await?;
        before = page.last().map(|(position, _)| *position);
        let is_last = page.len() < PAGE as usize;
        for (_, row) in page {
            let view: AnnouncementView = serde_json::from_str(&row.body).map_err(|_| Trouble::bug())?;
            found.insert(view.id.clone(), view);
        }
        if is_last {
            return Ok(found);
        }
    }
}

/// The first id of its row of tries under which nothing was told or cancelled yet: whoever asks at the same time finds the same.
fn free(before: &BTreeMap<AnnouncementId, AnnouncementView>, plan: &Plan, is_once: bool) -> AnnouncementId {
    let place = plan.environment.as_ref().map_or("", |environment| environment.as_str());
    let mut number = 0_u32;
    loop {
        let named = format!("{}\0{}\0{place}\0{}\0{number}", plan.release, plan.audience, plan.occasion);
        let digest = Sha256::digest(named);
        let bits = digest[..8].iter().fold(0_u64, |bits, byte| (bits << 8) | u64::from(*byte));
        let id = AnnouncementId::from_bits(bits);
        // The schedule that was told stands, unless it says another time now.
        let taken = before.get(&id).is_some_and(|known| {
            let is_same = is_once && known.cancelled.is_none() && says_same(&known.plan, plan);
            known.state != "planned" && !is_same
        });
        if !taken {
            return id;
        }
        number += 1;
    }
}

fn says_same(one: &Plan, other: &Plan) -> bool {
    let of = |plan: &Plan| (plan.starts_ms, plan.downtime_minutes, plan.note.clone());
    of(one) == of(other)
}
