//! What somebody probably meant.
//!
//! Invariant: a pure function of the words; suggests nothing rather than something far off. Not here: sentences.

/// The candidate that is fewest edits away, if that is at most a third of the word and never more than three.
pub(crate) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    const WORD_CHARACTERS_MAX: usize = 60;
    if word.chars().count() > WORD_CHARACTERS_MAX {
        return None;
    }
    let word = word.to_lowercase();
    let most = (word.chars().count() / 3).clamp(1, 3);
    candidates
        .into_iter()
        .map(|candidate| (edits(&word, candidate), candidate))
        .filter(|(edits, _)| *edits <= most)
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, candidate)| candidate)
}

/// Levenshtein's distance, row by row.
fn edits(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (index, one) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = index + 1;
        for (column, other) in right.iter().enumerate() {
            let replaced = diagonal + usize::from(one != *other);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(row[column] + 1).min(diagonal + 1);
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_words_are_suggested_and_far_ones_not() {
        let words = ["critical", "high", "medium"];
        assert_eq!(nearest("critcal", words), Some("critical"));
        assert_eq!(nearest("hihg", words), None);
        assert_eq!(nearest("hgh", words), Some("high"));
        assert_eq!(nearest("banana", words), None);
        assert_eq!(edits("kitten", "sitting"), 3);
    }
}
