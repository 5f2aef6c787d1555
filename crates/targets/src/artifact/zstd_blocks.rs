//! How large a zstd block becomes, found out before it is decoded.
//!
//! Invariant: a block that would become larger than the format allows is refused. The decoder does not check this
//! itself, and 128 KiB of crafted sequences would make it fill 8 GiB of memory. Deliberately not here: decoding.
//! Format: RFC 8878, section 3.1.1.

use super::zstd_tables::{Backward, Broken, LITERAL_LENGTHS, MATCH_LENGTHS, OFFSETS, Table};

/// Of a block, before and after.
pub(crate) const BLOCK_BYTES_MAX: usize = 128 << 10;

const CUT: Broken = "a zstd block ends too early";
const TOO_LARGE: Broken = "a zstd block becomes larger than its format allows";

/// Extra bits of each match length code; each code starts where the one before ends, the first at 3.
const MATCH_BITS: [u8; 53] = {
    let mut bits = [0; 53];
    let extra = [1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16];
    let mut at = 0;
    while at < extra.len() {
        bits[32 + at] = extra[at];
        at += 1;
    }
    bits
};
/// Extra bits of each literal length code from 16 on.
const LITERAL_BITS: [u8; 20] = [1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16];

/// The tables a later block may use again.
#[derive(Default)]
pub(crate) struct Blocks {
    literal_lengths: Option<Table>,
    offsets: Option<Table>,
    match_lengths: Option<Table>,
}

impl Blocks {
    /// What a compressed block will become, in bytes.
    pub(crate) fn measure(&mut self, block: &[u8]) -> Result<usize, Broken> {
        let (literals, used) = literals(block)?;
        let total = literals + self.matches(block.get(used..).ok_or(CUT)?)?;
        if total > BLOCK_BYTES_MAX { Err(TOO_LARGE) } else { Ok(total) }
    }

    /// The length of all matches together.
    fn matches(&mut self, section: &[u8]) -> Result<usize, Broken> {
        let (count, mut used) = sequence_count(section)?;
        if count == 0 {
            return Ok(0);
        }
        let modes = *section.get(used).ok_or(CUT)?;
        used += 1;
        let mut rest = section.get(used..).ok_or(CUT)?;
        for (kind, mode, last) in [
            (&LITERAL_LENGTHS, modes >> 6, &mut self.literal_lengths),
            (&OFFSETS, modes >> 4, &mut self.offsets),
            (&MATCH_LENGTHS, modes >> 2, &mut self.match_lengths),
        ] {
            let used = Table::read(kind, mode, rest, last)?;
            rest = rest.get(used..).ok_or(CUT)?;
        }
        self.sum_matches(count, Backward::new(rest)?)
    }

    fn sum_matches(&self, count: usize, mut bits: Backward<'_>) -> Result<usize, Broken> {
        let (Some(literal_lengths), Some(offsets), Some(match_lengths)) =
            (&self.literal_lengths, &self.offsets, &self.match_lengths)
        else {
            return Err(CUT);
        };
        let mut literal = bits.read(literal_lengths.accuracy)?;
        let mut offset = bits.read(offsets.accuracy)?;
        let mut matched = bits.read(match_lengths.accuracy)?;
        let mut sum = 0;
        for number in 1..=count {
            bits.read(u32::from(offsets.symbol(offset)?))?;
            sum += match_length(match_lengths.symbol(matched)?, &mut bits)?;
            if sum > BLOCK_BYTES_MAX {
                return Err(TOO_LARGE);
            }
            let code = usize::from(literal_lengths.symbol(literal)?);
            bits.read(code.checked_sub(16).map_or(0, |code| u32::from(LITERAL_BITS[code])))?;
            if number < count {
                literal = literal_lengths.next(literal, &mut bits)?;
                matched = match_lengths.next(matched, &mut bits)?;
                offset = offsets.next(offset, &mut bits)?;
            }
        }
        Ok(sum)
    }
}

fn match_length(code: u8, bits: &mut Backward<'_>) -> Result<usize, Broken> {
    let code = usize::from(code);
    let base = 3 + MATCH_BITS[..code].iter().map(|bits| 1 << bits).sum::<usize>();
    Ok(base + bits.read(u32::from(MATCH_BITS[code]))? as usize)
}

/// The size of the literals, and how many bytes their section takes.
fn literals(block: &[u8]) -> Result<(usize, usize), Broken> {
    let first = usize::from(*block.first().ok_or(CUT)?);
    let (kind, format) = (first & 3, first >> 2 & 3);
    let compressed = kind >= 2;
    let (header, bits) = match (compressed, format) {
        (false, 0 | 2) => (1, 5),
        (false, 1) => (2, 12),
        (false, _) => (3, 20),
        (true, 0 | 1) => (3, 10),
        (true, 2) => (4, 14),
        (true, _) => (5, 18),
    };
    let field = block.get(..header).ok_or(CUT)?;
    let field = field.iter().rev().fold(0, |value, byte| value << 8 | usize::from(*byte));
    let size = if header == 1 { field >> 3 } else { field >> 4 & ((1 << bits) - 1) };
    if size > BLOCK_BYTES_MAX {
        return Err(TOO_LARGE);
    }
    let stored = match kind {
        0 => size,
        1 => 1,
        _ => field >> (4 + bits) & ((1 << bits) - 1),
    };
    Ok((size, header + stored))
}

/// How many sequences there are, and how many bytes say so.
fn sequence_count(section: &[u8]) -> Result<(usize, usize), Broken> {
    let byte = |at: usize| section.get(at).map(|byte| usize::from(*byte)).ok_or(CUT);
    match byte(0)? {
        short @ 0..128 => Ok((short, 1)),
        middle @ 128..255 => Ok((((middle - 128) << 8) + byte(1)?, 2)),
        _ => Ok((byte(1)? + (byte(2)? << 8) + 0x7f00, 3)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn match_length_codes_start_where_the_format_says() {
        for (code, base) in [(0, 3), (31, 34), (32, 35), (43, 131), (52, 65_539)] {
            let zeros = [0, 0, 1];
            assert_eq!(match_length(code, &mut Backward::new(&zeros).unwrap()), Ok(base), "{code}");
        }
    }

    #[test]
    fn literal_sections_say_their_size() {
        for (block, expect) in [
            (vec![0b0010_1000], Ok((5, 6))),
            (vec![0b1000_0101, 0x01], Ok((24, 3))),
            (vec![0b0000_1100, 0, 0x21], Err(TOO_LARGE)),
            (vec![0b0001_0010, 0x40, 0x01], Ok((1, 3 + 5))),
            (vec![0b0000_0010], Err(CUT)),
            (vec![], Err(CUT)),
        ] {
            assert_eq!(literals(&block), expect, "{block:x?}");
        }
    }
}
