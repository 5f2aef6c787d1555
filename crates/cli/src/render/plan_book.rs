//! Templates of plans, whose turn it is, what is still to be done, and a plan's past.
//!
//! Invariant: whoever reads what changed reads who changed it, where that is known. Not here: the forms for programs.

use serde_json::Value;
use tidegate_api::{
    PlanDifference, PlanHistoryEntry, PlanOpenAction, PlanProgress, PlanRotation, PlanTemplate,
    PlanTemplateApplied, PlanTemplateBrief,
};

use super::piece::{self, Row, wrapped};
use super::table::Table;
use super::{number, plan};
use crate::paint::{Paint, Tone};

/// Of a value that changed, on one line.
const VALUE_CHARS_MAX: usize = 100;

fn dash(text: Option<String>) -> String {
    text.unwrap_or_else(|| "-".to_owned())
}

fn lines(rows: &mut Vec<Row>, text: &str, width: usize) {
    let pieces = wrapped(text, width.saturating_sub(2)).into_iter();
    rows.extend(pieces.map(|line| Row::new().plain(format!("  {line}"))));
}

pub fn templates(found: &[PlanTemplateBrief], paint: Paint, width: Option<usize>) -> String {
    let mut table = Table::new(&["template", "for", "edition", "whose", "made from", "what is new"]);
    for one in found {
        let from = one.based_on.as_ref().map(|it| {
            let newer = one.newer.map_or_else(String::new, |newer| format!(", {newer} is there"));
            format!("{} {}{newer}", it.name, it.version)
        });
        let whose = one.said.as_ref().map_or_else(|| "Tidegate's".to_owned(), |said| said.by.clone());
        table.row(vec![
            (Tone::Strong, one.name.clone()),
            (Tone::Plain, one.kind.clone()),
            (Tone::Plain, one.version.to_string()),
            (Tone::Plain, whose),
            (if one.newer.is_some() { Tone::Warning } else { Tone::Plain }, dash(from)),
            (Tone::Plain, one.change.clone()),
        ]);
    }
    piece::text(&table.rows(width), paint)
}

pub fn template(found: &PlanTemplate, paint: Paint) -> String {
    let whose = if found.own { "your team's own" } else { "Tidegate's own" };
    let head =
        Row::new().add(Tone::Strong, &found.name).plain(format!(", edition {}, {whose}", found.version));
    let mut rows = vec![head];
    if !found.change.is_empty() {
        rows.push(Row::new().plain(format!("  {}", found.change)));
    }
    let held = |member: &str| found.document.get(member).and_then(Value::as_array).map_or(0, Vec::len);
    for member in ["roles", "activities", "readiness", "test_cases", "risks", "meetings", "announcements"] {
        if held(member) > 0 {
            rows.push(Row::new().plain(format!("  {member}: {}", held(member))));
        }
    }
    piece::text(&rows, paint)
}

pub fn applied(found: &PlanTemplateApplied, paint: Paint, width: usize) -> String {
    let what = if found.from == found.to {
        format!("It has edition {} of its template already, the newest one.", found.to)
    } else {
        format!(
            "Edition {} of its template is in (before: {}); it is edition {} now.",
            found.to, found.from, found.edition
        )
    };
    let mut rows = vec![Row::new().plain(what)];
    for conflict in &found.conflicts {
        rows.push(Row::new().add(Tone::Warning, format!("yours stands at {}", conflict.path)));
        lines(&mut rows, &format!("the template says {}", value(Some(&conflict.template))), width);
    }
    for says in &found.says {
        lines(&mut rows, says, width);
    }
    piece::text(&rows, paint)
}

pub fn actions(open: &[PlanOpenAction], paint: Paint, width: Option<usize>) -> String {
    if open.is_empty() {
        return piece::text(&[Row::new().plain("Nothing that a retrospective asked for is open.")], paint);
    }
    let mut table = Table::new(&["action", "what", "owner", "due", "carried by"]);
    for one in open {
        table.row(vec![
            (Tone::Strong, format!("{}/{}", one.from, one.id)),
            (Tone::Plain, one.text.clone()),
            (Tone::Plain, dash(one.owner.clone())),
            (Tone::Plain, dash(one.due.clone())),
            (Tone::Plain, dash(Some(one.carried_by.join(", ")).filter(|it| !it.is_empty()))),
        ]);
    }
    piece::text(&table.rows(width), paint)
}

pub fn history(editions: &[PlanHistoryEntry], paint: Paint, width: usize) -> String {
    let mut rows = Vec::new();
    for one in editions {
        let head = Row::new().add(Tone::Strong, format!("edition {}", one.edition));
        rows.push(head.plain(format!("  {}, {}: {}", one.by, number::time(one.at_ms), one.kind)));
        if let Some(note) = &one.note {
            lines(&mut rows, note, width);
        }
        if !one.places.is_empty() {
            lines(&mut rows, &one.places.join(", "), width);
        }
    }
    piece::text(&rows, paint)
}

pub fn difference(found: &PlanDifference, paint: Paint, width: usize) -> String {
    let mut rows = vec![Row::new().plain(format!("From {} to {}:", found.from, found.to))];
    if found.changes.is_empty() {
        rows.push(Row::new().plain("they say the same"));
    }
    for change in &found.changes {
        let (tone, sign) = match change.how.as_str() {
            "added" => (Tone::Good, "+"),
            "removed" => (Tone::Bad, "-"),
            _ => (Tone::Warning, "~"),
        };
        let by = change.said.as_ref().map_or_else(String::new, |said| format!("  ({})", plan::said(said)));
        rows.push(Row::new().add(tone, format!("{sign} {}", change.path)).plain(by));
        let told = match (&change.before, &change.after) {
            (Some(before), Some(after)) => format!("{} → {}", value(Some(before)), value(Some(after))),
            (before, after) => value(after.as_ref().or(before.as_ref())),
        };
        lines(&mut rows, &told, width);
    }
    piece::text(&rows, paint)
}

fn value(value: Option<&Value>) -> String {
    let text = match value {
        None => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    let text = text.replace('\n', " ");
    match text.char_indices().nth(VALUE_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

pub fn progress(found: &PlanProgress, paint: Paint, width: usize) -> String {
    let behind = found.done_days < found.planned_days;
    let tone = if behind { Tone::Warning } else { Tone::Good };
    let head = Row::new().plain(format!("On {}: ", found.today)).add(
        tone,
        format!(
            "{} of {} days of work are done, {} were planned by now",
            found.done_days, found.total_days, found.planned_days
        ),
    );
    let mut rows = vec![head];
    if !found.days.is_empty() {
        let mut table = Table::new(&["day", "scope done", "tests passed", "activities done"]);
        for day in &found.days {
            let of = |done: u32, all: u32| format!("{done} of {all}");
            table.row(vec![
                (Tone::Strong, day.day.clone()),
                (Tone::Plain, of(day.scope_done, day.scope)),
                (Tone::Plain, of(day.tests_passed, day.tests)),
                (Tone::Plain, of(day.activities_done, day.activities)),
            ]);
        }
        rows.extend(table.rows(Some(width)));
    }
    for late in &found.late {
        let owner = late.owner.as_ref().map_or_else(String::new, |owner| format!(", {owner}"));
        let told = format!("{} ({}{owner}): {}, {} days", late.name, late.id, late.late.how, late.late.days);
        rows.push(Row::new().add(Tone::Warning, "late: ").plain(told));
    }
    piece::text(&rows, paint)
}

pub fn rotation(found: &PlanRotation, paint: Paint, width: usize) -> String {
    let next = found.next.clone().unwrap_or_else(|| "nobody".to_owned());
    let head = Row::new().plain(format!("Next as {}: ", found.role)).add(Tone::Strong, next);
    let mut rows = vec![head];
    lines(&mut rows, &found.why, width);
    for passed in &found.passed_over {
        let told = format!("{} is away from {} until {}", passed.person, passed.away.from, passed.away.until);
        lines(&mut rows, &told, width);
    }
    for stranger in &found.strangers {
        rows.push(Row::new().add(Tone::Warning, "Nobody here is called ").plain(piece::printable(stranger)));
    }
    let listed = |names: &[String]| if names.is_empty() { "nobody".to_owned() } else { names.join(", ") };
    lines(&mut rows, &format!("in turn: {}", listed(&found.people)), width);
    lines(&mut rows, &format!("before, the newest first: {}", listed(&found.before)), width);
    piece::text(&rows, paint)
}
