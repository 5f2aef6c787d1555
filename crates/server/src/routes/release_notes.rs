//! `/releases/{version}/notes`: what is told of a release, from its source and by people.
//!
//! Invariant: a change names what it saw of the release, like any other. Deliberately not here: what becomes of edits when notes are told
//! again (`tidegate-notes`), and where they are kept (`tidegate-engine`).

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use serde::Deserialize;
use tidegate_api::{
    NoteAudience, NotesFormat, ReleaseNotes, ReleaseNotesRenewed, RenewReleaseNotesRequest,
    WriteReleaseNotesRequest,
};
use tidegate_domain::name::Version;
use tidegate_domain::refusal::Refusal;
use tidegate_domain::release::ReleaseRefusal;
use tidegate_engine::{Command, ForNotes, NotesWish};
use tidegate_notes::kept::Kept;
use tidegate_notes::render::{markdown, text};
use utoipa::IntoParams;

use super::problems::{Commanding, ReadingOne};
use crate::app::App;
use crate::asked::Asked;
use crate::extract::{At, Wanted, name};
use crate::problem::Trouble;
use crate::wire;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct NotesWanted {
    /// `json` where absent: all of them, as they are edited.
    #[param(inline)]
    format: Option<NotesFormat>,
    /// As `markdown` and `text`: what is for these readers.
    #[param(inline)]
    audience: Option<NoteAudience>,
}

/// Show the notes of a release
///
/// As people wrote them, or as they were told from git where nobody did. None are kept until they were sent once.
#[utoipa::path(
    get, path = "/releases/{version}/notes", operation_id = "show_release_notes", tag = "releases",
    params(("version" = String, Path, description = "Of the release"), NotesWanted),
    responses(
        (status = 200, description = "The notes", content((ReleaseNotes = "application/json"), (String = "text/markdown"), (String = "text/plain"))),
        ReadingOne
    )
)]
pub(super) async fn show(
    State(app): State<Arc<App>>,
    At(version): At<String>,
    Wanted(wanted): Wanted<NotesWanted>,
) -> Result<Response, Trouble> {
    let version: Version = name(&version)?;
    let kept = look(&app, &version).await?;
    let audience = wire::retold(&wanted.audience)?;
    let read = || kept.notes(version.as_str(), audience);
    Ok(match wanted.format.unwrap_or(NotesFormat::Json) {
        NotesFormat::Json => Json(wire::release_notes(&version, &kept)?).into_response(),
        NotesFormat::Markdown => {
            let text = markdown::notes(&read(), &tidegate_notes::Settings::default());
            ([(CONTENT_TYPE, "text/markdown; charset=utf-8")], text).into_response()
        }
        NotesFormat::Text => {
            ([(CONTENT_TYPE, "text/plain; charset=utf-8")], text::notes(&read())).into_response()
        }
    })
}

/// Write the notes of a release
///
/// The whole of them, in their order. What people write stays when the notes are told from git again; what they leave out stays out, and
/// can be taken back in by its id. Also after the release is out.
#[utoipa::path(
    put, path = "/releases/{version}/notes", operation_id = "write_release_notes", tag = "releases",
    request_body = WriteReleaseNotesRequest, params(("version" = String, Path, description = "Of the release")),
    responses((status = 200, description = "The notes", body = ReleaseNotes), Commanding)
)]
pub(super) async fn write(
    State(app): State<Arc<App>>,
    At(version): At<String>,
    asked: Asked<WriteReleaseNotesRequest>,
) -> Result<Json<ReleaseNotes>, Trouble> {
    let (body, asked) = asked.split();
    let version: Version = name(&version)?;
    let given = body.notes.into_iter().map(wire::note_given).collect::<Result<_, _>>()?;
    submit(&app, asked, (version.clone(), NotesWish::Write(given))).await?;
    Ok(Json(wire::release_notes(&version, &look(&app, &version).await?)?))
}

/// Tell the notes of a release again
///
/// From all that its source says now. What nobody touched follows it; what people wrote, moved or took out stays, and where the source
/// says something new of it, that is told beside it.
#[utoipa::path(
    post, path = "/releases/{version}/notes/renew", operation_id = "renew_release_notes", tag = "releases",
    request_body = RenewReleaseNotesRequest, params(("version" = String, Path, description = "Of the release")),
    responses((status = 200, description = "What that did", body = ReleaseNotesRenewed), Commanding)
)]
pub(super) async fn renew(
    State(app): State<Arc<App>>,
    At(version): At<String>,
    asked: Asked<RenewReleaseNotesRequest>,
) -> Result<Json<ReleaseNotesRenewed>, Trouble> {
    let (body, asked) = asked.split();
    let version: Version = name(&version)?;
    let told: Vec<_> = body.notes.into_iter().map(wire::note_told).collect::<Result<_, _>>()?;
    let renewal = look(&app, &version).await?.renewed(told.clone()).1;
    submit(&app, asked, (version.clone(), NotesWish::Renew(told))).await?;
    Ok(Json(ReleaseNotesRenewed {
        new: renewal.new,
        changed: renewal.changed,
        gone: renewal.gone,
        waiting: renewal.waiting,
        too_many: renewal.too_many as u64,
        notes: wire::release_notes(&version, &look(&app, &version).await?)?,
    }))
}

async fn submit(app: &App, asked: Asked<()>, (release, wish): (Version, NotesWish)) -> Result<(), Trouble> {
    let command = Command::Notes(Box::new(ForNotes { release, wish }));
    app.engine.submit(&asked.to(command), app.clock.now()).await?;
    Ok(())
}

async fn look(app: &App, version: &Version) -> Result<Kept, Trouble> {
    let kept = app.engine.notes_of(version).await?;
    kept.ok_or_else(|| Refusal::from(ReleaseRefusal::Unknown { version: version.clone() }).into())
}
