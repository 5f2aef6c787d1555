//! From commits and fragments to entries: what was taken back goes, what belongs together is told once.
//!
//! Invariant: every commit ends as entries, as taken back, as part of another, as a merge, or as one that is no
//! conventional commit; none is lost without being counted.

use std::collections::{BTreeMap, BTreeSet};

use crate::conventional::{self, Message, NotConventional};
use crate::entry::Entry;
use crate::fragment::Fragment;
use crate::references;
use crate::section::{Audience, Bump, Section};
use crate::settings::{Component, Settings};

/// A commit, as far as notes care.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// All digits.
    pub id: String,
    pub is_merge: bool,
    pub message: String,
    /// Whether it touches the paths of the asked component.
    pub touches: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unconventional {
    pub commit: String,
    pub subject: String,
    pub why: NotConventional,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Collected {
    /// In the order of the history, fragments behind.
    pub entries: Vec<Entry>,
    /// The farthest that any of them asks for.
    pub bump: Bump,
    pub commits: usize,
    pub merges: usize,
    /// Reverts with what they took back.
    pub reverted: usize,
    /// `fixup!` and the like, which belong to another commit.
    pub absorbed: usize,
    pub unconventional: Vec<Unconventional>,
    /// Those that were to be squashed into a commit and were not.
    pub left_behind: Vec<(String, String)>,
    /// Types that no section is known for, with how often.
    pub unknown_types: BTreeMap<String, usize>,
}

/// `changes` from the oldest to the newest. With a component, what belongs to it alone.
pub fn collect(
    changes: &[Change],
    fragments: &[Fragment],
    settings: &Settings,
    component: Option<&str>,
) -> Collected {
    let mut collected = Collected::default();
    let own = component.and_then(|name| settings.components.get(name));
    let messages: Vec<_> = changes.iter().map(|change| Message::parse(&change.message)).collect();
    let gone = taken_back(changes, &messages);
    let replaced: Vec<&str> = fragments.iter().filter_map(|fragment| fragment.commit.as_deref()).collect();
    for (at, (change, message)) in changes.iter().zip(&messages).enumerate() {
        if component.is_some() && !belongs(change, message.as_ref().ok(), own) {
            continue;
        }
        collected.commits += 1;
        if gone.contains(&at) {
            collected.reverted += 1;
            continue;
        }
        let subject = conventional::subject(&change.message);
        if conventional::fixup(subject).is_some() {
            collected.absorbed += 1;
            collected.left_behind.push((change.id.clone(), subject.to_owned()));
            continue;
        }
        match message {
            // A merge says what it merges, unless somebody wrote what it does.
            _ if change.is_merge
                && message.as_ref().map_or(true, |told| settings.rule(&told.kind).is_none()) =>
            {
                collected.merges += 1;
            }
            Ok(message) => {
                let of = Told { change, message, settings };
                let entries = of.entries(&mut collected.unknown_types);
                if replaced.iter().any(|id| change.id.starts_with(id)) {
                    // Its words give way, not what it does to the version.
                    let farthest = entries.iter().map(|entry| entry.bump).max().unwrap_or_default();
                    collected.bump = collected.bump.max(farthest);
                } else {
                    collected.entries.extend(entries);
                }
            }
            Err(why) => {
                let (commit, subject) = (change.id.clone(), subject.to_owned());
                if let Some(entry) = plain_revert(change, settings) {
                    collected.entries.push(entry);
                } else {
                    collected.entries.push(other(change, &subject, settings));
                    collected.unconventional.push(Unconventional { commit, subject, why: *why });
                }
            }
        }
    }
    let of_component =
        |fragment: &&Fragment| component.is_none() || fragment.component.as_deref() == component;
    collected
        .entries
        .extend(fragments.iter().filter(of_component).map(|fragment| written(fragment, settings)));
    let farthest = collected.entries.iter().map(|entry| entry.bump).max().unwrap_or_default();
    collected.bump = collected.bump.max(farthest);
    collected
}

fn belongs(change: &Change, message: Option<&Message>, component: Option<&Component>) -> bool {
    let scope = message.and_then(|message| message.scope.as_deref());
    let by_scope = || {
        let scopes = component.map(|component| component.scopes.as_slice()).unwrap_or_default();
        scope.is_some_and(|scope| scope.split(',').any(|one| scopes.iter().any(|known| known == one.trim())))
    };
    change.touches || by_scope()
}

/// Reverts and what they revert, where both are here. A revert that is reverted itself takes nothing back.
fn taken_back(changes: &[Change], messages: &[Result<Message, NotConventional>]) -> BTreeSet<usize> {
    let mut gone = BTreeSet::new();
    let mut by_id: Option<BTreeMap<&str, usize>> = None;
    for (at, change) in changes.iter().enumerate().rev() {
        if gone.contains(&at) {
            continue;
        }
        let targets = references::reverted(&change.message, messages[at].as_ref().ok());
        if targets.is_empty() {
            continue;
        }
        let known = by_id.get_or_insert_with(|| {
            changes.iter().enumerate().map(|(at, change)| (change.id.as_str(), at)).collect()
        });
        let found: Vec<Option<usize>> = targets.iter().map(|target| by_prefix(known, target)).collect();
        // Of several, some may have been released: then the revert is news.
        if found.iter().all(Option::is_some) {
            gone.insert(at);
        }
        gone.extend(found.into_iter().flatten().filter(|target| *target < at));
    }
    gone
}

fn by_prefix(known: &BTreeMap<&str, usize>, prefix: &str) -> Option<usize> {
    let mut fitting = known.range(prefix..).take_while(|(id, _)| id.starts_with(prefix));
    match (fitting.next(), fitting.next()) {
        (Some((_, at)), None) => Some(*at),
        _ => None,
    }
}

struct Told<'a> {
    change: &'a Change,
    message: &'a Message,
    settings: &'a Settings,
}

impl Told<'_> {
    fn entries(&self, unknown: &mut BTreeMap<String, usize>) -> Vec<Entry> {
        let message = self.message;
        let is_revert = message.kind == "revert";
        let rule = self.settings.rule(&message.kind);
        let rule = rule.or_else(|| is_revert.then_some((Section::Fixes, Bump::Patch)));
        let (mut section, mut bump) = rule.unwrap_or_else(|| {
            *unknown.entry(message.kind.clone()).or_default() += 1;
            (Section::Other, Bump::None)
        });
        let scope = message.scope.as_deref();
        if let Some(by_scope) = scope.and_then(|scope| self.settings.scopes.get(scope)?.section) {
            section = by_scope;
        }
        let (mut text, references) = references::of(message);
        if is_revert {
            text = format!("Reverted: {text}");
        }
        let mut details = String::new();
        if message.is_breaking {
            (section, bump) = (Section::Breaking, Bump::Major);
            message.breaking().unwrap_or_default().clone_into(&mut details);
        }
        let mut hidden = false;
        if let Some(note) = message.footer("release-note") {
            hidden = note.trim().eq_ignore_ascii_case("none") && !message.is_breaking;
            if !hidden && !note.trim().is_empty() {
                text = note.split_whitespace().collect::<Vec<_>>().join(" ");
            }
        }
        let mut first = self.entry(0, if hidden { Section::Other } else { section }, &text, &details);
        first.bump = bump;
        first.issues = references.issues;
        first.pull_requests = references.pull_requests;
        let mut entries = vec![first];
        for (token, section) in [
            ("known-issue", Section::KnownIssues),
            ("upgrade-note", Section::Upgrade),
            ("rollback-note", Section::Rollback),
        ] {
            for footer in message.footers.iter().filter(|footer| footer.is(token)) {
                let (text, details) = footer.value.split_once("\n\n").unwrap_or((footer.value.as_str(), ""));
                let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
                if !text.is_empty() {
                    entries.push(self.entry(entries.len(), section, &text, details.trim()));
                }
            }
        }
        entries
    }

    fn entry(&self, index: usize, section: Section, text: &str, details: &str) -> Entry {
        let scope = self.message.scope.as_deref();
        let named = self
            .message
            .footer("audience")
            .map(|value| value.split([',', ' ']).filter_map(Audience::from_key).collect::<Vec<_>>());
        let audiences = named.filter(|named| !named.is_empty());
        let shown = scope.map(|scope| {
            let title = self.settings.scopes.get(scope).and_then(|rule| rule.title.clone());
            title.unwrap_or_else(|| scope.to_owned())
        });
        Entry {
            id: mark(&self.change.id, index),
            section,
            scope: shown.filter(|scope| !scope.is_empty()),
            text: tidy(text),
            details: details_of(details),
            audiences: audiences.unwrap_or_else(|| self.settings.audiences(section, scope)),
            issues: Vec::new(),
            pull_requests: Vec::new(),
            commit: Some(self.change.id.clone()),
            fragment: None,
            bump: Bump::None,
        }
    }
}

fn mark(commit: &str, index: usize) -> String {
    let id = commit.get(..12).unwrap_or(commit);
    if index == 0 { id.to_owned() } else { format!("{id}.{}", index + 1) }
}

/// `Revert "fix: pay twice"`, as git writes it, of what was released before.
fn plain_revert(change: &Change, settings: &Settings) -> Option<Entry> {
    let quoted = conventional::subject(&change.message).strip_prefix("Revert \"")?.strip_suffix('"')?;
    let was = Message::parse(quoted).map_or_else(|_| quoted.to_owned(), |message| message.description);
    let mut entry = other(change, &format!("Reverted: {was}"), settings);
    entry.section = Section::Fixes;
    entry.bump = Bump::Patch;
    entry.audiences = settings.audiences(Section::Fixes, None);
    Some(entry)
}

fn other(change: &Change, subject: &str, settings: &Settings) -> Entry {
    Entry {
        id: mark(&change.id, 0),
        section: Section::Other,
        scope: None,
        text: tidy(subject),
        details: String::new(),
        audiences: settings.audiences(Section::Other, None),
        issues: Vec::new(),
        pull_requests: Vec::new(),
        commit: Some(change.id.clone()),
        fragment: None,
        bump: Bump::None,
    }
}

fn written(fragment: &Fragment, settings: &Settings) -> Entry {
    let scope = fragment.scope.as_deref();
    Entry {
        id: format!("f.{}", fragment.name),
        section: fragment.section,
        scope: fragment.scope.clone(),
        text: fragment.text.clone(),
        details: fragment.details.clone(),
        audiences: fragment.audiences.clone().unwrap_or_else(|| settings.audiences(fragment.section, scope)),
        issues: fragment.issues.clone(),
        pull_requests: Vec::new(),
        commit: fragment.commit.clone(),
        fragment: Some(fragment.name.clone()),
        bump: fragment.bump,
    }
}

/// A sentence begins with a capital; what stands for markup outside of code does not become any.
fn tidy(text: &str) -> String {
    let escaped = escaped(text);
    let mut letters = escaped.chars();
    let Some(first) = letters.next() else { return escaped };
    let word: &str = escaped.split(' ').next().unwrap_or_default();
    let name = word.contains(|letter: char| {
        letter.is_uppercase() || letter.is_ascii_digit() || "_./:`".contains(letter)
    });
    if name { escaped } else { first.to_uppercase().chain(letters).collect() }
}

/// `<` would begin markup or a comment, where it is not within backticks.
fn escaped(text: &str) -> String {
    // What steers a terminal is no text.
    let kept: String;
    let text = if text.contains(char::is_control) {
        kept = text.chars().filter(|letter| !letter.is_control()).collect();
        kept.as_str()
    } else {
        text
    };
    if !text.contains('<') {
        return text.to_owned();
    }
    // An odd backtick at the end begins no code.
    let parts: Vec<&str> = text.split('`').collect();
    let closed = parts.len() - usize::from(parts.len().is_multiple_of(2));
    let part = |(at, part): (usize, &&str)| {
        if at % 2 == 1 && at < closed { (*part).to_owned() } else { part.replace('<', "&lt;") }
    };
    parts.iter().enumerate().map(part).collect::<Vec<_>>().join("`")
}

fn details_of(details: &str) -> String {
    details.lines().map(escaped).collect::<Vec<_>>().join("\n").trim().to_owned()
}
