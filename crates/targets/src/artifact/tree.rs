//! A directory as an artifact: its digest, and its copy.
//!
//! Invariant: the digest is of the listing below and of nothing else, and what was hashed is what was copied.
//! Deliberately not here: ignoring files; what should not be released does not belong in the directory.
//!
//! The listing starts with `tidegate-tree 1`, then one line for each entry, sorted by the bytes of its path, with a
//! tab between the fields (no name may hold one) and a line feed at each end:
//! `directory␉path` · `file␉-␉sha256␉path` or `file␉x␉sha256␉path` where anybody may execute it · `link␉target␉path`.

use std::fs::{self, File, OpenOptions};
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use rustix::fs::OFlags;
use sha2::{Digest, Sha256};
use tidegate_ports::Fault;

use super::limits::Limits;
use super::names::{Kind, Ledger};
use super::problem::{too_big, unsafe_entry};
use super::stream::{digest_text, push_hex};
use super::unpack::{make_link, write_new};
use crate::outside::io_fault;

const HEAD: &str = "tidegate-tree 1\n";

struct Walk<'a> {
    /// Where the copy goes, if one is made.
    copy: Option<&'a Path>,
    limits: &'a Limits,
    ledger: Ledger<'a>,
    /// Path and line.
    lines: Vec<(String, String)>,
    links: Vec<(String, String)>,
    bytes: u64,
}

/// The digest of the directory; with `copy`, its content is written there too.
pub(crate) fn digest(directory: &Path, copy: Option<&Path>, limits: &Limits) -> Result<String, Fault> {
    let mut walk =
        Walk { copy, limits, ledger: Ledger::new(limits), lines: Vec::new(), links: Vec::new(), bytes: 0 };
    walk.directory(directory, "")?;
    if let Some(root) = copy {
        for (path, target) in &walk.links {
            make_link(root, path, target)?;
        }
    }
    walk.lines.sort_unstable();
    let mut hash = Sha256::new_with_prefix(HEAD);
    for (_, line) in &walk.lines {
        hash.update(line);
    }
    Ok(digest_text(hash))
}

impl Walk<'_> {
    fn directory(&mut self, at: &Path, relative: &str) -> Result<(), Fault> {
        let unreadable = |error| io_fault(&format!("read the artifact's directory {}", at.display()), error);
        for entry in fs::read_dir(at).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let mut raw = relative.as_bytes().to_vec();
            if !raw.is_empty() {
                raw.push(b'/');
            }
            raw.extend_from_slice(entry.file_name().as_bytes());
            self.entry(&entry.path(), &raw)?;
        }
        Ok(())
    }

    fn entry(&mut self, at: &Path, raw: &[u8]) -> Result<(), Fault> {
        let unreadable = |error| io_fault(&format!("read {}", at.display()), error);
        let kind = fs::symlink_metadata(at).map_err(unreadable)?.file_type();
        if kind.is_dir() {
            let path = self.ledger.enter(raw, Kind::Directory)?;
            if let Some(root) = self.copy {
                fs::create_dir(root.join(&path)).map_err(|error| io_fault("copy the artifact", error))?;
            }
            self.lines.push((path.clone(), format!("directory\t{path}\n")));
            self.directory(at, &path)
        } else if kind.is_file() {
            self.file(at, raw)
        } else if kind.is_symlink() {
            let target = fs::read_link(at).map_err(unreadable)?;
            let path = self.ledger.enter(raw, Kind::Link)?;
            let target = self.ledger.check_target(&path, target.as_os_str().as_bytes())?;
            self.lines.push((path.clone(), format!("link\t{target}\t{path}\n")));
            self.links.push((path, target));
            Ok(())
        } else {
            Err(unsafe_entry(raw, "is neither a file, a directory nor a link"))
        }
    }

    fn file(&mut self, at: &Path, raw: &[u8]) -> Result<(), Fault> {
        let path = self.ledger.enter(raw, Kind::File)?;
        let unreadable = |error| io_fault(&format!("read {}", at.display()), error);
        // Between looking and opening it may have become a link or a pipe; neither is followed or waited for.
        let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
        let file = OpenOptions::new()
            .read(true)
            .custom_flags(flags.bits().cast_signed())
            .open(at)
            .map_err(unreadable)?;
        let metadata = file.metadata().map_err(unreadable)?;
        if !metadata.is_file() {
            return Err(unsafe_entry(raw, "is no file any more"));
        }
        let mode = metadata.permissions().mode();
        if mode & 0o6000 != 0 {
            return Err(unsafe_entry(raw, "has the setuid or setgid bit"));
        }
        let program = mode & 0o111 != 0;
        let mut hashing =
            Hashing { file, hash: Sha256::new(), left: self.limits.tree_bytes_max - self.bytes };
        match self.copy {
            Some(root) => write_new(&root.join(&path), &mut hashing, program)?,
            None => std::io::copy(&mut hashing, &mut std::io::sink()).map_err(unreadable)?,
        };
        if hashing.left == 0 {
            return Err(too_big(format_args!("holds more than {} bytes", self.limits.tree_bytes_max)));
        }
        self.bytes = self.limits.tree_bytes_max - hashing.left;
        let mut line = format!("file\t{}\t", if program { 'x' } else { '-' });
        push_hex(&mut line, &hashing.hash.finalize());
        line.extend(["\t", &path, "\n"]);
        self.lines.push((path, line));
        Ok(())
    }
}

/// Reads at most `left` bytes; at 0 it ends as if the file did, and the caller looks.
struct Hashing {
    file: File,
    hash: Sha256,
    left: u64,
}

impl Read for Hashing {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        let count = self.file.read(&mut buffer[..most])?;
        self.hash.update(&buffer[..count]);
        self.left -= count as u64;
        Ok(count)
    }
}
