//! Small histories with figures that anybody can check.

use jiff::civil::date;
use tidegate_measures::{
    Backwards, Commit, Deployment, Filter, Incident, Index, Kind, Level, Measure, Outcome, Question,
    RowsQuestion, Unit, Which, Why, Zone, level,
};

const HOUR: u64 = 3_600_000;
/// Monday 2026-11-02, midnight in UTC.
const MONDAY: u64 = 1_793_577_600_000;

fn at(day: u64, hour: u64) -> u64 {
    MONDAY + (day * 24 + hour) * HOUR
}

fn planned(id: &str, finished_ms: u64) -> Deployment {
    Deployment {
        id: id.to_owned(),
        release: "1.0.0".to_owned(),
        environment: "production".to_owned(),
        components: vec!["api".to_owned()],
        teams: vec!["checkout".to_owned()],
        kind: Kind::Planned,
        started_ms: finished_ms - HOUR,
        reached_ms: Some(finished_ms - HOUR),
        turned_ms: None,
        finished_ms,
        outcome: Outcome::Succeeded,
        recovers: Vec::new(),
        commits: Vec::new(),
    }
}

fn commit(id: &str, authored_ms: u64, request: &str) -> Commit {
    Commit { id: id.to_owned(), authored_ms, pull_request: Some(request.to_owned()) }
}

fn question() -> Question {
    let (from, to) = (date(2026, 11, 2), date(2026, 11, 15));
    let zone = Zone::named("UTC").unwrap();
    Question { filter: Filter::default(), zone, unit: Unit::Week, from, to, now_ms: at(14, 0) }
}

/// Two weeks: one that went well and one with a failure of each kind.
fn fortnight() -> Index {
    let mut index = Index::new();
    let mut first = planned("first", at(1, 12));
    first.commits =
        vec![commit("a", at(0, 12), "#1"), commit("b", at(1, 6), "#1"), commit("z", at(3, 0), "#2")];
    // The commit `b` is there already.
    let mut second = planned("second", at(3, 12));
    second.commits = vec![commit("b", at(1, 6), "#1"), commit("c", at(3, 6), "#3")];
    let mut back = planned("back", at(8, 12));
    (back.outcome, back.turned_ms) = (Outcome::RolledBack, Some(at(8, 11)));
    let broken = planned("broken", at(9, 10));
    let mut fix = planned("fix", at(9, 14));
    (fix.kind, fix.recovers) = (Kind::Hotfix, vec!["broken".to_owned()]);
    let outage = planned("outage", at(10, 10));
    let mut undo = planned("undo", at(10, 18));
    (undo.kind, undo.recovers) = (Kind::Rollback, vec!["outage".to_owned()]);
    let mut unseen = planned("unseen", at(11, 10));
    (unseen.outcome, unseen.reached_ms) = (Outcome::RolledBack, None);
    for row in [&first, &second, &back, &broken, &fix, &outage, &undo, &unseen] {
        index.deployment(row, 1);
    }
    let incident = |id: &str, hours, resolved: Option<u64>, of: &str| Incident {
        id: id.to_owned(),
        detected_ms: at(10, hours),
        resolved_ms: resolved,
        deployments: vec![of.to_owned()],
    };
    index.incident(&incident("slow", 11, Some(at(10, 12)), "outage"), 1);
    index.incident(&incident("slower", 11, None, "outage"), 1);
    index.incident(&incident("odd", 11, Some(at(10, 10)), "outage"), 1);
    index
}

#[test]
fn two_weeks_by_hand() {
    let mut index = fortnight();
    let answer = index.answer(&question()).unwrap();
    let [well, badly] = answer.periods.as_slice() else { panic!("{} periods", answer.periods.len()) };
    assert_eq!((well.figures.deployments, well.figures.days_with_one, well.figures.failed), (2, 2, 0));
    assert_eq!(well.figures.errors, 1);
    let lead = well.figures.lead_of_commits.unwrap();
    // a: 24 h, b: 6 h, c: 6 h; z is younger than the rollout that brought it.
    assert_eq!((lead.count, lead.p50_ms, lead.mean_ms), (3, (6 * HOUR) as f64, (12 * HOUR) as f64));
    let requests = well.figures.lead_of_pull_requests.unwrap();
    assert_eq!((requests.count, requests.p50_ms), (2, (15 * HOUR) as f64));
    let bad = &badly.figures;
    assert_eq!((bad.deployments, bad.failed, bad.unplanned, bad.unrecovered), (5, 3, 2, 0));
    assert_eq!((bad.change_fail_rate(), bad.rework_rate()), (Some(0.6), Some(0.4)));
    // Back after 1 h, fixed after 4 h, and of the outage the first incident was over after 2 h.
    let recovery = bad.recovery.unwrap();
    assert_eq!((recovery.count, recovery.p50_ms), (3, (2 * HOUR) as f64));
    assert_eq!(recovery.mean_ms, (7 * HOUR) as f64 / 3.0);
    assert_eq!(answer.active_days.map(|days| (days.weeks, days.mean, days.median)), Some((2, 2.5, 2.5)));
    assert_eq!(level(Measure::ChangeFailRate, &answer.total), Some(Level::Low));
    let trend = answer.trend(Measure::DeploymentFrequency);
    assert_eq!((trend.now, trend.before, trend.change), (Some(0.5), Some(0.0), None));
    assert_eq!(trend.is_better, Some(true));
}

#[test]
fn a_trend_compares_with_as_many_periods_before() {
    let mut index = fortnight();
    let second_week = Question { from: date(2026, 11, 9), ..question() };
    let answer = index.answer(&second_week).unwrap();
    let trend = answer.trend(Measure::DeploymentFrequency);
    // Two and a half times as many: five instead of two.
    assert_eq!(trend.change.map(|change| (change * 1_000.0).round()), Some(1_500.0));
    assert_eq!(trend.is_better, Some(true));
    let trend = answer.trend(Measure::ChangeFailRate);
    assert_eq!(
        (trend.now, trend.before, trend.change, trend.is_better),
        (Some(0.6), Some(0.0), None, Some(false))
    );
}

#[test]
fn rows_tell_why() {
    let index = fortnight();
    let rows =
        |which| index.rows(&RowsQuestion { question: question(), which, after: None, limit: 10 }).unwrap();
    let failed = rows(Which::Of(Measure::ChangeFailRate));
    let told: Vec<_> = failed.iter().map(|row| (row.id.as_str(), row.failed.len())).collect();
    assert_eq!(told, [("outage", 4), ("broken", 1), ("back", 1)]);
    let outage = &failed[0];
    assert_eq!(outage.restored.as_ref().unwrap().by, Why::Incident { id: "slow".to_owned() });
    let (detected_ms, resolved_ms) = (at(10, 11), at(10, 10));
    assert_eq!(outage.backwards, [Backwards::Incident { id: "odd".to_owned(), detected_ms, resolved_ms }]);
    assert_eq!(failed[1].failed, [Why::Hotfixed { by: "fix".to_owned() }]);
    let errors = rows(Which::Errors);
    assert_eq!(errors.iter().map(|row| row.id.as_str()).collect::<Vec<_>>(), ["outage", "first"]);
    assert_eq!(errors[1].backwards, [Backwards::Commits { count: 1 }]);
}

#[test]
fn a_day_is_the_days_of_its_zone() {
    let mut index = Index::new();
    index.deployment(&planned("late", at(0, 23)), 1);
    let days = |zone: &str, index: &mut Index| {
        let zone = Zone::named(zone).unwrap();
        let answer = index.answer(&Question { zone, unit: Unit::Day, ..question() }).unwrap();
        let day = answer.periods.into_iter().find(|day| day.figures.deployments > 0).unwrap();
        day.period.name
    };
    assert_eq!(days("UTC", &mut index), "2026-11-02");
    assert_eq!(days("Europe/Berlin", &mut index), "2026-11-03");
    assert_eq!(days("America/New_York", &mut index), "2026-11-02");
}

#[test]
fn of_nothing_there_are_no_rates() {
    let answer = Index::new().answer(&question()).unwrap();
    assert_eq!((answer.total.change_fail_rate(), answer.total.rework_rate()), (None, None));
    assert_eq!(answer.total.deployments_per_day(), Some(0.0));
    assert!(Measure::ALL.iter().all(|measure| level(*measure, &answer.total).is_none()));
}

#[test]
fn what_is_worked_out_side_by_side_is_the_same() {
    // Enough for more than one thread.
    const COUNT: u64 = 25_000;
    let mut index = Index::new();
    for number in 0..COUNT {
        let mut row = planned(&format!("d{number}"), at(0, 0) + number * 14 * 24 * HOUR / COUNT);
        row.commits = vec![commit(&number.to_string(), row.finished_ms - number * 1_000, "#1")];
        index.deployment(&row, 1);
    }
    let mut of = |unit| index.answer(&Question { unit, ..question() }).unwrap();
    let (days, weeks) = (of(Unit::Day), of(Unit::Week));
    assert_eq!((days.periods.len(), weeks.periods.len()), (14, 2));
    assert_eq!(days.total, weeks.total);
    let lead = days.total.lead_of_commits.unwrap();
    assert_eq!((days.total.deployments, lead.count), (COUNT, COUNT));
    assert_eq!(lead.p50_ms, (COUNT - 1) as f64 * 500.0);
    let each: Vec<u64> = days.periods.iter().map(|day| day.figures.deployments).collect();
    assert!(each.iter().all(|count| count.abs_diff(COUNT / 14) <= 1), "{each:?}");
}

#[test]
fn more_ways_of_asking_than_are_remembered_are_answered_alike() {
    let mut index = fortnight();
    let of = |team: &str, index: &mut Index| {
        let filter = Filter { teams: [team.to_owned()].into(), ..Filter::default() };
        index.answer(&Question { filter, ..question() }).unwrap().total.deployments
    };
    assert_eq!(of("checkout", &mut index), 7);
    for number in 0..40 {
        assert_eq!(of(&format!("team-{number}"), &mut index), 0);
    }
    assert_eq!(of("checkout", &mut index), 7);
}
