//! Measures.

use tidegate_api::{
    ActiveDays, Measure, MeasureAt, MeasureCause, MeasureCauseKind, MeasureFigures, MeasureLevel,
    MeasureName, MeasurePeriod, MeasureRestored, MeasureRow, MeasureSpread, MeasureTable, MeasureUnit,
    MeasuredKind, MeasuredOutcome, MeasuredPeriod, Measures,
};
use tidegate_measures::{
    Answer, Backwards, Counted, Figures, Kind, Level, Measure as Which, Outcome, Question, Spread, TABLE,
    Unit, Why, level,
};

pub(crate) fn measures(question: &Question, environments: Vec<String>, answer: &Answer) -> Measures {
    let day = |at: Option<tidegate_measures::Date>| at.unwrap_or(question.from).to_string();
    Measures {
        zone: question.zone.name().to_owned(),
        period: match question.unit {
            Unit::Day => MeasurePeriod::Day,
            Unit::Week => MeasurePeriod::Week,
            Unit::Month => MeasurePeriod::Month,
        },
        from: day(answer.periods.first().map(|period| period.period.first)),
        to: day(answer.periods.last().map(|period| period.period.last)),
        environments,
        table: MeasureTable { version: TABLE.version.to_owned(), source: TABLE.source.to_owned() },
        measures: Which::ALL.into_iter().map(|which| measure(which, answer)).collect(),
        periods: answer
            .periods
            .iter()
            .map(|period| MeasuredPeriod {
                name: period.period.name.clone(),
                first: period.period.first.to_string(),
                last: period.period.last.to_string(),
                is_over: period.is_over,
                figures: figures(&period.figures),
            })
            .collect(),
        total: figures(&answer.total),
        active_days: answer.active_days.map(|days| ActiveDays {
            weeks: days.weeks,
            mean: days.mean,
            median: days.median,
        }),
    }
}

fn measure(which: Which, answer: &Answer) -> Measure {
    let trend = answer.trend(which);
    Measure {
        name: match which {
            Which::DeploymentFrequency => MeasureName::DeploymentFrequency,
            Which::ChangeLeadTime => MeasureName::ChangeLeadTime,
            Which::ChangeFailRate => MeasureName::ChangeFailRate,
            Which::FailedDeploymentRecoveryTime => MeasureName::FailedDeploymentRecoveryTime,
            Which::DeploymentReworkRate => MeasureName::DeploymentReworkRate,
        },
        unit: match which {
            Which::DeploymentFrequency => MeasureUnit::PerDay,
            Which::ChangeLeadTime | Which::FailedDeploymentRecoveryTime => MeasureUnit::Milliseconds,
            Which::ChangeFailRate | Which::DeploymentReworkRate => MeasureUnit::Share,
        },
        definition: which.definition().to_owned(),
        value: trend.now,
        level: level(which, &answer.total).map(|level| match level {
            Level::Elite => MeasureLevel::Elite,
            Level::High => MeasureLevel::High,
            Level::Medium => MeasureLevel::Medium,
            Level::Low => MeasureLevel::Low,
        }),
        before: trend.before,
        change: trend.change,
        is_better: trend.is_better,
        more_is_better: which.more_is_better(),
        by_period: answer
            .periods
            .iter()
            .map(|period| MeasureAt { period: period.period.name.clone(), value: period.figures.of(which) })
            .collect(),
    }
}

pub(crate) fn spread(spread: Spread) -> MeasureSpread {
    MeasureSpread {
        count: spread.count,
        mean_ms: spread.mean_ms,
        p50_ms: spread.p50_ms,
        p75_ms: spread.p75_ms,
        p90_ms: spread.p90_ms,
        p95_ms: spread.p95_ms,
    }
}

fn figures(figures: &Figures) -> MeasureFigures {
    MeasureFigures {
        deployments: figures.deployments,
        days: figures.days,
        days_with_one: figures.days_with_one,
        failed: figures.failed,
        unplanned: figures.unplanned,
        unrecovered: figures.unrecovered,
        errors: figures.errors,
        lead_of_commits: figures.lead_of_commits.map(spread),
        lead_of_pull_requests: figures.lead_of_pull_requests.map(spread),
        recovery: figures.recovery.map(spread),
    }
}

pub(crate) fn measure_row(row: Counted) -> MeasureRow {
    MeasureRow {
        rollout: row.id,
        release: row.release,
        environment: row.environment,
        components: row.components,
        teams: row.teams,
        kind: match row.kind {
            Kind::Planned => MeasuredKind::Planned,
            Kind::Hotfix => MeasuredKind::Hotfix,
            Kind::Rollback => MeasuredKind::Rollback,
        },
        outcome: match row.outcome {
            Outcome::Succeeded => MeasuredOutcome::Succeeded,
            Outcome::RolledBack => MeasuredOutcome::RolledBack,
        },
        finished_ms: row.finished_ms,
        failed: row.failed.into_iter().map(cause).collect(),
        restored: row.restored.map(|restored| MeasureRestored {
            by: cause(restored.by),
            at_ms: restored.at_ms,
            after_ms: restored.span_ms,
        }),
        errors: row.backwards.iter().map(contradiction).collect(),
        commits_ms: row.commits_ms,
        pull_requests_ms: row.pull_requests_ms,
    }
}

fn cause(why: Why) -> MeasureCause {
    let (kind, id) = match why {
        Why::WentBack => (MeasureCauseKind::WentBack, None),
        Why::Hotfixed { by } => (MeasureCauseKind::Hotfixed, Some(by)),
        Why::Undone { by } => (MeasureCauseKind::Undone, Some(by)),
        Why::Incident { id } => (MeasureCauseKind::Incident, Some(id)),
    };
    MeasureCause { kind, id }
}

fn contradiction(backwards: &Backwards) -> String {
    match backwards {
        Backwards::Commits { count: 1 } => "one commit is younger than the end of this rollout".to_owned(),
        Backwards::Commits { count } => format!("{count} commits are younger than the end of this rollout"),
        Backwards::Restored { by, .. } => {
            let by = match by {
                Why::WentBack => "its way back",
                Why::Hotfixed { by } | Why::Undone { by } => by,
                Why::Incident { id } => id,
            };
            format!("{by} ended before this rollout failed")
        }
        Backwards::Incident { id, .. } => format!("{id} ended before it began"),
    }
}
