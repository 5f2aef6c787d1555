//! Elite, high, medium, low: how a figure stands among those that DORA asked.
//!
//! Invariant: a table has a version and a source, and is never edited: a newer report gets a new one. The figures are those of the
//! clusters in the "Accelerate State of DevOps Report 2024" (DORA, Google Cloud). Two of its columns do not fall with the level:
//! the medium cluster fails less often than the high one and recovers as quickly, so by these two nothing is told to be
//! medium. The report has no levels of rework.

use serde::Serialize;

use crate::definition::Measure;
use crate::figures::Figures;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    Elite,
    High,
    Medium,
    Low,
}

#[derive(Debug, Clone, Copy)]
pub struct Table {
    pub version: &'static str,
    pub source: &'static str,
}

pub const TABLE: Table =
    Table { version: "2024", source: "DORA, Accelerate State of DevOps Report 2024, performance levels" };

/// Days: a week, and the mean month.
const WEEK: f64 = 7.0;
const MONTH: f64 = 365.25 / 12.0;
const HOUR: f64 = 1.0 / 24.0;

impl Level {
    pub fn word(self) -> &'static str {
        match self {
            Self::Elite => "elite",
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
        }
    }
}

/// By the newest table; none where there is no figure, or where the table says nothing.
pub fn level(measure: Measure, figures: &Figures) -> Option<Level> {
    match measure {
        // More than one a day; between one a day and one a week; between one a week and one a month; fewer.
        Measure::DeploymentFrequency => {
            figures.of(measure).filter(|_| figures.deployments > 0).map(frequency)
        }
        // Less than a day; a week; a month; more.
        Measure::ChangeLeadTime => {
            figures.in_days(measure).map(|days| by(days, [1.0, WEEK, MONTH], |days, most| days < most))
        }
        // 5 %, 20 %, 10 %, 40 %.
        Measure::ChangeFailRate => {
            figures.of(measure).map(|share| by(share, [0.05, 0.20, 0.20], |share, most| share <= most))
        }
        // Less than an hour; a day; a day; between a week and a month.
        Measure::FailedDeploymentRecoveryTime => {
            figures.in_days(measure).map(|days| by(days, [HOUR, 1.0, 1.0], |days, most| days < most))
        }
        Measure::DeploymentReworkRate => None,
    }
}

fn frequency(per_day: f64) -> Level {
    match per_day {
        more if more > 1.0 => Level::Elite,
        more if more >= 1.0 / WEEK => Level::High,
        more if more >= 1.0 / MONTH => Level::Medium,
        _ => Level::Low,
    }
}

fn by(figure: f64, [elite, high, medium]: [f64; 3], keeps: fn(f64, f64) -> bool) -> Level {
    if keeps(figure, elite) {
        Level::Elite
    } else if keeps(figure, high) {
        Level::High
    } else if keeps(figure, medium) {
        Level::Medium
    } else {
        Level::Low
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spans::Spans;

    #[test]
    fn a_figure_at_an_edge_has_the_level_that_the_report_gives_it() {
        const DAY: u64 = 86_400_000;
        let lasting = |ms: u64| Spans::of(vec![ms]).spread();
        let figures = |deployments, days, failed, ms| Figures {
            deployments,
            days,
            failed,
            lead_of_commits: lasting(ms),
            recovery: lasting(ms),
            ..Figures::default()
        };
        let check = |given: Figures, expect: [Option<Level>; 5]| {
            let found = Measure::ALL.map(|measure| level(measure, &given));
            assert_eq!(found, expect, "{given:?}");
        };
        let (elite, high) = (Some(Level::Elite), Some(Level::High));
        let (medium, low) = (Some(Level::Medium), Some(Level::Low));
        check(figures(20, 7, 1, 60_000), [elite, elite, elite, elite, None]);
        check(figures(7, 7, 1, DAY / 24), [high, elite, high, high, None]);
        check(figures(1, 7, 0, DAY), [high, high, elite, low, None]);
        check(figures(1, 8, 1, 7 * DAY), [medium, medium, low, low, None]);
        check(figures(1, 31, 0, 31 * DAY), [low, low, elite, low, None]);
        check(figures(5, 31, 1, DAY - 1), [high, elite, high, high, None]);
        check(Figures { days: 31, ..Figures::default() }, [None; 5]);
    }
}
