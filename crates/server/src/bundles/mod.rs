//! Bundles that were uploaded: taken in, kept on a shelf, and released from.
//!
//! Invariant: a bundle that the log knows was verified whole and its file is in place before the log says so; a file that the
//! log does not know is removed. Deliberately not here: what is in a bundle (`tidegate-bundle`), what is decided (`domain::bundles`).

mod releasing;
mod taking;

use std::fs::File;
use std::io;
use std::sync::Arc;

use http::StatusCode;
use tidegate_bundle::{Digest, Refusal, Shelf};
use tidegate_engine::Engine;
use tidegate_ports::Fault;
use tidegate_targets::BundledFiles;
use tokio::sync::{Mutex, Semaphore};

pub(crate) use releasing::{artifacts, manifest, papers};
pub(crate) use taking::take;

use crate::problem::Trouble;

/// Of a whole bundle.
pub(crate) const BYTES_MAX: u64 = 8 << 30;
/// What a bundle is sent as.
pub(crate) const MEDIA_TYPE: &str = "application/vnd.tidegate.bundle";
/// Coming in at once.
const UPLOADS_MAX: usize = 4;

pub(crate) struct Keeping {
    shelf: Shelf,
    /// Held while a file and what the log says of it change together.
    turn: Mutex<()>,
    room: Arc<Semaphore>,
}

impl Keeping {
    pub fn new(shelf: Shelf) -> Self {
        Self { shelf, turn: Mutex::default(), room: Arc::new(Semaphore::new(UPLOADS_MAX)) }
    }

    pub fn shelf(&self) -> &Shelf {
        &self.shelf
    }

    /// Removes the files that nobody was told of: their server was killed before it could.
    pub async fn sweep(&self, engine: &Engine) -> Result<(), Fault> {
        let state = engine.bundles().await?;
        for digest in self.shelf.digests().map_err(fault)? {
            if !state.taken.contains_key(&text(digest)) {
                self.shelf.remove(digest).map_err(fault)?;
            }
        }
        Ok(())
    }

    /// Does what changes the log, and removes the file if the log does not know it afterwards.
    pub async fn settling<T>(
        &self,
        engine: &Engine,
        digest: Digest,
        change: impl Future<Output = Result<T, Trouble>>,
    ) -> Result<T, Trouble> {
        let _turn = self.turn.lock().await;
        let changed = change.await;
        // Where the log cannot be read, the next start looks.
        if engine.bundles().await.is_ok_and(|state| !state.taken.contains_key(&text(digest))) {
            let shelf = self.shelf.clone();
            let removing = tokio::task::spawn_blocking(move || shelf.remove(digest));
            removing.await.map_err(|_| Trouble::bug())?.map_err(trouble)?;
        }
        changed
    }
}

/// What artifacts are had from.
#[derive(Debug)]
pub(crate) struct Shelved(pub Shelf);

impl BundledFiles for Shelved {
    fn copy_out(&self, bundle: &str, path: &str, most: u64, to: &mut File) -> Result<bool, Fault> {
        let wanted = read(bundle).ok_or_else(|| {
            Fault::hold("artifact-digest-malformed", format!("`{bundle}` is no bundle's digest"))
                .with_help("a digest looks like sha256: and 64 hexadecimal digits")
        })?;
        let opened = self.0.bundle(wanted).map_err(damaged)?;
        let (member, _) = opened.copy_out(wanted, (path, most), to).map_err(damaged)?;
        Ok(member.mode() & 0o111 != 0)
    }
}

/// As the log and the API write it.
pub(crate) fn text(digest: Digest) -> String {
    format!("sha256:{digest}")
}

pub(crate) fn read(text: &str) -> Option<Digest> {
    Digest::read(text.strip_prefix("sha256:").unwrap_or(text))
}

/// The digest that a request names.
pub(crate) fn named(given: &str) -> Result<Digest, Trouble> {
    read(given).ok_or_else(|| {
        let detail = format!("`{}` is not a digest", given.escape_debug());
        Trouble::new(StatusCode::UNPROCESSABLE_ENTITY, "bad-name", detail)
            .help("a digest looks like sha256: and 64 hexadecimal digits; `tidegate bundle list` shows them")
    })
}

/// What is wrong with a bundle is what was sent; a disk is not.
pub(crate) fn trouble(refusal: Refusal) -> Trouble {
    if matches!(refusal, Refusal::Disk { .. }) {
        return fault(refusal).into();
    }
    let help = if matches!(refusal, Refusal::SignerMissing { .. }) {
        "ask the sender who signed it, and trust that key: `tidegate bundle trust NAME FILE.pub`"
    } else {
        refusal.help()
    };
    Trouble::new(StatusCode::UNPROCESSABLE_ENTITY, refusal.code(), refusal.to_string()).help(help)
}

/// Of one that was taken: whoever sends it again mends it.
pub(crate) fn damaged(refusal: Refusal) -> Fault {
    let missing =
        matches!(&refusal, Refusal::Disk { source, .. } if source.kind() == io::ErrorKind::NotFound);
    let gone = missing || matches!(refusal, Refusal::Changed { .. } | Refusal::Malformed(_));
    let fault = fault(refusal);
    if gone {
        return fault.with_help(
            "upload the same bundle again, which takes the damaged one's place: `tidegate bundle upload FILE`",
        );
    }
    fault
}

pub(crate) fn fault(refusal: Refusal) -> Fault {
    let (code, message, help) = (refusal.code(), refusal.to_string(), refusal.help());
    let Refusal::Disk { source, .. } = refusal else {
        return Fault::hold(code, message).with_help(help);
    };
    let fault = if is_full(&source) {
        Fault::retry("disk-full", message).with_help("free space on that disk, then send it again")
    } else {
        Fault::hold(code, message).with_help(help)
    };
    fault.caused_by(source)
}

fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}
