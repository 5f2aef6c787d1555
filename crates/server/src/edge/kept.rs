//! A copy of what an edge serves, for its next start.
//!
//! Invariant: the file is replaced whole, readable by its owner alone, and its time is when it was last known to be the
//! newest. Deliberately not here: what is in it (`flags::Bundle`).

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::flags::Bundle;

/// With when it was last known to be the newest; none where there is no such file, or something else in it.
pub(super) fn read(path: &Path) -> Option<(Bundle, u64)> {
    let bundle = serde_json::from_slice(&std::fs::read(path).ok()?).ok()?;
    let at = std::fs::metadata(path).ok()?.modified().ok()?;
    Some((bundle, at.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64)))
}

pub(super) fn write(path: &Path, bundle: &Bundle) -> io::Result<()> {
    let mut new = path.as_os_str().to_owned();
    new.push(".new");
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
    file.write_all(&serde_json::to_vec(bundle).map_err(io::Error::other)?)?;
    file.sync_all()?;
    std::fs::rename(&new, path)
}

/// It is still the newest.
pub(super) fn confirm(path: &Path) -> io::Result<()> {
    File::options().append(true).open(path)?.set_modified(SystemTime::now())
}
