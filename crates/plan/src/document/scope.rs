//! What ships: issues, pull requests and other pieces of work, and the components they change.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScopeItem {
    /// The key by which commits and trackers name it, such as `shop#12` or `PAY-7`.
    pub id: String,
    pub title: String,
    /// Where it was read from: `github`, `gitlab`, `csv`, or the team's own word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    #[serde(default)]
    pub state: ScopeState,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub component: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// How much of the product the fix could break.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix_risk: Option<FixRisk>,
    /// What triage said; who said it and why stands in the history.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<Decision>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub estimates: Vec<Estimate>,
    /// The higher, the sooner it is kept when something has to be dropped; 0 where nobody said.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub priority: u8,
    /// A new feature, for which tests are required.
    #[serde(default, skip_serializing_if = "super::is_false")]
    pub feature: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tests: Vec<TestNeed>,
    /// Suites of reports that test it, beside those whose name holds its id.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suites: Vec<String>,
}

impl ScopeItem {
    /// What has to test it: what it says, or, of a feature that says nothing, unit and end-to-end tests.
    pub fn needs(&self) -> Vec<TestNeed> {
        if self.feature && self.tests.is_empty() {
            vec![TestNeed::Unit, TestNeed::EndToEnd]
        } else if self.feature {
            self.tests.clone()
        } else {
            Vec::new()
        }
    }

    /// Whether a suite of a report is about it: it is listed here, or its name holds the id as a word of its own.
    pub fn is_tested_by(&self, suite: &str) -> bool {
        if self.suites.iter().any(|named| named == suite) {
            return true;
        }
        let (suite, id) = (suite.to_lowercase(), self.id.to_lowercase());
        let is_word = |letter: Option<char>| letter.is_some_and(char::is_alphanumeric);
        !id.is_empty()
            && suite.match_indices(&id).any(|(at, found)| {
                !is_word(suite[..at].chars().next_back())
                    && !is_word(suite[at + found.len()..].chars().next())
            })
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
fn is_zero(number: &u8) -> bool {
    *number == 0
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ScopeState {
    /// Filed, and nobody has said yet whether it is in.
    #[default]
    New,
    In,
    Done,
    /// Looked at and left out.
    Out,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    Trivial,
    Minor,
    Major,
    Critical,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FixRisk {
    Low,
    Medium,
    High,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    FixNow,
    FixNext,
    KnownIssue,
    StopRelease,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Estimate {
    pub skill: String,
    pub hours: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TestNeed {
    Unit,
    EndToEnd,
    Manual,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Component {
    /// As the catalog names it.
    pub id: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub change: String,
}
