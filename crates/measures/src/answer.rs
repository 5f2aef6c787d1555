//! An answer: figures for each period and for all of them, beside those of the time before.
//!
//! Invariant: a period's figures are the same in every answer that holds it.

use jiff::civil::Date;
use serde::Serialize;

use crate::definition::Measure;
use crate::figures::Figures;
use crate::period::Period;

#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The earliest first.
    pub periods: Vec<PeriodFigures>,
    /// Of all of them together.
    pub total: Figures,
    /// Of as many periods right before; none where that would be before all time.
    pub before: Option<Figures>,
    pub active_days: Option<ActiveDays>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct PeriodFigures {
    pub period: Period,
    pub figures: Figures,
    /// Whether nothing can be added by a deployment that is yet to end.
    pub is_over: bool,
}

/// Days with at least one deployment, of each whole ISO week within the periods that is over.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ActiveDays {
    pub weeks: u64,
    pub mean: f64,
    /// Interpolated: of an even number of weeks it lies between the two in the middle.
    pub median: f64,
}

/// A figure beside what it was before.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Trend {
    pub now: Option<f64>,
    pub before: Option<f64>,
    /// By which part it changed: 0.25 is a quarter more. None where either is missing, or where it was nothing before.
    pub change: Option<f64>,
    /// None where it did not change, or cannot be compared.
    pub is_better: Option<bool>,
}

impl Answer {
    pub fn trend(&self, measure: Measure) -> Trend {
        let now = self.total.of(measure);
        let before = self.before.as_ref().and_then(|figures| figures.of(measure));
        let both = now.zip(before);
        let change = both.filter(|(_, before)| *before > 0.0).map(|(now, before)| (now - before) / before);
        let differ = both.filter(|(now, before)| now.total_cmp(before).is_ne());
        let is_better = differ.map(|(now, before)| (now > before) == measure.more_is_better());
        Trend { now, before, change, is_better }
    }
}

impl ActiveDays {
    /// `days`: every day of the periods with how many deployments ended on it, in order; `over`: the first that is not over.
    pub(crate) fn of(days: &[(Date, u64)], over: Option<Date>) -> Option<Self> {
        let starts = (0..days.len()).filter(|at| days[*at].0.weekday().to_monday_zero_offset() == 0);
        let whole = starts.filter_map(|at| days.get(at..at + 7));
        let past = whole.filter(|week| over.is_none_or(|over| week[6].0 < over));
        let mut counts: Vec<u64> =
            past.map(|week| week.iter().filter(|(_, ends)| *ends > 0).count() as u64).collect();
        counts.sort_unstable();
        let middle = counts.len() / 2;
        let high = *counts.get(middle)?;
        let low = if counts.len().is_multiple_of(2) { counts[middle - 1] } else { high };
        let mean = counts.iter().sum::<u64>() as f64 / counts.len() as f64;
        Some(Self { weeks: counts.len() as u64, mean, median: f64::midpoint(low as f64, high as f64) })
    }
}
