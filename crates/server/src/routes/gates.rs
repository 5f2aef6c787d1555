//! `/environments/{environment}/gates`: what lets a release in, and what people say about it.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use tidegate_api::{ChangeRequest, ChangeType, Choice, Gates, OverrideRequest, Release, VoteRequest};
use tidegate_domain::gate;
use tidegate_domain::name::{EnvironmentName, GateName, Version};
use tidegate_engine::{Command, NewOverride, NewVote, OVERRIDE_SECONDS_MAX};
use utoipa::IntoParams;

use super::problems::{Commanding, ReadingOne};
use super::releases;
use crate::app::App;
use crate::asked::Asked;
use crate::extract::{At, Wanted, name};
use crate::inquiries;
use crate::problem::Trouble;
use crate::wire;

pub(super) const REASON_CHARS_MAX: usize = 1_000;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct GatesWanted {
    /// The release that would enter.
    release: String,
}

/// Show the gates before an environment
///
/// Each one open or closed for this release, with why, since when, who can open it and by which command. Freezes and
/// windows stand among them only while they close. Other systems that a gate asks are asked anew where it is time to, so an
/// answer may take as long as they are given.
#[utoipa::path(
    get, path = "/environments/{environment}/gates", operation_id = "show_gates", tag = "gates",
    params(("environment" = String, Path, description = "Where it would go"), GatesWanted),
    responses((status = 200, description = "The gates", body = Gates), ReadingOne)
)]
pub(super) async fn show(
    State(app): State<Arc<App>>,
    At(environment): At<String>,
    Wanted(wanted): Wanted<GatesWanted>,
) -> Result<Json<Gates>, Trouble> {
    let (release, environment): (Version, EnvironmentName) = (name(&wanted.release)?, name(&environment)?);
    inquiries::ask(&app, &release, std::slice::from_ref(&environment)).await;
    look(&app, &release, &environment).await
}

/// Say yes or no at a gate
///
/// For the one who asks, and about exactly what would go out now: once that changes, the word no longer counts. The last
/// word of a person is theirs. Answers with the gates as they are then.
#[utoipa::path(
    post, path = "/environments/{environment}/gates/votes", operation_id = "vote", tag = "gates",
    params(("environment" = String, Path, description = "Where it would go")), request_body = VoteRequest,
    responses((status = 200, description = "The gates", body = Gates), Commanding)
)]
pub(super) async fn vote(
    State(app): State<Arc<App>>,
    At(environment): At<String>,
    asked: Asked<VoteRequest>,
) -> Result<Json<Gates>, Trouble> {
    let (body, asked) = asked.split();
    let (release, environment): (Version, EnvironmentName) = (name(&body.release)?, name(&environment)?);
    let command = Command::Vote(NewVote {
        release: release.clone(),
        environment: environment.clone(),
        gate: body.gate.as_deref().map(name).transpose()?,
        choice: match body.choice {
            Choice::Yes => gate::Choice::Yes,
            Choice::No => gate::Choice::No,
            Choice::Withdrawn => gate::Choice::Withdrawn,
        },
        reason: short(body.reason)?,
        at_most: asked.caller.at_most().map(<[_]>::to_vec),
    });
    app.engine.submit(&asked.to(command), app.clock.now()).await?;
    look(&app, &release, &environment).await
}

/// Let a release through a freeze or outside of its windows
///
/// With a reason, for a time, and for exactly what would go out now; the other gates stay as they are. Answers with the
/// gates as they are then.
#[utoipa::path(
    post, path = "/environments/{environment}/gates/override", operation_id = "override_calendar", tag = "gates",
    params(("environment" = String, Path, description = "Where it would go")), request_body = OverrideRequest,
    responses((status = 200, description = "The gates", body = Gates), Commanding)
)]
pub(super) async fn let_through(
    State(app): State<Arc<App>>,
    At(environment): At<String>,
    asked: Asked<OverrideRequest>,
) -> Result<Json<Gates>, Trouble> {
    let (body, asked) = asked.split();
    let (release, environment): (Version, EnvironmentName) = (name(&body.release)?, name(&environment)?);
    if body.for_seconds.is_some_and(|seconds| !(1..=OVERRIDE_SECONDS_MAX).contains(&seconds)) {
        let detail = format!(
            "`for_seconds` is not 1 to {OVERRIDE_SECONDS_MAX}: an override holds at most thirty days"
        );
        return Err(Trouble::bad_request(detail));
    }
    let meant: Option<GateName> = body.name.as_deref().map(name).transpose()?;
    let command = Command::Override(NewOverride {
        release: release.clone(),
        environment: environment.clone(),
        name: meant.map(String::from),
        reason: short(body.reason)?,
        seconds: body.for_seconds,
    });
    app.engine.submit(&asked.to(command), app.clock.now()).await?;
    look(&app, &release, &environment).await
}

/// Say how much consent a release needs
///
/// A standard change needs no approvals, an emergency fewer; tests and acceptance are wanted for all of them.
#[utoipa::path(
    put, path = "/releases/{version}/change", operation_id = "set_change", tag = "gates",
    params(("version" = String, Path, description = "Its version")), request_body = ChangeRequest,
    responses((status = 200, description = "The release", body = Release), Commanding)
)]
pub(super) async fn set_change(
    State(app): State<Arc<App>>,
    At(version): At<String>,
    asked: Asked<ChangeRequest>,
) -> Result<Json<Release>, Trouble> {
    let (body, asked) = asked.split();
    let release: Version = name(&version)?;
    let change = match body.change {
        ChangeType::Standard => gate::ChangeType::Standard,
        ChangeType::Normal => gate::ChangeType::Normal,
        ChangeType::Emergency => gate::ChangeType::Emergency,
    };
    let command = Command::SetChange { release: release.clone(), change };
    app.engine.submit(&asked.to(command), app.clock.now()).await?;
    Ok(Json(releases::look(&app, &release).await?))
}

async fn look(app: &App, release: &Version, environment: &EnvironmentName) -> Result<Json<Gates>, Trouble> {
    Ok(Json(wire::gates(app.engine.gates(release, environment, app.clock.now()).await?)))
}

pub(super) fn short(reason: String) -> Result<String, Trouble> {
    if reason.chars().count() > REASON_CHARS_MAX {
        return Err(Trouble::bad_request(format!("`reason` is longer than {REASON_CHARS_MAX} characters")));
    }
    Ok(reason)
}
