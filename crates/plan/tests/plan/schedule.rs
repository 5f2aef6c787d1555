//! Activities in time.

use jiff::civil::{Date, date};
use proptest::prelude::*;
use tidegate_plan::document::{Activity, ActivityState};
use tidegate_plan::schedule::{Late, order, progress, schedule};

use crate::plans::{activities, day};

fn activity(id: &str, dates: Option<(Date, Date)>, after: &[&str]) -> Activity {
    Activity {
        id: id.to_owned(),
        name: id.to_owned(),
        owner: None,
        start: dates.map(|dates| dates.0),
        end: dates.map(|dates| dates.1),
        after: after.iter().map(|id| (*id).to_owned()).collect(),
        state: ActivityState::Open,
        done_on: None,
    }
}

fn december(day: i8) -> Date {
    date(2026, 12, day)
}

fn example() -> Vec<Activity> {
    vec![
        activity("plan", Some((december(1), december(2))), &[]),
        activity("build", Some((december(3), december(10))), &["plan"]),
        activity("notes", Some((december(3), december(4))), &["plan"]),
        activity("deploy", Some((december(11), december(11))), &["build", "notes"]),
    ]
}

#[test]
fn the_longest_chain_is_critical_and_the_rest_has_slack() {
    let found = schedule(&example(), december(1)).unwrap();
    assert_eq!(found.critical_path, ["plan", "build", "deploy"]);
    assert_eq!((found.from, found.until), (Some(december(1)), Some(december(11))));
    let rows: Vec<(&str, u32, bool, u32, u32)> = found
        .rows
        .iter()
        .map(|row| (row.id.as_str(), row.slack_days, row.critical, row.start_day, row.end_day))
        .collect();
    let expected = [
        ("plan", 0, true, 0, 1),
        ("build", 0, true, 2, 9),
        ("notes", 6, false, 2, 3),
        ("deploy", 0, true, 10, 10),
    ];
    assert_eq!(rows, expected);
    assert!(found.rows.iter().all(|row| row.late.is_none()));
}

#[test]
fn what_is_late_says_how_and_moves_what_follows() {
    let mut activities = example();
    activities[0].state = ActivityState::Done;
    activities[0].done_on = Some(december(3));
    activities[1].state = ActivityState::UnderWay;
    let found = schedule(&activities, december(12)).unwrap();
    let late: Vec<Option<Late>> = found.rows.iter().map(|row| row.late).collect();
    let expected = [
        Some(Late::WasLate { days: 1 }),
        Some(Late::Overdue { days: 2 }),
        Some(Late::Overdue { days: 8 }),
        Some(Late::Overdue { days: 1 }),
    ];
    assert_eq!(late, expected);
    // What is under way is done today at the earliest, and what follows comes after.
    assert_eq!(found.rows[3].start, Some(december(14)));
    let early = schedule(&activities, december(8)).unwrap();
    assert_eq!(early.rows[2].late, Some(Late::Overdue { days: 4 }));
    assert_eq!(early.rows[3].late, None);
    let mut slow = example();
    slow[1].end = Some(december(20));
    let found = schedule(&slow, december(1)).unwrap();
    assert_eq!(found.rows[3].late, Some(Late::WillSlip { days: 10 }));
    let waiting = schedule(&example(), december(4)).unwrap();
    assert_eq!(waiting.rows[1].late, Some(Late::NotStarted { days: 1 }));
}

#[test]
fn without_dates_there_is_still_an_order_and_a_longest_chain() {
    let activities = [
        activity("c", None, &["b"]),
        activity("b", None, &["a"]),
        activity("a", None, &[]),
        activity("x", None, &[]),
    ];
    let found = schedule(&activities, december(1)).unwrap();
    assert_eq!(found.critical_path, ["a", "b", "c"]);
    assert_eq!((found.from, found.until), (None, None));
    assert_eq!(found.rows[3].slack_days, 2);
}

#[test]
fn a_circle_is_refused_with_its_chain() {
    let circle = [
        activity("a", None, &["c"]),
        activity("b", None, &["a"]),
        activity("c", None, &["b"]),
        activity("d", None, &["a"]),
    ];
    let refused = schedule(&circle, december(1)).unwrap_err();
    assert_eq!(refused.chain, ["a", "c", "b"]);
    assert_eq!(order(&[activity("a", None, &["a"])]).unwrap_err().chain, ["a"]);
}

#[test]
fn a_chain_of_thousands_is_no_depth() {
    let id = |number: usize| format!("a{number}");
    let mut chain: Vec<Activity> =
        (0..50_000).map(|number| activity(&id(number), None, &[&id(number + 1)])).collect();
    chain.push(activity(&id(50_000), None, &[]));
    assert_eq!(schedule(&chain, december(1)).unwrap().critical_path.len(), 50_001);
}

#[test]
fn progress_counts_days_of_work() {
    let mut activities = example();
    activities[0].state = ActivityState::Done;
    activities[0].done_on = Some(december(4));
    let found = progress(&activities, december(5));
    assert_eq!((found.total_days, found.planned_days, found.done_days), (13, 4, 2));
    let points: Vec<(i8, u32, Option<u32>)> =
        found.points.iter().map(|point| (point.day.day(), point.planned, point.done)).collect();
    assert_eq!(points, [(2, 2, Some(0)), (4, 4, Some(2)), (5, 4, Some(2)), (10, 12, None), (11, 13, None)]);
}

proptest! {
    #[test]
    fn nothing_is_foreseen_before_what_it_waits_for(activities in activities(), today in day()) {
        let found = schedule(&activities, today).unwrap();
        let row = |id: &str| found.rows.iter().find(|row| row.id == id).unwrap();
        for (activity, bar) in activities.iter().zip(&found.rows) {
            if activity.state == ActivityState::Open {
                for before in &activity.after {
                    let before = row(before);
                    prop_assert!(before.state == ActivityState::Cancelled || bar.start_day > before.end_day);
                }
                prop_assert!(activity.start.is_none() || bar.start >= Some(today));
            }
            if let (Some(start), ActivityState::Open) = (activity.start, activity.state) {
                prop_assert!(bar.start >= Some(start));
            }
        }
    }

    #[test]
    fn a_day_lost_within_the_slack_delays_nothing_and_one_more_does(activities in activities(), today in day(), at in any::<prop::sample::Index>()) {
        let open: Vec<usize> = (0..activities.len())
            .filter(|at| activities[*at].state == ActivityState::Open && activities[*at].start.is_some())
            .collect();
        prop_assume!(!open.is_empty());
        let at = open[at.index(open.len())];
        let before = schedule(&activities, today).unwrap();
        let slack = i64::from(before.rows[at].slack_days);
        let end_of = |extra: i64| {
            let mut longer = activities.clone();
            let end = longer[at].end.unwrap();
            longer[at].end = Some(end.checked_add(jiff::Span::new().days(extra)).unwrap());
            schedule(&longer, today).unwrap().rows.iter().map(|row| row.end_day).max()
        };
        let over = before.rows.iter().map(|row| row.end_day).max();
        prop_assert_eq!(end_of(slack), over);
        prop_assert!(end_of(slack + 1) > over);
    }

    #[test]
    fn progress_never_falls_and_ends_at_the_whole(activities in activities(), today in day()) {
        let found = progress(&activities, today);
        prop_assert!(found.points.is_sorted_by_key(|point| (point.day, point.planned)));
        let done: Vec<u32> = found.points.iter().filter_map(|point| point.done).collect();
        prop_assert!(done.is_sorted());
        prop_assert!(found.done_days <= found.total_days && found.planned_days <= found.total_days);
        prop_assert_eq!(done.last().copied(), Some(found.done_days));
    }
}
