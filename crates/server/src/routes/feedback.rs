//! `/releases/{version}/feedback`: what users say about a release.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use sha2::{Digest as _, Sha256};
use tidegate_api::{Feedback, FeedbackAnswer, FeedbackRequest};
use tidegate_domain::name::Version;
use tidegate_domain::refusal::Refusal;
use tidegate_domain::release::ReleaseRefusal;

use super::problems::{Commanding, ReadingOne};
use crate::announcements::feedback::{self, Answer, Kept};
use crate::app::App;
use crate::asked::Asked;
use crate::extract::{At, name};
use crate::problem::Trouble;

const LISTED_MAX: usize = 500;

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

async fn look(app: &App, version: &Version) -> Result<Feedback, Trouble> {
    let all = feedback::of(app, version.as_str()).await?;
    let mut ratings = [0_u64; 5];
    for answer in &all {
        if let Some(count) = ratings.get_mut(usize::from(answer.rating).wrapping_sub(1)) {
            *count += 1;
        }
    }
    let (count, sum) = (all.len() as u64, all.iter().map(|answer| u64::from(answer.rating)).sum::<u64>());
    let items = all.into_iter().take(LISTED_MAX).map(|answer| FeedbackAnswer {
        id: answer.id,
        announcement: answer.announcement,
        rating: answer.rating,
        text: answer.text,
        at_ms: answer.at_ms,
    });
    Ok(Feedback {
        release: version.to_string(),
        count,
        average: (count > 0).then(|| (sum as f64 / count as f64 * 100.0).round() / 100.0),
        ratings: ratings.to_vec(),
        answers: items.collect(),
    })
}
