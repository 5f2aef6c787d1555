//! MurmurHash3, the 32-bit variant for x86 with seed 0: what flagd buckets subjects with.
//!
//! Written from the public-domain reference (Austin Appleby, `MurmurHash3_x86_32`), as a state that takes its input
//! piece by piece, so that nothing is put together only to be hashed.
//!
//! Invariant: the pieces do not matter, only their concatenation.

const C1: u32 = 0xcc9e_2d51;
const C2: u32 = 0x1b87_3593;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Murmur {
    state: u32,
    /// Bytes that do not fill a block yet, the first of them lowest.
    tail: u32,
    len: u32,
}

impl Murmur {
    #[inline]
    pub(crate) fn write(&mut self, bytes: &[u8]) {
        let shift = 8 * (self.len % 4);
        self.len = self.len.wrapping_add(bytes.len() as u32);
        let mut tail = u64::from(self.tail);
        let (blocks, rest) = bytes.as_chunks::<4>();
        for block in blocks {
            tail |= u64::from(u32::from_le_bytes(*block)) << shift;
            self.block(tail as u32);
            tail >>= 32;
        }
        let mut filled = shift;
        for byte in rest {
            tail |= u64::from(*byte) << filled;
            filled += 8;
        }
        if filled >= 32 {
            self.block(tail as u32);
            tail >>= 32;
        }
        self.tail = tail as u32;
    }

    #[inline]
    pub(crate) fn finish(self) -> u32 {
        let mut hash = self.state ^ scrambled(self.tail) ^ self.len;
        hash = (hash ^ (hash >> 16)).wrapping_mul(0x85eb_ca6b);
        hash = (hash ^ (hash >> 13)).wrapping_mul(0xc2b2_ae35);
        hash ^ (hash >> 16)
    }

    #[inline]
    fn block(&mut self, block: u32) {
        self.state =
            (self.state ^ scrambled(block)).rotate_left(13).wrapping_mul(5).wrapping_add(0xe654_6b64);
    }
}

#[inline]
fn scrambled(block: u32) -> u32 {
    block.wrapping_mul(C1).rotate_left(15).wrapping_mul(C2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(bytes: &[u8]) -> u32 {
        let mut murmur = Murmur::default();
        murmur.write(bytes);
        murmur.finish()
    }

    #[test]
    fn the_known_preimages_of_the_edges_hash_to_them() {
        // From flagd's test bed (`fractional-hash-edge-flag`), where they were found by exhaustive search.
        let edges = [
            ("ejOoVL", 0),
            ("bY9fO-", 1),
            ("SI7p-", 0x7fff_ffff),
            ("6LvT0", 0x8000_0000),
            ("ceQdGm", u32::MAX),
        ];
        for (text, expected) in edges {
            assert_eq!(hash(text.as_bytes()), expected, "{text}");
        }
        assert_eq!(hash(b""), 0);
    }

    #[test]
    fn pieces_do_not_matter() {
        let whole: Vec<u8> = (0_u8..64).map(|byte| byte.wrapping_mul(37)).collect();
        for first in 0..whole.len() {
            for second in first..whole.len() {
                let mut murmur = Murmur::default();
                murmur.write(&whole[..first]);
                murmur.write(&whole[first..second]);
                murmur.write(&whole[second..]);
                assert_eq!(murmur.finish(), hash(&whole), "{first} {second}");
            }
        }
    }
}
