//! One thing that may ship, in the same words wherever it was tracked.
//!
//! Invariant: `key` is the same for the same thing at every reading; texts are short and printable. Deliberately not here:
//! whether it ships, which is somebody's decision.

use serde::{Deserialize, Serialize};

pub(super) const TITLE_CHARS_MAX: usize = 300;
const WORD_CHARS_MAX: usize = 120;
const DESCRIPTION_CHARS_MAX: usize = 10_000;
const LABELS_MAX: usize = 50;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScopeItem {
    /// `github:github.com`, `gitlab:git.corp.example`, `table`.
    pub source: String,
    /// As people write it: `acme/shop#12`, `acme/shop!7`, `SHOP-3`.
    pub key: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    pub title: String,
    pub kind: ItemKind,
    pub state: ItemState,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub milestone: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_ms: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_ms: Option<u64>,
    /// Closed or merged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_ms: Option<u64>,
    /// A pull request, or a merge request.
    pub is_pull_request: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub estimate: Option<Estimate>,
    /// Of a pull request, the beginning of what it says of itself: there it names what it closes. Never kept.
    #[serde(skip)]
    pub description: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ItemKind {
    Bug,
    Feature,
    Improvement,
    Security,
    Documentation,
    #[default]
    Task,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ItemState {
    #[default]
    Open,
    Closed,
    Merged,
}

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

/// Of a request: what it closes stands in its first lines.
pub(super) fn description(text: Option<&str>, is_pull_request: bool) -> Option<String> {
    text.filter(|_| is_pull_request).map(|text| text.chars().take(DESCRIPTION_CHARS_MAX).collect())
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
