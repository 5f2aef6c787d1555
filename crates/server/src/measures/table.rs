//! Figures as comma-separated values, for spreadsheets.
//!
//! Invariant: one line for each period, with the names of columns first; every cell is a number, a day or empty, so none can be
//! taken for a formula.

use std::fmt::Write;

use tidegate_measures::{Answer, Figures, Measure, Spread};

const COLUMNS: &str = "period,first_day,last_day,is_over,deployments,days,days_with_one,deployments_per_day,\
lead_commits,lead_commits_mean_ms,lead_commits_p50_ms,lead_commits_p75_ms,lead_commits_p90_ms,lead_commits_p95_ms,\
lead_pull_requests,lead_pull_requests_mean_ms,lead_pull_requests_p50_ms,lead_pull_requests_p75_ms,\
lead_pull_requests_p90_ms,lead_pull_requests_p95_ms,failed,change_fail_rate,recovered,recovery_mean_ms,\
recovery_p50_ms,recovery_p75_ms,recovery_p90_ms,recovery_p95_ms,unrecovered,unplanned,rework_rate,errors";

/// The last line is all periods together.
pub(crate) fn csv(answer: &Answer) -> String {
    let mut text = format!("{COLUMNS}\n");
    for period in &answer.periods {
        let (first, last) = (period.period.first, period.period.last);
        let head = format!("{},{first},{last},{}", period.period.name, period.is_over);
        line(&mut text, &head, &period.figures);
    }
    if let (Some(first), Some(last)) = (answer.periods.first(), answer.periods.last()) {
        let over = answer.periods.iter().all(|period| period.is_over);
        let head = format!("total,{},{},{over}", first.period.first, last.period.last);
        line(&mut text, &head, &answer.total);
    }
    text
}

fn line(text: &mut String, head: &str, figures: &Figures) {
    let number = |value: Option<f64>| value.map(|value| value.to_string()).unwrap_or_default();
    let spread = |spread: Option<Spread>| match spread {
        None => "0,,,,,".to_owned(),
        Some(Spread { count, mean_ms, p50_ms, p75_ms, p90_ms, p95_ms }) => {
            format!("{count},{mean_ms},{p50_ms},{p75_ms},{p90_ms},{p95_ms}")
        }
    };
    let cells = [
        head.to_owned(),
        figures.deployments.to_string(),
        figures.days.to_string(),
        figures.days_with_one.to_string(),
        number(figures.of(Measure::DeploymentFrequency)),
        spread(figures.lead_of_commits),
        spread(figures.lead_of_pull_requests),
        figures.failed.to_string(),
        number(figures.of(Measure::ChangeFailRate)),
        spread(figures.recovery),
        figures.unrecovered.to_string(),
        figures.unplanned.to_string(),
        number(figures.of(Measure::DeploymentReworkRate)),
        figures.errors.to_string(),
    ];
    // Writing to a string does not fail.
    let _ = writeln!(text, "{}", cells.join(","));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_has_a_cell_for_each_column() {
        let spread = Spread { count: 2, mean_ms: 1.5, p50_ms: 1.5, p75_ms: 1.5, p90_ms: 2.0, p95_ms: 2.0 };
        let columns = COLUMNS.split(',').count();
        for lead_of_commits in [None, Some(spread)] {
            let mut text = String::new();
            line(
                &mut text,
                "2026-W47,2026-11-16,2026-11-22,true",
                &Figures { lead_of_commits, ..Figures::default() },
            );
            assert_eq!(text.trim_end().split(',').count(), columns, "{text}");
        }
    }
}
