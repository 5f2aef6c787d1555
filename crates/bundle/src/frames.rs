//! Zstandard frames, one after the other: written with a checksum and size each, read with their ends known.
//!
//! Invariant: reading needs at most 8 MiB for a window, whatever a frame's head says; where each frame ended is known, so
//! that one can be taken over unread. Not here: what is in them (`archive`).

use std::io::{self, Read, Write};

use zstd::stream::raw::{DParameter, Decoder, Operation as _};

/// Where more costs much time and gains little; part of the bytes of a bundle, so it stays.
const LEVEL: i32 = 9;
const WINDOW_LOG_MAX: u32 = 23;
const BUFFER_BYTES: usize = 1 << 16;

/// Writes `size` bytes of `from` as one frame.
pub fn write(mut from: impl Read, size: u64, to: impl Write) -> io::Result<()> {
    let mut encoder = zstd::stream::write::Encoder::new(to, LEVEL)?;
    encoder.include_checksum(true)?;
    encoder.include_contentsize(true)?;
    encoder.include_dictid(false)?;
    encoder.window_log(WINDOW_LOG_MAX - 1)?;
    encoder.set_pledged_src_size(Some(size))?;
    let copied = io::copy(&mut (&mut from).take(size), &mut encoder)?;
    if copied != size || from.read(&mut [0])? != 0 {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "the file changed while it was read"));
    }
    encoder.finish()?;
    Ok(())
}

pub struct Frames<R> {
    from: R,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    decoder: Decoder<'static>,
    at: u64,
    /// How many compressed bytes there were at the end of each frame.
    ends: Vec<u64>,
    ends_max: usize,
    inside: bool,
}

impl<R: Read> Frames<R> {
    pub fn new(from: R, ends_max: usize) -> io::Result<Self> {
        let mut decoder = Decoder::new()?;
        decoder.set_parameter(DParameter::WindowLogMax(WINDOW_LOG_MAX))?;
        let buffer = vec![0; BUFFER_BYTES];
        Ok(Self { from, buffer, start: 0, end: 0, decoder, at: 0, ends: Vec::new(), ends_max, inside: false })
    }

    pub fn ends(&self) -> &[u64] {
        &self.ends
    }
}

impl<R: Read> Read for Frames<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        loop {
            let mut over = false;
            if self.start == self.end {
                self.start = 0;
                self.end = self.from.read(&mut self.buffer)?;
                over = self.end == 0;
                if over && !self.inside {
                    return Ok(0);
                }
            }
            let status = self.decoder.run_on_buffers(&self.buffer[self.start..self.end], out)?;
            self.start += status.bytes_read;
            self.at += status.bytes_read as u64;
            self.inside = status.remaining != 0;
            if !self.inside {
                if self.ends.len() == self.ends_max {
                    return Err(io::Error::new(
                        io::ErrorKind::InvalidData,
                        "it has more frames than files need",
                    ));
                }
                self.ends.push(self.at);
            }
            if status.bytes_written > 0 {
                return Ok(status.bytes_written);
            }
            if over && self.inside {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_read_with_their_ends() {
        let (one, two) = (vec![7; 300_000], b"hello".to_vec());
        let mut bytes = Vec::new();
        write(&one[..], one.len() as u64, &mut bytes).unwrap();
        let first = bytes.len() as u64;
        write(&two[..], 5, &mut bytes).unwrap();
        let mut frames = Frames::new(&bytes[..], 2).unwrap();
        let mut read = Vec::new();
        frames.read_to_end(&mut read).unwrap();
        assert_eq!(read, [one, two].concat());
        assert_eq!(frames.ends(), [first, bytes.len() as u64]);
        for cut in [1, 10, bytes.len() / 2, bytes.len() - 1] {
            assert_eq!(
                Frames::new(&bytes[..cut], 2).unwrap().read_to_end(&mut Vec::new()).is_ok(),
                cut as u64 == first
            );
        }
        assert!(Frames::new(&bytes[..], 1).unwrap().read_to_end(&mut Vec::new()).is_err(), "too many frames");
        assert!(write(&b"abc"[..], 2, Vec::new()).is_err(), "it grew");
        assert!(write(&b"abc"[..], 4, Vec::new()).is_err(), "it shrank");
    }
}
