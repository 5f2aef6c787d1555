//! Proofs that an event is in the log, and that one log goes on where another ended.
//!
//! Invariant: a proof is made from the leaves alone and checked without them. Source: RFC 6962, 2.1.1 and 2.1.2, for
//! making; RFC 9162, 2.1.3.2 and 2.1.4.2, for checking. Deliberately not here: who asks for them.

use super::tree::{Hash, Tree, node_hash};

/// Of the leaf at `index` (from 0) to the root over all of `leaves`; none where there is no such leaf.
pub fn inclusion_proof(leaves: &[Hash], index: u64) -> Option<Vec<Hash>> {
    let index = usize::try_from(index).ok().filter(|index| *index < leaves.len())?;
    let mut proof = Vec::new();
    let (mut part, mut index) = (leaves, index);
    while part.len() > 1 {
        let (left, right) = part.split_at(split(part.len()));
        if index < left.len() {
            proof.push(root(right));
            part = left;
        } else {
            proof.push(root(left));
            index -= left.len();
            part = right;
        }
    }
    proof.reverse();
    Some(proof)
}

/// That the first `size` of the leaves are a beginning of all; none where there are fewer. Of nothing, and of the same,
/// the proof is empty.
pub fn consistency_proof(leaves: &[Hash], size: u64) -> Option<Vec<Hash>> {
    let mut size = usize::try_from(size).ok().filter(|size| *size <= leaves.len())?;
    let mut proof = Vec::new();
    if size == 0 {
        return Some(proof);
    }
    // Whether the first `size` leaves are a subtree whose root the asker has.
    let (mut part, mut is_known) = (leaves, true);
    while size < part.len() {
        let (left, right) = part.split_at(split(part.len()));
        if size <= left.len() {
            proof.push(root(right));
            part = left;
        } else {
            proof.push(root(left));
            size -= left.len();
            (part, is_known) = (right, false);
        }
    }
    if !is_known {
        proof.push(root(part));
    }
    proof.reverse();
    Some(proof)
}

pub fn verify_inclusion(leaf: &Hash, (index, size): (u64, u64), proof: &[Hash], head: &Hash) -> bool {
    if index >= size {
        return false;
    }
    let (mut node, mut last, mut hash) = (index, size - 1, *leaf);
    for sibling in proof {
        if last == 0 {
            return false;
        }
        if node & 1 == 1 || node == last {
            hash = node_hash(sibling, &hash);
            while node & 1 == 0 && node != 0 {
                (node, last) = (node >> 1, last >> 1);
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        (node, last) = (node >> 1, last >> 1);
    }
    last == 0 && hash == *head
}

/// Each of the two is a size and the head of that size.
pub fn verify_consistency(first: (u64, &Hash), second: (u64, &Hash), proof: &[Hash]) -> bool {
    let ((first_size, first_head), (second_size, second_head)) = (first, second);
    if first_size > second_size {
        return false;
    }
    if first_size == second_size {
        return proof.is_empty() && first_head == second_head;
    }
    if first_size == 0 {
        return proof.is_empty() && *first_head == Tree::default().root();
    }
    let (seed, rest) = if first_size.is_power_of_two() {
        (first_head, proof)
    } else {
        let Some((seed, rest)) = proof.split_first() else { return false };
        (seed, rest)
    };
    let (mut node, mut last) = (first_size - 1, second_size - 1);
    while node & 1 == 1 {
        (node, last) = (node >> 1, last >> 1);
    }
    let (mut small, mut large) = (*seed, *seed);
    for sibling in rest {
        if last == 0 {
            return false;
        }
        if node & 1 == 1 || node == last {
            (small, large) = (node_hash(sibling, &small), node_hash(sibling, &large));
            while node & 1 == 0 && node != 0 {
                (node, last) = (node >> 1, last >> 1);
            }
        } else {
            large = node_hash(&large, sibling);
        }
        (node, last) = (node >> 1, last >> 1);
    }
    last == 0 && small == *first_head && large == *second_head
}

/// The largest power of two below the number of leaves.
fn split(count: usize) -> usize {
    count.next_power_of_two() / 2
}

fn root(leaves: &[Hash]) -> Hash {
    let mut tree = Tree::default();
    for leaf in leaves {
        tree.push(*leaf);
    }
    tree.root()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tree::{hex, leaf_hash};
    use super::*;

    fn leaves(count: u64) -> Vec<Hash> {
        (0..count).map(|number| leaf_hash(&number.to_be_bytes())).collect()
    }

    /// The proofs that RFC 6962, 2.1.3, writes out for its tree of seven leaves, by name.
    #[test]
    fn the_examples_of_the_rfc() {
        let leaves = leaves(7);
        let pair = |left: usize| node_hash(&leaves[left], &leaves[left + 1]);
        // By their names there: g, h, i; j is the last leaf.
        let ([ab, cd, ef], last) = ([pair(0), pair(2), pair(4)], leaves[6]);
        let (abcd, rest) = (node_hash(&ab, &cd), node_hash(&ef, &last));
        let path = |index| inclusion_proof(&leaves, index).unwrap();
        assert_eq!(path(0), [leaves[1], cd, rest]);
        assert_eq!(path(3), [leaves[2], ab, rest]);
        assert_eq!(path(4), [leaves[5], last, abcd]);
        assert_eq!(path(6), [ef, abcd]);
        let proof = |size| consistency_proof(&leaves, size).unwrap();
        assert_eq!(proof(3), [leaves[2], leaves[3], ab, rest]);
        assert_eq!(proof(4), [rest]);
        assert_eq!(proof(6), [ef, last, abcd]);
        assert_eq!(hex(&root(&leaves)), hex(&node_hash(&abcd, &rest)));
    }

    /// RFC 6962's own recursive definitions, word for word.
    mod defined {
        use super::*;

        pub fn head(leaves: &[Hash]) -> Hash {
            match leaves {
                [] => Tree::default().root(),
                [only] => *only,
                more => {
                    let (left, right) = more.split_at(split(more.len()));
                    node_hash(&head(left), &head(right))
                }
            }
        }
        pub fn path(index: usize, leaves: &[Hash]) -> Vec<Hash> {
            if leaves.len() == 1 {
                return Vec::new();
            }
            let (left, right) = leaves.split_at(split(leaves.len()));
            let (mut path, last) = if index < left.len() {
                (path(index, left), head(right))
            } else {
                (path(index - left.len(), right), head(left))
            };
            path.push(last);
            path
        }
        pub fn proof(size: usize, leaves: &[Hash], is_known: bool) -> Vec<Hash> {
            if size == leaves.len() {
                return if is_known { Vec::new() } else { vec![head(leaves)] };
            }
            let (left, right) = leaves.split_at(split(leaves.len()));
            let (mut proof, last) = if size <= left.len() {
                (proof(size, left, is_known), head(right))
            } else {
                (proof(size - left.len(), right, false), head(left))
            };
            proof.push(last);
            proof
        }
    }

    #[test]
    fn every_proof_up_to_70_leaves_is_the_defined_one_and_holds() {
        for size in 1..=70_u64 {
            let leaves = leaves(size);
            let head = defined::head(&leaves);
            for index in 0..size {
                let proof = inclusion_proof(&leaves, index).unwrap();
                assert_eq!(proof, defined::path(index as usize, &leaves));
                let leaf = leaves[index as usize];
                assert!(verify_inclusion(&leaf, (index, size), &proof, &head), "{index} of {size}");
            }
            for first in 1..=size {
                let proof = consistency_proof(&leaves, first).unwrap();
                assert_eq!(proof, defined::proof(first as usize, &leaves, true));
                let before = defined::head(&leaves[..first as usize]);
                assert!(verify_consistency((first, &before), (size, &head), &proof), "{first} to {size}");
            }
        }
        assert_eq!(inclusion_proof(&leaves(3), 3), None);
        assert_eq!(consistency_proof(&leaves(3), 4), None);
    }

    proptest! {
        #[test]
        fn what_was_changed_is_not_proved(
            size in 2_u64..200, at in any::<prop::sample::Index>(), flip in 0_usize..256, which in any::<prop::sample::Index>(),
        ) {
            let (leaves, index) = (leaves(size), at.index(size as usize) as u64);
            let (head, leaf) = (root(&leaves), leaves[index as usize]);
            let mut proof = inclusion_proof(&leaves, index).unwrap();
            prop_assert!(!verify_inclusion(&leaf, (index + 1, size), &proof, &head));
            let part = which.index(proof.len());
            proof[part][flip / 8] ^= 1 << (flip % 8);
            prop_assert!(!verify_inclusion(&leaf, (index, size), &proof, &head));

            let first = 1 + index;
            let before = root(&leaves[..first as usize]);
            let mut proof = consistency_proof(&leaves, first).unwrap();
            let mut other = before;
            other[flip / 8] ^= 1 << (flip % 8);
            prop_assert!(!verify_consistency((first, &other), (size, &head), &proof));
            if !proof.is_empty() {
                let part = which.index(proof.len());
                proof[part][flip / 8] ^= 1 << (flip % 8);
                prop_assert!(!verify_consistency((first, &before), (size, &head), &proof));
            }
        }
    }
}
