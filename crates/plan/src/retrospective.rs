//! The document of a retrospective: filled from the record, edited by people, its actions carried into the next plan.
//!
//! Invariant: what is rendered says nothing that was not given. Deliberately not here: collecting the record.

mod words;

use std::collections::BTreeSet;
use std::fmt::Write;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::document::{Action, FEW_MAX, Kind, Plan};
use crate::markdown::escaped;
use crate::zone::zone;

pub use words::{Words, check_words};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retrospective {
    pub release: String,
    pub kind: Kind,
    /// Times are told in it; UTC where it is not known.
    pub zone: String,
    #[serde(default)]
    pub summary: String,
    #[serde(default)]
    pub timeline: Vec<Event>,
    #[serde(default)]
    pub waits: Vec<Wait>,
    #[serde(default)]
    pub rollbacks: Vec<Rollback>,
    #[serde(default)]
    pub incidents: Vec<Incident>,
    #[serde(default)]
    pub measures: Vec<Compared>,
    /// The releases that its measures are compared with, the newest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub compared_with: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feedback: Option<Heard>,
    #[serde(default)]
    pub went_well: Vec<String>,
    #[serde(default)]
    pub to_improve: Vec<String>,
    #[serde(default)]
    pub actions: Vec<Action>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    pub at_ms: u64,
    pub what: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub who: Option<String>,
    /// Where it happened, if it happened somewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollout: Option<String>,
}

/// What users said of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Heard {
    pub count: u64,
    /// Of ratings from 1 (bad) to 5 (good).
    pub average: Option<f64>,
}

/// How long the release stood before a gate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wait {
    pub gate: String,
    pub environment: String,
    pub waited_ms: u64,
    /// Still closed when this was written.
    #[serde(default)]
    pub open: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rollback {
    pub at_ms: u64,
    pub environment: String,
    pub why: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub took_ms: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Incident {
    pub at_ms: u64,
    pub what: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved_ms: Option<u64>,
}

/// A measure of this release beside those before it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Compared {
    pub measure: String,
    pub unit: String,
    pub this: Option<f64>,
    /// Of the last five releases at most, the newest first; none where there was nothing to measure.
    pub before: Vec<Option<f64>>,
}

/// How many releases a measure is compared with.
pub const COMPARED: usize = 5;
/// Lines of a part of the document.
pub const LINES_MAX: usize = 1_000;

pub fn render(retrospective: &Retrospective) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "# Retrospective of {}\n", escaped(&retrospective.release));
    let _ = writeln!(
        out,
        "A {} release. Times are in {}.\n",
        retrospective.kind.word(),
        escaped(&retrospective.zone)
    );
    if !retrospective.summary.is_empty() {
        let _ = writeln!(out, "{}\n", escaped(&retrospective.summary));
    }
    let at = |at_ms: u64| clock(at_ms, &retrospective.zone);
    part(&mut out, "Timeline", &retrospective.timeline, |event| {
        let who = event.who.as_ref().map_or_else(String::new, |who| format!(" ({})", escaped(who)));
        format!("{}: {}{who}", at(event.at_ms), escaped(&event.what))
    });
    let mut waits: Vec<&Wait> = retrospective.waits.iter().collect();
    waits.sort_by(|one, other| other.waited_ms.cmp(&one.waited_ms).then_with(|| one.gate.cmp(&other.gate)));
    part(&mut out, "Waits by gate", &waits, |wait| {
        let open = if wait.open { ", and it is still closed" } else { "" };
        let (gate, environment) = (escaped(&wait.gate), escaped(&wait.environment));
        format!("{gate} before {environment}: {}{open}", span(wait.waited_ms))
    });
    part(&mut out, "Rollbacks", &retrospective.rollbacks, |rollback| {
        let took = rollback.took_ms.map_or_else(String::new, |took| format!(", back after {}", span(took)));
        let (environment, why) = (escaped(&rollback.environment), escaped(&rollback.why));
        format!("{} in {environment}: {why}{took}", at(rollback.at_ms))
    });
    part(&mut out, "Incidents", &retrospective.incidents, |incident| {
        let lasted = incident.resolved_ms.map(|resolved| span(resolved.saturating_sub(incident.at_ms)));
        let end =
            lasted.map_or_else(|| "not resolved yet".to_owned(), |lasted| format!("resolved after {lasted}"));
        format!("{}: {}, {end}", at(incident.at_ms), escaped(&incident.what))
    });
    measures(&mut out, &retrospective.measures);
    if let Some(heard) = &retrospective.feedback {
        let mean = heard.average.map_or_else(String::new, |mean| format!(", {mean:.2} of 5 on average"));
        let _ = writeln!(out, "## Feedback\n\n{} answers of users{mean}.\n", heard.count);
    }
    part(&mut out, "What went well", &retrospective.went_well, |line| escaped(line));
    part(&mut out, "What to improve", &retrospective.to_improve, |line| escaped(line));
    part(&mut out, "Actions", &retrospective.actions, |action| {
        let done = if action.done { "x" } else { " " };
        let owner = action.owner.as_ref().map_or_else(String::new, |owner| format!(", {}", escaped(owner)));
        let due = action.due.map_or_else(String::new, |due| format!(", by {due}"));
        format!("[{done}] {}{owner}{due}", escaped(&action.text))
    });
    out
}

fn part<T>(out: &mut String, heading: &str, entries: &[T], line: impl Fn(&T) -> String) {
    let _ = writeln!(out, "## {heading}\n");
    if entries.is_empty() {
        let _ = writeln!(out, "None.\n");
        return;
    }
    for entry in entries.iter().take(LINES_MAX) {
        let _ = writeln!(out, "- {}", line(entry));
    }
    if entries.len() > LINES_MAX {
        let _ = writeln!(out, "- and {} more", entries.len() - LINES_MAX);
    }
    out.push('\n');
}

fn measures(out: &mut String, measures: &[Compared]) {
    let _ = writeln!(out, "## Measures\n");
    if measures.is_empty() {
        let _ = writeln!(out, "None.\n");
        return;
    }
    let _ = writeln!(
        out,
        "| Measure | This release | Mean of the last {COMPARED} | Those before, newest first |"
    );
    let _ = writeln!(out, "|---|---|---|---|");
    let figure = |value: Option<f64>| {
        value
            .filter(|value| value.is_finite())
            .map_or_else(|| "none".to_owned(), |value| format!("{value:.2}"))
    };
    for measure in measures {
        let before: Vec<Option<f64>> = measure.before.iter().take(COMPARED).copied().collect();
        let known: Vec<f64> = before.iter().copied().flatten().filter(|value| value.is_finite()).collect();
        let mean = (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64);
        let each: Vec<String> = before.iter().map(|value| figure(*value)).collect();
        let (name, unit) = (escaped(&measure.measure), escaped(&measure.unit));
        let (this, mean, each) = (figure(measure.this), figure(mean), each.join(", "));
        let _ = writeln!(out, "| {name} ({unit}) | {this} | {mean} | {each} |");
    }
    out.push('\n');
}

fn clock(at_ms: u64, zone_name: &str) -> String {
    let at = i64::try_from(at_ms).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok());
    let zone = zone(zone_name).unwrap_or(jiff::tz::TimeZone::UTC);
    at.map_or_else(
        || "at no time".to_owned(),
        |at| zone.to_datetime(at).strftime("%Y-%m-%d %H:%M").to_string(),
    )
}

/// The two largest units that are not nothing.
fn span(ms: u64) -> String {
    let seconds = ms / 1_000;
    let units = [
        ("d", seconds / 86_400),
        ("h", seconds / 3_600 % 24),
        ("min", seconds / 60 % 60),
        ("s", seconds % 60),
    ];
    let first = units.iter().position(|(_, amount)| *amount > 0).unwrap_or(units.len() - 1);
    let shown = units.iter().skip(first).take(2).filter(|(_, amount)| *amount > 0);
    let told: Vec<String> = shown.map(|(unit, amount)| format!("{amount} {unit}")).collect();
    if told.is_empty() { "0 s".to_owned() } else { told.join(" ") }
}

/// Brings what is not done into the next plan: each action once, with the release it comes from, whatever is asked again. How many
/// were new.
pub fn carry(retrospective: &Retrospective, plan: &mut Plan) -> usize {
    let mut carried = 0;
    let mut ids: BTreeSet<String> = plan.actions.iter().map(|action| action.id.clone()).collect();
    for action in retrospective.actions.iter().filter(|action| !action.done) {
        let from = action.from.clone().unwrap_or_else(|| retrospective.release.clone());
        let same = |known: &Action| known.text == action.text && known.from.as_ref() == Some(&from);
        if plan.actions.iter().any(same) || plan.actions.len() >= FEW_MAX {
            continue;
        }
        let numbered = (2_u32..).map(|number| format!("{}-{number}", action.id));
        let id = std::iter::once(action.id.clone()).chain(numbered).find(|id| !ids.contains(id));
        let id = id.unwrap_or_default();
        ids.insert(id.clone());
        plan.actions.push(Action { id, from: Some(from), ..action.clone() });
        carried += 1;
    }
    carried
}
