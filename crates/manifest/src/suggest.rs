//! "Did you mean …?"
//!
//! Invariant: only a near miss is suggested; a far word gets the whole list instead.

use crate::diagnostic::quoted;

/// Comparing takes time with the product of the lengths, and names come from files of others.
const WORD_BYTES_MAX: usize = 128;

/// The candidate that `word` was most likely meant to be.
pub fn closest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let comparable = |text: &str| text.len() <= WORD_BYTES_MAX;
    if !comparable(word) {
        return None;
    }
    let given = folded(word);
    let best = candidates
        .into_iter()
        .filter(|candidate| comparable(candidate))
        .map(|candidate| (distance(&given, &folded(candidate)), candidate))
        .min_by_key(|(far, _)| *far)?;
    let most = (given.len() / 3).max(1);
    (best.0 <= most).then_some(best.1)
}

/// One sentence for a word that is none of `candidates`.
pub fn instead<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str> + Clone) -> String {
    if let Some(near) = closest(word, candidates.clone()) {
        return format!("did you mean `{near}`?");
    }
    listed(candidates)
}

pub fn listed<'a>(candidates: impl IntoIterator<Item = &'a str>) -> String {
    const LISTED_MAX: usize = 30;
    let all: Vec<String> = candidates.into_iter().take(LISTED_MAX + 1).map(quoted).collect();
    match all.as_slice() {
        [] => "nothing of the kind is defined yet".to_owned(),
        [only] => format!("the only one possible is {only}"),
        some if some.len() > LISTED_MAX => format!("possible are {} and more", some[..LISTED_MAX].join(", ")),
        some => format!("possible are {}", some.join(", ")),
    }
}

/// Case and the kind of dash are no difference worth counting.
fn folded(word: &str) -> Vec<char> {
    word.chars().map(|c| if c == '-' { '_' } else { c.to_ascii_lowercase() }).collect()
}

/// Edits from one word to the other, a swap of neighbours counted as one (optimal string alignment).
fn distance(from: &[char], to: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in to.iter().enumerate() {
            let replaced = last[j] + usize::from(a != b);
            let mut cost = replaced.min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *a == to[j - 1] && from[i - 1] == *b {
                cost = cost.min(before[j - 1] + 1);
            }
            row.push(cost);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_misses() {
        let keys = ["replicas", "route", "readiness", "blue-green"];
        let table = [
            ("replica", Some("replicas")),
            ("relpicas", Some("replicas")),
            ("Route", Some("route")),
            ("rout", Some("route")),
            ("blue_green", Some("blue-green")),
            ("ready", None),
            ("x", None),
        ];
        for (word, expect) in table {
            assert_eq!(closest(word, keys), expect, "{word}");
        }
        assert_eq!(instead("zzz", ["a"]), "the only one possible is `a`");
        assert_eq!(closest(&"a".repeat(1_000_000), keys), None);
    }
}
