//! A bundle on a disk: opened, verified, shown, signed and extracted.
//!
//! Invariant: with keys given, no byte of the archive is unpacked before its digest is the signed one; what is written is
//! whole or not there.

use std::fs::{self, File};
use std::io::{self, BufReader, Read, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use crate::archive::{self, Nobody, Sink, Walked};
use crate::digest::{Digest, Running};
use crate::key::{KeyId, PublicKey, SecretKey};
use crate::manifest::{self, Manifest, Member};
use crate::refusal::{Refusal, disk};
use crate::seal::Seal;
use crate::statement;

/// Whom to believe.
#[derive(Debug, Clone, Copy)]
pub enum Trust<'a> {
    /// All of these keys must have signed, or as many as are wanted.
    Keys { keys: &'a [PublicKey], wanted: Option<usize> },
    /// Nobody is asked for; the bundle must still be whole and fit itself.
    Anybody,
}

/// A bundle whose seal was read.
#[derive(Debug)]
pub struct Bundle {
    path: PathBuf,
    file: File,
    seal: Seal,
    seal_bytes: u64,
    archive_bytes: u64,
}

/// What is known of a bundle that was verified.
#[derive(Debug)]
pub struct Verified {
    pub manifest: Manifest,
    pub archive: Digest,
    pub signers: Vec<KeyId>,
    /// Where the frames of its archive end.
    pub(crate) ends: Vec<u64>,
}

impl Bundle {
    pub fn open(path: &Path) -> Result<Self, Refusal> {
        Self::of(path, File::open(path).map_err(disk(path, "opened"))?)
    }

    /// One that is open already; `path` is for words alone.
    pub fn of(path: &Path, mut file: File) -> Result<Self, Refusal> {
        file.rewind().map_err(disk(path, "read"))?;
        let whole = file.metadata().map_err(disk(path, "read"))?.len();
        let seal = Seal::read(BufReader::new(&file))?;
        let seal_bytes = seal.bytes()?.len() as u64;
        let archive_bytes = whole.saturating_sub(seal_bytes);
        Ok(Self { path: path.to_owned(), file, seal, seal_bytes, archive_bytes })
    }

    pub fn seal(&self) -> &Seal {
        &self.seal
    }

    pub fn seal_bytes(&self) -> u64 {
        self.seal_bytes
    }

    pub fn archive_bytes(&self) -> u64 {
        self.archive_bytes
    }

    /// The archive from its beginning.
    pub fn archive(&self) -> Result<impl Read + '_, Refusal> {
        let mut file = &self.file;
        file.seek(SeekFrom::Start(self.seal_bytes)).map_err(disk(&self.path, "read"))?;
        Ok(BufReader::with_capacity(1 << 16, file.take(self.archive_bytes)))
    }

    /// The archive's digest, once it is the one that is stated.
    pub fn digest(&self) -> Result<Digest, Refusal> {
        let signed = self.seal.archive()?;
        let (found, _) = Digest::of_rest(self.archive()?).map_err(disk(&self.path, "read"))?;
        if found != signed {
            return Err(Refusal::Changed { found: found.to_string(), signed: signed.to_string() });
        }
        Ok(found)
    }

    /// What its manifest says, once the archive is the stated one. Nobody's signature is asked for.
    pub fn peek(&self) -> Result<(Manifest, Digest), Refusal> {
        let digest = self.digest()?;
        Ok((archive::peek(self.archive()?, self.archive_bytes)?, digest))
    }

    pub fn verify(&self, trust: Trust<'_>) -> Result<Verified, Refusal> {
        self.walk(trust, &mut Nobody)
    }

    /// Everything that can be wrong is looked at; what is handed on counts only once this has answered.
    pub(crate) fn walk(&self, trust: Trust<'_>, sink: &mut impl Sink) -> Result<Verified, Refusal> {
        let signers = match trust {
            Trust::Keys { keys, wanted } => self.seal.verify(keys, wanted)?,
            Trust::Anybody => Vec::new(),
        };
        let archive = self.digest()?;
        // The file may be changed between two readings: what is unpacked is summed up, too.
        let mut summed = Summed { from: self.archive()?, sum: Running::default() };
        let Walked { manifest, ends } = archive::walk(&mut summed, self.archive_bytes, sink)?;
        io::copy(&mut summed, &mut io::sink()).map_err(disk(&self.path, "read"))?;
        let (again, _) = summed.sum.end();
        if again != archive {
            return Err(Refusal::Changed { found: again.to_string(), signed: archive.to_string() });
        }
        statement::check(&self.seal.statements()?, archive, &manifest)?;
        Ok(Verified { manifest, archive, signers, ends })
    }

    /// Puts everything below a folder that is not there yet; the envelopes too, under `attestations`.
    pub fn extract(&self, trust: Trust<'_>, to: &Path) -> Result<Verified, Refusal> {
        if fs::symlink_metadata(to).is_ok() {
            return Err(Refusal::DestinationTaken(to.display().to_string()));
        }
        let beside = beside(to)?;
        let staged = tempfile::Builder::new()
            .prefix(".tidegate-bundle-")
            .tempdir_in(beside)
            .map_err(disk(beside, "written"))?;
        let mut files = Files { root: staged.path().to_owned(), open: None };
        let verified = self.walk(trust, &mut files)?;
        files.envelopes(&self.seal)?;
        let staged = staged.keep();
        // A folder that was made meanwhile is left alone where it holds something.
        fs::rename(&staged, to).map_err(|source| {
            let _gone = fs::remove_dir_all(&staged);
            disk(to, "written")(source)
        })?;
        File::open(beside).and_then(|folder| folder.sync_all()).map_err(disk(beside, "written"))?;
        Ok(verified)
    }

    /// Signs every statement of a bundle that fits itself, and replaces the file whole.
    pub fn sign(&self, key: &SecretKey, to: &Path) -> Result<(), Refusal> {
        self.verify(Trust::Anybody)?;
        let mut seal = self.seal.clone();
        seal.sign(key)?;
        let mut archive = self.archive()?;
        replace(to, |file| {
            seal.write(&mut *file)?.map_err(disk(to, "written"))?;
            io::copy(&mut archive, file).map(drop).map_err(disk(to, "written"))
        })
    }
}

struct Summed<R> {
    from: R,
    sum: Running,
}

impl<R: Read> Read for Summed<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.from.read(out)?;
        self.sum.add(&out[..read]);
        Ok(read)
    }
}

/// Files below a folder that is ours alone.
struct Files {
    root: PathBuf,
    open: Option<(PathBuf, File)>,
}

impl Files {
    fn create(&mut self, path: &str, mode: u32) -> Result<(), Refusal> {
        let path = self.root.join(path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(disk(folder, "written"))?;
        }
        let file = create_new(&path, mode).map_err(disk(&path, "written"))?;
        self.open = Some((path, file));
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Refusal> {
        let Some((path, file)) = &mut self.open else { return Ok(()) };
        file.write_all(bytes).map_err(disk(path, "written"))
    }

    fn close(&mut self) -> Result<(), Refusal> {
        let Some((path, file)) = self.open.take() else { return Ok(()) };
        file.sync_all().map_err(disk(&path, "written"))
    }

    fn put(&mut self, path: &str, bytes: &[u8]) -> Result<(), Refusal> {
        self.create(path, 0o644)?;
        self.write(bytes)?;
        self.close()
    }

    fn envelopes(&mut self, seal: &Seal) -> Result<(), Refusal> {
        for (index, envelope) in seal.envelopes().iter().enumerate() {
            let bytes = serde_json::to_vec(envelope).map_err(|why| Refusal::Malformed(why.to_string()))?;
            self.put(&format!("{}/{index:03}.dsse.json", manifest::ATTESTATIONS), &bytes)?;
        }
        Ok(())
    }
}

impl Sink for Files {
    fn manifest(&mut self, _: &Manifest, bytes: &[u8]) -> Result<(), Refusal> {
        self.put(manifest::FILE, bytes)
    }
    fn file(&mut self, member: &Member) -> Result<(), Refusal> {
        self.create(member.path.as_str(), member.mode())
    }
    fn bytes(&mut self, bytes: &[u8]) -> Result<(), Refusal> {
        self.write(bytes)
    }
    fn done(&mut self) -> Result<(), Refusal> {
        self.close()
    }
}

#[cfg(unix)]
fn create_new(path: &Path, mode: u32) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    fs::OpenOptions::new().write(true).create_new(true).mode(mode).open(path)
}

#[cfg(not(unix))]
fn create_new(path: &Path, _: u32) -> io::Result<File> {
    fs::OpenOptions::new().write(true).create_new(true).open(path)
}

/// The folder that it stands in.
fn beside(path: &Path) -> Result<&Path, Refusal> {
    match path.parent() {
        Some(folder) if folder.as_os_str().is_empty() => Ok(Path::new(".")),
        Some(folder) => Ok(folder),
        None => Err(Refusal::DestinationTaken(path.display().to_string())),
    }
}

/// Writes a file beside its place and puts it there whole, so that a full disk leaves what was there.
pub(crate) fn replace(
    to: &Path,
    write: impl FnOnce(&mut File) -> Result<(), Refusal>,
) -> Result<(), Refusal> {
    let beside = beside(to)?;
    let mut staged = tempfile::Builder::new()
        .prefix(".tidegate-bundle-")
        .tempfile_in(beside)
        .map_err(disk(beside, "written"))?;
    write(staged.as_file_mut())?;
    readable(staged.as_file()).and_then(|()| staged.as_file().sync_all()).map_err(disk(to, "written"))?;
    staged.persist(to).map_err(|error| disk(to, "written")(error.error))?;
    File::open(beside).and_then(|folder| folder.sync_all()).map_err(disk(beside, "written"))
}

/// A staged file is its owner's alone; a bundle is for others too.
#[cfg(unix)]
fn readable(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable(_: &File) -> io::Result<()> {
    Ok(())
}
