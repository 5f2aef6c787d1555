//! `/reviews` and `/releases/{version}/reviews`: what emergencies owe afterwards.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::Deserialize;
use tidegate_api::{Page, Review, ReviewOutcome, ReviewRequest, ReviewState};
use tidegate_domain::name::{EnvironmentName, Version};
use tidegate_domain::review::Outcome;
use tidegate_domain::rights::Right;
use tidegate_engine::{Command, NewReview};
use utoipa::IntoParams;

use super::gates::short;
use super::problems::{Commanding, ReadingOne};
use super::releases;
use crate::app::App;
use crate::asked::{Asked, By};
use crate::extract::{At, Wanted, name};
use crate::identity::{Caller, must_in};
use crate::problem::Trouble;
use crate::wire;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct ReviewsWanted {
    /// Only of this state.
    state: Option<ReviewState>,
}

/// List reviews
///
/// Of every emergency: those that are owed, whose time ends first, then the newest that are done; at most 500.
#[utoipa::path(
    get, path = "/reviews", operation_id = "list_reviews", tag = "gates", params(ReviewsWanted),
    responses((status = 200, description = "The reviews", body = Page<Review>), ReadingOne)
)]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    By(caller): By,
    Wanted(wanted): Wanted<ReviewsWanted>,
) -> Result<Json<Page<Review>>, Trouble> {
    let mut page = seen((&app, &caller), None).await?;
    page.items.retain(|review| wanted.state.is_none_or(|state| review.state == state));
    Ok(Json(page))
}

/// Show the reviews of a release
///
/// One for each of its rollouts as an emergency where people approve.
#[utoipa::path(
    get, path = "/releases/{version}/reviews", operation_id = "show_reviews", tag = "gates",
    params(("version" = String, Path, description = "Its version")),
    responses((status = 200, description = "Its reviews", body = Page<Review>), ReadingOne)
)]
pub(super) async fn show(
    State(app): State<Arc<App>>,
    By(caller): By,
    At(version): At<String>,
) -> Result<Json<Page<Review>>, Trouble> {
    let version: Version = name(&version)?;
    releases::look(&app, &version).await?;
    Ok(Json(seen((&app, &caller), Some(&version)).await?))
}

/// Review an emergency
///
/// By somebody who may sign there, did not make the release, and did not let it through alone. Answers with all reviews of the
/// release.
#[utoipa::path(
    post, path = "/releases/{version}/reviews", operation_id = "review_release", tag = "gates",
    params(("version" = String, Path, description = "Its version")), request_body = ReviewRequest,
    responses((status = 201, description = "Its reviews", body = Page<Review>), Commanding)
)]
pub(super) async fn done(
    State(app): State<Arc<App>>,
    At(version): At<String>,
    asked: Asked<ReviewRequest>,
) -> Result<(StatusCode, Json<Page<Review>>), Trouble> {
    let (body, asked) = asked.split();
    let (release, environment): (Version, EnvironmentName) = (name(&version)?, name(&body.environment)?);
    must_in(&app, &asked.caller, (Right::Sign, &environment)).await?;
    let outcome = match body.outcome {
        ReviewOutcome::Justified => Outcome::Justified,
        ReviewOutcome::Unjustified => Outcome::Unjustified,
    };
    let note = short(body.note)?;
    let caller = Arc::clone(&asked.caller);
    let command = Command::Review(NewReview { release: release.clone(), environment, outcome, note });
    app.engine.submit(&asked.to(command), app.clock.now()).await?;
    Ok((StatusCode::CREATED, Json(seen((&app, &caller), Some(&release)).await?)))
}

async fn seen((app, caller): (&App, &Caller), version: Option<&Version>) -> Result<Page<Review>, Trouble> {
    let now_ms = app.clock.now().wall_ms;
    let all = app.engine.reviews(version).await?;
    let seen = all.into_iter().filter(|view| caller.may_in(Right::Read, &view.owed.environment));
    Ok(Page { items: seen.map(|view| wire::review(view, now_ms)).collect(), next: None })
}
