//! Tamper with a small log in every way there is; each must be found, at the row that was touched.
//!
//! Invariant: the untouched log is good. Deliberately not here: tampering with a database file (`tests/audit.rs`).

use proptest::prelude::*;
use tidegate_domain::id::StreamId;
use tidegate_domain::moment::{Moment, Steady};
use tidegate_ports::Entry;

use super::*;

fn sealed_log(count: u64) -> (Vec<Sealed>, StoredHead) {
    let mut tree = Tree::default();
    let rows = (1..=count)
        .map(|position| {
            let entry = Entry {
                position,
                stream: StreamId::Catalog,
                version: position,
                kind: "applied".to_owned(),
                body: format!("{{\"n\":{position}}}"),
                actor: "ada".to_owned(),
                at: Moment { wall_ms: 1_000 + position, steady: Steady(position) },
            };
            Sealed::new(&entry, &mut tree)
        })
        .collect();
    (rows, StoredHead::from(&tree))
}

fn audit(rows: &[Sealed], head: &StoredHead) -> Audit {
    verify(rows.iter().cloned().map(Ok), head)
}

fn first_bad(rows: &[Sealed], head: &StoredHead) -> Option<u64> {
    match audit(rows, head).chain {
        Chain::Ok => None,
        Chain::Broken { first_bad_position, .. } => Some(first_bad_position),
    }
}

/// Flips one bit of one byte of one column; false when that column has no such byte.
fn flip(row: &mut Sealed, column: usize, byte: usize, bit: u8) -> bool {
    let in_number = |number: &mut u64| {
        *number ^= 1 << ((byte % 8) * 8 + usize::from(bit));
        true
    };
    let in_hash = |hash: &mut Hash| {
        hash[byte % 32] ^= 1 << bit;
        true
    };
    // The top bit of a byte would leave UTF-8; the store refuses to read such a row, and that is tested on files.
    let in_text = |text: &mut String| {
        let mut bytes = std::mem::take(text).into_bytes();
        let index = byte % bytes.len();
        bytes[index] ^= 1 << (bit % 7);
        *text = String::from_utf8(bytes).unwrap();
        true
    };
    match column {
        0 => in_number(&mut row.position),
        1 => in_text(&mut row.stream),
        2 => in_number(&mut row.version),
        3 => in_text(&mut row.kind),
        4 => in_text(&mut row.body),
        5 => in_text(&mut row.actor),
        6 => in_number(&mut row.wall_ms),
        7 => in_number(&mut row.steady_ms),
        8 => in_hash(&mut row.leaf),
        _ => in_hash(&mut row.root),
    }
}

proptest! {
    #[test]
    fn any_flipped_bit_is_found_at_its_row(
        count in 1_u64..40, at in any::<prop::sample::Index>(), column in 0_usize..10, byte in 0_usize..64, bit in 0_u8..8,
    ) {
        let (mut rows, head) = sealed_log(count);
        prop_assert_eq!(first_bad(&rows, &head), None);
        let index = at.index(rows.len());
        prop_assert!(flip(&mut rows[index], column, byte, bit));
        prop_assert_eq!(first_bad(&rows, &head), Some(index as u64 + 1));
    }

    #[test]
    fn a_deleted_row_is_found(count in 1_u64..40, at in any::<prop::sample::Index>()) {
        let (mut rows, head) = sealed_log(count);
        let index = at.index(rows.len());
        rows.remove(index);
        prop_assert_eq!(first_bad(&rows, &head), Some(index as u64 + 1));
    }

    #[test]
    fn two_rows_that_change_places_are_found(
        count in 2_u64..40, one in any::<prop::sample::Index>(), other in any::<prop::sample::Index>(),
    ) {
        let (mut rows, head) = sealed_log(count);
        let (one, other) = (one.index(rows.len()), other.index(rows.len()));
        prop_assume!(one != other);
        rows.swap(one, other);
        let mut positions_fixed = rows.clone();
        positions_fixed.iter_mut().zip(1..).for_each(|(row, position)| row.position = position);
        let expect = Some(one.min(other) as u64 + 1);
        prop_assert_eq!(first_bad(&rows, &head), expect);
        prop_assert_eq!(first_bad(&positions_fixed, &head), expect);
    }

    #[test]
    fn a_row_rewritten_with_its_leaf_does_not_fit_the_tree(count in 1_u64..40, at in any::<prop::sample::Index>()) {
        let (mut rows, head) = sealed_log(count);
        let index = at.index(rows.len());
        rows[index].actor = "mallory".to_owned();
        rows[index].leaf = leaf_hash(&rows[index].canonical_bytes());
        prop_assert_eq!(first_bad(&rows, &head), Some(index as u64 + 1));
    }
}

#[test]
fn a_cut_tail_and_a_grafted_tail_are_found() {
    let (rows, head) = sealed_log(9);
    assert_eq!(first_bad(&rows[..7], &head), Some(8));
    let (longer, _) = sealed_log(12);
    assert_eq!(first_bad(&longer, &head), Some(10));
}

#[test]
fn a_stored_head_that_was_changed_is_found() {
    let (rows, mut head) = sealed_log(6);
    head.peak_bytes[3] ^= 1;
    assert_eq!(first_bad(&rows, &head), Some(6));
}

#[test]
fn a_whole_rewrite_shows_only_in_the_head() {
    let (rows, head) = sealed_log(5);
    let mut tree = Tree::default();
    let rewritten: Vec<Sealed> = rows
        .iter()
        .map(|row| {
            let mut row = Sealed { actor: "mallory".to_owned(), ..row.clone() };
            row.leaf = leaf_hash(&row.canonical_bytes());
            tree.push(row.leaf);
            row.root = tree.root();
            row
        })
        .collect();
    let forged = audit(&rewritten, &StoredHead::from(&tree));
    assert_eq!(forged.chain, Chain::Ok);
    assert_ne!(forged.head, audit(&rows, &head).head);
}

/// The hashed form never changes: logs written by this version must verify for ever.
#[test]
fn the_canonical_bytes_are_pinned() {
    let row = Sealed {
        position: 1,
        stream: "catalog".to_owned(),
        version: 2,
        kind: "k".to_owned(),
        body: "{}".to_owned(),
        actor: "ada".to_owned(),
        wall_ms: 3,
        steady_ms: 4,
        ..Sealed::default()
    };
    let expect = "00000008000000000000000100000007636174616c6f67000000080000000000000002000000016b000000027b7d\
                  0000000361646100000008000000000000000300000008\
                  0000000000000004";
    assert_eq!(hex(&row.canonical_bytes()), expect);
}
