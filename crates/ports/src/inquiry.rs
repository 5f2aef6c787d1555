//! Asking another system whether a gate opens.
//!
//! Invariant: wanting is not waiting: the answer comes back as a command, and wanting what is being asked already changes
//! nothing. Deliberately not here: how a question is sent, and what an answer means.

use std::collections::BTreeMap;

use tidegate_domain::gate::WebhookRule;
use tidegate_domain::id::RolloutId;
use tidegate_domain::name::{ComponentName, EnvironmentName, GateName, Version};

/// What one gate asks about one release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The same when it is asked again because nobody noted the answer.
    pub id: String,
    pub release: Version,
    pub environment: EnvironmentName,
    pub gate: GateName,
    pub rule: WebhookRule,
    /// Of what would go out; the answer is bound to it.
    pub digest: String,
    pub about: About,
}

/// What the other system may want to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    pub project: String,
    /// `planned`, `hotfix`
    pub kind: String,
    /// `standard`, `normal`, `emergency`
    pub change: String,
    pub author: String,
    /// All that the release enters together with this one.
    pub stage: Vec<EnvironmentName>,
    /// The version of each component, and the digest of its content where it has some.
    pub components: BTreeMap<ComponentName, (Version, Option<String>)>,
    /// Where it is on its way already: the step after this one is asked for.
    pub rollout: Option<RolloutId>,
}

pub trait Inquirer: Send + Sync {
    /// Asks it soon, unless it is being asked. May forget it: whoever wants an answer wants it again.
    fn want(&self, question: Question);
}
