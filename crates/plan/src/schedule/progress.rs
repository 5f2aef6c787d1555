//! How much should be done by each day, and how much was.
//!
//! Invariant: both lines never fall, and the done one ends today: what comes after is not known.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::Serialize;

use super::days;
use crate::document::{Activity, ActivityState};

/// In days of work, so that a long activity counts more than a short one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Progress {
    pub total_days: u32,
    pub planned_days: u32,
    pub done_days: u32,
    /// One for each day on which something was to end or ended, and one for today.
    pub points: Vec<Point>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Point {
    pub day: Date,
    pub planned: u32,
    /// Absent in the future.
    pub done: Option<u32>,
}

/// As of a day. What is cancelled counts for nothing; what is done without a day counts from its planned end, else from today.
pub fn progress(activities: &[Activity], today: Date) -> Progress {
    let counted: Vec<(&Activity, u32)> = activities
        .iter()
        .filter(|activity| activity.state != ActivityState::Cancelled)
        .map(|activity| (activity, u32::try_from(days(activity)).unwrap_or(0)))
        .collect();
    let planned = |activity: &Activity| activity.end.or(activity.start);
    let done = |activity: &Activity| {
        let day = activity.done_on.or(activity.end).map_or(today, |day| day.min(today));
        (activity.state == ActivityState::Done).then_some(day)
    };
    let mut marks = BTreeSet::from([today]);
    marks.extend(counted.iter().filter_map(|(activity, _)| planned(activity)));
    marks.extend(counted.iter().filter_map(|(activity, _)| done(activity)));
    let until = |day: Date, of: &dyn Fn(&Activity) -> Option<Date>| -> Vec<(Date, u32)> {
        let ended = counted.iter().filter_map(|(activity, days)| Some((of(activity)?, *days)));
        ended.filter(|(at, _)| *at <= day).collect()
    };
    let sum = |ended: Vec<(Date, u32)>| ended.iter().map(|(_, days)| days).sum();
    let mut points = Vec::with_capacity(marks.len());
    // Each sum is taken up where the last one ended, so that thousands of days stay quick.
    let mut planned_ends = sorted(until(Date::MAX, &planned));
    let mut done_ends = sorted(until(Date::MAX, &done));
    let (mut planned_sum, mut done_sum) = (0, 0);
    for day in marks {
        planned_sum += take_until(&mut planned_ends, day);
        done_sum += take_until(&mut done_ends, day);
        points.push(Point { day, planned: planned_sum, done: (day <= today).then_some(done_sum) });
    }
    Progress {
        total_days: counted.iter().map(|(_, days)| days).sum(),
        planned_days: sum(until(today, &planned)),
        done_days: sum(until(today, &done)),
        points,
    }
}

/// The earliest at the end, to be popped from.
fn sorted(mut ends: Vec<(Date, u32)>) -> Vec<(Date, u32)> {
    ends.sort_unstable_by(|one, other| other.cmp(one));
    ends
}

fn take_until(ends: &mut Vec<(Date, u32)>, day: Date) -> u32 {
    let mut taken = 0;
    while let Some((_, days)) = ends.pop_if(|(at, _)| *at <= day) {
        taken += days;
    }
    taken
}
