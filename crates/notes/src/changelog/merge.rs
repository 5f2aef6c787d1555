//! Old and new put together.
//!
//! Invariant: see `changelog`. An entry counts as people's own once its text, or the section it stands in, is no longer
//! what was written there.

use std::collections::{BTreeMap, BTreeSet};

use super::mark;
use super::parse::{self, Found, Item, Place};
use super::{Refused, Written};
use crate::entry::{Entry, Group, Notes};
use crate::render::markdown;
use crate::section::Section;
use crate::settings::Settings;

/// An entry as it would be written today.
struct Fresh {
    section: Section,
    lines: Vec<String>,
    digest: String,
}

pub fn write(old: &str, notes: &Notes, settings: &Settings) -> Result<Written, Refused> {
    let lines: Vec<&str> = old.lines().collect();
    let headings = parse::headings(&lines);
    let key = notes.key();
    let unreleased = Notes { version: None, ..notes.clone() }.key();
    let found = parse::place(&lines, &headings, &key);
    // What was unreleased until now gets its version, with all that people wrote into it.
    let begun = if found.is_none() { parse::place(&lines, &headings, &unreleased) } else { None };
    let heading = match (found, begun) {
        (Some(place), _) => lines[place.start].to_owned(),
        (None, Some(_) | None) => mark::version(&format!("## {}", notes.title()), &key),
    };
    let place = found.or(begun);
    if place.is_none() {
        foreign(&lines, &headings, notes)?;
    }
    let (items, known) =
        place.map_or_else(Default::default, |place| parse::items(&lines[place.start + 1..place.end]));
    let mut merging = Merging::new(notes, settings, known);
    let body = merging.run(items, &notes.sections);
    let mut out = Out::default();
    let place = place.unwrap_or_else(|| new_place(&lines, &headings));
    if lines.is_empty() {
        out.line("# Changelog");
        out.blank();
    }
    for line in &lines[..place.start] {
        out.as_it_is(line);
    }
    out.blank();
    out.line(&heading);
    out.blank();
    for (line, within) in body.iter().zip(parse::fenced(&body)) {
        if within { out.as_it_is(line) } else { out.line(line) }
    }
    if place.end < lines.len() {
        out.blank();
    }
    for line in &lines[place.end..] {
        out.as_it_is(line);
    }
    let mut written = merging.written;
    written.text = out.0;
    let fresh: BTreeSet<&str> = merging.conflicted.iter().map(String::as_str).collect();
    written.conflicts = parse::waiting(&written.text);
    written.conflicts.retain(|conflict| fresh.contains(conflict.id.as_str()));
    Ok(written)
}

/// Before the newest notes, or at the end.
fn new_place(lines: &[&str], headings: &[usize]) -> Place {
    let first = headings.iter().copied().find(|at| lines[*at].starts_with("## "));
    let at = first.unwrap_or(lines.len());
    Place { start: at, end: at }
}

/// Notes for the same version that somebody else wrote must not stand there twice.
fn foreign(lines: &[&str], headings: &[usize], notes: &Notes) -> Result<(), Refused> {
    let Some(version) = notes.version.as_deref() else { return Ok(()) };
    for at in headings {
        let text = lines[*at].trim_start_matches('#').trim();
        let first = text.split_whitespace().next().unwrap_or_default();
        let first = first.trim_matches(['[', ']', '(', ')', ':']);
        if first.strip_prefix('v').unwrap_or(first) == version {
            return Err(Refused::Foreign { line: at + 1, title: version.to_owned() });
        }
    }
    Ok(())
}

struct Merging<'a> {
    fresh: BTreeMap<&'a str, Fresh>,
    settings: &'a Settings,
    known: BTreeSet<String>,
    /// Written in this run, wherever.
    placed: BTreeSet<String>,
    conflicted: Vec<String>,
    /// Taken from an old section just now, because their source belongs to another.
    leaving: BTreeSet<String>,
    written: Written,
}

impl<'a> Merging<'a> {
    fn new(notes: &'a Notes, settings: &'a Settings, known: BTreeSet<String>) -> Self {
        let entries =
            notes.sections.iter().flat_map(|group| group.entries.iter().map(move |entry| (group, entry)));
        let fresh = |(group, entry): (&Group, &'a Entry)| {
            let lines = markdown::lines(entry, &settings.links);
            let digest = mark::digest(group.section.key(), &lines);
            (entry.id.as_str(), Fresh { section: group.section, lines, digest })
        };
        Self {
            fresh: entries.map(fresh).collect(),
            settings,
            known,
            placed: BTreeSet::new(),
            conflicted: Vec::new(),
            leaving: BTreeSet::new(),
            written: Written::default(),
        }
    }

    fn run(&mut self, items: Vec<Item>, groups: &[Group]) -> Vec<String> {
        let mut parts = self.old(items);
        for group in groups {
            self.new_ones(group, &mut parts);
        }
        let mut out = Vec::new();
        for part in parts.into_iter().filter(|part| !part.is_empty()) {
            if let Some(heading) = part.heading {
                out.push(String::new());
                out.push(heading);
                out.push(String::new());
            }
            out.extend(part.lines);
        }
        let ids: BTreeSet<&str> =
            self.known.iter().map(String::as_str).chain(self.fresh.keys().copied()).collect();
        out.push(String::new());
        out.extend(mark::known(ids.into_iter()));
        out
    }

    /// What stands there, each under its heading, with its entries renewed or kept.
    fn old(&mut self, items: Vec<Item>) -> Vec<Part> {
        let mut parts = vec![Part::default()];
        for item in items {
            match item {
                Item::Heading { line, section } => {
                    let key = section.clone().unwrap_or_default();
                    let heading = if section.is_some() { mark::section(&line, &key) } else { line };
                    parts.push(Part { section, heading: Some(heading), ..Part::default() });
                }
                Item::Text(line) => {
                    if let Some(part) = parts.last_mut() {
                        part.lines.push(line);
                    }
                }
                Item::Entry(found) => {
                    let Some(part) = parts.last_mut() else { continue };
                    let lines = self.entry(found, part.section.as_deref().unwrap_or_default());
                    if !lines.is_empty() {
                        part.lines.extend(lines);
                        part.last_entry = Some(part.lines.len());
                    }
                }
            }
        }
        parts
    }

    fn entry(&mut self, found: Found, section: &str) -> Vec<String> {
        // Without a mark it is people's own; so is the second of two with the same one.
        let Some(id) = found.id.clone().filter(|id| !self.placed.contains(id)) else { return found.lines };
        let is_edited = mark::digest(section, &found.lines) != found.digest;
        let Some(fresh) = self.fresh.get(id.as_str()) else {
            if !is_edited {
                self.written.dropped += 1;
                return Vec::new();
            }
            self.placed.insert(id.clone());
            self.written.edited += 1;
            self.written.orphans.push(id.clone());
            let digest = found.digest.clone();
            return kept(&found, &id, &digest, None);
        };
        if !is_edited {
            if fresh.section.key() != section {
                self.leaving.insert(id);
                return Vec::new();
            }
            self.placed.insert(id.clone());
            self.written.renewed += usize::from(fresh.digest != found.digest);
            return marked(&fresh.lines, &id, &fresh.digest);
        }
        self.placed.insert(id.clone());
        self.written.edited += 1;
        let mut source = found.changed.clone();
        if mark::digest(section, &found.lines) == fresh.digest {
            // People wrote what the source says by now.
            source = None;
        } else if fresh.digest != found.digest {
            let told = fresh.lines.iter().map(|line| line.trim()).filter(|line| !line.is_empty());
            source = Some(told.collect::<Vec<_>>().join(" / "));
            self.conflicted.push(id.clone());
        }
        let digest = fresh.digest.clone();
        kept(&found, &id, &digest, source.as_deref())
    }

    fn new_ones(&mut self, group: &Group, parts: &mut Vec<Part>) {
        let mut lines = Vec::new();
        for entry in &group.entries {
            if self.placed.contains(&entry.id) {
                continue;
            }
            let Some(fresh) = self.fresh.get(entry.id.as_str()) else { continue };
            let moved = self.leaving.contains(&entry.id);
            if self.known.contains(&entry.id) && !moved {
                self.written.left_out += 1;
                continue;
            }
            self.written.added += usize::from(!moved);
            lines.extend(marked(&fresh.lines, &entry.id, &fresh.digest));
            self.placed.insert(entry.id.clone());
        }
        if lines.is_empty() {
            return;
        }
        let key = group.section.key();
        let at = parts.iter().position(|part| part.section.as_deref() == Some(key)).unwrap_or_else(|| {
            let behind = |part: &Part| {
                let section = part.section.as_deref().and_then(Section::from_key);
                section.is_some_and(|section| section > group.section)
            };
            let at = parts.iter().position(behind).unwrap_or(parts.len());
            let line = format!("### {}", self.settings.title(group.section));
            let heading = Some(mark::section(&line, key));
            parts.insert(at, Part { section: Some(key.to_owned()), heading, ..Part::default() });
            at
        });
        let part = &mut parts[at];
        let end = part.last_entry.unwrap_or_else(|| {
            part.lines.iter().rposition(|line| !line.trim().is_empty()).map_or(0, |last| last + 1)
        });
        // An item right behind a paragraph would be part of it.
        if part.last_entry.is_none() && end > 0 {
            lines.insert(0, String::new());
        }
        part.lines.splice(end..end, lines);
    }
}

/// A heading and what stands under it.
#[derive(Debug, Default)]
struct Part {
    section: Option<String>,
    heading: Option<String>,
    lines: Vec<String>,
    /// The line behind the last entry.
    last_entry: Option<usize>,
}

impl Part {
    /// A heading of Tidegate's whose entries are gone; one of people's stays.
    fn is_empty(&self) -> bool {
        self.section.is_some() && self.lines.iter().all(|line| line.trim().is_empty())
    }
}

fn marked(lines: &[String], id: &str, digest: &str) -> Vec<String> {
    let mut marked = lines.to_vec();
    if let Some(first) = marked.first_mut() {
        *first = mark::entry(first, id, digest);
    }
    marked
}

fn kept(found: &Found, id: &str, digest: &str, source: Option<&str>) -> Vec<String> {
    let mut lines = marked(&found.lines, id, digest);
    if let Some(source) = source {
        lines.insert(1.min(lines.len()), mark::changed(source));
    }
    lines
}

/// The file as it grows: never two empty lines in a row of our making.
#[derive(Default)]
struct Out(String);

impl Out {
    fn as_it_is(&mut self, line: &str) {
        self.0.push_str(line);
        self.0.push('\n');
    }

    fn line(&mut self, line: &str) {
        if line.trim().is_empty() {
            self.blank();
        } else {
            self.as_it_is(line);
        }
    }

    fn blank(&mut self) {
        if !self.0.is_empty() && !self.0.ends_with("\n\n") {
            self.0.push('\n');
        }
    }
}
