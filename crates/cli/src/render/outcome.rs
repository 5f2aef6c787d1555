//! How a release went: its deployments as the measures count them, its incidents, what users say.
//!
//! Invariant: what is unknown is said to be, never shown as none. Not here: what the release holds (`release`).

use tidegate_api::{
    MeasureCauseKind, MeasureRow, MeasureSpread, MeasuredKind, MeasuredOutcome, ReleaseOutcome,
};

use super::announcement::feedback;
use super::number;
use super::piece::{self, Row, printable};
use super::table::Table;
use crate::paint::{Paint, Tone};

pub fn outcome(outcome: &ReleaseOutcome, paint: Paint) -> String {
    let mut rows = vec![Row::new()];
    if outcome.deployments.is_empty() {
        rows.push(Row::new().plain("No rollout of it has reached users in production and is over."));
    } else {
        rows.extend(deployments(outcome));
    }
    for incident in &outcome.incidents {
        let state = if incident.resolved_ms.is_some() { "resolved" } else { "open" };
        let row = Row::new().plain(format!("incident {}  {state}  ", incident.id));
        rows.push(row.plain(printable(&incident.title)));
    }
    format!("{}{}", piece::text(&rows, paint), feedback(&outcome.feedback, paint))
}

fn deployments(outcome: &ReleaseOutcome) -> Vec<Row> {
    let mut table = Table::new(&["in production", "it", "lead time", "rollout", "failed because"]);
    for row in &outcome.deployments {
        let (tone, word) = came_to(row);
        table.row(vec![
            (Tone::Plain, row.environment.clone()),
            (tone, word.to_owned()),
            (Tone::Plain, lead(row)),
            (Tone::Quiet, row.rollout.clone()),
            (Tone::Plain, row.failed.iter().map(|cause| because(cause.kind)).collect::<Vec<_>>().join(", ")),
        ]);
    }
    let mut rows = table.rows(None);
    let mut said = format!(
        "{}: {} failed, {} taken back",
        number::counted(outcome.deployments.len() as u64, "deployment"),
        outcome.failed,
        outcome.rolled_back,
    );
    let median = |spread: &MeasureSpread| number::duration(spread.p50_ms.round() as u64);
    if let Some(spread) = &outcome.lead_of_commits {
        let of = number::counted(spread.count, "commit");
        said = format!("{said}; lead time {} (median of {of})", median(spread));
    }
    if let Some(spread) = &outcome.recovery {
        said = format!("{said}; restored after {}", median(spread));
    }
    rows.push(Row::new().plain(said));
    rows
}

fn came_to(row: &MeasureRow) -> (Tone, &'static str) {
    match (row.outcome, row.kind) {
        (MeasuredOutcome::RolledBack, _) => (Tone::Bad, "went back"),
        (MeasuredOutcome::Succeeded, MeasuredKind::Rollback) => (Tone::Bad, "took it back"),
        (MeasuredOutcome::Succeeded, MeasuredKind::Planned | MeasuredKind::Hotfix) => {
            (Tone::Good, "succeeded")
        }
    }
}

fn lead(row: &MeasureRow) -> String {
    match (row.commits_ms.first(), row.commits_ms.last()) {
        (Some(first), Some(last)) if first == last => number::duration(*first),
        (Some(first), Some(last)) => format!("{} to {}", number::duration(*first), number::duration(*last)),
        _ => "not known".to_owned(),
    }
}

fn because(cause: MeasureCauseKind) -> &'static str {
    match cause {
        MeasureCauseKind::WentBack => "it went back",
        MeasureCauseKind::Hotfixed => "a hotfix followed",
        MeasureCauseKind::Undone => "a rollback undid it",
        MeasureCauseKind::Incident => "an incident",
    }
}

#[cfg(test)]
mod tests {
    use tidegate_api::{Feedback, FeedbackAnswer, Incident, IncidentState, MeasureCause};

    use super::*;
    use crate::render::samples::STARTED_MS;

    fn row(rollout: &str, outcome: MeasuredOutcome, commits_ms: Vec<u64>) -> MeasureRow {
        MeasureRow {
            rollout: rollout.to_owned(),
            release: "2.1.0".to_owned(),
            environment: "production".to_owned(),
            components: vec!["api".to_owned()],
            teams: Vec::new(),
            kind: MeasuredKind::Planned,
            outcome,
            finished_ms: STARTED_MS,
            failed: Vec::new(),
            restored: None,
            errors: Vec::new(),
            commits_ms,
            pull_requests_ms: Vec::new(),
        }
    }

    #[test]
    fn a_release_and_how_it_went() {
        let cause = |kind| MeasureCause { kind, id: None };
        let failed = vec![cause(MeasureCauseKind::WentBack), cause(MeasureCauseKind::Incident)];
        let answer = FeedbackAnswer {
            id: "fbk_1".to_owned(),
            release: "2.1.0".to_owned(),
            announcement: None,
            rating: 2,
            text: "slow\u{1b}[2J\nat noon".to_owned(),
            at_ms: STARTED_MS,
        };
        let spread = |p50_ms| MeasureSpread {
            count: 2,
            mean_ms: p50_ms,
            p50_ms,
            p75_ms: p50_ms,
            p90_ms: p50_ms,
            p95_ms: p50_ms,
        };
        let incident = Incident {
            id: "inc_0123456789abcdef".to_owned(),
            title: "Orders fail".to_owned(),
            severity: None,
            environment: Some("production".to_owned()),
            component: None,
            state: IncidentState::Open,
            detected_ms: STARTED_MS,
            resolved_ms: None,
            by: "ann".to_owned(),
            rollouts: Vec::new(),
            note_count: 0,
            notes: Vec::new(),
        };
        let went = ReleaseOutcome {
            release: "2.1.0".to_owned(),
            deployments: vec![
                row("rol_2", MeasuredOutcome::Succeeded, vec![3_600_000, 7_200_000]),
                MeasureRow { failed, ..row("rol_1", MeasuredOutcome::RolledBack, Vec::new()) },
            ],
            failed: 1,
            rolled_back: 1,
            lead_of_commits: Some(spread(5_400_000.0)),
            recovery: Some(spread(60_000.0)),
            incidents: vec![incident],
            feedback: Feedback {
                release: "2.1.0".to_owned(),
                count: 1,
                average: Some(2.0),
                ratings: vec![0, 1, 0, 0, 0],
                answers: vec![answer],
            },
        };
        let nothing = ReleaseOutcome {
            deployments: Vec::new(),
            incidents: Vec::new(),
            feedback: Feedback { count: 0, average: None, answers: Vec::new(), ..went.feedback.clone() },
            ..went.clone()
        };
        let told = outcome(&went, Paint::default());
        assert!(!told.contains('\u{1b}'), "{told:?}");
        for line in [
            "2 deployments: 1 failed, 1 taken back; lead time 1 h 30 min (median of 2 commits); restored after 1 min",
            "incident inc_0123456789abcdef  open  Orders fail",
            "2.1.0  2.00 of 5 from 1 answer  (1: 0  2: 1  3: 0  4: 0  5: 0)",
        ] {
            assert!(told.lines().any(|found| found.trim() == line), "{line} is not in {told}");
        }
        let row =
            |rollout: &str| told.lines().find(|line| line.contains(rollout)).unwrap_or_default().to_owned();
        assert!(row("rol_2").contains("succeeded") && row("rol_2").contains("1 h to 2 h"), "{told}");
        assert!(
            row("rol_1").contains("went back") && row("rol_1").contains("it went back, an incident"),
            "{told}"
        );
        assert!(row("rol_1").contains("not known"), "no commit is none that took no time: {told}");
        let bare = outcome(&nothing, Paint::default());
        assert!(bare.contains("has reached users in production"), "{bare}");
        assert!(bare.contains("Nobody has said anything about 2.1.0 yet."), "{bare}");
    }
}
