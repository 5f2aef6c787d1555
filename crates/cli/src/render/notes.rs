//! What `tidegate notes` says besides the notes: what became of a changelog, and what is wrong with a history.
//!
//! Invariant: each line says where it is. Not here: the notes themselves (`tidegate-notes`).

use std::fmt::Write as _;
use std::path::Path;

use tidegate_api::{NoteSection, ReleaseNotes, ReleaseNotesRenewed};
use tidegate_notes::Notes;
use tidegate_notes::changelog::Written;
use tidegate_notes::check::{Finding, Place};

use super::piece::printable;
use crate::paint::{Paint, Tone};

/// What telling the notes of a release again did.
pub fn renewed(renewed: &ReleaseNotesRenewed) -> String {
    let ReleaseNotesRenewed { new, changed, gone, waiting, too_many, notes } = renewed;
    let release = printable(&notes.release);
    let mut out = format!("{release}: {} new", new.len());
    for (count, what) in [
        (changed.len(), "renewed"),
        (gone.len(), "gone with their commits"),
        (notes.notes.iter().filter(|note| note.source.is_some()).count(), "kept as people wrote them"),
        (notes.left_out.len(), "left out as people took them out"),
        (usize::try_from(*too_many).unwrap_or(usize::MAX), "without room"),
    ] {
        if count > 0 {
            let _ = write!(out, ", {count} {what}");
        }
    }
    out.push('\n');
    for note in notes.notes.iter().filter(|note| waiting.contains(&note.id)) {
        let source = note.source.as_ref().map_or("", |source| &source.text);
        let _ = writeln!(
            out,
            "{}: people changed this note, and its source changed too\n  kept:   {}\n  source: {}",
            printable(&note.id),
            printable(&note.words.text),
            printable(source)
        );
    }
    if !waiting.is_empty() {
        let _ = writeln!(
            out,
            "Write each as it should be: `tidegate release notes {release} --json`, then --write FILE."
        );
    }
    out
}

/// The notes of a release with their ids, after they were written.
pub fn kept(notes: &ReleaseNotes) -> String {
    let mut out = String::new();
    for note in &notes.notes {
        let hidden = if note.words.section == NoteSection::Other { " (not shown)" } else { "" };
        let _ = writeln!(out, "{}  {}{hidden}", printable(&note.id), printable(&note.words.text));
    }
    let count = notes.notes.len();
    let _ = writeln!(
        out,
        "{}: {count} {} kept.",
        printable(&notes.release),
        if count == 1 { "note is" } else { "notes are" }
    );
    out
}

pub fn written(file: &Path, written: &Written, notes: &Notes) -> String {
    let file = file.display();
    let mut out = format!("{file}: {}: {} new", notes.title(), written.added);
    for (count, what) in [
        (written.renewed, "renewed"),
        (written.edited, "kept as people wrote them"),
        (written.left_out, "left out as people took them out"),
        (written.dropped, "gone with their commits"),
    ] {
        if count > 0 {
            let _ = write!(out, ", {count} {what}");
        }
    }
    out.push('\n');
    for conflict in &written.conflicts {
        let _ = writeln!(
            out,
            "{file}:{}: people changed this entry, and its source changed too\n  kept:   {}\n  source: {}",
            conflict.line, conflict.kept, conflict.source
        );
    }
    if !written.conflicts.is_empty() {
        out.push_str("Write each as it should be, and take out the comment below it.\n");
    }
    for id in &written.orphans {
        let _ = writeln!(out, "{file}: the entry {id} was edited and has no source any more; it is kept");
    }
    out
}

pub fn findings(findings: &[Finding], commits: usize, paint: Paint) -> String {
    if findings.is_empty() {
        return match commits {
            1 => "1 commit, nothing found\n".to_owned(),
            _ => format!("{commits} commits, nothing found\n"),
        };
    }
    let mut out = String::new();
    for finding in findings {
        let place = match &finding.at {
            Place::Commit { id, subject } if id.is_empty() => format!("`{}`", printable(subject)),
            Place::Commit { id, subject } => {
                format!("{} `{}`", id.get(..12).unwrap_or(id), printable(subject))
            }
            Place::File { path, line } => format!("{path}:{line}:"),
        };
        let _ = writeln!(out, "{place} {}", finding.message);
        let _ = writeln!(out, "{}", paint.apply(Tone::Quiet, &format!("  help: {}", finding.help)));
    }
    out
}
