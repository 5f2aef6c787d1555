//! What a label says about an item: what kind of work it is, and how much.
//!
//! Invariant: the first rule that takes in any of the labels decides, so the order of labels says nothing. Deliberately not
//! here: labels that say how urgent something is, which people decide at triage.

use serde::{Deserialize, Serialize};
use tidegate_domain::scope_source::TrackedKind;

use super::item::{Estimate, EstimateUnit};

const HUNDREDTHS_MAX: u32 = 10_000_000;

/// Rules in their order; a label is compared without regard to case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabelMapping {
    /// A label, or the beginning of labels with `*` after it, and what it means.
    pub kinds: Vec<(String, TrackedKind)>,
}

impl Default for LabelMapping {
    /// What GitHub gives a new repository, and what many write.
    fn default() -> Self {
        use TrackedKind::{Bug, Documentation, Feature, Improvement, Security, Task};
        let rules = [
            ("security*", Security),
            ("vulnerability*", Security),
            ("type: security*", Security),
            ("bug*", Bug),
            ("defect*", Bug),
            ("regression*", Bug),
            ("type: bug*", Bug),
            ("type::bug*", Bug),
            ("kind/bug*", Bug),
            ("feature*", Feature),
            ("new feature*", Feature),
            ("type: feature*", Feature),
            ("type::feature*", Feature),
            ("kind/feature*", Feature),
            ("enhancement*", Improvement),
            ("improvement*", Improvement),
            ("performance*", Improvement),
            ("documentation*", Documentation),
            ("docs*", Documentation),
            ("chore*", Task),
        ];
        Self { kinds: rules.map(|(label, kind)| (label.to_owned(), kind)).to_vec() }
    }
}

impl LabelMapping {
    pub fn kind(&self, labels: &[String]) -> TrackedKind {
        let labels: Vec<String> = labels.iter().map(|label| label.to_lowercase()).collect();
        let fits = |rule: &str, label: &String| match rule.strip_suffix('*') {
            Some(start) => label.starts_with(&start.to_lowercase()),
            None => *label == rule.to_lowercase(),
        };
        let said = self.kinds.iter().find(|(rule, _)| labels.iter().any(|label| fits(rule, label)));
        said.map_or_else(TrackedKind::default, |(_, kind)| *kind)
    }
}

/// `estimate: 3`, `estimate/3`, `points::5`, `5 points`, `8h`, `estimate: 1.5 hours`.
pub(super) fn estimate(labels: &[String]) -> Option<Estimate> {
    labels.iter().find_map(|label| of_label(&label.to_lowercase()))
}

fn of_label(label: &str) -> Option<Estimate> {
    let after = |name: &str| {
        let rest = label.strip_prefix(name)?.trim_start();
        let rest = rest.strip_prefix("::").or_else(|| rest.strip_prefix([':', '/', '=']))?;
        Some(rest.trim())
    };
    let named = ["estimate", "points", "story points", "sp"].iter().find_map(|name| after(name));
    match named {
        Some(amount) => amount_of(amount, Some(EstimateUnit::Points)),
        None => amount_of(label, None),
    }
}

/// A number and its unit; `otherwise` where none is written.
pub(super) fn amount_of(text: &str, otherwise: Option<EstimateUnit>) -> Option<Estimate> {
    let text = text.trim().to_lowercase();
    let end =
        text.find(|character: char| !character.is_ascii_digit() && character != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let unit = match unit.trim() {
        "" => otherwise?,
        "point" | "points" | "pt" | "pts" | "sp" => EstimateUnit::Points,
        "h" | "hour" | "hours" => EstimateUnit::Hours,
        _ => return None,
    };
    Some(Estimate { hundredths: hundredths(number)?, unit })
}

pub(super) fn hundredths(number: &str) -> Option<u32> {
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 6 || part.len() > 2 || !digits(whole) || !digits(part) {
        return None;
    }
    let part: u32 = format!("{part:0<2}").parse().ok()?;
    Some(whole.parse::<u32>().ok()? * 100 + part).filter(|all| *all <= HUNDREDTHS_MAX)
}
