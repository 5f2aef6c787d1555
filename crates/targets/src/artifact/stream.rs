//! The bytes of an archive, decompressed within limits while its digest is taken.
//!
//! Invariant: no more is handed out than the archive's size allows, and memory does not grow with it. Deliberately
//! not here: what the bytes mean.

use std::cell::{Cell, RefCell};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::rc::Rc;

use flate2::bufread::MultiGzDecoder;
use sha2::{Digest, Sha256};
use tidegate_ports::Fault;

use super::limits::Limits;
use super::problem::{damaged, too_big};
use super::zstd::Frames;
use crate::outside::io_fault;

const CHUNK_BYTES: usize = 64 << 10;

/// `sha256:` and 64 hexadecimal digits.
pub(crate) fn digest_text(hash: Sha256) -> String {
    let mut text = String::from("sha256:");
    push_hex(&mut text, &hash.finalize());
    text
}

pub(crate) fn push_hex(text: &mut String, bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
}

/// Passes bytes on and hashes them; shared with whoever asks for the digest at the end.
#[derive(Clone)]
struct Hashed(Rc<RefCell<(File, Sha256)>>);

impl Read for Hashed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let (file, hash) = &mut *self.0.borrow_mut();
        let count = file.read(buffer)?;
        hash.update(&buffer[..count]);
        Ok(count)
    }
}

/// Ends with an error once more than `left` bytes came out, and remembers that this was why.
struct Bounded<R> {
    inner: R,
    left: u64,
    exceeded: Rc<Cell<bool>>,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        let Some(left) = self.left.checked_sub(count as u64) else {
            self.exceeded.set(true);
            return Err(io::Error::other("more than allowed"));
        };
        self.left = left;
        Ok(count)
    }
}

/// An archive that was opened and whose digest is known, before a decoder has seen any of it.
pub(crate) struct Archive {
    file: File,
    bytes: u64,
    pub(crate) digest: String,
}

impl Archive {
    pub(crate) fn open(mut file: File, limits: &Limits) -> Result<Self, Fault> {
        let mut hash = Sha256::new();
        let mut buffer = vec![0; CHUNK_BYTES];
        let mut bytes = 0;
        loop {
            let count = file.read(&mut buffer).map_err(|error| io_fault("read the artifact", error))?;
            if count == 0 {
                return Ok(Self { file, bytes, digest: digest_text(hash) });
            }
            hash.update(&buffer[..count]);
            bytes += count as u64;
            if bytes > limits.archive_bytes_max {
                return Err(too_big(format_args!("is larger than {} bytes", limits.archive_bytes_max)));
            }
        }
    }

    /// Gives the decompressed bytes to `take`, and fails if the file turns out to be another than was hashed.
    pub(crate) fn unpack(
        mut self,
        limits: &Limits,
        take: impl FnOnce(&mut dyn Read) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        self.file.seek(SeekFrom::Start(0)).map_err(|error| io_fault("read the artifact", error))?;
        let mut hashed = Hashed(Rc::new(RefCell::new((self.file, Sha256::new()))));
        let exceeded = Rc::new(Cell::new(false));
        let decoded = decoder(BufReader::with_capacity(CHUNK_BYTES, hashed.clone()), limits)?;
        let left = self.bytes.saturating_mul(limits.ratio_max).max(limits.ratio_free_bytes);
        let mut bounded = Bounded { inner: decoded, left, exceeded: Rc::clone(&exceeded) };
        let outcome = take(&mut bounded);
        if exceeded.get() {
            return Err(too_big(format_args!("unpacks to more than {} times its size", limits.ratio_max)));
        }
        outcome?;
        io::copy(&mut hashed, &mut io::sink()).map_err(|error| io_fault("read the artifact", error))?;
        let again = std::mem::take(&mut hashed.0.borrow_mut().1);
        if digest_text(again) == self.digest {
            Ok(())
        } else {
            Err(damaged("it was changed while it was read"))
        }
    }
}

/// By what the file says it is; names lie.
fn decoder<'a>(mut source: BufReader<Hashed>, limits: &Limits) -> Result<Box<dyn Read + 'a>, Fault> {
    let start = source.fill_buf().map_err(|error| io_fault("read the artifact", error))?;
    match start {
        [0x1f, 0x8b, ..] => Ok(Box::new(MultiGzDecoder::new(source))),
        [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => {
            Ok(Box::new(Frames::new(source, limits.window_bytes_max)))
        }
        _ => Err(damaged("it is neither gzip nor zstd")),
    }
}
