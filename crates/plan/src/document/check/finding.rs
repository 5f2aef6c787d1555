//! Collects problems, and knows what a text, an id and a day may be.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::super::Problem;
use super::super::limits::{ID_MAX, LINE_MAX, MEMBERS_MAX, TEXT_MAX, YEAR_MAX, YEAR_MIN};
use crate::zone::zone;

pub(crate) struct Finding {
    problems: Vec<Problem>,
    most: usize,
}

impl Finding {
    pub fn new(most: usize) -> Self {
        Self { problems: Vec::new(), most }
    }

    pub fn into_problems(self) -> Vec<Problem> {
        self.problems
    }

    /// Lists that are too long are not looked into.
    pub fn is_full_of_too_many(&self) -> bool {
        self.problems.iter().any(|problem| problem.code == "too-many")
    }

    pub fn say(&mut self, path: &str, code: &'static str, says: &str) {
        if self.problems.len() < self.most {
            self.problems.push(Problem { path: path.to_owned(), code, says: says.to_owned() });
        }
    }

    pub fn at_most(&mut self, path: &str, held: usize, most: usize) {
        if held > most {
            self.say(path, "too-many", &format!("{held} are too many: there may be {most}"));
        }
    }

    /// The name of an entry, by which other entries and events speak of it.
    pub fn id(&mut self, path: &str, id: &str) {
        if let Some(says) = bad_id(id) {
            self.say(path, "bad-id", &says);
        }
    }

    /// A name or a title: one line that is not empty.
    pub fn line(&mut self, path: &str, text: &str) {
        if text.trim().is_empty() {
            self.say(path, "empty", "this has to say something");
        } else if text.chars().count() > LINE_MAX {
            self.say(path, "too-long", &format!("a line has {LINE_MAX} characters at most"));
        } else if text.chars().any(char::is_control) {
            self.say(path, "control-character", "a line holds no line break, tab or other control character");
        }
    }

    pub fn maybe_line(&mut self, path: &str, text: Option<&String>) {
        if let Some(text) = text {
            self.line(path, text);
        }
    }

    /// Of a list that is written with commas elsewhere: labels, skills, channels.
    pub fn word(&mut self, path: &str, text: &str) {
        self.line(path, text);
        if text.contains([',', ';']) || text != text.trim() {
            self.say(
                path,
                "bad-name",
                "a name in a list has no comma, no semicolon and no space at its ends",
            );
        }
    }

    pub fn text(&mut self, path: &str, text: &str) {
        if text.chars().count() > TEXT_MAX {
            self.say(path, "too-long", &format!("a text has {TEXT_MAX} characters at most"));
        } else if text.chars().any(|letter| letter.is_control() && letter != '\n' && letter != '\t') {
            self.say(
                path,
                "control-character",
                "a text holds no control characters but line breaks and tabs",
            );
        }
    }

    /// Texts in a list, each of which says something.
    pub fn texts(&mut self, path: &str, texts: &[String]) {
        self.at_most(path, texts.len(), MEMBERS_MAX);
        for (index, text) in texts.iter().enumerate().take(MEMBERS_MAX) {
            let path = format!("{path}/{index}");
            if text.trim().is_empty() {
                self.say(&path, "empty", "this has to say something, or go");
            }
            self.text(&path, text);
        }
    }

    pub fn words(&mut self, path: &str, words: &[String]) {
        self.at_most(path, words.len(), MEMBERS_MAX);
        for (index, word) in words.iter().enumerate().take(MEMBERS_MAX) {
            self.word(&format!("{path}/{index}"), word);
        }
    }

    pub fn zone(&mut self, path: &str, name: &str) {
        if zone(name).is_none() {
            let says = format!("{name:?} is no time zone of the IANA database; one is Europe/Berlin");
            self.say(path, "unknown-zone", &says);
        }
    }

    pub fn date(&mut self, path: &str, date: Date) {
        if !(YEAR_MIN..=YEAR_MAX).contains(&date.year()) {
            let says = format!("{date} is not between the years {YEAR_MIN} and {YEAR_MAX}");
            self.say(path, "out-of-range", &says);
        }
    }

    pub fn maybe_date(&mut self, path: &str, date: Option<Date>) {
        if let Some(date) = date {
            self.date(path, date);
        }
    }

    pub fn whole_number(&mut self, path: &str, number: u64, [least, most]: [u64; 2]) {
        if !(least..=most).contains(&number) {
            self.say(path, "out-of-range", &format!("{number} is not between {least} and {most}"));
        }
    }

    /// Each id is well formed and stands once.
    pub fn ids<'a>(&mut self, path: &str, ids: impl Iterator<Item = &'a str>) {
        let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
        for (index, id) in ids.enumerate() {
            let path = format!("{path}/{index}/id");
            self.id(&path, id);
            if let Some(first) = seen.insert(id, index) {
                let says =
                    format!("{id:?} is the id of entry {first} already; each entry has one of its own");
                self.say(&path, "duplicate-id", &says);
            }
        }
    }

    pub fn reference(&mut self, path: &str, what: &str, id: &str, known: bool) {
        if !known {
            let says = format!("{what} {id:?} is not in the plan: add it, or take the reference out");
            self.say(path, "unknown-reference", &says);
        }
    }
}

pub(crate) fn bad_id(id: &str) -> Option<String> {
    let allowed = |letter: char| letter.is_alphanumeric() || "-_.#/:@+!".contains(letter);
    if id.is_empty() {
        return Some("an id is not empty".to_owned());
    }
    if id.chars().count() > ID_MAX {
        return Some(format!("an id has {ID_MAX} characters at most"));
    }
    let bad = id.chars().find(|letter| !allowed(*letter))?;
    Some(format!("{bad:?} is not allowed in an id: letters, digits and - _ . # / : @ + ! are"))
}
