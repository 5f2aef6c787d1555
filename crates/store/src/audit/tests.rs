//! Tamper with a small log in every way there is; each must be found, at the row that was touched.
//!
//! Invariant: the untouched log is good. Deliberately not here: tampering with a database file (`tests/audit.rs`).

use proptest::prelude::*;

use super::*;

/// A row as a store keeps it, owned, so that it can be tampered with.
#[derive(Debug, Clone)]
struct Kept {
    position: u64,
    stream: String,
    version: u64,
    kind: String,
    body: String,
    actor: String,
    wall_ms: u64,
    steady_ms: u64,
    origin: String,
    salt: [u8; 16],
    leaf: Hash,
    link: Hash,
}

impl Kept {
    fn facts(&self) -> Facts<'_> {
        Facts {
            position: self.position,
            stream: &self.stream,
            version: self.version,
            kind: &self.kind,
            body: &self.body,
            actor: &self.actor,
            wall_ms: self.wall_ms,
            steady_ms: self.steady_ms,
            origin: OriginFact::Known { text: &self.origin, salt: &self.salt },
        }
    }
    fn row(&self) -> StoredRow<'_> {
        StoredRow { facts: self.facts(), leaf: &self.leaf, link: &self.link }
    }
    fn push_to(&mut self, log: &mut Log) {
        self.leaf = log.push(&self.facts(), &mut Vec::new());
        self.link = log.link;
    }
}

fn sealed_log(count: u64) -> (Vec<Kept>, StoredHead) {
    let mut log = Log::default();
    let rows = (1..=count)
        .map(|position| {
            let mut kept = Kept {
                position,
                stream: "catalog".to_owned(),
                version: position,
                kind: "applied".to_owned(),
                body: format!("{{\"n\":{position}}}"),
                actor: "ada".to_owned(),
                wall_ms: 1_000 + position,
                steady_ms: position,
                origin: "127.0.0.1 cli".to_owned(),
                salt: [7; 16],
                leaf: Hash::default(),
                link: Hash::default(),
            };
            kept.push_to(&mut log);
            kept
        })
        .collect();
    (rows, StoredHead::from(&log))
}

fn audit(rows: &[Kept], head: &StoredHead) -> Audit {
    let mut verifier = Verifier::new(head.clone());
    for row in rows {
        verifier.check(Ok(row.row()));
    }
    verifier.finish().0
}

fn first_bad(rows: &[Kept], head: &StoredHead) -> Option<u64> {
    match audit(rows, head).chain {
        Chain::Ok => None,
        Chain::Broken { first_bad_position, .. } => Some(first_bad_position),
    }
}

/// Flips one bit of one byte of one column; false when that column has no such byte.
fn flip(row: &mut Kept, column: usize, byte: usize, bit: u8) -> bool {
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
        8 => in_text(&mut row.origin),
        9 => {
            row.salt[byte % 16] ^= 1 << bit;
            true
        }
        10 => in_hash(&mut row.leaf),
        _ => in_hash(&mut row.link),
    }
}

proptest! {
    #[test]
    fn any_flipped_bit_is_found_at_its_row(
        count in 1_u64..40, at in any::<prop::sample::Index>(), column in 0_usize..12, byte in 0_usize..64, bit in 0_u8..8,
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
        rows[index].leaf = rows[index].facts().leaf(&mut Vec::new());
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
    let mut log = Log::default();
    let mut rewritten = rows.clone();
    for row in &mut rewritten {
        row.actor = "mallory".to_owned();
        row.push_to(&mut log);
    }
    let forged = audit(&rewritten, &StoredHead::from(&log));
    assert_eq!(forged.chain, Chain::Ok);
    assert_ne!(forged.head, audit(&rows, &head).head);
}

/// What noted heads show: a log that was rewritten has others.
#[test]
fn heads_are_noted_on_the_way() {
    let (rows, head) = sealed_log(9);
    let mut verifier = Verifier::new(head).noting([3, 0, 9, 3, 12]);
    for row in &rows {
        assert!(verifier.check(Ok(row.row())));
    }
    let (audit, heads) = verifier.finish();
    let sizes: Vec<u64> = heads.iter().map(|(size, _)| *size).collect();
    assert_eq!(sizes, [0, 3, 9]);
    assert_eq!((heads[0].1, heads[2].1), (Tree::default().root(), audit.head));
    let (_, shorter) = sealed_log(3);
    assert_eq!(heads[1].1, Tree::from_stored(3, &shorter.peak_bytes).unwrap().root());
}
