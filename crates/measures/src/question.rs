//! What is asked for: of which deployments, in which periods.
//!
//! Invariant: a question is about whole periods: whatever days it names, the periods that hold them count as wholes, so that no
//! edge changes a figure. How many there may be has a limit.

use std::collections::BTreeSet;

use jiff::civil::{Date, date};

use crate::period::{Period, Unit, Zone};

/// Three years of days, with room.
pub const PERIODS_MAX: usize = 1_200;
/// Before Tidegate, and before anything that it measures.
const FIRST_DAY: Date = date(1970, 1, 9);
const LAST_DAY: Date = date(9000, 1, 1);

/// Empty sets are no condition; more than one name means any of these.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Filter {
    pub environments: BTreeSet<String>,
    /// Deployments of which at least one component is among these.
    pub components: BTreeSet<String>,
    /// Deployments of which at least one component was theirs.
    pub teams: BTreeSet<String>,
}

#[derive(Debug, Clone)]
pub struct Question {
    pub filter: Filter,
    pub zone: Zone,
    pub unit: Unit,
    /// In the first period.
    pub from: Date,
    /// In the last one.
    pub to: Date,
    /// What comes later has not happened: it only matters for how many days of a period there were.
    pub now_ms: u64,
}

/// Why a question has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unanswerable {
    #[error("there is no time zone `{zone}`")]
    ZoneUnknown { zone: String },
    #[error("the period ends on {to}, before it begins on {from}")]
    EndsFirst { from: Date, to: Date },
    #[error("{unit}s from {from} to {to} are more than {most} periods")]
    TooManyPeriods { from: Date, to: Date, unit: &'static str, most: usize },
    #[error("{day} is not a day that anything is measured on")]
    OutOfTime { day: Date },
}

impl Unanswerable {
    pub fn code(&self) -> &'static str {
        match self {
            Self::ZoneUnknown { .. } => "unknown-time-zone",
            Self::EndsFirst { .. } => "period-ends-first",
            Self::TooManyPeriods { .. } => "too-many-periods",
            Self::OutOfTime { .. } => "day-out-of-time",
        }
    }

    pub fn help(&self) -> String {
        match self {
            Self::ZoneUnknown { .. } => {
                "use a name of the IANA time zone database, like Europe/Berlin, or UTC".to_owned()
            }
            Self::EndsFirst { .. } => "give the earlier day as `from`".to_owned(),
            Self::TooManyPeriods { .. } => "ask for longer periods (week or month), or for fewer".to_owned(),
            Self::OutOfTime { .. } => "ask for days between 1970 and 9000".to_owned(),
        }
    }
}

impl Question {
    /// The periods that are asked for, the earliest first.
    pub fn periods(&self) -> Result<Vec<Period>, Unanswerable> {
        let Self { from, to, unit, .. } = self;
        if to < from {
            return Err(Unanswerable::EndsFirst { from: *from, to: *to });
        }
        for day in [from, to] {
            if *day < FIRST_DAY || *day > LAST_DAY {
                return Err(Unanswerable::OutOfTime { day: *day });
            }
        }
        let most = PERIODS_MAX;
        let too_many = || Unanswerable::TooManyPeriods { from: *from, to: *to, unit: unit.word(), most };
        let mut periods = Vec::new();
        let mut next = unit.first_day(*from);
        while let Some(first) = next.filter(|first| first <= to) {
            if periods.len() == PERIODS_MAX {
                return Err(too_many());
            }
            let out = || Unanswerable::OutOfTime { day: first };
            periods.push(Period::beginning(*unit, first, &self.zone).ok_or_else(out)?);
            next = unit.after(first, 1);
        }
        Ok(periods)
    }

    /// As many periods as these, right before them; none where that would be before all time.
    pub(crate) fn periods_before(&self, periods: &[Period]) -> Option<Vec<Period>> {
        let first = periods.first()?.first;
        let count = i64::try_from(periods.len()).ok()?;
        let at = |number| {
            let first = self.unit.after(first, number).filter(|first| *first >= FIRST_DAY)?;
            Period::beginning(self.unit, first, &self.zone)
        };
        (-count..0).map(at).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(unit: Unit, from: Date, to: Date) -> Question {
        let zone = Zone::named("UTC").unwrap();
        Question { filter: Filter::default(), zone, unit, from, to, now_ms: u64::MAX }
    }

    #[test]
    fn days_within_stand_for_their_whole_periods() {
        let periods = question(Unit::Week, date(2026, 11, 18), date(2026, 11, 23)).periods().unwrap();
        let names: Vec<_> = periods.iter().map(|period| period.name.as_str()).collect();
        assert_eq!(names, ["2026-W47", "2026-W48"]);
        let question = question(Unit::Month, date(2026, 1, 31), date(2026, 3, 1));
        let periods = question.periods().unwrap();
        let before = question.periods_before(&periods).unwrap();
        let names: Vec<_> = before.iter().chain(&periods).map(|period| period.name.as_str()).collect();
        assert_eq!(names, ["2025-10", "2025-11", "2025-12", "2026-01", "2026-02", "2026-03"]);
    }

    #[test]
    fn what_cannot_be_answered_is_said() {
        let code = |question: Question| question.periods().unwrap_err().code();
        assert_eq!(code(question(Unit::Day, date(2026, 2, 2), date(2026, 2, 1))), "period-ends-first");
        assert_eq!(code(question(Unit::Day, date(1, 1, 1), date(2026, 2, 1))), "day-out-of-time");
        assert_eq!(code(question(Unit::Day, date(2020, 1, 1), date(2026, 2, 1))), "too-many-periods");
        assert_eq!(code(question(Unit::Week, date(2026, 1, 1), date(9999, 12, 31))), "day-out-of-time");
        let long = question(Unit::Month, date(1970, 2, 1), date(2060, 2, 1));
        assert_eq!(long.periods().unwrap().len(), 1081);
        assert_eq!(long.periods_before(&long.periods().unwrap()), None);
    }
}
