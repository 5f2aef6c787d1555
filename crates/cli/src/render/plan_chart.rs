//! Activities as bars over days, and whether the people can do the work by then.
//!
//! Invariant: a bar says by its letters what it is, without colour too: `=` planned time, `#` on the critical path, `!` late. Not
//! here: working it out (`tidegate-plan`).

use tidegate_api::{
    PlanActivityState, PlanAdvice, PlanBar, PlanCapacity, PlanConflicts, PlanLate, PlanSchedule,
};

use super::number;
use super::piece::{self, Row, columns, cut, wrapped};
use crate::paint::{Paint, Tone};

const NAME_COLUMNS: usize = 24;
const WORD_COLUMNS: usize = 10;

pub fn schedule(chart: &PlanSchedule, paint: Paint, width: usize) -> String {
    if chart.rows.is_empty() {
        let mut rows = vec![Row::new().plain("The plan has no activities.")];
        rows.extend(in_the_way(&chart.conflicts, width));
        return piece::text(&rows, paint);
    }
    let days = chart.rows.iter().map(|row| row.end_day + 1).max().unwrap_or(1).max(1);
    let room = width.saturating_sub(NAME_COLUMNS + WORD_COLUMNS + 4).max(10);
    let span = match (&chart.from, &chart.until) {
        (Some(from), Some(until)) => format!("{from} to {until}, as foreseen on {}", chart.today),
        _ => format!(
            "{} as foreseen on {}, without dates",
            number::counted(u64::from(days), "day"),
            chart.today
        ),
    };
    let mut rows = vec![Row::new().plain(span), Row::new()];
    rows.extend(chart.rows.iter().map(|row| bar(row, (days, room))));
    rows.push(Row::new());
    rows.push(Row::new().add(Tone::Quiet, "# critical path   = has room   ! late"));
    if !chart.critical_path.is_empty() {
        let path = format!("Critical path: {}", chart.critical_path.join(" -> "));
        rows.extend(wrapped(&path, width).into_iter().map(|line| Row::new().plain(line)));
    }
    let late = chart.rows.iter().filter_map(|row| Some((row, row.late.as_ref()?)));
    rows.extend(late.map(|(row, late)| Row::new().add(Tone::Warning, tell(row, late))));
    rows.extend(in_the_way(&chart.conflicts, width));
    piece::text(&rows, paint)
}

fn in_the_way(conflicts: &PlanConflicts, width: usize) -> Vec<Row> {
    let mut rows = Vec::new();
    for one in &conflicts.found {
        let what = if one.activity.is_some() { "Conflict" } else { "Conflict of the window" };
        let text = format!("{what}: {}", piece::printable(&one.says));
        rows.extend(wrapped(&text, width).into_iter().map(|line| Row::new().add(Tone::Warning, line)));
    }
    let free = conflicts.next_free.as_ref();
    rows.extend(
        free.map(|at| Row::new().plain(format!("The window is free from {} on.", at.replace('T', " ")))),
    );
    if !rows.is_empty() {
        rows.insert(0, Row::new());
    }
    rows
}

fn bar(row: &PlanBar, (days, room): (u32, usize)) -> Row {
    let place = |day: u32| (day as usize * room) / days as usize;
    let (from, to) =
        (place(row.start_day), place(row.end_day + 1).max(place(row.start_day) + 1).min(room.max(1)));
    let (mark, tone) = match (row.late.is_some(), row.critical) {
        (true, _) => ("!", Tone::Warning),
        (false, true) => ("#", Tone::Strong),
        (false, false) => ("=", Tone::Plain),
    };
    let drawn = if row.state == PlanActivityState::Cancelled {
        String::new()
    } else {
        mark.repeat(to - from.min(to))
    };
    let word = match row.state {
        PlanActivityState::Open => "open",
        PlanActivityState::UnderWay => "under way",
        PlanActivityState::Done => "done",
        PlanActivityState::Cancelled => "cancelled",
    };
    let name = cut(&row.name, NAME_COLUMNS);
    let blanks = " ".repeat(NAME_COLUMNS + 2 - columns(&name));
    Row::new().plain(format!("{name}{blanks}{word:<WORD_COLUMNS$}  {}", " ".repeat(from))).add(tone, drawn)
}

fn tell(row: &PlanBar, late: &PlanLate) -> String {
    let days = number::counted(u64::from(late.days), "day");
    match late.how.as_str() {
        "overdue" => format!("{}: {days} overdue", row.name),
        "not-started" => format!("{}: should have begun {days} ago", row.name),
        "will-slip" => format!("{}: will end {days} late, by what comes before it", row.name),
        _ => format!("{}: was done {days} late", row.name),
    }
}

pub fn capacity(capacity: &PlanCapacity, paint: Paint, width: usize) -> String {
    let mut rows = Vec::new();
    for sentence in &capacity.says {
        rows.extend(wrapped(sentence, width).into_iter().map(|line| Row::new().plain(line)));
    }
    for skill in &capacity.skills {
        let people = if skill.people.is_empty() { "nobody".to_owned() } else { skill.people.join(", ") };
        rows.push(Row::new().plain(format!("  {}: {} h, by {people}", skill.skill, skill.needed_hours)));
    }
    piece::text(&rows, paint)
}

pub fn advice(advice: &PlanAdvice, paint: Paint, width: usize) -> String {
    let lines = advice.says.iter().flat_map(|sentence| wrapped(sentence, width));
    let mut rows: Vec<Row> = lines.map(|line| Row::new().plain(line)).collect();
    let left = format!(
        "{} beginnings looked at; left out: {} by the calendar, {} at night",
        advice.looked_at, advice.frozen, advice.at_night
    );
    rows.push(Row::new().add(Tone::Quiet, left));
    piece::text(&rows, paint)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidegate_api::{PlanBottleneck, PlanConflict, PlanDrop, PlanSkill};

    fn row(id: &str, (start_day, end_day): (u32, u32), critical: bool) -> PlanBar {
        PlanBar {
            id: id.to_owned(),
            name: format!("The {id}"),
            owner: None,
            after: Vec::new(),
            state: PlanActivityState::Open,
            planned_start: None,
            planned_end: None,
            days: end_day - start_day + 1,
            start: None,
            end: None,
            start_day,
            end_day,
            slack_days: if critical { 0 } else { 3 },
            critical,
            late: None,
        }
    }

    #[test]
    fn bars_lie_where_their_days_are() {
        let late = Some(PlanLate { how: "overdue".to_owned(), days: 2 });
        let rows = vec![
            PlanBar { state: PlanActivityState::UnderWay, ..row("meeting", (0, 0), true) },
            row("tests of everything that there is", (1, 6), true),
            PlanBar { late, ..row("training", (1, 3), false) },
            PlanBar { state: PlanActivityState::Cancelled, ..row("party", (0, 0), false) },
            row("deployment", (7, 7), true),
        ];
        let chart = PlanSchedule {
            today: "2026-11-23".to_owned(),
            critical_path: vec!["meeting".to_owned(), "tests".to_owned(), "deployment".to_owned()],
            from: Some("2026-11-23".to_owned()),
            until: Some("2026-11-30".to_owned()),
            rows,
            conflicts: PlanConflicts::default(),
        };
        insta::assert_snapshot!("plan_schedule", schedule(&chart, Paint::default(), 80));
        let held = PlanConflict {
            activity: None,
            kind: "freeze".to_owned(),
            who: "year-end".to_owned(),
            environment: Some("production".to_owned()),
            from_ms: 0,
            until_ms: 1,
            says: "the freeze year-end holds in production: books are closed".to_owned(),
        };
        let conflicts = PlanConflicts {
            found: vec![held],
            next_free: Some("2027-01-02T08:00:00".to_owned()),
            ..PlanConflicts::default()
        };
        let told = schedule(&PlanSchedule { conflicts, ..chart.clone() }, Paint::default(), 80);
        assert!(told.contains("Conflict of the window: the freeze year-end holds in production"), "{told}");
        assert!(told.contains("The window is free from 2027-01-02 08:00:00 on."), "{told}");
        let empty = PlanSchedule { rows: Vec::new(), ..chart };
        assert_eq!(schedule(&empty, Paint::default(), 80), "The plan has no activities.\n");
    }

    #[test]
    fn what_holds_it_up_is_named() {
        let found = PlanCapacity {
            from: "2026-11-23".to_owned(),
            feasible_on: Some("2026-12-04".to_owned()),
            bottleneck: Some(PlanBottleneck {
                skill: "backend".to_owned(),
                skills: vec!["backend".to_owned()],
                people: vec!["ann".to_owned()],
                needed_hours: 60,
                available_hours: 40,
            }),
            skills: vec![
                PlanSkill { skill: "backend".to_owned(), needed_hours: 60, people: vec!["ann".to_owned()] },
                PlanSkill { skill: "design".to_owned(), needed_hours: 8, people: Vec::new() },
            ],
            drop: Some(PlanDrop {
                wanted_on: "2026-12-01".to_owned(),
                items: vec!["LIB-9".to_owned()],
                hours: 20,
            }),
            says: vec!["All of it can be done by 2026-12-04.".to_owned()],
        };
        insta::assert_snapshot!("plan_capacity", capacity(&found, Paint::default(), 80));
    }
}
