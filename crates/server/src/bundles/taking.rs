//! A bundle on its way in: from the socket to a file, verified whole, then put in its place.
//!
//! Invariant: nothing is unpacked before a trusted key's signature and the archive's digest hold, and nothing counts before
//! all of it does; whatever breaks off leaves nothing behind.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, BodyDataStream, Bytes};
use futures_util::StreamExt as _;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, StatusCode};
use tidegate_bundle::seal::Seal;
use tidegate_bundle::{Bundle, Digest, PublicKey, Refusal, Trust, Verified};
use tidegate_domain::bundles::{BundleRecord, BundlesCommand};
use tidegate_domain::refusal::Refusal as Refused;
use tidegate_engine::Command;
use tidegate_ports::Fault;
use tokio::io::AsyncWriteExt as _;
use tokio::time::timeout;

use super::{BYTES_MAX, MEDIA_TYPE, text, trouble};
use crate::app::App;
use crate::asked::Asked;
use crate::problem::Trouble;

/// Between two pieces of a body.
const PATIENCE: Duration = Duration::from_mins(1);

/// Takes what is sent; the answer is its digest.
pub(crate) async fn take(
    app: &Arc<App>,
    (headers, body): (&HeaderMap, Body),
    asked: Asked<()>,
) -> Result<Digest, Trouble> {
    let keeping = &app.bundles;
    let mut pieces = body.into_data_stream();
    let keys = match trusted(app, headers).await {
        Ok(keys) => keys,
        Err(trouble) => {
            drain(&mut pieces).await;
            return Err(trouble);
        }
    };
    // What is worked on goes on where nobody waits for it any more, and so does its place among the others.
    let room = Arc::clone(&keeping.room).acquire_owned().await;
    let incoming = keeping.shelf().incoming().map_err(trouble)?;
    let file = incoming.reopen().map_err(unwritten)?;
    match receive(&mut pieces, tokio::fs::File::from_std(file), &keys).await {
        Ok(()) => {}
        Err(Broken::Off) => return Err(broke_off()),
        Err(Broken::Refused(trouble)) => {
            drain(&mut pieces).await;
            return Err(trouble);
        }
    }
    // The semaphores are never closed.
    let one = Arc::clone(&app.readers).acquire_owned().await;
    let verifying = tokio::task::spawn_blocking(move || {
        let _held = (room, one);
        verify(incoming, &keys)
    });
    let checked = verifying.await.map_err(|_| Trouble::bug())?;
    let (incoming, Checked { verified, manifest, bytes }) = checked.map_err(trouble)?;
    let digest = verified.archive;
    let record = BundleRecord {
        name: verified.manifest.name,
        version: verified.manifest.version,
        bytes,
        manifest: manifest.to_string(),
        signers: verified.signers.iter().map(ToString::to_string).collect::<BTreeSet<_>>(),
        by: asked.caller.name.clone(),
        at_ms: app.clock.now().wall_ms,
    };
    let app = Arc::clone(app);
    // It ends also where nobody waits for the answer any more.
    let settling = tokio::spawn(async move {
        let shelf = app.bundles.shelf().clone();
        let change = Box::pin(async {
            let keep = tokio::task::spawn_blocking(move || shelf.keep(incoming, digest));
            keep.await.map_err(|_| Trouble::bug())?.map_err(trouble)?;
            let command = BundlesCommand::Take { digest: text(digest), record };
            let command = asked.to(Command::Bundles(Box::new(command)));
            app.engine.submit(&command, app.clock.now()).await?;
            Ok(digest)
        });
        app.bundles.settling(&app.engine, digest, change).await
    });
    settling.await.map_err(|_| Trouble::bug())?
}

struct Checked {
    verified: Verified,
    /// The manifest's own digest.
    manifest: Digest,
    bytes: u64,
}

fn verify(
    incoming: tempfile::NamedTempFile,
    keys: &[PublicKey],
) -> Result<(tempfile::NamedTempFile, Checked), Refusal> {
    let bundle = Bundle::open(incoming.path())?;
    let verified = bundle.verify(Trust::Keys { keys, wanted: Some(1) })?;
    let manifest = Digest::of(&verified.manifest.bytes()?);
    let bytes = bundle.seal_bytes() + bundle.archive_bytes();
    Ok((incoming, Checked { verified, manifest, bytes }))
}

fn check_head(headers: &HeaderMap) -> Result<(), Trouble> {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or("");
    let kind = kind.split(';').next().unwrap_or("").trim();
    if ![MEDIA_TYPE, "application/octet-stream"].iter().any(|known| kind.eq_ignore_ascii_case(known)) {
        let detail = format!("the body's content type is `{}`", kind.escape_debug());
        return Err(Trouble::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", detail)
            .help(format!("send the bundle as it is with `content-type: {MEDIA_TYPE}`")));
    }
    let told = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if told.is_some_and(|bytes| bytes > BYTES_MAX) { Err(too_large()) } else { Ok(()) }
}

/// Whose bundles are taken, where one like this is at all.
async fn trusted(app: &App, headers: &HeaderMap) -> Result<Vec<PublicKey>, Trouble> {
    check_head(headers)?;
    let state = app.engine.bundles().await?;
    let keys = state.trusted().map_err(Refused::from)?;
    Ok(keys.filter_map(|key| PublicKey::read(&key.pem).ok()).collect())
}

/// Why not all of it came.
enum Broken {
    /// Nobody is there to be told.
    Off,
    Refused(Trouble),
}

impl From<Trouble> for Broken {
    fn from(trouble: Trouble) -> Self {
        Self::Refused(trouble)
    }
}

async fn receive(
    pieces: &mut BodyDataStream,
    mut to: tokio::fs::File,
    keys: &[PublicKey],
) -> Result<(), Broken> {
    let (mut front, mut total) = (Front { keys, bytes: Some(Vec::new()) }, 0);
    while let Some(piece) = next(pieces).await.map_err(|()| Broken::Off)? {
        total += piece.len() as u64;
        if total > BYTES_MAX {
            return Err(too_large().into());
        }
        front.take(&piece).map_err(trouble)?;
        to.write_all(&piece).await.map_err(unwritten)?;
    }
    to.flush().await.map_err(unwritten)?;
    Ok(())
}

/// Who is still sending would lose the answer.
async fn drain(pieces: &mut BodyDataStream) {
    let mut total = 0;
    while let Ok(Some(piece)) = next(pieces).await {
        total += piece.len() as u64;
        if total > BYTES_MAX {
            return;
        }
    }
}

async fn next(pieces: &mut BodyDataStream) -> Result<Option<Bytes>, ()> {
    timeout(PATIENCE, pieces.next()).await.map_err(|_| ())?.transpose().map_err(|_| ())
}

/// What stands before the archive: whose it is is known long before the last byte.
struct Front<'a> {
    keys: &'a [PublicKey],
    /// None once it was looked at.
    bytes: Option<Vec<u8>>,
}

impl Front<'_> {
    fn take(&mut self, piece: &[u8]) -> Result<(), Refusal> {
        let Some(bytes) = &mut self.bytes else { return Ok(()) };
        bytes.extend_from_slice(piece);
        if Seal::span(bytes)?.is_some_and(|span| bytes.len() as u64 >= span) {
            Seal::read(&bytes[..])?.verify(self.keys, Some(1))?;
            self.bytes = None;
        }
        Ok(())
    }
}

fn broke_off() -> Trouble {
    Trouble::bad_request("the body broke off").help("send the bundle again; nothing of it was kept")
}

fn too_large() -> Trouble {
    let detail = format!("the bundle is longer than {BYTES_MAX} bytes");
    Trouble::new(StatusCode::PAYLOAD_TOO_LARGE, "body-too-large", detail).help("split it in several bundles")
}

fn unwritten(source: std::io::Error) -> Trouble {
    let fault: Fault = super::fault(Refusal::Disk { path: "the bundle".to_owned(), done: "written", source });
    fault.into()
}
