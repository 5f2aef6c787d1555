//! What needs what: those that need nobody first.
//!
//! Invariant: linear, and without recursion; whatever leads into a cycle is left out.

use std::collections::BTreeMap;

/// Kahn's order. Names that are needed but need nothing themselves may be missing from `needs`.
pub(crate) fn leaves_first<'a, K: Ord + Copy + 'a>(needs: &BTreeMap<K, Vec<K>>) -> Vec<K> {
    let mut needed_by: BTreeMap<K, Vec<K>> = BTreeMap::new();
    let mut open: BTreeMap<K, usize> = BTreeMap::new();
    for (name, wanted) in needs {
        let inner = wanted.iter().filter(|other| needs.contains_key(other));
        open.insert(*name, inner.clone().count());
        inner.for_each(|other| needed_by.entry(*other).or_default().push(*name));
    }
    let mut order: Vec<K> = open.iter().filter(|(_, count)| **count == 0).map(|(name, _)| *name).collect();
    let mut next = 0;
    while let Some(name) = order.get(next).copied() {
        next += 1;
        for above in needed_by.get(&name).into_iter().flatten() {
            if let Some(count) = open.get_mut(above) {
                *count -= 1;
                if *count == 0 {
                    order.push(*above);
                }
            }
        }
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaves_come_first_and_cycles_not_at_all() {
        let needs = BTreeMap::from([
            ("a", vec!["b", "c", "c"]),
            ("b", vec!["c"]),
            ("c", vec!["absent"]),
            ("x", vec!["y"]),
            ("y", vec!["x"]),
            ("z", vec!["x"]),
            ("self", vec!["self"]),
        ]);
        assert_eq!(leaves_first(&needs), ["c", "b", "a"]);
    }
}
