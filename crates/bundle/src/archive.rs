//! The archive of a bundle: tar (POSIX ustar), each header and each content a Zstandard frame of its own.
//!
//! Invariant: an archive has one form for its content: the manifest first, then its files in their order, no owners, no
//! times, modes by kind. Reading hands on nothing that the manifest does not say, and stops at the first thing that is
//! wrong. Not here: whom to believe (`verify`), and writing files (`extract`).

use std::collections::BTreeSet;
use std::io::{self, Read, Write};

use tar::{EntryType, Header};

use crate::digest::Running;
use crate::frames::{self, Frames};
use crate::manifest::{self, MANIFEST_BYTES_MAX, MEMBERS_MAX, Manifest, Member};
use crate::path::MemberPath;
use crate::refusal::Refusal;

const BLOCK: usize = 512;
const ENDS_MAX: usize = 2 * MEMBERS_MAX + 3;

/// Who is given what an archive holds.
pub trait Sink {
    /// What follows, and how it stands in the archive.
    fn manifest(&mut self, manifest: &Manifest, bytes: &[u8]) -> Result<(), Refusal>;
    fn file(&mut self, member: &Member) -> Result<(), Refusal>;
    fn bytes(&mut self, bytes: &[u8]) -> Result<(), Refusal>;
    /// The file is whole, and the one that the manifest says.
    fn done(&mut self) -> Result<(), Refusal>;
}

/// Nobody, for looking alone.
#[derive(Debug, Default)]
pub struct Nobody;

impl Sink for Nobody {
    fn manifest(&mut self, _: &Manifest, _: &[u8]) -> Result<(), Refusal> {
        Ok(())
    }
    fn file(&mut self, _: &Member) -> Result<(), Refusal> {
        Ok(())
    }
    fn bytes(&mut self, _: &[u8]) -> Result<(), Refusal> {
        Ok(())
    }
    fn done(&mut self) -> Result<(), Refusal> {
        Ok(())
    }
}

/// An archive that was read to its end.
#[derive(Debug)]
pub struct Walked {
    pub manifest: Manifest,
    /// Where its frames end.
    pub ends: Vec<u64>,
}

fn header(path: &str, size: u64, mode: u32) -> Result<[u8; BLOCK], Refusal> {
    let mut header = Header::new_ustar();
    let long = |why: io::Error| Refusal::Manifest(why.to_string());
    header.set_path(path).map_err(long)?;
    header.set_size(size);
    header.set_mode(mode);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header.set_entry_type(EntryType::Regular);
    header.set_cksum();
    Ok(*header.as_bytes())
}

fn padding(size: u64) -> usize {
    (BLOCK - (size % BLOCK as u64) as usize) % BLOCK
}

/// Writes the archive of a manifest; `open` gives each file.
pub fn write<R: Read>(
    manifest: &Manifest,
    mut open: impl FnMut(&Member) -> Result<R, Refusal>,
    mut to: impl Write,
) -> Result<(), Refusal> {
    let own = manifest.bytes()?;
    let failed = |path: &str| {
        let path = path.to_owned();
        move |source| Refusal::Disk { path, done: "packed", source }
    };
    let head = |before: u64, path: &str, size: u64, mode: u32, to: &mut dyn Write| {
        let block = [&vec![0; padding(before)][..], &header(path, size, mode)?].concat();
        frames::write(&block[..], block.len() as u64, to).map_err(failed(path))
    };
    let mut before = own.len() as u64;
    head(0, manifest::FILE, before, 0o644, &mut to)?;
    frames::write(&own[..], before, &mut to).map_err(failed(manifest::FILE))?;
    for member in &manifest.files {
        head(before, member.path.as_str(), member.size, member.mode(), &mut to)?;
        if member.size > 0 {
            frames::write(open(member)?, member.size, &mut to).map_err(failed(member.path.as_str()))?;
        }
        before = member.size;
    }
    let end = vec![0; padding(before) + 2 * BLOCK];
    frames::write(&end[..], end.len() as u64, &mut to).map_err(failed("its end"))
}

/// Reads an archive of so many bytes from its beginning to its end.
pub fn walk(from: impl Read, archive_bytes: u64, sink: &mut impl Sink) -> Result<Walked, Refusal> {
    let mut tar = Tar { frames: Frames::new(from, ENDS_MAX).map_err(|why| broken(&why))?, skip: 0 };
    let manifest = tar.manifest(archive_bytes, sink)?;
    let mut places = Manifest::places()?;
    let mut missing: BTreeSet<&MemberPath> = manifest.files.iter().map(|member| &member.path).collect();
    let mut ordered = manifest.files.iter();
    while let Some(head) = tar.head()? {
        let path = head.path()?;
        // The manifest itself is among the places, too.
        places.take(&path)?;
        let Some(member) = manifest.files.iter().find(|member| member.path == path) else {
            return Err(Refusal::MemberExtra(path.to_string()));
        };
        if ordered.next().is_none_or(|next| next.path != path) {
            return Err(first_missing(&missing, &path));
        }
        missing.remove(&path);
        head.fits(member)?;
        sink.file(member)?;
        tar.content(member, sink)?;
    }
    if let Some(path) = missing.first() {
        return Err(Refusal::MemberMissing(path.to_string()));
    }
    let contents = manifest.files.iter().filter(|member| member.size > 0).count();
    tar.end(3 + manifest.files.len() + contents).map(|ends| Walked { manifest, ends })
}

/// The manifest alone, of an archive that nobody has verified.
pub fn peek(from: impl Read, archive_bytes: u64) -> Result<Manifest, Refusal> {
    let mut tar = Tar { frames: Frames::new(from, ENDS_MAX).map_err(|why| broken(&why))?, skip: 0 };
    tar.manifest(archive_bytes, &mut Nobody)
}

/// What should have stood where `path` does.
fn first_missing(missing: &BTreeSet<&MemberPath>, path: &MemberPath) -> Refusal {
    match missing.first() {
        Some(first) if *first < path => Refusal::MemberMissing(first.to_string()),
        Some(_) | None => Refusal::Malformed(format!("`{path}` does not stand in its order")),
    }
}

struct Tar<R> {
    frames: Frames<R>,
    /// Padding before the next header.
    skip: usize,
}

impl<R: Read> Tar<R> {
    fn manifest(&mut self, archive_bytes: u64, sink: &mut impl Sink) -> Result<Manifest, Refusal> {
        let none = || Refusal::Malformed("the archive does not begin with its manifest".to_owned());
        let head = self.head()?.ok_or_else(none)?;
        if head.path()?.as_str() != manifest::FILE {
            return Err(none());
        }
        let size = head.size()?;
        if size > MANIFEST_BYTES_MAX {
            return Err(Refusal::TooLarge(format!("a manifest of {size} bytes")));
        }
        head.is_canonical(manifest::FILE, size, 0o644)?;
        let mut bytes = vec![0; size as usize];
        self.fill(&mut bytes)?;
        self.skip = padding(size);
        let manifest = Manifest::read(&bytes, archive_bytes)?;
        sink.manifest(&manifest, &bytes)?;
        Ok(manifest)
    }

    /// The next header; none at the end.
    fn head(&mut self) -> Result<Option<Head>, Refusal> {
        let mut pad = [0; BLOCK];
        self.fill(&mut pad[..self.skip])?;
        if pad.iter().any(|byte| *byte != 0) {
            return Err(Refusal::Malformed("there is something between two files".to_owned()));
        }
        self.skip = 0;
        let mut block = [0; BLOCK];
        self.fill(&mut block)?;
        if block.iter().any(|byte| *byte != 0) {
            return Ok(Some(Head(block)));
        }
        self.fill(&mut block)?;
        if block.iter().any(|byte| *byte != 0) {
            return Err(Refusal::Malformed("it goes on after its end".to_owned()));
        }
        Ok(None)
    }

    fn content(&mut self, member: &Member, sink: &mut impl Sink) -> Result<(), Refusal> {
        let mut sum = Running::default();
        let mut left = member.size;
        let mut buffer = vec![0; 1 << 16];
        while left > 0 {
            let most = left.min(buffer.len() as u64) as usize;
            self.fill(&mut buffer[..most])?;
            sum.add(&buffer[..most]);
            sink.bytes(&buffer[..most])?;
            left -= most as u64;
        }
        self.skip = padding(member.size);
        if sum.end().0 != member.sha256 {
            let why = "its digest is another".to_owned();
            return Err(Refusal::MemberChanged { path: member.path.to_string(), why });
        }
        sink.done()
    }

    fn end(mut self, frames: usize) -> Result<Vec<u64>, Refusal> {
        if self.frames.read(&mut [0]).map_err(|why| broken(&why))? != 0 {
            return Err(Refusal::Malformed("it goes on after its end".to_owned()));
        }
        let ends = self.frames.ends().to_vec();
        if ends.len() != frames {
            return Err(Refusal::Malformed("it is not divided as Tidegate writes it".to_owned()));
        }
        Ok(ends)
    }

    fn fill(&mut self, buffer: &mut [u8]) -> Result<(), Refusal> {
        self.frames.read_exact(buffer).map_err(|why| broken(&why))
    }
}

fn broken(why: &io::Error) -> Refusal {
    if why.kind() == io::ErrorKind::UnexpectedEof {
        return Refusal::Malformed("the archive ends too early".to_owned());
    }
    Refusal::Malformed(format!("the archive cannot be unpacked ({why})"))
}

struct Head([u8; BLOCK]);

impl Head {
    fn parsed(&self) -> &Header {
        Header::from_byte_slice(&self.0)
    }

    fn size(&self) -> Result<u64, Refusal> {
        let wrong = |_| Refusal::Malformed("a size in it cannot be read".to_owned());
        self.parsed().entry_size().map_err(wrong)
    }

    /// Where it stands, once it is a plain file of a plain name.
    fn path(&self) -> Result<MemberPath, Refusal> {
        let name = self.parsed().path_bytes();
        let shown = name.escape_ascii().to_string();
        if let Some(what) = other_kind(self.parsed().entry_type()) {
            return Err(Refusal::MemberKind { path: shown, what });
        }
        let field = &self.parsed().as_old().name;
        let cut = field.iter().position(|byte| *byte == 0).unwrap_or(field.len());
        if field[cut..].iter().any(|byte| *byte != 0) {
            return Err(Refusal::PathUnsafe { path: shown, why: "it has a NUL in it" });
        }
        MemberPath::from_bytes(&name)
    }

    fn fits(&self, member: &Member) -> Result<(), Refusal> {
        let (size, path) = (self.size()?, member.path.as_str());
        if size > member.size {
            return Err(Refusal::TooLarge(format!(
                "`{path}` has {size} bytes, and the manifest says {}",
                member.size
            )));
        }
        if size < member.size {
            let why = format!("it has {size} bytes, not {}", member.size);
            return Err(Refusal::MemberChanged { path: path.to_owned(), why });
        }
        self.is_canonical(path, size, member.mode())
    }

    fn is_canonical(&self, path: &str, size: u64, mode: u32) -> Result<(), Refusal> {
        if self.0 == header(path, size, mode)? {
            return Ok(());
        }
        Err(Refusal::Malformed(format!("`{path}` has owners, times or rights that Tidegate does not write")))
    }
}

#[allow(clippy::wildcard_enum_match_arm)] // every other letter is some extension
fn other_kind(kind: EntryType) -> Option<&'static str> {
    match kind {
        EntryType::Regular => None,
        EntryType::Link => Some("a hard link"),
        EntryType::Symlink => Some("a symbolic link"),
        EntryType::Char | EntryType::Block => Some("a device"),
        EntryType::Fifo => Some("a pipe"),
        EntryType::Directory => Some("a folder of its own"),
        EntryType::GNUSparse => Some("a file with holes"),
        _ => Some("an extension of tar"),
    }
}
