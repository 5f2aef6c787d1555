//! Activities in time: bars of a Gantt chart, the critical path with slack, what is late, progress against the plan.
//!
//! Invariant: days are calendar days, an activity takes both its first and its last day, and what follows it begins the day after
//! at the earliest. The same activities on the same day give the same schedule. Deliberately not here: who is free (`capacity`).

mod order;
mod progress;

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::Date;
use serde::Serialize;

use crate::document::{Activity, ActivityState};

pub use order::{Cycle, order};
pub use progress::{Point, Progress, progress};

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Schedule {
    /// In the order of the plan.
    pub rows: Vec<Row>,
    /// The chain of activities that decides when all is over, first to last; a day lost on one of them is lost for all.
    pub critical_path: Vec<String>,
    /// The first day and the last as they are foreseen now; absent where no activity has a date.
    pub from: Option<Date>,
    pub until: Option<Date>,
}

/// A bar of the chart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    pub id: String,
    pub name: String,
    pub owner: Option<String>,
    pub after: Vec<String>,
    pub state: ActivityState,
    /// As planned.
    pub planned_start: Option<Date>,
    pub planned_end: Option<Date>,
    pub days: u32,
    /// As foreseen: never before what comes first, never in the past for what is not done.
    pub start: Option<Date>,
    pub end: Option<Date>,
    /// Days after the first one of the chart; told also where there are no dates.
    pub start_day: u32,
    pub end_day: u32,
    /// By how many days it may be longer before all is over later.
    pub slack_days: u32,
    pub critical: bool,
    pub late: Option<Late>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "how", rename_all = "kebab-case")]
pub enum Late {
    /// Its last day is over and it is not done.
    Overdue { days: u32 },
    /// Its first day is over and it has not begun.
    NotStarted { days: u32 },
    /// What comes before it will not let it end in time.
    WillSlip { days: u32 },
    /// It is done, and was late.
    WasLate { days: u32 },
}

/// As seen on a day. An activity without dates takes one day, as soon as it can.
pub fn schedule(activities: &[Activity], today: Date) -> Result<Schedule, Cycle> {
    let order = order(activities)?;
    let base = base(activities, today);
    let foreseen = forward(activities, &order, base, today);
    let latest = backward(activities, &order, &foreseen);
    let rows: Vec<Row> = (0..activities.len())
        .map(|index| row(&activities[index], foreseen[index], latest[index], base, today))
        .collect();
    let critical_path = critical(activities, &foreseen);
    let dated = activities.iter().any(|activity| activity.start.is_some() || activity.end.is_some());
    let from = rows.iter().filter_map(|row| row.start).min().filter(|_| dated);
    let until = rows.iter().filter_map(|row| row.end).max().filter(|_| dated);
    Ok(Schedule { rows, critical_path, from, until })
}

/// Where an activity stands, in days after the base; the end is the last day, and `start - 1` for what takes no day.
#[derive(Debug, Clone, Copy)]
struct Bar {
    start: i64,
    end: i64,
    days: i64,
}

fn base(activities: &[Activity], today: Date) -> Date {
    let dates = activities.iter().flat_map(|activity| [activity.start, activity.end, activity.done_on]);
    dates.flatten().min().unwrap_or(today)
}

fn day_number(base: Date, date: Date) -> i64 {
    i64::from((date - base).get_days())
}

fn date_of(base: Date, day: i64) -> Option<Date> {
    base.checked_add(i32::try_from(day).ok()?.days()).ok()
}

/// How many days were planned for it.
pub(crate) fn days(activity: &Activity) -> i64 {
    if activity.state == ActivityState::Cancelled {
        return 0;
    }
    match (activity.start, activity.end) {
        (Some(start), Some(end)) if start <= end => i64::from((end - start).get_days()) + 1,
        _ => 1,
    }
}

fn positions(activities: &[Activity]) -> BTreeMap<&str, usize> {
    activities.iter().enumerate().map(|(index, activity)| (activity.id.as_str(), index)).collect()
}

fn forward(activities: &[Activity], order: &[usize], base: Date, today: Date) -> Vec<Bar> {
    let positions = positions(activities);
    let now = day_number(base, today).max(0);
    let mut bars = vec![Bar { start: 0, end: -1, days: 0 }; activities.len()];
    for &index in order {
        let activity = &activities[index];
        let days = days(activity);
        let before = activity.after.iter().filter_map(|id| positions.get(id.as_str()));
        let free = before.map(|&before| bars[before].end + 1).max().unwrap_or(0);
        let wanted = planned_start(activity).map_or(0, |start| day_number(base, start));
        let start = free.max(wanted).max(0);
        bars[index] = match activity.state {
            ActivityState::Done => {
                // What was done on nobody knows which day was done by now.
                let ended = activity.done_on.or(activity.end).or(activity.start);
                let end = ended.map_or(now, |end| day_number(base, end));
                Bar { start: wanted.min(end).max(0), end, days }
            }
            ActivityState::Cancelled => Bar { start, end: start - 1, days: 0 },
            ActivityState::UnderWay => {
                let start = wanted.min(now).max(0);
                Bar { start, end: (start + days - 1).max(now), days }
            }
            // A plan without dates has no past to be late in.
            ActivityState::Open if activity.start.is_none() && activity.end.is_none() => {
                Bar { start, end: start + days - 1, days }
            }
            ActivityState::Open => {
                let start = start.max(now);
                Bar { start, end: start + days - 1, days }
            }
        };
    }
    bars
}

fn planned_start(activity: &Activity) -> Option<Date> {
    activity.start.or(activity.end)
}

/// The last day on which each may end without all being over later.
fn backward(activities: &[Activity], order: &[usize], bars: &[Bar]) -> Vec<i64> {
    let positions = positions(activities);
    let over = bars.iter().map(|bar| bar.end).max().unwrap_or(0);
    let mut latest = vec![over; activities.len()];
    for &index in order.iter().rev() {
        let last_start = latest[index] - (bars[index].end - bars[index].start);
        for before in activities[index].after.iter().filter_map(|id| positions.get(id.as_str())) {
            // What is done or under way has begun: nothing before it can delay its beginning any more.
            let begun = matches!(activities[index].state, ActivityState::Done | ActivityState::UnderWay);
            if !begun {
                latest[*before] = latest[*before].min(last_start - 1);
            }
        }
    }
    latest
}

fn critical(activities: &[Activity], bars: &[Bar]) -> Vec<String> {
    let positions = positions(activities);
    let takes_time = |index: &usize| activities[*index].state != ActivityState::Cancelled;
    let Some(last) = (0..activities.len())
        .filter(takes_time)
        .max_by_key(|&index| (bars[index].end, std::cmp::Reverse(index)))
    else {
        return Vec::new();
    };
    let mut chain = vec![last];
    let mut at = last;
    // An order exists, so every step goes to what stands before it and the walk ends.
    loop {
        let begun = matches!(activities[at].state, ActivityState::Done | ActivityState::UnderWay);
        let before = activities[at].after.iter().filter_map(|id| positions.get(id.as_str()).copied());
        let binding = before
            .filter(|&before| !begun && bars[before].end + 1 == bars[at].start)
            .min_by_key(|&before| before);
        let Some(before) = binding else { break };
        if takes_time(&before) {
            chain.push(before);
        }
        at = before;
    }
    chain.iter().rev().map(|&index| activities[index].id.clone()).collect()
}

fn row(activity: &Activity, bar: Bar, latest: i64, base: Date, today: Date) -> Row {
    let counted = |days: i64| u32::try_from(days.max(0)).unwrap_or(u32::MAX);
    let cancelled = activity.state == ActivityState::Cancelled;
    let dated = activity.start.is_some() || activity.end.is_some() || activity.done_on.is_some();
    let slack = counted(latest - bar.end);
    Row {
        id: activity.id.clone(),
        name: activity.name.clone(),
        owner: activity.owner.clone(),
        after: activity.after.clone(),
        state: activity.state,
        planned_start: activity.start,
        planned_end: activity.end,
        days: counted(bar.days),
        start: date_of(base, bar.start).filter(|_| dated && !cancelled),
        end: date_of(base, bar.end).filter(|_| dated && !cancelled),
        start_day: counted(bar.start),
        end_day: counted(bar.end),
        slack_days: slack,
        critical: slack == 0 && !cancelled && activity.state != ActivityState::Done,
        late: late(activity, bar, base, today),
    }
}

fn late(activity: &Activity, bar: Bar, base: Date, today: Date) -> Option<Late> {
    let after = |from: Date, to: Date| u32::try_from((to - from).get_days()).unwrap_or(0);
    match activity.state {
        ActivityState::Cancelled => None,
        ActivityState::Done => {
            let days = after(activity.end?, activity.done_on?);
            (days > 0).then_some(Late::WasLate { days })
        }
        ActivityState::Open | ActivityState::UnderWay => {
            let end = activity.end.or(activity.start)?;
            if end < today {
                return Some(Late::Overdue { days: after(end, today) });
            }
            let start =
                activity.start.filter(|start| activity.state == ActivityState::Open && *start < today);
            if let Some(start) = start {
                return Some(Late::NotStarted { days: after(start, today) });
            }
            let foreseen = date_of(base, bar.end)?;
            (foreseen > end).then(|| Late::WillSlip { days: after(end, foreseen) })
        }
    }
}
