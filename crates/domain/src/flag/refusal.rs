//! Why a flag cannot be made, changed or found.

use crate::id::RolloutId;
use crate::name::{EnvironmentName, FlagKey};
use crate::refusal::Refuse;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FlagRefusal {
    #[error("there is no flag `{key}`")]
    Unknown { key: FlagKey },
    #[error("there is a flag `{key}` already")]
    Exists { key: FlagKey },
    #[error("the flag `{key}` is archived")]
    Archived { key: FlagKey },
    #[error("the flag `{key}` has no definition in {environment}")]
    NotConfigured { key: FlagKey, environment: EnvironmentName },
    #[error("the definition of `{key}` cannot be served: {}{why}", at(.pointer))]
    BadDefinition { key: FlagKey, pointer: String, why: String },
    #[error("a definition has at most {most} bytes, and that of `{key}` has {bytes}")]
    DefinitionTooLong { key: FlagKey, bytes: usize, most: usize },
    #[error("a change of `{key}` in {environment}, which is protected, needs the word of a second person")]
    NeedsApproval { key: FlagKey, environment: EnvironmentName },
    #[error("the flag `{key}` stands so in {environment} already")]
    StandsSo { key: FlagKey, environment: EnvironmentName },
    #[error("more than {most} changes of `{key}` would wait")]
    TooManyProposals { key: FlagKey, most: usize },
    #[error("no change {id} of `{key}` waits")]
    UnknownProposal { key: FlagKey, id: u64, known: Vec<u64> },
    #[error("change {id} of `{key}` was proposed when edition {against} stood there; now it is {now}")]
    Stale { key: FlagKey, id: u64, against: u64, now: u64 },
    #[error("{by} proposed change {id} of `{key}`, so somebody else must approve it")]
    Own { key: FlagKey, id: u64, by: String },
    #[error("{by} is a program, and change {id} of `{key}` needs a person's word")]
    ByProgram { key: FlagKey, id: u64, by: String },
    #[error("`{key}` has no edition {edition} in {environment} that one could go back to")]
    UnknownEdition { key: FlagKey, environment: EnvironmentName, edition: u64 },
    #[error("the flag `{key}` is on in {environment}, which is protected")]
    InUse { key: FlagKey, environment: EnvironmentName },
    #[error("the rollout {rollout} has the flag `{key}` in {environment}")]
    InRollout { key: FlagKey, environment: EnvironmentName, rollout: RolloutId },
    #[error("the flag `{key}` is off in {environment}, so nobody would be shown anything")]
    Off { key: FlagKey, environment: EnvironmentName },
    #[error("the flag `{key}` cannot be shown step by step in {environment}: {why}")]
    Unshowable { key: FlagKey, environment: EnvironmentName, why: String },
    #[error("that would be more than {most} flags")]
    TooMany { most: usize },
}

fn at(pointer: &str) -> String {
    if pointer.is_empty() { String::new() } else { format!("{pointer}: ") }
}

impl Refuse for FlagRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "unknown-flag",
            Self::Exists { .. } => "flag-exists",
            Self::Archived { .. } => "flag-archived",
            Self::NotConfigured { .. } => "flag-not-configured",
            Self::BadDefinition { .. } => "flag-definition-invalid",
            Self::DefinitionTooLong { .. } => "flag-definition-too-long",
            Self::NeedsApproval { .. } => "flag-needs-approval",
            Self::StandsSo { .. } => "flag-stands-so",
            Self::TooManyProposals { .. } => "too-many-flag-changes",
            Self::UnknownProposal { .. } => "unknown-flag-change",
            Self::Stale { .. } => "flag-change-stale",
            Self::Own { .. } => "flag-change-own",
            Self::ByProgram { .. } => "flag-change-by-program",
            Self::UnknownEdition { .. } => "unknown-flag-edition",
            Self::InUse { .. } => "flag-in-use",
            Self::InRollout { .. } => "flag-in-rollout",
            Self::Off { .. } => "flag-off",
            Self::Unshowable { .. } => "flag-unshowable",
            Self::TooMany { .. } => "too-many-flags",
        }
    }

    fn help(&self) -> String {
        match self {
            Self::Unknown { .. } => "see which there are: `tidegate flag list`".into(),
            Self::Exists { key } => format!("look at it: `tidegate flag show {key}`"),
            Self::Archived { key } => format!("bring it back first: `tidegate flag restore {key}`"),
            Self::NotConfigured { key, environment } => {
                format!("give it one: `tidegate flag set {key} FILE --env {environment}`")
            }
            Self::BadDefinition { .. } => {
                "correct it there; the path is a JSON pointer into the definition".into()
            }
            Self::DefinitionTooLong { .. } => {
                "send what the rule looks at as an attribute instead of listing every subject".into()
            }
            Self::NeedsApproval { key, environment } => format!(
                "propose it with `tidegate flag propose {key} --env {environment}` and `--file FILE`, `--on` or `--to EDITION`, \
                 and let somebody else approve it; switching it off needs nobody else: `tidegate flag off {key} --env {environment}`"
            ),
            Self::StandsSo { key, .. } => format!("nothing is to be done: `tidegate flag show {key}`"),
            Self::TooManyProposals { key, .. } => {
                format!("decide on those that wait: `tidegate flag show {key}`")
            }
            Self::UnknownProposal { key, known, .. } if known.is_empty() => {
                format!("none waits; see what was decided: `tidegate flag history {key}`")
            }
            Self::UnknownProposal { known, .. } => {
                let known: Vec<_> = known.iter().map(ToString::to_string).collect();
                format!("there are: {}", known.join(", "))
            }
            Self::Stale { key, id, .. } => {
                format!(
                    "see what changed with `tidegate flag history {key}`, withdraw change {id} and propose it anew"
                )
            }
            Self::Own { .. } => "ask somebody else who may sign there".into(),
            Self::ByProgram { .. } => "ask a person who may sign there".into(),
            Self::UnknownEdition { key, environment, .. } => {
                format!("see which there are: `tidegate flag history {key} --env {environment}`")
            }
            Self::InUse { key, environment } => {
                format!("switch it off first: `tidegate flag off {key} --env {environment}`")
            }
            Self::InRollout { key, environment, rollout } => format!(
                "wait for its end, or take it back: `tidegate rollout rollback {rollout}`; switching the flag off takes it back, too: \
                 `tidegate flag off {key} --env {environment}`"
            ),
            Self::Off { key, environment } => {
                format!(
                    "switch it on, which shows nobody more: `tidegate flag on {key} --env {environment}`, or, where it \
                     takes two people, `tidegate flag propose {key} --env {environment} --on`"
                )
            }
            Self::Unshowable { key, environment, .. } => format!(
                "give it rules that leave the others to a default of another variant (`tidegate flag set {key} FILE --env \
                 {environment}`, or `tidegate flag propose … --file FILE` where it takes two people); where everybody has \
                 it already, deploy by another strategy: `tidegate deploy … --strategy rolling`"
            ),
            Self::TooMany { .. } => {
                "archive those that nothing asks for any more: `tidegate flag list --stale`".into()
            }
        }
    }

    fn is_unknown(&self) -> bool {
        matches!(
            self,
            Self::Unknown { .. }
                | Self::NotConfigured { .. }
                | Self::UnknownProposal { .. }
                | Self::UnknownEdition { .. }
        )
    }

    fn is_invalid(&self) -> bool {
        matches!(self, Self::BadDefinition { .. } | Self::DefinitionTooLong { .. })
    }

    fn pointer(&self) -> Option<&str> {
        if let Self::BadDefinition { pointer, .. } = self { Some(pointer) } else { None }
    }
}
