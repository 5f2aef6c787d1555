//! The Merkle tree of RFC 6962 (section 2.1) over the hashes of events, grown one leaf at a time.
//!
//! Invariant: there is one peak for each bit set in the size, the widest first; the root of the tree follows from them
//! alone. Deliberately not here: inclusion and consistency proofs, signatures.

use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};
use sha2::{Digest, Sha256};

/// A SHA-256.
pub type Hash = [u8; 32];

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tree {
    size: u64,
    peaks: Vec<Hash>,
}

/// `SHA-256(0x00 || bytes)`
pub fn leaf_hash(bytes: &[u8]) -> Hash {
    Sha256::new().chain_update([0]).chain_update(bytes).finalize().into()
}

/// `SHA-256(0x01 || left || right)`
pub(super) fn node_hash(left: &Hash, right: &Hash) -> Hash {
    pair_hash(1, left, right)
}

/// `SHA-256(tag || left || right)`
pub(super) fn pair_hash(tag: u8, left: &Hash, right: &Hash) -> Hash {
    let mut bytes = [0; 65];
    bytes[0] = tag;
    bytes[1..33].copy_from_slice(left);
    bytes[33..].copy_from_slice(right);
    Sha256::digest(bytes).into()
}

impl Tree {
    pub fn size(&self) -> u64 {
        self.size
    }
    pub fn push(&mut self, leaf: Hash) {
        let mut hash = leaf;
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                hash = node_hash(&left, &hash);
            }
        }
        self.peaks.push(hash);
        self.size += 1;
    }
    /// The tree head; of an empty tree the hash of nothing.
    pub fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev();
        let Some(smallest) = peaks.next() else { return Sha256::digest([]).into() };
        peaks.fold(*smallest, |right, left| node_hash(left, &right))
    }
    /// The peaks one after the other, to be stored beside the size.
    pub fn peak_bytes(&self) -> Vec<u8> {
        self.peaks.concat()
    }
    /// Of the perfect trees that it is made of, the widest first.
    pub fn peaks(&self) -> &[Hash] {
        &self.peaks
    }
    /// None when the bytes cannot be the peaks of a tree of this size.
    pub fn from_stored(size: u64, peak_bytes: &[u8]) -> Option<Self> {
        let (peaks, rest) = peak_bytes.as_chunks::<32>();
        let fits = rest.is_empty() && peaks.len() == size.count_ones() as usize;
        fits.then(|| Self { size, peaks: peaks.to_vec() })
    }
}

/// In lower case.
pub fn hex(bytes: &[u8]) -> String {
    HEXLOWER.encode(bytes)
}

/// So many bytes, in either case; none where it is anything else.
pub fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    HEXLOWER_PERMISSIVE.decode(text.as_bytes()).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The inputs and roots of the reference tests of Certificate Transparency (`merkle_tree_test`).
    const INPUTS: [&[u8]; 8] = [
        b"",
        b"\x00",
        b"\x10",
        b"\x20\x21",
        b"\x30\x31",
        b"\x40\x41\x42\x43",
        b"\x50\x51\x52\x53\x54\x55\x56\x57",
        b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
    ];
    const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    const ROOTS: [&str; 8] = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];

    #[test]
    fn known_answers_of_certificate_transparency() {
        let mut tree = Tree::default();
        assert_eq!(hex(&tree.root()), EMPTY);
        for (input, root) in INPUTS.iter().zip(ROOTS) {
            tree.push(leaf_hash(input));
            assert_eq!(hex(&tree.root()), root);
        }
    }

    /// The definition of RFC 6962 2.1, word for word: split at the largest power of two below the size.
    fn root_by_definition(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => Sha256::digest([]).into(),
            [only] => *only,
            more => {
                let half = more.len().next_power_of_two() / 2;
                node_hash(&root_by_definition(&more[..half]), &root_by_definition(&more[half..]))
            }
        }
    }

    proptest! {
        #[test]
        fn growing_gives_the_root_of_the_definition(leaves in prop::collection::vec(any::<Hash>(), 0..130)) {
            let mut tree = Tree::default();
            for leaf in &leaves {
                tree.push(*leaf);
            }
            prop_assert_eq!(tree.root(), root_by_definition(&leaves));
            prop_assert_eq!(Tree::from_stored(tree.size(), &tree.peak_bytes()), Some(tree));
        }
    }
}
