//! What makes one thing of a tracker that of a plan: short printable words, hours, and what a request closes.
//!
//! Invariant: a key is the same for the same thing at every reading, and what a request closes is named in full, so that it means the
//! same everywhere. Deliberately not here: what an item holds (`domain::scope_source`), and whether it ships.

use serde::{Deserialize, Serialize};
use tidegate_domain::scope_source::closing;

pub(super) const TITLE_CHARS_MAX: usize = 300;
const WORD_CHARS_MAX: usize = 120;
const DESCRIPTION_CHARS_MAX: usize = 10_000;
const LABELS_MAX: usize = 50;

/// How much work somebody expects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Estimate {
    pub hundredths: u32,
    pub unit: EstimateUnit,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EstimateUnit {
    Points,
    Hours,
}

/// One line without controls, at most so many characters; what was longer ends in an ellipsis.
pub(super) fn line(text: &str, chars_max: usize) -> String {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut plain = words.chars().filter(|character| !character.is_control());
    let mut kept: String = plain.by_ref().take(chars_max).collect();
    if plain.next().is_some() {
        kept.pop();
        kept.push('…');
    }
    kept
}

/// None where it was estimated in points, or by nobody.
pub(super) fn hours(estimate: Option<Estimate>) -> Option<u32> {
    estimate.filter(|estimate| estimate.unit == EstimateUnit::Hours).map(|estimate| estimate.hundredths)
}

/// Of a request: what it closes stands in its first lines.
pub(super) fn closes(project: &str, text: Option<&str>, is_change: bool) -> Vec<String> {
    let Some(text) = text.filter(|_| is_change) else { return Vec::new() };
    let beginning: String = text.chars().take(DESCRIPTION_CHARS_MAX).collect();
    let full = |name: String| {
        let bare = name.starts_with(['#', '!']);
        if bare { format!("{project}{name}") } else { name }
    };
    closing(&beginning).into_iter().map(full).collect()
}

pub(super) fn word(text: &str) -> Option<String> {
    Some(line(text, WORD_CHARS_MAX)).filter(|word| !word.is_empty())
}

/// In their order, each once.
pub(super) fn labels<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for name in names.filter_map(word) {
        if kept.len() < LABELS_MAX && !kept.contains(&name) {
            kept.push(name);
        }
    }
    kept
}

/// Only what a browser may be sent to.
pub(super) fn link(url: &str) -> Option<String> {
    let plain = url.len() <= 2048 && !url.chars().any(char::is_control);
    let web = url.starts_with("https://") || url.starts_with("http://");
    (plain && web).then(|| url.to_owned())
}
