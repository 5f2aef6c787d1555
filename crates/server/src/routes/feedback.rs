//! `/releases/{version}/feedback`: what users say about a release.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use tidegate_api::{Feedback, FeedbackAnswer, FeedbackRequest, Page};
use tidegate_domain::name::Version;
use tidegate_domain::refusal::Refusal;
use tidegate_domain::release::ReleaseRefusal;
use utoipa::IntoParams;

use super::problems::{Commanding, Reading, ReadingOne};
use crate::announcements::feedback::{self, Answer, Kept};
use crate::app::App;
use crate::asked::Asked;
use crate::extract::{At, Wanted, name};
use crate::paging::page_size;
use crate::problem::Trouble;

const LISTED_MAX: usize = 500;
const PAGE: u32 = 50;
const PAGE_MAX: u32 = 500;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct FeedbackWanted {
    /// Only of this release.
    release: Option<String>,
    /// Only of this rating, 1 (bad) to 5 (good).
    #[param(minimum = 1, maximum = 5)]
    rating: Option<u8>,
    /// `next` of the page before: what was said before this moment.
    before: Option<u64>,
    /// At most 500; 50 where absent.
    limit: Option<u32>,
}

/// List feedback
///
/// Every answer by itself, of all releases or of one, the newest first.
#[utoipa::path(
    get, path = "/feedback", operation_id = "list_feedback", tag = "announcements", params(FeedbackWanted),
    responses((status = 200, description = "A page of answers", body = Page<FeedbackAnswer>), Reading)
)]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Wanted(wanted): Wanted<FeedbackWanted>,
) -> Result<Json<Page<FeedbackAnswer>>, Trouble> {
    let limit = page_size(wanted.limit, PAGE, PAGE_MAX)?;
    if wanted.rating.is_some_and(|rating| !(1..=5).contains(&rating)) {
        return Err(Trouble::bad_request("`rating` is 1 (bad) to 5 (good)"));
    }
    let release = wanted.release.as_deref().map(name::<Version>).transpose()?;
    let (found, next) = feedback::page(&app, (release, wanted.rating), (wanted.before, limit)).await?;
    Ok(Json(Page { items: found.into_iter().map(wire).collect(), next }))
}

/// Show feedback
///
/// What users said by the links of announcements, and what programs brought: counted, and the newest.
#[utoipa::path(
    get, path = "/releases/{version}/feedback", operation_id = "show_feedback", tag = "announcements",
    params(("version" = String, Path, description = "Of the release")),
    responses((status = 200, description = "What was said", body = Feedback), ReadingOne)
)]
pub(super) async fn show(
    State(app): State<Arc<App>>,
    At(given): At<String>,
) -> Result<Json<Feedback>, Trouble> {
    let version = known(&app, &given).await?;
    Ok(Json(look(&app, &version).await?))
}

/// Add feedback
///
/// For programs that users tell how a release is: an application, a help desk. With the same idempotency key it counts once.
#[utoipa::path(
    post, path = "/releases/{version}/feedback", operation_id = "add_feedback", tag = "announcements",
    params(("version" = String, Path, description = "Of the release")), request_body = FeedbackRequest,
    responses((status = 200, description = "What was said so far", body = Feedback), Commanding)
)]
pub(super) async fn add(
    State(app): State<Arc<App>>,
    At(given): At<String>,
    asked: Asked<FeedbackRequest>,
) -> Result<Json<Feedback>, Trouble> {
    let version = known(&app, &given).await?;
    let FeedbackRequest { rating, text } = asked.body;
    if !(1..=5).contains(&rating) {
        return Err(Trouble::unfit("a rating is 1 (bad) to 5 (good)"));
    }
    if text.chars().count() > feedback::TEXT_CHARS_MAX {
        return Err(Trouble::unfit(format!("a text has at most {} characters", feedback::TEXT_CHARS_MAX)));
    }
    let id = match &asked.key {
        Some(key) => {
            let digest = Sha256::digest(format!("{}\0{}", key.text, key.digest));
            crate::wire::hex(&digest[..8])
        }
        None => format!("{:016x}", rand::random::<u64>()),
    };
    let answer = Answer {
        id: format!("fbk_{id}"),
        release: version.to_string(),
        announcement: None,
        rating,
        text: feedback::plain(&text),
        at_ms: app.clock.now().wall_ms,
    };
    match feedback::keep(&app, &answer).await? {
        Kept::New | Kept::Again => Ok(Json(look(&app, &version).await?)),
        Kept::Full => {
            let detail = format!("so many said something about {version} that no more is kept");
            Err(Trouble::new(StatusCode::CONFLICT, "feedback-full", detail)
                .help("read what there is: `tidegate announce feedback`"))
        }
    }
}

async fn known(app: &App, given: &str) -> Result<Version, Trouble> {
    let version: Version = name(given)?;
    let unknown = || Refusal::from(ReleaseRefusal::Unknown { version: version.clone() });
    app.engine.release(&version).await?.ok_or_else(unknown)?;
    Ok(version)
}

fn wire(answer: Answer) -> FeedbackAnswer {
    let Answer { id, release, announcement, rating, text, at_ms } = answer;
    FeedbackAnswer { id, release, announcement, rating, text, at_ms }
}

async fn look(app: &App, version: &Version) -> Result<Feedback, Trouble> {
    counted(app, version, LISTED_MAX).await
}

/// With the newest few answers.
pub(super) async fn counted(app: &App, version: &Version, shown: usize) -> Result<Feedback, Trouble> {
    let all = feedback::of(app, version.as_str()).await?;
    let mut ratings = [0_u64; 5];
    for answer in &all {
        if let Some(count) = ratings.get_mut(usize::from(answer.rating).wrapping_sub(1)) {
            *count += 1;
        }
    }
    let (count, sum) = (all.len() as u64, all.iter().map(|answer| u64::from(answer.rating)).sum::<u64>());
    Ok(Feedback {
        release: version.to_string(),
        count,
        average: (count > 0).then(|| (sum as f64 / count as f64 * 100.0).round() / 100.0),
        ratings: ratings.to_vec(),
        answers: all.into_iter().take(shown).map(wire).collect(),
    })
}
