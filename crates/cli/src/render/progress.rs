//! What changed in a rollout between two looks, a line each, and how it ended, in a sentence.
//!
//! Invariant: the same two looks give the same lines; every line stands alone. Not here: looking (`commands::watch`).

use tidegate_api::{JudgementAction, Leg, Rollout, RolloutKind, RolloutState};

use super::piece::printable;
use super::{number, smoke};

/// Everything new, oldest first; all of it where there is no earlier look.
pub fn changes(before: Option<&Rollout>, now: &Rollout) -> Vec<String> {
    let clock = number::clock(now.changed_ms.saturating_sub(now.started_ms));
    let mut lines = Vec::new();
    if before.is_none() {
        let (release, environment, strategy) = (&now.release, &now.environment, &now.strategy);
        lines.push(format!(
            "{} {release} to {environment}, {strategy}, started by {}",
            now.id, now.started_by
        ));
    }
    if now.state == RolloutState::Returning && before.is_none_or(|before| before.state != now.state) {
        lines.push(format!("{clock}  going back to stable{}", because(now)));
    }
    for (index, leg) in now.legs.iter().enumerate() {
        let earlier = before.and_then(|before| before.legs.get(index));
        let goes_back = matches!(now.state, RolloutState::Returning | RolloutState::RolledBack);
        lines.extend(
            leg_changes(earlier, leg, goes_back)
                .into_iter()
                .map(|text| format!("{clock}  {}  {text}", leg.component)),
        );
    }
    let earlier = before.map_or(&[][..], |before| &before.smoke_tests);
    lines.extend(smoke::news(earlier, &now.smoke_tests).into_iter().map(|text| format!("{clock}  {text}")));
    lines.extend(outside(before, now).into_iter().map(|text| format!("{clock}  {text}")));
    lines.into_iter().map(|line| printable(&line)).collect()
}

/// On the way back only what turned it back is still of interest.
fn leg_changes(before: Option<&Leg>, now: &Leg, goes_back: bool) -> Vec<String> {
    let mut lines = Vec::new();
    let place = |leg: &Leg| (leg.step, leg.stage.clone(), leg.weight);
    if before.map(place) != Some(place(now)) {
        let has = now.weight.map_or("nobody answers".to_owned(), |weight| {
            format!("{} on {}", number::share(weight), now.candidate)
        });
        lines.push(format!("step {} of {} ({}): {}, {has}", now.step, now.steps, now.step_name, now.stage));
    }
    let word = |leg: &Leg| leg.judgement.as_ref().map(|judgement| judgement.action);
    let is_news =
        |action| !goes_back || matches!(action, JudgementAction::RollBack | JudgementAction::StepDown);
    let judgement = now.judgement.as_ref().filter(|judgement| is_news(judgement.action));
    if let Some(judgement) = judgement.filter(|_| before.and_then(word) != word(now)) {
        lines.push(format!("analysis: {}{}", action(judgement.action), judgement.explanation));
    }
    if let Some(reason) = now.reason.as_ref().filter(|_| before.map(|leg| &leg.reason) != Some(&now.reason)) {
        lines.push(format!("not ready yet: {reason}"));
    }
    let restarts = before.map_or(0, |leg| leg.restarts);
    if now.restarts > restarts {
        lines.push(format!(
            "{} was restarted {}",
            now.candidate,
            number::counted(u64::from(now.restarts), "time")
        ));
    }
    lines
}

fn action(action: JudgementAction) -> &'static str {
    match action {
        JudgementAction::Continue => "",
        JudgementAction::Stay => "stays at this step: ",
        JudgementAction::Hold => "a person must look: ",
        JudgementAction::RollBack => "rolls back: ",
        JudgementAction::StepDown => "steps down without blame: ",
        JudgementAction::Promote => "enough for all traffic: ",
    }
}

fn outside(before: Option<&Rollout>, now: &Rollout) -> Vec<String> {
    let mut lines = Vec::new();
    let hold = before.and_then(|before| before.hold.as_ref());
    match (&now.hold, hold) {
        (Some(held), earlier) if earlier != Some(held) => {
            lines.push(format!("held by {}: {}", held.by, held.reason));
        }
        (None, Some(_)) => lines.push("goes on".to_owned()),
        (Some(_) | None, _) => {}
    }
    if now.state == RolloutState::Held && before.is_none_or(|before| before.state != now.state) {
        let id = &now.id;
        lines.push(format!(
            "waits for a person: `tidegate rollout resume {id}` or `tidegate rollout abort {id}`"
        ));
    }
    if now.state == RolloutState::Waiting && before.is_none() {
        lines.extend(now.next.as_ref().map(|next| next.what.clone()));
    }
    let fault = before.and_then(|before| before.fault.as_ref());
    match (&now.fault, fault) {
        (Some(text), earlier) if earlier != Some(text) => lines.push(format!("fault: {text}")),
        (None, Some(_)) => lines.push("the fault has passed".to_owned()),
        (Some(_) | None, _) => {}
    }
    if now.alarmed && before.is_none_or(|before| !before.alarmed) {
        lines.push("a person should look: it cannot be brought to its end".to_owned());
    }
    lines
}

fn because(rollout: &Rollout) -> String {
    rollout.cause.as_ref().map(|cause| format!(": {cause}")).unwrap_or_default()
}

/// How it ended, for people; none while it goes on.
pub fn ending(rollout: &Rollout) -> Option<String> {
    let (release, environment) = (&rollout.release, &rollout.environment);
    let took = number::duration(rollout.changed_ms.saturating_sub(rollout.started_ms));
    let sentence = match rollout.state {
        RolloutState::Waiting | RolloutState::Advancing | RolloutState::Held | RolloutState::Returning => {
            return None;
        }
        RolloutState::Succeeded if rollout.kind == RolloutKind::Rollback => {
            format!("{environment} is back on {} after {took}.", candidates(rollout))
        }
        RolloutState::Succeeded => format!("{release} is live in {environment} after {took}."),
        RolloutState::RolledBack => {
            format!(
                "{release} was rolled back from {environment} after {took}{}. {}.",
                because(rollout),
                serves(rollout)
            )
        }
        RolloutState::Cancelled => {
            format!("{release} never reached {environment}{}. Nothing was changed.", because(rollout))
        }
    };
    Some(printable(&sentence))
}

fn candidates(rollout: &Rollout) -> String {
    let names = rollout.legs.iter().map(|leg| format!("{} {}", leg.component, leg.candidate));
    names.collect::<Vec<_>>().join(", ")
}

fn serves(rollout: &Rollout) -> String {
    let stable = |leg: &Leg| leg.stable.as_ref().map(|version| format!("{} {version}", leg.component));
    let names: Vec<String> = rollout.legs.iter().filter_map(stable).collect();
    match names.len() {
        0 => "Nothing stood there before, so nothing serves there now".to_owned(),
        1 => format!("{} serves all requests", names[0]),
        _ => format!("{} serve all requests", names.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use tidegate_api::{Hold, Next};

    use super::*;
    use crate::render::samples::rollout;

    fn story(looks: &[Rollout]) -> String {
        let mut lines = Vec::new();
        for (index, now) in looks.iter().enumerate() {
            lines.extend(changes(index.checked_sub(1).map(|earlier| &looks[earlier]), now));
            lines.extend(ending(now));
        }
        lines.join("\n")
    }

    #[test]
    fn a_bad_release_comes_back() {
        let first = rollout();
        let same = rollout();
        let mut back = rollout();
        back.state = RolloutState::Returning;
        back.changed_ms += 5_000;
        back.cause =
            Some("errors 5.2 % against 0.1 %, evidence 412 : 1 after 9 s and 231 requests".to_owned());
        back.legs[0].stage = "returning traffic".to_owned();
        if let Some(judgement) = &mut back.legs[0].judgement {
            judgement.action = JudgementAction::RollBack;
            judgement.explanation = "errors 5.2 % against 0.1 %".to_owned();
        }
        let mut done = back.clone();
        done.state = RolloutState::RolledBack;
        done.changed_ms += 1_000;
        done.legs[0].weight = Some(0);
        done.legs[0].stage = "returned".to_owned();
        insta::assert_snapshot!(story(&[first, same, back, done]));
    }

    #[test]
    fn holds_and_faults_come_and_go() {
        let first = rollout();
        let mut held = rollout();
        held.state = RolloutState::Held;
        held.hold = Some(Hold { by: "ann".to_owned(), reason: "lunch".to_owned() });
        held.fault = Some("the gateway does not answer".to_owned());
        held.alarmed = true;
        held.legs[0].restarts = 2;
        held.legs[0].reason = Some("exited with status 1".to_owned());
        let mut done = rollout();
        done.state = RolloutState::Succeeded;
        done.legs[0].restarts = 2;
        insta::assert_snapshot!(story(&[first, held, done]));
    }

    #[test]
    fn endings() {
        let end = |state, kind, stable: Option<&str>| {
            let mut given = Rollout { state, kind, ..rollout() };
            given.legs[0].stable = stable.map(str::to_owned);
            given.cause = (state != RolloutState::Succeeded).then(|| "aborted by ann".to_owned());
            given.next = Some(Next { what: String::new(), in_ms: 0 });
            ending(&given).unwrap_or_default()
        };
        let table = [
            end(RolloutState::Succeeded, RolloutKind::Release, Some("1.0.0")),
            end(RolloutState::Succeeded, RolloutKind::Rollback, Some("1.0.0")),
            end(RolloutState::RolledBack, RolloutKind::Hotfix, None),
            end(RolloutState::Cancelled, RolloutKind::Release, Some("1.0.0")),
            end(RolloutState::Held, RolloutKind::Release, None),
        ];
        insta::assert_snapshot!(table.join("\n"));
    }
}
