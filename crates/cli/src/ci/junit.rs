//! A deployment as JUnit XML: each gate and each step is a test case, so that a build server shows which one failed.
//!
//! Invariant: well-formed whatever the texts hold; what XML cannot say becomes a mark (XML 1.0, production 2). The form
//! is the one that GitLab, Jenkins and GitHub's report actions read: testsuites, testsuite, testcase, failure, skipped.

use tidegate_api::Gate;

use super::{StepEnd, Story, steps};
use crate::ending::Ending;

pub fn report(story: &Story) -> String {
    let mut cases: Vec<Case> = story.gates.iter().map(gate).collect();
    for rollout in &story.rollouts {
        let milliseconds = rollout.changed_ms.saturating_sub(rollout.started_ms);
        for (component, step, end) in steps(rollout) {
            let group = format!("rollout.{}.{component}", rollout.environment);
            cases.push(Case { group, name: step, result: end.into(), milliseconds: 0 });
        }
        if let Some(last) = cases.last_mut() {
            // Steps have no clock of their own; the whole stands at the end.
            last.milliseconds = milliseconds;
        }
    }
    // A refusal by gates stands at the gates; without one that failed it needs a case of its own.
    let failed = cases.iter().any(|case| matches!(case.result, Outcome::Failed { .. }));
    if let Some(saying) = story.failure.as_ref().filter(|_| !failed || story.rollouts.is_empty()) {
        let (message, help) = (format!("{} ({})", saying.detail, saying.code), saying.help.clone());
        let result = if saying.ending == Ending::Fault {
            Outcome::Errored { message, help }
        } else {
            Outcome::Failed { message, help }
        };
        let group = format!("deployment.{}", story.environment);
        cases.push(Case { group, name: "start".to_owned(), result, milliseconds: 0 });
    }
    document(&story.title(), &cases)
}

struct Case {
    group: String,
    name: String,
    result: Outcome,
    milliseconds: u64,
}

enum Outcome {
    Passed,
    Failed { message: String, help: String },
    Errored { message: String, help: String },
    Skipped,
}

impl From<StepEnd> for Outcome {
    fn from(end: StepEnd) -> Self {
        match end {
            StepEnd::Passed => Self::Passed,
            StepEnd::Failed(message) => Self::Failed { message, help: String::new() },
            StepEnd::NotReached => Self::Skipped,
        }
    }
}

fn gate(gate: &Gate) -> Case {
    let opened = if gate.who.is_empty() { String::new() } else { format!("opened by {}: ", gate.who) };
    let result = if gate.open {
        Outcome::Passed
    } else {
        Outcome::Failed { message: gate.why.clone(), help: format!("{opened}{}", gate.command) }
    };
    Case { group: format!("gates.{}", gate.kind), name: gate.name.clone(), result, milliseconds: 0 }
}

fn document(title: &str, cases: &[Case]) -> String {
    let count = |is: fn(&Outcome) -> bool| cases.iter().filter(|case| is(&case.result)).count();
    let failures = count(|result| matches!(result, Outcome::Failed { .. }));
    let errors = count(|result| matches!(result, Outcome::Errored { .. }));
    let skipped = count(|result| matches!(result, Outcome::Skipped));
    let total = cases.len();
    let seconds = seconds(cases.iter().map(|case| case.milliseconds).sum());
    let counted = format!(
        "tests=\"{total}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{skipped}\" time=\"{seconds}\""
    );
    let body: String = cases.iter().map(one).collect();
    let name = escaped(title);
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"tidegate\" {counted}>\n  <testsuite name=\"{name}\" \
         {counted}>\n{body}  </testsuite>\n</testsuites>\n"
    )
}

fn one(case: &Case) -> String {
    let Case { group, name, result, milliseconds } = case;
    let head = format!(
        "    <testcase classname=\"tidegate.{}\" name=\"{}\" time=\"{}\"",
        escaped(group),
        escaped(name),
        seconds(*milliseconds)
    );
    let told = |kind: &str, message: &str, help: &str| {
        let (message, help) = (escaped(message), escaped(help));
        format!("{head}>\n      <{kind} message=\"{message}\">{help}</{kind}>\n    </testcase>\n")
    };
    match result {
        Outcome::Passed => format!("{head}/>\n"),
        Outcome::Skipped => format!("{head}>\n      <skipped/>\n    </testcase>\n"),
        Outcome::Failed { message, help } => told("failure", message, help),
        Outcome::Errored { message, help } => told("error", message, help),
    }
}

fn seconds(milliseconds: u64) -> String {
    format!("{}.{:03}", milliseconds / 1_000, milliseconds % 1_000)
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&apos;"),
            // A bare line end in an attribute would become a blank.
            '\n' | '\r' | '\t' => safe.push(' '),
            '\u{20}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..='\u{10FFFF}' => {
                safe.push(character);
            }
            _ => safe.push('\u{FFFD}'),
        }
    }
    safe
}
