//! Zstandard frames, one after the other, as one stream of bytes.
//!
//! Invariant: a frame that asks for more memory than allowed, and a block that would become larger than allowed, are
//! refused before the decoder sees them. Deliberately not here: dictionaries (a frame that needs one is refused by the
//! decoder). Format: RFC 8878, section 3.1.

use std::io::{self, BufRead, Read};

use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use super::zstd_blocks::{BLOCK_BYTES_MAX, Blocks};

const REPEATED_BYTE: u32 = 1;
const COMPRESSED: u32 = 2;
const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// Magic, descriptor, window, dictionary id and content size at their longest.
const HEADER_BYTES_MAX: usize = 4 + 1 + 1 + 4 + 8;

pub(crate) struct Frames<R> {
    source: R,
    decoder: FrameDecoder,
    window_bytes_max: u64,
    inside: bool,
    blocks: Blocks,
    /// One block with its header and, after the last, the frame's checksum.
    block: Vec<u8>,
    has_checksum: bool,
}

impl<R: BufRead> Frames<R> {
    pub(crate) fn new(source: R, window_bytes_max: u64) -> Self {
        Self {
            source,
            decoder: FrameDecoder::new(),
            window_bytes_max,
            inside: false,
            blocks: Blocks::default(),
            block: Vec::new(),
            has_checksum: false,
        }
    }

    /// Enters the next frame that holds data; false at the end.
    fn enter(&mut self) -> io::Result<bool> {
        while !self.source.fill_buf()?.is_empty() {
            let mut header = [0; HEADER_BYTES_MAX];
            self.source.read_exact(&mut header[..4])?;
            if header[..4] == MAGIC {
                let length = self.read_header(&mut header)?;
                self.decoder.init(&header[..length]).map_err(io::Error::other)?;
                self.blocks = Blocks::default();
                self.has_checksum = header[4] & 4 != 0;
                return Ok(true);
            }
            if header[1..4] != [0x2a, 0x4d, 0x18] || header[0] & 0xf0 != 0x50 {
                return Err(io::Error::other("neither a zstd frame nor a skippable one"));
            }
            self.skip()?;
        }
        Ok(false)
    }

    fn skip(&mut self) -> io::Result<()> {
        let mut length = [0; 4];
        self.source.read_exact(&mut length)?;
        let length = u64::from(u32::from_le_bytes(length));
        let skipped = io::copy(&mut self.source.by_ref().take(length), &mut io::sink())?;
        if skipped == length { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }

    /// Reads the rest of a frame's header and answers its length; refuses too large a window.
    fn read_header(&mut self, header: &mut [u8; HEADER_BYTES_MAX]) -> io::Result<usize> {
        self.source.read_exact(&mut header[4..5])?;
        let descriptor = header[4];
        let single_segment = descriptor & 0x20 != 0;
        let window_bytes = usize::from(!single_segment);
        let dictionary_bytes = [0, 1, 2, 4][usize::from(descriptor & 3)];
        let content_bytes = match descriptor >> 6 {
            0 => usize::from(single_segment),
            flag => 1 << flag,
        };
        let length = 5 + window_bytes + dictionary_bytes + content_bytes;
        self.source.read_exact(&mut header[5..length])?;
        let window = if single_segment {
            content_size(&header[length - content_bytes..length])
        } else {
            let (exponent, mantissa) = (u64::from(header[5] >> 3), u64::from(header[5] & 7));
            let base = 1 << (10 + exponent);
            base + base / 8 * mantissa
        };
        if window > self.window_bytes_max {
            return Err(io::Error::other(format!(
                "it asks for a window of {window} bytes and at most {} are given; compress it without --long and --ultra",
                self.window_bytes_max
            )));
        }
        Ok(length)
    }

    /// Decodes the next block, once it is known how large it becomes.
    fn decode_block(&mut self) -> io::Result<()> {
        let mut header = [0; 3];
        self.source.read_exact(&mut header)?;
        let value = u32::from_le_bytes([header[0], header[1], header[2], 0]);
        let (last, kind, size) = (value & 1 == 1, value >> 1 & 3, (value >> 3) as usize);
        if size > BLOCK_BYTES_MAX {
            return Err(io::Error::other("a zstd block is larger than its format allows"));
        }
        let stored = if kind == REPEATED_BYTE { 1 } else { size };
        let checksum = if last && self.has_checksum { 4 } else { 0 };
        self.block.clear();
        self.block.extend_from_slice(&header);
        self.block.resize(header.len() + stored + checksum, 0);
        self.source.read_exact(&mut self.block[header.len()..])?;
        if kind == COMPRESSED {
            let content = &self.block[header.len()..header.len() + stored];
            self.blocks.measure(content).map_err(io::Error::other)?;
        }
        let decoded = self.decoder.decode_blocks(self.block.as_slice(), BlockDecodingStrategy::UptoBlocks(1));
        decoded.map(drop).map_err(io::Error::other)
    }

    fn leave(&mut self) -> io::Result<()> {
        self.inside = false;
        match (self.decoder.get_checksum_from_data(), self.decoder.get_calculated_checksum()) {
            (Some(said), Some(is)) if said != is => {
                Err(io::Error::other("the checksum of a zstd frame does not match"))
            }
            _ => Ok(()),
        }
    }
}

fn content_size(field: &[u8]) -> u64 {
    let mut bytes = [0; 8];
    bytes[..field.len()].copy_from_slice(field);
    let size = u64::from_le_bytes(bytes);
    if field.len() == 2 { size + 256 } else { size }
}

impl<R: BufRead> Read for Frames<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            if !self.inside {
                if !self.enter()? {
                    return Ok(0);
                }
                self.inside = true;
            }
            // One block at a time: what is decoded and not yet read is at most one block and the window.
            while self.decoder.can_collect() == 0 && !self.decoder.is_finished() {
                self.decode_block()?;
            }
            let count = self.decoder.read(buffer)?;
            if count > 0 {
                return Ok(count);
            }
            self.leave()?;
        }
    }
}
