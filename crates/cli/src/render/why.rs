//! Why releases stand where they stand: a line for each environment, and under it what moves it.
//!
//! Invariant: a command stands whole, however long: it is there to be copied.

use tidegate_api::{Stands, Why};

use super::number;
use super::piece::{self, Row, wrapped};
use crate::paint::{Paint, Tone};

fn word(stands: Stands) -> (Tone, &'static str) {
    match stands {
        Stands::Live => (Tone::Good, "live"),
        Stands::Verified => (Tone::Good, "verified"),
        Stands::UnderWay => (Tone::Candidate, "under way"),
        Stands::Held => (Tone::Warning, "held"),
        Stands::Returning => (Tone::Warning, "going back"),
        Stands::NotInPipeline => (Tone::Quiet, "not on its way"),
        Stands::NotYet => (Tone::Quiet, "not yet"),
        Stands::Barred => (Tone::Bad, "barred"),
        Stands::SecretMissing => (Tone::Bad, "secret missing"),
        Stands::GatesClosed => (Tone::Bad, "gate closed"),
        Stands::Busy => (Tone::Warning, "busy"),
        Stands::Ready => (Tone::Plain, "ready"),
    }
}

pub fn list(answers: &[Why], paint: Paint, width: usize) -> String {
    if answers.is_empty() {
        let hint = "No releases. Create one with `tidegate release create VERSION --component NAME=PATH`.";
        return piece::text(&[Row::new().plain(hint)], paint);
    }
    let mut rows = Vec::new();
    let mut release = "";
    for answer in answers {
        if answer.release != release {
            rows.extend((!release.is_empty()).then(Row::new));
            rows.push(Row::new().add(Tone::Strong, &answer.release));
            release = &answer.release;
        }
        rows.extend(one(answer, width));
    }
    piece::text(&rows, paint)
}

fn one(answer: &Why, width: usize) -> Vec<Row> {
    let (tone, word) = word(answer.stands);
    let mut rows = vec![Row::new().plain(format!("  {}: ", answer.environment)).add(tone, word)];
    let lines = wrapped(&answer.why, width.saturating_sub(4));
    rows.extend(lines.into_iter().map(|line| Row::new().plain(format!("    {line}"))));
    if let Some(opens) = answer.opens_ms {
        rows.push(Row::new().plain(format!("    moves by itself: {}", number::time(opens))));
    }
    if !answer.command.is_empty() {
        rows.push(Row::new().plain("    ").add(Tone::Strong, &answer.command));
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::samples::STARTED_MS;

    #[test]
    fn each_environment_is_told() {
        let answer = |environment: &str, stands, why: &str, command: &str| Why {
            release: "2.1.0".to_owned(),
            environment: environment.to_owned(),
            stands,
            why: why.to_owned(),
            command: command.to_owned(),
            rollout: None,
            opens_ms: None,
            gates: Vec::new(),
        };
        let gate = Why {
            opens_ms: Some(STARTED_MS),
            ..answer(
                "production",
                Stands::GatesClosed,
                "the gate `freeze` is closed: the freeze `year-end` holds: the accounts are being closed (opened by time, or a release manager)",
                "tidegate override 2.1.0 --to production --name year-end --reason \"…\"",
            )
        };
        let all = [
            answer("development", Stands::Live, "verified, and it serves", ""),
            answer(
                "staging",
                Stands::Held,
                "at step 2 of 5 (25 %), held by bo: lunch",
                "tidegate rollout resume rol_7",
            ),
            gate,
            Why {
                release: "2.2.0".to_owned(),
                ..answer(
                    "staging",
                    Stands::Ready,
                    "nothing keeps it: somebody has to send it",
                    "tidegate promote 2.2.0 --to staging",
                )
            },
        ];
        insta::assert_snapshot!("why", list(&all, Paint::default(), 70));
        assert!(list(&[], Paint::default(), 80).contains("release create"));
    }
}
