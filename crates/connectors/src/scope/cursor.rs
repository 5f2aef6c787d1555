//! How far an import has come, as something that can be kept and taken up again.
//!
//! Invariant: it moves only by whole answers, so one that is put down in the middle of an answer asks for it again. What
//! overlaps is known by key and time of change. Deliberately not here: items; whoever imports has them by then.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tidegate_domain::scope_source::TrackedItem;

use super::page::Page;
use super::query::{Query, Tracker};
use super::refusal::ScopeRefusal;

/// Answers that one import takes at most.
pub const PAGES_MAX: u32 = 500;
const ITEMS_MAX: u32 = 20_000;
const VERSION: u8 = 1;
/// So many answers in a row that hold nothing new: the tracker goes round in circles.
const BARREN_MAX: u32 = 5;
/// What may be asked for twice to move the window on.
const EDGE_MAX: usize = 100;
/// Trackers count changes in seconds, and one may come in the second that was just read.
const OVERLAP_MS: u64 = 1_000;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    pub(super) version: u8,
    /// Which query it belongs to.
    pub(super) of: String,
    pub(super) stage: Stage,
    /// GitHub asks by a milestone's number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) milestone: Option<u64>,
    /// The very address to ask next, where the tracker named one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) following: Option<String>,
    #[serde(default)]
    pub(super) issues: Reading,
    #[serde(default)]
    pub(super) requests: Reading,
    pub(super) pages: u32,
    pub(super) items: u32,
    #[serde(default)]
    pub(super) barren: u32,
    #[serde(default)]
    pub(super) redirects: u32,
    /// Failures in a row.
    #[serde(default)]
    pub(super) failures: u32,
    /// Pauses in a row that the tracker asked for.
    #[serde(default)]
    pub(super) pauses: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Stage {
    /// Looking up the number of the milestone.
    Milestone,
    Issues,
    /// Merge requests, which GitLab lists apart.
    Requests,
    Done,
}

/// One list, read in the order of changes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Reading {
    /// What changed from here on is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since_ms: Option<u64>,
    /// What was read of that already, and when it had changed.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    edge: BTreeMap<String, u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    newest_ms: Option<u64>,
    /// Of the last answer, where it was all there was: the address and its tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<(String, String)>,
}

impl Cursor {
    pub fn new(query: &Query) -> Self {
        let by_number = query.tracker == Tracker::Github && query.milestone.is_some();
        Self {
            version: VERSION,
            of: of(query),
            stage: if by_number { Stage::Milestone } else { Stage::Issues },
            milestone: None,
            following: None,
            issues: Reading::default(),
            requests: Reading::default(),
            pages: 0,
            items: 0,
            barren: 0,
            redirects: 0,
            failures: 0,
            pauses: 0,
        }
    }

    pub fn is_done(&self) -> bool {
        self.stage == Stage::Done
    }
    pub fn pages(&self) -> u32 {
        self.pages
    }
    /// Handed out so far, an item that changed meanwhile counted again.
    pub fn items(&self) -> u32 {
        self.items
    }

    /// After it is done: begins again with what changed since. What left the milestone meanwhile is not told.
    pub fn refreshed(&self) -> Self {
        let again = |reading: &Reading| {
            let since_ms = reading.newest_ms.map(|newest| newest.saturating_sub(OVERLAP_MS));
            let mut reading = Reading { since_ms, ..reading.clone() };
            reading.forget_before();
            reading
        };
        Self {
            stage: Stage::Issues,
            following: None,
            issues: again(&self.issues),
            requests: again(&self.requests),
            pages: 0,
            items: 0,
            barren: 0,
            redirects: 0,
            failures: 0,
            pauses: 0,
            ..self.clone()
        }
    }

    /// After failures that somebody looked at.
    pub fn tried_again(self) -> Self {
        Self { failures: 0, redirects: 0, pauses: 0, ..self }
    }

    pub(super) fn fits(&self, query: &Query) -> Result<(), ScopeRefusal> {
        let number_known =
            self.milestone.is_some() == (query.milestone.is_some() && query.tracker == Tracker::Github);
        let right = self.version == VERSION
            && self.of == of(query)
            && (number_known || self.stage == Stage::Milestone)
            && (self.stage != Stage::Requests || query.tracker == Tracker::Gitlab);
        if right { Ok(()) } else { Err(ScopeRefusal::Cursor) }
    }

    pub(super) fn reading(&self) -> &Reading {
        if self.stage == Stage::Requests { &self.requests } else { &self.issues }
    }
    fn reading_mut(&mut self) -> &mut Reading {
        if self.stage == Stage::Requests { &mut self.requests } else { &mut self.issues }
    }

    /// One more answer was whole.
    pub(super) fn counted(mut self) -> Result<Self, ScopeRefusal> {
        self.pages += 1;
        (self.failures, self.redirects, self.pauses) = (0, 0, 0);
        if self.pages > PAGES_MAX {
            return Err(ScopeRefusal::TooMany { most: PAGES_MAX as usize, what: "pages" });
        }
        Ok(self)
    }

    pub(super) fn found_milestone(self, number: u64) -> Self {
        Self { stage: Stage::Issues, milestone: Some(number), following: None, ..self }
    }

    /// What of a page is new, and where it goes on. `asked` is the address that answered.
    pub(super) fn after(
        self,
        query: &Query,
        page: Page,
        asked: &str,
    ) -> Result<(Vec<TrackedItem>, Self), ScopeRefusal> {
        let mut cursor = self.counted()?;
        let (ascending, last_ms) = (page.is_ascending(), page.newest_ms());
        let reading = cursor.reading_mut();
        let is_new = |item: &TrackedItem| reading.edge.get(&item.key) != item.updated_ms.as_ref();
        let fresh: Vec<TrackedItem> = page.items.into_iter().filter(is_new).collect();
        let times = fresh.iter().filter_map(|item| Some((item.key.clone(), item.updated_ms?)));
        reading.edge.extend(times);
        reading.newest_ms = reading.newest_ms.max(last_ms);
        cursor.items += u32::try_from(fresh.len()).unwrap_or(u32::MAX);
        if cursor.items > ITEMS_MAX {
            return Err(ScopeRefusal::TooMany { most: ITEMS_MAX as usize, what: "items" });
        }
        let barren = if fresh.is_empty() { cursor.barren + 1 } else { 0 };
        cursor.barren = barren;
        match page.next {
            None => cursor.end_stage(query, asked, page.tag),
            Some(_) if barren > BARREN_MAX => {
                return Err(ScopeRefusal::Unreadable { why: "its pages repeat without end".into() });
            }
            Some(next) => {
                let moved = ascending && last_ms.is_some_and(|last| cursor.reading_mut().move_to(last));
                cursor.following = (!moved).then_some(next);
            }
        }
        Ok((fresh, cursor))
    }

    fn end_stage(&mut self, query: &Query, asked: &str, tag: Option<String>) {
        let whole = self.following.take().is_none();
        self.reading_mut().tag = tag.filter(|_| whole).map(|tag| (asked.to_owned(), tag));
        self.barren = 0;
        let more = self.stage == Stage::Issues && query.tracker == Tracker::Gitlab;
        self.stage = if more { Stage::Requests } else { Stage::Done };
    }
}

impl Reading {
    /// By the order of changes nothing is missed when items leave the list meanwhile, as it would be by numbers of pages.
    fn move_to(&mut self, last_ms: u64) -> bool {
        let window = (last_ms / 1_000 * 1_000).saturating_sub(OVERLAP_MS);
        let overlap = self.edge.values().filter(|at| **at >= window).count();
        if self.since_ms.is_some_and(|since| window <= since) || overlap > EDGE_MAX {
            return false;
        }
        self.since_ms = Some(window);
        self.forget_before();
        true
    }

    fn forget_before(&mut self) {
        let since = self.since_ms.unwrap_or(0);
        self.edge.retain(|_, at| *at >= since);
    }
}

fn of(query: &Query) -> String {
    let milestone = query.milestone.as_deref().unwrap_or_default();
    format!("{} {}\n{milestone}\n{}", query.source(), query.project, query.labels.join(","))
}
