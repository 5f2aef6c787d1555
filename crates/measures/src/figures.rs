//! The figures of one period, or of several together.
//!
//! Invariant: those of several are those of one period as long as all of them; a rate of nothing is none, not zero.

use serde::Serialize;

use crate::definition::Measure;
use crate::spans::Spread;

const DAY_MS: f64 = 86_400_000.0;

#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Figures {
    /// Those that reached users and are over.
    pub deployments: u64,
    /// How many days of it have begun.
    pub days: u64,
    /// On how many of them at least one deployment ended.
    pub days_with_one: u64,
    pub failed: u64,
    pub unplanned: u64,
    /// Failed ones after which service is not restored yet.
    pub unrecovered: u64,
    /// Spans that would end before they begin; they count nowhere else.
    pub errors: u64,
    pub lead_of_commits: Option<Spread>,
    pub lead_of_pull_requests: Option<Spread>,
    pub recovery: Option<Spread>,
}

impl Figures {
    pub fn deployments_per_day(&self) -> Option<f64> {
        (self.days > 0).then(|| self.deployments as f64 / self.days as f64)
    }
    pub fn change_fail_rate(&self) -> Option<f64> {
        self.share_of(self.failed)
    }
    pub fn rework_rate(&self) -> Option<f64> {
        self.share_of(self.unplanned)
    }
    fn share_of(&self, count: u64) -> Option<f64> {
        (self.deployments > 0).then(|| count as f64 / self.deployments as f64)
    }

    /// The one number that a measure is known by: deployments a day, a share, or a median in milliseconds.
    pub fn of(&self, measure: Measure) -> Option<f64> {
        match measure {
            Measure::DeploymentFrequency => self.deployments_per_day(),
            Measure::ChangeLeadTime => self.lead_of_commits.map(|lead| lead.p50_ms),
            Measure::ChangeFailRate => self.change_fail_rate(),
            Measure::FailedDeploymentRecoveryTime => self.recovery.map(|recovery| recovery.p50_ms),
            Measure::DeploymentReworkRate => self.rework_rate(),
        }
    }

    /// In days, where a measure is a time.
    pub(crate) fn in_days(&self, measure: Measure) -> Option<f64> {
        self.of(measure).map(|ms| ms / DAY_MS)
    }
}
