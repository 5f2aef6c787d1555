//! The measures as a table, what each counts, and the rollouts behind a figure.

use tidegate_api::{
    Measure, MeasureCause, MeasureCauseKind, MeasureLevel, MeasureName, MeasureRow, MeasureRows,
    MeasureSpread, MeasureUnit, MeasuredKind, MeasuredOutcome, MeasuredPeriod, Measures,
};

use super::number;
use super::piece::{self, Row, wrapped};
use super::table::Table;
use crate::paint::{Paint, Tone};

fn name(name: MeasureName) -> &'static str {
    match name {
        MeasureName::DeploymentFrequency => "deployment frequency",
        MeasureName::ChangeLeadTime => "change lead time",
        MeasureName::ChangeFailRate => "change fail rate",
        MeasureName::FailedDeploymentRecoveryTime => "failed deployment recovery time",
        MeasureName::DeploymentReworkRate => "deployment rework rate",
    }
}

fn figure(unit: MeasureUnit, value: Option<f64>) -> String {
    let Some(value) = value else { return "-".to_owned() };
    match unit {
        MeasureUnit::PerDay if value >= 1.0 || value == 0.0 => format!("{value:.1} a day"),
        MeasureUnit::PerDay if value * 7.0 >= 1.0 => format!("{:.1} a week", value * 7.0),
        MeasureUnit::PerDay => format!("{:.2} a week", value * 7.0),
        MeasureUnit::Milliseconds => long(value),
        MeasureUnit::Share => number::percent(value),
    }
}

fn long(milliseconds: f64) -> String {
    const DAY_MS: f64 = 86_400_000.0;
    if milliseconds >= 2.0 * DAY_MS {
        return format!("{:.1} days", milliseconds / DAY_MS);
    }
    // Never negative, and far below what a float holds exactly.
    number::duration(milliseconds.round() as u64)
}

fn change(measure: &Measure) -> (Tone, String) {
    let (Some(change), Some(is_better)) = (measure.change, measure.is_better) else {
        return (Tone::Quiet, "-".to_owned());
    };
    let (tone, word) = if is_better { (Tone::Good, "better") } else { (Tone::Warning, "worse") };
    (tone, format!("{:+.0} %, {word}", change * 100.0))
}

fn level(level: Option<MeasureLevel>) -> (Tone, &'static str) {
    match level {
        Some(MeasureLevel::Elite) => (Tone::Good, "elite"),
        Some(MeasureLevel::High) => (Tone::Good, "high"),
        Some(MeasureLevel::Medium) => (Tone::Plain, "medium"),
        Some(MeasureLevel::Low) => (Tone::Warning, "low"),
        None => (Tone::Quiet, "-"),
    }
}

pub fn all(measures: &Measures, paint: Paint, width: usize) -> String {
    let places = match measures.environments.as_slice() {
        [] => "no environment that counts as production".to_owned(),
        names => names.join(", "),
    };
    let Measures { from, to, zone, .. } = measures;
    let head = format!("Rollouts that ended in {places}, {from} to {to}, days in {zone}.");
    let mut rows: Vec<Row> = wrapped(&head, width).into_iter().map(|line| Row::new().plain(line)).collect();
    rows.push(Row::new());
    let mut table = Table::new(&["measure", "value", "level", "before", "change"]);
    for measure in &measures.measures {
        let (tone, word) = level(measure.level);
        table.row(vec![
            (Tone::Strong, name(measure.name).to_owned()),
            (Tone::Strong, figure(measure.unit, measure.value)),
            (tone, word.to_owned()),
            (Tone::Plain, figure(measure.unit, measure.before)),
            change(measure),
        ]);
    }
    rows.extend(table.rows(Some(width)));
    rows.push(Row::new());
    rows.extend(by_period(&measures.periods).rows(Some(width)));
    rows.push(Row::new());
    for measure in &measures.measures {
        let text = format!("{}: {}", name(measure.name), measure.definition);
        rows.extend(wrapped(&text, width).into_iter().map(|line| Row::new().add(Tone::Quiet, line)));
    }
    let source = format!("Levels: {}. Times are medians, interpolated.", measures.table.source);
    rows.extend(wrapped(&source, width).into_iter().map(|line| Row::new().add(Tone::Quiet, line)));
    piece::text(&rows, paint)
}

fn by_period(periods: &[MeasuredPeriod]) -> Table {
    let mut table = Table::new(&["period", "deployments", "lead time", "failed", "recovery", "rework"]);
    for MeasuredPeriod { name, figures, .. } in periods {
        let time = |spread: Option<MeasureSpread>| {
            spread.map_or_else(|| "-".to_owned(), |spread| long(spread.p50_ms))
        };
        table.row(vec![
            (Tone::Plain, name.clone()),
            (Tone::Plain, number::grouped(figures.deployments)),
            (Tone::Plain, time(figures.lead_of_commits)),
            (Tone::Plain, number::grouped(figures.failed)),
            (Tone::Plain, time(figures.recovery)),
            (Tone::Plain, number::grouped(figures.unplanned)),
        ]);
    }
    table
}

pub fn rows(page: &MeasureRows, paint: Paint, width: Option<usize>) -> String {
    if page.items.is_empty() {
        return piece::text(&[Row::new().plain("No rollout of these periods counts for it.")], paint);
    }
    let mut table = Table::new(&["rollout", "ended", "release", "where", "kind", "counts because"]);
    for row in &page.items {
        let kind = match row.kind {
            MeasuredKind::Planned => "planned",
            MeasuredKind::Hotfix => "hotfix",
            MeasuredKind::Rollback => "rollback",
        };
        let components = row.components.join("+");
        table.row(vec![
            (Tone::Strong, row.rollout.clone()),
            (Tone::Plain, number::time(row.finished_ms)),
            (Tone::Plain, row.release.clone()),
            (Tone::Plain, format!("{}/{components}", row.environment)),
            (Tone::Plain, kind.to_owned()),
            (Tone::Plain, because(row)),
        ]);
    }
    let mut rows = table.rows(width);
    if let Some(next) = &page.next {
        rows.push(Row::new().add(Tone::Quiet, format!("More: add --after {next}")));
    }
    piece::text(&rows, paint)
}

fn because(row: &MeasureRow) -> String {
    let mut said: Vec<String> = row.failed.iter().map(cause).collect();
    match &row.restored {
        Some(restored) => said.push(format!("restored after {}", long(restored.after_ms as f64))),
        None if !row.failed.is_empty() => said.push("not restored yet".to_owned()),
        None => {}
    }
    if row.failed.is_empty() && row.outcome == MeasuredOutcome::Succeeded {
        said.push("it reached users".to_owned());
    }
    if !row.commits_ms.is_empty() {
        said.push(format!("{} in {}", number::counted(row.commits_ms.len() as u64, "commit"), median(row)));
    }
    said.extend(row.errors.iter().cloned());
    said.join("; ")
}

fn median(row: &MeasureRow) -> String {
    let (low, high) =
        (row.commits_ms[(row.commits_ms.len() - 1) / 2], row.commits_ms[row.commits_ms.len() / 2]);
    long(f64::midpoint(low as f64, high as f64))
}

fn cause(cause: &MeasureCause) -> String {
    let id = cause.id.as_deref().unwrap_or_default();
    match cause.kind {
        MeasureCauseKind::WentBack => "went back".to_owned(),
        MeasureCauseKind::Hotfixed => format!("fixed by {id}"),
        MeasureCauseKind::Undone => format!("undone by {id}"),
        MeasureCauseKind::Incident => format!("linked to {id}"),
    }
}

#[cfg(test)]
mod tests {
    use tidegate_api::{MeasureFigures, MeasurePeriod, MeasureRestored, MeasureTable};

    use super::*;
    use crate::render::samples::STARTED_MS;

    const HOUR: f64 = 3_600_000.0;

    fn figures(deployments: u64, hours: Option<f64>) -> MeasureFigures {
        let spread = hours.map(|hours| {
            let ms = hours * HOUR;
            MeasureSpread { count: 2, mean_ms: ms, p50_ms: ms, p75_ms: ms, p90_ms: ms, p95_ms: ms }
        });
        MeasureFigures {
            deployments,
            days: 7,
            days_with_one: 2,
            failed: 1,
            unplanned: 1,
            unrecovered: 0,
            errors: 0,
            lead_of_commits: spread,
            lead_of_pull_requests: None,
            recovery: spread,
        }
    }

    #[test]
    fn measures_say_what_they_count() {
        let measure = |name, unit, value, change: Option<f64>, level| Measure {
            name,
            unit,
            definition: "What is counted, in a sentence that is longer than a line of a terminal is wide."
                .to_owned(),
            value,
            level,
            before: value.map(|value: f64| value * 2.0),
            change,
            is_better: change.map(|change| change > 0.0),
            more_is_better: true,
            by_period: Vec::new(),
        };
        let period = |name: &str, figures| MeasuredPeriod {
            name: name.to_owned(),
            first: "2026-11-09".to_owned(),
            last: "2026-11-15".to_owned(),
            is_over: true,
            figures,
        };
        let measures = Measures {
            zone: "Europe/Berlin".to_owned(),
            period: MeasurePeriod::Week,
            from: "2026-11-09".to_owned(),
            to: "2026-11-22".to_owned(),
            environments: vec!["production".to_owned()],
            table: MeasureTable { version: "2024".to_owned(), source: "DORA, 2024".to_owned() },
            measures: vec![
                measure(
                    MeasureName::DeploymentFrequency,
                    MeasureUnit::PerDay,
                    Some(1.25),
                    Some(0.25),
                    Some(MeasureLevel::Elite),
                ),
                measure(
                    MeasureName::ChangeLeadTime,
                    MeasureUnit::Milliseconds,
                    Some(50.0 * HOUR),
                    Some(-0.5),
                    Some(MeasureLevel::High),
                ),
                measure(
                    MeasureName::ChangeFailRate,
                    MeasureUnit::Share,
                    Some(0.125),
                    None,
                    Some(MeasureLevel::Low),
                ),
                measure(
                    MeasureName::FailedDeploymentRecoveryTime,
                    MeasureUnit::Milliseconds,
                    Some(1.5 * HOUR),
                    None,
                    Some(MeasureLevel::Medium),
                ),
                measure(MeasureName::DeploymentReworkRate, MeasureUnit::Share, None, None, None),
            ],
            periods: vec![
                period("2026-W46", figures(9, Some(0.5))),
                period("2026-W47", figures(1_200, None)),
            ],
            total: figures(1_209, Some(3.0)),
            active_days: None,
        };
        insta::assert_snapshot!("measures", all(&measures, Paint::default(), 80));
    }

    #[test]
    fn rows_say_why_they_count() {
        let cause = |kind, id: Option<&str>| MeasureCause { kind, id: id.map(str::to_owned) };
        let failed = MeasureRow {
            rollout: "rol_0123456789abcdef".to_owned(),
            release: "2.1.0".to_owned(),
            environment: "production".to_owned(),
            components: vec!["api".to_owned(), "web".to_owned()],
            teams: vec!["payments".to_owned()],
            kind: MeasuredKind::Planned,
            outcome: MeasuredOutcome::RolledBack,
            finished_ms: STARTED_MS,
            failed: vec![
                cause(MeasureCauseKind::WentBack, None),
                cause(MeasureCauseKind::Incident, Some("inc_0123456789abcdef")),
            ],
            restored: Some(MeasureRestored {
                by: cause(MeasureCauseKind::WentBack, None),
                at_ms: STARTED_MS,
                after_ms: 90_000,
            }),
            errors: vec!["one commit is younger than the end of this rollout".to_owned()],
            commits_ms: Vec::new(),
            pull_requests_ms: Vec::new(),
        };
        let good = MeasureRow {
            outcome: MeasuredOutcome::Succeeded,
            failed: Vec::new(),
            restored: None,
            errors: Vec::new(),
            commits_ms: vec![60_000, 3 * 86_400_000],
            ..failed.clone()
        };
        let page = MeasureRows { items: vec![failed, good], next: Some("rol_0123456789abcdef".to_owned()) };
        insta::assert_snapshot!("measures_rows", rows(&page, Paint::default(), None));
        let none = MeasureRows { items: Vec::new(), next: None };
        insta::assert_snapshot!("measures_rows_none", rows(&none, Paint::default(), None));
    }
}
