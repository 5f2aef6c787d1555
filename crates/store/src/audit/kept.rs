//! Checkpoints as they are kept in files, and what comparing them with the log shows.
//!
//! Invariant: only what is signed by the key is compared; a log that disagrees with a single checkpoint is broken.
//! Deliberately not here: making and sending them (the server).

use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::note::{Checkpoint, NoteRefusal, VerifierKey, read_notes};
use super::{Audit, Chain, Hash, hex};

/// A file of checkpoints is read up to here: some hundred thousand of them.
const FILE_BYTES_MAX: u64 = 256 << 20;
/// What ends the name of a file of checkpoints.
pub const NOTES_EXTENSION: &str = "notes";

/// Why checkpoints could not be had from files.
#[derive(Debug, thiserror::Error)]
pub enum KeptError {
    #[error("cannot read {}", path.display())]
    File { path: PathBuf, source: std::io::Error },
    #[error("{}: {refusal}", path.display())]
    Note { path: PathBuf, refusal: NoteRefusal },
}

/// Of files, and of each `.notes` file in directories; signed by the key, in the order of their sizes.
pub fn read_checkpoints(paths: &[PathBuf], key: &VerifierKey) -> Result<Vec<Checkpoint>, KeptError> {
    let mut found = Vec::new();
    for path in paths {
        for file in files(path).map_err(|source| KeptError::File { path: path.clone(), source })? {
            found.extend(read_file(&file, key)?);
        }
    }
    found.sort_by_key(|checkpoint| checkpoint.size);
    found.dedup();
    Ok(found)
}

fn files(path: &Path) -> std::io::Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let entries = path.read_dir()?.collect::<std::io::Result<Vec<_>>>()?;
    let is_notes = |path: &PathBuf| path.extension().is_some_and(|extension| extension == NOTES_EXTENSION);
    let mut files: Vec<_> = entries.into_iter().map(|entry| entry.path()).filter(is_notes).collect();
    files.sort();
    Ok(files)
}

fn read_file(path: &Path, key: &VerifierKey) -> Result<Vec<Checkpoint>, KeptError> {
    let mut text = String::new();
    let read = std::fs::File::open(path).and_then(|file| file.take(FILE_BYTES_MAX).read_to_string(&mut text));
    read.map_err(|source| KeptError::File { path: path.to_owned(), source })?;
    let refused = |refusal| KeptError::Note { path: path.to_owned(), refusal };
    let notes = read_notes(&text).map_err(refused)?;
    notes.iter().map(|note| note.signed_by(key).cloned().map_err(refused)).collect()
}

/// The audit with what the checkpoints say about it. `heads` are those that the log has at their sizes.
pub fn compare(audit: Audit, heads: &[(u64, Hash)], checkpoints: &[Checkpoint]) -> Audit {
    if audit.chain != Chain::Ok {
        return audit;
    }
    let mut agreed = 0;
    for checkpoint in checkpoints {
        let size = checkpoint.size;
        let why = match heads.iter().find(|(noted, _)| *noted == size) {
            Some((_, head)) if *head == checkpoint.root => {
                agreed = agreed.max(size);
                continue;
            }
            Some(_) => rewritten(agreed, checkpoint),
            None => format!(
                "the tail of the log was cut: a checkpoint was signed over {size} events, and the log holds {}",
                audit.events
            ),
        };
        let first_bad_position = size.min(audit.events).min(agreed) + 1;
        return Audit { chain: Chain::Broken { first_bad_position, why }, ..audit };
    }
    audit
}

fn rewritten(agreed: u64, checkpoint: &Checkpoint) -> String {
    let Checkpoint { size, root, .. } = checkpoint;
    let which = if *size == agreed + 1 {
        format!("event {size} was")
    } else {
        format!("one of the events {} to {size} was", agreed + 1)
    };
    format!(
        "{which} rewritten together with all hashes after it: the checkpoint of {size} events says {}",
        hex(root)
    )
}
