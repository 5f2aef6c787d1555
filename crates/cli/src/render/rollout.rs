//! Rollouts in a list, and the words for their states.
//!
//! Invariant: the words are those of the API. Not here: one rollout as a picture (`picture`), its changes (`progress`).

use tidegate_api::{Rollout, RolloutState};

use super::number;
use super::piece::{self, Row};
use super::table::Table;
use crate::paint::{Paint, Tone};

pub fn state_word(state: RolloutState) -> &'static str {
    match state {
        RolloutState::Waiting => "waiting",
        RolloutState::Advancing => "advancing",
        RolloutState::Held => "held",
        RolloutState::Returning => "returning",
        RolloutState::Succeeded => "succeeded",
        RolloutState::RolledBack => "rolled-back",
        RolloutState::Cancelled => "cancelled",
    }
}

pub fn state_tone(state: RolloutState) -> Tone {
    match state {
        RolloutState::Waiting | RolloutState::Cancelled => Tone::Quiet,
        RolloutState::Advancing => Tone::Candidate,
        RolloutState::Held => Tone::Warning,
        RolloutState::Returning | RolloutState::RolledBack => Tone::Bad,
        RolloutState::Succeeded => Tone::Good,
    }
}

pub fn list(rollouts: &[Rollout], paint: Paint, width: Option<usize>) -> String {
    if rollouts.is_empty() {
        let hint = "No rollouts. Start one with `tidegate deploy VERSION --to ENVIRONMENT`.";
        return piece::text(&[Row::new().plain(hint)], paint);
    }
    let mut table = Table::new(&["id", "release", "environment", "state", "step"]);
    for rollout in rollouts {
        table.row(vec![
            (Tone::Plain, rollout.id.clone()),
            (Tone::Strong, rollout.release.clone()),
            (Tone::Plain, rollout.environment.clone()),
            (state_tone(rollout.state), state_word(rollout.state).to_owned()),
            (Tone::Plain, step(rollout)),
        ]);
    }
    piece::text(&table.rows(width), paint)
}

/// Where it is, or how it ended.
fn step(rollout: &Rollout) -> String {
    if let Some(cause) = &rollout.cause {
        return cause.clone();
    }
    let took = number::duration(rollout.changed_ms.saturating_sub(rollout.started_ms));
    let leg = rollout.legs.iter().find(|leg| leg.component == rollout.component);
    match (rollout.state.is_final(), leg) {
        (true, _) | (_, None) => format!("after {took}"),
        (false, Some(leg)) => {
            format!("{} {} of {} ({}), {}", leg.component, leg.step, leg.steps, leg.step_name, leg.stage)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::samples::rollout;

    #[test]
    fn lists() {
        let mut back = rollout();
        back.state = RolloutState::RolledBack;
        back.cause =
            Some("errors 5.2 % against 0.1 %, evidence 412 : 1 after 9 s and 231 requests".to_owned());
        let mut done = rollout();
        done.state = RolloutState::Succeeded;
        let rollouts = [rollout(), back, done];
        insta::assert_snapshot!(list(&rollouts, Paint::default(), Some(80)));
        assert!(list(&rollouts, Paint::default(), None).contains("231 requests"), "piped, nothing is cut");
        insta::assert_snapshot!(list(&[], Paint::default(), None), @"No rollouts. Start one with `tidegate deploy VERSION --to ENVIRONMENT`.");
    }
}
