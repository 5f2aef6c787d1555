//! A tar stream written out as a tree.
//!
//! Invariant: every write goes to a new file below the root; links are made last, so that nothing is ever written
//! through one. Deliberately not here: owners, times and extended attributes, which no artifact needs.

use std::borrow::Cow;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{OpenOptionsExt, symlink};
use std::path::Path;

use tar::{Archive, Entry, EntryType, PaxExtensions};
use tidegate_ports::Fault;

use super::limits::Limits;
use super::names::{Kind, Ledger};
use super::problem::{damaged, too_big, unsafe_entry};
use crate::outside::io_fault;

pub(crate) const FILE_MODE: u32 = 0o444;
pub(crate) const PROGRAM_MODE: u32 = 0o555;
const SET_ID_BITS: u32 = 0o6000;
/// A header that describes the next entry may be this large.
const EXTENSION_BYTES_MAX: u64 = 64 << 10;

/// What GNU and pax headers said about the entry that follows them.
#[derive(Default)]
struct Extension {
    path: Option<Vec<u8>>,
    target: Option<Vec<u8>>,
    size: Option<u64>,
}

struct Unpacking<'a> {
    root: &'a Path,
    limits: &'a Limits,
    ledger: Ledger<'a>,
    links: Vec<(String, String)>,
    bytes: u64,
}

/// Writes the tar's entries below `root`, which must be empty.
pub(crate) fn unpack(stream: &mut dyn Read, root: &Path, limits: &Limits) -> Result<(), Fault> {
    let mut work = Unpacking { root, limits, ledger: Ledger::new(limits), links: Vec::new(), bytes: 0 };
    let mut archive = Archive::new(stream);
    let mut extension = Extension::default();
    let mut described = 0_usize;
    for entry in archive.entries().map_err(damaged)?.raw(true) {
        let mut entry = entry.map_err(damaged)?;
        if extension.note(&mut entry)? {
            described += 1;
            if described > 4 {
                return Err(damaged("it has headers that describe no entry"));
            }
            continue;
        }
        described = 0;
        work.write(entry, std::mem::take(&mut extension))?;
    }
    if described > 0 {
        return Err(damaged("it ends after a header that describes the next entry"));
    }
    work.finish()
}

impl Extension {
    /// True where the entry only describes the next one (or, as `git archive` does, nothing we need).
    fn note<R: Read>(&mut self, entry: &mut Entry<'_, R>) -> Result<bool, Fault> {
        let kind = entry.header().entry_type();
        if kind.is_gnu_longname() {
            self.path = Some(without_nul(read_small(entry)?));
        } else if kind.is_gnu_longlink() {
            self.target = Some(without_nul(read_small(entry)?));
        } else if kind.is_pax_local_extensions() {
            self.note_pax(&read_small(entry)?)?;
        } else if kind.is_pax_global_extensions() {
            read_small(entry)?;
        } else {
            return Ok(false);
        }
        Ok(true)
    }

    fn note_pax(&mut self, data: &[u8]) -> Result<(), Fault> {
        for record in PaxExtensions::new(data) {
            let record = record.map_err(damaged)?;
            match record.key_bytes() {
                b"path" => self.path = Some(record.value_bytes().to_vec()),
                b"linkpath" => self.target = Some(record.value_bytes().to_vec()),
                b"size" => {
                    let size = record.value().ok().and_then(|text| text.parse().ok());
                    self.size = Some(size.ok_or_else(|| damaged("it has a size that is no number"))?);
                }
                key if key.starts_with(b"GNU.sparse") => {
                    return Err(damaged("it holds sparse files (tar --sparse)"));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

fn read_small<R: Read>(entry: &mut Entry<'_, R>) -> Result<Vec<u8>, Fault> {
    if entry.size() > EXTENSION_BYTES_MAX {
        return Err(too_big(format_args!("has a header of {} bytes", entry.size())));
    }
    let mut data = Vec::new();
    entry.take(EXTENSION_BYTES_MAX).read_to_end(&mut data).map_err(damaged)?;
    Ok(data)
}

fn without_nul(mut name: Vec<u8>) -> Vec<u8> {
    if name.last() == Some(&0) {
        name.pop();
    }
    name
}

fn refusal(kind: EntryType) -> &'static str {
    if kind.is_hard_link() {
        "is a hard link (build it with tar --hard-dereference)"
    } else if kind.is_character_special() || kind.is_block_special() {
        "is a device"
    } else if kind.is_fifo() {
        "is a named pipe"
    } else if kind.is_gnu_sparse() {
        "is a sparse file (build it without tar --sparse)"
    } else {
        "is of a kind that is not known"
    }
}

impl Unpacking<'_> {
    fn write<R: Read>(&mut self, entry: Entry<'_, R>, extension: Extension) -> Result<(), Fault> {
        let raw = extension.path.unwrap_or_else(|| entry.path_bytes().into_owned());
        if extension.size.is_some_and(|size| size != entry.size()) {
            return Err(unsafe_entry(&raw, "has two different sizes"));
        }
        let kind = entry.header().entry_type();
        if kind.is_dir() {
            self.make_directory(&raw)
        } else if kind.is_file() || kind.is_contiguous() {
            self.write_file(&raw, entry)
        } else if kind.is_symlink() {
            let target = extension.target.or_else(|| entry.link_name_bytes().map(Cow::into_owned));
            self.note_link(&raw, &target.unwrap_or_default())
        } else {
            Err(unsafe_entry(&raw, refusal(kind)))
        }
    }

    fn make_directory(&mut self, raw: &[u8]) -> Result<(), Fault> {
        let path = self.ledger.enter(raw, Kind::Directory)?;
        fs::create_dir_all(self.root.join(&path)).map_err(|error| io_fault("unpack the artifact", error))
    }

    fn write_file<R: Read>(&mut self, raw: &[u8], mut entry: Entry<'_, R>) -> Result<(), Fault> {
        let mode = entry.header().mode().map_err(damaged)?;
        if mode & SET_ID_BITS != 0 {
            return Err(unsafe_entry(raw, "has the setuid or setgid bit"));
        }
        let path = self.ledger.enter(raw, Kind::File)?;
        self.bytes = self.bytes.saturating_add(entry.size());
        if self.bytes > self.limits.tree_bytes_max {
            return Err(too_big(format_args!("unpacks to more than {} bytes", self.limits.tree_bytes_max)));
        }
        let place = self.root.join(&path);
        if let Some(parent) = place.parent() {
            fs::create_dir_all(parent).map_err(|error| io_fault("unpack the artifact", error))?;
        }
        let size = entry.size();
        let written = write_new(&place, &mut entry, mode & 0o111 != 0)?;
        if written == size { Ok(()) } else { Err(damaged("it is cut off in the middle of a file")) }
    }

    fn note_link(&mut self, raw: &[u8], target: &[u8]) -> Result<(), Fault> {
        let path = self.ledger.enter(raw, Kind::Link)?;
        let target = self.ledger.check_target(&path, target)?;
        self.links.push((path, target));
        Ok(())
    }

    fn finish(self) -> Result<(), Fault> {
        for (path, target) in self.links {
            make_link(self.root, &path, &target)?;
        }
        Ok(())
    }
}

pub(crate) fn make_link(root: &Path, path: &str, target: &str) -> Result<(), Fault> {
    let place = root.join(path);
    let made = place.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| symlink(target, &place));
    made.map_err(|error| io_fault("unpack the artifact", error))
}

/// Writes a new file, read-only, and answers how many bytes came.
pub(crate) fn write_new(place: &Path, from: &mut dyn Read, program: bool) -> Result<u64, Fault> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(place)
        .map_err(|error| io_fault("unpack the artifact", error))?;
    let written = copy(from, &mut file)?;
    make_runnable(&file, program)?;
    Ok(written)
}

/// Read by all, and run where it is a program.
pub(crate) fn make_runnable(file: &File, program: bool) -> Result<(), Fault> {
    let mode = if program { PROGRAM_MODE } else { FILE_MODE };
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(mode))
        .map_err(|error| io_fault("unpack the artifact", error))
}

/// Tells a broken source from a disk that does not take more.
fn copy(from: &mut dyn Read, to: &mut dyn io::Write) -> Result<u64, Fault> {
    let mut buffer = vec![0; 64 << 10];
    let mut written = 0;
    loop {
        let count = match from.read(&mut buffer) {
            Ok(0) => return Ok(written),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(damaged(error)),
        };
        to.write_all(&buffer[..count]).map_err(|error| io_fault("unpack the artifact", error))?;
        written += count as u64;
    }
}
