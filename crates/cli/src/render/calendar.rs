//! Freezes and windows.
//!
//! Invariant: whether one holds now is said in words. Not here: what they stop.

use tidegate_api::{CalendarEntry, CalendarKind};

use super::number;
use super::piece::{self, Row};
use super::table::Table;
use crate::paint::{Paint, Tone};

pub fn list(entries: &[CalendarEntry], kind: CalendarKind, paint: Paint, width: Option<usize>) -> String {
    if entries.is_empty() {
        let hint = match kind {
            CalendarKind::Freeze => "No freezes. Set one with `tidegate freeze add NAME`.",
            CalendarKind::Window => {
                "No windows: change may be at any time. Set one with `tidegate window add NAME`."
            }
        };
        return piece::text(&[Row::new().plain(hint)], paint);
    }
    let mut table = Table::new(&["name", "holds", "reaches", "because"]);
    for entry in entries {
        let (tone, holds) = holds(entry);
        table.row(vec![
            (Tone::Strong, entry.name.clone()),
            (tone, holds),
            (Tone::Plain, reaches(entry)),
            (Tone::Plain, entry.reason.clone()),
        ]);
    }
    piece::text(&table.rows(width), paint)
}

pub fn one(entry: &CalendarEntry, paint: Paint) -> String {
    let (tone, holds) = holds(entry);
    let kind = match entry.kind {
        CalendarKind::Freeze => "freeze",
        CalendarKind::Window => "window",
    };
    let row = Row::new().plain(format!("The {kind} ")).add(Tone::Strong, &entry.name).plain(" is set: ");
    let row = row.add(tone, holds).plain(format!(", for {}.", reaches(entry)));
    piece::text(&[row], paint)
}

fn holds(entry: &CalendarEntry) -> (Tone, String) {
    match (entry.next, entry.holds_now) {
        (Some(now), true) => (Tone::Warning, format!("now, until {}", number::time(now.until_ms))),
        (Some(next), false) => (Tone::Plain, format!("from {}", number::time(next.from_ms))),
        (None, _) => (Tone::Quiet, "no more".to_owned()),
    }
}

/// What a feed became.
pub fn imported(feed: &str, entries: &[String], kind: CalendarKind) -> String {
    let what = match kind {
        CalendarKind::Freeze => "freeze",
        CalendarKind::Window => "window",
    };
    let plural = if entries.len() == 1 { "" } else { "s" };
    let names: String = entries.iter().flat_map(|name| ["  ", name.as_str(), "\n"]).collect();
    format!("{feed}: {} {what}{plural}\n{names}", entries.len())
}

fn reaches(entry: &CalendarEntry) -> String {
    let named =
        |names: &[String], what: &str| (!names.is_empty()).then(|| format!("{what} {}", names.join(", ")));
    let parts =
        [named(&entry.environments, "in"), named(&entry.components, "of"), named(&entry.tenants, "for")];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() { "everything".to_owned() } else { parts.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::samples::STARTED_MS;
    use tidegate_api::Occurrence;

    #[test]
    fn entries_are_told() {
        let year_end = CalendarEntry {
            name: "year-end".to_owned(),
            kind: CalendarKind::Freeze,
            reason: "the accounts are being closed".to_owned(),
            from: "2026-11-21".to_owned(),
            until: Some("2026-11-22".to_owned()),
            lasts_seconds: None,
            zone: "UTC".to_owned(),
            rule: None,
            except: Vec::new(),
            environments: vec!["production".to_owned()],
            components: Vec::new(),
            tenants: Vec::new(),
            feed: None,
            holds_now: true,
            next: Some(Occurrence { from_ms: STARTED_MS, until_ms: STARTED_MS + 3_600_000 }),
        };
        let fridays = CalendarEntry {
            name: "fridays".to_owned(),
            environments: Vec::new(),
            components: vec!["api".to_owned()],
            holds_now: false,
            ..year_end.clone()
        };
        let over = CalendarEntry { next: None, components: Vec::new(), ..fridays.clone() };
        let freeze = CalendarKind::Freeze;
        let told = list(&[year_end.clone(), fridays, over], freeze, Paint::default(), None);
        insta::assert_snapshot!("freeze-list", told);
        insta::assert_snapshot!("freeze-one", one(&year_end, Paint::default()));
    }
}
