//! What notes are made of: entries in sections, and what they are the notes of.
//!
//! Invariant: an entry's id stays the same as long as its source does, whatever else changes around it.

use jiff::Timestamp;
use serde::Serialize;

use crate::section::{Audience, Bump, Section};

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// The commit's first twelve digits, or `f.` and the fragment's name; `.2` behind it for more of the same commit.
    pub id: String,
    pub section: Section,
    pub scope: Option<String>,
    /// One line of Markdown.
    pub text: String,
    /// What is told under it, in Markdown; mostly empty.
    pub details: String,
    pub audiences: Vec<Audience>,
    pub issues: Vec<String>,
    pub pull_requests: Vec<String>,
    pub commit: Option<String>,
    pub fragment: Option<String>,
    #[serde(skip)]
    pub bump: Bump,
}

/// One section of the notes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Group {
    pub section: Section,
    pub title: String,
    pub entries: Vec<Entry>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Notes {
    /// None while it is not released.
    pub version: Option<String>,
    pub tag: Option<String>,
    pub component: Option<String>,
    /// The day it was committed, as 2026-11-22.
    pub date: Option<String>,
    /// The tag since which changes are told; none from the first commit on.
    pub previous: Option<String>,
    pub audience: Option<Audience>,
    pub commits: usize,
    /// Not shown, because their section is not.
    pub hidden: usize,
    pub sections: Vec<Group>,
}

impl Notes {
    /// What the heading of a changelog carries, to be found again.
    pub fn key(&self) -> String {
        let version = self.version.as_deref().unwrap_or("unreleased");
        self.component.as_ref().map_or_else(|| version.to_owned(), |name| format!("{name}@{version}"))
    }

    pub fn title(&self) -> String {
        let version = self.version.as_deref().unwrap_or("Unreleased");
        let name =
            self.component.as_ref().map_or_else(|| version.to_owned(), |name| format!("{name} {version}"));
        match &self.date {
            Some(date) if self.version.is_some() => format!("{name} ({date})"),
            Some(_) | None => name,
        }
    }
}

/// Entries into shown sections, in their order; answers how many are left out.
pub fn grouped(
    entries: &[Entry],
    settings: &crate::Settings,
    audience: Option<Audience>,
    everything: bool,
) -> (Vec<Group>, usize) {
    let mut groups: Vec<Group> = Vec::new();
    let mut hidden = 0;
    for section in Section::ALL {
        let of_section = entries.iter().filter(|entry| entry.section == section);
        let (shown, others): (Vec<&Entry>, Vec<&Entry>) = of_section.partition(|entry| {
            let asked = audience.is_none_or(|audience| entry.audiences.contains(&audience));
            asked && (everything || settings.is_shown(section))
        });
        hidden += others.len();
        if !shown.is_empty() {
            let entries = shown.into_iter().cloned().collect();
            groups.push(Group { section, title: settings.title(section).to_owned(), entries });
        }
    }
    (groups, hidden)
}

/// The day of a time in seconds since 1970, in UTC.
pub fn day(seconds: i64) -> String {
    let bound = if seconds < 0 { Timestamp::MIN } else { Timestamp::MAX };
    Timestamp::from_second(seconds).unwrap_or(bound).strftime("%Y-%m-%d").to_string()
}

#[cfg(test)]
mod tests {
    use super::day;

    #[test]
    fn days_are_those_of_the_calendar() {
        for (seconds, expect) in [
            (0, "1970-01-01"),
            (-1, "1969-12-31"),
            (951_782_400, "2000-02-29"),
            (951_868_800, "2000-03-01"),
            (1_795_305_599, "2026-11-21"),
            (4_107_542_400, "2100-03-01"),
        ] {
            assert_eq!(day(seconds), expect);
        }
    }
}
