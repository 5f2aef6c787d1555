//! From the artifacts of a request to those of a release: read, copied, known by digest.
//!
//! Invariant: a release is only made of artifacts that are here, whole, and are what their digest says. Deliberately
//! not here: reading them (the target's artifact store).

use std::collections::BTreeMap;
use std::path::Path;

use http::StatusCode;
use tidegate_api::{CreateReleaseRequest, NewArtifact};
use tidegate_domain::component::{Artifact, Source, names_an_archive};
use tidegate_domain::name::{ComponentName, Version};
use tidegate_domain::refusal::Refusal;
use tidegate_ports::Fault;

use crate::app::App;
use crate::extract::name;
use crate::problem::Trouble;

/// Reads every artifact of the request; names that nobody knows are refused before anything is read.
pub(crate) async fn artifacts(
    app: &App,
    request: &CreateReleaseRequest,
) -> Result<BTreeMap<ComponentName, Artifact>, Trouble> {
    let version: Version = name(&request.version)?;
    let catalog = app.engine.catalog().await?;
    let mut wanted = Vec::new();
    for (component, artifact) in &request.components {
        let component: ComponentName = name(component)?;
        catalog.component(&component).map_err(Refusal::from)?;
        let own = artifact.version.as_deref().map(name).transpose()?.unwrap_or_else(|| version.clone());
        wanted.push((component, own, source(artifact)?, artifact.digest.clone()));
    }
    let mut brought = BTreeMap::new();
    for (component, version, source, expected) in wanted {
        let digest = bring(app, source.clone(), expected).await?;
        brought.insert(component, Artifact { version, source, digest });
    }
    Ok(brought)
}

pub(crate) async fn bring(
    app: &App,
    source: Source,
    expected: Option<String>,
) -> Result<Option<String>, Trouble> {
    // The semaphore is never closed.
    let _permit = app.readers.acquire().await;
    app.machine.bring_in(source, expected).await.map_err(blamed)
}

/// What is wrong with an artifact is the request's; a full disk is not.
fn blamed(fault: Fault) -> Trouble {
    if fault.code.starts_with("artifact-") { Trouble::unprocessable(fault) } else { fault.into() }
}

fn source(artifact: &NewArtifact) -> Result<Source, Trouble> {
    let unclear = |detail: &str, help: &str| {
        Trouble::new(StatusCode::UNPROCESSABLE_ENTITY, "artifact-unclear", detail).help(help)
    };
    match (&artifact.path, artifact.command) {
        (Some(_), true) => {
            Err(unclear("an artifact has a path and is a command", "send either `path` or `command`"))
        }
        (None, false) => {
            Err(unclear("an artifact has neither path nor command", "send `path`, or `command: true`"))
        }
        (None, true) if artifact.digest.is_some() => {
            Err(unclear("a command has no content, so it has no digest", "leave `digest` out"))
        }
        (None, true) => Ok(Source::Command),
        (Some(path), false) if !Path::new(path).is_absolute() => Err(unclear(
            &format!("the path `{}` is relative", path.escape_debug()),
            "send an absolute path: the server's directory is not yours",
        )),
        (Some(path), false) => Ok(kind_of(path)),
    }
}

fn kind_of(path: &str) -> Source {
    if names_an_archive(path) && !Path::new(path).is_dir() {
        Source::Archive(path.to_owned())
    } else {
        Source::Directory(path.to_owned())
    }
}
