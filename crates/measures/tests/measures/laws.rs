//! What no row, no order and no way of asking may change.

use jiff::civil::Date;
use proptest::prelude::*;
use tidegate_measures::{Answer, Figures, Filter, Incident, Measure, Question, RowsQuestion, Unit, Which};

use crate::oracle::Oracle;
use crate::worlds::{START_MS, World, filter, incident, index, take, unit, whole, world, zone};

/// The figures of each period by its name.
fn by_period(answer: &Answer) -> Vec<(String, Figures)> {
    answer.periods.iter().map(|one| (one.period.name.clone(), one.figures.clone())).collect()
}

/// All that does not depend on where periods begin.
fn timeless(answer: &Answer) -> Figures {
    Figures { days: 0, days_with_one: 0, ..answer.total.clone() }
}

fn rows(world: &World, question: &Question, which: Which) -> Vec<tidegate_measures::Counted> {
    let asked = RowsQuestion { question: question.clone(), which, after: None, limit: 1_000 };
    world.index().rows(&asked).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(160))]

    #[test]
    fn figures_are_those_that_one_works_out_by_hand(
        world in world(), filter in filter(), zone in zone(), unit in unit()
    ) {
        let question = whole(filter, zone, unit);
        let answer = world.index().answer(&question).unwrap();
        let oracle = Oracle { deployments: &world.deployments, incidents: &world.incidents };
        let by_hand = |periods: &[_]| oracle.figures(&question.filter, zone, periods, question.now_ms);
        for one in &answer.periods {
            prop_assert_eq!(&one.figures, &by_hand(std::slice::from_ref(&one.period)), "{}", one.period.name);
        }
        let periods: Vec<_> = answer.periods.iter().map(|one| one.period.clone()).collect();
        prop_assert_eq!(&answer.total, &by_hand(&periods));
    }

    #[test]
    fn neither_order_nor_copies_nor_questions_in_between_change_a_figure(
        world in world(), filter in filter(), unit in unit(), seed in any::<u64>()
    ) {
        let question = whole(filter, "Europe/Berlin", unit);
        let expect = world.index().answer(&question).unwrap();
        let mut rows = world.rows();
        rows.extend(world.rows());
        // Fisher and Yates, by a linear congruence.
        let mut state = seed;
        for at in (1..rows.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            rows.swap(at, (state >> 33) as usize % (at + 1));
        }
        let mut asked = index(&[]);
        for row in &rows {
            asked.answer(&question).unwrap();
            take(&mut asked, row);
        }
        prop_assert_eq!(asked.answer(&question).unwrap(), expect.clone());
        prop_assert_eq!(index(&rows).answer(&question).unwrap(), expect);
    }

    #[test]
    fn a_wider_window_changes_no_period(world in world(), unit in unit(), zone in zone(), cut in 1..300i64) {
        let wide = whole(Filter::default(), zone, unit);
        let day = |days: i64| wide.from.checked_add(jiff::Span::new().days(days)).unwrap();
        let narrow = Question { from: day(cut), to: day(cut + 20), ..wide.clone() };
        let mut index = world.index();
        let narrow = by_period(&index.answer(&narrow).unwrap());
        let wide = by_period(&index.answer(&wide).unwrap());
        prop_assert!(narrow.iter().all(|one| wide.contains(one)));
        prop_assert!(!narrow.is_empty());
    }

    #[test]
    fn what_was_asked_before_changes_no_answer(
        world in world(), unit in unit(), zone in zone(), windows in prop::collection::vec((0..20i64, 0..300i64), 1..8)
    ) {
        let whole = whole(Filter::default(), zone, unit);
        let day = |days: i64| whole.from.checked_add(jiff::Span::new().days(days)).unwrap();
        let mut asked = index(&[]);
        let mut known = index(&[]);
        let rows = world.rows();
        for (number, (from, length)) in windows.iter().enumerate() {
            // Some rows come between two questions.
            for row in rows.iter().skip(number).step_by(windows.len()) {
                take(&mut asked, row);
                take(&mut known, row);
            }
            // Windows of one beginning and other ends, and the other way round.
            let question = Question { from: day(from / 10), to: day(from / 10 + length), ..whole.clone() };
            prop_assert_eq!(asked.answer(&question).unwrap(), known.clone().answer(&question).unwrap());
        }
    }

    #[test]
    fn a_time_zone_changes_in_which_period_and_nothing_else(world in world(), zone in zone(), filter in filter()) {
        let here = whole(filter.clone(), "UTC", Unit::Day);
        let there = whole(filter, zone, Unit::Day);
        let mut index = world.index();
        let (here, there) = (index.answer(&here).unwrap(), index.answer(&there).unwrap());
        prop_assert_eq!(timeless(&here), timeless(&there));
    }

    #[test]
    fn an_unrelated_incident_changes_nothing(
        world in world(), mut more in incident(), unit in unit(), zone in zone(), filter in filter()
    ) {
        (more.id, more.deployments) = ("unrelated".to_owned(), vec!["elsewhere".to_owned()]);
        let question = whole(filter, zone, unit);
        let expect = world.index().answer(&question).unwrap();
        let mut index = world.index();
        index.answer(&question).unwrap();
        index.incident(&more, 1);
        prop_assert_eq!(index.answer(&question).unwrap(), expect);
    }

    #[test]
    fn what_ends_later_changes_no_figure_but_those_it_is_linked_to(
        world in world(), mut more in crate::worlds::deployment(), unit in unit()
    ) {
        // Newer than all, and it fixes nothing.
        more.id = "newest".to_owned();
        more.recovers.clear();
        more.finished_ms = START_MS + 335 * 86_400_000;
        let question = whole(Filter::default(), "UTC", unit);
        let mut index = world.index();
        let before = by_period(&index.answer(&question).unwrap());
        index.deployment(&more, 1);
        let after = by_period(&index.answer(&question).unwrap());
        let changed = before.iter().zip(&after).filter(|(before, after)| before != after).count();
        prop_assert!(changed <= 1, "{changed} periods");
    }

    #[test]
    fn a_deployment_with_three_incidents_counts_once(world in world(), unit in unit()) {
        prop_assume!(!world.deployments.is_empty());
        let of = world.deployments[0].id.clone();
        let incident = |number: u64| Incident {
            id: format!("more-{number}"),
            detected_ms: START_MS + number,
            resolved_ms: None,
            deployments: vec![of.clone()],
        };
        let question = whole(Filter::default(), "UTC", unit);
        let mut index = world.index();
        index.incident(&incident(0), 1);
        let once = index.answer(&question).unwrap();
        index.incident(&incident(1), 1);
        index.incident(&incident(2), 1);
        prop_assert_eq!(index.answer(&question).unwrap(), once);
    }

    #[test]
    fn as_many_rows_count_as_the_figure_says(world in world(), filter in filter()) {
        let question = whole(filter, "UTC", Unit::Month);
        let total = world.index().answer(&question).unwrap().total;
        let count = |measure| rows(&world, &question, Which::Of(measure)).len() as u64;
        prop_assert_eq!(count(Measure::DeploymentFrequency), total.deployments);
        prop_assert_eq!(count(Measure::ChangeFailRate), total.failed);
        prop_assert_eq!(count(Measure::DeploymentReworkRate), total.unplanned);
        let failed = rows(&world, &question, Which::Of(Measure::FailedDeploymentRecoveryTime));
        let restored: Vec<u64> =
            failed.iter().filter_map(|row| Some(row.restored.as_ref()?.span_ms)).collect();
        prop_assert_eq!(restored.len() as u64, total.recovery.map_or(0, |spread| spread.count));
        prop_assert_eq!(failed.len() - restored.len(), total.unrecovered as usize);
        prop_assert!(failed.iter().all(|row| !row.failed.is_empty()));
        let leads = rows(&world, &question, Which::Of(Measure::ChangeLeadTime));
        let commits = leads.iter().map(|row| row.commits_ms.len() as u64).sum::<u64>();
        prop_assert_eq!(commits, total.lead_of_commits.map_or(0, |spread| spread.count));
        let errors = rows(&world, &question, Which::Errors);
        prop_assert_eq!(errors.is_empty(), total.errors == 0);
        prop_assert!(errors.iter().all(|row| !row.backwards.is_empty()));
    }

    #[test]
    fn pages_hold_every_row_once(world in world(), limit in 1..5usize) {
        let question = whole(Filter::default(), "UTC", Unit::Month);
        let index = world.index();
        let (mut found, mut after) = (Vec::new(), None::<String>);
        loop {
            let which = Which::Of(Measure::DeploymentFrequency);
            let asked = RowsQuestion { question: question.clone(), which, after: after.clone(), limit };
            let page = index.rows(&asked).unwrap();
            after = page.last().map(|row| row.id.clone());
            if page.is_empty() {
                break;
            }
            found.extend(page);
        }
        prop_assert_eq!(found, rows(&world, &question, Which::Of(Measure::DeploymentFrequency)));
    }

    #[test]
    fn of_two_rows_with_one_id_the_later_revision_counts(
        world in world(), mut other in crate::worlds::deployment(), filter in filter(), unit in unit()
    ) {
        prop_assume!(!world.deployments.is_empty());
        other.id = world.deployments[0].id.clone();
        let mut changed = world.clone();
        changed.deployments[0] = other.clone();
        let question = whole(filter, "UTC", unit);
        let expect = changed.index().answer(&question).unwrap();
        let mut late = world.index();
        late.answer(&question).unwrap();
        late.deployment(&other, 2);
        prop_assert_eq!(late.answer(&question).unwrap(), expect.clone());
        let mut early = index(&[]);
        early.deployment(&other, 2);
        for row in &world.rows() {
            take(&mut early, row);
        }
        prop_assert_eq!(early.answer(&question).unwrap(), expect);
    }

    #[test]
    fn an_incident_that_is_changed_leaves_no_trace_of_before(world in world(), mut other in incident()) {
        prop_assume!(!world.incidents.is_empty());
        other.id = world.incidents[0].id.clone();
        let mut changed = world.clone();
        changed.incidents[0] = other.clone();
        let question = whole(Filter::default(), "UTC", Unit::Week);
        let expect = changed.index().answer(&question).unwrap();
        let mut index = world.index();
        index.answer(&question).unwrap();
        index.incident(&other, 2);
        prop_assert_eq!(index.answer(&question).unwrap(), expect);
    }
}

/// A law of the calendar rather than of chance: a day that is asked for stands for its whole period.
#[test]
fn days_of_one_period_ask_the_same() {
    let question = whole(Filter::default(), "Europe/Berlin", Unit::Month);
    let of = |from: (i8, i8), to: (i8, i8)| {
        let day = |(month, day)| Date::new(2026, month, day).unwrap();
        let question = Question { from: day(from), to: day(to), ..question.clone() };
        let periods = question.periods().unwrap();
        (periods[0].from_ms, periods[periods.len() - 1].until_ms)
    };
    assert_eq!(of((2, 1), (3, 31)), of((2, 28), (3, 1)));
    assert_ne!(of((2, 1), (3, 31)), of((1, 31), (3, 31)));
}
