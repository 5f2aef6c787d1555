//! Why a release cannot be made, or cannot enter an environment.

use tidegate_plan::document::Problem;

use crate::id::RolloutId;
use crate::name::{EnvironmentName, Version};
use crate::refusal::Refuse;
use crate::review::ReviewRefusal;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReleaseRefusal {
    #[error("the release {version} exists already, with other content")]
    Exists { version: Version },
    #[error("there is no such release")]
    NotCreated,
    #[error("there is no release {version}")]
    Unknown { version: Version },
    #[error("the release {version} has no components")]
    Empty { version: Version },
    #[error("the release {version} has more than {most} components")]
    TooLarge { version: Version, most: usize },
    #[error(
        "{version} was rolled back from {environment} ({reason}), so automation does not bring it there again"
    )]
    Barred { version: Version, environment: EnvironmentName, reason: String },
    #[error("{version} is not verified in {before}, the stage before {environment}")]
    NotVerified { version: Version, environment: EnvironmentName, before: EnvironmentName },
    #[error("{version} is on its way through {environment}")]
    OnItsWay { version: Version, environment: EnvironmentName, rollout: RolloutId },
    #[error("{version} has {most} reports or waivers already")]
    TooMuchEvidence { version: Version, most: usize },
    #[error("people have said too much about {version} in {environment}")]
    TooManyVotes { version: Version, environment: EnvironmentName },
    #[error(transparent)]
    Review(#[from] ReviewRefusal),
    #[error("commit {number} of {version} {why}")]
    Commit { version: Version, number: usize, why: &'static str },
    #[error("the release {version} has more than {most} commits")]
    TooManyCommits { version: Version, most: usize },
    #[error("the notes of {version} cannot be taken: {}", said(problems))]
    NotesUnfit { version: Version, problems: Vec<Problem> },
    #[error("{version} is verified in every stage already")]
    NothingLeft { version: Version },
}

fn said(problems: &[Problem]) -> String {
    let one = |problem: &Problem| format!("{}: {}", problem.path, problem.says);
    problems.iter().take(50).map(one).collect::<Vec<_>>().join("; ")
}

impl Refuse for ReleaseRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Exists { .. } => "release-exists",
            Self::NotCreated | Self::Unknown { .. } => "unknown-release",
            Self::Empty { .. } => "empty-release",
            Self::TooLarge { .. } => "release-too-large",
            Self::Barred { .. } => "release-barred",
            Self::NotVerified { .. } => "not-verified",
            Self::OnItsWay { .. } => "on-its-way",
            Self::TooMuchEvidence { .. } => "too-much-evidence",
            Self::TooManyVotes { .. } => "too-many-votes",
            Self::Commit { .. } => "bad-commit",
            Self::TooManyCommits { .. } => "too-many-commits",
            Self::Review(refusal) => refusal.code(),
            Self::NotesUnfit { .. } => "notes-unfit",
            Self::NothingLeft { .. } => "nothing-to-promote",
        }
    }

    fn help(&self) -> String {
        match self {
            Self::Exists { version } => {
                format!(
                    "a release never changes, but a component without an artifact may be given one until it is deployed; look at it with `tidegate release show {version}`, or give the new one another version"
                )
            }
            Self::NotCreated | Self::Unknown { .. } => {
                "list them with `tidegate release list`, or create it with `tidegate release create VERSION`"
                    .into()
            }
            Self::Empty { .. } => "name at least one: --component api=PATH".into(),
            Self::TooLarge { .. } => "split it into several releases".into(),
            Self::Barred { version, environment, .. } => {
                format!(
                    "if the reason has gone: `tidegate allow {version} --in {environment}`, or `tidegate deploy {version} --to {environment}`"
                )
            }
            Self::NotVerified { version, before, .. } => {
                format!("first `tidegate deploy {version} --to {before}`, and let it finish")
            }
            Self::OnItsWay { rollout, .. } => {
                format!("watch it with `tidegate rollout watch {rollout}`, and promote when it is there")
            }
            Self::TooMuchEvidence { .. } | Self::TooManyVotes { .. } => {
                "create a new release with what you want to ship".into()
            }
            Self::Commit { .. } => {
                "list each commit once, with the time it was authored at: `git log --format='%H %aI' v1..v2 > commits.txt`".into()
            }
            Self::TooManyCommits { .. } => {
                "list those since the release before: `git log --format='%H %aI' v1..v2 > commits.txt`".into()
            }
            Self::NotesUnfit { .. } => "correct it there, and send the whole again".into(),
            Self::Review(refusal) => refusal.help(),
            Self::NothingLeft { version } => {
                format!("see where it stands: `tidegate release show {version}`")
            }
        }
    }

    fn is_unknown(&self) -> bool {
        let review = if let Self::Review(refusal) = self { refusal.is_unknown() } else { false };
        review || matches!(self, Self::NotCreated | Self::Unknown { .. })
    }

    fn is_invalid(&self) -> bool {
        matches!(
            self,
            Self::Empty { .. }
                | Self::TooLarge { .. }
                | Self::Commit { .. }
                | Self::TooManyCommits { .. }
                | Self::NotesUnfit { .. }
        )
    }
    fn pointer(&self) -> Option<&str> {
        let Self::NotesUnfit { problems, .. } = self else { return None };
        problems.first().map(|it| it.path.as_str())
    }
}
