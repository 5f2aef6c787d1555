//! Sources of scope, and the issues that they hold.
//!
//! Invariant: a source that reads nothing says why and what to do. Not here: what goes into a plan.

use tidegate_api::{
    ComparedItem, PlanComparison, ScopeImported, ScopeSource, ScopeSourceState, TrackedItems, UntriagedItems,
};

use super::piece::{self, Row};
use super::table::Table;
use super::{number, spelt};
use crate::paint::{Paint, Tone};

pub fn sources(sources: &[ScopeSource], paint: Paint, width: Option<usize>) -> String {
    if sources.is_empty() {
        let hint = "No sources of scope. Name one with `tidegate scope source add NAME --kind github --project OWNER/NAME`.";
        return piece::text(&[Row::new().plain(hint)], paint);
    }
    let mut table = Table::new(&["name", "kind", "state", "items", "read", "project"]);
    for source in sources {
        let (tone, word) = state(source);
        let read = source.read_ms.map_or_else(|| "-".to_owned(), number::time);
        table.row(vec![
            (Tone::Strong, source.name.clone()),
            (Tone::Plain, kind(source).to_owned()),
            (tone, word.to_owned()),
            (Tone::Plain, number::grouped(source.count)),
            (Tone::Plain, read),
            (Tone::Plain, source.project.clone().unwrap_or_else(|| "-".to_owned())),
        ]);
    }
    piece::text(&table.rows(width), paint)
}

pub fn source(source: &ScopeSource, paint: Paint) -> String {
    let (tone, word) = state(source);
    let of = source.project.as_ref().map(|project| format!(" {project}")).unwrap_or_default();
    let head = Row::new().add(Tone::Strong, &source.name).plain(": ").add(tone, word);
    let mut rows = vec![head.plain(format!(", {}{of}", kind(source)))];
    let count = number::counted(source.count, "item");
    rows.push(Row::new().add(Tone::Quiet, format!("  edition {}", source.edition)));
    let read = source.read_ms.map(|at| format!(", the last page {}", number::time(at))).unwrap_or_default();
    rows.push(Row::new().plain(format!("  {count} in {}{read}", number::counted(source.pages, "page"))));
    if source.gone > 0 {
        let gone =
            format!("  {} no longer listed, kept for the record", number::counted(source.gone, "item"));
        rows.push(Row::new().add(Tone::Warning, gone));
    }
    if let Some(until) = source.pause_until_ms {
        let why = source.pause_why.as_deref().unwrap_or("the tracker asks for a pause");
        rows.push(Row::new().add(Tone::Warning, format!("  waits until {}: {why}", number::time(until))));
    }
    if let Some(stop) = &source.stop {
        rows.push(Row::new().add(Tone::Bad, format!("  stopped: {}", stop.why)));
        rows.push(Row::new().plain(format!("  help: {}", stop.help)));
        rows.push(Row::new().plain(format!("  then: tidegate scope source refresh {}", source.name)));
    }
    piece::text(&rows, paint)
}

pub fn imported(read: &ScopeImported, paint: Paint) -> String {
    let mut rows = vec![Row::new().plain(format!(
        "{} read; {} holds {}.",
        number::counted(read.rows, "row"),
        read.source.name,
        number::counted(read.source.count, "item")
    ))];
    for trouble in &read.troubles {
        let text = format!("  line {}: {}", trouble.line, trouble.message);
        rows.push(Row::new().add(Tone::Warning, text));
    }
    if read.left_out > 0 {
        let text = format!("{} left out.", number::counted(read.left_out, "row"));
        rows.push(Row::new().add(Tone::Warning, text));
    }
    piece::text(&rows, paint)
}

pub fn items(page: &TrackedItems, paint: Paint, width: Option<usize>) -> String {
    if page.entries.is_empty() {
        return piece::text(&[Row::new().plain("Nothing is held yet.")], paint);
    }
    let mut table = Table::new(&["key", "state", "kind", "milestone", "title"]);
    for item in &page.entries {
        table.row(vec![
            (Tone::Strong, item.key.clone()),
            match item.gone_ms {
                Some(_) => (Tone::Warning, format!("{}, gone", item.state)),
                None => (Tone::Plain, item.state.clone()),
            },
            (Tone::Plain, item.kind.clone()),
            (Tone::Plain, item.milestone.clone().unwrap_or_else(|| "-".to_owned())),
            (Tone::Plain, item.title.clone()),
        ]);
    }
    let mut rows = table.rows(width);
    if let Some(next) = &page.next {
        let more = format!("of {}; more: --after {next}", number::grouped(page.total));
        rows.push(Row::new().add(Tone::Quiet, more));
    }
    piece::text(&rows, paint)
}

pub fn untriaged((version, page): (&str, &UntriagedItems), paint: Paint, width: Option<usize>) -> String {
    let gone = page.gone.iter().map(|item| {
        let text = format!("{} is in the plan, and its source no longer lists it: {}", item.key, item.title);
        Row::new().add(Tone::Warning, text)
    });
    if page.entries.is_empty() {
        let nothing = Row::new().plain("Everything that the trackers have is decided on.");
        return piece::text(&std::iter::once(nothing).chain(gone).collect::<Vec<_>>(), paint);
    }
    let mut table = Table::new(&["key", "why", "state", "severity", "advice", "title"]);
    for entry in &page.entries {
        let word = |word: Option<String>| word.unwrap_or_else(|| "-".to_owned());
        let late = if entry.late { format!("{}, late", entry.item.state) } else { entry.item.state.clone() };
        table.row(vec![
            (Tone::Strong, entry.item.key.clone()),
            (Tone::Plain, entry.reason.clone()),
            (if entry.late { Tone::Warning } else { Tone::Plain }, late),
            (Tone::Plain, word(entry.severity.as_ref().map(spelt))),
            (Tone::Plain, word(entry.advice.as_ref().map(spelt))),
            (Tone::Plain, entry.item.title.clone()),
        ]);
    }
    let mut rows = table.rows(width);
    let of = number::counted(page.total, "item");
    let more = page.next.as_ref().map(|next| format!("; more: --after {next}")).unwrap_or_default();
    rows.push(Row::new().add(Tone::Quiet, format!("{of} to decide on, {} late{more}", page.late)));
    rows.extend(gone);
    let decide = format!("Decide: tidegate plan triage {version} KEY");
    for how in
        [" fix-now|fix-next|known-issue|stop-release", " --severity WORD --fix-risk WORD, by the matrix"]
    {
        rows.push(Row::new().add(Tone::Quiet, format!("{decide}{how}")));
    }
    piece::text(&rows, paint)
}

pub fn comparison(told: &PlanComparison, paint: Paint) -> String {
    let commits = number::counted(told.commits, "commit");
    let mut rows = vec![Row::new().add(Tone::Strong, &told.release).plain(format!(": {commits}"))];
    list(&mut rows, ("planned, and in", Tone::Good), &told.planned_in);
    list(&mut rows, ("planned, not in", Tone::Bad), &told.planned_not_in);
    list(&mut rows, ("in, not planned", Tone::Warning), &told.in_not_planned);
    if told.unnamed_count > 0 {
        let text = format!("{} name nothing that is known", number::counted(told.unnamed_count, "commit"));
        rows.push(Row::new().add(Tone::Quiet, text));
        for commit in &told.unnamed {
            let title = commit.title.as_deref().unwrap_or_default();
            rows.push(Row::new().add(Tone::Quiet, format!("  {} {title}", commit.id)));
        }
    }
    piece::text(&rows, paint)
}

fn list(rows: &mut Vec<Row>, (name, tone): (&str, Tone), items: &[ComparedItem]) {
    rows.push(Row::new().add(tone, format!("{name}: {}", items.len())));
    for item in items {
        let mut said = String::new();
        if item.late {
            said.push_str(", after the freeze");
        }
        if item.left_out {
            said.push_str(", left out by the plan");
        }
        rows.push(Row::new().plain("  ").add(Tone::Strong, &item.id).plain(format!(" {}{said}", item.title)));
    }
}

fn kind(source: &ScopeSource) -> &'static str {
    use tidegate_api::ScopeSourceKind::{Csv, Github, Gitlab};
    match source.kind {
        Github => "github",
        Gitlab => "gitlab",
        Csv => "csv",
    }
}

fn state(source: &ScopeSource) -> (Tone, &'static str) {
    match source.state {
        ScopeSourceState::Reading => (Tone::Plain, "reading"),
        ScopeSourceState::Waiting => (Tone::Warning, "waiting"),
        ScopeSourceState::Stopped => (Tone::Bad, "stopped"),
        ScopeSourceState::Whole => (Tone::Good, "whole"),
    }
}
