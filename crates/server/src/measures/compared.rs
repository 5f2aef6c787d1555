//! The measures of one release beside those of the releases before it.
//!
//! Invariant: what a release's figure is made of are the rows of its own rollouts; a rollback belongs to what it undid. Deliberately
//! not here: rows (`tidegate-measures`).

use std::collections::BTreeSet;

use tidegate_api::MeasurePeriod;
use tidegate_domain::id::RolloutId;
use tidegate_domain::name::Version;
use tidegate_measures::{Counted, Kind, Measure, RowsQuestion, Spread, Unit, Which};
use tidegate_plan::retrospective::{COMPARED, Compared};

use super::{Asking, Asks, asking};
use crate::app::App;
use crate::identity::Caller;
use crate::problem::Trouble;

/// How far back is looked, and at how many rollouts.
const MONTHS: i64 = 24;
const ROWS_MAX: usize = 2_000;
const HOUR_MS: f64 = 3_600_000.0;

/// With the releases that it is compared with, the newest first.
pub(crate) async fn compared(
    app: &App,
    caller: &Caller,
    (releases, rollouts): (&BTreeSet<Version>, &BTreeSet<RolloutId>),
) -> Result<(Vec<Compared>, Vec<String>), Trouble> {
    let asks = Asks { period: Some(MeasurePeriod::Month), ..Asks::default() };
    let Asking { mut question, .. } = asking(app, caller, &asks).await?;
    question.from = Unit::Month.after(question.to, 1 - MONTHS).unwrap_or(question.from);
    let which = Which::Of(Measure::DeploymentFrequency);
    let asked = RowsQuestion { question, which, after: None, limit: ROWS_MAX };
    let rows = app.measures.rows(asked).await?;
    Ok(told(&rows, |row| {
        releases.iter().any(|release| release.as_str() == row.release)
            || rollouts.iter().any(|rollout| rollout.as_str() == row.id)
    }))
}

fn told(rows: &[Counted], is_own: impl Fn(&Counted) -> bool) -> (Vec<Compared>, Vec<String>) {
    // A rollback brings an older release back: it is no release of that one's.
    let own: Vec<&Counted> =
        rows.iter().filter(|row| row.kind != Kind::Rollback).filter(|row| is_own(row)).collect();
    let first_ms = own.iter().map(|row| row.finished_ms).min().unwrap_or(u64::MAX);
    let mut before: Vec<(&str, Vec<&Counted>)> = Vec::new();
    let older = rows.iter().filter(|row| {
        row.kind != Kind::Rollback && !is_own(row) && row.finished_ms <= first_ms && !row.release.is_empty()
    });
    for row in older {
        if let Some((_, rows)) = before.iter_mut().find(|(release, _)| *release == row.release) {
            rows.push(row);
        } else if before.len() < COMPARED {
            before.push((&row.release, vec![row]));
        }
    }
    let names = before.iter().map(|(release, _)| (*release).to_owned()).collect();
    if own.is_empty() {
        return (Vec::new(), names);
    }
    let measures = FIGURES.iter().map(|(measure, unit, figure)| Compared {
        measure: (*measure).to_owned(),
        unit: (*unit).to_owned(),
        this: figure(&own),
        before: before.iter().map(|(_, rows)| figure(rows)).collect(),
    });
    (measures.collect(), names)
}

type Figure = fn(&[&Counted]) -> Option<f64>;

const FIGURES: [(&str, &str, Figure); 5] = [
    ("deployments", "deployments", |rows| Some(rows.len() as f64)),
    ("change lead time", "hours", |rows| {
        median(rows.iter().flat_map(|row| row.commits_ms.iter().copied()).collect())
    }),
    ("change fail rate", "percent", |rows| share(rows, |row| !row.failed.is_empty())),
    ("failed deployment recovery time", "hours", |rows| {
        median(rows.iter().filter_map(|row| row.restored.as_ref()).map(|back| back.span_ms).collect())
    }),
    ("deployment rework rate", "percent", |rows| share(rows, |row| row.kind.is_unplanned())),
];

fn share(rows: &[&Counted], counts: impl Fn(&Counted) -> bool) -> Option<f64> {
    let count = rows.iter().filter(|row| counts(row)).count();
    (!rows.is_empty()).then(|| rounded(count as f64 / rows.len() as f64 * 100.0))
}

/// In hours.
fn median(spans: Vec<u64>) -> Option<f64> {
    Spread::of(spans).map(|spread| rounded(spread.p50_ms / HOUR_MS))
}

/// To what anybody reads.
fn rounded(figure: f64) -> f64 {
    (figure * 10_000.0).round() / 10_000.0
}

#[cfg(test)]
mod tests {
    use tidegate_measures::Outcome;

    use super::*;

    fn row(id: &str, release: &str, finished_ms: u64, kind: Kind) -> Counted {
        Counted {
            id: id.to_owned(),
            release: release.to_owned(),
            environment: "production".to_owned(),
            components: Vec::new(),
            teams: Vec::new(),
            kind,
            outcome: Outcome::Succeeded,
            finished_ms,
            failed: Vec::new(),
            restored: None,
            backwards: Vec::new(),
            commits_ms: vec![3_600_000, 7_200_000],
            pull_requests_ms: Vec::new(),
        }
    }

    #[test]
    fn a_release_stands_beside_the_five_before_it_and_no_later_one() {
        let mut rows = vec![row("z", "9.0.0", 99, Kind::Planned), row("y", "8.0.0", 90, Kind::Planned)];
        rows.push(row("back", "7.0.0", 85, Kind::Rollback));
        rows.extend(
            (1..=7).rev().map(|number| row("x", &format!("{number}.0.0"), number * 10, Kind::Planned)),
        );
        let (measures, before) = told(&rows, |row| row.release == "8.0.0");
        assert_eq!(before, ["7.0.0", "6.0.0", "5.0.0", "4.0.0", "3.0.0"]);
        assert_eq!(measures[0].this, Some(1.0));
        assert_eq!(
            measures[0].before,
            [Some(1.0); 5],
            "a rollback is none of the release that it brings back"
        );
        assert_eq!(measures[1].this, Some(1.5));
        assert_eq!((measures[2].this, measures[3].this), (Some(0.0), None));
        assert_eq!(told(&rows, |_| false).0, []);
        assert_eq!(median(vec![]), None);
    }
}
