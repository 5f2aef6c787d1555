//! Reading a chunked body (RFC 9112 section 7.1) out of a growing buffer.
//!
//! Invariant: whatever the pieces in which bytes arrive, the same data comes out; nothing after the last
//! chunk's trailer is touched; sizes over 2^60, bare line feeds and endless extensions are refused.
//! Not here: trailers are read and thrown away, as RFC 9112 section 7.1.2 allows an intermediary.

use bytes::{Buf, Bytes, BytesMut};

const LINE_BYTES_MAX: usize = 4_096;
const TRAILER_BYTES_MAX: usize = 16 * 1024;
const CHUNK_BYTES_MAX: u64 = 1 << 60;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Chunked {
    Size,
    Data { left: u64 },
    DataEnd,
    Trailer { bytes: usize },
    Done,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    Data(Bytes),
    /// More bytes are needed.
    Wanting,
    Done,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the chunked coding is broken")]
pub(crate) struct BrokenChunk;

impl Chunked {
    pub fn next(&mut self, buffer: &mut BytesMut) -> Result<Piece, BrokenChunk> {
        loop {
            match *self {
                Chunked::Size => match line(buffer)? {
                    None => return Ok(Piece::Wanting),
                    Some(line) => *self = after_size(size(&line)?),
                },
                Chunked::Data { left } => {
                    if buffer.is_empty() {
                        return Ok(Piece::Wanting);
                    }
                    let take = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
                    let left = left - take as u64;
                    *self = if left == 0 { Chunked::DataEnd } else { Chunked::Data { left } };
                    return Ok(Piece::Data(buffer.split_to(take).freeze()));
                }
                Chunked::DataEnd => {
                    if buffer.len() < 2 {
                        return Ok(Piece::Wanting);
                    }
                    if &buffer[..2] != b"\r\n" {
                        return Err(BrokenChunk);
                    }
                    buffer.advance(2);
                    *self = Chunked::Size;
                }
                Chunked::Trailer { bytes } => match line(buffer)? {
                    None => return Ok(Piece::Wanting),
                    Some(line) if line.is_empty() => *self = Chunked::Done,
                    Some(line) if bytes + line.len() <= TRAILER_BYTES_MAX => {
                        *self = Chunked::Trailer { bytes: bytes + line.len() + 2 };
                    }
                    Some(_) => return Err(BrokenChunk),
                },
                Chunked::Done => return Ok(Piece::Done),
            }
        }
    }
}

fn after_size(size: u64) -> Chunked {
    if size == 0 { Chunked::Trailer { bytes: 0 } } else { Chunked::Data { left: size } }
}

/// One line without its CR LF; `None` while it is not whole.
fn line(buffer: &mut BytesMut) -> Result<Option<BytesMut>, BrokenChunk> {
    let Some(end) = buffer.iter().take(LINE_BYTES_MAX).position(|byte| *byte == b'\n') else {
        return if buffer.len() >= LINE_BYTES_MAX { Err(BrokenChunk) } else { Ok(None) };
    };
    if end == 0 || buffer[end - 1] != b'\r' {
        return Err(BrokenChunk);
    }
    let mut line = buffer.split_to(end + 1);
    line.truncate(end - 1);
    if line.contains(&b'\r') { Err(BrokenChunk) } else { Ok(Some(line)) }
}

fn size(line: &[u8]) -> Result<u64, BrokenChunk> {
    let digits = line.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
    let rest = &line[digits..];
    let extension_ok =
        rest.iter().find(|byte| !matches!(byte, b' ' | b'\t')).is_none_or(|byte| *byte == b';');
    if digits == 0 || digits > 16 || !extension_ok {
        return Err(BrokenChunk);
    }
    let text = std::str::from_utf8(&line[..digits]).map_err(|_| BrokenChunk)?;
    let size = u64::from_str_radix(text, 16).map_err(|_| BrokenChunk)?;
    if size > CHUNK_BYTES_MAX { Err(BrokenChunk) } else { Ok(size) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(pieces: &[&[u8]]) -> Result<(Vec<u8>, Vec<u8>), BrokenChunk> {
        let (mut chunked, mut buffer, mut data) = (Chunked::Size, BytesMut::new(), Vec::new());
        for piece in pieces {
            buffer.extend_from_slice(piece);
            while let Piece::Data(bytes) = chunked.next(&mut buffer)? {
                data.extend_from_slice(&bytes);
            }
        }
        assert_eq!(chunked, Chunked::Done, "the body must be whole");
        Ok((data, buffer.to_vec()))
    }

    #[test]
    fn extensions_and_trailers_are_passed_over_and_what_follows_is_left() {
        let (data, rest) = read(&[b"5;a=b\r\nhello\r\n0\r\nx: y\r\n\r\nHTTP/1.1"]).unwrap();
        assert_eq!((data.as_slice(), rest.as_slice()), (&b"hello"[..], &b"HTTP/1.1"[..]));
    }

    #[test]
    fn what_two_readers_might_read_differently_is_refused() {
        for broken in [
            &b"5\nhello\r\n"[..],
            b"\r\n",
            b"-1\r\n",
            b"+5\r\nhello\r\n",
            b"0x5\r\nhello\r\n",
            b"5 5\r\nhello\r\n",
            b"5\r\nhelloX\r\n",
            b"5\rX\r\nhello\r\n",
            b"ffffffffffffffff\r\n",
            b"10000000000000000\r\n",
        ] {
            let mut chunked = Chunked::Size;
            let mut buffer = BytesMut::from(broken);
            let last = loop {
                match chunked.next(&mut buffer) {
                    Ok(Piece::Data(_)) => {}
                    other => break other,
                }
            };
            assert_eq!(last, Err(BrokenChunk), "{}", String::from_utf8_lossy(broken));
        }
    }

    #[test]
    fn an_endless_line_is_refused() {
        let mut buffer = BytesMut::from(&[b'1'; LINE_BYTES_MAX][..]);
        assert_eq!(Chunked::Size.next(&mut buffer), Err(BrokenChunk));
    }

    proptest! {
        #[test]
        fn the_pieces_do_not_matter(body in prop::collection::vec(any::<u8>(), 1..400), chunk in 1_usize..50, cut in 1_usize..20) {
            let mut wire = Vec::new();
            for data in body.chunks(chunk) {
                wire.extend_from_slice(format!("{:X}\r\n", data.len()).as_bytes());
                wire.extend_from_slice(data);
                wire.extend_from_slice(b"\r\n");
            }
            wire.extend_from_slice(b"0\r\n\r\n");
            let pieces: Vec<&[u8]> = wire.chunks(cut).collect();
            let (data, rest) = read(&pieces).unwrap();
            prop_assert_eq!(data, body);
            prop_assert!(rest.is_empty());
        }

        #[test]
        fn any_bytes_give_an_answer(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let (mut chunked, mut buffer) = (Chunked::Size, BytesMut::from(&bytes[..]));
            while let Ok(Piece::Data(_)) = chunked.next(&mut buffer) {}
        }
    }
}
