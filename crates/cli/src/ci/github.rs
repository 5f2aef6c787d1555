//! GitHub's workflow commands and the summary of a job.
//!
//! Invariant: no text from outside can begin a command of its own: what ends a line or a property is escaped as
//! GitHub's own toolkit does it (actions/toolkit, packages/core/src/command.ts).

use tidegate_api::RolloutState;

use super::{StepEnd, Story, steps};
use crate::render::piece::printable;

/// One line each.
pub fn annotations(story: &Story) -> Vec<String> {
    let title = story.title();
    if story.went_well() {
        let rollouts = story.rollouts.iter().filter(|rollout| rollout.state == RolloutState::Succeeded);
        let told = rollouts.map(|rollout| format!("{} is live in {}", rollout.release, rollout.environment));
        return told.map(|text| command("notice", &title, &text)).collect();
    }
    let mut lines = Vec::new();
    if let Some(saying) = &story.failure {
        let text = format!("{} ({})\nhelp: {}", saying.detail, saying.code, saying.help);
        lines.push(command("error", &title, &text));
    }
    for gate in story.gates.iter().filter(|gate| !gate.open && story.rollouts.is_empty()) {
        let text = format!("{}\n{}", gate.why, gate.command);
        lines.push(command("error", &format!("{title}: gate {}", gate.name), &text));
    }
    for rollout in &story.rollouts {
        for (component, step, end) in steps(rollout) {
            if let StepEnd::Failed(why) = end {
                lines.push(command("error", &format!("{title}: {component} at {step}"), &why));
            }
        }
    }
    lines
}

fn command(kind: &str, title: &str, text: &str) -> String {
    let text = text.lines().map(printable).collect::<Vec<_>>().join("\n");
    let data = text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    let property = title.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    let property = property.replace(':', "%3A").replace(',', "%2C");
    format!("::{kind} title={property}::{data}")
}

/// Markdown for the page of the job.
pub fn summary(story: &Story) -> String {
    let mark = if story.went_well() { "✅" } else { "❌" };
    let mut lines = vec![format!("### {mark} {}\n", cell(&story.title()))];
    if let Some(saying) = &story.failure {
        lines.push(format!("{} (`{}`)\n\n{}\n", cell(&saying.detail), saying.code, cell(&saying.help)));
    }
    if !story.gates.is_empty() {
        lines.push("| gate | kind | is | because |\n|---|---|---|---|".to_owned());
        for gate in &story.gates {
            let is = if gate.open { "open" } else { "**closed**" };
            let (name, kind, why) = (cell(&gate.name), cell(&gate.kind), cell(&gate.why));
            lines.push(format!("| {name} | {kind} | {is} | {why} |"));
        }
        lines.push(String::new());
    }
    for rollout in &story.rollouts {
        lines.push(format!("`{}`\n\n| component | step | |\n|---|---|---|", rollout.id));
        for (component, step, end) in steps(rollout) {
            let end = match end {
                StepEnd::Passed => "done".to_owned(),
                StepEnd::Failed(why) => format!("**{}**", cell(&why)),
                StepEnd::NotReached => "not reached".to_owned(),
            };
            lines.push(format!("| {} | {} | {end} |", cell(&component), cell(&step)));
        }
        lines.push(String::new());
    }
    lines.join("\n") + "\n"
}

/// A text that stays in its cell, and is no HTML.
fn cell(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('|', "\\|");
    text.lines().map(printable).collect::<Vec<_>>().join(" ")
}
