//! The entropy tables and bit streams of zstd's sequences.
//!
//! Invariant: a table that is built is complete, so no state leads out of it; reading past an end is an error.
//! Deliberately not here: Huffman codes (literals say their size in the header). Format: RFC 8878, sections 4.1 and
//! 3.1.1.3.2.

/// Why a block makes no sense.
pub(crate) type Broken = &'static str;

const CUT: Broken = "a zstd block ends too early";
const BAD_TABLE: Broken = "a zstd block has a table that does not add up";

/// One of the three kinds of code, with what the format fixes about it.
pub(crate) struct Kind {
    symbols: usize,
    accuracy_max: u32,
    default_accuracy: u32,
    default: &'static [i16],
}

pub(crate) const LITERAL_LENGTHS: Kind = Kind {
    symbols: 36,
    accuracy_max: 9,
    default_accuracy: 6,
    default: &[
        4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1, -1,
        -1, -1, -1,
    ],
};
pub(crate) const OFFSETS: Kind = Kind {
    symbols: 32,
    accuracy_max: 8,
    default_accuracy: 5,
    default: &[1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1],
};
pub(crate) const MATCH_LENGTHS: Kind = Kind {
    symbols: 53,
    accuracy_max: 9,
    default_accuracy: 6,
    default: &[
        1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
        1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1,
    ],
};

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct State {
    symbol: u8,
    bits: u32,
    baseline: u32,
}

/// What each state stands for and which states may follow it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Table {
    pub(crate) accuracy: u32,
    states: Vec<State>,
}

impl Table {
    /// By the two mode bits: the format's own, one symbol, described here, or the one before. Answers the bytes used.
    pub(crate) fn read(
        kind: &Kind,
        mode: u8,
        bytes: &[u8],
        last: &mut Option<Self>,
    ) -> Result<usize, Broken> {
        let (table, used) = match mode & 3 {
            0 => (Self::build(kind.default, kind.default_accuracy)?, 0),
            1 => (Self::single(kind, *bytes.first().ok_or(CUT)?)?, 1),
            2 => Self::described(kind, bytes)?,
            _ if last.is_some() => return Ok(0),
            _ => return Err("a zstd block repeats a table that is not there"),
        };
        *last = Some(table);
        Ok(used)
    }

    pub(crate) fn symbol(&self, state: u32) -> Result<u8, Broken> {
        self.states.get(state as usize).map(|state| state.symbol).ok_or(BAD_TABLE)
    }

    pub(crate) fn next(&self, state: u32, bits: &mut Backward<'_>) -> Result<u32, Broken> {
        let state = self.states.get(state as usize).ok_or(BAD_TABLE)?;
        Ok(state.baseline + bits.read(state.bits)?)
    }

    fn single(kind: &Kind, symbol: u8) -> Result<Self, Broken> {
        if usize::from(symbol) >= kind.symbols {
            return Err(BAD_TABLE);
        }
        Ok(Self { accuracy: 0, states: vec![State { symbol, bits: 0, baseline: 0 }] })
    }

    fn described(kind: &Kind, bytes: &[u8]) -> Result<(Self, usize), Broken> {
        let mut bits = Forward { bytes, at: 0 };
        let accuracy = bits.read(4)? + 5;
        if accuracy > kind.accuracy_max {
            return Err(BAD_TABLE);
        }
        let mut left = 1_i32 << accuracy;
        let mut shares: Vec<i16> = Vec::with_capacity(kind.symbols);
        while left > 0 {
            if shares.len() >= kind.symbols {
                return Err(BAD_TABLE);
            }
            let share = bits.read_share(left as u32)?;
            left -= i32::from(share.abs());
            shares.push(share);
            if share == 0 {
                let mut zeros = 3;
                while zeros == 3 {
                    zeros = bits.read(2)?;
                    shares.resize(shares.len() + zeros as usize, 0);
                    if shares.len() > kind.symbols {
                        return Err(BAD_TABLE);
                    }
                }
            }
        }
        if left < 0 {
            return Err(BAD_TABLE);
        }
        Ok((Self::build(&shares, accuracy)?, bits.at.div_ceil(8)))
    }

    /// Spreads the symbols over the states by their shares; -1 is less than one, placed at the end.
    fn build(shares: &[i16], accuracy: u32) -> Result<Self, Broken> {
        let size = 1_usize << accuracy;
        let mut states = vec![State::default(); size];
        let mut end = size;
        for (symbol, _) in (0_u8..).zip(shares).filter(|(_, share)| **share == -1) {
            end = end.checked_sub(1).ok_or(BAD_TABLE)?;
            states[end].symbol = symbol;
        }
        let mut at = 0;
        for (symbol, share) in (0_u8..).zip(shares) {
            for _ in 0..(*share).max(0) {
                if end == 0 {
                    return Err(BAD_TABLE);
                }
                states[at].symbol = symbol;
                at = step(at, size);
                while at >= end && at != 0 {
                    at = step(at, size);
                }
            }
        }
        let mut next: Vec<u32> = shares.iter().map(|share| u32::from(share.unsigned_abs())).collect();
        for state in &mut states {
            let number = next.get_mut(usize::from(state.symbol)).ok_or(BAD_TABLE)?;
            state.bits = accuracy.checked_sub(number.checked_ilog2().ok_or(BAD_TABLE)?).ok_or(BAD_TABLE)?;
            state.baseline = (*number << state.bits) - size as u32;
            *number += 1;
        }
        Ok(Self { accuracy, states })
    }
}

fn step(at: usize, size: usize) -> usize {
    (at + (size >> 1) + (size >> 3) + 3) & (size - 1)
}

/// Bits from the first byte on, lowest first.
struct Forward<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Forward<'_> {
    fn read(&mut self, count: u32) -> Result<u32, Broken> {
        let value = peek(self.bytes, self.at, count).ok_or(CUT)?;
        self.at += count as usize;
        Ok(value)
    }

    /// One share of what is left; small values take a bit less.
    fn read_share(&mut self, left: u32) -> Result<i16, Broken> {
        let bits = (left + 1).ilog2() + 1;
        let short = self.read(bits - 1)?;
        let spare = (1 << bits) - 1 - (left + 1);
        if short < spare {
            return Ok(short as i16 - 1);
        }
        let value = short | self.read(1)? << (bits - 1);
        let value = if value >> (bits - 1) == 1 { value - spare } else { value };
        Ok(value as i16 - 1)
    }
}

/// Bits from the last byte back, below the highest set one.
pub(crate) struct Backward<'a> {
    bytes: &'a [u8],
    left: usize,
}

impl<'a> Backward<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Result<Self, Broken> {
        let last =
            bytes.last().and_then(|byte| byte.checked_ilog2()).ok_or("a zstd block ends without its mark")?;
        Ok(Self { bytes, left: (bytes.len() - 1) * 8 + last as usize })
    }

    pub(crate) fn read(&mut self, count: u32) -> Result<u32, Broken> {
        self.left = self.left.checked_sub(count as usize).ok_or(CUT)?;
        peek(self.bytes, self.left, count).ok_or(CUT)
    }
}

/// `count` bits (at most 32) from bit `at` on; none where they are not there.
fn peek(bytes: &[u8], at: usize, count: u32) -> Option<u32> {
    if at + count as usize > bytes.len() * 8 {
        return None;
    }
    let from = bytes.get(at / 8..).unwrap_or_default();
    let mut window = [0; 8];
    let length = from.len().min(8);
    window[..length].copy_from_slice(&from[..length]);
    let value = u64::from_le_bytes(window) >> (at % 8);
    Some((value & ((1 << count) - 1)) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shares_of_the_default_tables_fill_them() {
        for kind in [LITERAL_LENGTHS, OFFSETS, MATCH_LENGTHS] {
            let sum: u32 = kind.default.iter().map(|share| u32::from(share.unsigned_abs())).sum();
            assert_eq!(sum, 1 << kind.default_accuracy);
            Table::build(kind.default, kind.default_accuracy).unwrap();
        }
    }

    /// RFC 8878, appendix A.2, the first and last rows of the offset table.
    #[test]
    fn the_default_offset_table_is_the_published_one() {
        let table = Table::build(OFFSETS.default, 5).unwrap();
        let row = |symbol, bits, baseline| State { symbol, bits, baseline };
        assert_eq!(table.states[..3], [row(0, 5, 0), row(6, 4, 0), row(9, 5, 0)]);
        assert_eq!(table.states[31], row(24, 5, 0));
    }

    #[test]
    fn bits_are_read_from_both_ends() {
        let bytes = [0b1010_0110, 0b0000_0101];
        let mut forward = Forward { bytes: &bytes, at: 0 };
        assert_eq!((forward.read(3), forward.read(6)), (Ok(0b110), Ok(0b1_10100)));
        assert_eq!(forward.read(8), Err(CUT));
        let mut backward = Backward::new(&bytes).unwrap();
        assert_eq!((backward.read(2), backward.read(4)), (Ok(0b01), Ok(0b1010)));
        assert_eq!((backward.read(4), backward.read(1)), (Ok(0b0110), Err(CUT)));
        assert!(Backward::new(&[1, 0]).is_err());
        assert!(Backward::new(&[]).is_err());
    }
}
