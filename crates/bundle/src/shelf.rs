//! Bundles on a shelf: files in a folder, each named by the digest of its archive.
//!
//! Invariant: a file has its name only once it is whole and durable; what was still coming in when a process was killed is
//! gone with the next opening. Not here: whose bundles may stand there (whoever verifies), and which are needed.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::archive::Sink;
use crate::bundle::{Bundle, Trust, Verified};
use crate::digest::Digest;
use crate::manifest::{Manifest, Member, Role};
use crate::refusal::{Refusal, disk};

const INCOMING: &str = ".incoming-";
const ENDING: &str = ".bundle";
/// Of a file that is read into memory: notes, a bill of materials, a report.
pub const PAPER_BYTES_MAX: u64 = 64 << 20;
/// Of all of them in one bundle.
const PAPERS_BYTES_MAX: u64 = 256 << 20;

#[derive(Debug, Clone)]
pub struct Shelf {
    root: PathBuf,
}

impl Shelf {
    /// Makes the folder where it is missing, and clears what a killed process left half done. One process at a time.
    pub fn open(root: impl Into<PathBuf>) -> Result<Self, Refusal> {
        let root = root.into();
        fs::create_dir_all(&root).map_err(disk(&root, "written"))?;
        let shelf = Self { root };
        for (path, name) in shelf.entries()? {
            if name.starts_with(INCOMING) {
                fs::remove_file(&path).map_err(disk(&path, "removed"))?;
            }
        }
        Ok(shelf)
    }

    /// Room for one that is coming in; gone when it is dropped.
    pub fn incoming(&self) -> Result<NamedTempFile, Refusal> {
        let made = tempfile::Builder::new().prefix(INCOMING).tempfile_in(&self.root);
        made.map_err(disk(&self.root, "written"))
    }

    /// Puts one that was verified in its place. The same archive takes the place of an earlier one.
    pub fn keep(&self, incoming: NamedTempFile, digest: Digest) -> Result<(), Refusal> {
        let place = self.place(digest);
        incoming.as_file().sync_all().map_err(disk(&place, "written"))?;
        incoming.persist(&place).map_err(|error| disk(&place, "written")(error.error))?;
        self.sync()
    }

    pub fn bundle(&self, digest: Digest) -> Result<Bundle, Refusal> {
        Bundle::open(&self.place(digest))
    }

    /// Where it was not there, nothing is done.
    pub fn remove(&self, digest: Digest) -> Result<(), Refusal> {
        let place = self.place(digest);
        match fs::remove_file(&place) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(disk(&place, "removed")(error)),
            Ok(()) | Err(_) => self.sync(),
        }
    }

    /// All that stand here.
    pub fn digests(&self) -> Result<Vec<Digest>, Refusal> {
        let names = self.entries()?.into_iter().map(|(_, name)| name);
        Ok(names.filter_map(|name| Digest::read(name.strip_suffix(ENDING)?)).collect())
    }

    fn place(&self, digest: Digest) -> PathBuf {
        self.root.join(format!("{digest}{ENDING}"))
    }

    fn sync(&self) -> Result<(), Refusal> {
        File::open(&self.root).and_then(|root| root.sync_all()).map_err(disk(&self.root, "written"))
    }

    fn entries(&self) -> Result<Vec<(PathBuf, String)>, Refusal> {
        let found = fs::read_dir(&self.root).map_err(disk(&self.root, "read"))?;
        let named = |entry: fs::DirEntry| (entry.path(), entry.file_name().to_string_lossy().into_owned());
        Ok(found.flatten().map(named).collect())
    }
}

impl Bundle {
    /// Writes one of its files, unless it has more than `most` bytes. It counts only once this has answered: then the bundle is
    /// whole and the one of this digest.
    pub fn copy_out(
        &self,
        wanted: Digest,
        (path, most): (&str, u64),
        to: &mut dyn io::Write,
    ) -> Result<(Member, Verified), Refusal> {
        let mut one = One { path, most, to, copying: false };
        let verified = self.walk(Trust::Anybody, &mut one)?;
        must_be(wanted, verified.archive)?;
        let member = verified.manifest.files.iter().find(|member| member.path.as_str() == path).cloned();
        let member = member.ok_or_else(|| Refusal::MemberMissing(path.to_owned()))?;
        Ok((member, verified))
    }

    /// Its notes, bills of materials and reports, verified as by [`Bundle::copy_out`]; those that are too large are left out.
    pub fn papers(&self, wanted: Digest) -> Result<Vec<(Member, Vec<u8>)>, Refusal> {
        let mut papers = Papers::default();
        let verified = self.walk(Trust::Anybody, &mut papers)?;
        must_be(wanted, verified.archive)?;
        Ok(papers.found)
    }

    /// Its manifest as it stands on the disk, with its digest: nothing else is looked at.
    pub fn manifest(&self) -> Result<(Manifest, Digest), Refusal> {
        let manifest = crate::archive::peek(self.archive()?, self.archive_bytes())?;
        let digest = Digest::of(&manifest.bytes()?);
        Ok((manifest, digest))
    }
}

fn must_be(wanted: Digest, found: Digest) -> Result<(), Refusal> {
    if wanted == found {
        return Ok(());
    }
    Err(Refusal::Changed { found: found.to_string(), signed: wanted.to_string() })
}

struct One<'a> {
    path: &'a str,
    most: u64,
    to: &'a mut dyn io::Write,
    copying: bool,
}

impl Sink for One<'_> {
    fn manifest(&mut self, _: &Manifest, _: &[u8]) -> Result<(), Refusal> {
        Ok(())
    }
    fn file(&mut self, member: &Member) -> Result<(), Refusal> {
        self.copying = member.path.as_str() == self.path;
        if self.copying && member.size > self.most {
            let (path, most) = (self.path, self.most);
            return Err(Refusal::TooLarge(format!(
                "`{path}` has {} bytes, and at most {most} fit",
                member.size
            )));
        }
        Ok(())
    }
    fn bytes(&mut self, bytes: &[u8]) -> Result<(), Refusal> {
        if self.copying {
            self.to.write_all(bytes).map_err(disk(Path::new(self.path), "written"))?;
        }
        Ok(())
    }
    fn done(&mut self) -> Result<(), Refusal> {
        Ok(())
    }
}

#[derive(Default)]
struct Papers {
    found: Vec<(Member, Vec<u8>)>,
    reading: bool,
    total: u64,
}

impl Sink for Papers {
    fn manifest(&mut self, _: &Manifest, _: &[u8]) -> Result<(), Refusal> {
        Ok(())
    }
    fn file(&mut self, member: &Member) -> Result<(), Refusal> {
        self.reading = member.role != Role::Artifact && member.size <= PAPER_BYTES_MAX;
        if self.reading {
            self.total = self.total.saturating_add(member.size);
            if self.total > PAPERS_BYTES_MAX {
                let why = format!("notes and reports of more than {PAPERS_BYTES_MAX} bytes together");
                return Err(Refusal::TooLarge(why));
            }
            self.found.push((member.clone(), Vec::new()));
        }
        Ok(())
    }
    fn bytes(&mut self, bytes: &[u8]) -> Result<(), Refusal> {
        if self.reading
            && let Some((_, content)) = self.found.last_mut()
        {
            content.extend_from_slice(bytes);
        }
        Ok(())
    }
    fn done(&mut self) -> Result<(), Refusal> {
        Ok(())
    }
}
