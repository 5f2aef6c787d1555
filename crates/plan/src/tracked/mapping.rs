//! What a source's labels and milestones mean in Tidegate's words.
//!
//! Invariant: of several rules the first that says something about a member decides it; what no rule says follows from the usual
//! words, or is not known. Deliberately not here: reading labels from a tracker.

use serde::{Deserialize, Serialize};

use super::{TrackedItem, TrackedKind};
use crate::document::{FixRisk, Severity};

const RULES_MAX: usize = 200;
const TEXT_MAX: usize = 120;
const SKILL_MAX: usize = 64;

/// Where its label or its milestone (or both, where both are named) fits, the rest is what that means.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// A label without regard to case, or its beginning with `*` after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The same of a milestone's title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub milestone: Option<String>,
    /// The plan's version; `*` stands for what the pattern's `*` took in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<TrackedKind>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix_risk: Option<FixRisk>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skill: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub component: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feature: Option<bool>,
}

/// What an item means; none where nothing says it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Meaning {
    pub version: Option<String>,
    pub kind: TrackedKind,
    pub severity: Option<Severity>,
    pub fix_risk: Option<FixRisk>,
    pub skill: Option<String>,
    pub component: Option<String>,
    pub feature: bool,
}

/// Which rule cannot be used, counted from 1, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuleProblem {
    pub number: usize,
    pub why: &'static str,
}

pub fn check_rules(rules: &[Rule]) -> Result<(), RuleProblem> {
    if rules.len() > RULES_MAX {
        return Err(RuleProblem { number: RULES_MAX + 1, why: "is one more than the 200 that there may be" });
    }
    for (index, rule) in rules.iter().enumerate() {
        if let Some(why) = rule.wrong() {
            return Err(RuleProblem { number: index + 1, why });
        }
    }
    Ok(())
}

impl Rule {
    fn wrong(&self) -> Option<&'static str> {
        let patterns = [&self.label, &self.milestone];
        if patterns.iter().all(|pattern| pattern.is_none()) {
            return Some("names neither a label nor a milestone");
        }
        if patterns.into_iter().flatten().any(|text| !is_line(text, TEXT_MAX)) {
            return Some("has a label or milestone that is empty or too long");
        }
        if patterns.into_iter().flatten().any(|text| text.trim_end_matches('*').contains('*')) {
            return Some("has a `*` elsewhere than at the end of a pattern");
        }
        if self.version.as_deref().is_some_and(|version| !is_line(version, SKILL_MAX)) {
            return Some("has a version that is empty or too long");
        }
        let words = [&self.skill, &self.component];
        if words.into_iter().flatten().any(|word| !is_line(word, SKILL_MAX)) {
            return Some("has a skill or component that is empty or too long");
        }
        let says = self.version.is_some()
            || self.kind.is_some()
            || self.severity.is_some()
            || self.fix_risk.is_some()
            || self.skill.is_some()
            || self.component.is_some()
            || self.feature.is_some();
        (!says).then_some("does not say what it means")
    }

    /// What the `*` took in, of the milestone before that of the label; none where the rule does not fit.
    fn fits(&self, item: &TrackedItem) -> Option<String> {
        let label = match &self.label {
            None => Some(String::new()),
            Some(pattern) => item.labels.iter().find_map(|label| rest(pattern, label)),
        }?;
        match &self.milestone {
            None => Some(label),
            Some(pattern) => rest(pattern, item.milestone.as_deref()?),
        }
    }
}

fn is_line(text: &str, most: usize) -> bool {
    !text.trim().is_empty() && text.chars().count() <= most && !text.chars().any(char::is_control)
}

fn rest(pattern: &str, text: &str) -> Option<String> {
    let (given, small) = (text.trim(), text.trim().to_lowercase());
    match pattern.strip_suffix('*') {
        None => (small == pattern.trim().to_lowercase()).then(String::new),
        Some(start) => {
            let start = start.to_lowercase();
            if !small.starts_with(&start) {
                return None;
            }
            Some(given.chars().skip(start.chars().count()).collect::<String>().trim().to_owned())
        }
    }
}

pub fn meaning(rules: &[Rule], item: &TrackedItem) -> Meaning {
    let fitting: Vec<(&Rule, String)> =
        rules.iter().filter_map(|rule| rule.fits(item).map(|rest| (rule, rest))).collect();
    let version = fitting
        .iter()
        .find_map(|(rule, rest)| rule.version.as_ref().map(|version| version.replace('*', rest)))
        .or_else(|| item.milestone.as_deref().and_then(version_of));
    let kind = fitting.iter().find_map(|(rule, _)| rule.kind).unwrap_or(item.kind);
    let severity = fitting.iter().find_map(|(rule, _)| rule.severity);
    let severity = severity.or_else(|| item.labels.iter().find_map(|label| severity_of(label)));
    let text = |of: fn(&Rule) -> Option<&String>| fitting.iter().find_map(|(rule, _)| of(rule)).cloned();
    let feature = fitting.iter().find_map(|(rule, _)| rule.feature);
    Meaning {
        version,
        kind,
        severity,
        fix_risk: fitting
            .iter()
            .find_map(|(rule, _)| rule.fix_risk)
            .or_else(|| item.labels.iter().find_map(|label| fix_risk_of(label))),
        skill: text(|rule| rule.skill.as_ref()),
        component: text(|rule| rule.component.as_ref()),
        feature: feature.unwrap_or(kind == TrackedKind::Feature),
    }
}

/// `2.1.0`, `v2.1.0`, `Release 2.1.0`: its last word, if that begins with a digit.
fn version_of(milestone: &str) -> Option<String> {
    let word = milestone.split_whitespace().last()?;
    let bare = word.strip_prefix(['v', 'V']).unwrap_or(word);
    bare.starts_with(|letter: char| letter.is_ascii_digit()).then(|| bare.to_owned())
}

/// `critical`, `severity: major`, `priority/high`.
fn severity_of(label: &str) -> Option<Severity> {
    let small = label.to_lowercase();
    let word = ["severity", "priority", "prio"].iter().find_map(|start| small.strip_prefix(start));
    let word = word.map_or(small.as_str(), |rest| rest.trim_start_matches([':', '/', '-', ' ', '=']));
    Severity::from_word(word)
}

/// `fix risk: high`, `fix-risk/low`, `risk of the fix: medium`.
fn fix_risk_of(label: &str) -> Option<FixRisk> {
    let small = label.to_lowercase();
    let starts = ["fix risk", "fix-risk", "fix_risk", "risk of the fix"];
    let rest = starts.iter().find_map(|start| small.strip_prefix(start))?;
    FixRisk::from_word(rest.trim_start_matches([':', '/', '-', ' ', '=']))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(milestone: Option<&str>, labels: &[&str]) -> TrackedItem {
        TrackedItem {
            milestone: milestone.map(str::to_owned),
            labels: labels.iter().map(|&label| label.to_owned()).collect(),
            ..crate::tracked::sifting::tests::item("acme/shop#1")
        }
    }

    #[test]
    fn the_first_rule_that_says_something_decides_and_usual_words_are_understood() {
        let version = |milestone: &str| meaning(&[], &item(Some(milestone), &[])).version;
        assert_eq!(version("2.1.0").as_deref(), Some("2.1.0"));
        assert_eq!(version("v2.1.0").as_deref(), Some("2.1.0"));
        assert_eq!(version("Release 2.1.0").as_deref(), Some("2.1.0"));
        assert_eq!(version("Backlog"), None);
        let risk = |label: &str| meaning(&[], &item(None, &[label])).fix_risk;
        assert_eq!((risk("Fix risk: high"), risk("fix-risk/low")), (Some(FixRisk::High), Some(FixRisk::Low)));
        assert_eq!((risk("risk: high"), risk("high")), (None, None));
        let rules: Vec<Rule> = serde_json::from_str(
            r#"[{"milestone": "Sprint *", "version": "3.*"}, {"label": "area/pay*", "component": "pay", "skill": "backend"},
                {"label": "crash", "severity": "critical", "kind": "bug", "fix_risk": "high"},
                {"label": "crash", "severity": "minor", "feature": true}]"#,
        )
        .unwrap();
        assert_eq!(check_rules(&rules), Ok(()));
        let told = meaning(&rules, &item(Some("sprint 12"), &["area/Payments", "Crash"]));
        assert_eq!(told.version.as_deref(), Some("3.12"));
        assert_eq!((told.component.as_deref(), told.skill.as_deref()), (Some("pay"), Some("backend")));
        assert_eq!((told.severity, told.fix_risk), (Some(Severity::Critical), Some(FixRisk::High)));
        assert!(told.feature && told.kind == TrackedKind::Bug);
        for (label, severity) in
            [("Severity: Major", Some(Severity::Major)), ("prio/high", Some(Severity::Major)), ("ui", None)]
        {
            assert_eq!(meaning(&[], &item(None, &[label])).severity, severity, "{label}");
        }
    }

    #[test]
    fn a_rule_that_can_do_nothing_is_refused_by_its_number() {
        let rule = |text: &str| serde_json::from_str::<Rule>(text).unwrap();
        let good = rule(r#"{"label": "bug", "kind": "bug"}"#);
        for (bad, why) in [
            (r#"{"kind": "bug"}"#, "neither"),
            (r#"{"label": "bug"}"#, "does not say"),
            (r#"{"label": "", "kind": "bug"}"#, "empty"),
            (r#"{"label": "a*b", "kind": "bug"}"#, "elsewhere"),
            (r#"{"label": "a", "skill": " "}"#, "skill"),
            (r#"{"label": "a", "version": ""}"#, "version"),
        ] {
            let problem = check_rules(&[good.clone(), rule(bad)]).unwrap_err();
            assert_eq!(problem.number, 2);
            assert!(problem.why.contains(why), "{bad}: {}", problem.why);
        }
        assert!(check_rules(&vec![good; RULES_MAX + 1]).is_err());
    }
}
