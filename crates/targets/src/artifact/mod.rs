//! Artifacts by digest: a release names one, and every instance runs from one read-only copy of it.
//!
//! Invariant: a directory in the store has the content its name says, whole, or is not there. Deliberately not here:
//! when a copy may be removed (whoever knows which releases are left calls `remove`).

mod limits;
mod names;
mod problem;
mod stream;
mod tree;
mod unpack;
mod zstd;
mod zstd_blocks;
mod zstd_tables;

use std::fs::{self, File};
use std::io::{self, Seek as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use tidegate_domain::component::{Source, names_an_archive};
use tidegate_ports::Fault;

pub use limits::Limits;

use crate::outside::io_fault;
use stream::Archive;
pub(crate) use stream::push_hex;

const INCOMING: &str = ".incoming-";

/// The digest a release remembers for this source; none for a command. Reads all of it: not for an async thread.
pub fn digest_of(source: &Source) -> Result<Option<String>, Fault> {
    let limits = Limits::default();
    match source {
        Source::Directory(path) => tree::digest(&directory(path)?, None, &limits).map(Some),
        Source::Archive(path) => Archive::open(open(path)?, &limits).map(|archive| Some(archive.digest)),
        Source::Bundled { bundle, path } => Err(no_bundles(bundle, path)),
        Source::Command => Ok(None),
    }
}

/// Where files of bundles are had from. They count only once it has answered; whether the file is a program is the answer.
pub trait BundledFiles: std::fmt::Debug + Send + Sync {
    /// A file of more than `most` bytes is refused before any of it is written. Answers whether it may be run.
    fn copy_out(&self, bundle: &str, path: &str, most: u64, to: &mut File) -> Result<bool, Fault>;
}

/// How a copy is now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    Whole,
    Changed,
    Missing,
    /// Of an archive that an earlier Tidegate unpacked.
    Unknown,
}

/// A directory of artifacts, each under its digest.
#[derive(Debug, Clone)]
pub struct ArtifactStore {
    root: PathBuf,
    limits: Limits,
    bundles: Option<Arc<dyn BundledFiles>>,
}

impl ArtifactStore {
    /// Makes the directory where it is missing and clears what a killed process left half done.
    pub fn open(root: impl Into<PathBuf>) -> Result<Self, Fault> {
        Self::with_limits(root, Limits::default())
    }

    pub fn with_limits(root: impl Into<PathBuf>, limits: Limits) -> Result<Self, Fault> {
        let root = root.into();
        let failed = |error| io_fault(&format!("open the artifact store {}", root.display()), error);
        fs::create_dir_all(&root).map_err(failed)?;
        let root = root.canonicalize().map_err(failed)?;
        for entry in fs::read_dir(&root).map_err(failed)?.flatten() {
            if is_abandoned(&entry.file_name().to_string_lossy()) {
                fs::remove_dir_all(entry.path()).map_err(failed)?;
            }
        }
        Ok(Self { root, limits, bundles: None })
    }

    #[must_use]
    pub fn with_bundles(self, bundles: Arc<dyn BundledFiles>) -> Self {
        Self { bundles: Some(bundles), ..self }
    }

    /// Brings a source in and answers the directory to run from; none for a command. What is there already is not
    /// read again, so the source may be gone by then. Blocks: not for an async thread.
    pub fn admit(&self, source: &Source, expected: Option<&str>) -> Result<Option<PathBuf>, Fault> {
        if *source == Source::Command {
            return Ok(None);
        }
        if let Some(digest) = expected {
            let place = self.place(digest)?;
            if place.is_dir() {
                asked_for(&place);
                return Ok(Some(place));
            }
        }
        let (_, place) = self.bring_whole(source, expected)?;
        Ok(Some(place))
    }

    /// Brings in a source whose digest nobody has said, and answers it; none for a command. Blocks, as `admit` does.
    pub fn take_in(&self, source: &Source) -> Result<Option<String>, Fault> {
        if *source == Source::Command {
            return Ok(None);
        }
        self.bring_whole(source, None).map(|(digest, _)| Some(digest))
    }

    fn bring_whole(&self, source: &Source, expected: Option<&str>) -> Result<(String, PathBuf), Fault> {
        let incoming = Incoming::create(&self.root)?;
        // A decoder that panics over a crafted archive costs that archive, nothing else.
        let digest = catch_unwind(AssertUnwindSafe(|| self.bring(source, expected, &incoming.0)))
            .unwrap_or_else(|_| Err(problem::damaged("its compressed data makes no sense")))?;
        let place = self.settle(incoming, &digest)?;
        Ok((digest, place))
    }

    /// Whether the copy still is what was brought in. Reads all of it: not for an async thread.
    pub fn look(&self, source: &Source, digest: &str) -> Result<Kept, Fault> {
        let place = self.place(digest)?;
        let expected = match source {
            Source::Command => return Ok(Kept::Whole),
            _ if !place.is_dir() => return Ok(Kept::Missing),
            Source::Directory(_) => digest.to_owned(),
            Source::Bundled { path, .. } if !names_an_archive(path) => digest.to_owned(),
            Source::Archive(_) | Source::Bundled { .. } => match fs::read_to_string(self.listed(digest)?) {
                Ok(tree) => tree,
                Err(_) => return Ok(Kept::Unknown),
            },
        };
        match tree::digest(&place, None, &self.limits) {
            Ok(found) if found == expected => Ok(Kept::Whole),
            Ok(_) => Ok(Kept::Changed),
            // What no artifact may hold was not there when it was brought in.
            Err(fault) if fault.code.starts_with("artifact-") => Ok(Kept::Changed),
            Err(fault) => Err(fault),
        }
    }

    /// Removes what a digest names, if it is there. Nothing may run from it any more.
    pub fn remove(&self, digest: &str) -> Result<(), Fault> {
        drop(fs::remove_file(self.listed(digest)?));
        match fs::remove_dir_all(self.place(digest)?) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(io_fault("remove an artifact", error))
            }
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// Whether it is here and was not asked for within this time.
    pub fn asked_for_before(&self, digest: &str, within: Duration) -> bool {
        let modified = self.place(digest).ok().and_then(|place| fs::metadata(place).ok()?.modified().ok());
        // A time in the future is the clock's mistake, and no reason to hurry.
        modified.is_some_and(|at| at.elapsed().is_ok_and(|past| past > within))
    }

    /// The digests that are here.
    pub fn digests(&self) -> Result<Vec<String>, Fault> {
        let entries = fs::read_dir(&self.root).map_err(|error| io_fault("list the artifacts", error))?;
        let names = entries.flatten().map(|entry| entry.file_name().to_string_lossy().replacen('-', ":", 1));
        Ok(names.filter(|name| is_digest(name)).collect())
    }

    fn bring(&self, source: &Source, expected: Option<&str>, into: &Path) -> Result<String, Fault> {
        let digest = match source {
            Source::Directory(path) => {
                let from = directory(path)?;
                if self.root.starts_with(&from) {
                    return Err(holds_the_store(path));
                }
                tree::digest(&from, Some(into), &self.limits)?
            }
            Source::Archive(path) => self.unpacked((open(path)?, path), expected, into)?,
            Source::Bundled { bundle, path } => self.bundled((bundle, path), expected, into)?,
            Source::Command => return Ok(String::new()),
        };
        if let Source::Directory(path) = source {
            check(path, expected, &digest)?;
        }
        Ok(digest)
    }

    fn unpacked(
        &self,
        (file, path): (File, &str),
        expected: Option<&str>,
        into: &Path,
    ) -> Result<String, Fault> {
        let archive = Archive::open(file, &self.limits)?;
        check(path, expected, &archive.digest)?;
        let digest = archive.digest.clone();
        archive.unpack(&self.limits, |stream| unpack::unpack(stream, into, &self.limits))?;
        // An archive's digest says nothing of the directory that it becomes.
        let tree = tree::digest(into, None, &self.limits)?;
        let failed = |error| io_fault("keep the artifact", error);
        fs::write(self.listed(&digest)?, tree).map_err(failed)?;
        Ok(digest)
    }

    /// An archive is unpacked; any other file is the only one of its directory.
    fn bundled(
        &self,
        (bundle, path): (&str, &str),
        expected: Option<&str>,
        into: &Path,
    ) -> Result<String, Fault> {
        let files = self.bundles.as_ref().ok_or_else(|| no_bundles(bundle, path))?;
        // Beside the directory that is made, and in it once it is known to be whole.
        let out = Incoming::create(&self.root)?;
        let failed = |error| io_fault("bring in the artifact", error);
        let packed = out.0.join("packed");
        let mut file =
            File::options().read(true).write(true).create_new(true).open(&packed).map_err(failed)?;
        let packs = names_an_archive(path);
        let most = if packs { self.limits.archive_bytes_max } else { self.limits.tree_bytes_max };
        let program = files.copy_out(bundle, path, most, &mut file)?;
        file.rewind().map_err(failed)?;
        if packs {
            return self.unpacked((file, path), expected, into);
        }
        let name = path.rsplit('/').next().unwrap_or(path);
        unpack::make_runnable(&file, program)?;
        fs::rename(&packed, into.join(name)).map_err(failed)?;
        let digest = tree::digest(into, None, &self.limits)?;
        check(path, expected, &digest)?;
        Ok(digest)
    }

    /// Makes the copy durable, then gives it its name in one step. If another admission was quicker, its copy stays.
    fn settle(&self, incoming: Incoming, digest: &str) -> Result<PathBuf, Fault> {
        let place = self.place(digest)?;
        let failed = |error| io_fault("keep the artifact", error);
        let root = File::open(&self.root).map_err(failed)?;
        make_durable(&incoming.0).map_err(failed)?;
        match fs::rename(&incoming.0, &place) {
            Ok(()) => {
                incoming.keep();
                root.sync_all().map_err(failed)?;
            }
            Err(_) if place.is_dir() => asked_for(&place),
            Err(error) => return Err(failed(error)),
        }
        Ok(place)
    }

    /// Where the digest of an unpacked archive's tree stands.
    fn listed(&self, digest: &str) -> Result<PathBuf, Fault> {
        self.place(digest).map(|place| place.with_extension("tree"))
    }

    fn place(&self, digest: &str) -> Result<PathBuf, Fault> {
        if is_digest(digest) {
            Ok(self.root.join(digest.replacen(':', "-", 1)))
        } else {
            Err(problem::malformed_digest(digest))
        }
    }
}

/// Who looks for artifacts that nobody needs takes this one for needed for a while.
fn asked_for(place: &Path) {
    let touched = File::open(place).and_then(|directory| directory.set_modified(SystemTime::now()));
    if let Err(error) = touched {
        tracing::debug!(place = %place.display(), %error, "an artifact could not be marked as asked for");
    }
}

/// A few files are flushed one by one; for many, the whole file system is cheaper, though others' writes come along.
fn make_durable(tree: &Path) -> io::Result<()> {
    const ONE_BY_ONE_MAX: usize = 500;
    let mut paths = vec![tree.to_owned()];
    let mut next = 0;
    while let Some(path) = paths.get(next).cloned() {
        next += 1;
        if path.is_dir() {
            for entry in fs::read_dir(path)? {
                let entry = entry?;
                if !entry.file_type()?.is_symlink() {
                    paths.push(entry.path());
                }
            }
        }
        if paths.len() > ONE_BY_ONE_MAX {
            return rustix::fs::syncfs(File::open(tree)?).map_err(io::Error::from);
        }
    }
    paths.iter().rev().try_for_each(|path| File::open(path)?.sync_all())
}

fn is_digest(text: &str) -> bool {
    text.strip_prefix("sha256:").is_some_and(|hex| {
        hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
    })
}

fn check(from: &str, expected: Option<&str>, found: &str) -> Result<(), Fault> {
    match expected {
        Some(expected) if expected != found => Err(problem::mismatch(from, expected, found)),
        _ => Ok(()),
    }
}

fn no_bundles(bundle: &str, path: &str) -> Fault {
    Fault::hold(
        "artifact-missing",
        format!("`{path}` is in the bundle {bundle}, and no bundles are kept here"),
    )
    .with_help("start it where the bundle was uploaded to, or upload it there")
}

fn holds_the_store(path: &str) -> Fault {
    Fault::hold(
        "artifact-unsafe",
        format!("the artifact directory {path} holds Tidegate's own data directory"),
    )
    .with_help("name a sub-directory with only what should run, or move the data directory")
}

fn directory(path: &str) -> Result<PathBuf, Fault> {
    let found = fs::canonicalize(path).map_err(|error| not_there(path, error))?;
    if found.is_dir() { Ok(found) } else { Err(problem::damaged(format_args!("{path} is not a directory"))) }
}

fn open(path: &str) -> Result<File, Fault> {
    let metadata = fs::metadata(path).map_err(|error| not_there(path, error))?;
    if !metadata.is_file() {
        return Err(problem::damaged(format_args!("{path} is not a file")));
    }
    File::open(path).map_err(|error| not_there(path, error))
}

fn not_there(path: &str, error: io::Error) -> Fault {
    if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) {
        problem::missing(Path::new(path))
    } else {
        io_fault(&format!("read the artifact {path}"), error)
    }
}

/// Where one artifact is put together; removed unless it is kept.
struct Incoming(PathBuf);

impl Incoming {
    fn create(root: &Path) -> Result<Self, Fault> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let name = format!("{INCOMING}{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = root.join(name);
        match fs::create_dir(&path) {
            // Left by an earlier process with our id.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                fs::remove_dir_all(&path).and_then(|()| fs::create_dir(&path))
            }
            made => made,
        }
        .map_err(|error| io_fault("make room for an artifact", error))?;
        Ok(Self(path))
    }

    fn keep(mut self) {
        self.0 = PathBuf::new();
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        if !self.0.as_os_str().is_empty()
            && let Err(error) = fs::remove_dir_all(&self.0)
        {
            tracing::warn!(path = %self.0.display(), %error, "a half-made artifact could not be removed");
        }
    }
}

/// Whether a directory name belongs to a process that is gone.
fn is_abandoned(name: &str) -> bool {
    let owner = name.strip_prefix(INCOMING).and_then(|rest| rest.split('-').next());
    owner.is_some_and(|pid| !Path::new("/proc").join(pid).exists())
}
