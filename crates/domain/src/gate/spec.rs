//! Gates as a pipeline's stage asks for them.
//!
//! Invariant: what a gate asks for is here in full, so that its digest changes when it does. Deliberately not here:
//! freezes and windows, which hold wherever the calendar says.

use serde::{Deserialize, Serialize};
use tidegate_evidence::Requirement;

use crate::name::{ComponentName, EnvironmentName, GateName, GroupName, SecretName, Version};
use crate::rights::Role;

/// What an expression may ask about.
pub const EXPRESSION_VARIABLES: &[&str] = &["release", "environment", "rollout"];

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GateSpec {
    pub name: GateName,
    pub rule: GateRule,
    /// Asked only before this ring of a phased rollout; before the release enters, and at every step, where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ring: Option<String>,
}

impl GateSpec {
    pub fn new(name: GateName, rule: GateRule) -> Self {
        Self { name, rule, ring: None }
    }

    /// Whether it is asked before the step of this name; none is what comes before the first.
    pub fn is_asked_before(&self, step: Option<&str>) -> bool {
        self.ring.is_none() || self.ring.as_deref() == step
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum GateRule {
    /// People say yes: an approval, a manual test, an acceptance by users.
    Sign(SignRule),
    /// A report of this kind meets its threshold (`tidegate-evidence`).
    Evidence(Requirement),
    /// Verified in the stage before for so long.
    Soak {
        seconds: u64,
    },
    Dependency(Dependency),
    /// A CEL expression over release, environment and rollout.
    Expression {
        source: String,
    },
    /// Somebody else's system says yes.
    Webhook(WebhookRule),
    /// The plan by which the release goes says so (`release_plan`).
    Plan(PlanRule),
}

/// What a plan has to say; without one the gate is closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum PlanRule {
    /// The named person said go for this candidate, and it is not on hold.
    GoNoGo,
    /// Every manual test case has passed on this candidate, but for those of acceptance.
    ManualTests,
    /// Every case that users sign off has passed on this candidate.
    Acceptance,
    /// The risk score is at most this.
    RiskCeiling { most: u8 },
    /// Every manual test case of this set has passed on this candidate.
    TestSet { set: String },
    /// Every new feature has the tests that it needs, by reports and by manual cases, on this candidate.
    FeatureTests,
}

impl PlanRule {
    pub fn kind(&self) -> &'static str {
        match self {
            Self::GoNoGo => "go-no-go",
            Self::ManualTests => "manual-tests",
            Self::Acceptance => "acceptance",
            Self::RiskCeiling { .. } => "risk-ceiling",
            Self::TestSet { .. } => "test-set",
            Self::FeatureTests => "feature-tests",
        }
    }

    /// Whether the risk score, which this gate hangs on or decides about, counts the others only.
    pub fn counts_for_risk(&self) -> bool {
        !matches!(self, Self::GoNoGo | Self::RiskCeiling { .. })
    }
}

/// Which system is asked, and what its answer is worth.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookRule {
    pub url: String,
    /// The environment's secret that signs questions.
    pub secret: SecretName,
    /// What has not answered by then has not answered.
    pub deadline_seconds: u64,
    /// How long an answer counts.
    pub holds_seconds: u64,
}

impl WebhookRule {
    /// Of the URL, without what may be secret in it.
    pub fn host(&self) -> &str {
        let rest = self.url.split_once("://").map_or(self.url.as_str(), |(_, rest)| rest);
        let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
        authority.rsplit('@').next().unwrap_or(authority)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignRule {
    pub act: SignAct,
    /// Who counts; anybody with the right where empty. One who is in any of these counts.
    pub from: Vec<Signer>,
    pub count: u32,
    /// For an emergency change, which is reviewed afterwards.
    pub emergency_count: u32,
    /// Whether the author of the release may sign it.
    pub author_counts: bool,
    pub expires_seconds: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SignAct {
    Approval,
    ManualTest,
    /// User acceptance.
    Uat,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Signer {
    Role(Role),
    Group(GroupName),
}

impl std::fmt::Display for Signer {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Role(role) => write!(out, "the role {role}"),
            Self::Group(group) => write!(out, "the group {group}"),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Dependency {
    /// That release is verified there.
    Release { release: Version, environment: EnvironmentName },
    /// That version of a component serves there.
    Component { component: ComponentName, version: Version, environment: EnvironmentName },
}

/// How much consent a change needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeType {
    /// Done often and agreed once for all: approvals are given.
    Standard,
    #[default]
    Normal,
    /// Cannot wait: fewer approvals now, and a review afterwards.
    Emergency,
}

impl SignRule {
    pub fn needed(&self, change: ChangeType) -> u32 {
        match (self.act, change) {
            (SignAct::Approval, ChangeType::Standard) => 0,
            (SignAct::Approval, ChangeType::Emergency) => self.emergency_count.min(self.count),
            (SignAct::ManualTest | SignAct::Uat, _) | (SignAct::Approval, ChangeType::Normal) => self.count,
        }
    }
}

impl GateRule {
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Sign(rule) => match rule.act {
                SignAct::Approval => "approval",
                SignAct::ManualTest => "manual-test",
                SignAct::Uat => "uat",
            },
            Self::Evidence(_) => "evidence",
            Self::Soak { .. } => "soak",
            Self::Dependency(_) => "dependency",
            Self::Expression { .. } => "expression",
            Self::Webhook(_) => "webhook",
            Self::Plan(rule) => rule.kind(),
        }
    }
}
