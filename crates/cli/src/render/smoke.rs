//! Smoke tests of a rollout, in the order in which they are asked.
//!
//! Invariant: one that did not pass says what was expected, what was seen and what it wrote. Not here: asking for them.

use tidegate_api::{SmokeBrief, SmokePhase, SmokeState, SmokeTest};

use super::number;
use super::piece::{self, Row, printable};
use crate::paint::{Paint, Tone};

/// With `outputs`, also what passing ones wrote; of a rollout that is `over`, nothing waits any more.
pub fn text(tests: &[SmokeTest], (outputs, over): (bool, bool), paint: Paint) -> String {
    if tests.is_empty() {
        return "no smoke tests: give a component `smoke:` in tidegate.yaml\n".to_owned();
    }
    piece::text(&tests.iter().flat_map(|test| one(test, outputs, over)).collect::<Vec<_>>(), paint)
}

fn one(test: &SmokeTest, outputs: bool, over: bool) -> Vec<Row> {
    let (tone, state) =
        if over && test.state == SmokeState::Waiting { (Tone::Quiet, "unasked") } else { state(test.state) };
    let took = match (test.attempts, test.took_ms) {
        (Some(attempts), Some(ms)) => {
            format!("  {} ms, {}", number::grouped(ms), number::counted(u64::from(attempts), "attempt"))
        }
        _ => String::new(),
    };
    let mut rows = vec![
        Row::new()
            .add(tone, format!("{state:<8}"))
            .plain("  ")
            .add(Tone::Strong, &test.name)
            .plain(format!(" of {}, {}", test.component, phase(test.phase)))
            .add(Tone::Quiet, took),
    ];
    rows.push(Row::new().add(Tone::Quiet, format!("          {}", printable(&test.asks))));
    let missed = matches!(test.state, SmokeState::Failed | SmokeState::Faulted);
    if missed {
        rows.push(Row::new().plain(format!("          expected {}", printable(&test.expected))));
        let seen = test.seen.as_deref().unwrap_or_default();
        rows.push(Row::new().plain(format!("          saw {}", printable(seen))));
    }
    let output = test.output.as_deref().filter(|_| missed || outputs).unwrap_or_default();
    rows.extend(
        output.lines().map(|line| Row::new().add(Tone::Quiet, format!("          | {}", printable(line)))),
    );
    rows
}

fn state(state: SmokeState) -> (Tone, &'static str) {
    match state {
        SmokeState::Waiting => (Tone::Quiet, "waiting"),
        SmokeState::Running => (Tone::Candidate, "running"),
        SmokeState::Passed => (Tone::Good, "passed"),
        SmokeState::Failed => (Tone::Bad, "failed"),
        SmokeState::Faulted => (Tone::Bad, "faulted"),
    }
}

fn phase(phase: SmokePhase) -> &'static str {
    match phase {
        SmokePhase::Expand => "on its database before anything runs",
        SmokePhase::BeforeTraffic => "before traffic",
        SmokePhase::WithAllTraffic => "with all traffic",
        SmokePhase::Contracted => "looking whether anything is left to contract",
        SmokePhase::Contract => "on its database once nothing else runs",
    }
}

/// In a line, for one component: `1 of 2 passed before traffic; can-buy runs`.
pub fn summary(tests: &[SmokeBrief], component: &str) -> Option<String> {
    let of = |when: SmokePhase| {
        let tests = tests.iter().filter(|test| test.component == component && test.phase == when);
        let tests: Vec<&SmokeBrief> = tests.collect();
        let passed = tests.iter().filter(|test| test.state == SmokeState::Passed).count();
        let others = tests.iter().filter_map(|test| match test.state {
            SmokeState::Waiting | SmokeState::Passed => None,
            SmokeState::Running => Some(format!("{} is asked", test.name)),
            SmokeState::Failed => Some(format!("{} failed", test.name)),
            SmokeState::Faulted => Some(format!("{} could not be asked", test.name)),
        });
        let begun = tests.iter().any(|test| test.state != SmokeState::Waiting);
        let count = format!("{passed} of {} passed {}", tests.len(), phase(when));
        begun.then(|| std::iter::once(count).chain(others).collect::<Vec<_>>().join(", "))
    };
    let step = |when: SmokePhase, words: [&str; 3]| {
        let mut steps = tests.iter().filter(|test| test.component == component && test.phase == when);
        let [running, passed, failed] = words;
        steps.find_map(|step| match step.state {
            SmokeState::Waiting => None,
            SmokeState::Running => Some(running.to_owned()),
            SmokeState::Passed => Some(passed.to_owned()),
            SmokeState::Failed | SmokeState::Faulted => Some(failed.to_owned()),
        })
    };
    let expand = step(
        SmokePhase::Expand,
        ["its database is being expanded", "database expanded", "its database could not be expanded"],
    );
    let contract = step(
        SmokePhase::Contract,
        ["its database is being contracted", "database contracted", "its database could not be contracted"],
    );
    let tested = [SmokePhase::BeforeTraffic, SmokePhase::WithAllTraffic].into_iter().filter_map(of);
    let parts: Vec<String> = expand.into_iter().chain(tested).chain(contract).collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// What became of tests between two looks, a line each.
pub fn news(before: &[SmokeBrief], now: &[SmokeBrief]) -> Vec<String> {
    let known = |test: &SmokeBrief| {
        before.iter().any(|earlier| {
            (&earlier.component, &earlier.name, earlier.phase, earlier.state)
                == (&test.component, &test.name, test.phase, test.state)
        })
    };
    let ended = |test: &&SmokeBrief| !matches!(test.state, SmokeState::Waiting | SmokeState::Running);
    let line = |test: &SmokeBrief| {
        let seen = test.seen.as_ref().map(|seen| format!(": {seen}")).unwrap_or_default();
        let (_, state) = state(test.state);
        let what = match test.phase {
            SmokePhase::BeforeTraffic | SmokePhase::WithAllTraffic => "smoke test",
            SmokePhase::Expand | SmokePhase::Contracted | SmokePhase::Contract => "database step",
        };
        format!("{}  {what} {} {state} {}{seen}", test.component, test.name, phase(test.phase))
    };
    now.iter().filter(ended).filter(|test| !known(test)).map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn brief(name: &str, phase: SmokePhase, state: SmokeState) -> SmokeBrief {
        let seen = (state == SmokeState::Failed).then(|| "exit status 1: no cart".to_owned());
        SmokeBrief { component: "api".to_owned(), name: name.to_owned(), phase, state, seen }
    }

    fn test(name: &str, phase: SmokePhase, state: SmokeState) -> SmokeTest {
        let asked = !matches!(state, SmokeState::Waiting | SmokeState::Running);
        SmokeTest {
            component: "api".to_owned(),
            name: name.to_owned(),
            phase,
            state,
            asks: "./smoke/buy --fast".to_owned(),
            expected: "exit status 0".to_owned(),
            timeout_ms: 5_000,
            retries: 1,
            attempts: asked.then_some(2),
            took_ms: asked.then_some(1_204),
            seen: asked.then(|| "exit status 1: no cart".to_owned()),
            output: asked.then(|| "asking 127.0.0.1:4000\nno cart\n".to_owned()),
            output_digest: asked.then(|| "00ff".to_owned()),
        }
    }

    #[test]
    fn tests_with_what_they_wrote() {
        use SmokePhase::{BeforeTraffic, WithAllTraffic};
        let tests = [
            test("answers", BeforeTraffic, SmokeState::Passed),
            test("can-buy", BeforeTraffic, SmokeState::Failed),
            test("answers", WithAllTraffic, SmokeState::Running),
            test("can-buy", WithAllTraffic, SmokeState::Waiting),
        ];
        insta::assert_snapshot!(text(&tests, (false, false), Paint::default()));
        assert_eq!(text(&tests, (true, false), Paint::default()).matches("| no cart").count(), 2);
        assert!(text(&[], (false, false), Paint::default()).starts_with("no smoke tests"));
        let over = text(&tests, (false, true), Paint::default());
        assert!(over.contains("unasked   can-buy") && !over.contains("waiting"), "{over}");
    }

    #[test]
    fn a_line_for_all_and_one_for_what_is_new() {
        use SmokePhase::{BeforeTraffic, WithAllTraffic};
        let waits = [
            brief("answers", BeforeTraffic, SmokeState::Running),
            brief("can-buy", BeforeTraffic, SmokeState::Waiting),
            brief("answers", WithAllTraffic, SmokeState::Waiting),
        ];
        assert_eq!(summary(&waits, "api").unwrap(), "0 of 2 passed before traffic, answers is asked");
        assert_eq!(summary(&waits[1..], "api"), None);
        let later = [
            brief("answers", BeforeTraffic, SmokeState::Passed),
            brief("can-buy", BeforeTraffic, SmokeState::Failed),
            waits[2].clone(),
        ];
        let told = [
            "api  smoke test answers passed before traffic",
            "api  smoke test can-buy failed before traffic: exit status 1: no cart",
        ];
        assert_eq!(news(&waits, &later), told);
        assert_eq!(news(&later, &later), Vec::<String>::new());
        assert_eq!(summary(&later, "api").unwrap(), "1 of 2 passed before traffic, can-buy failed");
    }
}
