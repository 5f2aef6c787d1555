//! What somebody sees who is to decide: gates, votes, what is not ready, and how risky it is.
//!
//! Invariant: the command of the final call stands at the end, with the digest of what stands above it. Not here: deciding.

use tidegate_api::{GoNoGo, PlanOutcome, PlanPart, PlanPhase, PlanReadiness, PlanRisk};

use super::gate;
use super::piece::{self, Row, wrapped};
use super::plan::{candidate, choice, said, strange};
use super::table::Table;
use crate::paint::{Paint, Tone};

fn outcome(outcome: PlanOutcome) -> (Tone, &'static str) {
    match outcome {
        PlanOutcome::Passed => (Tone::Good, "passed"),
        PlanOutcome::Failed => (Tone::Bad, "failed"),
        PlanOutcome::Blocked => (Tone::Warning, "blocked"),
    }
}

pub fn readiness(ready: &PlanReadiness, paint: Paint, width: usize) -> String {
    piece::text(&readiness_rows(ready, width), paint)
}

fn readiness_rows(ready: &PlanReadiness, width: usize) -> Vec<Row> {
    let mut rows = vec![if ready.ready {
        Row::new().add(Tone::Good, "Ready: nothing is open.")
    } else {
        Row::new().add(Tone::Warning, "Not ready.")
    }];
    let parts = ready.areas.iter().map(|part| ("area", part));
    let parts = parts.chain(ready.audiences.iter().map(|part| ("for", part)));
    for (what, part) in parts.filter(|(_, part)| part.total > 0) {
        rows.extend(one_part((what, part), width));
    }
    if !ready.cases.is_empty() {
        rows.push(Row::new());
        let mut table = Table::new(&["test case", "assigned to", "went", "said"]);
        for case in &ready.cases {
            let (tone, word) = case.outcome.map_or((Tone::Quiet, "not run"), outcome);
            let stale = if case.outcome.is_some() && !case.counts { " (another candidate)" } else { "" };
            table.row(vec![
                (Tone::Strong, case.id.clone()),
                (Tone::Plain, case.assignee.clone().unwrap_or_else(|| "nobody".to_owned())),
                (tone, format!("{word}{stale}")),
                (Tone::Plain, case.said.as_ref().map(said).unwrap_or_default()),
            ]);
        }
        rows.extend(table.rows(Some(width)));
    }
    for it in &ready.unbound {
        let told = format!("{} counts on the {} {}, which is not there", it.risk, it.kind, it.name);
        rows.push(Row::new().add(Tone::Warning, "Not bound: ").plain(told));
    }
    rows.extend(ready.strangers.iter().map(strange));
    for (items, what) in [(&ready.untriaged, "Not triaged"), (&ready.stopping, "Stop the release")] {
        if !items.is_empty() {
            rows.push(Row::new().add(Tone::Bad, format!("{what}: {}", items.join(", "))));
        }
    }
    rows
}

fn one_part((what, part): (&str, &PlanPart), width: usize) -> Vec<Row> {
    let tone = if part.done == part.total { Tone::Good } else { Tone::Warning };
    let counted = format!("{} of {}", part.done, part.total);
    let mut rows = vec![Row::new().plain(format!("{what} {}: ", part.name)).add(tone, counted)];
    for open in &part.open {
        let owner = open.owner.as_deref().map(|owner| format!(" ({owner})")).unwrap_or_default();
        let text = open.text.trim_end_matches('.');
        let told = format!("{}: {text}{owner}; {}", open.id, open.why);
        rows.extend(
            wrapped(&told, width.saturating_sub(2))
                .into_iter()
                .map(|line| Row::new().plain(format!("  {line}"))),
        );
    }
    rows
}

pub fn risk(risk: &PlanRisk, paint: Paint) -> String {
    let tone = match risk.score.score {
        0..40 => Tone::Good,
        40..70 => Tone::Warning,
        _ => Tone::Bad,
    };
    let score = &risk.score;
    let time = score.time.map_or_else(|| "no readiness date".to_owned(), |time| format!("time {time:.2}"));
    let parts =
        format!("work {:.2}, policy {:.2}, progress {:.2}, {time}", score.work, score.policy, score.progress);
    let mut rows = vec![
        Row::new().plain("Risk score ").add(tone, score.score.to_string()).plain(format!(" of 100: {parts}")),
    ];
    let exposure = &risk.exposure;
    let register =
        format!("{} open, {} occurred, {} closed", exposure.open, exposure.occurred, exposure.closed);
    rows.push(Row::new().plain(register));
    if !exposure.order.is_empty() {
        rows.push(Row::new());
        let mut table = Table::new(&["risk", "exposure", "lacks"]);
        for one in &exposure.order {
            let lacks = if one.missing.is_empty() { "nothing".to_owned() } else { one.missing.join(", ") };
            table.row(vec![
                (Tone::Strong, one.id.clone()),
                (Tone::Plain, format!("{} of 25", one.exposure)),
                (if one.missing.is_empty() { Tone::Plain } else { Tone::Warning }, lacks),
            ]);
        }
        rows.extend(table.rows(None));
    }
    piece::text(&rows, paint)
}

pub fn go_no_go(found: &GoNoGo, paint: Paint, width: usize) -> String {
    let on = found.candidate.as_ref().map_or_else(|| "no candidate yet".to_owned(), candidate);
    let head = Row::new()
        .add(Tone::Strong, &found.version)
        .plain(format!(" is {}: {on}, risk score {}", found.state, found.risk_score));
    let mut text = piece::text(&[head, Row::new()], paint);
    for gates in &found.gates {
        // With whole reasons: somebody decides by them.
        text.push_str(&gate::why(gates, paint, width));
        text.push('\n');
    }
    let mut rows = readiness_rows(&found.readiness, width);
    rows.push(Row::new());
    for vote in &found.votes {
        let person = vote.person.as_deref().unwrap_or("nobody");
        let (tone, word) = vote.choice.map_or((Tone::Quiet, "has not voted"), choice);
        let told = vote.said.as_ref().map(|by| format!(" ({})", said(by))).unwrap_or_default();
        rows.push(Row::new().plain(format!("{}, {person}: ", vote.name)).add(tone, word).plain(told));
    }
    rows.push(Row::new());
    rows.extend(last(found));
    text.push_str(&piece::text(&rows, paint));
    text
}

fn last(found: &GoNoGo) -> Vec<Row> {
    if let Some(call) = found.call.as_ref().filter(|_| found.goes) {
        let told = format!("It goes: rc.{}, by {}", call.candidate, said(&call.said));
        return vec![Row::new().add(Tone::Good, told)];
    }
    let Some(decider) = &found.decider else {
        return vec![Row::new().add(Tone::Bad, "The plan names nobody for the final call.")];
    };
    if found.phase != PlanPhase::Candidate {
        let told = format!("{decider} makes the final call once there is a candidate.");
        return vec![Row::new().plain(told)];
    }
    // Whole, however long: it is there to be copied.
    let command = format!("tidegate plan call {} go --digest {}", found.version, found.digest);
    vec![
        Row::new().plain(format!("{decider} makes the final call on what stands here:")),
        Row::new().plain("  ").add(Tone::Strong, command),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidegate_api::{PlanExposed, PlanExposure, PlanScore, PlanStanding};

    use crate::render::plan_samples::go_no_go as sample;

    #[test]
    fn the_page_ends_with_the_call() {
        let found = sample();
        insta::assert_snapshot!("plan_go_no_go", go_no_go(&found, Paint::default(), 100));
        let early = GoNoGo { phase: PlanPhase::Frozen, candidate: None, ..found.clone() };
        assert!(go_no_go(&early, Paint::default(), 80).ends_with("once there is a candidate.\n"));
        let nobody = GoNoGo { decider: None, ..found };
        assert!(go_no_go(&nobody, Paint::default(), 80).ends_with("nobody for the final call.\n"));
    }

    #[test]
    fn a_score_shows_its_parts() {
        let found = PlanRisk {
            score: PlanScore { score: 52, work: 0.5, policy: 0.25, progress: 0.0, time: Some(0.9) },
            standing: PlanStanding {
                work_total: 4,
                work_closed: 2,
                policies_completed: 4,
                policies_broken: 1,
                days_left: Some(1),
                over: false,
            },
            exposure: PlanExposure {
                open: 1,
                occurred: 0,
                closed: 2,
                total: 10,
                highest: 10,
                matrix: vec![vec![0; 5]; 5],
                order: vec![PlanExposed {
                    id: "data".to_owned(),
                    exposure: 10,
                    missing: vec!["trigger".to_owned()],
                }],
            },
        };
        insta::assert_snapshot!("plan_risk", risk(&found, Paint::default()));
    }
}
