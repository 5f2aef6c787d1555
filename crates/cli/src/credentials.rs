//! What the command line keeps of signing in: one session for each server, in a file of the user's own.
//!
//! Invariant: nobody but its owner can read the file, and it is replaced whole. Not here: signing in (`commands::login`).

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::failure::Failure;

#[derive(Default, Serialize, Deserialize)]
pub struct Credentials {
    servers: BTreeMap<String, Kept>,
}

/// A session at one server.
#[derive(Clone, Serialize, Deserialize)]
pub struct Kept {
    pub name: String,
    pub bearer: String,
    pub expires_ms: u64,
}

/// By the XDG base directory specification.
fn path() -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let config = set("XDG_CONFIG_HOME").or_else(|| Some(set("HOME")?.join(".config")))?;
    Some(config.join("tidegate").join("credentials.json"))
}

/// What is kept for a server; nothing where the file is missing or cannot be read: then nobody is signed in.
pub fn of(url: &str) -> Option<Kept> {
    let path = path()?;
    let read = read(&path)?;
    // Somebody may have copied it without care.
    let _tightened = std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600));
    read.servers.get(key(url)).cloned()
}

/// Keeps the session, or forgets it.
pub fn keep(url: &str, kept: Option<Kept>) -> Result<(), Failure> {
    let path = path().ok_or_else(|| {
        Failure::usage(
            "no-config-directory",
            "neither XDG_CONFIG_HOME nor HOME says where to keep credentials",
        )
        .help("set HOME, or use a token instead: TIDEGATE_TOKEN")
    })?;
    let mut all = read(&path).unwrap_or_default();
    match kept {
        Some(kept) => all.servers.insert(key(url).to_owned(), kept),
        None => all.servers.remove(key(url)),
    };
    write(&path, &all).map_err(|error| {
        Failure::fault("file-unwritable", format!("cannot write {}", path.display()))
            .help("check who owns the directory, and whether the disk is full")
            .caused_by(&error)
    })
}

fn key(url: &str) -> &str {
    url.trim_end_matches('/')
}

fn read(path: &Path) -> Option<Credentials> {
    serde_json::from_slice(&std::fs::read(path).ok()?).ok()
}

fn write(path: &Path, all: &Credentials) -> io::Result<()> {
    let directory = path.parent().unwrap_or(Path::new("."));
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
    let new = path.with_extension(format!("{}.new", std::process::id()));
    // One that an earlier process of this number left behind.
    if let Err(error) = std::fs::remove_file(&new)
        && error.kind() != io::ErrorKind::NotFound
    {
        return Err(error);
    }
    let mut file = std::fs::File::options().write(true).create_new(true).mode(0o600).open(&new)?;
    file.write_all(&serde_json::to_vec_pretty(all).map_err(io::Error::other)?)?;
    file.sync_all()?;
    std::fs::rename(&new, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_owner_reads_it_and_servers_are_kept_apart() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("tidegate/credentials.json");
        let kept = |name: &str| Kept { name: name.to_owned(), bearer: "tds_x".to_owned(), expires_ms: 1 };
        let mut all = Credentials::default();
        all.servers.insert(key("http://127.0.0.1:1/").to_owned(), kept("ann"));
        all.servers.insert(key("http://127.0.0.1:2").to_owned(), kept("bob"));
        write(&path, &all).unwrap();
        write(&path, &all).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let names = |url: &str| read(&path).unwrap().servers.get(key(url)).map(|kept| kept.name.clone());
        assert_eq!(names("http://127.0.0.1:1").as_deref(), Some("ann"));
        assert_eq!(names("http://127.0.0.1:2/").as_deref(), Some("bob"));
        assert_eq!(names("http://127.0.0.1:3"), None);
        let entries = std::fs::read_dir(directory.path().join("tidegate")).unwrap().count();
        assert_eq!(entries, 1, "nothing is left beside it");
    }
}
