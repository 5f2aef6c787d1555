//! "Did you mean": the nearest of the words that are known.
//!
//! Invariant: says nothing rather than something far off. Not here: what the words are.

/// The nearest by edit distance, if at most a third of it is wrong.
pub fn nearest<'a>(given: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let best = known.map(|word| (distance(given, word), word)).min_by_key(|(distance, _)| *distance)?;
    (best.0 <= best.1.chars().count().div_ceil(3)).then_some(best.1)
}

/// Levenshtein 1966, one row at a time.
fn distance(left: &str, right: &str) -> usize {
    const LONG: usize = 200;
    let right: Vec<char> = right.chars().take(LONG).collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (index, letter) in left.chars().take(LONG).enumerate() {
        let mut diagonal = row[0];
        row[0] = index + 1;
        for (column, other) in right.iter().enumerate() {
            let changed = diagonal + usize::from(letter != *other);
            diagonal = row[column + 1];
            row[column + 1] = changed.min(row[column] + 1).min(diagonal + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances() {
        for (left, right, expect) in
            [("", "", 0), ("a", "", 1), ("", "abc", 3), ("kitten", "sitting", 3), ("ab", "ba", 2)]
        {
            assert_eq!(distance(left, right), expect, "{left} {right}");
        }
    }

    #[test]
    fn the_nearest_or_none() {
        let known = ["unknown-release", "unknown-rollout", "no-route"];
        let near = |given| nearest(given, known.into_iter());
        assert_eq!(near("unknown-relase"), Some("unknown-release"));
        assert_eq!(near("no-rout"), Some("no-route"));
        assert_eq!(near("pineapple"), None);
    }
}
