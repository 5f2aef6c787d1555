//! `/sample`: the sample shop, where nothing is applied yet.
//!
//! Invariant: nobody's configuration is replaced; broken off half way, asking again makes what is missing. Deliberately not
//! here: what it is made of (`sample`).

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use tidegate_api::{CreateReleaseRequest, EmptyRequest, NewArtifact, ReleaseKind, SampleMade};
use tidegate_domain::id::StreamId;
use tidegate_domain::release;
use tidegate_engine::{Answer, Command, NewRelease, Seen, SubmitError, Versions};
use tidegate_ports::Fault;

use super::problems::Commanding;
use crate::app::App;
use crate::asked::Asked;
use crate::bring;
use crate::extract::name;
use crate::problem::Trouble;
use crate::sample::{FILE_NAME, VERSIONS, Version, configuration, free_ports, is_sample, shop};

/// Set up the sample shop
///
/// Where nothing is applied yet: a configuration with three environments, and the releases 1.0.0, 1.1.0 and 1.2.0, which fails
/// 5 % of its requests. Everything of it runs from the server's own program, on free ports of this machine.
#[utoipa::path(
    post, path = "/sample", operation_id = "make_sample", tag = "configuration", request_body = EmptyRequest,
    responses((status = 201, description = "What was made", body = SampleMade), Commanding)
)]
pub(super) async fn make(
    State(app): State<Arc<App>>,
    asked: Asked<EmptyRequest>,
) -> Result<(StatusCode, Json<SampleMade>), Trouble> {
    let (EmptyRequest {}, asked) = asked.split();
    let catalog = app.engine.catalog().await?;
    let is_new = catalog.source.is_none() && catalog.environments.is_empty();
    let changes = if is_new {
        apply(&app, &asked).await?
    } else if is_sample(&catalog) && (is_answered(&app, &asked).await? || lacks_some(&app).await?) {
        Vec::new()
    } else {
        return Err(not_empty());
    };
    for version in &VERSIONS {
        create(&app, &asked, version).await?;
    }
    let catalog = app.engine.catalog().await?;
    Ok((
        StatusCode::CREATED,
        Json(SampleMade {
            shop: shop(&catalog).ok_or_else(Trouble::bug)?,
            environments: catalog.environments.iter().map(|spec| spec.name.to_string()).collect(),
            releases: VERSIONS.iter().map(|version| version.name.to_owned()).collect(),
            changes,
        }),
    ))
}

/// Only on what was never written: of two who ask at once, one does it.
async fn apply(app: &App, asked: &Asked<()>) -> Result<Vec<String>, Trouble> {
    let ports = free_ports().map_err(|why| {
        Fault::hold("no-free-port", "the system gives no free port")
            .with_help("see who has them: `ss -ltn`")
            .caused_by(why)
    })?;
    let text = configuration(app.engine.project(), &app.program, ports).ok_or_else(nameless_program)?;
    let manifest = tidegate_manifest::parse(FILE_NAME, &text).map_err(|_| Trouble::bug())?;
    let request = tidegate_engine::Request {
        key: asked.key.clone(),
        seen: Some(Seen { stream: StreamId::Catalog, versions: Versions::OneOf(vec![0]) }),
        ..asked.again(Command::Apply(manifest.catalog))
    };
    match app.engine.submit(&request, app.clock.now()).await {
        Ok(Answer::Applied { changes }) => Ok(changes),
        Ok(Answer::Release { .. } | Answer::Rollouts { .. } | Answer::Done | Answer::Incident { .. }) => {
            Err(Trouble::bug())
        }
        Err(SubmitError::ChangedMeanwhile) => Err(not_empty()),
        Err(error) => Err(error.into()),
    }
}

/// One that is there already stays.
async fn create(app: &App, asked: &Asked<()>, made: &Version) -> Result<(), Trouble> {
    let version = name(made.name)?;
    if app.engine.release(&version).await?.is_some() {
        return Ok(());
    }
    let path = made.write(&app.places.sample()).map_err(|why| {
        Fault::hold("data-directory-unusable", format!("{} cannot be written", app.places.sample().display()))
            .with_help("check who owns the data directory, and whether the disk is full")
            .caused_by(why)
    })?;
    let path = NewArtifact { path: Some(path.display().to_string()), ..NewArtifact::default() };
    let command = NewArtifact { command: true, ..NewArtifact::default() };
    let of = |names: &[&str], artifact: &NewArtifact| {
        names.iter().map(|name| ((*name).to_owned(), artifact.clone())).collect::<BTreeMap<_, _>>()
    };
    let mut components = of(made.components, &path);
    components.extend(of(made.commands, &command));
    let notes = vec![made.note.to_owned()];
    let wish = CreateReleaseRequest {
        bundle: None,
        version: made.name.to_owned(),
        kind: ReleaseKind::Planned,
        components,
        notes,
        commits: Vec::new(),
    };
    let components = bring::artifacts(app, &wish).await?;
    let wish = NewRelease {
        version,
        kind: release::ReleaseKind::Planned,
        components,
        notes: wish.notes,
        commits: Vec::new(),
    };
    app.engine.submit(&asked.again(Command::CreateRelease(wish)), app.clock.now()).await?;
    Ok(())
}

/// Whether this very request was answered before.
async fn is_answered(app: &App, asked: &Asked<()>) -> Result<bool, Fault> {
    let Some(key) = &asked.key else { return Ok(false) };
    Ok(app.store.receipt(&key.text).await?.is_some_and(|found| found.command_digest == key.digest))
}

async fn lacks_some(app: &App) -> Result<bool, Trouble> {
    for made in &VERSIONS {
        if app.engine.release(&name(made.name)?).await?.is_none() {
            return Ok(true);
        }
    }
    Ok(false)
}

fn not_empty() -> Trouble {
    let detail = "a configuration is applied here already, and the sample would replace it";
    Trouble::new(StatusCode::CONFLICT, "sample-not-empty", detail).help(
        "try the sample in a project of its own (`tidegate project add sample`, then `tidegate sample --project sample`), or in \
         another data directory (`tidegate up --data DIRECTORY`)",
    )
}

fn nameless_program() -> Trouble {
    Trouble::new(
        StatusCode::CONFLICT,
        "own-program-unknown",
        "the sample would run this program, and its path is not known or is not text",
    )
    .help("start the server by its full path, in a directory whose name is UTF-8")
}
