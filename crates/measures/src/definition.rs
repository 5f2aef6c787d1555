//! What each of the five is, in the words that stand beside its number.
//!
//! Invariant: the names are those of DORA's report of 2024; "mean time to recovery" answers to the fourth.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Measure {
    DeploymentFrequency,
    ChangeLeadTime,
    ChangeFailRate,
    FailedDeploymentRecoveryTime,
    DeploymentReworkRate,
}

impl Measure {
    pub const ALL: [Self; 5] = [
        Self::DeploymentFrequency,
        Self::ChangeLeadTime,
        Self::ChangeFailRate,
        Self::FailedDeploymentRecoveryTime,
        Self::DeploymentReworkRate,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::DeploymentFrequency => "deployment-frequency",
            Self::ChangeLeadTime => "change-lead-time",
            Self::ChangeFailRate => "change-fail-rate",
            Self::FailedDeploymentRecoveryTime => "failed-deployment-recovery-time",
            Self::DeploymentReworkRate => "deployment-rework-rate",
        }
    }

    pub fn definition(self) -> &'static str {
        match self {
            Self::DeploymentFrequency => {
                "Rollouts that reached users and are over, counted in the period in which they ended, by the days of that \
                 period that have begun."
            }
            Self::ChangeLeadTime => {
                "From the time a commit was authored to the end of the first rollout that succeeded in bringing it to the \
                 environment, for each commit and for each pull request (from its earliest commit). A commit that is younger \
                 than its rollout's end is an error row and counts in no figure."
            }
            Self::ChangeFailRate => {
                "Of the rollouts that reached users, the share that went back, was fixed by a hotfix, was undone by a \
                 rollback, or is linked to an incident. A rollout counts once, however many of these it has."
            }
            Self::FailedDeploymentRecoveryTime => {
                "From the end of a failed rollout (of one that went back, from when it turned back) to whatever restored \
                 service first: the end of the way back, of the hotfix or of the rollback, or the end of a linked incident. \
                 What is not restored yet is counted apart, what would end before it began is an error row."
            }
            Self::DeploymentReworkRate => {
                "Of the rollouts that reached users, the share that nobody planned: hotfixes and rollbacks, by the kind that \
                 was recorded when they were asked for."
            }
        }
    }

    /// `per-day`, `milliseconds` or `share`.
    pub fn unit(self) -> &'static str {
        match self {
            Self::DeploymentFrequency => "per-day",
            Self::ChangeLeadTime | Self::FailedDeploymentRecoveryTime => "milliseconds",
            Self::ChangeFailRate | Self::DeploymentReworkRate => "share",
        }
    }

    pub fn more_is_better(self) -> bool {
        self == Self::DeploymentFrequency
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is none of the five measures")]
pub struct NoMeasure(String);

impl std::str::FromStr for Measure {
    type Err = NoMeasure;
    fn from_str(text: &str) -> Result<Self, NoMeasure> {
        if text == "mean-time-to-recovery" {
            return Ok(Self::FailedDeploymentRecoveryTime);
        }
        let found = Self::ALL.into_iter().find(|measure| measure.name() == text);
        found.ok_or_else(|| NoMeasure(text.chars().take(80).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_measure_is_found_by_its_name() {
        for measure in Measure::ALL {
            assert_eq!(measure.name().parse(), Ok(measure));
        }
        assert_eq!("mean-time-to-recovery".parse(), Ok(Measure::FailedDeploymentRecoveryTime));
        assert!("velocity".parse::<Measure>().is_err());
    }
}
