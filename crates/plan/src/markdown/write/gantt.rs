//! Activities as a chart, and readiness by audience, for the page to print.
//!
//! Invariant: a picture without a script, with the same said in words for who does not see it; a plan without activities has no
//! chart. Deliberately not here: when an activity is (`schedule`).

use std::fmt::Write;

use jiff::civil::Date;

use super::page::escape;
use crate::document::{ActivityState, Plan};
use crate::readiness::readiness;
use crate::schedule::{Row, Schedule, schedule};

const NAME_WIDTH: u32 = 260;
const CHART_WIDTH: u32 = 640;
const ROW_HEIGHT: u32 = 22;
const HEAD_HEIGHT: u32 = 22;
/// More bars than these fit on no page; the table of activities has them all.
const ROWS_MAX: usize = 200;
const NAME_CHARS_MAX: usize = 38;

/// As foreseen on a day.
pub(super) fn chart(out: &mut String, plan: &Plan, today: Date) {
    let Ok(chart) = schedule(&plan.activities, today) else { return };
    let rows: Vec<&Row> =
        chart.rows.iter().filter(|row| row.state != ActivityState::Cancelled).take(ROWS_MAX).collect();
    if rows.is_empty() {
        return;
    }
    let days = rows.iter().map(|row| row.end_day + 1).max().unwrap_or(1).max(1);
    let height = HEAD_HEIGHT + ROW_HEIGHT * rows.len() as u32 + 6;
    let width = NAME_WIDTH + CHART_WIDTH;
    let at = |day: u32| NAME_WIDTH + day.saturating_mul(CHART_WIDTH) / days;
    let _ = write!(
        out,
        "<h2>Schedule</h2>\n<p>{}</p>\n<svg viewBox=\"0 0 {width} {height}\" role=\"img\" \
         aria-labelledby=\"gantt-title\" class=\"gantt\"><title id=\"gantt-title\">Activities as foreseen on {today}; the table \
         after it says the same</title>\n",
        escape(&in_words(plan, &chart))
    );
    let (from, until) = (named(chart.from, "day 1"), named(chart.until, &format!("day {days}")));
    let _ = writeln!(
        out,
        "<text x=\"{NAME_WIDTH}\" y=\"14\">{from}</text><text x=\"{width}\" y=\"14\" text-anchor=\"end\">{until}</text>"
    );
    if let Some(day) = chart.from.and_then(|from| u32::try_from((today - from).get_days()).ok())
        && day < days
    {
        let x = at(day);
        let _ = writeln!(
            out,
            "<line x1=\"{x}\" x2=\"{x}\" y1=\"{HEAD_HEIGHT}\" y2=\"{height}\" class=\"today\"><title>today</title></line>"
        );
    }
    for (index, row) in rows.iter().enumerate() {
        let y = HEAD_HEIGHT + ROW_HEIGHT * index as u32;
        let x = at(row.start_day);
        let wide = at(row.end_day.saturating_add(1)).saturating_sub(x).max(3);
        let class = match (row.state, row.critical) {
            (ActivityState::Done, _) => "done",
            (_, true) => "critical",
            (_, false) => "open",
        };
        let mark = if row.critical { "◆ " } else { "" };
        let _ = writeln!(
            out,
            "<text x=\"0\" y=\"{}\">{mark}{}</text><rect x=\"{x}\" y=\"{}\" width=\"{wide}\" height=\"14\" class=\"{class}\"/>",
            y + 15,
            escape(&short(&row.name)),
            y + 4
        );
    }
    out.push_str("</svg>\n<div class=\"wide\"><table>\n<thead><tr><th scope=\"col\">Activity</th><th scope=\"col\">Foreseen</th><th scope=\"col\">Room</th><th scope=\"col\">Stands</th></tr></thead>\n<tbody>\n");
    for row in rows {
        let dates = match (row.start, row.end) {
            (Some(start), Some(end)) => format!("{start} to {end}"),
            _ => format!("day {} to {}", row.start_day + 1, row.end_day + 1),
        };
        let room = if row.critical { "critical".to_owned() } else { format!("{} days", row.slack_days) };
        let late = if row.late.is_some() { ", late" } else { "" };
        let _ = writeln!(
            out,
            "<tr><td>{}</td><td>{dates}</td><td>{room}</td><td>{}{late}</td></tr>",
            escape(&row.name),
            row.state.word()
        );
    }
    out.push_str("</tbody>\n</table></div>\n");
}

fn in_words(plan: &Plan, chart: &Schedule) -> String {
    let name = |id: &String| {
        let known = plan.activities.iter().find(|activity| activity.id == *id);
        known.map_or_else(|| id.clone(), |activity| activity.name.clone())
    };
    let path: Vec<String> = chart.critical_path.iter().map(name).collect();
    let over = chart.until.map_or_else(String::new, |until| format!("All is over on {until}. "));
    let late = chart.rows.iter().filter(|row| row.late.is_some()).count();
    format!("{over}The critical path (◆): {}. Late: {late}.", path.join(", then "))
}

fn named(day: Option<Date>, otherwise: &str) -> String {
    day.map_or_else(|| otherwise.to_owned(), |day| day.to_string())
}

fn short(name: &str) -> String {
    match name.char_indices().nth(NAME_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &name[..end]),
        None => name.to_owned(),
    }
}

/// What is ready for whom; nothing where the plan names no audience.
pub(super) fn audiences(out: &mut String, plan: &Plan) {
    let found = readiness(plan);
    if found.audiences.is_empty() {
        return;
    }
    out.push_str("<h2>Readiness by audience</h2>\n<div class=\"wide\"><table>\n<thead><tr><th scope=\"col\">Audience</th><th scope=\"col\">Ready</th><th scope=\"col\">Open</th></tr></thead>\n<tbody>\n");
    for part in &found.audiences {
        let known = plan.audiences.iter().find(|audience| audience.id == part.name);
        let name = known.map_or(part.name.as_str(), |audience| audience.name.as_str());
        let open: Vec<String> = part.open.iter().map(|open| escape(&open.text)).collect();
        let _ = writeln!(
            out,
            "<tr><td>{}</td><td>{} of {}</td><td>{}</td></tr>",
            escape(name),
            part.done,
            part.total,
            open.join("<br>")
        );
    }
    out.push_str("</tbody>\n</table></div>\n");
}
