//! What a rollout would do: each component's steps, what closes the way, what would take it back.
//!
//! Invariant: a refusal is never left out. Not here: rollouts under way (`picture`).

use tidegate_api::{Outline, OutlineLeg, RollbackTrigger, Step};

use super::number;
use super::piece::{self, Row, wrapped};
use crate::paint::{Paint, Tone};

pub fn text(outline: &Outline, paint: Paint, width: usize) -> String {
    let (release, environment) = (&outline.release, &outline.environment);
    let by = if outline.strategy.is_empty() { String::new() } else { format!(" by {}", outline.strategy) };
    let mut rows = vec![Row::new().plain(format!("{release} to {environment}{by}, if it were started now:"))];
    for leg in &outline.legs {
        rows.push(Row::new());
        rows.extend(one(leg, width));
    }
    if !outline.rollback_when.is_empty() {
        let triggers: Vec<String> = outline.rollback_when.iter().map(trigger).collect();
        rows.push(Row::new());
        rows.extend(paragraph(&format!("Goes back by itself when {}.", triggers.join(", or ")), width));
    }
    rows.push(Row::new());
    let Some(refusal) = &outline.refusal else {
        rows.push(Row::new().add(Tone::Good, "It would start."));
        return piece::text(&rows, paint);
    };
    rows.push(Row::new().add(Tone::Bad, format!("It would be refused ({}).", refusal.code)));
    rows.extend(paragraph(&refusal.detail, width));
    rows.extend(paragraph(&format!("help: {}", refusal.help), width));
    piece::text(&rows, paint)
}

fn one(leg: &OutlineLeg, width: usize) -> Vec<Row> {
    let from = leg.stable.as_ref().map_or_else(|| "nothing".to_owned(), String::clone);
    let runs = if leg.runs { "" } else { ", which has nothing to run yet" };
    let head = Row::new().add(Tone::Strong, &leg.component);
    let head = head.plain(format!(
        ": {from} → {}, {}{runs}",
        leg.candidate,
        number::counted(u64::from(leg.replicas), "replica")
    ));
    let steps: Vec<String> = leg.steps.iter().map(step).collect();
    let mut rows = vec![head];
    let lines = wrapped(&steps.join(" → "), width.saturating_sub(2));
    rows.extend(lines.into_iter().map(|line| Row::new().plain(format!("  {line}"))));
    rows
}

fn step(step: &Step) -> String {
    let person = if step.confirm { ", a person lets it go" } else { "" };
    match step.dwell_seconds {
        0 => format!("{}{person}", step.name),
        seconds => format!("{} for {}{person}", step.name, number::duration(seconds.saturating_mul(1_000))),
    }
}

fn trigger(trigger: &RollbackTrigger) -> String {
    let RollbackTrigger { metric, threshold, duration_seconds } = trigger;
    let time = number::duration(duration_seconds.saturating_mul(1_000));
    if metric == "error_rate" {
        return format!("error_rate is over {} for {time}", number::percent(*threshold));
    }
    format!("{metric} is over {threshold} for {time}")
}

fn paragraph(text: &str, width: usize) -> Vec<Row> {
    wrapped(text, width).into_iter().map(|line| Row::new().plain(line)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::samples;
    use tidegate_api::WouldRefuse;

    fn outline() -> Outline {
        let leg = OutlineLeg {
            component: "api".to_owned(),
            stable: Some("1.0.0".to_owned()),
            candidate: "2.1.0".to_owned(),
            replicas: 2,
            listen: Some("127.0.0.1:8080".to_owned()),
            runs: true,
            steps: [500, 1_500, 10_000].map(samples::step).to_vec(),
        };
        let web = OutlineLeg { component: "web".to_owned(), stable: None, runs: false, ..leg.clone() };
        let ceiling =
            RollbackTrigger { metric: "error_rate".to_owned(), threshold: 0.05, duration_seconds: 60 };
        Outline {
            release: "2.1.0".to_owned(),
            environment: "production".to_owned(),
            strategy: "canary".to_owned(),
            digest: "0f3a".to_owned(),
            legs: vec![leg, web],
            gates: Vec::new(),
            judged: true,
            rollback_when: vec![ceiling],
            refusal: Some(WouldRefuse {
                code: "nothing-to-run".to_owned(),
                detail: "the component `web` has nothing to run yet".to_owned(),
                help: "give `web` a `run:` line".to_owned(),
            }),
        }
    }

    #[test]
    fn an_outline_tells_the_way_and_what_closes_it() {
        insta::assert_snapshot!("outline-refused", text(&outline(), Paint::default(), 72));
        let free = Outline { refusal: None, rollback_when: Vec::new(), ..outline() };
        assert!(text(&free, Paint::default(), 72).ends_with("\n\nIt would start.\n"));
    }
}
