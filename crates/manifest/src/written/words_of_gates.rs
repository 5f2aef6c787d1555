//! Names, signers, kinds of evidence and thresholds of gates.
//!
//! Invariant: what passes here passes the domain's rules and is read by `tidegate-evidence`.

use serde_json::{Value, json};
use tidegate_domain::gate::{FREEZE, PlanRule, REVIEW, Signer, WINDOW};
use tidegate_domain::name::{GateName, GroupName, Version};
use tidegate_domain::rights::Role;
use tidegate_evidence::{BadThreshold, GateKind, Requirement, Threshold};

use super::scalar::Kind;
use super::texts::bad_name;
use super::words::no_such_word;
use crate::diagnostic::quoted;
use crate::problems::Wrong;

pub struct GateNameKind;
/// A role, or `group:NAME`.
pub struct SignerKind;
pub struct EvidenceKind;
pub struct ThresholdText;
/// What a plan is asked.
pub struct PlanWordKind;
/// Which manual test cases.
pub struct SetKind;
/// 0 to 100.
pub struct ScoreKind;
pub struct VersionKind;
/// Of another system.
pub struct UrlKind;
/// Of one that is asked for numbers.
pub struct SourceUrlKind;

impl Kind for GateNameKind {
    type Value = GateName;
    const NAME: &'static str = "GateName";

    fn read(text: &str) -> Result<GateName, Wrong> {
        if [FREEZE, WINDOW, REVIEW].contains(&text) {
            let message = format!("{} is what a gate of Tidegate's own is called", quoted(text));
            return Err(Wrong::new("bad-name", message, "call it something else"));
        }
        GateName::new(text).map_err(|bad| bad_name(&bad))
    }

    fn schema() -> Value {
        json!({ "type": "string", "pattern": "^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$" })
    }
}

impl Kind for SignerKind {
    type Value = Signer;
    const NAME: &'static str = "Signer";

    fn read(text: &str) -> Result<Signer, Wrong> {
        if let Some(group) = text.strip_prefix("group:") {
            return GroupName::new(group).map(Signer::Group).map_err(|bad| bad_name(&bad));
        }
        let words = Role::ALL.map(|role| role.to_string());
        let unknown = || no_such_word("role", text, words.iter().map(String::as_str));
        text.parse().map(Signer::Role).map_err(|_| unknown())
    }

    fn schema() -> Value {
        let roles = Role::ALL.map(|role| role.to_string());
        json!({ "anyOf": [{ "enum": roles }, { "type": "string", "pattern": "^group:[a-z0-9]" }] })
    }
}

const PLAN_WORDS: [(&str, PlanRule); 4] = [
    ("go", PlanRule::GoNoGo),
    ("manual_tests", PlanRule::ManualTests),
    ("acceptance", PlanRule::Acceptance),
    ("feature_tests", PlanRule::FeatureTests),
];
/// As long as a word of a plan's test case.
const SET_CHARS_MAX: usize = 64;

impl Kind for PlanWordKind {
    type Value = PlanRule;
    const NAME: &'static str = "PlanWord";

    fn read(text: &str) -> Result<PlanRule, Wrong> {
        let known = PLAN_WORDS.iter().find(|(word, _)| *word == text).map(|(_, rule)| rule.clone());
        known
            .ok_or_else(|| no_such_word("question to a plan", text, PLAN_WORDS.iter().map(|(word, _)| *word)))
    }

    fn schema() -> Value {
        json!({ "enum": PLAN_WORDS.map(|(word, _)| word) })
    }
}

impl Kind for SetKind {
    type Value = String;
    const NAME: &'static str = "TestSet";

    fn read(text: &str) -> Result<String, Wrong> {
        let bad = |letter: char| letter.is_control() || letter == ',' || letter == ';';
        let fits =
            text.trim() == text && (1..=SET_CHARS_MAX).contains(&text.chars().count()) && !text.contains(bad);
        if fits {
            return Ok(text.to_owned());
        }
        let message = format!("{} is no name of a set of test cases", quoted(text));
        let suggestion = format!(
            "write `regression`, `acceptance`, or a word of at most {SET_CHARS_MAX} characters without commas"
        );
        Err(Wrong::new("bad-gate", message, suggestion))
    }

    fn schema() -> Value {
        json!({ "type": "string", "minLength": 1, "maxLength": SET_CHARS_MAX, "pattern": "^[^,;]+$" })
    }
}

impl Kind for ScoreKind {
    type Value = u8;
    const NAME: &'static str = "Score";

    fn read(text: &str) -> Result<u8, Wrong> {
        let score = text.parse::<u8>().ok().filter(|score| *score <= 100);
        let message = || format!("{} is no risk score", quoted(text));
        score.ok_or_else(|| {
            Wrong::new("bad-number", message(), "write a whole number from 0 to 100, like `40`")
        })
    }

    fn schema() -> Value {
        json!({ "type": "integer", "minimum": 0, "maximum": 100 })
    }
}

impl Kind for EvidenceKind {
    type Value = GateKind;
    const NAME: &'static str = "EvidenceKind";

    fn read(text: &str) -> Result<GateKind, Wrong> {
        let read = Requirement::from_gate(text, true, None).map(|requirement| requirement.kind);
        read.map_err(|bad| Wrong::new("evidence-kind-unknown", bad.to_string(), bad.help()))
    }

    fn schema() -> Value {
        let named = GateKind::NAMED.map(GateKind::name);
        let formats = tidegate_evidence::Format::ALL.map(tidegate_evidence::Format::name);
        json!({ "enum": named.iter().chain(&formats).collect::<Vec<_>>() })
    }
}

impl Kind for ThresholdText {
    type Value = Threshold;
    const NAME: &'static str = "EvidenceThreshold";

    fn read(text: &str) -> Result<Threshold, Wrong> {
        let bad = |bad: BadThreshold| Wrong::new("threshold-malformed", bad.to_string(), bad.help());
        text.parse().map_err(bad)
    }

    fn schema() -> Value {
        json!({ "type": "string", "examples": ["no critical", "at most 3 medium", "p95 < 300 ms"] })
    }
}

impl Kind for VersionKind {
    type Value = Version;
    const NAME: &'static str = "Version";

    fn read(text: &str) -> Result<Version, Wrong> {
        Version::new(text).map_err(|bad| {
            Wrong::new("bad-name", bad.to_string(), "write it as the release is called: `2.0.0`")
        })
    }

    fn schema() -> Value {
        json!({ "type": ["string", "number"] })
    }
}

impl Kind for UrlKind {
    type Value = String;
    const NAME: &'static str = "Url";

    /// Where it may lead is looked at when the file is applied.
    fn read(text: &str) -> Result<String, Wrong> {
        const URL_BYTES_MAX: usize = 2048;
        let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        let authority = rest.and_then(|rest| rest.split(['/', '?', '#']).next()).unwrap_or_default();
        let bad = |message: String, suggestion: &str| Err(Wrong::new("bad-gate", message, suggestion));
        if authority.contains('@') {
            let message = "the URL of a gate holds a user name or a password".to_owned();
            return bad(message, "leave them out: the other system knows Tidegate by its signature");
        }
        let plain = text.bytes().all(|byte| byte.is_ascii_graphic());
        if authority.is_empty() || !plain || text.len() > URL_BYTES_MAX {
            let message = format!("{} is no URL that can be asked", quoted(text));
            return bad(message, "write it whole, like `https://change.example.com/gate`");
        }
        Ok(text.to_owned())
    }

    fn schema() -> Value {
        json!({ "type": "string", "pattern": "^https?://[^/?#@\\s]+([/?#]\\S*)?$", "maxLength": 2048 })
    }
}

impl Kind for SourceUrlKind {
    type Value = String;
    const NAME: &'static str = "SourceUrl";

    fn read(text: &str) -> Result<String, Wrong> {
        let bad = |what: &str| {
            let example = "write it like `https://prometheus.example.com`";
            Wrong::new("bad-strategy", format!("{} {what}", quoted(text)), example)
        };
        UrlKind::read(text).map_err(|_| bad("is no address that can be asked"))?;
        if text.contains(['?', '#']) {
            return Err(bad("holds a query, and gets one of its own"));
        }
        Ok(text.to_owned())
    }

    fn schema() -> Value {
        json!({ "type": "string", "pattern": "^https?://[^/?#@\\s]+(/[^?#\\s]*)?$", "maxLength": 2048 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signers() {
        assert_eq!(SignerKind::read("release-manager"), Ok(Signer::Role(Role::ReleaseManager)));
        let group = GroupName::new("ops").unwrap();
        assert_eq!(SignerKind::read("group:ops"), Ok(Signer::Group(group)));
        assert_eq!(SignerKind::read("approvr").unwrap_err().suggestion, "did you mean `approver`?");
        assert_eq!(SignerKind::read("group:").unwrap_err().code, "bad-name");
    }
    #[test]
    fn urls() {
        for good in ["https://change.example/x?y=1", "http://127.0.0.1:80", "https://[::1]/"] {
            assert_eq!(UrlKind::read(good).as_deref(), Ok(good));
        }
        for bad in [
            "",
            "change.example",
            "ftp://x",
            "https://",
            "https:///x",
            "https://u:p@h/",
            "https://a b",
            "http://\n",
        ] {
            assert_eq!(UrlKind::read(bad).unwrap_err().code, "bad-gate", "{bad}");
        }
    }
}
