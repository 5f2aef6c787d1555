//! How a release replaces what stands: the strategies and their knobs.
//!
//! Invariant: a strategy that passed `validate` compiles to steps that end with the candidate carrying everything.
//! Deliberately not here: the steps themselves (`steps.rs`), and the walking of them (`rollout`).

mod exposure;
mod phased;
mod prometheus;
mod shadow;
mod steps;

use serde::{Deserialize, Serialize};

pub use exposure::{Code, Exposure, Flagged, Who};
pub use phased::{Phased, Reach, Ring};
pub use prometheus::{BadPrometheus, Prometheus};
pub use shadow::Shadow;
pub use steps::{Judged, Leave, Setting, Step, Traffic, steps};

use crate::matching::Match;
use crate::replicas::Amount;
use crate::weight::Weight;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Strategy {
    /// Stop stable, start the candidate; downtime is announced, measured and reported.
    Recreate(Recreate),
    /// Replace instances in batches.
    Rolling(Rolling),
    /// A full second set, one switch, and a way back kept warm.
    BlueGreen(BlueGreen),
    /// A growing share of requests, judged all the time.
    Canary(Canary),
    /// Ring by ring: people who are named first, then growing shares of everybody.
    Phased(Phased),
    /// Copies of requests first, judged before anybody is answered by the candidate.
    Shadow(Shadow),
    /// The code for everybody and in the dark first; then a feature flag shows it, ring by ring.
    Flag(Flagged),
}

impl Strategy {
    pub fn name(&self) -> &'static str {
        match self {
            Self::Recreate(_) => "recreate",
            Self::Rolling(_) => "rolling",
            Self::BlueGreen(_) => "blue-green",
            Self::Canary(_) => "canary",
            Self::Phased(_) => "phased",
            Self::Shadow(_) => "shadow",
            Self::Flag(_) => "flag",
        }
    }

    /// Whether a rollout is judged unless the stage says otherwise: where both versions answer at once.
    pub fn is_judged_by_default(&self) -> bool {
        matches!(
            self,
            Self::BlueGreen(_) | Self::Canary(_) | Self::Phased(_) | Self::Shadow(_) | Self::Flag(_)
        )
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recreate {
    /// Watched with all traffic before the rollout counts as done.
    pub soak_seconds: u64,
}

impl Default for Recreate {
    fn default() -> Self {
        Self { soak_seconds: 10 }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rolling {
    pub max_surge: Amount,
    pub max_unavailable: Amount,
    /// A batch is watched this long before the next.
    pub min_ready_seconds: u64,
    pub soak_seconds: u64,
}

impl Default for Rolling {
    fn default() -> Self {
        Self {
            max_surge: Amount::Percent(25),
            max_unavailable: Amount::Percent(25),
            min_ready_seconds: 10,
            soak_seconds: 0,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlueGreen {
    /// Requests with this header or cookie reach the candidate before the switch.
    pub preview: Option<Match>,
    /// The candidate stands beside stable this long before the switch.
    pub preview_seconds: u64,
    /// Whether a person makes the switch.
    pub confirm: bool,
    pub soak_seconds: u64,
    pub keep_stable_seconds: u64,
}

impl Default for BlueGreen {
    fn default() -> Self {
        Self { preview: None, preview_seconds: 0, confirm: false, soak_seconds: 60, keep_stable_seconds: 600 }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Canary {
    pub climb: Climb,
    /// Watched with all traffic before stable goes.
    pub soak_seconds: u64,
    pub keep_stable_seconds: u64,
}

impl Default for Canary {
    fn default() -> Self {
        Self { climb: Climb::default(), soak_seconds: 60, keep_stable_seconds: 0 }
    }
}

/// Who says how the candidate's share grows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Climb {
    /// A person's plan, rung by rung.
    Steps(Vec<CanaryStep>),
    /// A first share, then the same increment at each interval.
    Ramp { initial_traffic: Weight, increment: Weight, interval_seconds: u64 },
    /// The analysis climbs as far as its evidence allows.
    Analysis,
}

impl Default for Climb {
    fn default() -> Self {
        Self::Ramp {
            initial_traffic: Weight::from_percent(5),
            increment: Weight::from_percent(10),
            interval_seconds: 60,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum CanaryStep {
    /// Move the share.
    Shift(Weight),
    /// Stay this long.
    Wait { seconds: u64 },
    /// Stay until a person resumes.
    Confirm,
    /// Stay until the analysis passes.
    Judge,
    /// Requests that carry this reach the candidate, whatever the share; `None` ends it.
    Match(Option<Match>),
    /// Copy a share of requests to the candidate without answering from it.
    Mirror(Weight),
}

/// A knob that cannot be, with what it may be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadStrategy {
    #[error("a canary needs at least one step that shifts traffic")]
    NoShift,
    #[error("step {step} shifts traffic back from {from} to {to}: a canary only climbs")]
    Falls { step: usize, from: Weight, to: Weight },
    #[error("`{knob}` must be more than 0")]
    Zero { knob: &'static str },
    #[error("{given} steps are more than the {most} that one rollout may have")]
    TooMany { given: usize, most: usize },
    #[error("a rollout in rings needs some, and the last of them is everybody")]
    NotEverybody,
    #[error("the ring `{ring}` stands twice")]
    DoubleRing { ring: String },
    #[error("the ring `{ring}` has {to} of everybody, less than the {from} before it: a ring only adds")]
    Shrinks { ring: String, from: Weight, to: Weight },
    #[error(transparent)]
    Prometheus(#[from] BadPrometheus),
    #[error("`{knob}` is {given} s, more than the {most} s that one step may take")]
    TooLong { knob: &'static str, given: u64, most: u64 },
}

const STEPS_MAX: usize = 100;
/// Thirty days, as long as a mobile store lets a phased release wait.
const STEP_SECONDS_MAX: u64 = 30 * 24 * 3600;

impl Strategy {
    pub fn validate(&self) -> Result<(), BadStrategy> {
        match self {
            Self::Recreate(knobs) => short("soak_seconds", knobs.soak_seconds),
            Self::Rolling(knobs) => {
                short("min_ready_seconds", knobs.min_ready_seconds)?;
                short("soak_seconds", knobs.soak_seconds)
            }
            Self::BlueGreen(knobs) => {
                short("preview_seconds", knobs.preview_seconds)?;
                short("soak_seconds", knobs.soak_seconds)?;
                short("keep_stable_seconds", knobs.keep_stable_seconds)
            }
            Self::Canary(knobs) => {
                short("soak_seconds", knobs.soak_seconds)?;
                short("keep_stable_seconds", knobs.keep_stable_seconds)?;
                knobs.climb.validate()
            }
            Self::Phased(knobs) => knobs.validate(),
            Self::Shadow(knobs) => knobs.validate(),
            Self::Flag(knobs) => knobs.validate(),
        }
    }
}

impl Climb {
    fn validate(&self) -> Result<(), BadStrategy> {
        match self {
            Self::Analysis => Ok(()),
            Self::Ramp { initial_traffic, increment, interval_seconds } => {
                nonzero("initial_traffic", u64::from(initial_traffic.basis_points()))?;
                nonzero("increment", u64::from(increment.basis_points()))?;
                nonzero("interval", *interval_seconds)?;
                let rungs =
                    usize::from((10_000 - initial_traffic.basis_points()) / increment.basis_points()) + 1;
                few(rungs)?;
                short("interval", *interval_seconds)
            }
            Self::Steps(list) => climbs(list),
        }
    }
}

fn climbs(list: &[CanaryStep]) -> Result<(), BadStrategy> {
    few(list.len())?;
    let mut from = Weight::NONE;
    for (index, step) in list.iter().enumerate() {
        match step {
            CanaryStep::Shift(to) if *to < from => {
                return Err(BadStrategy::Falls { step: index + 1, from, to: *to });
            }
            CanaryStep::Shift(to) => from = *to,
            CanaryStep::Wait { seconds } => short("wait", *seconds)?,
            CanaryStep::Confirm | CanaryStep::Judge | CanaryStep::Match(_) | CanaryStep::Mirror(_) => {}
        }
    }
    if from.is_none() { Err(BadStrategy::NoShift) } else { Ok(()) }
}

fn few(given: usize) -> Result<(), BadStrategy> {
    if given > STEPS_MAX { Err(BadStrategy::TooMany { given, most: STEPS_MAX }) } else { Ok(()) }
}

fn nonzero(knob: &'static str, given: u64) -> Result<(), BadStrategy> {
    if given == 0 { Err(BadStrategy::Zero { knob }) } else { Ok(()) }
}

fn short(knob: &'static str, given: u64) -> Result<(), BadStrategy> {
    let most = STEP_SECONDS_MAX;
    if given > most { Err(BadStrategy::TooLong { knob, given, most }) } else { Ok(()) }
}
