//! Why a rollout does not do what it was asked.

use crate::id::RolloutId;
use crate::name::{ComponentName, EnvironmentName, Version};
use crate::refusal::Refuse;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RolloutRefusal {
    #[error("there is no rollout {id}")]
    Unknown { id: RolloutId },
    #[error("there is no such rollout")]
    NothingStarted,
    #[error("the rollout exists already")]
    Exists,
    #[error("{id} has ended: {outcome}")]
    Ended { id: RolloutId, outcome: String },
    #[error("{id} is already going back: {cause}")]
    GoingBack { id: RolloutId, cause: String },
    #[error("{id} was promoted by {by} and is {stage}")]
    Promoted { id: RolloutId, by: String, stage: String },
    #[error("a way back takes at most {most} s, not {seconds} s")]
    ReturnTooLong { seconds: u64, most: u64 },
    #[error("{id} waits for {slots} to become free")]
    StillWaiting { id: RolloutId, slots: String },
    #[error("{id} is not held and waits for nobody")]
    NotHeld { id: RolloutId },
    #[error("{id} is held already by {by}")]
    HeldAlready { id: RolloutId, by: String },
    #[error("{version} changes nothing in {environment}: every component stands there already")]
    NothingToDo { version: Version, environment: EnvironmentName },
    #[error("{version} has no component that {environment} takes")]
    NothingPlaced { version: Version, environment: EnvironmentName },
    #[error("{version} of {component} stands there already, with another configuration")]
    SameVersion { version: Version, component: ComponentName },
    #[error("{id} cannot be rolled back: no version stood there before it")]
    NoWayBack { id: RolloutId },
    #[error("{id} is no longer what stands in {environment}")]
    NotNewest { id: RolloutId, environment: EnvironmentName },
    #[error("{id} is past its point of no return: the database of {components} was contracted for {release}")]
    PastReturn { id: RolloutId, components: String, release: Version, environment: EnvironmentName },
    #[error(
        "{version} of {component} cannot stand in {environment} any more: its database was contracted for {contracted}"
    )]
    BeforeContraction {
        version: Version,
        component: ComponentName,
        contracted: Version,
        environment: EnvironmentName,
    },
    #[error("the strategy cannot be: {why}")]
    BadStrategy { why: String },
}

impl Refuse for RolloutRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Unknown { .. } | Self::NothingStarted => "unknown-rollout",
            Self::Exists => "rollout-exists",
            Self::Ended { .. } => "rollout-ended",
            Self::GoingBack { .. } => "rollout-going-back",
            Self::Promoted { .. } => "rollout-promoted",
            Self::ReturnTooLong { .. } => "return-too-long",
            Self::StillWaiting { .. } => "rollout-waiting",
            Self::NotHeld { .. } => "rollout-not-held",
            Self::HeldAlready { .. } => "rollout-held",
            Self::NothingToDo { .. } => "nothing-to-do",
            Self::NothingPlaced { .. } => "nothing-placed",
            Self::SameVersion { .. } => "same-version",
            Self::NoWayBack { .. } => "no-way-back",
            Self::NotNewest { .. } => "not-newest",
            Self::PastReturn { .. } => "past-point-of-no-return",
            Self::BeforeContraction { .. } => "before-contraction",
            Self::BadStrategy { .. } => "bad-strategy",
        }
    }

    fn help(&self) -> String {
        match self {
            Self::Unknown { .. } | Self::NothingStarted => "list them with `tidegate rollout list`".into(),
            Self::Exists => "use another id".into(),
            Self::Ended { id, .. } | Self::GoingBack { id, .. } | Self::NotHeld { id } => {
                format!("see what happened: `tidegate rollout show {id}`")
            }
            Self::Promoted { id, .. } => format!(
                "to stop it where it is: `tidegate rollout hold {id}`; to go back all the same: `tidegate rollout rollback {id}`"
            ),
            Self::ReturnTooLong { .. } => {
                "leave the time out: a rollback at once is what a bad release needs".into()
            }
            Self::StillWaiting { id, .. } => format!("watch it: `tidegate rollout watch {id}`"),
            Self::HeldAlready { id, .. } => format!("go on with `tidegate rollout resume {id}`"),
            Self::NothingToDo { environment, .. } => {
                format!("see what stands there: `tidegate env show {environment}`")
            }
            Self::NothingPlaced { environment, .. } => {
                format!("name its components under `environments: {environment}:` in tidegate.yaml")
            }
            Self::SameVersion { version, .. } => format!(
                "a changed configuration or artifact needs a version of its own: `tidegate release create VERSION` with something other than {version}"
            ),
            Self::NoWayBack { .. } => {
                "deploy another version: `tidegate deploy VERSION --to ENVIRONMENT`".into()
            }
            Self::NotNewest { environment, .. } => {
                format!("deploy the version you want: `tidegate deploy VERSION --to {environment}`")
            }
            Self::PastReturn { environment, .. } | Self::BeforeContraction { environment, .. } => format!(
                "switch off what is bad by its feature flag, or bring a corrected version: `tidegate deploy VERSION --to {environment}`; earlier data is in the backup that was made before"
            ),
            Self::BadStrategy { .. } => "correct it in tidegate.yaml and run `tidegate apply`".into(),
        }
    }

    fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown { .. } | Self::NothingStarted)
    }

    fn is_invalid(&self) -> bool {
        matches!(self, Self::BadStrategy { .. } | Self::ReturnTooLong { .. })
    }
}
